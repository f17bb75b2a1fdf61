"""Workbooks: typed cells, text that stays text, and a file that any office opens."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from engine.paper.sheets import LONGEST, Column, Sheet, workbook
from tests.acceptance.workbooks import Cell, moment, read

AT = datetime(2026, 10, 15, 6, 30, tzinfo=UTC)


def one(*values: object, number: str = "") -> list[Cell]:
    """Return the cells of a row that was written and read back."""
    columns = [Column(title=f"Баған {place}", number=number) for place in range(len(values))]
    data = workbook(
        [Sheet(name="Бет", columns=columns, rows=[values])],  # type: ignore[list-item]
        title="Кесте",
        at=AT,
    )
    page = read(data)["Бет"]
    assert page.frozen == 1
    assert [cell.value for cell in page.rows[0]] == [column.title for column in columns]
    return page.rows[1]


def test_numbers_days_and_moments_keep_their_types() -> None:
    local = AT.astimezone(timezone(timedelta(hours=5)))
    count, share, day, when = one(7, 8.5, date(2026, 9, 30), local, number="0.0")
    assert (count.kind, count.value, count.form) == ("number", 7, "0.0")
    assert (share.kind, share.value) == ("number", 8.5)
    assert (moment(day).date(), day.form) == (date(2026, 9, 30), "dd.mm.yyyy")
    # The reader sees the country's time, not UTC.
    assert abs(moment(when) - datetime(2026, 10, 15, 11, 30)) < timedelta(seconds=1)  # noqa: DTZ001
    assert when.form == "dd.mm.yyyy hh:mm"


@pytest.mark.parametrize(
    "said",
    [
        "=1+1",
        '=HYPERLINK("http://127.0.0.1/","x")',
        "+7 701 000 00 01",
        "-2+3",
        "@SUM(A1:A9)",
        "\t=1+1",
        "\r=1+1",
        "{=1+1}",
        "http://127.0.0.1/",
        "mailto:a@example.kz",
        "internal:Sheet1!A1",
        "0017",
        "1e5",
        "TRUE",
    ],
)
def test_what_somebody_typed_is_text_and_stays_text(said: str) -> None:
    [cell] = one(said)
    assert cell.kind == "text"
    assert str(cell.value).strip() == said.strip()
    # Without the mark, editing the cell would make a formula of it.
    assert cell.quoted == (said.strip()[0] in "=+-@")


def test_what_the_format_cannot_hold_is_left_out() -> None:
    [cell] = one("а\x00б\x0bв" + "г" * LONGEST)
    assert len(str(cell.value)) == LONGEST
    assert str(cell.value).startswith("абвг")
    assert one(None, "бар")[0].value == "бар"


def test_tabs_have_names_that_are_allowed_and_differ() -> None:
    names = ["Салалар: [а/б]?", "С" * 40, "с" * 40, "", "'"]
    sheets = [Sheet(name=name, columns=[Column(title="а")], rows=[]) for name in names]
    found = list(read(workbook(sheets, title="Кесте", at=AT)))
    assert found == ["Салалар   а б", "С" * 31, "с" * 29 + " 2", "1", "1 2"]


def test_the_same_numbers_at_the_same_moment_are_the_same_file() -> None:
    sheet = Sheet(name="Бет", columns=[Column(title="а")], rows=[[1], [2]], sums=1)
    assert workbook([sheet], title="Кесте", at=AT) == workbook([sheet], title="Кесте", at=AT)
