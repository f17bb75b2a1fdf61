"""The pages of statistics and of the audit log: every part, its files, what is refused."""

import gzip
import json
from collections.abc import Callable

import pytest

from engine.services import audit, auditfiles, heads
from engine.store.counting import rows
from tests.acceptance.workbooks import read
from tests.sample_office import Office
from tests.unit.web.conftest import Person

Enter = Callable[[str], Person]


@pytest.mark.parametrize("part", ["steps", "returns", "weeks", "forecast", "no such part"])
def test_each_part_of_the_statistics_opens(person: Enter, part: str) -> None:
    page = person("root").get(f"/admin/statistics/?show={part}&since=2026-01-01&until=bad").text
    assert "Статистика" in page
    assert page.count('aria-current="page"') == 3, "the line of both menus, and the part"


@pytest.mark.parametrize("asked", ["process=none", "region=99", "office=none"])
def test_what_is_not_there_is_not_found(person: Enter, asked: str) -> None:
    assert person("root").get(f"/admin/statistics/?{asked}").status_code == 404
    assert person("root").get(f"/admin/statistics/export.xes?{asked}").status_code == 404


@pytest.mark.parametrize("page", ["statistics/", "statistics/statistics.xlsx", "audit/"])
def test_only_administrators_are_let_in(person: Enter, page: str) -> None:
    assert person("aigul").get(f"/admin/{page}").status_code == 403


def test_the_workbook_has_typed_tables(person: Enter) -> None:
    answer = person("root").get("/admin/statistics/statistics.xlsx")
    found = read(answer.data)
    assert list(found)[:3] == ["Қадамдар", "Кеңселер", "Кеңселер бойынша қадамдар"]
    assert "Апталар бойынша" in found


def test_the_event_log_is_taken_away_packed_and_that_is_recorded(
    person: Enter, office: Office
) -> None:
    answer = person("root").get("/admin/statistics/export.xes")
    with office.database.reading() as uow:
        (row,) = audit.list_rows(uow, size=1)
        assert (row.act, row.detail["cases"]) == ("statistics.export", len(rows(uow, "instance")))
    assert answer.mimetype == "application/gzip"
    assert "xes.gz" in answer.headers["Content-Disposition"]
    assert gzip.decompress(answer.data).rstrip().endswith(b"</log>")


def test_a_person_is_searched_for_without_a_trace_in_the_address(person: Enter) -> None:
    admin = person("root")
    answer = admin.post("/admin/audit/find", {"q": "850312300012", "looks": "1"})
    assert answer.status_code == 303
    assert "850312300012" not in answer.location
    assert "looks=1" in answer.location
    assert admin.get(answer.location).status_code == 200
    assert admin.get("/admin/audit/?q=850312300012").status_code == 303, "and none is left there"


def test_the_page_tells_the_last_head_and_the_last_look(person: Enter, office: Office) -> None:
    admin = person("root")
    assert "әзірге жоқ" in admin.get("/admin/audit/").text
    with office.database.begin() as uow:
        told = {"number": 7, "hash": "00", "at": office.context.now().isoformat(), "file": "x"}
        uow.settings.set(heads.PUBLISHED, json.dumps(told))
        uow.commit()
    admin.post("/admin/audit/verify")
    page = admin.get("/admin/audit/").text
    assert "№ 7" in page
    assert "әлі жоқ" not in page


def test_a_broken_chain_is_said_with_its_number(person: Enter, office: Office) -> None:
    with office.database.begin() as uow:
        uow.connection.exec_driver_sql("UPDATE audit SET actor = 'x' WHERE number = 3")
        uow.commit()
    admin = person("root")
    admin.post("/admin/audit/verify")
    assert "3-жазба өзгертілген" in admin.get("/admin/audit/").text


def test_a_day_is_taken_away_and_that_is_recorded(person: Enter, office: Office) -> None:
    admin, day = person("root"), office.context.now().date().isoformat()
    answer = admin.get(f"/admin/audit/days/{day}.jsonl")
    with office.database.reading() as uow:
        assert auditfiles.compare(uow, answer.text.splitlines(keepends=True)) == 0
        assert audit.list_rows(uow, size=1)[0].act == "audit.export"
    for bad in ("yesterday", "0001-01-01", "9999-12-31"):
        assert admin.get(f"/admin/audit/days/{bad}.jsonl").status_code == 400


def test_what_was_done_to_an_account_is_told_in_words(person: Enter, office: Office) -> None:
    admin = person("root")
    with office.database.reading() as uow:
        (found,) = uow.trail.people("aigul")
    admin.post(f"/admin/people/{found}/sessions")
    page = admin.get(f"/admin/people/{found}").text
    assert "Барлық сеанстарын жапты" in page
    assert "account." not in page.partition('id="trail-h"')[2]
