"""The sandbox as a person or a browser meets it: switches, page, journal, and its people."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlsplit

import httpx
import pytest

from engine.cli.offers import offers
from engine.clock import SystemClock
from engine.i18n import add_catalogues
from handlers.people.facts import Relationship
from handlers.people.iin import born, check_digit, sex
from handlers.registries import (
    SYSTEMS,
    gbd_fl,
    migration_portal,
    signals,
    unified_system,
    wellbeing,
)
from handlers.registries.base import Outcome, RegistryFault, Settings
from handlers.registries.sandbox import Sandbox, serve
from handlers.registries.sandbox.families import COUNT, families
from handlers.registries.sandbox.hardships import COUNT as HARDSHIPS
from handlers.registries.sandbox.hardships import hardships
from handlers.registries.sandbox.names import MEN, REGIONS, WOMEN
from handlers.registries.sandbox.switches import Sending
from handlers.registries.signals import GROUNDS, Refusal, Signal, receipt, receive

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


def test_the_journal_shows_how_plans_went(browser: httpx.Client, settings: Settings) -> None:
    iin, number = hardships()[0].family.applicant.iin or "", "Ж-26-00122"
    system = unified_system.Client(settings)
    for status in ("opened", "approved"):
        news = unified_system.PlanNews(
            iin=iin,
            plan_number=number,
            status=status,  # type: ignore[arg-type]
            plan=unified_system.PlanState(),
        )
        for _ in range(2):
            system.plan(news, f"plan-{status}", AT)
    told = wellbeing.Completion(
        iin=iin, plan_number=number, completed_on=AT.date(), result="exceptions"
    )
    wellbeing.Client(settings).plan_completed(told, "done", AT)
    journal = browser.get("/journal").json()
    assert journal["plans"] == {number: ["opened", "approved"]}
    assert journal["completions"] == {number: "exceptions"}
    assert iin not in str(journal)


def test_news_that_were_answered_too_late_are_not_taken_twice(tmp_path: Path) -> None:
    found = serve(0, keys=tmp_path, slow=0.8)
    try:
        values = {**found.settings, "registries.timeout": "0.3"}
        hasty = unified_system.Client(Settings(values=values))
        patient = unified_system.Client(Settings(values={**values, "registries.timeout": "15"}))
        news = unified_system.PlanNews(
            iin=hardships()[0].family.applicant.iin or "",
            plan_number="Ж-26-00122",
            status="opened",
            plan=unified_system.PlanState(),
        )
        found.switch("unified_system", "slow")
        with pytest.raises(RegistryFault) as raised:
            hasty.plan(news, "once", AT)
        assert raised.value.outcome is Outcome.UNAVAILABLE
        told, deadline = found.server.world.care.plans, monotonic() + 10
        while not told and monotonic() < deadline:
            sleep(0.05)
        assert len(told["Ж-26-00122"]) == 1
        found.switch("unified_system", "ok")
        assert patient.plan(news, "once", AT).value is not None
        assert len(told["Ж-26-00122"]) == 1
    finally:
        found.stop()


@dataclass(kw_only=True)
class Installation:
    """Somebody who takes signals by the contract, over real HTTP, and keeps them by their id."""

    #: Its address.
    url: str = ""
    #: Settings with the shared key.
    settings: dict[str, str] = field(default_factory=dict)
    #: What was kept.
    kept: dict[str, Signal] = field(default_factory=dict)
    #: What the senders were told: status and code.
    told: list[tuple[int, str]] = field(default_factory=list)

    def take(self, headers: dict[str, str], body: bytes) -> signals.Answer:
        found = receive(headers, body, self.settings, SystemClock().now())
        if isinstance(found, Refusal):
            return found
        before = self.kept.get(found.message_id)
        answer = receipt(found, before.digest if before else None)
        self.kept.setdefault(found.message_id, found)
        return answer


@pytest.fixture
def installation(sandbox: Sandbox) -> Iterator[Installation]:
    found = Installation(settings=dict(sandbox.settings))

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = found.take(dict(self.headers), body)
            found.told.append((answer.status, answer.code))
            self.send_response(answer.status if self.path == signals.PATH else 404)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    sandbox.home(found.url)
    yield found
    server.shutdown()
    server.server_close()


def test_the_card_tells_of_a_family_and_the_installation_believes_it(
    browser: httpx.Client, installation: Installation
) -> None:
    answer = browser.post("/signals/1", json={"mode": "ok"})
    assert (answer.status_code, answer.json()) == (200, {"status": 202, "code": "ACCEPTED"})
    (kept,) = installation.kept.values()
    assert kept.people[0].person.full_name == hardships()[0].family.applicant.full_name
    assert (kept.region, kept.ground, len(kept.people)) == ("10", "violence", 3)
    assert kept.determined_on <= kept.sent_at.date()


def test_every_wrong_signal_is_refused_in_its_own_way(
    browser: httpx.Client, installation: Installation
) -> None:
    expected = {
        Sending.MALFORMED: (400, "MALFORMED"),
        Sending.WRONG_SIGNATURE: (401, "WRONG_SIGNATURE"),
        Sending.LATE: (401, "LATE"),
    }
    for mode, told in expected.items():
        answer = browser.post("/signals/2", json={"mode": mode}).json()
        assert (answer["status"], answer["code"]) == told
    assert installation.kept == {}
    assert installation.told == list(expected.values())


def test_a_signal_that_comes_again_is_kept_once(
    browser: httpx.Client, installation: Installation
) -> None:
    first = browser.post("/signals/3", json={"mode": "ok"}).json()
    again = browser.post("/signals/3", json={"mode": "duplicate"}).json()
    assert (first["code"], again["code"]) == ("ACCEPTED", "KNOWN")
    assert browser.post("/signals/4", json={"mode": "duplicate"}).json()["code"] == "KNOWN"
    assert len(installation.kept) == 2
    assert browser.post("/signals/3", json={"mode": "ok"}).json()["code"] == "ACCEPTED"
    assert len(installation.kept) == 3


def test_every_family_in_difficulty_can_be_told_of(
    browser: httpx.Client, installation: Installation
) -> None:
    for number in range(1, HARDSHIPS + 1):
        assert browser.post(f"/signals/{number}", json={"mode": "ok"}).json()["status"] == 202
    assert {one.ground for one in installation.kept.values()} <= set(GROUNDS)


def test_the_pages_button_sends_and_shows_what_came_back(
    browser: httpx.Client, installation: Installation
) -> None:
    add_catalogues("handlers.registries")
    answer = browser.post("/signals/1?lang=kk", data={"mode": "late"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?lang=kk#family-1")
    page = browser.get("/", params={"lang": "kk"}).text
    assert "Сәрсен Дана" in page
    assert installation.url in page
    assert "401 LATE" in page
    assert page.count('action="/signals/') == HARDSHIPS
    assert not re.search(r"\d{12}", page)


def test_without_an_installation_there_is_no_button_and_no_answer(browser: httpx.Client) -> None:
    assert 'action="/signals/' not in browser.get("/").text
    assert browser.post("/signals/1", json={"mode": "ok"}).json() == {"status": 0, "code": ""}


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/signals/1", {"json": {"mode": "loud"}}),
        ("/signals/1", {"json": {}}),
        ("/signals/0", {"json": {"mode": "ok"}}),
        ("/signals/dana", {"json": {"mode": "ok"}}),
    ],
)
def test_a_signal_that_cannot_be_is_not_sent(
    browser: httpx.Client, installation: Installation, path: str, content: dict[str, object]
) -> None:
    answer = browser.post(path, **content)  # type: ignore[arg-type]
    assert answer.status_code == 400
    assert "duplicate" in answer.json()["modes"]
    assert installation.told == []


def test_another_site_cannot_have_a_signal_sent(
    browser: httpx.Client, installation: Installation
) -> None:
    origin = {"Origin": "https://example.org"}
    answer = browser.post("/signals/1", data={"mode": "ok"}, headers=origin)
    assert answer.status_code == 403
    assert installation.told == []


def test_families_in_difficulty_are_the_same_everywhere_and_possible() -> None:
    made = hardships()
    assert len(made) == HARDSHIPS >= 30
    assert made[:5] == hardships(5)
    iins = [iin for one in made for iin in one.family.by_iin]
    others = {iin for family in families() for iin in family.by_iin}
    assert len(iins) == len(set(iins))
    assert not set(iins) & others
    for one in made:
        assert one.ground in GROUNDS
        assert one.family.place in REGIONS[one.family.origin].places
        for iin, person in one.family.by_iin.items():
            assert check_digit(iin[:11]) == int(iin[11])
            assert (born(iin), sex(iin)) == (person.born, person.sex)


def test_families_in_difficulty_hang_together() -> None:
    for one in hardships():
        parent = one.family.applicant.born or date.max
        children = one.family.of(Relationship.CHILD, Relationship.CHILD_FAMILY)
        births = sorted(child.born for child in children if child.born)
        assert all(18 <= birth.year - parent.year <= 60 for birth in births)
        assert all((later - birth).days > 280 for birth, later in pairwise(births))
        assert len({re.sub("(ұлы|қызы)$", "", child.patronymic) for child in children}) <= 1
        days = [stage.on for stage in one.stages]
        assert days == sorted(set(days))
        assert one.stages[0].level in {"D", "E"}
        assert {iin for stage in one.stages for iin in stage.statuses} == set(one.family.by_iin)
        assert {support.iin for support in one.support} <= set(one.family.by_iin)


def test_there_is_difficulty_of_many_kinds() -> None:
    made = hardships()
    drawn = made[0]
    assert drawn.family.place == "Семей"
    assert [one.person.name for one in drawn.family.members] == ["Дана", "Аружан", "Ерасыл"]
    assert len({one.ground for one in made}) >= 10
    for part in ("watched", "support"):
        assert sum(bool(getattr(one, part)) for one in made) >= 3
    assert sum(bool(one.family.wards) for one in made) >= 3
    changes = [(later.level < stage.level) for one in made for stage, later in pairwise(one.stages)]
    assert changes.count(True) > changes.count(False) > 5


def test_the_register_of_persons_knows_them_as_citizens(settings: Settings) -> None:
    applicant = hardships()[0].family.applicant
    found = gbd_fl.Client(settings).person(applicant.iin or "", "citizen", AT).value
    assert found is not None
    assert (found.citizenship, found.kandas_number) == ("KAZ", "")
    assert gbd_fl.differences(applicant, found) == []


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
        assert len(running.settings["registries.signals.key"]) >= 32
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
