"""The demo of order 74: 25 plans at every stage and a quarter's conclusions, beside order 170's."""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.model.people import SUPERVISOR, Candidate
from engine.services import audit, signing_in
from engine.services.views import CaseState
from engine.store import Keys
from handlers.kandas import demo as kandas_demo
from handlers.kandas import staff as kandas_staff
from handlers.registries.sandbox.hardships import hardships
from handlers.support import demo, offices, records, staff
from handlers.support.records import MeasureState, Plan, PlanState
from handlers.support.sayings import OFFERS
from handlers.support.stories import AT_MEASURE, FATES, STORIES
from tests.acceptance.demo_stage import NOW, Played, played


def test_the_stories_are_of_different_families_and_every_fate_is_met() -> None:
    families = [one.family for one in STORIES]
    assert len(families) == len(set(families)) >= 24
    fates = Counter(fate for one in STORIES for _, fate in one.measures)
    assert set(fates) == set(FATES)
    assert {act.partition(":")[0] for one in STORIES for act in one.acts()} >= set(AT_MEASURE)
    fields = {OFFERS[name.partition("@")[0]].field for one in STORIES for name, _ in one.measures}
    assert len(fields) >= 9
    assert {one.centre for one in STORIES} == set(staff.CENTRES)


def test_every_body_of_two_regions_has_a_specialist_and_a_head() -> None:
    held = {one for officer in staff.officers() for one in officer.memberships}
    for region in staff.COMPLETE:
        for field in offices.FIELDS:
            body = offices.body(field, region)
            assert Candidate(offices.BODY_SPECIALIST, body) in held
            assert {Candidate(offices.BODY_HEAD, body), Candidate(SUPERVISOR, body)} <= held
    for centre in staff.CENTRES:
        assert {Candidate(offices.SPECIALIST, centre), Candidate(offices.HEAD, centre)} <= held
    assert Candidate(offices.POLICY, offices.POLICY) in held


def test_nobody_of_all_casts_shares_a_name_a_login_or_an_iin() -> None:
    named = [one for one in staff.officers() if one.name]
    people = [*kandas_staff.officers(), *named]
    for seen in ("name", "login", "iin"):
        assert len({getattr(one, seen) for one in people}) == len(people), seen
    come = [hardships()[one.family - 1].family.applicant for one in STORIES]
    come += [one.applicant for one in kandas_demo.families()[:40]]
    everybody = [one.name for one in people] + [f"{one.surname} {one.name}" for one in come]
    assert [name for name, times in Counter(everybody).items() if times > 1] == []


def test_codes_and_bins_of_all_offices_differ() -> None:
    found = [*kandas_staff.offices(), *staff.offices()]
    assert len({one.code for one in found}) == len({one.bin for one in found}) == len(found)


@pytest.fixture(scope="module")
def both(
    sqlite_template: Path, keys: Keys, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Played]:
    """Both orders' casts, played together."""
    folder = tmp_path_factory.mktemp("both")
    shutil.copyfile(sqlite_template, folder / "demo.db")
    casts = [kandas_demo.cast(), demo.cast()]
    with played(f"sqlite:///{folder / 'demo.db'}", keys, folder, casts) as found:
        yield found


def plans(found: Played) -> dict[str, Plan]:
    """Return all plans by number."""
    numbers = [row.business_key for row in found.cases("support_plan")]
    with found.app.database.reading() as uow:
        return dict(records.plans(uow.session, numbers))


@pytest.mark.slow
def test_both_casts_play_together(both: Played) -> None:
    assert both.heard[-1][0] == both.heard[-1][1]
    views = [both.view(row.instance_id) for row in both.cases("")]
    assert Counter(row.business_key[:2] for row in both.cases(""))["Ж-"] >= 25
    assert Counter(row.business_key[:2] for row in both.cases(""))["Қ-"] == 40
    assert not [one for view in views for one in view.incidents]
    assert all(one.at <= NOW for view in views for one in view.history)
    with both.app.database.reading() as uow:
        assert audit.verify(uow).broken == 0
        head = signing_in.load(uow, uow.accounts.by_login("leo10-head").id)
    assert head.organisations(offices.OVERSEER) == head.organisations("leo_head") == {"leo.10"}


@pytest.mark.slow
def test_plans_stand_at_every_stage(both: Played) -> None:
    found = plans(both)
    assert len(found) == 25
    states = Counter(one.state for one in found.values())
    assert set(states) == set(PlanState)
    results = {one.result for one in found.values()}
    assert results >= {"full", "exceptions"}
    outcomes = {one.outcome for one in found.values()}
    assert outcomes >= {"completed", "no_consent", "family_refused", "closed"}
    assert Counter(one.source for one in found.values())["family_card"] == 2
    with both.app.database.reading() as uow:
        measures = [one for plan in found for one in records.measures(uow.session, plan)]
        moved = [plan for plan in found if records.moves(uow.session, plan)]
        dead = [
            plan
            for plan in found
            if any(one.deceased for one in records.members(uow.session, plan))
        ]
        amended = [plan for plan in found if records.amendments(uow.session, plan)]
        followed = [one for plan in found for one in records.follow_ups(uow.session, plan)]
    assert {one.state for one in measures} >= set(MeasureState) - {MeasureState.CARRIED}
    assert any(one.escalated_at for one in measures)
    assert any(one.was_late for one in measures)
    assert (len(moved), len(dead), len(amended)) == (2, 1, 1)
    assert {one.result for one in followed} == {"stable", "relapsed"}
    linked = [one for one in found.values() if one.previous]
    assert [(one.source, found[one.previous].result) for one in linked] == [("relapse", "full")]
    places = {task.element for row in both.cases("support_plan") for task in _open(both, row)}
    assert places >= {"intake", "plan", "approval", "amendment_approval", "completion"}
    assert places >= {"choose_body", "acceptance", "work", "review", "escalation", "transfer"}
    assert "work_answer" in places
    assert len([key for key in both.late() if key.startswith("Ж-")]) >= 3


def _open(found: Played, row: object) -> list[object]:
    """Return the open tasks of a plan and of its measures."""
    instance = str(getattr(row, "instance_id", ""))
    with found.app.database.reading() as uow:
        cases = [instance, *uow.instances.children(instance)]
        return [task for one in cases for task in uow.tasks.open_of(one)]


@pytest.mark.slow
def test_the_last_quarter_is_concluded_to_different_stages(both: Played) -> None:
    row, *earlier = both.cases("support_quarters")
    assert all(both.view(one.instance_id).state is CaseState.COMPLETED for one in earlier)
    with both.app.database.reading() as uow:
        children = uow.instances.children(row.instance_id)
        tasks = [task for one in children for task in uow.tasks.open_of(one)]
        keys = [f"Т-26-3-{centre}" for centre in staff.CENTRES]
        found = records.conclusions(uow.session, keys)
    assert set(found) == set(keys)
    waits = {task.business_key.removeprefix("Т-26-3-"): task.element for task in tasks}
    assert waits == {centre: stop for centre, stop in demo.CONCLUDED.items() if stop}
    assert all(one.indicators is not None for one in found.values())
    assert found["Т-26-3-fsc.10.1"].read_at is not None
    assert found["Т-26-3-fsc.47.1"].version == 2
    assert both.view(row.instance_id).state is CaseState.ACTIVE
