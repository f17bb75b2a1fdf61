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
#: Attempts of what fails and of what hangs, and how long an answer is waited for: longer than
#: others may be kept waiting.
ATTEMPTS, PATIENCE = (3, timedelta(seconds=10)) if _FULL else (2, timedelta(seconds=2.5))


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


def _handler(topic: str, body: Callable[[Any, Call], Answer]) -> Handler:
    return Handler(
        topic=topic,
        body=body,
        takes=Question,
        gives=Answer,
        retry=f"R{ATTEMPTS}/PT1S",
        timeout=PATIENCE,
        about="",
    )


HANDLERS = (_handler("test.ask", ask), _handler("test.fail", fail), _handler("test.hang", hang))
