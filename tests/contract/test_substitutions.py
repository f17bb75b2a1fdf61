"""Who works in whose place: rights that follow the day, work that moves, and whose name."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from engine.errors import Conflict, Forbidden, FormRefused, NotFound, TaskTaken, ValueRefused
from engine.jobs.executor import Executor
from engine.model.people import ADMIN, SYSTEM, Actor, Candidate
from engine.services import (
    accounts,
    audit,
    instances,
    notifications,
    organisations,
    signing_in,
    substitutions,
    tasks,
)
from engine.services.views import Box, InboxQuery
from engine.services.wishes import Wish
from engine.store.counting import counting
from tests.contract.world import World

OFFICE = "office.b"
CHECKER = Candidate("checker", OFFICE)
#: The tests' clock stands on Wednesday, 25 November 2026, 14:32 in Kazakhstan.
TODAY = date(2026, 11, 25)


#: What the deputy may do herself: nothing that the checker does.
OWN = Candidate("writer", OFFICE)


@pytest.fixture(autouse=True)
def _of_another_role(world: World) -> None:
    """The deputy of the world may check herself; here she may not."""
    with world.database.begin() as uow:
        accounts.set_memberships(uow, world.ctx, SYSTEM, world["deputy"].account, [OWN])
        uow.commit()


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def wish(world: World, **changes: object) -> Wish:
    """Return: the deputy does the checker's work, today and the two days after."""
    said: dict[str, object] = {
        "organisation": OFFICE,
        "absent": world["checker"].account,
        "substitute": world["deputy"].account,
        "first": TODAY,
        "last": day(2),
    }
    return Wish(**{**said, **changes})  # type: ignore[arg-type]


def stand(world: World, by: str = "head", **changes: object) -> str:
    with world.database.begin() as uow:
        made = substitutions.create(uow, world.ctx, world[by], wish(world, **changes))
        uow.commit()
    return made


def refused(world: World, by: str = "head", /, **changes: object) -> Mapping[str, str]:
    with world.database.begin() as uow, pytest.raises(FormRefused) as found:
        substitutions.create(uow, world.ctx, world[by], wish(world, **changes))
    return {name: str(said[0]) for name, said in found.value.errors.items()}


def now(world: World, login: str) -> Actor:
    """Return somebody as the pages load her at this moment."""
    with world.database.reading() as uow:
        return signing_in.load(uow, world[login].account, at=world.ctx.now())


def run_due(world: World) -> int:
    return Executor(world.database, world.ctx).run_due()


def ended(world: World, number: str, by: str = "head") -> int:
    with world.database.begin() as uow:
        count = substitutions.end(uow, world.ctx, world[by], number)
        uow.commit()
    return count


def claim(world: World, actor: Actor, task: str) -> None:
    with world.database.begin() as uow:
        tasks.claim(uow, world.ctx, actor, task)
        uow.commit()


def complete(world: World, actor: Actor, task: str) -> None:
    with world.database.begin() as uow:
        tasks.complete(uow, world.ctx, actor, task, {"decision": "accept"})
        uow.commit()


def assignee(world: World, task: str) -> str:
    with world.database.reading() as uow:
        found = uow.tasks.find(task)
    assert found
    return found[0].assignee


def shown(world: World, actor: Actor) -> list[str]:
    with world.database.reading() as uow:
        page = tasks.inbox(uow, world.ctx, actor, InboxQuery(box=Box.OFFICE, size=200))
    return [row.task_id for row in page.rows if row.may_claim]


def told(world: World, login: str) -> list[tuple[str, object]]:
    with world.database.reading() as uow:
        rows = notifications.list_notifications(uow, world.ctx, world[login])
    return [(row.kind, row.params["count"]) for row in reversed(rows) if "count" in row.params]


# Rights follow the day.


def test_the_substitute_has_the_absent_persons_roles_as_long_as_it_lasts(world: World) -> None:
    assert CHECKER not in now(world, "deputy").memberships
    stand(world, first=day(1), last=day(2))
    seen = []
    for hours in (0, 9, 10, 24 + 10, 48 + 9, 48 + 10):  # 10 hours after 14:32 is the next day
        world.clock.set(datetime(2026, 11, 25, 9, 32, tzinfo=UTC) + timedelta(hours=hours))
        actor = now(world, "deputy")
        seen.append(CHECKER in actor.memberships)
        assert actor.own == {OWN}
        assert CHECKER in now(world, "checker").memberships, "who is away keeps her access"
    assert seen == [False, False, True, True, True, False]


def test_signing_in_counts_too_and_neither_costs_a_statement_more(world: World) -> None:
    stand(world)
    with world.database.reading() as uow:
        signed_in = signing_in.authenticate(uow, world.ctx, "deputy", "correct horse")
    assert signed_in == now(world, "deputy")
    (place,) = signed_in.standing_in
    assert (place.candidate, place.name, place.until) == (CHECKER, "Checker", day(2))
    with counting(world.database) as plain, world.database.reading() as uow:
        signing_in.load(uow, world["deputy"].account)
    with counting(world.database) as full, world.database.reading() as uow:
        signing_in.load(uow, world["deputy"].account, at=world.ctx.now())
    assert full.statements == plain.statements


def test_roles_that_were_not_chosen_stay_with_the_absent_person(world: World) -> None:
    both = [CHECKER, Candidate("deputy", OFFICE)]
    with world.database.begin() as uow:
        accounts.set_memberships(uow, world.ctx, SYSTEM, world["checker"].account, both)
        uow.commit()
    stand(world, roles=("deputy",))
    assert now(world, "deputy").memberships == {Candidate("deputy", OFFICE), OWN}
    stand(world, roles=("checker",))  # the same days, another role: no overlap
    assert set(both) < now(world, "deputy").memberships


def test_ones_own_role_is_held_in_nobodys_place(world: World) -> None:
    with world.database.begin() as uow:
        held = [CHECKER, OWN]
        accounts.set_memberships(uow, world.ctx, SYSTEM, world["deputy"].account, held)
        uow.commit()
    stand(world)
    actor = now(world, "deputy")
    assert not actor.standing_in
    assert actor.acting_for([CHECKER]).in_place_of is None


def test_there_are_no_chains(world: World) -> None:
    stand(world)
    stand(world, absent=world["deputy"].account, substitute=world["head"].account)
    head = now(world, "head")
    assert OWN in head.memberships
    assert CHECKER not in head.memberships


@pytest.mark.parametrize("role", [ADMIN, "analyst"])
def test_roles_beyond_the_office_are_never_handed_on(world: World, role: str) -> None:
    beyond = Candidate(role, OFFICE)
    with world.database.begin() as uow:
        held = [CHECKER, beyond]
        accounts.set_memberships(uow, world.ctx, SYSTEM, world["checker"].account, held)
        uow.commit()
    assert set(refused(world, roles=(role,))) == {"roles"}
    stand(world)
    assert beyond not in now(world, "deputy").memberships
    with world.database.begin() as uow:
        accounts.set_memberships(uow, world.ctx, SYSTEM, world["head"].account, [beyond])
        uow.commit()
    assert set(refused(world, "admin", absent=world["head"].account)) == {"absent"}


@pytest.mark.parametrize("who", ["checker", "deputy"])
def test_a_closed_account_hands_on_and_takes_over_nothing(world: World, who: str) -> None:
    stand(world)
    assert uow_of_role(world) == [world["deputy"].account]
    with world.database.begin() as uow:
        accounts.set_active(uow, world.ctx, world["admin"], world[who].account, active=False)
        uow.commit()
    assert uow_of_role(world) == []
    if who == "checker":
        assert CHECKER not in now(world, "deputy").memberships


def uow_of_role(world: World) -> list[str]:
    with world.database.reading() as uow:
        return list(uow.substitutions.of_role(CHECKER, TODAY))


def test_who_leaves_the_office_stands_in_for_nobody_there(world: World) -> None:
    stand(world)
    with world.database.begin() as uow:
        elsewhere = [Candidate("writer", "office.a")]
        accounts.set_memberships(uow, world.ctx, SYSTEM, world["deputy"].account, elsewhere)
        uow.commit()
    assert now(world, "deputy").memberships == set(elsewhere)


# The work.


def test_the_substitute_sees_claims_and_completes_and_it_is_said_in_whose_place(
    world: World,
) -> None:
    case, task = world.written()
    assert shown(world, now(world, "deputy")) == []
    stand(world)
    deputy = now(world, "deputy")
    assert shown(world, deputy) == [task]
    claim(world, deputy, task)
    with world.database.begin() as uow, pytest.raises(TaskTaken):
        tasks.complete(uow, world.ctx, world["checker"], task, {"decision": "accept"})
    complete(world, deputy, task)
    with world.database.reading() as uow:
        rows = instances.history(uow, world.ctx, world["admin"], case)
        links = audit.list_rows(uow)
        assert not audit.verify(uow).broken
    by = {row.what: (row.who, row.detail.get("in_place_of")) for row in reversed(rows)}
    assert by["claimed"] == by["completed"] == ("Deputy", "Checker")
    acts = {row.act: (row.who, row.detail.get("in_place_of")) for row in reversed(links)}
    pair = (world["deputy"].account, world["checker"].account)
    assert acts["case.claimed"] == acts["instance.completed"] == pair
    assert acts["substitution.set"] == (world["head"].account, None)


def test_completing_in_somebodys_place_costs_no_statement_more(world: World) -> None:
    _, first = world.written("N-1")
    _, second = world.written("N-2")
    stand(world)
    claim(world, world["checker"], first)
    deputy = now(world, "deputy")
    claim(world, deputy, second)
    with counting(world.database) as own:
        complete(world, world["checker"], first)
    with counting(world.database) as place:
        complete(world, deputy, second)
    assert place.statements == own.statements <= 10, "\n".join(place.texts)


def test_on_the_last_evening_it_still_counts_and_a_minute_later_no_more(world: World) -> None:
    _, task = world.written("N-1")
    _, late = world.written("N-2")
    _, free = world.written("N-3")
    stand(world, last=TODAY)
    deputy = now(world, "deputy")
    claim(world, deputy, task)
    claim(world, deputy, late)
    world.clock.set(datetime(2026, 11, 25, 18, 59, 59, tzinfo=UTC))
    complete(world, deputy, task)
    world.clock.set(datetime(2026, 11, 25, 19, 0, tzinfo=UTC))
    # Whoever was loaded before midnight, and whoever is loaded now: neither may go on.
    for actor in (deputy, now(world, "deputy")):
        with world.database.begin() as uow, pytest.raises(Conflict) as found:
            tasks.complete(uow, world.ctx, actor, late, {"decision": "accept"})
        assert "do not hold the role" in str(found.value)
        with world.database.begin() as uow, pytest.raises((Forbidden, NotFound)):
            tasks.claim(uow, world.ctx, actor, free)


def test_what_is_still_claimed_goes_back_to_the_office_with_its_draft(world: World) -> None:
    case, task = world.written()
    stand(world, last=TODAY)
    deputy = now(world, "deputy")
    claim(world, deputy, task)
    with world.database.begin() as uow:
        tasks.save_draft(uow, world.ctx, deputy, task, {"decision": "reject"}, 2)
        uow.commit()
    world.clock.set(datetime(2026, 11, 25, 19, 0, tzinfo=UTC))
    assert run_due(world) >= 1
    assert assignee(world, task) == ""
    assert shown(world, now(world, "checker")) == [task]
    assert shown(world, now(world, "deputy")) == []
    assert told(world, "checker")[-1] == told(world, "deputy")[-1] == ("substitution_over", 1)
    with world.database.reading() as uow:
        found = uow.tasks.find(task)
        row = instances.history(uow, world.ctx, world["admin"], case)[0]
    assert found
    assert found[0].draft == {"decision": "reject"}
    assert (row.what, row.by, row.detail["reason"]) == (
        "released",
        "system",
        "The substitution is over",
    )
    claim(world, world["checker"], task)
    complete(world, world["checker"], task)


def test_what_is_the_substitutes_own_stays_on_her_desk(world: World) -> None:
    _, task = world.written()
    with world.database.begin() as uow:
        held = [CHECKER, OWN]
        accounts.set_memberships(uow, world.ctx, SYSTEM, world["deputy"].account, held)
        uow.commit()
    number = stand(world)
    claim(world, now(world, "deputy"), task)
    assert ended(world, number) == 0
    assert assignee(world, task) == world["deputy"].account


def test_ending_it_early_ends_it_at_once(world: World) -> None:
    _, task = world.written()
    number = stand(world)
    deputy = now(world, "deputy")
    claim(world, deputy, task)
    assert ended(world, number) == 1
    assert CHECKER not in now(world, "deputy").memberships
    with world.database.begin() as uow, pytest.raises(TaskTaken):
        tasks.complete(uow, world.ctx, deputy, task, {"decision": "accept"})
    with world.database.begin() as uow, pytest.raises(Conflict):
        substitutions.end(uow, world.ctx, world["head"], number)
    world.clock.advance(timedelta(days=4))
    assert told(world, "deputy")[-1] == ("substitution_over", 1)
    run_due(world)
    assert len(told(world, "deputy")) == 2, "the job of the last day was cancelled with it"
    stand(world, first=day(4), last=day(5))


def test_open_tasks_are_handed_over_on_the_first_day(world: World) -> None:
    _, task = world.written("N-1")
    _, other = world.written("N-2")
    claim(world, world["checker"], task)
    with world.database.reading() as uow:
        people = substitutions.colleagues(uow, world.ctx, world["head"], OFFICE)
    assert {one.name: one.open for one in people} == {"Checker": 1, "Deputy": 0, "Head": 0}
    stand(world, first=day(1), hand_over=True)
    assert run_due(world) == 0
    assert assignee(world, task) == world["checker"].account
    assert told(world, "deputy") == [("substitution_set", 0)]
    world.clock.advance(timedelta(hours=12))
    run_due(world)
    assert assignee(world, task) == world["deputy"].account
    assert assignee(world, other) == "", "nobody had claimed it"
    assert told(world, "deputy")[-1] == ("substitution_begun", 1)
    complete(world, now(world, "deputy"), task)


def test_a_substitution_that_begins_today_hands_over_at_once(world: World) -> None:
    case, task = world.written()
    claim(world, world["checker"], task)
    stand(world, hand_over=True)
    assert assignee(world, task) == world["deputy"].account
    with world.database.reading() as uow:
        row = instances.history(uow, world.ctx, world["admin"], case)[0]
    assert (row.what, row.who) == ("assigned", "Head")
    assert row.detail == {"from": "Checker", "to": "Deputy"}


def test_without_the_tick_nothing_moves_and_the_head_may_move_it_later(world: World) -> None:
    _, task = world.written()
    claim(world, world["checker"], task)
    deputy = world["deputy"].account
    with world.database.begin() as uow, pytest.raises(ValueRefused):
        tasks.assign(uow, world.ctx, world["head"], [task], deputy)
    stand(world)
    assert assignee(world, task) == world["checker"].account
    with world.database.begin() as uow:
        assert tasks.assign(uow, world.ctx, world["head"], [task], deputy) == 1
        uow.commit()


def test_news_of_the_role_reaches_both(world: World) -> None:
    stand(world)
    with world.database.begin() as uow:
        assert notifications.tell(uow, world.ctx, "late", candidates=[CHECKER]) == 2
        world.clock.advance(timedelta(days=4))
        assert notifications.tell(uow, world.ctx, "late", candidates=[CHECKER]) == 1


def test_a_role_that_was_taken_away_completes_nothing_either(world: World) -> None:
    _, task = world.written()
    claim(world, world["checker"], task)
    with world.database.begin() as uow:
        other = [OWN]
        accounts.set_memberships(uow, world.ctx, SYSTEM, world["checker"].account, other)
        uow.commit()
    with world.database.begin() as uow, pytest.raises(Conflict):
        tasks.complete(uow, world.ctx, now(world, "checker"), task, {"decision": "accept"})


# Who may set it, and what is refused.


def test_only_the_head_and_administrators_set_and_end_it(world: World) -> None:
    for login in ("checker", "deputy", "stranger"):
        with world.database.begin() as uow, pytest.raises(Forbidden):
            substitutions.create(uow, world.ctx, world[login], wish(world))
    number = stand(world, by="admin")
    for login in ("checker", "stranger"):
        with world.database.begin() as uow, pytest.raises(NotFound):
            substitutions.end(uow, world.ctx, world[login], number)
        with world.database.reading() as uow, pytest.raises(Forbidden):
            substitutions.list_open(uow, world.ctx, world[login], OFFICE)
    with world.database.reading() as uow:
        (mine,) = substitutions.list_open(uow, world.ctx, world["head"], OFFICE)
        (all_,) = substitutions.list_open(uow, world.ctx, world["admin"])
        with pytest.raises(Forbidden):
            substitutions.list_open(uow, world.ctx, world["head"])
    assert mine == all_
    assert (mine.absent_name, mine.substitute_name, mine.set_by) == ("Checker", "Deputy", "Admin")
    assert mine.running
    assert ended(world, number, by="admin") == 0


def test_a_head_in_anothers_place_sets_it_and_is_named_but_prolongs_nothing(world: World) -> None:
    stand(world, absent=world["head"].account)
    deputy = now(world, "deputy")
    with world.database.begin() as uow:
        other = wish(world, substitute=world["head"].account)
        substitutions.create(uow, world.ctx, deputy, other)
        longer = wish(world, absent=world["head"].account, first=day(3), last=day(9))
        with pytest.raises(FormRefused) as found:
            substitutions.create(uow, world.ctx, deputy, longer)
        uow.commit()
    assert set(found.value.errors) == {"absent"}
    with world.database.reading() as uow:
        row = next(one for one in audit.list_rows(uow) if one.act == "substitution.set")
    assert row.detail["in_place_of"] == world["head"].account


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"absent": ""}, "absent"),
        ({"absent": "unknown"}, "absent"),
        ({"substitute": ""}, "substitute"),
        ({"substitute": "\0"}, "substitute"),
        ({"first": None}, "first"),
        ({"first": day(-1)}, "first"),
        ({"first": day(367), "last": day(368)}, "first"),
        ({"last": None}, "last"),
        ({"first": day(2), "last": day(1)}, "last"),
        ({"last": day(366)}, "last"),
        ({"last": date.max}, "last"),
        ({"roles": ("writer",)}, "roles"),
    ],
)
def test_bad_input_is_refused_at_its_field(
    world: World, changes: dict[str, object], field: str
) -> None:
    assert set(refused(world, **changes)) == {field}


def test_a_year_is_not_too_long(world: World) -> None:
    stand(world, first=day(366), last=day(366 + 365))


def test_a_substitute_is_somebody_else_of_the_same_office(world: World) -> None:
    checker, foreign = world["checker"].account, world["writer"].account
    assert set(refused(world, substitute=checker)) == {"substitute"}
    assert set(refused(world, substitute=foreign)) == {"substitute"}
    assert set(refused(world, absent=foreign)) == {"absent"}
    with world.database.begin() as uow:
        accounts.set_active(uow, world.ctx, SYSTEM, world["deputy"].account, active=False)
        uow.commit()
    assert set(refused(world)) == {"substitute"}


@pytest.mark.parametrize(("first", "last"), [(0, 0), (2, 9), (-0, 9), (1, 1)])
def test_two_substitutes_for_the_same_role_and_day_are_refused(
    world: World, first: int, last: int
) -> None:
    stand(world)
    said = refused(world, substitute=world["head"].account, first=day(first), last=day(last))
    assert said == {"first": "From 25.11.2026 to 27.11.2026 Deputy substitutes this person already"}
    assert set(refused(world, first=day(first), last=day(last), roles=("checker",))) == {"first"}
    stand(world, substitute=world["head"].account, first=day(3), last=day(3))


def test_everything_wrong_is_said_at_once(world: World) -> None:
    wrong = refused(world, absent="", substitute="", first=None, last=None)
    assert set(wrong) == {"absent", "substitute", "first", "last"}


def test_an_unknown_organisation_is_not_found(world: World) -> None:
    with world.database.begin() as uow, pytest.raises(NotFound):
        substitutions.create(uow, world.ctx, world["admin"], wish(world, organisation="nowhere"))
    with world.database.reading() as uow:
        assert organisations.load(uow, OFFICE)
