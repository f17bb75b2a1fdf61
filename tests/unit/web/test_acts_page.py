"""The one page of every act, the calendar with its decrees, and the versions of processes."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import cycle

import pytest
from werkzeug.test import TestResponse

from engine.model.people import SYSTEM, Candidate
from engine.services import accounts, audit, calendar, organisations
from tests.sample_office import PROCESS, Office
from tests.unit.web.conftest import Person

Enter = Callable[[str], Person]
WHY = "Сот шешімі 12"


@pytest.fixture
def case(office: Office) -> str:
    """Id of a running case."""
    with office.database.reading() as uow:
        found = uow.tasks.find(office.open_tasks()[0])
    assert found is not None
    return found[0].instance_id


def act(case: str, name: str, kind: str = "case") -> str:
    return f"/admin/{kind}/{case}/acts/{name}"


def hidden(page: TestResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found
    return found[1]


def status(office: Office, case: str) -> str:
    with office.database.reading() as uow:
        found = uow.instances.find(case)
    assert found is not None
    return str(found.status)


def test_an_act_is_looked_at_and_done_and_leads_back(
    person: Enter, office: Office, case: str
) -> None:
    admin = person("root")
    page = admin.get(act(case, "suspend") + "?next=/admin/audit/")
    assert page.status_code == 200
    assert "<del>орындалып жатыр" in page.text
    form = {"reason": WHY, "stamp": hidden(page, "stamp"), "next": "/admin/audit/"}
    done = admin.post(act(case, "suspend"), form)
    assert (done.status_code, done.location) == (303, "/admin/audit/")
    assert status(office, case) == "suspended"
    with office.database.reading() as uow:
        assert "case.suspend" in [row.act for row in audit.list_rows(uow, size=5)]


def test_an_act_never_leads_to_somebody_elses_address(person: Enter, case: str) -> None:
    admin = person("root")
    away = ["https://evil.example/", "//evil.example", "/\\evil.example", "evil", "/a\nb"]
    for name, elsewhere in zip(cycle(["suspend", "resume"]), away, strict=False):
        done = admin.post(act(case, name), {"reason": WHY, "next": elsewhere})
        assert (done.status_code, done.location) == (303, "/admin/")


def test_without_a_reason_nothing_is_done_and_what_was_typed_stays(
    person: Enter, office: Office, case: str
) -> None:
    page = person("root").post(act(case, "suspend"), {"reason": "  ", "called": "1"})
    assert page.status_code == 400
    assert 'id="e-reason"' in page.text
    assert re.search(r'name="called" value="1" checked', page.text)
    assert status(office, case) == "active"


def test_what_cannot_be_taken_back_is_asked_twice(person: Enter, office: Office, case: str) -> None:
    admin = person("root")
    page = admin.post(act(case, "cancel"), {"reason": WHY})
    assert page.status_code == 400
    assert 'id="e-confirm"' in page.text
    assert WHY in page.text
    assert status(office, case) == "active"
    assert admin.post(act(case, "cancel"), {"reason": WHY, "confirm": "1"}).status_code == 303
    assert status(office, case) == "cancelled"


def test_what_changed_meanwhile_is_shown_anew_with_the_new_stamp(
    person: Enter, office: Office, case: str
) -> None:
    admin = person("root")
    first = admin.get(act(case, "suspend"))
    admin.post(act(case, "send-message"), {"reason": WHY, "name": "never", "days": "1"})
    admin.post(act(case, "suspend"), {"reason": WHY})
    admin.post(act(case, "resume"), {"reason": WHY})
    page = admin.post(act(case, "suspend"), {"reason": WHY, "stamp": hidden(first, "stamp")})
    assert page.status_code == 409
    assert WHY in page.text
    assert hidden(page, "stamp") != hidden(first, "stamp")
    assert status(office, case) == "active"
    again = {"reason": WHY, "stamp": hidden(page, "stamp")}
    assert admin.post(act(case, "suspend"), again).status_code == 303


def test_the_preview_follows_the_fields_and_is_a_part_of_the_page(
    person: Enter, office: Office
) -> None:
    admin, task = person("root"), office.open_tasks()[0]
    address = act(task, "change-deadline", "task") + "/preview"
    part = admin.post(address, {"due": "2026-12-30T18:00"}, headers={"HX-Request": "true"})
    assert part.text.startswith('<div id="act-preview"')
    assert "30 жел." in part.text
    wrong = admin.post(address, {"due": "кеше"}, headers={"HX-Request": "true"})
    assert "31.12.2026 18:00" in wrong.text
    whole = admin.post(address, {"due": "2026-12-30T18:00", "reason": WHY})
    assert WHY in whole.text
    assert 'value="2026-12-30T18:00"' in whole.text


def test_an_act_in_a_panel_is_the_form_alone(person: Enter, case: str) -> None:
    part = person("root").get(act(case, "suspend"), headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert 'id="act-form"' in part.text


def test_an_unknown_act_or_subject_is_not_found(person: Enter, case: str) -> None:
    admin = person("root")
    for address in (
        "/admin/case/{}/acts/fly",
        "/admin/planet/{}/acts/suspend",
        "/admin/task/x/acts/release",
    ):
        assert admin.get(address.format(case)).status_code == 404


def test_a_message_is_refused_at_its_field(person: Enter, case: str) -> None:
    admin = person("root")
    form = {"reason": WHY, "name": "news", "name-1": "n", "type-1": "number", "value-1": "1"}
    for field, typed in (
        ("name", ""),
        ("name-1", "2x"),
        ("value-1", "жоқ па"),
        ("value-1", "1e999999"),
        ("days", "-1"),
        ("days", "many"),
    ):
        page = admin.post(act(case, "send-message"), {**form, field: typed})
        assert page.status_code == 400
        assert f'id="e-{field}"' in page.text


# The calendar.

DECREE = {"day-1": "2026-11-26", "works-1": "0", "day-2": "2026-12-05", "works-2": "1"}


def test_a_decree_is_looked_at_kept_and_shown(person: Enter, office: Office) -> None:
    admin = person("root")
    form = {**DECREE, "source": "№ 512 бұйрық", "note": "ауыстыру"}
    page = admin.get("/admin/calendar/change", query_string=form)
    assert page.status_code == 200
    assert "мерзім өзгереді" in page.text
    done = admin.post("/admin/calendar/change", form)
    assert done.status_code == 303
    assert "changed=2026-11-26:1,2026-12-05:0" in done.location.replace("%3A", ":").replace(
        "%2C", ","
    )
    page = admin.get(done.location)
    assert "№ 512 бұйрық" in page.text
    assert 'value="recompute-deadlines"' in page.text
    with office.database.reading() as uow:
        days = calendar.load(uow, office.context)
    assert days.is_working(date(2026, 12, 5))
    assert not days.is_working(date(2026, 11, 26))


WRONG: tuple[tuple[dict[str, str], str], ...] = (
    ({"day-1": "30.11.2026"}, "day-1"),
    ({"day-1": "2026-02-30"}, "day-1"),
    ({"day-1": "0001-01-01"}, "day-1"),
    ({"day-2": "2026-11-26"}, "day-2"),
    ({"day-1": "", "day-2": ""}, "day-1"),
    ({"source": " "}, "source"),
    ({"source": "№" * 201}, "source"),
    ({"note": "а\x00б"}, "note"),
)


def test_a_wrong_decree_is_refused_at_its_field_and_kept_in_the_form(
    person: Enter, office: Office
) -> None:
    admin = person("root")
    for change, field in WRONG:
        form = {**DECREE, "source": "№ 512 бұйрық", **change}
        page = admin.get("/admin/calendar/change", query_string=form)
        assert page.status_code == 400
        assert f'id="e-{field}"' in page.text
        assert admin.post("/admin/calendar/change", form).status_code == 400
    with office.database.reading() as uow:
        assert not calendar.load(uow, office.context).is_working(date(2026, 12, 5))


def test_an_administrator_of_a_region_looks_at_the_calendar_and_changes_nothing(
    person: Enter, office: Office
) -> None:
    with office.database.begin() as uow:
        organisations.create(
            uow,
            office.context,
            SYSTEM,
            code="far",
            names={"kk": "Алыс"},
            kind="office",
            region="710000000",
        )
        accounts.create(
            uow,
            office.context,
            SYSTEM,
            login="far",
            password="sample password",
            name="Алыс Әкімші",
            iin="850312300012",
            memberships=[Candidate.parse("admin@far")],
        )
        uow.commit()
    admin = person("far")
    page = admin.get("/admin/calendar/?year=2026")
    assert page.status_code == 200
    assert 'name="source"' not in page.text
    form = {**DECREE, "source": "№ 512 бұйрық"}
    assert admin.get("/admin/calendar/change", query_string=form).status_code == 403
    assert admin.post("/admin/calendar/change", form).status_code == 403
    assert admin.get("/admin/processes/").status_code == 403


def test_strange_years_and_days_in_the_address_show_a_calendar(person: Enter) -> None:
    admin = person("root")
    for query in ("year=99999", "year=x", "changed=abc", "changed=2026-13-01:1", "year=2000"):
        assert admin.get(f"/admin/calendar/?{query}").status_code == 200
    assert admin.get("/admin/calendar/affected?days=x").status_code == 404
    assert admin.get("/admin/calendar/affected?days=2026-11-26:0&after=zz:zz").status_code == 200


# Processes.


def test_processes_stand_with_their_versions_and_one_is_suspended(
    person: Enter, office: Office
) -> None:
    admin = person("root")
    assert PROCESS in admin.get("/admin/processes/").text
    page = admin.get(f"/admin/processes/{PROCESS}/")
    found = re.search(r"/admin/definition/([0-9a-f]+)/acts/suspend", page.text)
    assert found
    done = admin.post(act(found[1], "suspend", "definition"), {"reason": WHY})
    assert done.status_code == 303
    page = admin.get(f"/admin/processes/{PROCESS}/")
    assert WHY in page.text
    assert f"{found[1]}/acts/resume" in page.text
    assert admin.get("/admin/processes/nothing/").status_code == 404


def test_an_act_that_fails_in_a_step_keeps_what_was_typed(person: Enter, case: str) -> None:
    page = person("root").post(act(case, "delete"), {"reason": WHY, "confirm": "1"})
    assert page.status_code == 409
    assert WHY in page.text
    assert "disabled" in page.text


def test_what_is_proposed_in_the_fields_is_looked_at_at_once(person: Enter, office: Office) -> None:
    with office.database.begin() as uow:
        uow.terms.set_task(
            task := office.open_tasks()[0],
            datetime(2026, 12, 24, 13, tzinfo=UTC),
            datetime(2026, 11, 25, tzinfo=UTC),
            by_hand=False,
        )
        uow.commit()
    page = person("root").get(act(task, "change-deadline", "task"))
    assert 'value="2026-12-24T18:00"' in page.text
    assert page.text.count("24 жел.") == 2
