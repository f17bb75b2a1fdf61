"""Signing in, who the person of a session is, and the end of her sessions."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from engine.errors import Forbidden, NotFound
from engine.model.people import Actor, Candidate, StandIn
from engine.model.substitution import local_day
from engine.model.text import text
from engine.services import accounts, audit
from engine.services.context import Context, UnitOfWork


def authenticate(uow: UnitOfWork, ctx: Context, login: str, password: str) -> Actor:
    """Return who signs in; `Forbidden` alike for unknown, inactive and wrong, in the same time.

    About 50 ms of hashing: limit the rate before calling.
    """
    row = uow.accounts.by_login(login.strip().lower())
    fits = accounts.fits(row.password if row else None, password)
    if row is None or not fits or not row.active:
        raise Forbidden(text("Login or password is wrong"))
    return _actor(row, *uow.substitutions.held(row.id, local_day(ctx.now())))


def _actor(row: Any, own: Iterable[Candidate], places: Iterable[StandIn]) -> Actor:
    """Return an account's actor, with her own roles and the places she holds."""
    standing_in = frozenset(places)
    return Actor(
        account=row.id,
        name=row.name,
        memberships=frozenset(own) | {one.candidate for one in standing_in},
        language=row.language,
        standing_in=standing_in,
    )


def load(
    uow: UnitOfWork,
    account_id: str,
    session: int | None = None,
    *,
    at: datetime | None = None,
) -> Actor:
    """Return the actor of a session; `NotFound` if gone or inactive, or the session was ended.

    `session`: what `session_of` said at signing in; None: do not look at it. `at`: the present
    moment by the engine's clock, on whose local day people are substituted; None: only her own
    roles. With a moment it is one statement, which may be sent alone (`Database.glance`).
    """
    row, own, places = _found(uow, account_id, at)
    if row is None or not row.active or session not in {None, row.sessions}:
        raise NotFound(text("There is no such account any more"))
    return _actor(row, own, places)


def _found(
    uow: UnitOfWork, account_id: str, at: datetime | None
) -> tuple[Any, Iterable[Candidate], Iterable[StandIn]]:
    """Return an account, its own roles and those held in somebody's place; None: no account."""
    if at is None:
        return uow.accounts.find(account_id), uow.accounts.memberships([account_id])[account_id], ()
    found = uow.substitutions.person(account_id, local_day(at))
    return (None, (), ()) if found is None else (found[0], *found[1])


def session_of(uow: UnitOfWork, actor: Actor) -> int:
    """Return the number that a new session of this person carries."""
    row = uow.accounts.find(actor.account)
    return row.sessions if row else 0


def end_sessions(uow: UnitOfWork, ctx: Context, actor: Actor) -> None:
    """End all sessions of a person, also those whose cookies somebody copied."""
    uow.accounts.end_sessions(actor.account)
    audit.append(uow, ctx, actor, "account.sign_out", f"account:{actor.account}")
