"""The administrator's pages: incidents, the working calendar, the audit log, demo time."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from engine.clock import ShiftedClock
from engine.model.steps import JobKind
from engine.services import audit, tasks
from engine.store.jobs import NewJob
from engine.web.application import create_app
from tests.sample_office import PASSWORD, Office, context_of
from tests.unit.web.conftest import Person

Enter = Callable[[str], Person]


def test_the_demos_clock_moves_a_day_and_stays_moved(office: Office) -> None:
    clock = ShiftedClock()
    shifted = replace(office, context=context_of(clock))
    admin = Person(create_app(shifted))
    admin.sign_in("root", PASSWORD)
    assert "Бір күн алға" in admin.get("/admin/sandbox/").text
    assert admin.post("/admin/sandbox/clock", {"hours": "24"}).status_code == 303
    assert clock.offset == timedelta(days=1)
    with office.database.reading() as uow:
        assert uow.settings.get("clock.shift") == "86400"
        assert audit.list_rows(uow, size=1)[0].act == "clock.move"


def test_outside_the_demo_no_clock_moves(office: Office) -> None:
    clock = ShiftedClock()
    settings = replace(office.settings, demo=False)
    admin = Person(create_app(replace(office, context=context_of(clock), settings=settings)))
    admin.sign_in("root", PASSWORD)
    assert admin.post("/admin/sandbox/clock", {"hours": "24"}).status_code == 404
    assert clock.offset == timedelta()


def test_the_audit_log_names_people_and_verifies(person: Enter, office: Office) -> None:
    person("aigul").post(f"/inbox/tasks/{office.open_tasks()[0]}/claim")
    admin = person("root")
    page = admin.get("/admin/audit/").text
    assert "Сейтова Айгүл" in page
    assert admin.post("/admin/audit/verify").status_code == 303
    assert "буынның бәрі сәйкес" in admin.get("/admin/audit/").text


def test_an_incident_stands_in_the_list_and_at_its_case(person: Enter, office: Office) -> None:
    with office.database.begin() as uow:
        view = tasks.look(uow, office.context, office.actor("aigul"), office.open_tasks()[0])
        uow.incidents.add(
            instance_id=view.instance_id,
            job_id=None,
            element="accept",
            message="registry is silent",
            at=office.context.now(),
        )
        uow.commit()
    admin = person("root")
    listed = admin.get("/admin/incidents/").text
    assert "registry is silent" in listed
    assert view.business_key in listed
    case = admin.get(f"/cases/{view.instance_id}").text
    assert "Бұл іс инцидентке байланысты тоқтап тұр" in case
    assert re.search(r'data-incidents="accept"', case)
    assert admin.get("/admin/incidents/unknown").status_code == 404
    assert admin.post("/admin/incident/unknown/acts/retry", {"reason": "x"}).status_code == 404


def test_what_waits_for_a_handler_that_nobody_has_stands_there_too(
    person: Enter, office: Office
) -> None:
    with office.database.begin() as uow:
        view = tasks.look(uow, office.context, office.actor("aigul"), office.open_tasks()[0])
        due = office.context.now() - timedelta(hours=3)
        waiting = NewJob(
            kind=JobKind.HANDLER,
            due_at=due,
            element="ask",
            instance_id=view.instance_id,
            topic="registries.elsewhere",
            payload={},
        )
        uow.jobs.add([waiting], due)
        uow.commit()
    admin = person("root")
    listed = admin.get("/admin/incidents/").text.replace("<wbr>", "")
    assert "Мұнда орнатылмаған өңдегішті күтуде" in listed
    assert "registries.elsewhere" in listed
    assert view.business_key in listed
    case = f"/cases/{view.instance_id}"
    assert "registries.elsewhere" in admin.get(case).text
    assert "registries.elsewhere" not in person("aigul").get(case).text
