"""The domain of the trials of deaths and outages: a handler that calls an outside system.

``ZHOLDAMA_EXTENSIONS=tests.faults.outer`` has a process load it.
"""

import os
from datetime import timedelta

import httpx
from pydantic import BaseModel

from engine.handling import Call, Handler, extensions

#: Setting that names the outside system's address.
ADDRESS = "faults.outside"
TOPIC = "test.call"


class Question(BaseModel):
    """What the handler takes."""

    key: str = ""


class Answer(BaseModel):
    """What it gives: how often the outside system had been asked under this key."""

    asked: int = 0


def call_outside(query: Question, call: Call) -> Answer:
    """Ask the outside system under the job's key; it may take its time."""
    sent = {"key": call.idempotency_key, "pid": os.getpid()}
    found = httpx.post(call.settings[ADDRESS], json=sent, timeout=60)
    found.raise_for_status()
    return Answer.model_validate(found.json())


#: Tried again often and soon: what is tried here is not how retries run out.
HANDLER = Handler(
    topic=TOPIC,
    body=call_outside,
    takes=Question,
    gives=Answer,
    retry="R100/PT1S",
    timeout=timedelta(seconds=60),
    about="",
)


def setup() -> None:
    """Register the handler."""
    extensions.add_handler(HANDLER)
