"""A real Chromium before a real server with the sample office in a real database."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from engine.clock import TestClock
from engine.store import Database, Keys
from tests.conftest import NOW
from tests.sample_office import PASSWORD, Office, context_of, furnish, serve

SHOTS = Path(__file__).parent / "screenshots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = {"1280": (1280, 800), "390": (390, 844)}
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


def found_chromium() -> str:
    """Return the Chromium of this machine; empty if there is none."""
    given = os.environ.get("ZHOLDAMA_TEST_CHROMIUM", "")
    names = ("chromium", "chromium-browser", "google-chrome")
    return given or next((path for name in names if (path := shutil.which(name))), "")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser. Without one the tests are skipped, loudly; with CI set they fail."""
    path = found_chromium()
    if not path:
        said = "no Chromium on this machine: the browser tests did NOT run"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, keys: Keys) -> Path:
    """A file with the sample office, to copy from."""
    path = tmp_path_factory.mktemp("office") / "office.db"
    shutil.copyfile(sqlite_template, path)
    database = Database(f"sqlite:///{path}", keys)
    furnish(database, TestClock(NOW), cases=6)
    database.close()
    return path


@pytest.fixture
def office(furnished: Path, tmp_path: Path, keys: Keys, clock: TestClock) -> Iterator[Office]:
    """A fresh sample office."""
    path = tmp_path / "office.db"
    shutil.copyfile(furnished, path)
    database = Database(f"sqlite:///{path}", keys)
    yield Office(database=database, context=context_of(clock))
    database.close()


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    """Address of the running pages."""
    with serve(office) as found:
        yield found


class Desk:
    """A browser window with somebody before it; notes what the console complains of."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._note)

    def _note(self, message: object) -> None:
        kind, words = getattr(message, "type", ""), getattr(message, "text", "")
        # The browser reports every 4xx by itself; the pages' own answer to it is what is tested.
        if kind in {"error", "warning"} and "Failed to load resource" not in words:
            self.complaints.append(words)

    def sign_in(self, login: str) -> "Desk":
        self.page.goto(f"{self.address}/sign-in")
        self.page.fill("#login", login)
        self.page.fill("#password", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/inbox/**")
        return self

    def open(self, path: str) -> Page:
        self.page.goto(self.address + path)
        self.page.wait_for_load_state("networkidle")
        return self.page

    def shot(self, name: str, *, whole: bool = True) -> None:
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=whole)

    def axe(self) -> list[str]:
        """Return what axe-core finds serious."""
        script = AXE.read_text(encoding="utf-8")
        return list(
            self.page.evaluate(
                f"{script}; axe.run().then((found) => found.violations"
                ".filter((one) => ['serious', 'critical'].includes(one.impact))"
                ".map((one) => one.id + ': ' + one.nodes.map((node) => node.target).join(' ')))"
            )
        )

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@pytest.fixture
def desk(chromium: Browser, address: str) -> Iterator[Callable[..., Desk]]:
    """Open a window: width 1280 or 390, light or dark."""
    contexts = []

    def opened(login: str = "", *, width: str = "1280", dark: bool = False) -> Desk:
        wide, high = WIDTHS[width]
        context = chromium.new_context(
            viewport={"width": wide, "height": high},
            color_scheme="dark" if dark else "light",
            locale="kk-KZ",
        )
        contexts.append(context)
        found = Desk(context.new_page(), address)
        return found.sign_in(login) if login else found

    yield opened
    for context in contexts:
        context.close()
