"""Traces of failed attempts: frames and reasons, no people, bounded."""

from datetime import date

import pytest

from engine.jobs.tracing import HIDDEN, LONGEST, cut, hide, traced

INPUTS = {
    "applicant": {"name": "Ахметов Болат", "born": date(1990, 1, 1)},
    "members": ["Сәуле", {"document": "AB 77"}],
    "heads": 4,
    "empty": "",
    "is": "in",
}


def failed(said: str, inputs: dict[str, object] | None = None) -> str:
    def inner() -> None:
        raise KeyError("inside")

    try:
        try:
            inner()
        except KeyError as error:
            raise ValueError(said) from error
    except ValueError as error:
        return traced(error, inputs or {})


def test_the_innermost_error_comes_last_but_one_and_what_it_led_to_last() -> None:
    trace = failed("closed")
    assert trace.index("KeyError: 'inside'") < trace.index("ValueError: closed")
    assert 'raise KeyError("inside")' in trace
    assert "jobs/test_jobs_tracing.py:" in trace
    assert "/home" not in trace.split("test_jobs_tracing.py")[0]


@pytest.mark.parametrize(
    "said",
    [
        "Ахметов Болат",
        "АХМЕТОВ",
        "болат was born on 1990-01-01",
        "Сәуле",
        "AB 77",
        "900101300123",
        "+7 (701) 123-45-67",
        "8 701 123 45 67",
        "87011234567",
        "bolat.a@mail.kz",
    ],
)
def test_people_are_hidden(said: str) -> None:
    shown = hide(f"no answer about {said}!", INPUTS)
    assert shown.startswith("no answer about ")
    assert HIDDEN in shown
    for word in said.replace(" was born on ", " ").split(" "):
        if len(word) > 2:
            assert word not in shown


def test_what_tells_nothing_of_people_stays() -> None:
    said = "HTTP 503 from gateway at line 41 in 4 tries"
    assert hide(said, INPUTS) == said


def test_a_trace_is_bounded_and_keeps_its_end() -> None:
    long = cut("begin " + "ж" * 30_000 + " the end")
    assert len(long.encode()) <= LONGEST
    assert long.startswith("begin ")
    assert long.endswith(" the end")
    assert HIDDEN in long
    assert cut("short") == "short"


def test_errors_that_lead_to_each_other_for_ever_are_cut() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert traced(first, {}).count("ValueError") == 8
