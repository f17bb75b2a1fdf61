"""Who may sign in, with which roles."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.errors import Conflict, Forbidden, NotFound, ValueRefused
from engine.model.people import ADMIN, ANALYST, LANGUAGES, Actor, Candidate
from engine.model.text import text
from engine.services import access, audit
from engine.services.context import Context, UnitOfWork
from engine.services.views import AccountView
from engine.store import new_id

#: Shortest password.
SHORTEST = 8

_hasher = PasswordHasher()


@cache
def _decoy() -> str:
    """Return a hash that no password fits: unknown logins cost as long as wrong passwords."""
    return _hasher.hash("no one has this password")


def _hashed(password: str) -> str:
    if len(password) < SHORTEST:
        raise ValueRefused(text("A password has at least {count} characters", count=SHORTEST))
    return _hasher.hash(password)


def fits(hashed: str | None, password: str) -> bool:
    """Tell whether a password made a hash; None: no hash, which takes as long. About 50 ms."""
    try:
        _hasher.verify(_decoy() if hashed is None else hashed, password)
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A password that was hashed once for many accounts: a demo's, which everybody knows."""

    #: The hash.
    hashed: str = field(repr=False)


def prepare(password: str) -> Prepared:
    """Hash a password that many accounts will share; `ValueRefused` under 8 characters.

    A hash takes a tenth of a second on purpose, so a demo's 130 accounts would take as long as all
    of its cases. For a secret nobody else may know, hand `create` the password itself: its hash
    must be its own.
    """
    return Prepared(hashed=_hashed(password))


def create(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    *,
    login: str,
    password: str | Prepared,
    name: str,
    iin: str = "",
    language: str = "kk",
    memberships: Iterable[Candidate] = (),
) -> str:
    """Create an account; return its id.

    `ValueRefused`: login taken or empty, password under 8 characters, unknown language or
    organisation. `Forbidden` for a person who is no administrator, or for roles out of her reach.
    """
    _only_admins(actor)
    held = tuple(memberships)
    _refuse_beyond(uow, actor, (), held)
    login = login.strip().lower()
    if not login or language not in LANGUAGES:
        raise ValueRefused(text("An account needs a login, and a language out of kk, ru, en"))
    if uow.accounts.by_login(login):
        raise ValueRefused(text("The login {login} is taken", login=login))
    found = new_id(ctx.now())
    row = {
        "id": found,
        "login": login,
        "password": password.hashed if isinstance(password, Prepared) else _hashed(password),
        "name": name,
        "iin": iin,
        "iin_index": uow.keys.blind(iin) if iin else "",
        "language": language,
        "active": True,
        "created_at": ctx.now(),
    }
    uow.accounts.add(row)
    _join(uow, found, held)
    audit.append(uow, ctx, actor, "account.create", f"account:{found}")
    return found


def _only_admins(actor: Actor) -> None:
    if not access.is_machine(actor) and not actor.holds(ADMIN):
        raise Forbidden(text("Only an administrator may change accounts"))


def administered(uow: UnitOfWork, actor: Actor, account_id: str) -> None:
    """Refuse who may not change an account: she must administer every office its roles are at.

    `Forbidden` for no administrator, and for an account that works elsewhere too, or is an
    analyst's: whoever gave it a password could sign in by it. `NotFound` for one of which no role
    is in her reach.
    """
    _only_admins(actor)
    known = access.reach(uow, actor)
    if known is None:
        return
    held = uow.accounts.memberships([account_id])[account_id]
    if not any(one.organisation in known for one in held):
        raise gone()
    if any(beyond(known, one) for one in held):
        raise Forbidden(
            text("This person’s roles reach beyond your region: the Ministry changes that")
        )


def beyond(known: Collection[str], role: Candidate) -> bool:
    """Tell whether a role is more than an administrator of these offices may give and take.

    An analyst's diagrams run in the whole country.
    """
    return role.organisation not in known or role.role == ANALYST


def gone() -> NotFound:
    """Return the error for an account that is not there, or of another region."""
    return NotFound(text("There is no such account any more"))


def _refuse_beyond(
    uow: UnitOfWork, actor: Actor, before: Collection[Candidate], after: Collection[Candidate]
) -> None:
    """Let an administrator of a region give and take roles there only, and not the analyst's."""
    known = access.reach(uow, actor)
    if known is None:
        return
    changed = set(before) ^ set(after)
    if any(beyond(known, one) for one in changed) or not after:
        raise Forbidden(text("You give and take roles at the offices of your region only"))


def _refuse_last(
    actor: Actor, account_id: str, before: Collection[Candidate], after: Collection[Candidate]
) -> None:
    had, has = (any(one.role == ADMIN for one in held) for held in (before, after))
    if had and not has and actor.account == account_id:
        raise ValueRefused(text("You cannot take away your own last role of an administrator"))


def _administrators(uow: UnitOfWork) -> int:
    """Hold who administers the installation until the commit; return how many there are."""
    uow.accounts.lock_holders(ADMIN)
    return uow.accounts.administrators()


def _refuse_without_any(uow: UnitOfWork, actor: Actor, before: int) -> None:
    """Refuse what a person did if nobody is left who administers the whole installation."""
    if before and not access.is_machine(actor) and not uow.accounts.administrators():
        raise ValueRefused(text("Somebody must be left who administers the whole installation"))


def _join(uow: UnitOfWork, account_id: str, memberships: Iterable[Candidate]) -> None:
    try:
        uow.accounts.set_memberships(account_id, memberships)
    except Conflict as problem:
        raise ValueRefused(text("A role names an organisation that does not exist")) from problem


def end_sessions_of(uow: UnitOfWork, ctx: Context, actor: Actor, account_id: str) -> None:
    """End all sessions of somebody else (admin): a telephone was lost."""
    administered(uow, actor, account_id)
    uow.accounts.end_sessions(account_id)
    audit.append(uow, ctx, actor, "account.sessions", f"account:{account_id}")


def rename(
    uow: UnitOfWork, ctx: Context, actor: Actor, account_id: str, *, name: str, language: str
) -> None:
    """Change what somebody is called, and her language (admin); `ValueRefused`."""
    administered(uow, actor, account_id)
    if not name.strip() or language not in LANGUAGES:
        raise ValueRefused(text("A person has a name, and a language out of kk, ru, en"))
    _change(uow, account_id, name=name.strip(), language=language)
    audit.append(uow, ctx, actor, "account.change", f"account:{account_id}")


def list_accounts(uow: UnitOfWork) -> tuple[AccountView, ...]:
    """Return all accounts by name."""
    rows = uow.accounts.all()
    held = uow.accounts.memberships([row.id for row in rows])
    return tuple(
        AccountView(
            id=row.id,
            login=row.login,
            name=row.name,
            language=row.language,
            active=row.active,
            memberships=tuple(held[row.id]),
        )
        for row in rows
    )


def set_language(uow: UnitOfWork, actor: Actor, language: str) -> None:
    """Keep the language a person chose; `ValueRefused`."""
    if language not in LANGUAGES:
        raise ValueRefused(text("The languages are kk, ru and en"))
    uow.accounts.change(actor.account, language=language)


def set_password(
    uow: UnitOfWork, ctx: Context, actor: Actor, account_id: str, password: str
) -> None:
    """Change a password: one's own, or any as admin; otherwise `Forbidden`."""
    if actor.account != account_id:
        administered(uow, actor, account_id)
    _change(uow, account_id, password=_hashed(password))
    uow.accounts.end_sessions(account_id)
    audit.append(uow, ctx, actor, "account.password", f"account:{account_id}")


def set_active(
    uow: UnitOfWork, ctx: Context, actor: Actor, account_id: str, *, active: bool
) -> None:
    """Open or close an account (admin); `ValueRefused` for one's own."""
    administered(uow, actor, account_id)
    if not active and actor.account == account_id:
        raise ValueRefused(text("You cannot close your own account"))
    there = _administrators(uow)
    _change(uow, account_id, active=active)
    _refuse_without_any(uow, actor, there)
    audit.append(uow, ctx, actor, "account.active", f"account:{account_id}", {"active": active})


def _change(uow: UnitOfWork, account_id: str, **values: object) -> None:
    if not uow.accounts.change(account_id, **values):
        raise gone()


def set_memberships(
    uow: UnitOfWork, ctx: Context, actor: Actor, account_id: str, memberships: Iterable[Candidate]
) -> None:
    """Replace the roles of an account (admin).

    `ValueRefused` for one's own last role of an administrator, and for the last one there is.
    """
    administered(uow, actor, account_id)
    there = _administrators(uow)
    held, before = sorted(set(memberships)), uow.accounts.memberships([account_id])[account_id]
    _refuse_beyond(uow, actor, before, held)
    _refuse_last(actor, account_id, before, held)
    _join(uow, account_id, held)
    _refuse_without_any(uow, actor, there)
    detail = {"roles": [str(one) for one in held]}
    audit.append(uow, ctx, actor, "account.memberships", f"account:{account_id}", detail)
