"""Registration: an explicit name, once."""

from datetime import timedelta

import pytest
from pydantic import BaseModel

from engine import handling
from engine.handling import Call, Extensions, FormAdapter


class Query(BaseModel):
    number: int


class Answer(BaseModel):
    square: int


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Extensions:
    fresh = Extensions()
    monkeypatch.setattr(handling, "extensions", fresh)
    return fresh


def test_a_handler_declares_itself_once(registry: Extensions) -> None:
    @handling.handler("test.square", retry="R1/PT1S", timeout=timedelta(seconds=1))
    def square(query: Query, call: Call) -> Answer:
        """Square a number."""
        return Answer(square=query.number**2)

    found = registry.handlers["test.square"]
    assert (found.takes, found.gives, found.retry) == (Query, Answer, "R1/PT1S")
    assert found.about == "Square a number."
    with pytest.raises(ValueError, match=r"test\.square"):
        handling.handler("test.square")(square)


def test_a_handler_may_return_nothing(registry: Extensions) -> None:
    @handling.handler("test.tell")
    def tell(query: Query, call: Call) -> None:
        """Tell."""

    assert registry.handlers["test.tell"].gives is None


def test_two_adapters_for_one_form_are_refused(registry: Extensions) -> None:
    @handling.form_adapter("test/form")
    class Adapter(FormAdapter):
        pass

    with pytest.raises(ValueError, match="test/form"):
        handling.form_adapter("test/form")(Adapter)
