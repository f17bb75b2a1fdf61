"""Work of people on both databases: claim, draft, complete, assign, and who may not."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from engine.errors import (
    Forbidden,
    FormRefused,
    NotFound,
    StaleRevision,
    TaskClosed,
    TaskTaken,
    ValueRefused,
    ZholdamaError,
)
from engine.model.people import Actor
from engine.services import comments, documents, drafts, instances, tasks
from engine.services.views import (
    Box,
    CaseState,
    Group,
    InboxQuery,
    Sort,
    StopState,
    TaskForm,
    TaskState,
)
from engine.store.counting import counting
from tests.contract.world import World


def test_completing_costs_ten_statements_and_one_commit(world: World) -> None:
    """Law 1. The peer needs 77 and 5. PostgreSQL writes a link and the chain's head at once."""
    case = world.start()
    task = world.claim("writer", world.open_task(case))
    with counting(world.database) as count:
        done = world.complete("writer", task, subject="Сәлем")
    most = 10 if world.database.dialect == "sqlite" else 9
    assert (count.statements, count.commits) == (most, 1), "\n".join(count.texts)
    world.claim("checker", done.next_tasks[0])
    with counting(world.database) as count:
        world.complete("checker", done.next_tasks[0], decision="return")
    assert count.statements <= 10, "\n".join(count.texts)
    assert count.commits == 1


def test_the_thousandth_round_costs_what_the_first_did(world: World) -> None:
    case = world.start()
    texts = []
    for _ in range(15):
        done = world.complete("writer", world.claim("writer", world.open_task(case)), subject="x")
        world.claim("checker", done.next_tasks[0])
        with counting(world.database) as count:
            world.complete("checker", done.next_tasks[0], decision="return")
        texts.append(count.statements)
    assert len(set(texts[1:])) == 1
    with world.database.reading() as uow:
        assert tasks.look(uow, world.ctx, world["writer"], world.open_task(case)).round == 16


def test_a_case_goes_through_both_offices(world: World) -> None:
    case, second = world.written()
    world.claim("checker", second)
    done = world.complete("checker", second, decision="accept")
    assert done.state is CaseState.COMPLETED
    with world.database.reading() as uow:
        view = instances.view(uow, world.ctx, world["writer"], case)
    assert (view.state, view.end, view.here) == (CaseState.COMPLETED, "done", ())
    assert set(view.passed) == {"begin", "write", "check", "which", "done"}
    assert [stop.state for stop in view.way] == [StopState.DONE, StopState.DONE]
    assert [stop.who for stop in view.way] == ["Writer", "Checker"]
    said = [row.what for row in reversed(view.history)]
    assert said.count("completed") == 2
    assert said[0] == "started"


def test_a_return_makes_the_first_office_work_again(world: World) -> None:
    case, second = world.written()
    world.complete("checker", world.claim("checker", second), decision="return")
    with world.database.reading() as uow:
        view = tasks.look(uow, world.ctx, world["writer"], world.open_task(case))
    assert (view.element.id, view.round) == ("write", 2)
    assert [stop.state for stop in view.way] == [StopState.HERE, StopState.AHEAD]
    assert view.way[0].rounds == 2


def test_the_deadline_is_the_end_of_the_next_working_day(world: World) -> None:
    _, second = world.written()
    with world.database.reading() as uow:
        view = tasks.look(uow, world.ctx, world["checker"], second)
    assert view.due is not None
    assert view.due.isoformat() == "2026-11-26T13:00:00+00:00"
    assert view.way[1].term == 1


def test_two_people_race_for_one_task(world: World) -> None:
    """Select-then-update let both win 988 times out of 1,000."""
    rounds = 15
    free = [world.open_task(world.start(f"N-{number}")) for number in range(rounds)]

    def claim(login: str, task: str) -> str:
        try:
            world.claim(login, task)
        except TaskTaken as lost:
            return f"told: {lost.owner}"
        return login

    with ThreadPoolExecutor(2) as pool:
        for task in free:
            told = {
                pool.submit(claim, "writer", task).result,
                pool.submit(claim, "colleague", task).result,
            }
            answers = sorted(result() for result in told)
            assert answers in (
                ["colleague", "told: Colleague"],
                ["told: Writer", "writer"],
            )


def test_a_race_to_complete_has_one_winner(world: World) -> None:
    case = world.start()
    task = world.claim("writer", world.open_task(case))

    def complete(subject: str) -> str:
        try:
            done = world.complete("writer", task, subject=subject)
        except ZholdamaError as lost:
            return type(lost).__name__
        return "again" if done.repeated else "done"

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(complete, ["one"] * 3 + ["two"] * 3))
    assert answers.count("done") == 1
    assert answers.count("again") == 2
    assert answers.count("TaskClosed") == 3


def test_the_same_form_sent_twice_answers_the_same(world: World) -> None:
    case = world.start()
    task = world.claim("writer", world.open_task(case))
    first = world.complete("writer", task, subject="x")
    second = world.complete("writer", task, subject="x")
    assert second.repeated
    assert not first.repeated
    assert second.next_tasks == first.next_tasks
    with pytest.raises(TaskClosed):
        world.complete("writer", task, subject="y")


def test_the_second_person_is_told_who_has_it(world: World) -> None:
    task = world.claim("writer", world.open_task(world.start()))
    with pytest.raises(TaskTaken) as refused:
        world.complete("colleague", task, subject="x")
    assert refused.value.owner == "Writer"


def test_nobody_completes_what_nobody_claimed(world: World) -> None:
    with pytest.raises(TaskTaken):
        world.complete("writer", world.open_task(world.start()), subject="x")


def test_wrong_values_are_told_by_field_and_change_nothing(world: World) -> None:
    case = world.start()
    task = world.claim("writer", world.open_task(case))
    with pytest.raises(FormRefused) as refused:
        world.complete("writer", task, subject="x" * 51)
    assert set(refused.value.errors) == {"subject"}
    with pytest.raises(FormRefused):
        world.complete("writer", task)
    assert world.open_task(case) == task


def test_an_old_revision_is_refused(world: World) -> None:
    task = world.claim("writer", world.open_task(world.start()))
    with world.database.begin() as uow:
        revision = tasks.save_draft(uow, world.ctx, world["writer"], task, {"subject": "a"}, 2)
        uow.commit()
    with world.database.begin() as uow, pytest.raises(StaleRevision):
        tasks.save_draft(uow, world.ctx, world["writer"], task, {"subject": "b"}, 2)
    with world.database.begin() as uow, pytest.raises(StaleRevision):
        tasks.complete(uow, world.ctx, world["writer"], task, {"subject": "b"}, 2)
    with world.database.begin() as uow:
        tasks.complete(uow, world.ctx, world["writer"], task, {"subject": "b"}, revision)
        uow.commit()


def test_a_draft_survives_release_and_another_owner(world: World) -> None:
    task = world.claim("writer", world.open_task(world.start()))
    with world.database.begin() as uow:
        tasks.save_draft(uow, world.ctx, world["writer"], task, {"subject": "жарты"}, 2)
        tasks.release(uow, world.ctx, world["writer"], task)
        uow.commit()
    world.claim("colleague", task)
    with world.database.reading() as uow:
        view = tasks.look(uow, world.ctx, world["colleague"], task)
    assert view.values["subject"] == "жарты"
    assert view.draft_saved is not None
    with world.database.begin() as uow:
        drafts.discard(uow, world.ctx, world["colleague"], task)
        uow.commit()
    with world.database.reading() as uow:
        assert drafts.load(uow, world.ctx, world["colleague"], task) == {}


# Acting on another flow's task by its id: a hole of a product like ours.


@pytest.mark.parametrize("who", ["stranger", "checker"])
def test_a_foreign_task_does_not_exist(world: World, who: str) -> None:
    task = world.open_task(world.start())
    actor, ctx = world[who], world.ctx
    attempts = {
        "look": lambda uow: tasks.look(uow, ctx, actor, task),
        "claim": lambda uow: tasks.claim(uow, ctx, actor, task),
        "release": lambda uow: tasks.release(uow, ctx, actor, task),
        "complete": lambda uow: tasks.complete(uow, ctx, actor, task, {"subject": "x"}),
        "draft": lambda uow: tasks.save_draft(uow, ctx, actor, task, {}, 1),
        "discard": lambda uow: drafts.discard(uow, ctx, actor, task),
        "upload": lambda uow: documents.add_to_draft(
            uow, ctx, actor, task, name="x", mime="", data=b"%PDF-"
        ),
        "assign": lambda uow: tasks.assign(uow, ctx, actor, [task], actor.account),
        "claim many": lambda uow: tasks.claim_many(uow, ctx, actor, [task]),
    }
    for name, attempt in attempts.items():
        with world.database.begin() as uow, pytest.raises(NotFound) as foreign:
            attempt(uow)
        assert "not yours" in str(foreign.value), name
    assert world.open_task(world.start("N-2")) != task


def test_values_may_be_read_by_what_the_task_asks_for(world: World) -> None:
    """A page reads what was posted by the form of the task that is locked, whoever may see it."""
    case = world.start()
    task = world.claim("writer", world.open_task(case))
    asked: list[TaskForm] = []

    def typed(form: TaskForm) -> dict[str, object]:
        asked.append(form)
        return {"subject": "x"}

    with world.database.begin() as uow, pytest.raises(NotFound):
        tasks.complete(uow, world.ctx, world["stranger"], task, typed)
    assert asked == []
    with world.database.begin() as uow:
        done = tasks.complete(uow, world.ctx, world["writer"], task, typed)
        uow.commit()
    with world.database.reading() as uow:
        view = tasks.look(uow, world.ctx, world["writer"], task)
    (found,) = asked
    assert (found.task_id, found.instance_id, found.element.id) == (task, case, "write")
    assert (found.form_key, found.form, found.sign) == (view.form_key, view.form, view.sign)
    assert view.state is TaskState.COMPLETED
    again = world.complete("writer", task, subject="x")
    assert (again.repeated, again.next_tasks) == (True, done.next_tasks)


def test_a_foreign_and_an_unknown_id_answer_alike(world: World) -> None:
    task = world.open_task(world.start())
    with world.database.reading() as uow, pytest.raises(NotFound) as foreign:
        tasks.look(uow, world.ctx, world["stranger"], task)
    with world.database.reading() as uow, pytest.raises(NotFound) as unknown:
        tasks.look(uow, world.ctx, world["stranger"], "0" * 32)
    assert str(foreign.value) == str(unknown.value)


@pytest.mark.parametrize("who", ["stranger", "checker"])
def test_a_foreign_case_does_not_exist(world: World, who: str) -> None:
    case = world.start()
    actor, ctx = world[who], world.ctx
    attempts = {
        "view": lambda uow: instances.view(uow, ctx, actor, case),
        "history": lambda uow: instances.history(uow, ctx, actor, case),
        "way": lambda uow: instances.way(uow, ctx, actor, case),
        "by key": lambda uow: instances.find_by_key(uow, ctx, actor, "N-1"),
        "comment": lambda uow: comments.add(uow, ctx, actor, case, "x"),
        "comments": lambda uow: comments.list_comments(uow, ctx, actor, case),
        "documents": lambda uow: documents.list_documents(uow, ctx, actor, case),
    }
    for name, attempt in attempts.items():
        with world.database.begin() as uow, pytest.raises(NotFound):
            print(name, attempt(uow))  # noqa: T201  (only reached on failure)


def test_a_case_stays_visible_to_who_worked_on_it(world: World) -> None:
    case, _ = world.written()
    with world.database.reading() as uow:
        for who in ("writer", "colleague", "checker", "deputy", "head", "admin"):
            assert instances.view(uow, world.ctx, world[who], case).instance_id == case


# Bulk acts without a permission check: the other hole.


def test_assigning_in_bulk_needs_the_permission_for_each(world: World) -> None:
    _, mine = world.written("N-1")
    other = world.open_task(world.start("N-2"))
    account = world["checker"].account
    with world.database.begin() as uow, pytest.raises(NotFound):
        tasks.assign(uow, world.ctx, world["head"], [mine, other], account)
    with world.database.begin() as uow, pytest.raises(Forbidden):
        tasks.assign(uow, world.ctx, world["checker"], [mine], account)
    with world.database.reading() as uow:
        assert tasks.look(uow, world.ctx, world["head"], mine).assignee == ""


def test_a_head_assigns_takes_back_and_sees_the_workload(world: World) -> None:
    found = [world.written(f"N-{number}")[1] for number in range(3)]
    head, checker = world["head"], world["checker"]
    with world.database.begin() as uow:
        assert tasks.assign(uow, world.ctx, head, found, checker.account) == 3
        assert tasks.assign(uow, world.ctx, head, found, checker.account) == 0
        assert tasks.assign(uow, world.ctx, head, found[:1], None) == 1
        uow.commit()
    world.clock.advance(timedelta(days=2))
    with world.database.reading() as uow:
        load = tasks.workload(uow, world.ctx, head, "office.b")
    rows = {row.name: (row.open, row.overdue) for row in load.rows}
    assert rows == {"Checker": (2, 2), "Deputy": (0, 0), "Head": (0, 0), "": (1, 1)}
    assert len(load.tasks) == 3
    with world.database.reading() as uow, pytest.raises(Forbidden):
        tasks.workload(uow, world.ctx, world["checker"], "office.b")
    with world.database.reading() as uow, pytest.raises(Forbidden):
        tasks.workload(uow, world.ctx, head, "office.a")


def test_work_goes_only_to_who_has_the_role(world: World) -> None:
    _, task = world.written()
    with world.database.begin() as uow, pytest.raises(ValueRefused):
        tasks.assign(uow, world.ctx, world["head"], [task], world["writer"].account)
    with world.database.begin() as uow, pytest.raises(ValueRefused):
        tasks.assign(uow, world.ctx, world["head"], [task], "nobody")
    with world.database.begin() as uow, pytest.raises(Forbidden):
        tasks.claim(uow, world.ctx, world["head"], task)


def test_claiming_many_takes_what_is_free(world: World) -> None:
    free = [world.open_task(world.start(f"N-{number}")) for number in range(3)]
    world.claim("colleague", free[0])
    with world.database.begin() as uow:
        got = tasks.claim_many(uow, world.ctx, world["writer"], free)
        uow.commit()
    assert got == {free[0]: False, free[1]: True, free[2]: True}


def test_claim_next_takes_the_most_urgent_and_never_twice(world: World) -> None:
    for number in range(8):
        world.start(f"N-{number}")

    def take(login: str) -> list[str]:
        taken = []
        for _ in range(6):
            with world.database.begin() as uow:
                found = tasks.claim_next(uow, world.ctx, world[login])
                uow.commit()
            if found:
                taken.append(found)
        return taken

    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(take, ["writer", "colleague"])
    assert len(one) + len(two) == 8
    assert not set(one) & set(two)


# Lists.


def test_boxes_counts_and_groups(world: World) -> None:
    _, first = world.written("N-1")
    world.clock.advance(timedelta(days=1))
    world.written("N-2")
    world.claim("checker", first)
    with world.database.reading() as uow:
        office = tasks.inbox(uow, world.ctx, world["checker"], InboxQuery(box=Box.OFFICE))
        mine = tasks.inbox(uow, world.ctx, world["checker"], InboxQuery(box=Box.MINE))
        free = tasks.inbox(uow, world.ctx, world["checker"], InboxQuery(box=Box.OFFICE, free=True))
    assert [row.business_key for row in office.rows] == ["N-1", "N-2"]
    assert [row.assignee_name for row in office.rows] == ["Checker", ""]
    assert [row.may_claim for row in office.rows] == [False, True]
    assert [row.business_key for row in mine.rows] == ["N-1"]
    assert [row.business_key for row in free.rows] == ["N-2"]
    assert [row.group for row in office.rows] == [Group.TODAY, Group.LATER]
    counts = office.counts
    assert (counts.mine, counts.office, counts.overdue, counts.done) == (1, 2, 0, 0)
    world.clock.advance(timedelta(days=3))
    with world.database.reading() as uow:
        late = tasks.inbox(uow, world.ctx, world["checker"], InboxQuery(box=Box.OVERDUE))
    assert [row.group for row in late.rows] == [Group.OVERDUE] * 2
    assert late.counts.overdue == 2
    world.complete("checker", first, decision="accept")
    with world.database.reading() as uow:
        done = tasks.inbox(uow, world.ctx, world["checker"], InboxQuery(box=Box.DONE))
    assert [(row.business_key, row.state) for row in done.rows] == [("N-1", TaskState.COMPLETED)]


def test_a_further_candidate_and_the_head_see_it_too(world: World) -> None:
    world.written()
    with world.database.reading() as uow:
        for who, may in (("deputy", True), ("head", False)):
            page = tasks.inbox(uow, world.ctx, world[who], InboxQuery(box=Box.OFFICE))
            assert [row.may_claim for row in page.rows] == [may], who
            assert page.counts.office == 1
        page = tasks.inbox(uow, world.ctx, world["stranger"], InboxQuery(box=Box.OFFICE))
        assert page.rows == ()


def test_pages_join_without_gap_or_repeat(world: World) -> None:
    """Keyset paging: rows that come meanwhile neither shift nor repeat what follows."""
    for number in range(23):
        world.start(f"N-{number:02}")
        world.clock.advance(timedelta(minutes=number % 3))
    for box, sort in (("due", 5), ("newest", 7)):
        seen: list[str] = []
        after = ""
        while True:
            query = InboxQuery(box=Box.OFFICE, sort=_sort(box), after=after, size=sort)
            with world.database.reading() as uow:
                page = tasks.inbox(uow, world.ctx, world["writer"], query)
            seen += [row.business_key for row in page.rows]
            if not page.next:
                break
            after = page.next
        assert sorted(seen) == [f"N-{number:02}" for number in range(23)]


def _sort(name: str) -> Sort:
    return Sort(name)


def test_a_wrong_cursor_is_refused(world: World) -> None:
    for after in ("x", "bm9uZXxub25l", "MjAyNi0wMS0wMXxh"):
        query = InboxQuery(box=Box.OFFICE, after=after)
        with world.database.reading() as uow, pytest.raises(ValueRefused):
            tasks.inbox(uow, world.ctx, world["writer"], query)


def test_search_and_filters(world: World) -> None:
    world.start("N-1")
    world.clock.advance(timedelta(minutes=1))
    world.start("N_2%")
    world.written("X-9")
    for words, expected in (
        ("N-", ["N-1"]),
        ("_2%", ["N_2%"]),
        ("none", []),
        ("", ["N-1", "N_2%"]),
    ):
        query = InboxQuery(box=Box.OFFICE, text=words)
        with world.database.reading() as uow:
            page = tasks.inbox(uow, world.ctx, world["writer"], query)
        assert [row.business_key for row in page.rows] == expected
    with world.database.reading() as uow:
        query = InboxQuery(box=Box.OFFICE, element="check", process="letters")
        assert tasks.inbox(uow, world.ctx, world["writer"], query).rows == ()
        page = tasks.inbox(uow, world.ctx, world["checker"], query)
    assert [row.business_key for row in page.rows] == ["X-9"]
    assert "check" in [step.value for step in page.steps]


def test_who_works_at_several_organisations_filters_by_one(world: World) -> None:
    both = world["deputy"].memberships | world["writer"].memberships | world["stranger"].memberships
    actor = replace(world["writer"], memberships=both)
    _, task = world.written("N-1")
    world.start("N-2")
    with world.database.reading() as uow:
        page = tasks.inbox(uow, world.ctx, actor, InboxQuery(box=Box.OFFICE))
        alone = tasks.inbox(uow, world.ctx, world["writer"], InboxQuery(box=Box.OFFICE))
    assert [one.value for one in page.organisations] == ["office.a", "office.b", "office.c"]
    assert page.organisations[1].names["ru"] == "Офис b"
    assert alone.organisations == ()
    # The deputy is a further candidate of N-1; its office is not the first one's.
    seen = {"office.a": ["N-2"], "office.b": ["N-1"], "office.c": [], "office.x": []}
    assert filtered(world, actor, Box.OFFICE) == seen
    with world.database.begin() as uow:
        tasks.claim(uow, world.ctx, actor, task)
        uow.commit()
    mine = {"office.a": [], "office.b": ["N-1"], "office.c": [], "office.x": []}
    assert filtered(world, actor, Box.MINE) == mine
    world.clock.advance(timedelta(days=3))
    assert filtered(world, actor, Box.OVERDUE) == mine
    with world.database.begin() as uow:
        tasks.complete(uow, world.ctx, actor, task, {"decision": "accept"})
        uow.commit()
    assert filtered(world, actor, Box.DONE)["office.b"] == ["N-1"]
    assert filtered(world, actor, Box.DONE)["office.c"] == []


def filtered(world: World, actor: Actor, box: Box) -> dict[str, list[str]]:
    """Return the cases of a box by the organisation that it is filtered by."""
    found: dict[str, list[str]] = {}
    for code in ("office.a", "office.b", "office.c", "office.x"):
        query = InboxQuery(box=box, organisation=code)
        with world.database.reading() as uow:
            page = tasks.inbox(uow, world.ctx, actor, query)
        found[code] = [row.business_key for row in page.rows]
    return found


def test_an_organisation_that_is_not_mine_shows_nothing(world: World) -> None:
    world.start("N-1")
    with world.database.reading() as uow:
        query = InboxQuery(box=Box.OFFICE, organisation="office.a")
        assert tasks.inbox(uow, world.ctx, world["stranger"], query).rows == ()
        assert tasks.inbox(uow, world.ctx, world["checker"], query).rows == ()


def test_news_are_counted_since_the_page_was_made(world: World) -> None:
    world.start("N-1")
    with world.database.reading() as uow:
        page = tasks.inbox(uow, world.ctx, world["writer"], InboxQuery(box=Box.OFFICE))
        assert tasks.news(uow, world.ctx, world["writer"], page.stamp) == 0
    world.clock.advance(timedelta(seconds=1))
    world.start("N-2")
    with world.database.reading() as uow:
        assert tasks.news(uow, world.ctx, world["writer"], page.stamp) == 1
        assert tasks.news(uow, world.ctx, world["stranger"], page.stamp) == 0


def test_cancelling_closes_everything(world: World) -> None:
    case, task = world.written()
    with world.database.begin() as uow, pytest.raises(Forbidden):
        instances.cancel(uow, world.ctx, world["head"], case, "wrong")
    with world.database.begin() as uow, pytest.raises(ValueRefused):
        instances.cancel(uow, world.ctx, world["admin"], case, " ")
    with world.database.begin() as uow:
        instances.cancel(uow, world.ctx, world["admin"], case, "entered twice")
        uow.commit()
    with world.database.reading() as uow:
        view = instances.view(uow, world.ctx, world["admin"], case)
        assert {job.state for job in uow.jobs.of_instance(case)} == {"cancelled"}
        assert tasks.look(uow, world.ctx, world["checker"], task).state is TaskState.CANCELLED
    assert view.state is CaseState.CANCELLED
    assert view.tasks == ()
    with pytest.raises(TaskClosed):
        world.claim("checker", task)


def test_a_suspended_case_waits(world: World) -> None:
    case, task = world.written()
    world.claim("checker", task)
    with world.database.begin() as uow:
        instances.suspend(uow, world.ctx, world["admin"], case, "court order")
        uow.commit()
    with pytest.raises(ZholdamaError, match="suspended"):
        world.complete("checker", task, decision="accept")
    with world.database.begin() as uow:
        instances.resume(uow, world.ctx, world["admin"], case, "lifted")
        uow.commit()
    assert world.complete("checker", task, decision="accept").state is CaseState.COMPLETED


def test_a_comment_does_not_wait_for_a_step(world: World) -> None:
    """PostgreSQL: a row that refers to a locked instance may be written; SQLite has one writer."""
    if world.database.dialect != "postgresql":
        pytest.skip("SQLite has one writer")
    case = world.start()
    with world.database.begin() as step:
        assert step.instances.lock(case) is not None
        with ThreadPoolExecutor(1) as pool:
            written = pool.submit(_comment, world, case)
            assert written.result(timeout=10) == "бос тұр"


def _comment(world: World, case: str) -> str:
    with world.database.begin() as uow:
        found = comments.add(uow, world.ctx, world["writer"], case, "бос тұр")
        uow.commit()
    return found.body


def test_one_case_takes_one_step_at_a_time(world: World) -> None:
    """Whoever comes second waits, and then sees what the first one left."""
    case = world.start()
    task = world.claim("writer", world.open_task(case))
    first_has_it, second_asks = threading.Event(), threading.Event()

    def second() -> bool:
        first_has_it.wait(10)
        second_asks.set()
        return world.complete("writer", task, subject="x").repeated

    with ThreadPoolExecutor(1) as pool:
        later = pool.submit(second)
        with world.database.begin() as uow:
            done = tasks.complete(uow, world.ctx, world["writer"], task, {"subject": "x"})
            first_has_it.set()
            second_asks.wait(10)
            uow.commit()
        assert not done.repeated
        assert later.result(timeout=30)
