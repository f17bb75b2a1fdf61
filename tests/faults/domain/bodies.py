"""Handlers of the trials: one answers, one fails, one hangs."""

import os
from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Any

from pydantic import BaseModel

from engine.handling import Call, Handler

#: As in the trials' own process, whose environment this one has.
_FULL = os.environ.get("ZHOLDAMA_TEST_FAULTS") == "full"
#: Attempts of what fails, of what hangs, and how long an answer is waited for: longer than others
#: may be kept waiting.
FAILS, HANGS, PATIENCE = (3, 3, timedelta(seconds=10)) if _FULL else (3, 1, timedelta(seconds=5))


class Question(BaseModel):
    """What they take."""

    key: str = ""


class Answer(BaseModel):
    """What they give."""

    answer: str = ""


def ask(query: Question, call: Call) -> Answer:
    """Answer at once."""
    return Answer(answer=query.key)


def fail(query: Question, call: Call) -> Answer:
    """Fail."""
    raise OSError("no route")


def hang(query: Question, call: Call) -> Answer:
    """Never answer."""
    Event().wait()
    return Answer()


def _handler(topic: str, body: Callable[[Any, Call], Answer], attempts: int) -> Handler:
    return Handler(
        topic=topic,
        body=body,
        takes=Question,
        gives=Answer,
        retry=f"R{attempts}/PT1S",
        timeout=PATIENCE,
        about="",
    )


#: Outside systems that hang: the topic of each.
HANGING = ("test.hang", "other.hang", "third.hang")
HANDLERS = (
    _handler("test.ask", ask, 3),
    _handler("test.fail", fail, FAILS),
    *(_handler(topic, hang, HANGS) for topic in HANGING),
)
