"""The sandbox as a person or a browser meets it: switches, page, journal, and its people."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from engine.cli.offers import offers
from engine.i18n import add_catalogues
from handlers.people.facts import Relationship
from handlers.people.iin import born, check_digit, sex
from handlers.registries import SYSTEMS, gbd_fl, migration_portal
from handlers.registries.base import RegistryFault, Settings
from handlers.registries.sandbox import Sandbox, serve
from handlers.registries.sandbox.families import COUNT, families
from handlers.registries.sandbox.names import MEN, REGIONS, WOMEN

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 9, 7, 6, 30, tzinfo=UTC)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    found = serve(0, keys=tmp_path, slow=20)
    yield found
    found.stop()


@pytest.fixture
def browser(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, trust_env=False) as client:
        yield client


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Settings:
    return Settings(
        values={
            "registries.url": sandbox.url,
            "registries.keys": str(tmp_path),
            "registries.timeout": "15",
        }
    )


def test_switches_are_listed_and_set(browser: httpx.Client, settings: Settings) -> None:
    assert browser.get("/switches").json() == dict.fromkeys(SYSTEMS, "ok")
    iin = families()[0].applicant.iin or ""
    register = gbd_fl.Client(settings)
    assert register.person(iin, "one", AT).value is not None
    assert browser.post("/switches/gbd_fl", json={"mode": "down"}).json()["gbd_fl"] == "down"
    with pytest.raises(RegistryFault):
        register.person(iin, "two", AT)
    browser.post("/switches/gbd_fl", json={"mode": "ok"})
    assert register.person(iin, "three", AT).value is not None
    assert browser.get("/journal").json()["questions"]["gbd_fl"] == 3


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/switches/gbd_fl", {"json": {"mode": "asleep"}}),
        ("/switches/gbd_fl", {"json": ["down"]}),
        ("/switches/gbd_fl", {"json": {}}),
        ("/switches/nobody", {"json": {"mode": "down"}}),
        ("/switches/gbd_fl", {"content": b"\xff", "headers": {"Content-Type": "application/json"}}),
        ("/switches/gbd_fl", {"data": {}}),
    ],
)
def test_a_wrong_switch_is_refused_with_what_is_possible(
    browser: httpx.Client, path: str, content: dict[str, object]
) -> None:
    answer = browser.post(path, **content)  # type: ignore[arg-type]
    assert answer.status_code == 400
    assert "wrong_signature" in answer.json()["modes"]
    assert set(browser.get("/switches").json().values()) == {"ok"}


def test_another_site_cannot_flip_a_switch(browser: httpx.Client) -> None:
    origin = {"Origin": "https://example.org"}
    answer = browser.post("/switches/gbd_fl", data={"mode": "down"}, headers=origin)
    assert answer.status_code == 403
    assert browser.get("/switches").json()["gbd_fl"] == "ok"


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("kk", "Сыртқы жүйелердің сынақ ортасы"),
        ("ru", "Тестовая среда внешних систем"),
        ("en", "Sandbox of the outside systems"),
    ],
)
def test_the_page_shows_every_system_in_three_languages(
    browser: httpx.Client, language: str, title: str
) -> None:
    add_catalogues("handlers.registries")
    page = browser.get("/", params={"lang": language})
    assert f"<title>{title}</title>" in page.text
    assert f'<html lang="{language}">' in page.text
    for system in SYSTEMS:
        assert f'action="/switches/{system}?lang={language}"' in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert not re.search(r"\d{12}", page.text)


def test_the_pages_form_sets_a_switch_and_comes_back(browser: httpx.Client) -> None:
    answer = browser.post("/switches/mobile_app?lang=ru", data={"mode": "slow"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?lang=ru")
    assert browser.get("/switches").json()["mobile_app"] == "slow"
    assert browser.get("/", params={"lang": "xx"}).text.count(" selected") == len(SYSTEMS)


def test_the_portal_shows_what_it_was_told(browser: httpx.Client, settings: Settings) -> None:
    portal = migration_portal.Client(settings)
    for status in ("signed", "returned"):
        step = migration_portal.Step(case_number="Қ-26-00417", status=status, details={})
        portal.update(step, f"key-{status}", AT)
        portal.update(step, f"key-{status}", AT)
    assert browser.get("/journal").json()["steps"] == {"Қ-26-00417": ["signed", "returned"]}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nobody", 404), ("POST", "/nobody", 404), ("POST", "/family_card/nobody", 404)],
)
def test_what_is_not_there_is_said_so(
    browser: httpx.Client, method: str, path: str, status: int
) -> None:
    assert browser.request(method, path, content=b"").status_code == status


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"<a/>", b"\x00" * 100])
def test_questions_that_cannot_be_read_are_refused(browser: httpx.Client, content: bytes) -> None:
    assert browser.post("/family_card/relatives", content=content).status_code == 400
    fault = browser.post("/gbd_fl", content=content)
    assert fault.status_code == 500
    assert "faultstring" in fault.text


@pytest.mark.parametrize("size", [str(10**9), "-1", "many", ""])
def test_a_question_that_is_too_large_is_not_read(sandbox: Sandbox, size: str) -> None:
    address = urlsplit(sandbox.url)
    with closing(HTTPConnection(str(address.hostname), address.port, timeout=5)) as connection:
        connection.putrequest("POST", "/gbd_fl")
        connection.putheader("Content-Length", size)
        connection.endheaders()
        assert connection.getresponse().status == 413


def test_a_slow_system_does_not_hold_the_others_nor_the_stop(
    sandbox: Sandbox, browser: httpx.Client, settings: Settings
) -> None:
    sandbox.switch("family_card", "slow")
    with pytest.raises(httpx.ReadTimeout):
        browser.post("/family_card/relatives", content=b"{}", timeout=0.2)
    assert gbd_fl.Client(settings).person(families()[0].applicant.iin or "", "m", AT).value


def test_a_port_in_use_is_an_error(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="in use"):
        serve(int(sandbox.url.rpartition(":")[2]), keys=tmp_path)


def test_the_people_are_the_same_everywhere_and_possible() -> None:
    made = families()
    assert len(made) == COUNT >= 60
    assert made[:5] == families(5)
    iins = [iin for family in made for iin in family.by_iin]
    assert len(iins) == len(set(iins))
    for family in made:
        for iin, person in family.by_iin.items():
            assert check_digit(iin[:11]) == int(iin[11])
            assert (born(iin), sex(iin)) == (person.born, person.sex)
            assert person.name in (MEN if person.sex == "male" else WOMEN)
            assert person.patronymic.endswith("ұлы" if person.sex == "male" else "қызы")


def test_families_hang_together() -> None:
    for family in families():
        assert family.origin != family.destination
        assert family.place in REGIONS[family.origin].places
        assert family.wished in REGIONS[family.destination].places
        parent = family.applicant.born or date.max
        for child in family.of(Relationship.CHILD):
            assert child.born
            assert 18 <= child.born.year - parent.year <= 50
        for act in family.acts:
            assert act.on <= date(2026, 9, 1)
        for one in family.apart:
            assert one not in family.members


def test_there_is_something_of_everything() -> None:
    made = families()
    assert {family.origin for family in made} | {family.destination for family in made} >= {
        "10", "11", "19", "55", "61"
    }  # fmt: skip
    for part in ("apart", "wards", "adopted"):
        assert sum(bool(getattr(family, part)) for family in made) >= 3
    assert {act.country for family in made for act in family.acts} > {"KAZ", "UZB", "CHN"}


def test_a_demo_starts_it_and_finds_it_by_its_settings() -> None:
    (offered,) = offers(["handlers.registries"], "sandbox", "start")
    running = offered(0)
    try:
        register = gbd_fl.Client(Settings(values=running.settings))
        assert register.person(families()[0].applicant.iin or "", "demo", AT).value is not None
        assert running.url == running.settings["registries.url"]
        assert running.keys.exists()
    finally:
        running.stop()
    assert not running.keys.exists()


def test_it_runs_by_itself_and_stops_when_asked(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "handlers.registries.sandbox", "--keys", str(tmp_path)]
    with subprocess.Popen(
        [*command, "--port", "0"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        assert httpx.get(f"{url}/switches", trust_env=False).json()["gbd_fl"] == "ok"
        port = url.rpartition(":")[2]
        second = subprocess.run(
            [*command, "--port", port], capture_output=True, text=True, cwd=ROOT, check=False
        )
        assert second.returncode == 1
        assert second.stderr.startswith(f"The sandbox cannot listen on port {port}:")
        process.terminate()
        assert process.wait(timeout=10) == 0
