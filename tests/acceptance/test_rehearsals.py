"""Rehearsals in the workshop: the real pages on an installation that reaches nobody."""

import re
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.model.people import Candidate
from engine.rehearsing import Rehearsal, acting, rehearse
from engine.rehearsing.ground import DATABASE, open_ground
from engine.services import audit, signing_in
from engine.services.workshop import branches, rehearsals
from engine.store import Database, Keys, UnitOfWork
from engine.store.rehearsed import Rehearsed
from engine.store.tables import event
from handlers.kandas.rehearsal import Case
from handlers.people import records as people
from tests.acceptance.formreader import fields
from tests.acceptance.kandas_stage import start_sandbox, wired
from tests.acceptance.rehearsal_stage import ANALYSTS, PACKAGES, Browser, Site, site
from tests.acceptance.test_kandas import begun as begun_case
from tests.acceptance.test_kandas import go, returned, reworked


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


def steps(browser: Browser, top: str) -> list[str]:
    """Return the steps at which somebody is waited for."""
    return re.findall(r'<li><div class="grow"><b>([^<]+)', browser.get(f"{top}/rehearsal/"))


def until(browser: Browser, top: str, step: str) -> list[str]:
    """Do the usual until a step waits; return the steps gone through."""
    gone: list[str] = []
    for _ in range(12):
        (here, *_others) = steps(browser, top)
        if here == step:
            return gone
        gone.append(here)
        work(browser, top)
    raise AssertionError(f"{step} was never reached: {gone}")


def players(browser: Browser) -> set[str]:
    """Return who has played so far, as the last page's history tells."""
    return set(re.findall(r"<p>[^<·]+ · ([^<]+)</p>", browser.page))


def test_from_the_start_to_the_first_return_and_past_a_deadline(installation: Site) -> None:
    before, browser = installation.counts(), installation.browser()
    top = begun(browser)
    gone = until(browser, top, "Check through the family card")
    assert gone[:2] == ["Give the primary consultation", "Accept the application"]
    page = browser.post(task(browser.get(f"{top}/rehearsal/")), fill="1")
    remarks = {"remarks.0.field": "members", "remarks.0.text": "Another address", "_remarks": "1"}
    said = {**fields(page), **remarks, "relatives": "no", "questionnaire": "match"}
    browser.post(browser.last, _act="return", **said)
    assert steps(browser, top) == ["Rework the application"]
    page = browser.get(f"{top}/rehearsal/")
    case = re.search(r'href="([^"]*/cases/[0-9a-f]{32})"', page)
    assert case
    browser.get(case[1])
    assert len(players(browser)) == 2
    # A week later the deadline has come, and again on each working day: each at its own moment.
    browser.get(f"{top}/rehearsal/")
    browser.post(f"{top}/rehearsal/clock", to="week", next=f"{top}/notifications/")
    assert browser.last == f"{top}/notifications/"
    evenings = [datetime(2026, 9, day, 13, tzinfo=UTC) for day in (8, 9, 10, 11)]
    assert fired(installation, top) == [("rework_late", evening) for evening in evenings]
    assert installation.counts() == before


def fired(installation: Site, top: str) -> list[tuple[str, datetime]]:
    """Return the deadlines that have come in a rehearsal of the first analyst's, and when."""
    with opened(installation, top).database.reading() as uow:
        rows = uow.execute(select(event).order_by(event.c.id)).all()
    return [
        (row.element, row.at)
        for row in rows
        if row.what == "left" and row.actor_kind == "timer" and row.element.endswith("_late")
    ]


def test_what_was_done_is_kept_as_a_scenario_that_goes_the_same_way(installation: Site) -> None:
    browser = installation.browser()
    top = begun(browser)
    until(browser, top, "Attach copies of documents")
    work(browser, top)
    browser.get(f"{top}/rehearsal/")
    browser.post(f"{top}/rehearsal/clock", to="hour", next="")
    browser.get(f"{top}/rehearsal/")
    browser.post(f"{top}/rehearsal/switch", system="gbd_fl", mode="down")
    page = browser.get(f"{top}/rehearsal/")
    number = re.search(r'name="case" value="([^"]+)"', page)
    assert number
    page = browser.post(f"{top}/rehearsal/keep", case=number[1], name="As I rehearsed it")
    assert "The scenario is kept in processes/kandas/scenarios.toml" in page
    with installation.wired.database.reading() as uow:
        whole = branches.files(uow, "main")
    (kept,) = rehearsals.all_of(whole)
    assert [step.kind for step in kept.steps] == ["do", "do", "do", "until", "switch"]
    assert kept.steps[0].by == "career_specialist@cc.47.1"
    assert kept.steps[1].then == ("scans",)
    assert "registration" in kept.path["kandas_approval"]
    files = [str(one) for row in kept.steps[2].values["scans"] for one in row["files"]]  # type: ignore[index]
    assert files
    assert all(one.startswith("@scan:") for one in files)
    (outcome,) = rehearse([kept], whole, PACKAGES)
    assert outcome.failure is None, outcome.failure
    browser.post(f"{top}/rehearsal/keep", case=number[1], name="As I rehearsed it")
    assert browser.answer is not None
    assert browser.answer.status_code == 400


def test_only_its_analyst_gets_in(installation: Site) -> None:
    mine, other = installation.browser(), installation.browser(ANALYSTS[1])
    top = begun(mine)
    for path in ("/", "/inbox/", "/rehearsal/"):
        other.get(f"{top}{path}")
        assert other.answer is not None
        assert other.answer.status_code == 404
    other.get("/notifications/")
    other.post(f"{top}/end")
    assert other.answer.status_code == 404
    mine.get(f"{top}/inbox/")
    assert mine.answer is not None
    assert mine.answer.status_code == 200
    # What is posted there needs the rehearsal's own token, not the installation's.
    bare = mine.client.post(f"{top}/rehearsal/clock", data={"to": "day"})
    assert bare.status_code == 400
    nobody = installation.app.test_client().get(f"{top}/inbox/")
    assert nobody.status_code == 302


def test_ending_it_leaves_nothing(installation: Site, tmp_path: Path) -> None:
    browser = installation.browser()
    top = begun(browser)
    assert list((tmp_path / "rehearsals").iterdir())
    browser.get(f"{top}/rehearsal/")
    browser.post(f"{top}/rehearsal/end")
    assert browser.last == "/workshop/rehearsals/"
    assert not list((tmp_path / "rehearsals").iterdir())
    browser.get(f"{top}/rehearsal/")
    assert browser.answer is not None
    assert browser.answer.status_code == 404


def test_one_that_cannot_be_opened_is_ended_all_the_same(
    installation: Site, tmp_path: Path
) -> None:
    top = begun(installation.browser())
    house, who = installation.wired.rehearsals, installation.logins[ANALYSTS[0]]
    assert house is not None
    house.close()
    one = top.rpartition("/")[2]
    (tmp_path / "rehearsals" / one / DATABASE).write_bytes(b"no database any more")
    house.end(one, who)
    assert not list((tmp_path / "rehearsals").iterdir())


def test_two_processes_turn_its_clock_one_way_only(installation: Site, tmp_path: Path) -> None:
    top = begun(installation.browser())
    one = opened(installation, top).ground
    other = open_ground(tmp_path / "rehearsals" / top.rpartition("/")[2], ())
    with closing(other):
        other.later(timedelta(days=2))
        ahead = other.clock.now()
        one.later(timedelta(days=1))
    opened(installation, top)
    assert one.clock.now() == ahead


def test_two_at_once_know_nothing_of_each_other(installation: Site) -> None:
    """Two analysts go through theirs in threads of their own."""
    browsers = [installation.browser(login) for login in ANALYSTS]
    tops = [begun(browser) for browser in browsers]
    failures: list[BaseException] = []

    def play(browser: Browser, top: str, days: int) -> None:
        try:
            until(browser, top, "Attach copies of documents")
            for _ in range(days):
                browser.get(f"{top}/rehearsal/")
                browser.post(f"{top}/rehearsal/clock", to="day", next="")
        except BaseException as error:  # noqa: BLE001  told by the main thread
            failures.append(error)

    both = zip(browsers, tops, (0, 2), strict=True)
    threads = [threading.Thread(target=play, args=one) for one in both]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not failures
    house = installation.wired.rehearsals
    assert house is not None
    ids = [top.rpartition("/")[2] for top in tops]
    accounts = [installation.logins[login] for login in ANALYSTS]
    grounds = [house.open(one, who).ground for one, who in zip(ids, accounts, strict=True)]
    apart = grounds[1].clock.now() - grounds[0].clock.now()
    assert apart.days == 2
    assert len({ground.database.id for ground in grounds}) == 2


def test_not_one_byte_reaches_a_configured_address(sqlite: Database, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as outside:
        outside.settimeout(0.1)
        url = f"http://127.0.0.1:{outside.getsockname()[1]}"
        real = {
            "registries__url": url,
            "registries__gbd_fl__url": f"{url}/gbd_fl",
            "registries__key": str(tmp_path / "real-key.pem"),
        }
        with site(sqlite, tmp_path, **real) as installation:
            # Also where an administrator has written it into the database.
            with sqlite.begin() as uow:
                uow.settings.set("registries.signals.key", "s" * 32)
                uow.settings.set("other.url", url)
                uow.settings.set("kandas.contact_days", "3")
                uow.commit()
            browser = installation.browser()
            top = begun(browser)
            until(browser, top, "Attach copies of documents")
            house, who = installation.wired.rehearsals, installation.logins[ANALYSTS[0]]
            assert house is not None
            rehearsal = house.open(top.rpartition("/")[2], who)
            settings = rehearsal.context.settings
            with rehearsal.database.reading() as uow:
                kept = uow.settings.all()
        with pytest.raises(TimeoutError):
            outside.accept()
    assert url not in {**settings, **kept}.values()
    assert "registries.key" not in settings
    assert "registries.signals.key" not in kept
    assert kept["kandas.contact_days"] == "3"


@pytest.fixture
def real_case(installation: Site, tmp_path: Path, sqlite: Database) -> Iterator[Case]:
    """A real case, returned once; the first analyst works at its career centre too."""
    sandbox = start_sandbox(tmp_path / "authority")
    stage = wired(sqlite, sandbox)
    case = begun_case(stage, 4)
    returned(stage, case, "head_check")
    reworked(stage, case, "Тайынша")
    go(stage, case, "origin_check")
    with sqlite.begin() as uow:
        held = [Candidate("analyst", "mlsp"), Candidate("career_specialist", "cc.47.1")]
        uow.accounts.set_memberships(installation.logins[ANALYSTS[0]], held)
        uow.commit()
    yield case
    sandbox.stop()


def test_an_invented_family_goes_the_way_of_a_real_case(
    installation: Site, sqlite: Database, real_case: Case
) -> None:
    """Choices and pauses are taken along, people and words are not; and it is written down."""
    mine, other = installation.browser(), installation.browser(ANALYSTS[1])
    tops = [begun(one, "") for one in (mine, other)]
    other.get(f"{tops[1]}/rehearsal/")
    other.post(f"{tops[1]}/rehearsal/like", number=real_case.number)
    assert other.answer is not None
    assert other.answer.status_code == 404
    mine.get(f"{tops[0]}/rehearsal/")
    page = mine.post(f"{tops[0]}/rehearsal/like", number=real_case.number)
    assert "has gone the way of the real case" in page, re.findall(
        r'class="flash.*?</svg>(.*?)</', page
    )
    assert steps(mine, tops[0]) == ["Check and sign"]
    with sqlite.reading() as uow:
        real = Rehearsed(uow).reached()
        audited = [row.act for row in audit.list_rows(uow, size=50)]
    assert audited.count("rehearsal.copy") == 1
    rehearsal = opened(installation, tops[0])
    (key,) = rehearsal.begun()
    assert acting.paths(rehearsal.ground, key) == by_process(real)
    with rehearsal.database.reading() as uow:
        for member in real_case.family.members:
            assert not people.cases_of(uow.session, member.person.iin or "")


def opened(installation: Site, top: str) -> Rehearsal:
    """Return a rehearsal of the first analyst's."""
    house, who = installation.wired.rehearsals, installation.logins[ANALYSTS[0]]
    assert house is not None
    return house.open(top.rpartition("/")[2], who)


@pytest.mark.postgresql
def test_beside_an_installation_on_postgresql(
    postgres_url: str, keys: Keys, tmp_path: Path
) -> None:
    """Offices, roles and what a case was like are read there too."""
    database = Database(postgres_url, keys)
    try:
        with site(database, tmp_path) as installation:
            before, browser = installation.counts(), installation.browser()
            top = begun(browser)
            work(browser, top)
            assert steps(browser, top) == ["Accept the application"]
            browser.post(f"{top}/rehearsal/like", number="nothing")
            assert browser.answer is not None
            assert browser.answer.status_code == 404
            assert installation.counts() == before
            with database.reading() as uow:
                assert not Rehearsed(uow).completed(["nothing"])
    finally:
        database.close()


def by_process(rows: Iterable[Any]) -> dict[str, tuple[str, ...]]:
    """Return the elements reached, as a rehearsal tells them."""
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        found.setdefault(row.process, {})[row.element] = None
    return {process: tuple(path) for process, path in sorted(found.items())}


def test_files_with_errors_are_not_rehearsed(installation: Site, tmp_path: Path) -> None:
    before, browser = installation.counts(), installation.browser()
    with sqlite_writing(installation) as uow:
        branches.save(
            uow,
            installation.wired.context,
            signing_in.load(uow, installation.logins[ANALYSTS[0]]),
            "main",
            "processes/kandas/approval.bpmn",
            BROKEN,
            base=0,
        )
        uow.commit()
    saved = installation.counts()
    browser.get("/notifications/")
    browser.post("/workshop/b/main/rehearsals", process="kandas_approval")
    assert browser.last == "/workshop/b/main/"
    assert "What has errors cannot be rehearsed" in browser.page
    assert "processes/kandas/approval.bpmn:" in browser.page
    assert installation.counts() == saved != before
    assert not list((tmp_path / "rehearsals").iterdir())


#: A diagram that nobody would deploy: its way ends nowhere.
BROKEN = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">
<process id="kandas_approval" isExecutable="true"><startEvent id="began"/>
<userTask id="lost"/><sequenceFlow id="f" sourceRef="began" targetRef="nowhere"/></process>
</definitions>
"""


def sqlite_writing(installation: Site) -> AbstractContextManager[UnitOfWork]:
    """Open a unit of work on the installation's own database."""
    return installation.wired.database.begin()
