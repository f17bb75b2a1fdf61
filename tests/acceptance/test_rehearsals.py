"""Rehearsals in the workshop: the real pages on an installation that reaches nobody."""

import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.store import Database
from tests.acceptance.formreader import fields
from tests.acceptance.rehearsal_stage import ANALYSTS, Browser, Site, site


@pytest.fixture
def installation(sqlite: Database, tmp_path: Path) -> Iterator[Site]:
    with site(sqlite, tmp_path) as found:
        yield found


def begun(browser: Browser, process: str = "kandas_approval") -> str:
    """Begin a rehearsal of the main branch; return its address."""
    browser.get("/notifications/")
    browser.post("/workshop/b/main/rehearsals", process=process)
    found = re.match(r"/workshop/rehearsals/[0-9a-f]{16}", browser.last)
    assert found, (browser.last, browser.page[:2000])
    return found[0]


def task(page: str) -> str:
    """Return where the first open task is taken."""
    found = re.search(r'action="([^"]*/rehearsal/tasks/[0-9a-f]{32})"', page)
    assert found, page
    return found[1]


def work(browser: Browser, top: str, **changes: object) -> None:
    """Become whoever has the first open task, have it filled in, change answers, send."""
    page = browser.get(f"{top}/rehearsal/")
    page = browser.post(task(page), fill="1")
    said = {**fields(page), **changes}
    browser.post(browser.last, _act=changes.get("_act", "send"), **said)
    assert browser.answer is not None
    wrong = re.findall(r'class="errors[^>]*>(.*?)</div>', browser.page, re.DOTALL)
    assert browser.answer.status_code == 200, (wrong, said)


def test_from_the_start_to_the_first_return(installation: Site) -> None:
    before, browser = installation.counts(), installation.browser()
    top = begun(browser)
    steps = []
    for _ in range(12):
        page = browser.get(f"{top}/rehearsal/")
        steps.append(re.findall(r"<li><div class=\"grow\"><b>([^<]+)", page)[0])
        if len(steps) == 6:
            break
        work(browser, top)
    assert len(set(steps)) == 6
    assert installation.counts() == before
