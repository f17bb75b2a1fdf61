"""Accounts, for administrators: who there is, what roles she holds where, and changing it.

What is found by an IIN is found by the blind index; the number itself is shown masked and stands in
no address. Two administrators who change one account at once are told apart by its stamp: the
second is refused, and looks again.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.errors import Conflict, Forbidden, FormRefused, ValueRefused
from engine.model.numbers import iin_problem
from engine.model.people import ADMIN, LANGUAGES, Actor, Candidate
from engine.model.text import Text, text
from engine.services import access, accounts, tasks
from engine.services.cockpit import stamps
from engine.services.context import Context, UnitOfWork
from engine.store.administered import Reach

#: Accounts on a page, and the most tasks that are counted or given back at once.
PAGE, MOST = 50, 500
#: Longest name and login.
LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class PeopleQuery:
    """What a list of accounts is narrowed to."""

    #: Part of a name or login, or an IIN.
    words: str = ""
    #: Office; empty: all.
    office: str = ""
    #: Role; empty: any.
    role: str = ""
    #: ``open``, ``closed`` or empty: both.
    state: str = ""
    #: How many to leave out: the pages before.
    skip: int = 0


@dataclass(frozen=True, kw_only=True)
class PersonRow:
    """An account in the list."""

    #: Account id.
    id: str
    #: Login.
    login: str
    #: Full name.
    name: str
    #: Whether it may sign in.
    active: bool
    #: Roles, each at an organisation.
    memberships: tuple[Candidate, ...]
    #: Open tasks that she has, at most `MOST`.
    open: int = 0


@dataclass(frozen=True, kw_only=True)
class PeoplePage:
    """A page of accounts."""

    #: By name.
    rows: tuple[PersonRow, ...]
    #: How many there are in all.
    total: int
    #: Whether the words were taken for an IIN.
    by_iin: bool = False


@dataclass(frozen=True, kw_only=True)
class PersonView:
    """An account as its page shows it."""

    #: Its row.
    row: PersonRow
    #: Language.
    language: str
    #: IIN; pages mask it. Empty: none is known.
    iin: str = field(repr=False)
    #: When it was made (UTC).
    created: datetime
    #: How many times all of its sessions were ended.
    sessions: int
    #: Open tasks that she has, by office.
    work: Mapping[str, int]
    #: Whether the one who looks may change it.
    changeable: bool
    #: State of what can be changed.
    stamp: str


@dataclass(frozen=True, kw_only=True)
class PersonWish:
    """What an account is to be."""

    #: Full name.
    name: str
    #: One of `LANGUAGES`.
    language: str
    #: Roles, each at an organisation.
    memberships: tuple[Candidate, ...]
    #: Login, of a new account.
    login: str = ""
    #: Password, of a new account.
    password: str = field(default="", repr=False)
    #: IIN, of a new account; may be empty.
    iin: str = field(default="", repr=False)
    #: Stamp of the state that was looked at, of an account that is there.
    stamp: str = ""


def find(uow: UnitOfWork, ctx: Context, actor: Actor, query: PeopleQuery) -> PeoplePage:
    """Return accounts in reach by name, a page of them (admin)."""
    access.admin(actor)
    words = "".join(query.words.split())
    by_iin = len(words) == 12 and words.isascii() and words.isdigit()
    wanted = frozenset(uow.accounts.by_iin(uow.keys.blind(words))) if by_iin else None
    reached = _in_reach(uow, access.reach(uow, actor), query.office)
    rows = [row for row in reached if _fits(row, query, wanted)]
    shown = rows[query.skip : query.skip + PAGE]
    load = uow.accounts.work_of([row.id for row in shown], MOST)
    return PeoplePage(
        rows=tuple(_row(row, row.memberships, load.get(row.id, 0)) for row in shown),
        total=len(rows),
        by_iin=by_iin,
    )


def _in_reach(uow: UnitOfWork, reach: Reach, office: str) -> Iterable[PersonRow]:
    """Yield the accounts with a role at one of the offices, by name.

    All of them are read, or those at one office if one is asked for: thousands at most, and SQLite
    does not know small letters from capital ones in Kazakh.
    """
    rows = uow.accounts.listed(office)
    held = (
        uow.accounts.memberships([row.id for row in rows])
        if office
        else uow.accounts.all_memberships()
    )
    for row in rows:
        roles = held.get(row.id, ())
        if reach is None or any(one.organisation in reach for one in roles):
            yield _row(row, roles)


def _row(row: Any, held: Iterable[Candidate], count: int = 0) -> PersonRow:
    return PersonRow(
        id=row.id,
        login=row.login,
        name=row.name,
        active=row.active,
        memberships=tuple(held),
        open=count,
    )


def _fits(row: PersonRow, query: PeopleQuery, wanted: frozenset[str] | None) -> bool:
    if query.state and row.active is not (query.state == "open"):
        return False
    roles = [one for one in row.memberships if query.office in {"", one.organisation}]
    if query.office and not roles:
        return False
    if query.role and not any(one.role == query.role for one in roles):
        return False
    if wanted is not None:
        return row.id in wanted
    whole = f"{row.name} {row.login}".casefold()
    return all(part in whole for part in query.words.casefold().split())


def load(uow: UnitOfWork, ctx: Context, actor: Actor, account_id: str) -> PersonView:
    """Return an account (admin); `NotFound` for one that has no role in reach."""
    access.admin(actor)
    found = uow.accounts.find(account_id)
    held = uow.accounts.memberships([account_id])[account_id]
    reach = access.reach(uow, actor)
    if found is None or not (reach is None or any(one.organisation in reach for one in held)):
        raise accounts.gone()
    work = _work(uow, account_id)
    return PersonView(
        row=_row(found, held, sum(work.values())),
        language=found.language,
        iin=found.iin,
        created=found.created_at,
        sessions=found.sessions,
        work=work,
        changeable=reach is None or not any(accounts.beyond(reach, one) for one in held),
        stamp=_stamp(found, held),
    )


def _work(uow: UnitOfWork, account_id: str) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for row in uow.accounts.tasks_of(account_id, MOST):
        found[row.organisation] = found.get(row.organisation, 0) + 1
    return found


def _stamp(found: Any, held: Iterable[Candidate]) -> str:
    said = [found.name, found.language, str(found.active), *sorted(map(str, held))]
    return stamps.of(said)


def create(uow: UnitOfWork, ctx: Context, actor: Actor, wish: PersonWish) -> str:
    """Make an account (admin); return its id. `FormRefused` with errors by field."""
    access.admin(actor)
    errors = _errors(uow, wish)
    if not wish.login.strip() or len(wish.login) > 100:
        errors["login"] = [text("Write the login")]
    elif uow.accounts.by_login(wish.login.strip().lower()):
        errors["login"] = [text("The login {login} is taken", login=wish.login.strip().lower())]
    if len(wish.password) < accounts.SHORTEST:
        short = text("A password has at least {count} characters", count=accounts.SHORTEST)
        errors["password"] = [short]
    problem = iin_problem(wish.iin) if wish.iin else None
    if problem is not None:
        errors["iin"] = [problem]
    _refuse(errors)
    with _at_roles(Forbidden):
        return accounts.create(
            uow,
            ctx,
            actor,
            login=wish.login,
            password=wish.password,
            name=wish.name.strip(),
            iin=wish.iin,
            language=wish.language,
            memberships=wish.memberships,
        )


@contextmanager
def _at_roles(*kinds: type[Forbidden | ValueRefused]) -> Iterator[None]:
    """Say at the field of the roles why they are refused: what was typed stays."""
    try:
        yield
    except kinds as refused:
        _refuse({"roles": [refused.text]})


def change(uow: UnitOfWork, ctx: Context, actor: Actor, account_id: str, wish: PersonWish) -> None:
    """Change name, language and roles (admin).

    `FormRefused` with errors by field; `Conflict` if somebody else changed the account meanwhile.
    """
    accounts.administered(uow, actor, account_id)
    # Before her own account: two who change each other's would wait for one another.
    uow.accounts.lock_holders(ADMIN)
    found = uow.accounts.lock(account_id)
    held = uow.accounts.memberships([account_id])[account_id]
    if found is None:
        raise accounts.gone()
    if _stamp(found, held) != wish.stamp:
        raise Conflict(text("Somebody else changed this account meanwhile; look again"))
    _refuse(_errors(uow, wish))
    if (found.name, found.language) != (wish.name.strip(), wish.language):
        accounts.rename(uow, ctx, actor, account_id, name=wish.name, language=wish.language)
    if set(held) != set(wish.memberships):
        with _at_roles(Forbidden, ValueRefused):
            accounts.set_memberships(uow, ctx, actor, account_id, wish.memberships)


def _errors(uow: UnitOfWork, wish: PersonWish) -> dict[str, list[Text]]:
    found: dict[str, list[Text]] = {}
    if not wish.name.strip() or len(wish.name) > LONGEST:
        found["name"] = [text("Write the full name")]
    if wish.language not in LANGUAGES:
        found["language"] = [text("Choose a language")]
    places = {one.organisation for one in wish.memberships}
    there = {row.code for row in uow.organisations.some(sorted(places))}
    if not all(one.role for one in wish.memberships) or places - there:
        found["roles"] = [text("Each role needs an office, and each office a role")]
    return found


def _refuse(errors: Mapping[str, list[Text]]) -> None:
    if errors:
        raise FormRefused(text("Please check the marked fields"), errors)


def close(uow: UnitOfWork, ctx: Context, actor: Actor, account_id: str, *, give_back: bool) -> int:
    """Close an account (admin); return how many of its tasks went back to the queues.

    Without `give_back` they stay with her, and nobody else can complete them until a head takes
    them back.
    """
    accounts.administered(uow, actor, account_id)
    back = 0
    while give_back and (rows := uow.accounts.tasks_of(account_id, MOST)):
        back += tasks.assign(uow, ctx, actor, [row.id for row in rows], None)
    accounts.set_active(uow, ctx, actor, account_id, active=False)
    return back
