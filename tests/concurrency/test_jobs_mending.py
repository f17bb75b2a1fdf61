"""Incidents and jobs in the hands of administrators, on both databases where SQL differs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel, Field

from engine.errors import Conflict, Forbidden, FormRefused, NotFound, Refused, ValueRefused
from engine.handling import Call, RetryLater
from engine.model.people import SYSTEM, Actor
from engine.model.sight import Sight
from engine.model.steps import JobKind
from engine.services import audit, claims, instances, organisations, pauses
from engine.services.cockpit import catalogue, handlers, incidents, jobs
from engine.services.cockpit.operations import Subject, Wish
from engine.services.cockpit.veiling import VEIL
from engine.store.joblists import Lane
from engine.store.jobs import NewJob
from tests.concurrency.jobs_diagrams import ASKING, CHILD, NAGGING, PARENT, THREE, WAITING
from tests.concurrency.jobs_world import Answer, Question, World
from tests.concurrency.mending import act, admin_of, seen

IIN = "900101300123"


class Typed(BaseModel):
    """A question with something to be mended."""

    key: str
    year: int = Field(default=2026, ge=2000)


def broken(world: World, number: str = "K-1", diagram: bytes = ASKING) -> str:
    """Have a case's only handler fail for good; return the incident."""

    def ask(query: Question, call: Call) -> Answer:
        if call.attempt > 2:
            raise OSError(f"no route to {query.key} {IIN} Болат +7 701 123 45 67 a.b@mail.kz")
        raise RetryLater("The system is closed", request="m-77")

    world.handler(ask)
    if not world.table("definition", key="asking"):
        world.deploy(diagram)
    world.start("asking", number)
    executor = world.executor()
    for _ in range(3):
        executor.run_due()
        world.clock.advance(timedelta(minutes=3))
    return world.incidents()[-1].id


def raw(world: World, table: str, column: str) -> list[bytes]:
    """Return a sealed column as the database has it."""
    with world.database.reading() as uow:
        rows = uow.connection.exec_driver_sql(f"SELECT {column} FROM {table}")
        return [bytes(row[0]) for row in rows if row[0] is not None]


def taken_back(
    world: World, actor: Actor, kind: Subject, name: str, subject: str, undo: Any
) -> None:
    """Take an act back, as a batch does."""
    operation = catalogue.operation(kind, name)
    assert operation.undo
    with world.database.begin() as uow:
        operation.undo(uow, world.ctx, actor, Wish(subject=subject, params=undo, reason="back"))
        uow.commit()


class Narrow:
    """Leaves an outline of each case to administrators."""

    def cards(self, session: Any, keys: list[str], actor: Actor) -> dict[str, Any]:
        return {}

    def find(self, session: Any, words: str) -> list[str]:
        return []

    def notices(self) -> dict[str, Any]:
        return {}

    def sights(self, session: Any, keys: list[str], actor: Actor) -> dict[str, Sight]:
        return dict.fromkeys(keys, Sight.OUTLINE)


def works(world: World) -> None:
    world.handler(lambda query, call: Answer(answer=f"re: {query.key}"))


def test_a_failure_is_kept_with_its_trace_and_the_request_but_without_people(world: World) -> None:
    incident, root = broken(world), admin_of(world)
    with world.database.reading() as uow:
        found = incidents.detail(uow, world.ctx, root, incident)
    assert [one.number for one in found.attempts] == [3, 2, 1]
    assert {one.request for one in found.attempts} == {"m-77", ""}
    trace = found.attempts[0].trace
    assert "test_jobs_mending.py" in trace
    assert "OSError: no route to … … Болат … …" in trace
    assert IIN not in trace
    assert "K-1" not in trace, "what the inputs hold is hidden"
    assert all(one.began and one.began <= one.failed for one in found.attempts)
    assert found.row.retriable
    assert "m-77" in str(incidents.letter(found))
    assert all(b"OSError" not in one for one in raw(world, "job_failure", "trace")), "it is sealed"


def test_trying_again_goes_on_and_who_comes_second_hears_who_was_first(world: World) -> None:
    incident, root, other = broken(world), admin_of(world), admin_of(world, "other")
    works(world)
    stamp = seen(world, root, Subject.INCIDENT, "retry", incident).stamp
    with pytest.raises(ValueRefused):
        act(world, root, Subject.INCIDENT, "retry", incident, reason=" ")
    act(world, root, Subject.INCIDENT, "retry", incident, stamp=stamp)
    with pytest.raises(Conflict, match="Root tried this again on"):
        act(world, other, Subject.INCIDENT, "retry", incident)
    with pytest.raises(Conflict):
        act(world, other, Subject.INCIDENT, "retry", incident, stamp=stamp)
    assert str(seen(world, other, Subject.INCIDENT, "retry", incident).refusals[0]).startswith(
        "Root"
    )
    assert world.executor().run_due() == 1
    assert world.elements() == ["reading"]
    assert world.incidents() == []
    [event] = [row for row in world.table("event") if row.what == "retried"]
    assert (event.actor_name, event.element) == ("Root", "ask")
    [row] = [row for row in world.table("audit") if row.act == "incident.retry"]
    assert row.subject == f"incident:{incident}"
    assert "registry" not in str(row.detail), "the reason is not in the audit log"
    assert world.chain_holds()


def test_a_retry_may_be_put_off(small_world: World) -> None:
    world = small_world
    incident, root = broken(world), admin_of(world)
    works(world)
    there = datetime(2026, 11, 25, 18, 0, tzinfo=UTC) + timedelta(hours=5)
    act(world, root, Subject.INCIDENT, "retry", incident, typed={"at": f"{there:%d.%m.%Y %H:%M}"})
    assert world.executor().run_due() == 0
    [job] = world.jobs("ready")
    assert job.due_at.isoformat().startswith("2026-11-25T18:00")
    with world.database.reading() as uow:
        [note] = incidents.detail(uow, world.ctx, root, incident).notes
    assert (note.kind, note.words) == ("retried", "registry is back")
    world.clock.advance(timedelta(days=1))
    assert world.executor().run_due() == 1
    with pytest.raises(FormRefused):
        catalogue.operation(Subject.INCIDENT, "retry").read({"at": "tomorrow"})


def test_other_inputs_are_typed_by_the_handlers_model(
    small_world: World,
) -> None:
    world = small_world
    incident, root = broken(world), admin_of(world)
    world.ctx.extensions.handlers["test.ask"] = _with_model(world, Typed)
    before = world.jobs("dead")[0].idempotency_key
    look = seen(world, root, Subject.INCIDENT, "retry-with", incident)
    assert look.given == {"in.key": "K-1", "in.year": "2026"}
    with pytest.raises(Refused, match="Nothing was changed"):
        act(world, root, Subject.INCIDENT, "retry-with", incident, typed={"in.key": "K-1"})
    with pytest.raises(FormRefused) as refused:
        act(world, root, Subject.INCIDENT, "retry-with", incident, typed={"in.year": "soon"})
    assert list(refused.value.errors) == ["in.year"]
    typed = {"in.key": "K-2", "in.year": "2027"}
    changes = seen(world, root, Subject.INCIDENT, "retry-with", incident, **typed).changes
    assert [(str(one.what), one.before, one.after) for one in changes[:2]] == [
        ("key", "K-1", "K-2"),
        ("year", "", "2027"),
    ]
    act(world, root, Subject.INCIDENT, "retry-with", incident, typed=typed)
    assert world.jobs("ready")[0].idempotency_key != before
    assert world.executor().run_due() == 1
    assert world.variables(world.table("instance")[0].id)["key"] == "K-1"
    assert seen_by_handler == [("K-2", 2027)]
    with world.database.reading() as uow:
        [note] = incidents.detail(uow, world.ctx, root, incident).notes
    assert note.changes == (("key", "K-1", "K-2"), ("year", "", "2027"))
    assert "K-2" not in str([row.detail for row in world.table("audit")])


def test_no_iin_is_shown_and_an_empty_field_keeps_it(small_world: World) -> None:
    world = small_world
    incident, root = broken(world, IIN), admin_of(world)
    world.ctx.extensions.handlers["test.ask"] = _with_model(world, Typed)
    look = seen(world, root, Subject.INCIDENT, "retry-with", incident)
    assert look.given == {"in.key": "", "in.year": "2026"}
    typed = {"in.key": "", "in.year": "2027"}
    changes = seen(world, root, Subject.INCIDENT, "retry-with", incident, **typed).changes
    assert [one.what for one in changes][:1] == ["year"]
    other = seen(world, root, Subject.INCIDENT, "retry-with", incident, **{"in.key": "K-2"})
    assert (other.changes[0].before, other.changes[0].after) == (VEIL, "K-2")
    act(world, root, Subject.INCIDENT, "annotate", incident, typed={"note": f"about {IIN}"})
    act(world, root, Subject.INCIDENT, "retry-with", incident, typed=typed)
    assert world.executor().run_due() == 1
    assert seen_by_handler == [(IIN, 2027)]
    with world.database.reading() as uow:
        notes = incidents.detail(uow, world.ctx, root, incident).notes
    assert [one.words for one in notes] == [f"about {VEIL}", "registry is back"]


def test_what_is_in_a_case_that_is_kept_back_is_not_shown_nor_changed(small_world: World) -> None:
    world = small_world
    incident, root = broken(world), admin_of(world)
    act(world, root, Subject.INCIDENT, "annotate", incident, typed={"note": "Болат rang"})
    faces = {"asking": Narrow()}
    world.ctx = replace(world.ctx, faces={**world.ctx.faces, **faces})
    for name in ("retry-with", "complete-by-hand"):
        look = seen(world, root, Subject.INCIDENT, name, incident)
        assert "administrator's eyes" in str(look.refusals[0])
        assert not look.given
        with pytest.raises(ValueRefused, match="eyes"):
            act(world, root, Subject.INCIDENT, name, incident, typed={"in.key": "K-2"})
    with world.database.reading() as uow:
        [note] = incidents.detail(uow, world.ctx, root, incident).notes
    assert (note.kind, note.words) == ("note", "")
    act(world, root, Subject.INCIDENT, "retry", incident)


seen_by_handler: list[tuple[str, int]] = []


def _with_model(world: World, model: type[BaseModel]) -> Any:
    def ask(query: Any, call: Call) -> Answer:
        seen_by_handler.append((query.key, query.year))
        return Answer(answer="yes")

    seen_by_handler.clear()
    world.handler(ask)
    known = world.ctx.extensions.handlers["test.ask"]
    return type(known)(**{**vars(known), "takes": model})


def test_the_answer_may_be_given_by_hand(small_world: World) -> None:
    world = small_world
    incident, root = broken(world), admin_of(world)
    look = seen(world, root, Subject.INCIDENT, "complete-by-hand", incident)
    assert look.given == {"in.answer": ""}
    done = act(
        world,
        root,
        Subject.INCIDENT,
        "complete-by-hand",
        incident,
        typed={"in.answer": "by telephone"},
        stamp=look.stamp,
    )
    assert done.undo is None
    assert world.elements() == ["reading"]
    assert [row.state for row in world.jobs()] == ["done"]
    assert world.incidents() == []
    with pytest.raises(Conflict, match="Root dealt with this on"):
        act(world, root, Subject.INCIDENT, "complete-by-hand", incident)
    assert world.executor().run_due() == 0
    assert world.chain_holds()


def test_notes_and_who_looks_after_it(small_world: World) -> None:
    world = small_world
    incident, root, other = broken(world), admin_of(world), admin_of(world, "other")
    act(world, root, Subject.INCIDENT, "annotate", incident, typed={"note": "Болат рang"})
    undo = act(
        world, root, Subject.INCIDENT, "assign", incident, typed={"assignee": other.account}
    ).undo
    assert undo == {"assignee": "", "now": other.account}
    with pytest.raises(FormRefused):
        act(
            world,
            root,
            Subject.INCIDENT,
            "assign",
            incident,
            typed={"assignee": world.clerk.account},
        )
    with world.database.reading() as uow:
        assert incidents.choices(uow, root, {}).assignees == {other.account: other.name}
        page = incidents.page(uow, world.ctx, other, {"assignee": "me"})
        assert [row.assignee for row in page.rows] == ["Other"]
        assert incidents.page(uow, world.ctx, root, {"assignee": "me"}).rows == ()
        notes = incidents.detail(uow, world.ctx, root, incident).notes
    assert [(one.kind, one.who) for one in notes] == [("note", "Root"), ("assigned", "Root")]
    assert "Болат".encode() not in raw(world, "incident_note", "body")[0]
    act(world, root, Subject.INCIDENT, "resolve", incident)
    assert world.incidents() == []
    with world.database.reading() as uow:
        [row] = incidents.page(uow, world.ctx, root, {"state": "resolved"}).rows
    assert (row.resolution, row.resolved_by) == ("closed", "Root")


def test_what_was_closed_can_be_tried_again_while_its_job_is_given_up(small_world: World) -> None:
    world = small_world
    incident, root, other = broken(world), admin_of(world), admin_of(world, "other")
    act(world, root, Subject.INCIDENT, "resolve", incident)
    with world.database.reading() as uow:
        assert incidents.detail(uow, world.ctx, root, incident).row.retriable
    act(world, other, Subject.INCIDENT, "retry", incident)
    assert [one.state for one in world.jobs()] == ["ready"]
    with world.database.reading() as uow:
        found = incidents.detail(uow, world.ctx, root, incident)
    assert (found.row.retriable, found.notes[-1].kind) == (False, "retried")
    with pytest.raises(Conflict, match="Root dealt with this"):
        act(world, root, Subject.INCIDENT, "retry", incident)


def test_who_looks_after_it_is_not_overwritten_unseen(small_world: World) -> None:
    world = small_world
    incident, root, other = broken(world), admin_of(world), admin_of(world, "other")

    def assign(to: Actor, stamp: str = "") -> Any:
        typed = {"assignee": to.account}
        return act(world, root, Subject.INCIDENT, "assign", incident, typed=typed, stamp=stamp).undo

    stamp = seen(world, root, Subject.INCIDENT, "assign", incident).stamp
    undo = assign(other, stamp)
    with pytest.raises(Conflict, match="look again"):
        assign(root, stamp)
    assign(root)
    with pytest.raises(Conflict, match="changed since"):
        taken_back(world, root, Subject.INCIDENT, "assign", incident, undo)
    assign(other)
    taken_back(world, root, Subject.INCIDENT, "assign", incident, undo)
    assert world.incidents()[0].assignee == ""


def test_lists_narrow_and_causes_gather(world: World) -> None:
    first = broken(world, "K-1")
    broken(world, "K-2")
    root = admin_of(world)
    with world.database.reading() as uow:

        def numbers(**said: str) -> list[str]:
            return [row.business_key for row in incidents.page(uow, world.ctx, root, said).rows]

        assert numbers() == ["K-2", "K-1"]
        assert numbers(process="asking", element="ask", handler="test.ask") == ["K-2", "K-1"]
        assert numbers(handler="other") == []
        assert numbers(text="no route") == ["K-2", "K-1"]
        assert numbers(text="қатемен аяқталды") == ["K-2", "K-1"], "in Kazakh, too"
        assert numbers(text="nothing like it") == []
        assert numbers(like=first) == ["K-2", "K-1"]
        assert numbers(since="2026-11-25", until="2026-11-25") == ["K-2", "K-1"]
        assert numbers(since="2026-11-26") == []
        assert numbers(office="office") == [], "no task there yet"
        page = incidents.page(uow, world.ctx, root, {}, size=1)
        assert (page.total, len(page.rows)) == (2, 1)
        rest = incidents.page(uow, world.ctx, root, {}, after=page.after, size=1)
        assert [row.business_key for row in rest.rows] == ["K-1"]
        assert rest.after == ""
        offered = incidents.choices(uow, root, {})
        assert (list(offered.processes), offered.handlers) == (["asking"], ("test.ask",))
        [cause] = incidents.causes(uow, world.ctx, root, {})
        assert (cause.topic, cause.count, cause.cases) == ("test.ask", 2, 2)
        walked = incidents.walk(uow, world.ctx, root, {}, "", 1)
        assert incidents.walk(uow, world.ctx, root, {}, walked[0][0], 10)[0][1] == "K-1 · ask"


def test_thousands_are_tried_again_as_one_by_one(world: World) -> None:
    broken(world, "K-1")
    broken(world, "K-2")
    root, operation = admin_of(world), catalogue.operation(Subject.INCIDENT, "retry")
    ids = [row.id for row in world.incidents()]
    with world.database.reading() as uow:
        stamped = operation.stamps(uow, ids)
    wishes = [
        Wish(subject=one, reason="back", stamp=stamped[one], batch="b1") for one in sorted(ids)
    ]
    assert operation.many
    with world.database.begin() as uow:
        operation.many(uow, world.ctx, root, wishes)
        uow.commit()
    assert [row.state for row in world.jobs()] == ["ready", "ready"]
    with world.database.begin() as uow, pytest.raises(Conflict, match="Root tried this again"):
        operation.many(uow, world.ctx, root, wishes)
    assert len([row for row in world.table("event") if row.what == "retried"]) == 2
    acts = [row for row in world.table("audit") if row.act == "incident.retry"]
    assert len(acts) == 2
    assert all(row.detail["batch"] == "b1" for row in acts)
    assert all("reason" in row.detail for row in acts)
    works(world)
    assert world.executor().run_due() == 2
    assert world.chain_holds()


def test_a_job_is_suspended_put_off_and_resumed(world: World) -> None:
    works(world)
    world.deploy(ASKING)
    world.start("asking")
    root, [job] = admin_of(world), world.jobs()
    act(world, root, Subject.JOB, "suspend", job.id)
    assert world.executor().run_due() == 0
    with world.database.reading() as uow:
        [row] = jobs.page(uow, world.ctx, root, {"state": "suspended"}).rows
        assert (row.id, row.late) == (job.id, None)
        assert jobs.counts(uow, world.ctx, root)[Lane.SUSPENDED] == 1
        assert jobs.walk(uow, world.ctx, root, {"state": "suspended"}, "", 9) == [
            (job.id, "K-1 · ask")
        ]
    with pytest.raises(Conflict, match="already"):
        act(world, root, Subject.JOB, "suspend", job.id)
    act(world, root, Subject.JOB, "retry-at", job.id, typed={"at": "2026-11-25T16:00"})
    act(world, root, Subject.JOB, "resume", job.id)
    assert world.executor().run_due() == 0, "two hours later"
    world.clock.advance(timedelta(hours=2))
    assert world.executor().run_due() == 1
    with pytest.raises(Conflict, match="It is over"):
        act(world, root, Subject.JOB, "suspend", job.id)
    with world.database.reading() as uow:
        [done] = jobs.page(uow, world.ctx, root, {"state": "done"}).rows
        assert done.took is not None


def test_a_case_that_ends_takes_its_suspended_jobs_along(small_world: World) -> None:
    world = small_world
    works(world)
    world.deploy(THREE)
    case, root = world.start("three"), admin_of(world)
    act(world, root, Subject.JOB, "suspend", world.jobs()[0].id)
    with world.database.begin() as uow:
        instances.cancel(uow, world.ctx, root, case, "over")
        uow.commit()
    assert {row.state for row in world.jobs()} == {"cancelled"}


def test_a_timer_fires_at_another_moment_sooner_or_later(world: World) -> None:
    world.deploy(WAITING)
    world.start("waiting", "K-1")
    world.start("waiting", "K-2")
    root = admin_of(world)
    soon, late = world.jobs("ready")
    with pytest.raises(Conflict, match="timer"):
        act(world, root, Subject.JOB, "retry-at", soon.id, typed={"at": "2026-11-25T16:00"})
    act(world, root, Subject.JOB, "change-deadline", soon.id, typed={"at": "2026-11-25T15:00"})
    act(world, root, Subject.JOB, "change-deadline", late.id, typed={"at": "2026-11-28T15:00"})
    world.clock.advance(timedelta(hours=1))
    assert world.executor().run_due() == 1
    world.clock.advance(timedelta(days=2))
    assert world.executor().run_due() == 0
    world.clock.advance(timedelta(days=1))
    assert world.executor().run_due() == 1
    assert world.elements() == ["after", "after"]


def test_a_timer_that_was_moved_counts_its_rounds_from_there(small_world: World) -> None:
    world = small_world
    works(world)
    world.deploy(NAGGING)
    world.start("nagging")
    root, [job] = admin_of(world), world.jobs("ready")
    name, typed = "change-deadline", {"at": "2026-11-29T15:00"}
    undo = act(world, root, Subject.JOB, name, job.id, typed=typed).undo
    taken_back(world, root, Subject.JOB, name, job.id, undo)
    [back] = world.jobs("ready")
    assert (back.due_at, back.due_by_hand) == (job.due_at, False)
    with pytest.raises(Conflict, match="changed since"):
        taken_back(world, root, Subject.JOB, name, job.id, undo)
    act(world, root, Subject.JOB, name, job.id, typed=typed)
    world.clock.advance(datetime(2026, 11, 29, 10, 1, tzinfo=UTC) - world.clock.now())
    world.executor().run_due()
    [again] = [one for one in world.jobs("ready") if one.kind == "timer"]
    assert again.due_at == datetime(2026, 11, 30, 10, tzinfo=UTC)


def test_handlers_say_what_is_due_and_a_batch_is_none(small_world: World) -> None:
    world = small_world
    works(world)
    world.deploy(ASKING)
    for number in ("K-1", "K-2"):
        world.start("asking", number)
    root, [job, _] = admin_of(world), world.jobs()
    act(world, root, Subject.JOB, "retry-at", job.id, typed={"at": "2026-11-29T15:00"})
    now = world.clock.now()
    batch = NewJob(
        kind=JobKind.HANDLER, due_at=now, element="batch", topic=claims.BATCHES, payload={}
    )
    with world.database.begin() as uow:
        uow.jobs.add([batch], now)
        uow.commit()
    with world.database.reading() as uow:
        [row] = handlers.handlers(uow, world.ctx, root)
        assert (row.topic, row.waiting, row.later) == ("test.ask", 1, 1)
        assert (
            len(jobs.page(uow, world.ctx, root, {"state": "due", "handler": row.topic}).rows) == 1
        )
        assert len(jobs.walk(uow, world.ctx, root, {"state": "due"}, "", 9)) == 1
    with pytest.raises(NotFound):
        act(world, root, Subject.HANDLER, "pause", claims.BATCHES)


def test_a_paused_handler_is_not_called_and_keeps_nobody_else_waiting(world: World) -> None:
    works(world)
    world.deploy(ASKING)
    world.start("asking")
    root = admin_of(world)
    act(world, root, Subject.HANDLER, "pause", "test.ask")
    with pytest.raises(Conflict, match="Root has paused"):
        act(world, root, Subject.HANDLER, "pause", "test.ask")
    assert world.executor().run_due() == 0
    with world.database.reading() as uow:
        assert not uow.jobs.any_due(world.clock.now(), ["test.ask"])
        [row] = handlers.handlers(uow, world.ctx, root)
        assert (row.waiting, row.pause and row.pause.who) == (1, "Root")
        [job] = jobs.page(uow, world.ctx, root, {"state": "paused"}).rows
        assert job.paused
        assert job.late is None, "what waits for a paused handler is not late"
        assert jobs.page(uow, world.ctx, root, {"state": "due"}).rows == ()
    done = act(world, root, Subject.HANDLER, "resume", "test.ask")
    assert done.told == {"calls": 1}
    assert world.executor().run_due() == 1
    with world.database.reading() as uow:
        [row] = handlers.handlers(uow, world.ctx, root)
    assert (row.calls, row.pause) == (1, None)
    with pytest.raises(NotFound):
        act(world, root, Subject.HANDLER, "pause", "nobody.knows")
    with pytest.raises(Forbidden):
        act(world, world.clerk, Subject.HANDLER, "pause", "test.ask")


def test_a_pause_ends_by_itself_and_what_waited_comes_one_after_another(world: World) -> None:
    works(world)
    world.deploy(ASKING)
    for n in range(45):
        world.start("asking", f"K-{n}")
    root = admin_of(world)
    act(world, root, Subject.HANDLER, "pause", "test.ask", typed={"until": "2026-11-25T15:00"})
    assert world.executor().run_due() == 0
    world.clock.advance(timedelta(hours=1))
    assert world.executor().run_due() == pauses.PER_SECOND
    world.clock.advance(timedelta(seconds=1))
    assert world.executor().run_due() == pauses.PER_SECOND
    world.clock.advance(timedelta(seconds=1))
    assert world.executor().run_due() == 5
    [row] = [row for row in world.table("audit") if row.act == "handler.resume"]
    assert (row.actor_kind, row.subject) == ("system", "handler:test.ask")


def test_a_paused_handler_of_a_case_lets_its_others_go(world: World) -> None:
    """Handlers of one case go one after another; one that is paused stands in nobody's way."""
    works(world)
    other = world.ctx.extensions.handlers["test.ask"]
    world.ctx.extensions.handlers["test.other"] = type(other)(
        **{**vars(other), "topic": "test.other"}
    )
    world.deploy(
        THREE.replace(
            b'id="ask2" camunda:type="external" camunda:topic="test.ask"',
            b'id="ask2" camunda:type="external" camunda:topic="test.other"',
        )
    )
    world.start("three")
    root = admin_of(world)
    act(world, root, Subject.HANDLER, "pause", "test.ask")
    assert world.executor().run_due() == 1
    assert [row.topic for row in world.jobs("done")] == ["test.other"]


def test_foreign_cases_are_not_found(small_world: World) -> None:
    world = small_world
    incident, region = broken(world), admin_of_region(world)
    [job] = world.jobs("dead")
    for kind, name, subject in (
        (Subject.INCIDENT, "retry", incident),
        (Subject.INCIDENT, "annotate", incident),
        (Subject.INCIDENT, "resolve", incident),
        (Subject.JOB, "suspend", job.id),
    ):
        typed = {"note": "x"} if name == "annotate" else {}
        with pytest.raises(Forbidden):
            act(world, world.clerk, kind, name, subject, typed=typed)
        with pytest.raises(NotFound):
            act(world, region, kind, name, subject, typed=typed)
    with world.database.reading() as uow:
        assert incidents.page(uow, world.ctx, region, {}).rows == ()
        assert incidents.walk(uow, world.ctx, region, {}, "", 9) == []
        assert jobs.page(uow, world.ctx, region, {"state": "dead"}).rows == ()
        with pytest.raises(NotFound):
            incidents.detail(uow, world.ctx, region, incident)
        with pytest.raises(Forbidden):
            handlers.handlers(uow, world.ctx, region)


def admin_of_region(world: World) -> Actor:
    """Return an administrator of a region in which nothing happens."""
    names = {"kk": "far"}
    with world.database.begin() as uow:
        organisations.create(
            uow, world.ctx, SYSTEM, code="far", names=names, kind="office", region="750000000"
        )
        uow.commit()
    return admin_of(world, "far", "far")


def test_what_a_person_did_has_no_job_to_try(small_world: World) -> None:
    """An incident without a job can be noted and closed, nothing else."""
    world = small_world
    works(world)
    world.deploy(CHILD, PARENT)
    case, root = world.start("parent"), admin_of(world)
    with world.database.begin() as uow:
        made = uow.incidents.add(
            instance_id=case, job_id=None, element="sub", message="no", at=world.clock.now()
        )
        uow.commit()
    assert seen(world, root, Subject.INCIDENT, "retry", made).refusals
    with pytest.raises(Conflict, match="nothing to try"):
        act(world, root, Subject.INCIDENT, "retry", made)
    act(world, root, Subject.INCIDENT, "resolve", made)
    with world.database.reading() as uow:
        assert audit.verify(uow).broken == 0


def test_what_failed_goes_with_its_case(world: World) -> None:
    incident, root = broken(world), admin_of(world)
    act(world, root, Subject.INCIDENT, "annotate", incident, typed={"note": "gone soon"})
    with world.database.begin() as uow:
        [case] = world.table("instance")
        assert uow.removals.remove([case.id], [case.business_key]) == 1
        uow.commit()
    assert world.table("job_failure") == world.table("incident_note") == []
