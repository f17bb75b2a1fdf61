"""The audit log as administrators read it: in words, filtered, and no further than one's region."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from engine.errors import Forbidden, ValueRefused
from engine.i18n import catalogue, translate
from engine.model.people import ADMIN, SYSTEM, Actor, ActorKind, Candidate
from engine.model.text import Text
from engine.services import audit, auditfiles, instances, recording
from engine.services.cockpit import trail, trailwords
from engine.services.cockpit.catalogue import operation, operations
from engine.services.cockpit.operations import Subject, act_of
from engine.services.cockpit.trail import Page, Query
from engine.services.cockpit.veiling import VEIL
from engine.services.context import Context
from engine.store import Database, Keys
from engine.store.audit import Asked
from engine.store.tables import batch
from tests.contract.shared import KINDS, a_world
from tests.contract.world import World

PLACES = re.compile(r"\{\w+\}")
#: Acts as the code writes them: ``audit.append(uow, ctx, actor, "a.b"``; for the history
#: ``note(uow, ctx, actor, case, "a" if … else "b"``; and what hands them on, ``tell``.
APPENDED = re.compile(r'\baudit\.append\(\s*(?:[\w.\[\]()]+,\s*){3}"([\w.-]+)"')
NOTED = re.compile(
    r'\b(?:note|_?tell)\(\s*(?:[\w.\[\]()]+,\s*){4}("[\w.-]+"(?: if \w+ else "[\w-]+")?)'
)
WORDS = re.compile(r'"([\w.-]+)"')
#: Acts whose names the code puts together.
COMPUTED = {
    "access.read",
    "access.refused",
    "case.active",
    "case.suspended",
    "case.job-postponed",
    "case.timer-moved",
    "deployment.create",
    "deployment.schedule",
}


@pytest.fixture(scope="module", params=KINDS)
def told(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, keys: Keys
) -> Iterator[World]:
    """Two cases, one of them checked; an administrator who looked, suspended and moved a token."""
    with a_world(request, tmp_path_factory, keys) as world:
        yield lived(world)


def lived(world: World) -> World:
    with world.database.begin() as uow:
        uow.organisations.put("office.a", {"kk": "А"}, "office", "47", "")
        uow.organisations.put("office.b", {"kk": "Б"}, "office", "10", "")
        uow.commit()
    case, task = world.written("N-1")
    world.claim("checker", task)
    world.complete("checker", task, decision="accept")
    world.clock.advance(timedelta(days=1))
    other = world.start("N-2")
    with world.database.begin() as uow:
        instances.suspend(uow, world.ctx, world["admin"], other, "Себебі бар")
        made = dict.fromkeys(("operation", "subject", "said", "made_by", "made_name", "way"), "x")
        uow.batches.add(world.ctx.now(), **made, params={}, selection=None, parent_id=None)
        uow.execute(update(batch).values(id="b" * 32, finished_at=world.ctx.now()))
        for act, subject, detail in (
            ("access.read", f"cases.show instance:{case}", {}),
            ("access.refused", "cases.show instance:" + "0" * 32, {}),
            ("access.refused", "cases.show case:850312300012", {"said": "850312 300012"}),
            ("case.move-token", f"case:{other}", {"from": "write", "to": "check"}),
            ("case.cancel", f"case:{other}", {"batch": "b" * 32}),
        ):
            audit.append(uow, world.ctx, world["admin"], act, subject, detail)
        uow.commit()
    return world


def page(world: World, actor: Actor | None = None, /, **asked: Any) -> Page:
    more = {name: asked.pop(name) for name in ("before", "size") if name in asked}
    with world.database.reading() as uow:
        return trail.page(uow, world.ctx, actor or world["admin"], Query(**asked), **more)


def said(found: Page, language: str = "kk") -> list[str]:
    return [translate(one.said, language) for one in found.entries]


def of_region(office: str) -> Actor:
    held = frozenset({Candidate(ADMIN, office)})
    return Actor(kind=ActorKind.PERSON, name="R", account="0" * 32, memberships=held)


def test_entries_are_sentences_with_case_step_and_who(told: World) -> None:
    found = page(told, words="N-2")
    assert said(found) == [
        f"{translate(operation(Subject.CASE, 'cancel').title, 'kk')}: N-2 ісі",
        "N-2 ісі: токенін «Жазу» элементінен «Тексеру» элементіне жылжытты",
        "N-2 ісі: тоқтата тұрды",
        "N-2 ісі: бастады",
    ]
    assert {one.who for one in found.entries} == {"Admin", "Writer"}
    assert all(one.case for one in found.entries)
    assert said(page(told, words="N-1", act="instance.completed"), "ru") == [
        "дело N-1: завершён шаг «Тексеру»",
        "дело N-1: завершён шаг «Писать»",
    ]


def test_reasons_are_digests_and_are_not_shown(told: World) -> None:
    for one in page(told, size=100).entries:
        assert "reason" not in dict(one.detail)
        assert "Себебі" not in str(one)


@pytest.mark.parametrize(
    ("asked", "acts"),
    [
        ({"who": "checker"}, {"case.claimed", "instance.completed"}),
        ({"act": "case.move-token"}, {"case.move-token"}),
        ({"act": "case.", "who": "admin"}, {"case.suspended", "case.move-token", "case.cancel"}),
        ({"batch": "b" * 32}, {"case.cancel"}),
        ({"batch": "c" * 32}, set()),
        ({"looks": True}, {"access.read", "access.refused"}),
        ({"act": "no.such"}, set()),
        ({"who": "nobody at all"}, set()),
        ({"words": "N-9"}, set()),
    ],
)
def test_filters_narrow_it(told: World, asked: dict[str, Any], acts: set[str]) -> None:
    assert {one.act for one in page(told, size=200, **asked).entries} == acts


def test_who_has_seen_a_case_is_a_filter(told: World) -> None:
    """The subject of a look names the view first, and the case among others."""
    (one,) = page(told, words="N-1", looks=True).entries
    assert (one.act, one.who) == ("access.read", "Admin")
    assert translate(one.said, "kk") == "Қарады: N-1 ісі"


def test_a_number_typed_into_an_address_is_veiled(told: World) -> None:
    found = page(told, looks=True, size=200)
    shown = [*said(found), *(f"{one.subject} {one.detail}" for one in found.entries)]
    assert any(VEIL in one for one in shown)
    assert not any("850312" in one for one in shown)


def test_a_case_brings_its_tasks_with_it(told: World) -> None:
    acts = [one.act for one in page(told, words="N-1", size=100).entries]
    assert acts.count("case.claimed") == 2, "claims are of tasks, not of the case"
    assert "access.read" in acts


def test_days_bound_it(told: World) -> None:
    now = told.clock.now()
    today = page(told, since=now - timedelta(hours=1), size=200)
    assert {one.at for one in today.entries} == {now}
    before = page(told, until=now - timedelta(hours=1), size=200)
    assert before.entries
    assert max(one.at for one in before.entries) < now
    assert len(today.entries) + len(before.entries) == len(page(told, size=200).entries)


def test_pages_follow_each_other_without_gaps(told: World) -> None:
    def all_pages() -> Iterator[int]:
        before = 0
        while True:
            found = page(told, size=7, before=before)
            yield from (one.number for one in found.entries)
            before = found.before
            if not before:
                return

    numbers = list(all_pages())
    assert numbers == list(range(len(numbers), 0, -1))


def test_an_administrator_of_a_region_reads_her_people_and_her_cases(told: World) -> None:
    hers = of_region("office.b")
    assert {one.who for one in page(told, hers, size=200).entries} == {"Checker"}
    assert {one.who for one in page(told, hers, words="N-1", size=200).entries} >= {"Writer"}
    assert page(told, hers, words="N-2").entries == (), "its tasks are none of her offices'"
    assert page(told, hers, who="writer").entries == ()
    (other,) = {one.case for one in page(told, words="N-2").entries}
    assert page(told, hers, subject=f"case:{other}", words="zz").entries == ()
    with pytest.raises(Forbidden):
        page(told, told["head"])


def test_every_act_there_is_is_found_without_reading_the_log(told: World) -> None:
    with told.database.reading() as uow:
        found = trail.acts(uow, told["admin"])
    assert {"case.claimed", "instance.started", "access.read", "account.create"} <= set(found)
    assert list(found) == sorted(found)


def acts_written() -> Iterator[str]:
    """Yield the acts that the engine's code writes into the log by a name of its own."""
    yield from (f"instance.{one}" for one in recording._ACTS.values())
    for path in Path(recording.__file__).parents[1].rglob("*.py"):
        code = path.read_text(encoding="utf-8")
        yield from APPENDED.findall(code)
        noted = (one for found in NOTED.findall(code) for one in WORDS.findall(found))
        yield from (one if "." in one else f"case.{one}" for one in noted)
    yield from COMPUTED


def test_every_act_that_is_written_down_has_words() -> None:
    found = set(acts_written())
    assert {"case.assigned", "case.released", "instance.moved", "account.create"} <= found
    assert {"case.retried", "case.job-resumed", "batch.stop"} <= found - COMPUTED
    assert found - {act_of(one) for one in operations().values()} <= set(trailwords.SENTENCES)


def test_an_act_in_the_filter_is_a_button_or_a_sentence_with_gaps() -> None:
    named = dict(trailwords.known_acts(["case.cancel", "instance.moved", "no.such"]))
    assert named["case.cancel"] == operation(Subject.CASE, "cancel").title
    assert translate(named["instance.moved"], "ru") == "…: токен перешёл с «…» на «…»"
    assert named["no.such"] == Text("no.such")


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_every_sentence_is_translated_with_its_places(language: str) -> None:
    known = catalogue(language)
    for act, sentence in trailwords.SENTENCES.items():
        assert sentence.msgid in known, act
        places = [PLACES.findall(one) for one in (sentence.msgid, known[sentence.msgid])]
        assert sorted(places[0]) == sorted(places[1]), act


def test_a_day_taken_away_shows_what_was_changed_later(told: World) -> None:
    day = told.clock.now().date()
    with told.database.reading() as uow:
        lines = list(auditfiles.day(uow, day))
        assert auditfiles.compare(uow, lines) == 0
    assert len(lines) == 8, "seven entries of the day, and the seal"
    with told.database.begin() as uow:
        # Never committed: others read this world, too.
        uow.connection.exec_driver_sql("UPDATE audit SET actor = 'x' WHERE act = 'access.read'")
        number = auditfiles.compare(uow, lines)
        (line,) = [one for one in lines if f'"number":{number},' in one]
        assert '"act":"access.read"' in line
        forged = [lines[0].replace("Admin", "x").replace("instance", "case"), *lines[1:]]
        for bad in (forged, lines[1:], lines[:-1], ["{}"], []):
            with pytest.raises(ValueRefused):
                auditfiles.compare(uow, bad)


def test_the_first_entry_of_a_moment_is_found_by_halving(sqlite: Database, ctx: Any) -> None:
    with sqlite.begin() as uow:
        for number in range(20):
            audit.append(uow, ctx, SYSTEM, "test", f"thing:{number}")
            if number % 3 == 2:
                ctx.clock.advance(timedelta(hours=1))
        uow.commit()
    with sqlite.reading() as uow:
        rows = list(uow.audit.walk())
        for hours in range(-8, 3):
            moment = ctx.now() + timedelta(hours=hours, minutes=-1)
            wanted = next((row.number for row in rows if row.at >= moment), len(rows) + 1)
            assert uow.audit.first_since(moment) == wanted


def test_an_act_committed_after_later_ones_is_of_its_own_time(
    sqlite: Database, ctx: Context
) -> None:
    begin = datetime(2026, 3, 2, 18, 58, tzinfo=UTC)
    with sqlite.begin() as uow:
        for late in (0, 1, 100, 150, 50, 60, 160):
            at = begin + timedelta(seconds=late)
            row = {"at": at, "actor_kind": "system", "actor": "", "act": "x", "subject": str(late)}
            uow.audit.add({**row, "detail": {}})
        uow.commit()
    turn = begin + timedelta(seconds=120)
    with sqlite.reading() as uow:
        after = {row.subject for row in uow.audit.search(Asked(since=turn))}
        before = {row.subject for row in uow.audit.search(Asked(until=turn))}
        days = [list(auditfiles.day(uow, date(2026, 3, one))) for one in (2, 3)]
    assert (after, before) == ({"150", "160"}, {"0", "1", "100", "50", "60"})
    assert [len(lines) - 1 for lines in days] == [5, 2]


def test_numbers_of_a_person_elsewhere_are_not_looked_for(
    told: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """She sees one case of the person, not all: who looked for the other stays out."""
    monkeypatch.setattr("engine.services.search.keys_of", lambda *_: ["N-1", "N-2"])
    with told.database.reading() as uow:
        _, within = trail._subjects(uow, told.ctx, of_region("office.b"), Query(words="Y"))
    assert ":N-1" in within
    assert ":N-2" not in within
