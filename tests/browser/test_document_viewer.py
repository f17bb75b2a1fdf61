"""Documents beside the form, in a real Chromium: shown, turned, closed, remembered; none runs."""

import base64
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from engine.clock import TestClock
from engine.services import audit, documents, tasks
from tests.browser import papers
from tests.browser.desk import Desk
from tests.sample_office import Office

pytestmark = pytest.mark.browser
Opened = Callable[..., Desk]
INSIDE = "document.getElementById('viewer').contains(document.activeElement)"
WORDS = ("Неке туралы куәлік", "Екінші бет", "Үшінші бет")


@pytest.fixture(scope="session")
def jpeg(chromium: Browser) -> bytes:
    """A picture as a camera makes it."""
    page = chromium.new_page()
    said: str = page.evaluate(
        "() => { const c = document.createElement('canvas'); c.width = 900; c.height = 1200;"
        "const p = c.getContext('2d'); p.fillStyle = '#b05020'; p.fillRect(0, 0, 900, 1200);"
        "return c.toDataURL('image/jpeg') }"
    )
    page.close()
    return base64.b64decode(said.partition(",")[2])


@pytest.fixture
def files(jpeg: bytes) -> dict[str, bytes]:
    """What is attached, in this order; the list shows the latest first."""
    return {
        "ескі.tiff": papers.TIFF,
        "сурет.jpg": jpeg,
        "скан.png": papers.png(),
        "куәлік.pdf": papers.pdf(*WORDS),
    }


def attach(office: Office, files: dict[str, bytes], clock: TestClock) -> dict[str, str]:
    """Have aigul claim a task and attach files to it, and to a case that went on; return ids."""
    ctx, (first, second, *_), aigul = office.context, office.open_tasks(), office.actor("aigul")
    with office.database.begin() as uow:
        case = tasks.look(uow, ctx, aigul, first).instance_id
        for task in (first, second):
            tasks.claim(uow, ctx, aigul, task)
            for name, data in files.items():
                documents.add_to_draft(uow, ctx, aigul, task, name=name, mime="", data=data)
                clock.advance(timedelta(seconds=1))
        tasks.complete(uow, ctx, aigul, first, {"name": "Төлеухан Ардақ"})
        uow.commit()
    return {"case": case, "task": second}


@pytest.fixture
def ids(office: Office, files: dict[str, bytes], clock: TestClock) -> dict[str, str]:
    """Ids of a case with documents and of a task with a draft of them."""
    return attach(office, files, clock)


def drawn(page: Page) -> None:
    page.wait_for_selector("#viewer .sheet-z[data-painted] canvas")


def colour(page: Page, x: float, y: float) -> list[int]:
    """Return the colour of the first sheet at a place from 0 to 1."""
    found: list[int] = page.evaluate(
        "([x, y]) => { const c = document.querySelector('#viewer canvas');"
        "return [...c.getContext('2d').getImageData(c.width * x, c.height * y, 1, 1).data] }",
        [x, y],
    )
    return found[:3]


def ask(page: Page, nth: int = 0) -> None:
    page.locator("#documents a[data-view]").nth(nth).focus()
    page.keyboard.press("Enter")


def test_a_pdf_stands_beside_the_form_and_what_is_typed_stays(
    desk: Opened, ids: dict[str, str]
) -> None:
    one = desk("aigul")
    page = one.open(f"/tasks/{ids['task']}")
    page.fill("[name=name]", "Жазылып жатқан")
    ask(page)
    drawn(page)
    expect(page.locator("#viewer h2")).to_contain_text("куәлік.pdf")
    expect(page.locator("#viewer .words-pdf").first).to_have_text(WORDS[0])
    form, pane = page.locator("#form").bounding_box(), page.locator("#viewer").bounding_box()
    assert form
    assert pane
    assert form["x"] + form["width"] <= pane["x"], "beside, not over"
    assert form["width"] > 500
    assert pane["width"] > 500
    assert one.overflow() <= 0
    page.locator("[name=name]").focus()
    page.keyboard.press("End")
    page.keyboard.type(" мәтін")
    expect(page.locator("[name=name]")).to_have_value("Жазылып жатқан мәтін")
    expect(page.locator("[data-saved]")).to_contain_text("сақталды", timeout=8000)
    page.evaluate("document.querySelectorAll('.sheet-z')[2].scrollIntoView()")
    expect(page.locator(".sheet-z").nth(2)).to_contain_text(WORDS[2])
    page.evaluate("document.getElementById('viewer').querySelector('.sheets-z').scrollTop = 0")
    drawn(page)
    page.evaluate("scrollTo(0, 0)")
    one.shot("viewer-1280", whole=False)
    assert one.axe() == []
    assert not one.complaints
    page.click("[data-main]")
    page.wait_for_url("**/inbox/**")


def test_pictures_are_drawn_and_what_no_browser_shows_is_named(
    desk: Opened, ids: dict[str, str]
) -> None:
    one = desk("aigul")
    page = one.open(f"/tasks/{ids['task']}")
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url) if "/documents/" in sent.url else None)
    ask(page, 1)
    drawn(page)
    assert colour(page, 0.5, 0.2) == [32, 80, 176]
    assert colour(page, 0.5, 0.8) == [255, 255, 255]
    page.locator("#viewer [data-view-on]").click()
    expect(page.locator("#viewer h2")).to_contain_text("сурет.jpg")
    drawn(page)
    assert abs(colour(page, 0.5, 0.5)[0] - 0xB0) < 4
    assert len(asked) == 2, "one look is one request"
    page.locator("#viewer [data-view-on]").click()
    expect(page.locator("#viewer .nothing-z")).to_contain_text("көрсетілмейді")
    expect(page.locator("#viewer h2")).to_contain_text("ескі.tiff")
    expect(page.locator("#viewer header p")).to_contain_text("КБ")
    assert len(asked) == 2, "what cannot be shown is not fetched"
    one.shot("viewer-other-1280", whole=False)
    with page.expect_download() as saved:
        page.locator("#viewer .nothing-z a").click()
    assert saved.value.path().read_bytes() == papers.TIFF
    page.locator("#viewer [data-view-on]").dispatch_event("click")  # it is disabled, not gone
    expect(page.locator("#viewer [data-view-count]")).to_have_text("4 / 4")
    # This test reads pixels, which the browser says could be faster.
    assert not [said for said in one.complaints if "willReadFrequently" not in said]


def test_it_is_worked_by_keys_alone(desk: Opened, ids: dict[str, str]) -> None:
    page = desk("aigul").open(f"/tasks/{ids['task']}")
    ask(page)
    drawn(page)
    assert page.evaluate(INSIDE), "the focus goes in"
    before = page.evaluate("document.querySelector('.sheets-z').dataset.scale")
    page.keyboard.press("+")
    larger = page.evaluate("document.querySelector('.sheets-z').dataset.scale")
    assert int(larger) > int(before)
    page.keyboard.press("0")
    assert page.evaluate("document.querySelector('.sheets-z').dataset.scale") == before
    page.keyboard.press("PageDown")
    page.wait_for_function("() => document.querySelector('.sheets-z').scrollTop > 100")


def test_the_next_document_and_the_way_to_the_form_by_keys(
    desk: Opened, ids: dict[str, str]
) -> None:
    page = desk("aigul").open(f"/tasks/{ids['task']}")
    ask(page)
    drawn(page)
    names = []
    for _ in range(8):
        page.keyboard.press("Shift+Tab")
        names.append(page.evaluate("document.activeElement.ariaLabel ?? ''"))
        if names[-1] == "Келесі құжат":
            break
    assert names[-1] == "Келесі құжат", names
    page.keyboard.press("Enter")
    expect(page.locator("#viewer h2")).to_contain_text("скан.png")
    assert page.evaluate("document.activeElement.ariaLabel") == "Келесі құжат", "and stays there"
    page.keyboard.press("F6")
    assert not page.evaluate(INSIDE), "to the page"
    page.locator("[name=name]").focus()
    page.keyboard.press("F6")
    assert page.evaluate(INSIDE), "and back"
    page.keyboard.press("F6")
    assert page.evaluate("document.activeElement.name") == "name", "to where one was"
    page.keyboard.press("F6")
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).to_be_hidden()
    link = "document.activeElement.matches('#documents a[data-view]')"
    assert page.evaluate(link), "back to the list"


def test_no_trap_in_the_pane(desk: Opened, ids: dict[str, str]) -> None:
    page = desk("aigul").open(f"/tasks/{ids['task']}")
    ask(page)
    drawn(page)
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.getElementById('main').contains(document.activeElement)")


def test_being_open_is_remembered_for_the_person_alone(desk: Opened, ids: dict[str, str]) -> None:
    one = desk("aigul")
    page = one.open(f"/tasks/{ids['task']}")
    expect(page.locator("#viewer")).to_be_hidden()
    ask(page)
    drawn(page)
    page.reload()
    drawn(page)
    assert page.evaluate("document.activeElement === document.body"), "nobody's focus is taken"
    assert not page.evaluate("location.search + location.hash")
    kept = page.evaluate("JSON.stringify(localStorage)")
    for word in ("aigul", "Сейтова", ids["task"], ids["case"], "куәлік", "documents"):
        assert word not in kept
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url) if "/documents/" in sent.url else None)
    one.open(f"/cases/{ids['case']}")
    expect(page.locator("#viewer")).to_be_hidden()
    assert asked == [], "a case is not read for the sake of a habit"
    page.context.clear_cookies()
    Desk(page, one.address).sign_in("bolat")
    page.goto(f"{one.address}/tasks/{ids['task']}")
    expect(page.locator("#viewer")).to_be_hidden()
    page.context.clear_cookies()
    Desk(page, one.address).sign_in("aigul")
    one.open(f"/tasks/{ids['task']}")
    drawn(page)
    page.locator("#viewer .shut-v").click()
    page.reload()
    expect(page.locator("#viewer")).to_be_hidden()


def test_the_same_beside_a_case(desk: Opened, ids: dict[str, str]) -> None:
    one = desk("saule")
    page = one.open(f"/cases/{ids['case']}")
    ask(page, 1)
    drawn(page)
    main, pane = page.locator("#main").bounding_box(), page.locator("#viewer").bounding_box()
    assert main
    assert pane
    assert main["x"] + main["width"] <= pane["x"] + 1
    assert pane["y"] == 0
    one.shot("viewer-case-1280", whole=False)
    assert one.axe() == []
    assert one.overflow() <= 0
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).to_be_hidden()
    assert not one.complaints


def test_on_a_phone_it_is_a_sheet_with_a_way_back(desk: Opened, ids: dict[str, str]) -> None:
    one = desk("aigul", width="390")
    page = one.open(f"/tasks/{ids['task']}")
    page.fill("[name=name]", "Телефоннан")
    link = page.locator("#documents a[data-view]").first
    link.click()
    drawn(page)
    box = page.locator("#viewer").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    assert one.overflow() <= 0
    one.shot("viewer-390", whole=False)
    assert one.axe() == []
    page.go_back()
    expect(page.locator("#viewer")).to_be_hidden()
    expect(page.locator("[name=name]")).to_have_value("Телефоннан")
    assert page.evaluate("document.activeElement.matches('a[data-view]')")
    link.click()
    drawn(page)
    page.get_by_role("button", name="Артқа").click()
    expect(page.locator("#viewer")).to_be_hidden()
    page.wait_for_function("() => !history.state?.viewer")
    link.click()
    drawn(page)
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).to_be_hidden()
    assert page.url.endswith(f"/tasks/{ids['task']}")
    assert page.evaluate("localStorage.length") == 0, "a sheet is closed when one goes on"
    assert not one.complaints


def test_turning_the_tablet_changes_the_frame_not_the_document(
    desk: Opened, ids: dict[str, str]
) -> None:
    page = desk("aigul").open(f"/tasks/{ids['task']}")
    ask(page, 1)
    drawn(page)
    page.set_viewport_size({"width": 800, "height": 1100})
    page.wait_for_selector("#viewer:modal")
    expect(page.locator("#viewer h2")).to_contain_text("скан.png")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.wait_for_selector(".viewing-z #viewer:not(:modal)")
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).to_be_hidden()


HOSTILE = {"қауіпті.pdf": papers.HOSTILE_PDF, "бет.pdf": papers.PAGE_AS_PDF}


@pytest.fixture
def watched(
    desk: Opened, office: Office, clock: TestClock
) -> Iterator[tuple[Page, dict[str, str], list[str]]]:
    """A page with hostile documents; what they ask for; dialogs and windows they open."""
    ids = attach(office, HOSTILE, clock)
    page, happened = desk("aigul").page, []

    def sent(request: Request) -> None:
        if "hacked" in request.url:
            happened.append(request.url)

    page.on("request", sent)
    page.on("popup", lambda one: happened.append(one.url))
    page.on("dialog", lambda one: (happened.append(one.message), one.dismiss()))
    yield page, ids, happened
    assert happened == []


@pytest.mark.parametrize("nth", [0, 1])
def test_a_hostile_document_runs_nothing_in_the_viewer(
    watched: tuple[Page, dict[str, str], list[str]], address: str, nth: int
) -> None:
    page, ids, _ = watched
    page.goto(f"{address}/tasks/{ids['task']}")
    ask(page, nth)
    page.wait_for_selector("#viewer .sheet-z[data-painted], #viewer .nothing-z:not([hidden])")
    if "қауіпті" in page.inner_text("#viewer h2"):
        drawn(page)
        page.locator("#viewer .sheet-z").click()
        assert page.locator("#viewer .sheets-z :is(a, input, iframe, object, img)").count() == 0
    page.wait_for_timeout(300)
    assert page.evaluate("globalThis.hacked") is None


@pytest.mark.parametrize("nth", [0, 1])
def test_a_hostile_document_runs_nothing_by_its_own_address(
    watched: tuple[Page, dict[str, str], list[str]], address: str, nth: int
) -> None:
    page, ids, happened = watched
    page.goto(f"{address}/tasks/{ids['task']}")
    href = page.locator("#documents a[data-view]").nth(nth).get_attribute("href")
    answer = page.request.get(f"{address}{href}")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "script-src 'none'" in answer.headers["content-security-policy"]
    # In a window of its own the browser's viewer shows it, with its own sandbox for the document's
    # scripts: they may raise a dialog, and reach neither the page nor the server.
    page.goto(f"{address}{href}")
    page.wait_for_timeout(500)
    assert page.evaluate("globalThis.hacked") is None
    page.goto("about:blank")
    framed = page.context.new_page()
    framed.goto(f"{address}/inbox/")
    refused: list[str] = []
    framed.on("console", lambda one: refused.append(one.text))
    framed.evaluate(
        "(href) => { const f = document.createElement('iframe'); f.src = href;"
        "document.body.append(f) }",
        href,
    )
    framed.wait_for_timeout(300)
    assert any("frame" in one for one in refused), "a page of ours shows it in no frame"
    framed.close()
    happened[:] = [one for one in happened if one != "1"]


def test_a_page_or_a_drawing_by_the_name_of_a_pdf_is_not_taken(
    desk: Opened, ids: dict[str, str]
) -> None:
    page = desk("aigul").open(f"/tasks/{ids['task']}")
    for data in (papers.PAGE, papers.DRAWING):
        page.set_input_files(
            "input[type=file]", {"name": "а.pdf", "mimeType": "application/pdf", "buffer": data}
        )
        expect(page.locator("#form")).to_contain_text("Тек PDF")
    assert page.locator("#form .files-z a").count() == 0


def test_a_file_just_uploaded_opens_from_the_form(desk: Opened, ids: dict[str, str]) -> None:
    page = desk("aigul").open(f"/tasks/{ids['task']}")
    page.set_input_files(
        "input[type=file]",
        {"name": "жаңа.pdf", "mimeType": "application/pdf", "buffer": papers.pdf("Жаңа құжат")},
    )
    page.locator("#form .files-z a").click()
    drawn(page)
    expect(page.locator("#viewer .words-pdf")).to_have_text("Жаңа құжат")
    expect(page.locator("#viewer h2")).to_contain_text("жаңа.pdf")


def test_reading_is_recorded_as_by_the_link(
    desk: Opened, office: Office, ids: dict[str, str]
) -> None:
    one = desk("root")
    page = one.open(f"/cases/{ids['case']}")

    def looks() -> int:
        with office.database.reading() as uow:
            rows = audit.list_rows(uow, size=100)
        return sum(row.act == "access.read" and "files.send" in row.subject for row in rows)

    assert looks() == 0
    ask(page)
    drawn(page)
    assert looks() == 1


def test_a_document_out_of_reach_says_so(desk: Opened, ids: dict[str, str]) -> None:
    page = desk("aigul").open(f"/tasks/{ids['task']}")
    page.context.clear_cookies()
    ask(page)
    expect(page.locator("#viewer .nothing-z")).to_contain_text("Қайта кіріңіз")
    page.context.set_offline(True)
    page.locator("#viewer [data-view-on]").click()
    expect(page.locator("#viewer .nothing-z")).to_contain_text("Байланысты тексер")
