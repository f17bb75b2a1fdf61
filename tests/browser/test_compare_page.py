"""Two versions of a diagram in a real Chromium: marked, moved as one, led to from the list."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Browser, Page

from engine.services import signing_in
from engine.services.workshop import branches
from engine.store import Database
from tests.acceptance.rehearsal_stage import ANALYSTS, Site, site
from tests.browser.desk import WIDTHS, Desk
from tests.serving import served

pytestmark = pytest.mark.browser

QUARTER = "processes/support/quarter.bpmn"
RETURN = "processes/kandas/return.dmn"
ROOT = Path(__file__).parents[2]
#: What an analyst did to the diagram: another name, and an event pushed to the right.
EDITS = (
    ('id="conclusion" name="', 'id="conclusion" name="Жаңа: '),
    ('<dc:Bounds x="307" y="132"', '<dc:Bounds x="317" y="132"'),
)
VIEW = """(letter) => {
  const layer = document.querySelector(`[data-side=${letter}] .viewport`);
  const { a, e, f } = layer.transform.baseVal.consolidate().matrix;
  return [a, e, f].map((one) => Math.round(one * 10) / 10);
}"""


@pytest.fixture
def installation(sqlite: Database, tmp_path: Path) -> Iterator[Site]:
    with site(sqlite, tmp_path) as found:
        with found.wired.database.begin() as uow:
            actor, ctx = signing_in.load(uow, found.logins[ANALYSTS[0]]), found.wired.context
            for name, content in (QUARTER, changed()), (RETURN, other_cell()):
                branches.save(uow, ctx, actor, branches.MAIN, name, content, base=0)
            uow.commit()
        yield found


def changed() -> bytes:
    content = (ROOT / QUARTER).read_text("utf-8")
    for old, new in EDITS:
        assert old in content
        content = content.replace(old, new, 1)
    return content.encode()


def other_cell() -> bytes:
    content = (ROOT / RETURN).read_text("utf-8")
    return content.replace('<text>"leo_origin"</text>', '<text>"other"</text>', 1).encode()


def analyst(chromium: Browser, installation: Site, url: str, width: str, *, dark: bool) -> Desk:
    """Return a window of an analyst who is signed in."""
    signer = SecureCookieSessionInterface().get_signing_serializer(installation.app)
    assert signer is not None
    said = {"_user_id": installation.logins[ANALYSTS[0]], "language": "kk"}
    wide, high = WIDTHS[width]
    context = chromium.new_context(
        viewport={"width": wide, "height": high}, color_scheme="dark" if dark else "light"
    )
    context.add_cookies([{"name": "zholdama", "value": signer.dumps(said), "url": url}])
    return Desk(context.new_page(), url)


def test_two_versions_are_marked_and_move_as_one(chromium: Browser, installation: Site) -> None:
    with served(installation.app) as url:
        desk = analyst(chromium, installation, url, "1280", dark=False)
        page = desk.open(f"/workshop/compare?name={QUARTER}")
        page.wait_for_selector("[data-compare][data-drawn]")
        marked_on_both(page)
        moves_as_one(page)
        led_to_from_the_list(page)
        led_to_the_list(page)
        desk.shot("compare-1280")
        assert desk.axe() == []
        assert desk.overflow() == 0
        assert desk.complaints == []
        page.context.close()
        on_a_phone(analyst(chromium, installation, url, "390", dark=True))


def marked_on_both(page: Page) -> None:
    """See each change on both drawings, by a marker and by a sign."""
    for letter in "ab":
        place = page.locator(f"[data-side={letter}]")
        assert place.locator('.djs-element.z-changed[data-element-id="conclusion"]').count() == 1
        assert place.locator(".djs-element.z-moved").count() >= 1
        assert place.locator(".badge-d.changed svg").count() == 1


def moves_as_one(page: Page) -> None:
    """Enlarge one and push the other: both show the same part at the same size."""
    page.locator("[data-do=in]").click()
    page.locator("[data-side=b] .djs-container > svg").focus()
    before = page.evaluate(VIEW, "a")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(VIEW, "a") != before
    assert page.evaluate(VIEW, "a") == page.evaluate(VIEW, "b")


def led_to_from_the_list(page: Page) -> None:
    """Choose a change in the list: it is lit on both."""
    page.locator("[data-change=conclusion] [data-go]").click()
    for letter in "ab":
        lit = page.locator(f"[data-side={letter}] .djs-element.z-picked")
        assert lit.get_attribute("data-element-id") == "conclusion"
    assert page.locator("[data-change=conclusion][aria-current]").count() == 1


def led_to_the_list(page: Page) -> None:
    """Choose another change by its sign on the drawing: its line is shown."""
    badge = page.locator("[data-side=b] .badge-d.moved").first
    badge.dispatch_event("click")
    chosen = page.locator("li[data-change][aria-current]")
    assert chosen.get_attribute("data-kind") == "moved"


def on_a_phone(desk: Desk) -> None:
    """See the table's cells, and nothing wider than the window."""
    page = desk.open(f"/workshop/compare?name={RETURN}")
    assert page.locator(".cell-d del").inner_text() == '"leo_origin"'
    assert page.locator(".cell-d ins").inner_text() == '"other"'
    desk.shot("compare-390-dark")
    assert desk.axe() == []
    assert desk.overflow() == 0
    assert desk.complaints == []
    page.context.close()
