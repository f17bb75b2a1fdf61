"""The administrators' page of a case in Chromium: diagram, history played, panel and tabs."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from engine.services import tasks
from tests.browser.desk import Desk
from tests.sample_office import Office

Sit = Callable[..., Desk]


def gone_on(office: Office) -> str:
    """Bring the first case to its second office, and back; return its id."""
    first, ctx = office.open_tasks()[0], office.context
    with office.database.reading() as uow:
        case = uow.tasks.find(first)[0].instance_id
    for login, said in (("aigul", {"name": "А"}), ("saule", {"note": "б", "decision": "return"})):
        with office.database.begin() as uow:
            (task,) = uow.tasks.open_of(case)
            tasks.claim(uow, ctx, office.actor(login), task.id)
            tasks.complete(uow, ctx, office.actor(login), task.id, said)
            uow.commit()
    return str(case)


def marked(page: Page, marker: str) -> set[str]:
    """Return the ids of what carries a marker on the diagram."""
    found = page.locator(f"#inspect .djs-element.{marker}")
    return {str(one) for one in found.evaluate_all("all => all.map((e) => e.dataset.elementId)")}


def test_a_case_is_looked_at_from_all_sides(desk: Sit, office: Office) -> None:
    case = gone_on(office)
    seat = desk("root")
    page = seat.open(f"/admin/cases/{case}/")
    page.wait_for_selector("#inspect[data-drawn]")
    assert marked(page, "z-here") == {"accept"}
    assert {"f1", "f2", "f3", "f4"} <= marked(page, "z-passed")
    assert "f5" not in marked(page, "z-passed")
    _plays(page)
    _chooses(page)
    page.get_by_role("link", name=re.compile("Тарих")).first.click()
    expect(page.locator("#tab [aria-current]")).to_contain_text("Тарих")
    assert "tab=history" in page.url
    assert seat.axe() == []
    assert seat.complaints == []
    phone = desk("root", width="390", dark=True)
    phone.open(f"/admin/cases/{case}/?tab=variables").wait_for_selector("#inspect[data-drawn]")
    assert phone.overflow() <= 0
    assert phone.axe() == []
    assert phone.complaints == []


def _plays(page: Page) -> None:
    """Step through the history: who, when, what; and back to the present."""
    said = page.locator("#play-said")
    page.locator("[data-play=on]").click()
    expect(said).to_contain_text("·")
    for _ in range(3):
        page.locator("[data-play=on]").click()
    expect(page.locator("[data-play-count]")).to_contain_text(re.compile(r"^4 / \d+$"))
    assert marked(page, "z-here") <= {"begin", "accept"}
    page.locator("#play input").press("End")
    assert marked(page, "z-here") == {"accept"}
    page.locator("[data-play=first]").click()
    assert marked(page, "z-here") == set()
    page.locator("[data-play=now]").click()
    assert marked(page, "z-here") == {"accept"}
    page.locator("[data-play=toggle]").click()
    expect(page.locator("[data-play-count]")).to_contain_text(re.compile(r"^2 / "))
    page.locator("[data-play=toggle]").click()
    page.locator("[data-play=now]").click()


def _chooses(page: Page) -> None:
    """Choose an element on the drawing, and another in the list."""
    page.locator("#inspect [data-element-id=accept] .djs-hit").first.click()
    expect(page.locator("#side h2")).to_have_text("Өтінішті қабылдау")
    page.locator("#steps a[data-element=check]").click()
    expect(page.locator("#side h2")).to_have_text("Сауалнаманы тексеру")
    assert "element=check" in page.url
