"""Rights stand in two places, conditions of SQL and rules in Python: they must say the same."""

import random
from itertools import product

import pytest

from engine.errors import NotFound
from engine.model.people import ADMIN, SUPERVISOR, SYSTEM, Actor, Candidate
from engine.services import access, definitions, instances, tasks
from engine.services.views import Box, CaseQuery, InboxQuery
from tests.contract.diagrams import HEAD
from tests.contract.world import World

FILES = {
    "asked.bpmn": (
        HEAD
        + """
<process id="asked" name="Кім істейді" isExecutable="true">
 <startEvent id="begin"/>
 <sequenceFlow id="f1" sourceRef="begin" targetRef="work"/>
 <userTask id="work" name="Жұмыс" camunda:candidateGroups="${who}"/>
 <sequenceFlow id="f2" sourceRef="work" targetRef="done"/><endEvent id="done"/>
</process>
</definitions>"""
    ).encode()
}
OFFICES = ("office.a", "office.b")
ROLES = ("writer", "checker")


def some(dice: random.Random, roles: tuple[str, ...], most: int) -> list[Candidate]:
    every = [Candidate(role, office) for role, office in product(roles, OFFICES)]
    return dice.sample(every, dice.randint(0, most))


@pytest.fixture
def asked(world: World) -> World:
    with world.database.begin() as uow:
        definitions.deploy(uow, world.ctx, SYSTEM, FILES)
        uow.commit()
    dice = random.Random(7)
    for number in range(24):
        who = ",".join(map(str, some(dice, ROLES, 3)))
        world.start(f"R-{number}", "asked", who=who)
    return world


def people(world: World) -> list[Actor]:
    dice = random.Random(11)
    account = world["writer"].account
    found = [
        Actor(account=account, memberships=frozenset(some(dice, (*ROLES, SUPERVISOR), 4)))
        for _ in range(25)
    ]
    return [*found, Actor(account=account, memberships=frozenset({Candidate(ADMIN, "x")}))]


def test_the_inbox_shows_what_the_rules_say(asked: World) -> None:
    for actor in people(asked):
        with asked.database.reading() as uow:
            query = InboxQuery(box=Box.OFFICE, size=200)
            page = tasks.inbox(uow, asked.ctx, actor, query)
            shown = {row.task_id: row.may_claim for row in page.rows}
            expected = {}
            for row in uow.reachable.page(SYSTEM, process="asked", size=200):
                (task,) = uow.tasks.open_of(row.id)
                candidates = uow.tasks.candidates(task)
                headed = actor.organisations(SUPERVISOR)
                heads = any(one.organisation in headed for one in candidates)
                if heads or access.may_claim(actor, candidates):
                    expected[task.id] = access.may_claim(actor, candidates)
        assert shown == expected, actor.memberships
        assert page.counts.office == len(expected)


def test_a_case_is_visible_to_whom_its_task_is(asked: World) -> None:
    seen = 0
    for actor in people(asked):
        with asked.database.reading() as uow:
            listed = {row.id for row in uow.reachable.page(actor, process="asked", size=200)}
            for row in uow.reachable.page(SYSTEM, process="asked", size=200):
                (task,) = uow.tasks.open_of(row.id)
                visible = access.sees(uow, actor, task, uow.tasks.candidates(task))
                assert uow.reachable.is_visible(row.id, actor) is visible, actor.memberships
                assert (row.id in listed) is visible
                seen += visible
                if not visible:
                    with pytest.raises(NotFound):
                        instances.view(uow, asked.ctx, actor, row.id)
    assert 0 < seen < 24 * 26, "both answers must occur"


def test_nobody_is_everybody(asked: World) -> None:
    """An actor without account and roles (a session gone wrong) sees nothing."""
    nobody = Actor()
    with asked.database.reading() as uow:
        assert tasks.inbox(uow, asked.ctx, nobody, InboxQuery(box=Box.OFFICE)).rows == ()
        assert tasks.inbox(uow, asked.ctx, nobody, InboxQuery(box=Box.MINE)).rows == ()
        assert tasks.inbox(uow, asked.ctx, nobody, InboxQuery(box=Box.DONE)).rows == ()
        assert instances.find(uow, asked.ctx, nobody, CaseQuery()).rows == ()
        row = uow.reachable.page(SYSTEM, process="asked", size=1)[0]
        with pytest.raises(NotFound):
            instances.view(uow, asked.ctx, nobody, row.id)
        with pytest.raises(NotFound):
            tasks.look(uow, asked.ctx, nobody, uow.tasks.open_of(row.id)[0].id)
