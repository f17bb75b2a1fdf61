"""A file in two versions: deployed, saved, typed, as it stood in any deployment."""

import pytest

from engine.errors import NotFound
from engine.model.differences import Kind
from engine.model.people import ANALYST, SYSTEM, Actor, Candidate
from engine.services import accounts, definitions, signing_in
from engine.services.workshop import branches, sides
from engine.services.workshop.branches import MAIN
from engine.services.workshop.sides import BRANCH, DEPLOYED, MINE, Comparison, Side
from tests.contract.diagrams import FILES, TWO_OFFICES
from tests.contract.world import World

NAME = "letters.bpmn"


def named(words: str) -> bytes:
    return TWO_OFFICES.replace("Жазу".encode(), words.encode())


@pytest.fixture
def ann(world: World) -> Actor:
    with world.database.begin() as uow:
        made = accounts.create(
            uow,
            world.ctx,
            SYSTEM,
            login="ann",
            password="correct horse",
            name="Ann",
            iin="850312300012",
            memberships=[Candidate(ANALYST, "office.a")],
        )
        uow.commit()
    with world.database.reading() as uow:
        return signing_in.load(uow, made)


def deployed(world: World, **files: bytes) -> str:
    """Deploy the world's files with some of them changed."""
    given = {**FILES, **{f"{name}.bpmn": content for name, content in files.items()}}
    with world.database.begin() as uow:
        found = definitions.deploy(uow, world.ctx, SYSTEM, given, "")
        uow.commit()
    return found


def compared(world: World, actor: Actor, old: str, new: str, name: str = NAME) -> Comparison:
    with world.database.reading() as uow:
        return sides.compare(uow, actor, MAIN, name, old, new)


def side(world: World, actor: Actor, key: str, name: str = NAME) -> Side:
    with world.database.reading() as uow:
        return sides.side(uow, actor, MAIN, name, key)


def test_deployed_saved_and_typed_are_three_versions(world: World, ann: Actor) -> None:
    deployed(world, letters=TWO_OFFICES)
    with world.database.begin() as uow:
        branches.save(uow, world.ctx, ann, MAIN, NAME, named("Сақталған"), base=0)
        branches.keep(uow, world.ctx, ann, MAIN, NAME, named("Терілген"), base=1)
        uow.commit()
    (change,) = compared(world, ann, DEPLOYED, BRANCH).difference.changes
    assert change.kind is Kind.CHANGED
    assert change.attributes[0].new == "Сақталған"
    found = compared(world, ann, BRANCH, MINE)
    (change,) = found.difference.changes
    assert (change.attributes[0].old, change.attributes[0].new) == ("Сақталған", "Терілген")
    assert (found.new.by, found.old.by) == ("Ann", "Ann")


def test_without_a_working_copy_mine_is_what_the_branch_has(world: World, ann: Actor) -> None:
    deployed(world, letters=TWO_OFFICES)
    assert side(world, ann, MINE).content == TWO_OFFICES
    assert not compared(world, ann, DEPLOYED, MINE).difference


def test_a_file_is_shown_as_it_stood_when_a_deployment_was_made(world: World, ann: Actor) -> None:
    first = deployed(world, letters=named("Бірінші"))
    second = deployed(world, letters=named("Бірінші"), more=named("x").replace(b"letters", b"more"))
    third = deployed(world, letters=named("Үшінші"))
    held = [side(world, ann, one).content for one in (first, second, third)]
    assert held == [named("Бірінші"), named("Бірінші"), named("Үшінші")]
    assert side(world, ann, first, "more.bpmn").content is None
    (change,) = compared(world, ann, second, third).difference.changes
    assert change.attributes[0].old == "Бірінші"
    with world.database.reading() as uow:
        known = [one.key for one in sides.history(uow, NAME)]
    assert known[:2] == [third, first]
    assert second not in known


def test_a_new_file_differs_in_everything(world: World, ann: Actor) -> None:
    with world.database.begin() as uow:
        branches.save(uow, world.ctx, ann, MAIN, "new.bpmn", TWO_OFFICES, base=0)
        uow.commit()
    found = compared(world, ann, DEPLOYED, BRANCH, "new.bpmn")
    assert found.old.content is None
    assert {one.kind for one in found.difference.changes if one.element} == {Kind.ADDED}


def test_what_cannot_be_read_is_said_with_its_line(world: World, ann: Actor) -> None:
    deployed(world, letters=TWO_OFFICES)
    with world.database.begin() as uow:
        branches.keep(uow, world.ctx, ann, MAIN, NAME, b"<a>\n<b>", base=0)
        uow.commit()
    found = compared(world, ann, DEPLOYED, MINE)
    assert found.problem is not None
    assert "Line 2" in str(found.problem)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (NAME, DEPLOYED, "0" * 32),
        ("nothing.bpmn", DEPLOYED, BRANCH),
        ("letters.txt", DEPLOYED, BRANCH),
        (NAME, "' OR 1=1", BRANCH),
    ],
)
def test_what_there_is_not_is_not_found(
    world: World, ann: Actor, name: str, old: str, new: str
) -> None:
    deployed(world, letters=TWO_OFFICES)
    with pytest.raises(NotFound):
        compared(world, ann, old, new, name)
