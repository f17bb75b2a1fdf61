"""Pages about running cases: what a new version means, where the time goes, what the law asks."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

from engine import handling
from engine.model.people import SYSTEM, Candidate
from engine.services import accounts, definitions, tasks
from tests.sample_office import FILES, PASSWORD, PROCESS, Office
from tests.unit.web.conftest import Person

MIGRATION = f"/workshop/processes/{PROCESS}/migration"
HEAT = f"/workshop/processes/{PROCESS}/heat"


@pytest.fixture
def analyst(
    office: Office, person: Callable[[str], Person], monkeypatch: pytest.MonkeyPatch
) -> Person:
    """Somebody who may look."""
    small = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("engine.services.accounts._hasher", small)
    with office.database.begin() as uow:
        accounts.create(
            uow,
            office.context,
            SYSTEM,
            login="analyst",
            password=PASSWORD,
            name="Талдаушы",
            memberships=[Candidate.parse("analyst@cc.1")],
        )
        uow.commit()
    return person("analyst")


def deployed(office: Office, *changes: tuple[str, str]) -> str:
    """Deploy another version of the process; return its definition's id."""
    diagram = FILES["sample.bpmn"].decode()
    for old, new in changes:
        assert old in diagram
        diagram = diagram.replace(old, new)
    with office.database.begin() as uow:
        definitions.deploy(uow, office.context, SYSTEM, {**FILES, "sample.bpmn": diagram.encode()})
        uow.commit()
    with office.database.reading() as uow:
        return definitions.latest(uow, PROCESS).id


RENAME = (('"accept"', '"take"'), (">accept<", ">take<"))


def numbers(page: str) -> list[str]:
    """Return the figures at the top of a page."""
    (block,) = re.findall(r'<dl class="numbers[^"]*">(.*?)</dl>', page, re.DOTALL)
    return re.findall(r"<dd[^>]*>([^<]*)</dd>", block)


def test_one_version_alone_has_nothing_to_preview(analyst: Person) -> None:
    page = analyst.get(MIGRATION)
    assert page.status_code == 200
    assert "Тек бір нұсқа бар" in page.text


def test_a_preview_counts_explains_and_links_to_the_cases(analyst: Person, office: Office) -> None:
    deployed(office, *RENAME)
    page = analyst.get(MIGRATION)
    assert numbers(page.text) == ["3", "3", "0", "3"], "it was recognised under its new id"
    page = analyst.get(f"{MIGRATION}?map=accept:")
    assert numbers(page.text) == ["3", "0", "3", "3"]
    assert "accept элементіне сәйкес элемент жоқ" in page.text
    (link,) = re.findall(r'href="([^"]+why=gone[^"]+)"', page.text)
    listed = analyst.get(link.replace("&amp;", "&"))
    assert [f"Т-26-0000{n}" in listed.text for n in (1, 2, 3)] == [True] * 3


def test_a_chosen_mapping_is_led_to_by_its_address(analyst: Person, office: Office) -> None:
    deployed(office, *RENAME)
    before = analyst.get(MIGRATION).text
    fields = dict(re.findall(r'name="(from|to)" value="([0-9a-f]{32})"', before))
    form = {**fields, "m.accept": "", "d.accept": "take", "m.check": "check", "d.check": "check"}
    answer = analyst.post(MIGRATION, form)
    assert answer.status_code == 303
    assert answer.location.endswith("&map=accept:") or "map=accept%3A" in answer.location
    assert numbers(analyst.get(answer.location).text)[1] == "0"


@pytest.mark.parametrize("pair", ["accept:fork", "accept:nowhere", "nothing:check"])
def test_a_bad_mapping_is_named_and_nothing_is_counted(
    analyst: Person, office: Office, pair: str
) -> None:
    deployed(office, *RENAME)
    page = analyst.get(MIGRATION, query_string={"map": pair})
    assert page.status_code == 200
    assert "Сәйкестік жарамсыз" in page.text
    assert numbers(page.text)[1:] == ["–", "–", "–"]
    cases = analyst.get(f"{MIGRATION}/cases", query_string={"map": pair})
    assert cases.status_code == 400


def test_a_trial_shows_the_work_and_leaves_the_case(analyst: Person, office: Office) -> None:
    deployed(office, *RENAME)
    with office.database.reading() as uow:
        before = [row.element for row in uow.tasks.open_of(_first(uow))]
    fields = dict(
        re.findall(r'name="(from|to)" value="([0-9a-f]{32})"', analyst.get(MIGRATION).text)
    )
    page = analyst.post(f"{MIGRATION}/trial", fields)
    assert page.status_code == 200
    assert "Т-26-00001 ісінде байқап көрілді" in page.text
    with office.database.reading() as uow:
        assert [row.element for row in uow.tasks.open_of(_first(uow))] == before == ["accept"]


def _first(uow: Any) -> str:
    found: str = uow.instances.newest("Т-26-00001")
    return found


@pytest.mark.parametrize("address", [MIGRATION, HEAT, "/workshop/coverage"])
def test_clerks_have_no_business_there(person: Callable[[str], Person], address: str) -> None:
    assert person("aigul").get(address).status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        {"from": "x", "to": "y"},
        {"from": "0" * 32},
        {"map": "a" * 5000},
        {"map": ":"},
        {"to": "'; drop table instance"},
    ],
)
def test_strange_addresses_are_no_error_of_ours(
    analyst: Person, office: Office, query: dict[str, str]
) -> None:
    deployed(office, *RENAME)
    assert analyst.get(MIGRATION, query_string=query).status_code in {200, 400, 404}
    assert analyst.get(HEAT, query_string={"since": "x", "until": "9999-99-99"}).status_code == 200
    assert analyst.get("/workshop/processes/none/heat").status_code == 404
    assert analyst.get("/workshop/processes/none/migration").status_code == 404


def test_the_heat_of_a_process_says_who_took_how_long(analyst: Person, office: Office) -> None:
    clock: Any = office.context.clock
    task = office.open_tasks()[0]
    with office.database.begin() as uow:
        tasks.claim(uow, office.context, office.actor("aigul"), task)
        uow.commit()
    clock.advance(timedelta(days=2))
    with office.database.begin() as uow:
        tasks.complete(
            uow, office.context, office.actor("aigul"), task, {"name": "А", "iin": "", "scans": []}
        )
        uow.commit()
    page = analyst.get(HEAT)
    assert page.status_code == 200
    (block,) = re.findall(r'id="heat-marks">(.*?)</script>', page.text)
    (mark,) = json.loads(block)
    assert (mark["id"], mark["css"], mark["label"]) == ("accept", "heat-4", "2,0")
    drawn = analyst.get(f"/workshop/processes/{PROCESS}/diagram.bpmn")
    assert b"bpmndi:BPMNShape" in drawn.data
    other = analyst.get(HEAT, query_string={"since": "2020-01-01", "until": "2020-02-01"})
    assert "Бұл кезеңде іс жоқ" in other.text


def test_coverage_without_a_table_says_so(analyst: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handling, "folders", {})
    page = analyst.get("/workshop/coverage")
    assert page.status_code == 200
    assert numbers(page.text) == ["0", "0", "3", "0"], "begin, fork and done cite nothing"
    assert "Құқықтық нормалар кестесі жоқ" in page.text
    assert "Сценарий жоқ" in page.text
