"""What the check of a model finds, and where."""

import pytest

from engine import dmn
from engine.model.problems import Severity
from tests.unit.dmn.models import decision, inputs, literal, model, table


def problems(body: str, **types: str) -> list[tuple[str, str]]:
    types = types or {"age": "number", "status": "string"}
    loaded = dmn.load(model(inputs(**types) + decision("D", body, *types)), "test.dmn")
    return [(p.code, str(p.message).removeprefix("Table “D”: ")) for p in loaded.problems()]


def test_a_full_table_is_left_alone() -> None:
    rows = [("< 18", '"child"'), ("[18..65)", '"adult"'), (">= 65", '"elder"')]
    assert problems(table({"age": "number"}, rows)) == []


def test_a_gap_between_numbers() -> None:
    rows = [("< 18", '"a"'), ("(18..65)", '"b"'), (">= 65", '"c"')]
    assert problems(table({"age": "number"}, rows)) == [("dmn.gap", "No rule for: age: 18")]


def test_a_finding_names_its_table() -> None:
    body = decision("D", table({"ok": "boolean"}, [("true", '"a"')]), "ok")
    (found,) = dmn.load(model(inputs(ok="boolean") + body)).problems()
    assert str(found.message) == "Table “D”: No rule for: ok: false"


def test_a_gap_of_two_inputs() -> None:
    rows = [("< 18", '"new"', '"a"'), (">= 18", "-", '"b"')]
    found = problems(table({"age": "number", "status": "string"}, rows))
    assert found == [("dmn.gap", "No rule for: age: < 18; status: any other value")]


def test_dates_have_no_gap_between_days() -> None:
    rows = [('<= @"2026-01-31"', '"a"'), ('>= @"2026-02-01"', '"b"')]
    assert problems(table({"born": "date"}, rows), born="date") == []
    rows[1] = ('>= @"2026-02-02"', '"b"')
    assert problems(table({"born": "date"}, rows), born="date") == [
        ("dmn.gap", "No rule for: born: (2026-01-31..2026-02-02)")
    ]


@pytest.mark.parametrize(
    ("kind", "low", "high", "gap"),
    [
        ("time", '< @"09:00:00"', '> @"09:00:00"', "09:00:00"),
        ("time", '<= @"09:00:00"', '>= @"18:00:00"', "(09:00:00..18:00:00)"),
        ("date and time", '< @"2026-01-31T09:00:00Z"', '> @"2026-01-31T09:00:00Z"',
         "2026-01-31T09:00:00Z"),
        ("days and time duration", '< @"P1D"', '> @"P1D"', "P1D"),
        ("years and months duration", '<= @"P1Y"', '>= @"P14M"', "(P1Y..P1Y2M)"),
        ("string", '< "к"', '>= "м"', '["к".."м")'),
        ("number", "< -1", "(-1..5), >= 5", "-1"),
        ("number", "not(1, 2)", "1", "2"),
    ],
)  # fmt: skip
def test_a_gap_of_any_type(kind: str, low: str, high: str, gap: str) -> None:
    found = problems(table({"x": kind}, [(low, '"a"'), (high, '"b"')]), x=kind)
    assert found == [("dmn.gap", f"No rule for: x: {gap}")]


def test_months_next_to_each_other_leave_no_gap() -> None:
    rows = [('<= @"P1Y"', '"a"'), ('>= @"P13M"', '"b"')]
    assert problems(table({"x": "years and months duration"}, rows), x="yearMonthDuration") == []


def test_values_allowed_by_a_type_limit_the_search() -> None:
    item = (
        '<itemDefinition name="tAge"><typeRef>number</typeRef><allowedValues>'
        "<text>[0..120]</text></allowedValues></itemDefinition>"
    )
    rows = [("< 18", '"a"'), ("> 18", '"b"')]
    body = item + inputs(age="tAge") + decision("D", table({"age": "tAge"}, rows), "age")
    (found,) = dmn.load(model(body)).problems()
    assert str(found.message) == "Table “D”: No rule for: age: 18"


def test_booleans_are_two() -> None:
    assert problems(table({"ok": "boolean"}, [("true", '"a"')]), ok="boolean") == [
        ("dmn.gap", "No rule for: ok: false")
    ]


def test_values_allowed_limit_the_search() -> None:
    body = table({"status": "string"}, [('"new"', '"a"'), ('"old"', '"b"')]).replace(
        "</inputExpression>",
        '</inputExpression><inputValues><text>"new","old","lost"</text></inputValues>',
    )
    assert problems(body) == [("dmn.gap", 'No rule for: status: "lost"')]


def test_an_overlap_against_unique() -> None:
    found = problems(table({"age": "number"}, [("<= 18", '"a"'), (">= 18", '"b"')]))
    assert found == [("dmn.overlap", "Rules 1 and 2 both fire, against hit policy UNIQUE: age: 18")]


def test_a_rule_written_twice() -> None:
    rows = [("< 18", '"a"'), (">= 18", '"b"'), ("< 18", '"a"')]
    assert problems(table({"age": "number"}, rows)) == [
        ("dmn.duplicate-rule", "Rule 3 repeats rule 1")
    ]


def test_a_rule_that_is_never_reached() -> None:
    rows = [("< 18", '"a"'), (">= 18", '"b"'), ("> 30", '"c"')]
    found = problems(table({"age": "number"}, rows, policy="FIRST"))
    assert [code for code, _ in found] == ["dmn.unreachable-rule"]


def test_a_condition_nothing_fits() -> None:
    rows = [("-", '"a"'), ("[9..1]", '"b"')]
    assert [code for code, _ in problems(table({"age": "number"}, rows))] == ["dmn.impossible-rule"]


def test_cells_that_cannot_be_told_are_not_judged() -> None:
    rows = [('starts with(?, "a")', '"x"'), ('not(starts with(?, "a"))', '"y"')]
    assert problems(table({"status": "string"}, rows)) == []


def test_a_default_closes_gaps() -> None:
    default = '<defaultOutputEntry><text>"x"</text></defaultOutputEntry>'
    output = f'<output typeRef="string">{default}</output>'
    assert problems(table({"age": "number"}, [("1", '"a"')], output=output)) == []


@pytest.mark.parametrize(
    ("rows", "code", "message"),
    [
        ([('"x"', '"a"')], "feel.type",
         "Table “D”, rule 1, column “age”: number is compared with string"),
        ([("-", "5")], "feel.type",
         "Table “D”, rule 1, column “D”: “D” is declared as string, and gives number"),
        ([("> limit", '"a"')], "feel.type",
         "Table “D”, rule 1, column “age”: The name “limit” is not declared"),
        ([("> ", '"a"')], "feel.syntax",
         "Table “D”, rule 1, column “age”: Nothing fits where the expression ends "
         "(line 1, column 3 of “> ”)"),
        ([("-",)], "dmn.missing-output", "Rule 1 has 0 results, the table 1 outputs"),
        ([("-", "")], "dmn.empty-output", "Rule 1 gives nothing for “D”"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named(rows: list[tuple[str, ...]], code: str, message: str) -> None:
    assert (code, message) in problems(table({"age": "number"}, rows))


def test_a_finding_has_line_and_element() -> None:
    body = table({"age": "number"}, [("-", '"a"'), ("1 +", '"b"')])
    data = model(inputs(age="number") + decision("D", body, "age")).replace(b"<rule", b"\n<rule")
    (found,) = [p for p in dmn.load(data, "x.dmn").problems() if p.code == "feel.syntax"]
    assert (found.file, found.line, found.severity) == ("x.dmn", 3, Severity.ERROR)


def test_texts_outside_tables_are_checked() -> None:
    assert problems(literal('age > "x"')) == [("feel.type", "number is compared with string")]
    assert problems(literal("missing + 1"))[0][1] == "The name “missing” is not declared"


def test_a_declared_result_is_checked() -> None:
    loaded = dmn.load(model(decision("D", literal("1 + 1"), kind="string")))
    assert [problem.code for problem in loaded.problems()] == ["dmn.result-type"]


def test_an_unknown_type() -> None:
    loaded = dmn.load(model(decision("D", literal("1"), kind="tMissing")))
    assert [problem.code for problem in loaded.problems()] == ["dmn.unknown-type"]


def test_an_unknown_type_of_a_column_or_output() -> None:
    body = table({"age": "tMissing"}, [("-", '"a"')], output='<output typeRef="tGone"/>')
    assert problems(body) == [
        ("dmn.unknown-type", "Table “D”, column “age”: There is no type “tMissing”"),
        ("dmn.unknown-type", "Table “D”, column “D”: There is no type “tGone”"),
    ]
