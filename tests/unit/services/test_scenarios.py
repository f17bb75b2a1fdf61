"""Files of scenarios: read with the line of every mistake, written in one form only."""

from datetime import datetime

import pytest

from engine.services.workshop import rehearsals
from engine.services.workshop.scenarios import (
    Scenario,
    ScenarioRefused,
    Step,
    is_scenarios,
    period,
    read,
)

GOOD = """# Words that nobody reads.
[[scenario]]
name = "One"
process = "p"
start = 2026-09-07T10:00:00
office = "cc.1" # here

[[scenario.step]]
do = "first"
values = { ok = true, n = 3, rows = [{ a = "x" }] }
then = ["second", "third /1"]

[[scenario.step]]
wait = "P1DT2H"

[scenario.path]
p = ["began", "first"]

[[scenario]]
name = "Two"
process = "q"
start = 2026-09-07T10:00:00
"""


def test_it_reads_what_is_written() -> None:
    one, two = read(GOOD.encode(), "processes/x/scenarios.toml")
    assert (one.name, one.process, one.line, two.line) == ("One", "p", 2, 19)
    assert one.start == datetime.fromisoformat("2026-09-07T10:00")
    assert [(step.kind, step.what, step.line) for step in one.steps] == [
        ("do", "first", 8),
        ("wait", "P1DT2H", 13),
    ]
    assert one.steps[0].then == ("second", "third /1")
    assert one.path == {"p": ("began", "first")}
    assert one.id == "processes/x/scenarios.toml: One"


def test_writing_and_reading_again_changes_nothing() -> None:
    found = Scenario(
        name='A "quoted" \\ name',
        about="Қазақша",
        process="p",
        start=datetime.fromisoformat("2026-09-07T10:00"),
        family=3,
        office="cc.1",
        options={"measures": ["a", "b"], "signal": True},
        steps=(
            Step(kind="do", what="a", case="/1", by="r@o", values={"x": None, "y z": [1, "2"]}),
            Step(kind="until", what=datetime.fromisoformat("2026-09-08T09:30"), then=()),
            Step(kind="switch", what={"gbd_fl": "down"}),
            Step(kind="act", what="close", by="r@o", details={"reason": "why\nnot"}),
        ),
        end="done",
        path={"p": tuple(f"element_{number}" for number in range(40))},
    )
    written = rehearsals.write([found])
    (again,) = read(written)
    assert rehearsals.write([again]) == written
    assert again.steps[0].values == {"x": "@null", "y z": [1, "2"]}
    assert (again.name, again.options, again.end) == (found.name, found.options, found.end)
    assert again.path == found.path
    assert max(map(len, written.decode().splitlines())) <= 100


@pytest.mark.parametrize(
    ("written", "line", "said"),
    [
        (b"[[scenario]\n", 1, "This is not TOML"),
        (b'[[scenario]]\nname = "a"\nname = "b"\n', 3, "This is not TOML"),
        (b"\xff\xfe", 1, "not UTF-8"),
        (b'title = "x"\n', 1, "[[scenario]] and nothing else"),
        (b'scenario = "x"\n', 1, "[[scenario]] and nothing else"),
        (b'\n[[scenario]]\nname = "a"\n', 2, "process is missing"),
        (GOOD.replace('"P1DT2H"', '"soon"').encode(), 13, "soon is no period"),
        (GOOD.replace('do = "first"', 'do = "first"\nwait = "P1D"').encode(), 8, "exactly one of"),
        (GOOD.replace("values", "value").encode(), 8, "value is not known here"),
        (GOOD.replace('do = "first"', "do = 3").encode(), 8, "do is of another type than str"),
        (GOOD.replace('"Two"', '"One"').encode(), 2, "Two scenarios are called One"),
        (GOOD.replace('["began", "first"]', '"began"').encode(), 2, "A list of element ids"),
        (GOOD.replace("2026-09-07T10:00:00\noffice", '"now"\noffice').encode(), 2, "start is of"),
    ],
)
def test_a_mistake_is_named_with_its_line(written: bytes, line: int, said: str) -> None:
    with pytest.raises(ScenarioRefused) as refused:
        read(written, "x/scenarios.toml")
    assert refused.value.problem.line == line
    assert said in str(refused.value)
    assert str(refused.value).startswith(f"x/scenarios.toml:{line}: ")


def test_what_does_not_exist_is_named_with_its_line() -> None:
    found = list(rehearsals.problems(read(GOOD.encode()), {"p": ["began", "first", "second"]}))
    assert [(one.line, str(one.message)) for one in found] == [
        (8, "There is no element third in p"),
        (19, "There is no process q"),
    ]
    assert not list(
        rehearsals.problems(
            read(GOOD.encode()), {"p": ["began", "first", "second"], "q": ["third"]}
        )
    )


def test_visited_elements_come_from_files_that_can_be_read() -> None:
    files = {"a/scenarios.toml": GOOD.encode(), "b/scenarios.toml": b"[", "a/p.bpmn": b"<"}
    assert rehearsals.visited(files) == {
        "a/scenarios.toml: One": {"p": frozenset({"began", "first"})},
        "a/scenarios.toml: Two": {},
    }
    with pytest.raises(ScenarioRefused):
        rehearsals.all_of(files)


def test_periods_and_names() -> None:
    assert period("P3D") == (3, 0, 0)
    assert period("P1DT2H30M") == (1, 2, 30)
    assert [period(one) for one in ("P", "PT", "3D", "P1W", "")] == [None] * 5
    assert is_scenarios("scenarios.toml")
    assert not is_scenarios("a/other-scenarios.toml")
