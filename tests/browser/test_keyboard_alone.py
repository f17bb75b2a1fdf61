"""Pages worked by keys alone: what has the focus is seen, in order, with a way past and out."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from engine.services import documents, tasks
from tests.browser import papers
from tests.browser.desk import Desk
from tests.browser.test_pages_in_chromium import work
from tests.sample_office import PASSWORD, Office

pytestmark = pytest.mark.browser
Opened = Callable[..., Desk]

#: What has the focus: its name, where it stands, and whether one can see that it has it.
FOCUS = """async () => {
  // The page scrolls to what got the focus with the next picture it draws.
  await new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)));
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  // A field for files is there for keys and readers; its button shows the focus.
  const seen = one.matches('.pick-z [type=file]') ? one.nextElementSibling : one;
  const box = seen.getBoundingClientRect(), style = getComputedStyle(seen);
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const all = (window.stopsOfTest ??= []);
  if (!all.includes(one)) all.push(one);
  const places = { menu: 'nav.side', top: 'header.top', main: 'main' };
  const said = one.getAttribute('aria-label') || one.labels?.[0]?.textContent || one.textContent;
  return {
    number: all.indexOf(one),
    name: (said || one.title || '').trim().replace(/\\s+/g, ' ').slice(0, 60),
    html: one.outerHTML.slice(0, 120),
    small: box.width < 2 || box.height < 2,
    outside: box.right <= 0 || box.bottom <= 0 || box.left >= innerWidth || box.top >= innerHeight,
    covered: !(top && (seen.contains(top) || top.contains(seen))),
    ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0,
    place: Object.keys(places).find((name) => one.closest(places[name])) ?? 'frame',
  };
}"""


def walk(page: Page, most: int = 200) -> list[dict[str, object]]:
    """Press Tab until the page is through; return every stop."""
    page.emulate_media(reduced_motion="reduce")  # or the page is still scrolling when it is asked
    page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0) }")
    stops: list[dict[str, object]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None or (stops and stop["number"] == stops[0]["number"]):
            return stops
        stops.append(stop)
    raise AssertionError(f"no end after {most} stops, at {stops[-3:]}")


def troubles(stops: list[dict[str, object]]) -> list[str]:
    """Say what is wrong with the stops of a walk."""
    found = [f"no name: {one['html']}" for one in stops if not one["name"]]
    for what in ("small", "outside", "covered"):
        found += [f"{what}: {one['name']} {one['html']}" for one in stops if one[what]]
    found += [f"no ring: {one['name']} {one['html']}" for one in stops if not one["ring"]]
    seen = [one["number"] for one in stops]
    return found + [f"twice: {number}" for number in set(seen) if seen.count(number) > 1]


#: Page → who works there.
PAGES = {
    "/office/": "bolat",
    "/cases/{case}": "bolat",
    "/notifications/": "aigul",
    "/sign-in": "",
    "/tasks/{mine}": "aigul",
    "/cases/": "aigul",
    "/cases/{case}/signatures": "aigul",
}


@pytest.fixture
def ids(office: Office) -> dict[str, str]:
    """Ids of what there is to look at, with a document in the case."""
    found, ctx = work(office), office.context
    with office.database.begin() as uow:
        aigul = office.actor("aigul")
        for name, data in (("а.pdf", papers.pdf("Бір")), ("ә.png", papers.png())):
            documents.add(uow, ctx, aigul, found["case"], name=name, mime="", data=data)
        uow.commit()
    return found


@pytest.mark.parametrize("width", ["1280", "390"])
@pytest.mark.parametrize("where", PAGES)
def test_every_stop_is_seen_named_and_passed(
    desk: Opened, ids: dict[str, str], where: str, width: str
) -> None:
    one = desk(PAGES[where], width=width)
    page = one.open(where.format(**ids))
    if where == "/cases/{case}":
        page.wait_for_selector("#diagram[data-drawn]")
    stops = walk(page)
    assert len(stops) >= 4
    assert stops[0]["name"] == "Мазмұнға өту"
    assert troubles(stops) == []
    order = [stop["place"] for stop in stops if stop["place"] != "frame"]
    assert order == sorted(order, key=["top", "menu", "main"].index), "frame first, then the page"
    assert one.axe() == []
    back: list[object] = []
    for _ in range(len(stops) - 1):
        page.keyboard.press("Shift+Tab")
        back.append(page.evaluate(FOCUS)["number"])
    assert not one.complaints


@pytest.mark.parametrize("where", PAGES)
def test_the_skip_link_passes_the_menu(desk: Opened, ids: dict[str, str], where: str) -> None:
    page = desk(PAGES[where]).open(where.format(**ids))
    page.evaluate("() => document.activeElement?.blur()")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def tab_to(page: Page, selector: str, most: int = 120) -> None:
    """Press Tab until the focus is on what the selector names."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("(sought) => document.activeElement.matches(sought)", selector):
            return
    raise AssertionError(f"Tab does not lead to {selector}")


def tab_to_text(page: Page, text: str, most: int = 120) -> None:
    """Press Tab until the focus is on what bears these words."""
    for _ in range(most):
        page.keyboard.press("Tab")
        said = page.evaluate("document.activeElement.ariaLabel || document.activeElement.innerText")
        if text in (said or ""):
            return
    raise AssertionError(f"Tab does not lead to {text!r}")


def holders(office: Office) -> list[str]:
    """Return who has the open tasks of the first office, by case number."""
    with office.database.reading() as uow:
        rows = tasks.workload(uow, office.context, office.actor("bolat"), "cc.1").tasks
    return [one.assignee_name or "" for one in sorted(rows, key=lambda one: one.business_key)]


def choose(page: Page, name: str) -> None:
    """Choose by arrows in the list that has the focus."""
    for _ in range(20):
        page.keyboard.press("ArrowDown")
        if name in page.evaluate("document.activeElement.selectedOptions[0].text"):
            return
    raise AssertionError(f"arrows do not lead to {name!r}")


def test_a_head_assigns_takes_back_and_moves_many_by_keys(
    desk: Opened, ids: dict[str, str], office: Office
) -> None:
    one = desk("bolat")
    page = one.open("/office/")
    assert holders(office).count("Сейтова Айгүл") == 1
    for _ in range(3):
        tab_to(page, "input.tick:not(:checked)")
        page.keyboard.press("Space")
    expect(page.locator("[data-ticked]")).to_have_text("3 ✓")
    tab_to(page, "#to")
    choose(page, "Ахметжан")
    tab_to(page, ".moves .bar button")
    page.keyboard.press("Enter")
    expect(page.locator(".flash.ok")).to_contain_text("3")
    assert holders(office).count("Ахметжан Болат") == 3
    tab_to(page, ".loads a")
    page.keyboard.press("Enter")
    page.wait_for_url("**person=**")
    assert page.locator("input.tick").count() == 3
    tab_to(page, "input.tick")
    page.keyboard.press("Space")
    tab_to(page, "#to")
    choose(page, "Кезекке")
    tab_to(page, ".moves .bar button")
    page.keyboard.press("Enter")
    expect(page.locator(".flash.ok")).to_be_visible()
    assert holders(office).count("Ахметжан Болат") == 2
    assert not one.complaints


def test_a_head_takes_a_task_back_on_its_own_page_by_keys(
    desk: Opened, ids: dict[str, str], office: Office
) -> None:
    one = desk("bolat")
    page = one.open("/office/")
    tab_to_text(page, "Сейтова Айгүл")
    page.keyboard.press("Enter")
    page.wait_for_url("**person=**")
    tab_to(page, "a.case")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tasks/**")
    tab_to(page, "button[form=release]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".flash.ok, .err-page")
    assert holders(office).count("Сейтова Айгүл") == 0


def test_the_case_page_by_keys(desk: Opened, ids: dict[str, str]) -> None:
    one = desk("aigul")
    page = one.open(f"/cases/{ids['case']}")
    page.wait_for_selector("#diagram[data-drawn]")
    seen = "document.querySelector('#diagram .viewport').getAttribute('transform')"
    before = page.evaluate(seen)
    tab_to(page, "#diagram svg")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    moved = page.evaluate(seen)
    assert moved != before, "the drawing moves by arrows"
    tab_to(page, "[data-zoom=in]")
    page.keyboard.press("Enter")
    assert page.evaluate(seen) != moved, "and grows by its buttons"


def test_documents_comments_and_history_of_a_case_by_keys(
    desk: Opened, ids: dict[str, str]
) -> None:
    one = desk("aigul")
    page = one.open(f"/cases/{ids['case']}")
    tab_to(page, "a[data-view]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#viewer .sheet-z[data-painted]")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('a[data-view]')")
    tab_to(page, "#comment-body")
    page.keyboard.type("Пернетақтадан жазылды")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#comments")).to_contain_text("Пернетақтадан жазылды")
    assert page.evaluate("document.activeElement.matches('#comment-write')"), "stays there"
    tab_to_text(page, "толық")
    page.keyboard.press("Enter")
    page.wait_for_url("**/history")
    assert not one.complaints


def test_a_notification_is_opened_and_all_are_read_by_keys(
    desk: Opened, ids: dict[str, str]
) -> None:
    page = desk("aigul").open("/notifications/")
    expect(page.locator(".unread-z")).to_have_count(1)
    tab_to(page, ".notes-z button")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{ids['case']}")
    page.goto(page.url.partition("/cases")[0] + "/notifications/")
    expect(page.locator(".unread-z")).to_have_count(0)


def test_all_notifications_are_read_by_keys(desk: Opened, ids: dict[str, str]) -> None:
    page = desk("aigul").open("/notifications/")
    tab_to_text(page, "Бәрі оқылды")
    page.keyboard.press("Enter")
    expect(page.locator(".unread-z")).to_have_count(0)


@pytest.mark.parametrize("width", ["1280", "390"])
def test_signing_in_and_the_language_by_keys(desk: Opened, office: Office, width: str) -> None:
    one = desk(width=width)
    page = one.open("/sign-in")
    tab_to(page, ".langs button[value=ru]")
    page.keyboard.press("Enter")
    page.wait_for_selector("html[lang=ru]")
    expect(page.locator("h1")).to_have_text("Вход")
    tab_to(page, "#login")
    page.keyboard.type("aigul")
    page.keyboard.press("Tab")
    page.keyboard.type("not the password")
    page.keyboard.press("Enter")
    expect(page.locator(".flash.late")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "password", "where one goes on"
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.wait_for_url("**/inbox/**")


@pytest.mark.parametrize("width", ["1280", "390"])
def test_the_language_and_the_way_out_by_keys(desk: Opened, office: Office, width: str) -> None:
    page = desk("aigul", width=width).page
    if width == "390":
        tab_to(page, ".menu summary")
        page.keyboard.press("Enter")
    tab_to(page, ".langs button[value=en]")
    page.keyboard.press("Space")
    page.wait_for_selector("html[lang=en]")
    assert office.actor("aigul").language == "en"
    assert page.url.partition("?")[0].endswith("/inbox/")
    tab_to(page, ".menu summary" if width == "390" else ".me-menu summary")
    page.keyboard.press("Enter")
    tab_to_text(page, "Sign out")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in")
    expect(page.locator("h1")).to_have_text("Sign in")


def test_a_demo_account_is_chosen_by_keys(desk: Opened) -> None:
    page = desk().open("/sign-in")
    tab_to(page, ".demo-z details:not([open]) summary")
    page.keyboard.press("Enter")
    tab_to(page, ".person-z")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/**")


def test_the_language_changes_without_scripts(
    chromium: object, address: str, office: Office
) -> None:
    context = chromium.new_context(java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.click(".langs button[value=ru]")
    expect(page.locator("h1")).to_have_text("Вход")
    context.close()


def test_enter_in_the_inbox_belongs_to_what_has_the_focus(desk: Opened, office: Office) -> None:
    page = desk("aigul").page
    page.wait_for_selector("#preview h1")
    tab_to_text(page, "Істер")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/")
