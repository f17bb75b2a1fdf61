"""A batch on its pages: chosen in a list, looked at, asked twice, started, reported."""

import csv
import io
import re
from collections.abc import Callable
from time import monotonic

import pytest
from werkzeug.test import TestResponse

from engine.model.people import SYSTEM
from engine.services import definitions, instances
from engine.services.cockpit import running
from tests.acceptance import workbooks
from tests.sample_office import FILES, PROCESS, Office
from tests.unit.web.conftest import Person

Enter = Callable[[str], Person]
WHY = "Жаңа бұйрық шықты"


@pytest.fixture
def cases(office: Office) -> list[str]:
    """Ids of the running cases, by id."""
    with office.database.reading() as uow:
        found = {uow.tasks.find(one)[0].instance_id for one in office.open_tasks()}
    return sorted(found)


def choose(admin: Person, operation: str, **more: object) -> TestResponse:
    form = {"list": "cases", "operation": operation, "query": "", **more}
    return admin.post("/admin/batches/new", form)


def drawn(admin: Person, operation: str, **more: object) -> str:
    """Choose, fill what is asked, and return the address of the batch."""
    form = {"list": "cases", "operation": operation, "query": "", **more}
    done = admin.post("/admin/batches", form)
    assert done.status_code == 303, done.text
    return str(done.location)


def work(office: Office, address: str) -> None:
    batch = address.rsplit("/", 1)[1]
    running.Work(
        database=office.database, ctx=office.context, batch=batch, until=monotonic() + 30
    ).run()


def statuses(office: Office, cases: list[str]) -> list[str]:
    with office.database.reading() as uow:
        return [str(uow.instances.find(one).status) for one in cases]


def test_a_list_leads_by_way_of_a_look_to_a_batch(
    person: Enter, office: Office, cases: list[str]
) -> None:
    admin = person("root")
    offered = choose(admin, "", ids=cases)
    assert offered.status_code == 200
    assert 'value="suspend"' in offered.text
    address = drawn(admin, "suspend", ids=cases)
    page = admin.get(address)
    assert page.status_code == 200
    assert page.text.count("<ins>") >= len(cases)
    with office.database.reading() as uow:
        looked = [row.subject for row in uow.audit.page(size=5) if row.act == "access.read"]
    assert looked == [f"cockpit_batches.show batch:{address.rsplit('/', 1)[1]}"]
    assert statuses(office, cases) == ["active"] * len(cases), "nothing is done by looking"
    empty = admin.post(f"{address}/start", {"reason": " "})
    assert (empty.status_code, "e-reason" in empty.text) == (400, True)
    assert admin.post(f"{address}/start", {"reason": WHY}).status_code == 303
    assert admin.post(f"{address}/start", {"reason": WHY}).status_code == 409
    work(office, address)
    assert WHY in admin.get(address).text
    assert statuses(office, cases) == ["suspended"] * len(cases)
    assert address in admin.get("/admin/batches/").text


def test_the_report_is_what_became_of_each_in_either_file(
    person: Enter, office: Office, cases: list[str]
) -> None:
    admin = person("root")
    address = drawn(admin, "suspend", ids=cases)
    with office.database.begin() as uow:
        instances.suspend(uow, office.context, SYSTEM, cases[0], "meanwhile")
        uow.commit()
    admin.post(f"{address}/start", {"reason": WHY})
    work(office, address)
    table = list(csv.reader(io.StringIO(admin.get(f"{address}/report.csv").text.lstrip("\ufeff"))))
    (page,) = workbooks.read(admin.get(f"{address}/report.xlsx").data).values()
    sheet = [[str(cell.value).removesuffix(".0") for cell in row] for row in page.rows]
    assert sheet == table
    told = {row[2]: row[3] for row in table[1:]}
    assert set(told) == set(cases)
    assert told[cases[0]] != told[cases[1]]
    assert len({told[one] for one in cases[1:]}) == 1
    assert admin.get(f"{address}?outcome=changed").text.count("bt-o changed") == 1
    again = admin.post(f"{address}/again")
    assert again.status_code == 303
    assert str(again.location) in admin.get(address).text


def test_a_list_without_a_filter_asks_for_the_number(
    person: Enter, office: Office, cases: list[str]
) -> None:
    admin = person("root")
    address = drawn(admin, "suspend", everything="1")
    assert 'name="number"' in admin.get(address).text
    wrong = admin.post(f"{address}/start", {"reason": WHY, "number": "1000"})
    assert (wrong.status_code, "e-number" in wrong.text, WHY in wrong.text) == (400, True, True)
    assert admin.post(f"{address}/drop").status_code == 303
    assert admin.get(address).status_code == 404
    assert statuses(office, cases) == ["active"] * len(cases)


def test_what_was_typed_wrongly_is_shown_again_at_its_field(
    person: Enter, cases: list[str]
) -> None:
    admin = person("root")
    asked = choose(admin, "migrate", ids=cases)
    assert (asked.status_code, 'name="target"' in asked.text) == (200, True)
    form = {"list": "cases", "operation": "migrate", "ids": cases, "mapping": "half"}
    again = admin.post("/admin/batches", form)
    assert again.status_code == 400
    assert 'id="e-target"' in again.text
    assert ">half</textarea>" in again.text
    assert re.findall(r'name="ids" value="(\w+)"', again.text) == cases


def test_progress_is_told_until_it_is_over(person: Enter, office: Office, cases: list[str]) -> None:
    admin = person("root")
    address = drawn(admin, "suspend", ids=cases)
    assert 'id="bt-counts"' in admin.get(f"{address}/progress?state=drawn").text
    admin.post(f"{address}/start", {"reason": WHY})
    going = admin.get(f"{address}/progress?state=running").text
    assert ("every 1s" in going, "bt-counts" in going) == (True, False)
    stopped = admin.post(f"{address}/stop")
    assert stopped.status_code == 303
    assert admin.get(f"{address}/progress?state=running").headers["HX-Refresh"] == "true"
    work(office, address)
    assert statuses(office, cases) == ["active"] * len(cases)
    assert admin.post(f"{address}/go-on").status_code == 303
    work(office, address)
    assert "every 1s" not in admin.get(f"{address}/progress?state=finished").text
    assert statuses(office, cases) == ["suspended"] * len(cases)


def test_nobody_else_sees_a_batch_and_strange_input_finds_nothing(
    person: Enter, cases: list[str]
) -> None:
    admin, clerk = person("root"), person("aigul")
    address = drawn(admin, "suspend", ids=cases)
    assert clerk.get(address).status_code == 403
    assert clerk.post("/admin/batches", {"list": "cases"}).status_code == 403
    for form in ({}, {"list": "people"}, {"list": "cases", "operation": "no-such"}):
        assert admin.post("/admin/batches/new", form).status_code == 404
    assert admin.get("/admin/batches/" + "0" * 32).status_code == 404
    assert admin.get(f"{address}?after=x&outcome=y&foreseen=z").status_code == 200
    foreign = drawn(admin, "suspend", ids=["0" * 32, "\x00", "<b>"])
    assert admin.get(foreign).status_code == 200


def test_the_page_of_two_versions_draws_a_batch(
    person: Enter, office: Office, cases: list[str]
) -> None:
    admin = person("root")
    with office.database.reading() as uow:
        (old,) = {uow.instances.find(one).definition_id for one in cases}
    with office.database.begin() as uow:
        changed = (
            FILES["sample.bpmn"].replace(b'"accept"', b'"take"').replace(b">accept<", b">take<")
        )
        definitions.deploy(uow, office.context, SYSTEM, {**FILES, "sample.bpmn": changed})
        uow.commit()
        new = definitions.latest(uow, PROCESS).id
    pair = {"from": old, "to": new, "able": "1"}
    made = admin.post(f"/admin/processes/{PROCESS}/migrate/batch", pair)
    assert made.status_code == 303
    page = admin.get(str(made.location)).text
    assert re.findall(r"/admin/cases/(\w+)", page) == cases
    assert admin.get(f"/admin/processes/{PROCESS}/migrate").status_code == 200
    assert admin.get("/admin/processes/none/migrate").status_code == 404
    assert person("aigul").get(f"/admin/processes/{PROCESS}/migrate").status_code == 403
