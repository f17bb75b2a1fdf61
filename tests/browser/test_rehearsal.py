"""A rehearsal in a real Chromium: begun, played, the clock moved, kept; pictures of its pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Browser, Page, expect

from engine.store import Database
from tests.acceptance.rehearsal_stage import ANALYSTS, Site, site
from tests.browser.desk import WIDTHS, Desk
from tests.serving import served

pytestmark = pytest.mark.browser


@pytest.fixture
def installation(sqlite: Database, tmp_path: Path) -> Iterator[Site]:
    with site(sqlite, tmp_path) as found:
        yield found


def analyst(chromium: Browser, installation: Site, url: str) -> Page:
    """Return a window of an analyst who is signed in."""
    signer = SecureCookieSessionInterface().get_signing_serializer(installation.app)
    assert signer is not None
    said = {"_user_id": installation.logins[ANALYSTS[0]], "language": "kk"}
    width, height = WIDTHS["1280"]
    context = chromium.new_context(viewport={"width": width, "height": height})
    context.add_cookies([{"name": "zholdama", "value": signer.dumps(said), "url": url}])
    return context.new_page()


BEGIN = """() => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = "/workshop/b/main/rehearsals";
  const token = document.querySelector("meta[name=csrf]").content;
  const fields = { process: "kandas_approval", csrf_token: token };
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement("input"), { name, value }));
  }
  document.body.append(form);
  form.submit();
}"""


def test_a_rehearsal_by_mouse(chromium: Browser, installation: Site) -> None:
    with served(installation.app) as url:
        desk = Desk(analyst(chromium, installation, url), url)
        desk.open("/workshop/rehearsals/")
        desk.page.evaluate(BEGIN)
        desk.page.wait_for_url("**/rehearsal/")
        top = desk.page.url.removesuffix("/rehearsal/")
        goes_on(desk, top)
        time_passes(desk.page)
        somebody_else_plays(desk.page)
        it_is_kept(desk, top)
        assert not desk.complaints
        desk.page.context.close()


def goes_on(desk: Desk, top: str) -> None:
    """Have two steps filled in and sent; look at the page to direct from."""
    page = desk.page
    for _ in range(2):
        page.locator("main button[name=fill]").first.click()
        page.wait_for_url("**/tasks/*")
        page.locator("[data-main]").click()
        page.wait_for_load_state("networkidle")
        page.goto(f"{top}/rehearsal/")
    expect(page.locator("#diagram")).to_have_attribute("data-drawn", "1")
    expect(page.locator(".rz-acts li")).to_have_count(2)
    desk.shot("rehearsal-1280")
    assert not desk.axe()


def time_passes(page: Page) -> None:
    """Move the clock by a day."""
    before = page.locator(".rz-now").inner_text()
    page.locator(".rz-clock button[value=day]").click()
    page.wait_for_load_state("networkidle")
    assert page.locator(".rz-now").inner_text() != before


def somebody_else_plays(page: Page) -> None:
    """Go on as who has something to do: it lies in her inbox, and the keys are explained."""
    page.locator(".rz-who summary").click()
    page.locator(".rz-role").first.click()
    page.wait_for_url("**/inbox/**")
    expect(page.locator("a.case")).to_have_count(1)
    # The list of keys is asked for below the rehearsal's own address.
    page.locator("body").press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")


def it_is_kept(desk: Desk, top: str) -> None:
    """Keep what was done as a scenario, on a phone."""
    page, (width, height) = desk.page, WIDTHS["390"]
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{top}/rehearsal/")
    expect(page.locator("#diagram")).to_have_attribute("data-drawn", "1")
    desk.shot("rehearsal-390")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("input[name=name]").fill("Екі қадам")
    page.locator("form[action$='/keep'] button").click()
    expect(page.locator("main")).to_contain_text("scenarios.toml")
