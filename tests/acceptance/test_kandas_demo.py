"""The demo: forty families made by playing, none of them inserted."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.bootstrap import App
from engine.clock import TestClock
from engine.config import Settings
from engine.demo import Play
from engine.jobs.executor import Executor
from engine.services import accounts, audit, instances, tasks
from engine.services.context import Context
from engine.services.views import Box, CaseQuery, CaseState, InboxQuery
from engine.signing import DemoSigner, DemoVerifier
from engine.store import Database, Keys
from handlers.kandas import demo, records, staff
from tests.acceptance.kandas_stage import files, start_sandbox

#: Wednesday, 25 November 2026, 14:32 in Kazakhstan.
NOW = datetime(2026, 11, 25, 9, 32, tzinfo=UTC)


def test_scripts_are_forty_and_every_stage_is_there() -> None:
    found = list(demo.scripts())
    assert len(found) == 40
    assert {one.stop for one in found} == set(demo.LEFT)
    assert sum(bool(one.returned) for one in found) >= 5
    assert sum(one.idle >= demo.LATE for one in found) >= 5


def test_every_role_has_somebody_in_four_complete_regions() -> None:
    held = Counter(
        (one.role, one.organisation.split(".")[1])
        for officer in staff.officers()
        for one in officer.memberships
        if "." in one.organisation
    )
    for region in staff.COMPLETE:
        for roles in staff.ROLES.values():
            for role in roles:
                assert held[role, region] >= 1
        assert held["supervisor", region] == 3
    people = list(staff.officers())
    assert len({one.login for one in people}) == len({one.iin for one in people}) == len(people)
    offices = list(staff.offices())
    assert len({one.region for one in offices} - {""}) == 20
    assert len({one.bin for one in offices}) == len(offices) == 61


@pytest.mark.slow
def test_forty_families_stand_at_every_stage(sqlite_url: str, keys: Keys, tmp_path: Path) -> None:
    sandbox = start_sandbox(tmp_path)
    database = Database(sqlite_url, keys)
    ctx = Context(
        clock=TestClock(NOW),
        signer=DemoSigner(tmp_path),
        verifier=DemoVerifier(tmp_path),
        settings={**sandbox.settings, "registries.timeout": "20"},
    )
    app = App(
        settings=replace(Settings(), demo=True, demo_password="a demo password"),
        database=database,
        context=ctx,
        executor=Executor(database, ctx),
    )
    try:
        heard: list[tuple[int, int]] = []
        play = Play(app, [demo.cast()], lambda done, of: heard.append((done, of)))
        play.furnish(files(), "a demo password")
        play.play()
        _look(app)
        assert heard[-1][0] == heard[-1][1]
    finally:
        database.close()
        sandbox.stop()


def _look(app: App) -> None:
    with app.database.reading() as uow:
        logins = {row.login: row.id for row in uow.accounts.all()}
        admin = accounts.load(uow, logins["admin"])
        rows = instances.find(uow, app.context, admin, CaseQuery(size=100)).rows
        views = [instances.view(uow, app.context, admin, row.instance_id) for row in rows]
        open_steps = {task.element for view in views for task in view.tasks}
        rounds = [view.card.round for view in views if view.card]
        late = {
            row.business_key
            for login in logins
            for row in tasks.inbox(
                uow,
                app.context,
                accounts.load(uow, logins[login]),
                InboxQuery(box=Box.OVERDUE, size=100),
            ).rows
        }
        outcomes = Counter(
            one.outcome
            for one in records.applications(uow.session, [r.business_key for r in rows]).values()
        )
        report = audit.verify(uow)
    assert len(rows) == 40
    assert open_steps >= set(demo.STEPS[2:]) | {
        "rework",
        "unemployment_draft",
        "director_signature",
    }
    assert max(rounds) >= 2
    assert len(late) >= 4
    assert outcomes["plan_draft"] >= 3
    assert outcomes["withdrawn"] == 1
    assert sum(view.state is CaseState.COMPLETED for view in views) >= 4
    assert not [one for view in views for one in view.incidents]
    assert all(one.at <= NOW for view in views for one in view.history)
    assert report.broken == 0
