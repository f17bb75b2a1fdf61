"""What administrators do, as their pages do it."""

from typing import Any

from engine.model.people import ADMIN, SYSTEM, Actor, Candidate
from engine.services import accounts, signing_in
from engine.services.cockpit import catalogue, operations
from engine.services.cockpit.operations import Done, Preview, Subject, Wish
from tests.concurrency.jobs_world import World

#: Hashed once for all trials.
PASSWORD = accounts.prepare("a long password")


def admin_of(world: World, login: str = "root", office: str = "office") -> Actor:
    with world.database.begin() as uow:
        account = accounts.create(
            uow,
            world.ctx,
            SYSTEM,
            login=login,
            password=PASSWORD,
            name=login.title(),
            memberships=[Candidate(ADMIN, office)],
        )
        uow.commit()
    with world.database.reading() as uow:
        return signing_in.load(uow, account)


def act(world: World, actor: Actor, kind: Subject, name: str, subject: str, **more: Any) -> Done:
    """Do it as the page does: read what was typed, perform, commit."""
    operation = catalogue.operation(kind, name)
    typed = {key: str(value) for key, value in more.pop("typed", {}).items()}
    wish = Wish(
        subject=subject,
        params=operation.read(typed),
        reason=more.get("reason", "registry is back"),
        stamp=more.get("stamp", ""),
    )
    with world.database.begin() as uow:
        done = operations.perform(uow, world.ctx, actor, operation, wish)
        uow.commit()
    return done


def seen(
    world: World, actor: Actor, kind: Subject, name: str, subject: str, **typed: Any
) -> Preview:
    operation = catalogue.operation(kind, name)
    params = operation.read({key: str(value) for key, value in typed.items()}) if typed else {}
    with world.database.reading() as uow:
        wish = Wish(subject=subject, params=params)
        return operations.look(uow, world.ctx, actor, operation, wish)
