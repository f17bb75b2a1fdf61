"""Figures about running cases in a real browser: the diagram's heat, a mapping, a trial."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from engine.model.people import SYSTEM
from engine.services import definitions, tasks
from tests.browser.desk import Desk
from tests.sample_office import FILES, PROCESS, Office

pytestmark = pytest.mark.browser
Opened = Callable[..., Desk]
BASE = f"/workshop/processes/{PROCESS}"


def another_version(office: Office) -> None:
    """Deploy the process with its first task under another id."""
    diagram = FILES["sample.bpmn"].decode().replace('"accept"', '"take"')
    files = {**FILES, "sample.bpmn": diagram.replace(">accept<", ">take<").encode()}
    with office.database.begin() as uow:
        definitions.deploy(uow, office.context, SYSTEM, files)
        uow.commit()


def worked(office: Office) -> None:
    """Have a task done that took two days."""
    clock: Any = office.context.clock
    task, aigul = office.open_tasks()[0], office.actor("aigul")
    clock.advance(timedelta(days=2))
    with office.database.begin() as uow:
        tasks.claim(uow, office.context, aigul, task)
        tasks.complete(uow, office.context, aigul, task, {"name": "Төлеухан Ардақ"})
        uow.commit()


@pytest.mark.parametrize("width", ["1280", "390"])
def test_the_heat_is_drawn_with_its_numbers(office: Office, desk: Opened, width: str) -> None:
    worked(office)
    sat = desk("root", width=width)
    page = sat.open(f"{BASE}/heat")
    page.wait_for_selector("[data-drawn]")
    expect(page.locator(".figure-z .heat-n")).to_have_text(["2,0"])
    expect(page.locator('.djs-shape[data-element-id="accept"]')).to_have_class(
        "djs-element djs-shape heat-4"
    )
    page.get_by_role("button", name="Үлкейту").first.click()
    assert sat.axe() == []
    assert sat.overflow() <= 0
    assert sat.complaints == []
    sat.shot(f"heat-{width}")


def test_a_mapping_is_chosen_and_one_case_tried(office: Office, desk: Opened) -> None:
    another_version(office)
    sat = desk("root")
    page = sat.open(f"{BASE}/migration")
    able = page.locator(".numbers dd").nth(1)
    expect(able).to_have_text("6")
    page.locator('select[name="m.accept"]').select_option("")
    page.get_by_role("button", name="Қайта есептеу").click()
    expect(able).to_have_text("0")
    page.locator('select[name="m.accept"]').select_option("take")
    page.get_by_role("button", name="Қайта есептеу").click()
    expect(able).to_have_text("6")
    page.get_by_role("button", name="Бір істе байқап көру").click()
    expect(page.locator("#trial")).to_contain_text("Т-26-00001")
    assert sat.axe() == []
    assert sat.complaints == []
    sat.shot("migration-1280")


def test_coverage_folds_its_diagrams(desk: Opened) -> None:
    sat = desk("root", width="390")
    page = sat.open("/workshop/coverage")
    assert sat.axe() == []
    assert sat.overflow() <= 0
    assert sat.complaints == []
    expect(page.locator("h1")).to_have_text("Қамту")
