"""The crowd of the bench is made of real cases, and its lists hold what plain reading says."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from engine.bench import crowd, offices
from engine.bench import inbox as part
from engine.bench.domains import Ground
from engine.bench.plan import Plan
from engine.bootstrap import App
from engine.clock import SystemClock
from engine.config import Settings
from engine.jobs.executor import Executor
from engine.model.people import SUPERVISOR, Actor
from engine.services import inbox, tasks
from engine.services.context import Context
from engine.services.views import Box, Counts, InboxQuery
from engine.store import Database
from engine.store.counting import rows

TASKS = 400


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few offices and roles: a country that fits into a test."""
    for name, number in {"OFFICES": 6, "ROLES": 9, "FEW": 6, "LARGE": 2, "PLACES": 3}.items():
        monkeypatch.setattr(offices, name, number)
    monkeypatch.setattr(offices, "MANY", 12)
    monkeypatch.setattr(crowd, "_SHARED", 40)
    for name, number in {"PEOPLE": 1, "ASKED": 2, "STEPS": 2, "DEEP": 3, "SIZE": 10}.items():
        monkeypatch.setattr(part, name, number)


@pytest.fixture
def ground(database: Database, tmp_path: Any, little: None) -> Ground:
    context = Context(clock=SystemClock())
    app = App(
        settings=Settings(secret_key="s" * 32),
        database=database,
        context=context,
        executor=Executor(database, context),
    )
    return Ground(app=app, files={}, folder=tmp_path, plan=Plan(tasks=TASKS))


@pytest.fixture
def country(ground: Ground) -> offices.Country:
    found = offices.Country()
    found.move_in(ground.app)
    crowd.Crowd(ground, found).write(TASKS)
    return found


def everybody(ground: Ground, country: offices.Country) -> Iterator[Actor]:
    for some in part.chosen(ground.app, country).values():
        yield from some


def hers(actor: Actor, found: Sequence[Any], more: Sequence[Any]) -> set[str]:
    """Return the ids of the open tasks of a person's offices, by reading all of them."""
    headed = actor.organisations(SUPERVISOR)
    held = {(one.organisation, one.role) for one in actor.memberships}

    def fits(row: Any) -> bool:
        return row.organisation in headed or (row.organisation, row.role) in held

    further = {row.task_id for row in more if fits(row)}
    return {row.id for row in found if row.status == "open" and (fits(row) or row.id in further)}


def walked(ground: Ground, actor: Actor, box: Box) -> list[str]:
    found, after = [], ""
    while True:
        with ground.app.database.reading() as uow:
            asked = InboxQuery(box=box, size=7, after=after)
            page = inbox.page(uow, ground.app.context, actor, asked)
        found += [row.task_id for row in page.rows]
        after = page.next
        if not after:
            return found


def test_lists_hold_what_reading_everything_says(
    ground: Ground, country: offices.Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ground.app.database.reading() as uow:
        found, more = rows(uow, "user_task"), rows(uow, "task_candidate")
    now = ground.app.context.now()
    due = {row.id: (row.due_at, row.id) for row in found}
    for actor in everybody(ground, country):
        office = hers(actor, found, more)
        mine = {row.id for row in found if row.assignee == actor.account and row.status == "open"}
        late = {one for one in office | mine if due[one][0] < now}
        assert len(office) > 20
        assert walked(ground, actor, Box.OFFICE) == sorted(office, key=due.__getitem__)
        assert set(walked(ground, actor, Box.OVERDUE)) == late
        with ground.app.database.reading() as uow:
            counted = inbox.counts(uow, ground.app.context, actor)
            monkeypatch.setattr(Counts, "CAP", 5)
            capped = inbox.counts(uow, ground.app.context, actor)
            monkeypatch.undo()
        assert (counted.mine, counted.office, counted.overdue) == (
            len(mine),
            len(office),
            len(late),
        )
        assert capped.office == 5


def test_a_copied_case_opens_and_goes_on(ground: Ground, country: offices.Country) -> None:
    database, ctx = ground.app.database, ground.app.context
    clerk = part.chosen(ground.app, country)["clerk"][0]
    with database.begin() as uow:
        token = tasks.claim_next(uow, ctx, clerk)
        assert token is not None
        before = rows(uow, "user_task", id=token)[0]
        tasks.complete(uow, ctx, clerk, token, {"note": "seen"})
        uow.commit()
    with database.reading() as uow:
        after = rows(uow, "user_task", id=token)[0]
        whole = rows(uow, "user_task", instance_id=before.instance_id)
        case = rows(uow, "instance", id=before.instance_id)[0]
    assert (before.status, after.status) == ("open", "completed")
    open_ = [row.element for row in whole if row.status == "open"]
    step = crowd.STEPS.index(before.element)
    assert open_ == list(crowd.STEPS[step + 1 : step + 2])
    assert case.status == ("active" if open_ else "completed")


def test_the_part_yields_its_figures_with_their_goals(ground: Ground) -> None:
    found = {one.name: one for one in part.measure(ground)}
    assert found["open_tasks"].value == TASKS
    goals = {name for name, one in found.items() if one.most == part.MOST}
    assert {"first_p95_ms", "deep_p95_ms", "page_first_p95_ms", "page_deep_p95_ms"} <= goals
    assert found["complete_statements"].value <= 10
    assert all(one.value > 0 for one in found.values())
