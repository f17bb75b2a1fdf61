"""A real Chromium before a real server with the sample office in a real database."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from engine.bootstrap import App
from engine.clock import TestClock
from engine.store import Database, Keys
from engine.web import create_app
from tests.browser.desk import WIDTHS, Desk
from tests.browser.workshop_stage import LOGINS, Analyst, workshop
from tests.conftest import NOW
from tests.sample_office import Office, context_of, furnish, serve
from tests.serving import served

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


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


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An installation with the orders' files and two analysts, for a module's tests."""
    with workshop(tmp_path_factory.mktemp("workshop")) as found:
        yield found


@pytest.fixture(scope="module")
def shop_address(shop: App) -> Iterator[str]:
    """Address of its pages."""
    with served(create_app(shop)) as found:
        yield found


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, shop_address: str) -> dict[str, Any]:
    """Cookies of both analysts, by login: to hash passwords for each test takes seconds."""
    found = {}
    for login in LOGINS:
        context = chromium.new_context()
        Analyst(context.new_page(), shop_address).sign_in(login)
        found[login] = context.storage_state()
        context.close()
    return found


@pytest.fixture
def analyst(
    chromium: Browser, shop_address: str, signed_in: dict[str, Any]
) -> Iterator[Callable[..., Analyst]]:
    """Sit an analyst down before a window of her own, 1280 or 390 wide."""
    contexts = []

    def seated(login: str = LOGINS[0], width: str = "1280") -> Analyst:
        wide, high = WIDTHS[width]
        context = chromium.new_context(
            viewport={"width": wide, "height": high}, storage_state=signed_in[login]
        )
        contexts.append(context)
        return Analyst(context.new_page(), shop_address)

    yield seated
    for context in contexts:
        context.close()
