"""One attempt of a handler: every way it can end, told as data."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from engine.handling import BpmnError, Call, Handler, RetryLater
from engine.jobs.calling import Errored, Failed, HandlerCall, Succeeded, attempt, masked
from engine.model.text import text

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


ID = UUID(int=7)


class Kind(Enum):
    FAR = "far"


class Query(BaseModel):
    key: str
    day: datetime | None = None


class Found(BaseModel):
    name: str
    on: datetime = NOW
    kind: Kind = Kind.FAR
    ids: tuple[UUID, ...] = (ID,)


class Other(BaseModel):
    name: str = ""


def handler(body: Any, gives: type[BaseModel] | None = Found) -> Handler:
    return Handler(
        topic="test.topic",
        body=body,
        takes=Query,
        gives=gives,
        retry="R3/PT1M",
        timeout=timedelta(seconds=1),
        about="",
    )


def call() -> HandlerCall:
    return HandlerCall(
        idempotency_key="k1",
        attempt=2,
        instance="i1",
        business_key="b1",
        element="e1",
        now=NOW,
        settings={"address": "here"},
        reading=lambda: nullcontext("session"),
    )


def test_success_gives_plain_outputs_and_what_is_to_be_saved() -> None:
    def body(query: Query, call: Call) -> Found:
        with call.records() as session:
            assert session == "session"
        call.on_finish(lambda session: None)
        return Found(name=f"{query.key}/{call.idempotency_key}/{call.attempt}")

    outcome = attempt(handler(body), {"key": "x", "day": "2026-03-02T00:00:00Z"}, call())
    assert isinstance(outcome, Succeeded)
    assert outcome.outputs == {"name": "x/k1/2", "on": NOW, "kind": "far", "ids": [str(ID)]}
    assert len(outcome.saves) == 1


def test_a_handler_that_promises_nothing_may_return_nothing() -> None:
    outcome = attempt(handler(lambda query, call: None, gives=None), {"key": "x"}, call())
    assert outcome == Succeeded()


@pytest.mark.parametrize(
    ("returned", "gives"),
    [(None, Found), ({"name": "x"}, Found), (Other(), Found), (Other(), None)],
)
def test_a_wrong_type_is_a_failure(returned: Any, gives: type[BaseModel] | None) -> None:
    outcome = attempt(handler(lambda query, call: returned, gives=gives), {"key": "x"}, call())
    assert isinstance(outcome, Failed)
    assert str(outcome.reason).startswith("The handler returned ")
    assert not outcome.hopeless


def test_wrong_inputs_are_hopeless_and_told_without_their_values() -> None:
    outcome = attempt(handler(lambda query, call: None), {"key": 5, "day": "900101300123"}, call())
    assert isinstance(outcome, Failed)
    assert outcome.hopeless
    assert "key string_type" in str(outcome.reason)
    assert "900101300123" not in str(outcome.reason)


def test_a_business_outcome_is_no_fault() -> None:
    def body(query: Query, call: Call) -> Found:
        call.on_finish(print)
        raise BpmnError("not-found", "nobody with 900101300123")

    outcome = attempt(handler(body), {"key": "x"}, call())
    assert outcome == Errored(code="not-found", message="nobody with …", saves=(print,))


def test_a_sentence_is_said_in_each_ones_language_without_numbers() -> None:
    def body(query: Query, call: Call) -> Found:
        raise RetryLater(text("{system} is away", system="900101300123"))

    outcome = attempt(handler(body), {"key": "x"}, call())
    assert isinstance(outcome, Failed)
    assert outcome.reason == text("{system} is away", system="…")


def test_retry_later_carries_when() -> None:
    def body(query: Query, call: Call) -> Found:
        raise RetryLater("busy", timedelta(minutes=7), request="m-1")

    outcome = attempt(handler(body), {"key": "x"}, call())
    assert isinstance(outcome, Failed)
    assert outcome.reason == text("To be tried later: {reason}", reason="busy")
    assert (outcome.after, outcome.request) == (timedelta(minutes=7), "m-1")
    assert outcome.trace.endswith("RetryLater: busy")


def test_anything_raised_says_what_and_where_but_no_long_numbers() -> None:
    def body(query: Query, call: Call) -> Found:
        raise KeyError("900101300123")

    outcome = attempt(handler(body), {"key": "x"}, call())
    assert isinstance(outcome, Failed)
    assert str(outcome.reason).startswith(
        "The handler failed: KeyError: '…' (test_jobs_calling.py:"
    )
    assert not outcome.hopeless


def test_mail_and_telephones_are_hidden_as_in_a_trace() -> None:
    def body(query: Query, call: Call) -> Found:
        raise BpmnError("no-answer", "write to a.b@mail.example, or ring +7 701 123-45-67")

    outcome = attempt(handler(body), {"key": "x"}, call())
    assert outcome == Errored(code="no-answer", message="write to …, or ring …")


def test_a_text_is_cut() -> None:
    assert len(masked("x" * 10_000)) == 500
