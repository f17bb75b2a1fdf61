"""The demo: forty families made by playing, none of them inserted."""

from collections import Counter
from pathlib import Path

import pytest

from engine.services import audit
from engine.services.views import CaseState
from engine.store import Keys
from handlers.kandas import demo, records, staff
from tests.acceptance.demo_stage import NOW, Played, played


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
    with played(sqlite_url, keys, tmp_path, [demo.cast()]) as found:
        _look(found)
        assert found.heard[-1][0] == found.heard[-1][1]


def _look(found: Played) -> None:
    rows = found.cases("")
    views = [found.view(row.instance_id) for row in rows]
    open_steps = {task.element for view in views for task in view.tasks}
    rounds = [view.card.round for view in views if view.card]
    with found.app.database.reading() as uow:
        keys = [row.business_key for row in rows]
        outcomes = Counter(one.outcome for one in records.applications(uow.session, keys).values())
        report = audit.verify(uow)
    assert len(rows) == 40
    assert open_steps >= set(demo.STEPS[2:]) | {
        "rework",
        "unemployment_draft",
        "director_signature",
    }
    assert max(rounds) >= 2
    assert len(found.late()) >= 4
    assert outcomes["plan_draft"] >= 3
    assert outcomes["withdrawn"] == 1
    assert sum(view.state is CaseState.COMPLETED for view in views) >= 4
    assert not [one for view in views for one in view.incidents]
    assert all(one.at <= NOW for view in views for one in view.history)
    assert report.broken == 0
