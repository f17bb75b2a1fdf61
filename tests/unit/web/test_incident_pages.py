"""Pages of incidents, jobs, handlers and executors, as an administrator meets them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from engine.handling import Call, Handler
from engine.jobs.executor import Executor
from engine.model.people import SYSTEM
from engine.services import definitions, instances
from engine.services.cursors import cursor
from tests.concurrency.jobs_diagrams import ASKING
from tests.concurrency.jobs_world import Answer, Question
from tests.sample_office import Office
from tests.unit.web.conftest import Person

Enter = Callable[[str], Person]


@pytest.fixture
def broken(office: Office) -> str:
    """Have the handlers of two cases fail; return an incident."""

    def ask(query: Question, call: Call) -> Answer:
        raise OSError("closed")

    office.context.extensions.handlers["test.ask"] = Handler(
        topic="test.ask",
        body=ask,
        takes=Question,
        gives=Answer,
        retry="R1/PT1M",
        timeout=timedelta(seconds=5),
        about="Asks.",
    )
    diagram = ASKING.replace(b"clerk@office", b"clerk@cc.1").replace(b"R3/PT1M", b"R1/PT1M")
    with office.database.begin() as uow:
        definitions.deploy(uow, office.context, SYSTEM, {"processes/a.bpmn": diagram})
        for number in ("A-1", "A-2"):
            instances.start(uow, office.context, SYSTEM, "asking", number, {"key": number})
        uow.commit()
    works = Executor(office.database, office.context)
    works.run_due()
    office.context.clock.advance(timedelta(minutes=3))
    works.run_due()
    with office.database.reading() as uow:
        return uow.incidents.open()[0].id


def test_the_list_narrows_and_the_address_says_how(person: Enter, broken: str) -> None:
    admin = person("root")
    page = admin.get("/admin/incidents/")
    assert "A-1" in page.text
    assert "A-2" in page.text
    assert "closed" in page.text
    assert "A-1" not in admin.get("/admin/incidents/?handler=other").text
    assert "A-1" in admin.get("/admin/incidents/?handler=test.ask&text=closed&process=asking").text
    causes = admin.get("/admin/incidents/?view=causes").text
    [like] = set(re.findall(r'href="(/admin/incidents/\?like=[^"]+)"', causes))
    assert "A-2" in admin.get(like).text
    assert "\0" not in admin.get("/admin/incidents/?text=%00&like=%00").text


def test_further_rows_come_alone(person: Enter, broken: str) -> None:
    admin, asked = person("root"), {"HX-Request": "true"}
    rows = admin.get(f"/admin/incidents/?after={broken}", headers=asked).text
    assert rows.lstrip().startswith("<tr>")
    assert (rows.count("<tr>"), 'name="ids"' in rows) == (1, True)
    first = cursor(datetime(2001, 1, 1, tzinfo=UTC), "0")
    given_up = admin.get(f"/admin/jobs/?state=dead&after={first}", headers=asked).text
    assert given_up.lstrip().startswith("<tr>")
    assert (given_up.count("<tr>"), 'name="ids"' in given_up) == (2, False)
    assert 'name="ids"' not in admin.get("/admin/jobs/?state=dead").text


def test_an_incident_as_a_page_and_in_a_panel(person: Enter, broken: str) -> None:
    admin = person("root")
    page = admin.get(f"/admin/incidents/{broken}").text
    assert "<nav" in page
    assert "OSError: closed" in page
    assert "test_incident_pages.py" in page
    assert "Жеткізушіге жазу" in page
    part = admin.get(f"/admin/incidents/{broken}", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "data-act-close" in part


def test_it_is_tried_again_from_its_form_and_what_is_refused_is_kept(
    person: Enter, office: Office, broken: str
) -> None:
    admin = person("root")
    address = f"/admin/incident/{broken}/acts/retry"
    refused = admin.post(address, {"at": "2001-01-01T10:00", "reason": "қалпына келді"})
    assert refused.status_code == 400
    assert "қалпына келді" in refused.text
    assert 'id="e-at"' in refused.text
    done = admin.post(address, {"at": "", "reason": "ok", "next": f"/admin/incidents/{broken}"})
    assert (done.status_code, done.location) == (303, f"/admin/incidents/{broken}")
    again = admin.post(address, {"reason": "ok"})
    assert again.status_code == 409
    assert "Әкімші Ерлан мұны қайталап қойған" in again.text
    assert "Шешілді" in admin.get(f"/admin/incidents/{broken}").text
    resolved = admin.get("/admin/incidents/?state=resolved").text
    assert "Әкімші Ерлан" in resolved.split("<tbody>")[1]
    assert "қайта әрекет жасалды" in resolved


def test_every_look_at_an_incident_a_job_and_their_forms_is_written_down(
    person: Enter, office: Office, broken: str
) -> None:
    admin = person("root")
    [job, *_] = re.findall(r"/admin/jobs/([0-9a-f]{32})", admin.get("/admin/jobs/?state=dead").text)
    assert admin.get(f"/admin/jobs/{job}").status_code == 200
    assert admin.get(f"/admin/incidents/{broken}").status_code == 200
    assert admin.get(f"/admin/incident/{broken}/acts/retry").status_code == 200
    assert admin.post(f"/admin/incident/{broken}/acts/retry/preview", {}).status_code == 200
    assert admin.get("/admin/incident/none/acts/retry").status_code == 404
    with office.database.reading() as uow:
        rows = [row.subject for row in uow.audit.page(size=10) if row.act == "access.read"]
    assert sorted(rows) == [
        f"cockpit_acts.preview incident:{broken}",
        f"cockpit_acts.show incident:{broken}",
        f"cockpit_incidents.show incident:{broken}",
        f"cockpit_jobs.show job:{job}",
    ]


def test_jobs_by_state_and_one_of_them(person: Enter, office: Office, broken: str) -> None:
    admin = person("root")
    for lane in ("due", "running", "retry", "waiting", "paused", "suspended", "dead", "done"):
        assert admin.get(f"/admin/jobs/?state={lane}").status_code == 200
    dead = admin.get("/admin/jobs/?state=dead&kind=handler&handler=test.ask").text
    [job, _] = sorted(set(re.findall(r'href="(/admin/jobs/[0-9a-f]{32})"', dead)))
    assert "OSError" in admin.get(job).text
    assert admin.get("/admin/jobs/none").status_code == 404
    assert admin.get("/admin/jobs/?after=nonsense").status_code == 400


def test_a_handler_is_paused_and_pages_say_so(person: Enter, broken: str) -> None:
    admin = person("root")
    done = admin.post("/admin/handler/test.ask/acts/pause", {"reason": "жөндеу"})
    assert done.status_code == 303
    page = admin.get("/admin/handlers/").text
    assert "Әкімші Ерлан кідірткен" in page
    assert "жөндеу" in page
    assert "кідіртілген" in admin.get("/admin/incidents/").text
    assert admin.get("/admin/executors/").status_code == 200


@pytest.mark.parametrize("page", ["incidents", "jobs", "handlers", "executors"])
def test_nobody_else_gets_in(person: Enter, page: str) -> None:
    assert person("aigul").get(f"/admin/{page}/").status_code == 403


def test_all_of_one_cause_are_tried_again_as_a_batch(person: Enter, broken: str) -> None:
    admin = person("root")
    form = admin.get("/admin/incidents/?view=causes").text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
    said = {name: hidden[name] for name in ("list", "query", "everything", "operation")}
    asked = admin.post("/admin/batches/new", said)
    assert asked.status_code == 200, asked.text
    assert said["query"].removeprefix("like=") in asked.text


def test_what_was_closed_still_offers_to_be_tried_again_and_numbers_lead_to_their_lists(
    person: Enter, broken: str
) -> None:
    admin = person("root")
    handlers = admin.get("/admin/handlers/").text
    assert "/admin/jobs/?state=dead&amp;handler=test.ask" in handlers
    assert "state=retry" not in handlers
    admin.post(f"/admin/incident/{broken}/acts/resolve", {"reason": "ok"})
    page = admin.get(f"/admin/incidents/{broken}").text
    assert f"/admin/incident/{broken}/acts/retry" in page
    assert f"/admin/incident/{broken}/acts/resolve" not in page
