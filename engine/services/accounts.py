"""Who may sign in, with which roles."""

from collections.abc import Iterable

from engine.model.people import Actor, Candidate
from engine.services.context import Context, UnitOfWork
from engine.services.views import AccountView


def create(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    *,
    login: str,
    password: str,
    name: str,
    iin: str = "",
    language: str = "kk",
    memberships: Iterable[Candidate] = (),
) -> str:
    """Create an account; return its id. `ValueRefused`: login taken, password under 8 characters."""
    raise NotImplementedError


def authenticate(uow: UnitOfWork, ctx: Context, login: str, password: str) -> Actor:
    """Return who signs in; `Forbidden` alike for unknown, inactive and wrong, in the same time."""
    raise NotImplementedError


def load(uow: UnitOfWork, account_id: str) -> Actor:
    """Return the actor of a session; `NotFound` if gone or inactive."""
    raise NotImplementedError


def list_accounts(uow: UnitOfWork, organisation: str = "") -> tuple[AccountView, ...]:
    """Return accounts by name, of one organisation or of all."""
    raise NotImplementedError


def set_language(uow: UnitOfWork, actor: Actor, language: str) -> None:
    """Keep the language a person chose; `ValueRefused`."""
    raise NotImplementedError


def set_password(
    uow: UnitOfWork, ctx: Context, actor: Actor, account_id: str, password: str
) -> None:
    """Change a password: one's own, or any as admin; otherwise `Forbidden`."""
    raise NotImplementedError


def set_memberships(
    uow: UnitOfWork, ctx: Context, actor: Actor, account_id: str, memberships: Iterable[Candidate]
) -> None:
    """Replace the roles of an account (admin)."""
    raise NotImplementedError
