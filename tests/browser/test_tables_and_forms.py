"""Tables and forms in a real Chromium: made, told what is wrong, seen as staff see them."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from engine.bootstrap import App, build
from engine.config import Settings, domains
from engine.dmn import difference as tables
from engine.forms import difference as forms
from engine.services.workshop import branches
from engine.store import Keys
from engine.web import create_app
from handlers.kandas import staff as kandas_staff
from handlers.support import staff as support_staff
from tests.acceptance.kandas_stage import PASSWORD, make_template
from tests.browser.conftest import SHOTS, WIDTHS
from tests.serving import served

pytestmark = pytest.mark.browser

EDIT = "/workshop/b/main/edit"
TERMS = "processes/support/terms.dmn"
FORM = "forms/kandas/second.json"
#: A form with a list of rows, in which form-js would like to note more than was said.
LISTED = "forms/kandas/completeness.json"
#: Kazakh, Russian and English of the two questions.
NAME = ("Екінші қол қоюшы", "Второй подписант", "Second signatory")
AGREED = ("Келісемін", "Согласен", "I agree")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An installation with the files of both orders."""
    folder = tmp_path_factory.mktemp("tables")
    written = Keys.generate()
    path = make_template(folder, Keys.parse(written), (kandas_staff, support_staff))
    settings = Settings(
        database_url=f"sqlite:///{path}",
        keys=written,
        demo=True,
        demo_password=PASSWORD,
        authority=folder / "authority",
        extensions=domains(),
    )
    built = build(settings)
    yield built
    built.close()


@pytest.fixture(scope="module")
def address(app: App) -> Iterator[str]:
    """Address of its pages."""
    with served(create_app(app)) as found:
        yield found


class Analyst:
    """An analyst before a window; notes what the browser complains of."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._note)
        page.goto(f"{address}/sign-in")
        page.fill("#login", "analyst")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/inbox/**")

    def _note(self, message: Any) -> None:
        # A new file is not there yet: the browser reports the 404 that says so by itself.
        if message.type in {"error", "warning"} and "Failed to load" not in message.text:
            self.complaints.append(message.text)

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.address}{EDIT}/{path}")
        self.page.wait_for_selector("[data-bench][data-ready]")
        return self.page

    def state(self, kind: str) -> None:
        self.page.wait_for_selector(f"[data-part=state][data-kind={kind}]")

    def shot(self, name: str) -> None:
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png")


@pytest.fixture
def analyst(chromium: Browser, address: str) -> Iterator[Callable[..., Analyst]]:
    """Sit an analyst down before a window, 1280 or 390 wide."""
    contexts = []

    def seated(width: str = "1280") -> Analyst:
        wide, high = WIDTHS[width]
        context = chromium.new_context(viewport={"width": wide, "height": high})
        contexts.append(context)
        return Analyst(context.new_page(), address)

    yield seated
    for context in contexts:
        context.close()


def _saved(app: App, name: str) -> str:
    with app.database.reading() as uow:
        return branches.files(uow, "main")[name].decode()


def _preview(page: Page) -> FrameLocator:
    return page.frame_locator("[data-part=preview] iframe[data-shown]")


def _english(page: Page) -> list[str]:
    """Return the labels over a component's properties that nobody translated, groups opened."""
    page.locator("#properties .bio-properties-panel-group-header").first.wait_for()
    page.evaluate(
        "document.querySelectorAll('#properties .bio-properties-panel-group-header:not(.open)')"
        ".forEach((one) => one.click())"
    )
    labels = page.locator("#properties .bio-properties-panel-label")
    labels.nth(5).wait_for()
    said = labels.all_inner_texts()
    return [one for one in said if one.strip().isascii() and one.strip()]


def _say(page: Page, question: int, words: tuple[str, ...]) -> None:
    """Fill a question's texts in, in all languages; the form's own name is the first row."""
    inputs = page.locator("[data-part=texts] tr").nth(question).locator("input")
    for number, said in enumerate(words):
        inputs.nth(number).fill(said)


def test_a_form_is_made_and_seen_as_staff_see_it_in_two_languages_on_a_phone(
    analyst: Callable[..., Analyst], app: App
) -> None:
    me = analyst()
    page = me.open(f"{FORM}?new=1")
    offered = page.locator("#palette [data-field-type]:visible")
    assert page.locator('#palette [data-field-type="html"]').is_hidden()
    assert [one for one in offered.all_inner_texts() if one.isascii()] == []
    page.click('#palette [data-field-type="textfield"]')
    page.click('#palette [data-field-type="checkbox"]')
    assert _english(page) == [], "form-js's own words are exchanged"
    page.click("[data-tab=languages]")
    _say(page, 1, NAME)
    _say(page, 2, AGREED)
    expect(page.locator("[data-part=untranslated]")).to_be_empty()

    shown = _preview(page)
    expect(shown.get_by_label(NAME[0])).to_be_visible()
    expect(shown.get_by_label(AGREED[0])).to_be_visible()
    shown.get_by_label(NAME[0]).fill("Тоқтар Гүлдана")
    page.click("[data-lang=ru]")
    expect(shown.get_by_label(NAME[1])).to_have_value("Тоқтар Гүлдана")
    frame = page.locator("[data-part=preview] iframe[data-shown]")
    assert frame.evaluate("(frame) => frame.contentWindow.innerWidth") == 390
    page.click("[data-do=check]")
    expect(page.locator("[data-part=sent]")).to_contain_text("Тоқтар Гүлдана")
    me.shot("form-editor-1280")

    me.state("kept")
    page.keyboard.press("Control+s")
    me.state("published")
    _is_kept(json.loads(_saved(app, FORM))["components"])
    assert me.complaints == []


def _is_kept(components: list[dict[str, Any]]) -> None:
    assert [one["type"] for one in components] == ["textfield", "checkbox"]
    assert [one["label"] for one in components] == [NAME[0], AGREED[0]]
    assert components[0]["properties"] == {"label:ru": NAME[1], "label:en": NAME[2]}


def test_a_cell_that_is_changed_leaves_a_gap_which_is_told_and_undone(
    analyst: Callable[..., Analyst], app: App
) -> None:
    me = analyst()
    page = me.open(TERMS)
    page.click('[data-view]:has-text("support_service_days")')
    gap = page.locator("[data-part=found] li")
    expect(gap).to_have_count(0)
    cell = page.locator('td[data-element-id="support_service_days_rule2_in1"]')
    before = cell.inner_text().strip()
    # The last rule takes every code that no other has.
    cell.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text('"S99"')
    page.locator("td.rule-index").first.click()
    expect(gap.filter(has_text=before)).to_have_count(1)
    expect(gap.filter(has_text='"S99"')).to_have_count(1)
    doubtful = page.locator('td.input-cell[data-bad="warning"]')
    expect(doubtful).to_have_count(1)
    me.shot("table-editor-1280")
    me.state("kept")
    page.click("[data-do=undo]")
    expect(gap).to_have_count(0)
    expect(cell).to_have_text(before)
    assert '"S99"' not in _saved(app, TERMS)
    assert me.complaints == []


def test_what_somebody_changes_is_all_that_differs(
    analyst: Callable[..., Analyst], app: App
) -> None:
    me = analyst()
    before = {name: _saved(app, name).encode() for name in (LISTED, TERMS)}
    page = me.open(LISTED)
    page.click("[data-tab=languages]")
    _say(page, 1, ("Бір ғана өзгеріс",))
    page.keyboard.press("Control+s")
    me.state("published")
    page = me.open(TERMS)
    page.click('[data-view]:has-text("support_service_days")')
    page.locator("td.output-cell").first.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("77")
    page.keyboard.press("Control+s")
    me.state("published")
    (said,) = forms.compare(before[LISTED], _saved(app, LISTED).encode()).changes
    assert said.attributes[0].new == "Бір ғана өзгеріс"
    (cell,) = tables.compare(before[TERMS], _saved(app, TERMS).encode()).changes
    assert (cell.element, cell.attributes[0].new) == ("support_service_days_rule1", "77")
    assert me.complaints == []


def test_the_editors_fit_a_phone(analyst: Callable[..., Analyst]) -> None:
    me = analyst("390")
    for kind, path in (("form", "forms/kandas/contact.json"), ("table", TERMS)):
        page = me.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") == 390, path
        me.shot(f"{kind}-editor-390")
    assert me.complaints == []
