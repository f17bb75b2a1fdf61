"""Branches: what is saved lies over what is deployed; nobody overwrites anybody."""

import threading
from datetime import timedelta

import pytest

from engine.errors import Forbidden, NotFound, Refused, SavedMeanwhile
from engine.model.people import ANALYST, SYSTEM, Actor, Candidate
from engine.services import accounts, definitions, signing_in
from engine.services.workshop import branches
from engine.services.workshop.branches import MAIN
from engine.services.workshop.comparing import normal
from engine.services.workshop.views import FileState, FileView, Kept
from tests.contract.diagrams import FILES, TWO_OFFICES
from tests.contract.world import World

NAME = "letters.bpmn"
#: As they are kept.
OTHER = normal(NAME, TWO_OFFICES.replace("Жазу".encode(), "Жаңаша".encode()))
THIRD = normal(NAME, TWO_OFFICES.replace("Жазу".encode(), "Басқаша".encode()))


def person(world: World, login: str) -> Actor:
    with world.database.begin() as uow:
        made = accounts.create(
            uow,
            world.ctx,
            SYSTEM,
            login=login,
            password="correct horse",
            name=login.title(),
            iin="850312300012",
            memberships=[Candidate(ANALYST, "office.a")],
        )
        uow.commit()
    with world.database.reading() as uow:
        return signing_in.load(uow, made)


@pytest.fixture
def ann(world: World) -> Actor:
    return person(world, "ann")


@pytest.fixture
def bea(world: World) -> Actor:
    return person(world, "bea")


def save(
    world: World, actor: Actor, content: bytes, base: int, name: str = NAME, branch: str = MAIN
) -> FileView:
    with world.database.begin() as uow:
        done = branches.save(uow, world.ctx, actor, branch, name, content, base=base)
        uow.commit()
    return done


def keep(world: World, actor: Actor, content: bytes | None, base: int, element: str = "") -> Kept:
    with world.database.begin() as uow:
        done = branches.keep(uow, world.ctx, actor, MAIN, NAME, content, base=base, element=element)
        uow.commit()
    return done


def deploy(world: World, files: dict[str, bytes]) -> str:
    with world.database.begin() as uow:
        made = definitions.deploy(uow, world.ctx, SYSTEM, files)
        uow.commit()
    return made


def look(world: World, name: str = NAME) -> FileView:
    with world.database.reading() as uow:
        return branches.file(uow, MAIN, name)


def test_a_branch_begins_as_what_is_deployed(world: World) -> None:
    with world.database.reading() as uow:
        assert branches.files(uow, MAIN) == FILES
        assert branches.deployed_files(uow) == FILES
        assert {one.state for one in branches.list_files(uow, MAIN)} == {FileState.SAME}
    assert look(world).revision == 0


def test_what_is_saved_lies_over_it(world: World, ann: Actor) -> None:
    saved = save(world, ann, OTHER, 0)
    assert (saved.revision, saved.state, saved.saved_by) == (1, FileState.CHANGED, "Ann")
    with world.database.reading() as uow:
        assert branches.files(uow, MAIN) == {**FILES, NAME: OTHER}
        assert branches.deployed_files(uow) == FILES


def test_the_second_to_save_is_told_and_nothing_is_lost(
    world: World, ann: Actor, bea: Actor
) -> None:
    save(world, ann, OTHER, 0)
    keep(world, bea, THIRD, 0)
    with pytest.raises(SavedMeanwhile) as refused:
        save(world, bea, THIRD, 0)
    told = refused.value
    assert (told.revision, told.content, told.by) == (1, OTHER, "Ann")
    with world.database.reading() as uow:
        assert branches.working(uow, bea, MAIN, NAME) == THIRD
        assert branches.working(uow, ann, MAIN, NAME) is None
    assert save(world, bea, THIRD, 1).revision == 2


def test_the_same_text_sent_twice_is_saved_once(world: World, ann: Actor) -> None:
    assert save(world, ann, OTHER, 0).revision == 1
    assert save(world, ann, OTHER, 0).revision == 1


def test_typing_is_kept_and_nobody_elses_business(world: World, ann: Actor, bea: Actor) -> None:
    keep(world, ann, b"<defin", 0, "check")
    told = keep(world, bea, None, 0)
    assert [(one.name, one.element) for one in told.others] == [("Ann", "check")]
    with world.database.reading() as uow:
        assert branches.working(uow, ann, MAIN, NAME) == b"<defin"
        assert branches.working(uow, bea, MAIN, NAME) is None
        assert branches.files(uow, MAIN)[NAME] == TWO_OFFICES
        assert branches.mine(uow, ann, MAIN)[NAME] == b"<defin"


def test_looking_again_throws_nothing_away(world: World, ann: Actor) -> None:
    keep(world, ann, OTHER, 0)
    keep(world, ann, None, 0)
    with world.database.reading() as uow:
        assert branches.working(uow, ann, MAIN, NAME) == OTHER


def test_whoever_is_silent_for_half_a_minute_is_gone(world: World, ann: Actor, bea: Actor) -> None:
    keep(world, ann, None, 0)
    world.clock.advance(timedelta(seconds=29))
    assert keep(world, bea, None, 0).others
    world.clock.advance(timedelta(seconds=2))
    assert not keep(world, bea, None, 0).others


def test_a_branch_follows_what_it_does_not_change(world: World, ann: Actor) -> None:
    save(world, ann, OTHER, 0)
    deploy(world, {**FILES, NAME: OTHER})
    assert look(world).state is FileState.SAME
    deploy(world, {**FILES, NAME: THIRD})
    assert look(world).content == THIRD
    assert look(world).state is FileState.SAME


def test_two_lines_of_work_are_told_of(world: World, ann: Actor) -> None:
    save(world, ann, OTHER, 0)
    deploy(world, {**FILES, NAME: THIRD})
    seen = look(world)
    assert (seen.content, seen.state, seen.stale) == (OTHER, FileState.CHANGED, True)


def test_a_copy_remembers_what_was_deployed_when_it_began(world: World, ann: Actor) -> None:
    keep(world, ann, OTHER, 0)
    deploy(world, {**FILES, NAME: THIRD})
    assert save(world, ann, OTHER, 0).stale


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (NAME, b"<definitions"),
        (NAME, b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"),
        (NAME, b"<x/>"),
        ("a.dmn", b"<x/>"),
        ("a.json", b"{"),
        ("a.json", b"[1]"),
        ("a.txt", b"x"),
        ("../a.bpmn", TWO_OFFICES),
        ("/etc/a.bpmn", TWO_OFFICES),
        ("a b.bpmn", TWO_OFFICES),
        (NAME, b" " * (5 * 1024 * 1024 + 1)),
    ],
)
def test_what_cannot_be_read_is_not_saved(
    world: World, ann: Actor, name: str, content: bytes
) -> None:
    with pytest.raises(Refused):
        save(world, ann, content, 0, name)
    with world.database.reading() as uow:
        assert branches.files(uow, MAIN) == FILES


def test_others_may_not(world: World) -> None:
    with pytest.raises(Forbidden):
        save(world, world["writer"], OTHER, 0)
    with pytest.raises(Forbidden):
        keep(world, world["writer"], OTHER, 0)


def test_unknown_ones_do_not_exist(world: World, ann: Actor) -> None:
    with pytest.raises(NotFound):
        save(world, ann, OTHER, 0, branch="none")
    with pytest.raises(NotFound):
        look(world, "none.bpmn")


def test_of_two_who_save_at_once_one_is_told(world: World, ann: Actor, bea: Actor) -> None:
    gate = threading.Barrier(2)
    said: list[str] = []

    def one(actor: Actor, content: bytes) -> None:
        gate.wait()
        try:
            save(world, actor, content, 0)
            said.append("saved")
        except SavedMeanwhile as refused:
            said.append(f"told of {refused.revision}")

    threads = [threading.Thread(target=one, args=pair) for pair in ((ann, OTHER), (bea, THIRD))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["saved", "told of 1"]
    assert look(world).revision == 1
