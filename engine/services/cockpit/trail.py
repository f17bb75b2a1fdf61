"""The audit log as administrators read it: filtered, each entry in words, with what it was about.

Who administers a region reads what the people of its offices did, and everything about a case that
is hers; who looked at a person's data is a filter on the entries of looking. Nothing personal is in
the log itself: names come from the accounts and cases that an entry's ids lead to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.model.people import Actor
from engine.model.text import Text
from engine.services import access, search
from engine.services.cockpit import trailwords
from engine.services.cockpit.veiling import veiled, veiled_sentence
from engine.services.context import Context, UnitOfWork
from engine.store.administered import Reach
from engine.store.audit import LOOKS, Asked

#: Entries of a page.
SIZE = 50
#: How long after a batch was finished something of it may still be written down.
LATE = timedelta(hours=1)
#: Acts by which somebody saw data of people, or was not let.
LOOKING = frozenset({*LOOKS, "search.person"})


@dataclass(frozen=True, kw_only=True)
class Query:
    """What an administrator asks the log."""

    #: Login or a part of a name; empty: anybody.
    who: str = ""
    #: An act, or the first part of several with its dot (``case.``); empty: any.
    act: str = ""
    #: Case number, or a person's name or IIN, whose cases are meant; empty: any.
    words: str = ""
    #: A subject as the log writes it, ``setting:x``; empty: any.
    subject: str = ""
    #: Batch id; empty: any.
    batch: str = ""
    #: Whether only looks at data are wanted.
    looks: bool = False
    #: From when on, and up to when (UTC, exclusive); None: whenever.
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry of the log, in words."""

    #: Number, rising without gaps.
    number: int
    #: When.
    at: datetime
    #: ``person``, ``timer``, ``handler`` or ``system``.
    by: str
    #: Name of the person or machine; account id, empty for a machine.
    who: str
    account: str
    #: Name of the person in whose place it was done; empty: in nobody's.
    in_place_of: str
    #: What was done, as a sentence.
    said: Text
    #: The same as the log writes it.
    act: str
    subject: str
    #: Case it is about; empty: none.
    case: str
    #: Batch it is a part of; empty: none.
    batch: str
    #: What else is kept, name and value.
    detail: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of the log."""

    #: Entries, newest first.
    entries: tuple[Entry, ...]
    #: Number below which the next page begins; 0: there is none.
    before: int


def page(
    uow: UnitOfWork, ctx: Context, actor: Actor, query: Query, *, before: int = 0, size: int = SIZE
) -> Page:
    """Return a page of the log (admin); `Forbidden`, `NotFound` for a case that is not hers."""
    access.admin(actor)
    asked = _asked(uow, ctx, actor, query)
    rows = () if asked is None else uow.audit.search(asked, before=before, size=size)
    shown = rows[:size]
    return Page(
        entries=entries(uow, ctx, shown, access.reach(uow, actor)),
        before=shown[-1].number if len(rows) > size else 0,
    )


def acts(uow: UnitOfWork, actor: Actor) -> Sequence[str]:
    """Return every act in the log, by name (admin)."""
    access.admin(actor)
    return uow.audit.acts()


def _asked(uow: UnitOfWork, ctx: Context, actor: Actor, query: Query) -> Asked | None:
    """Return what the store is asked; None: nothing can fit."""
    subjects, within = _subjects(uow, ctx, actor, query)
    wanted = _acts(uow, query)
    # Where both are asked, the subject is what is looked for: it may be anybody's.
    actors = _actors(uow, actor, query, about_a_case=bool(query.words) and not query.subject)
    times = _times(uow, query)
    if times is None or (wanted is not None and not wanted):
        return None
    return Asked(
        subjects=subjects,
        within=within,
        acts=wanted or frozenset(),
        actors=actors,
        batch=query.batch,
        since=times[0],
        until=times[1],
    )


def _times(uow: UnitOfWork, query: Query) -> tuple[datetime | None, datetime | None] | None:
    """Return from when on, and up to when; None: there is no such batch."""
    if not query.batch:
        return query.since, query.until
    made = uow.trail.batch(query.batch)
    if made is None:
        return None
    over = made.finished_at and made.finished_at + LATE
    ends = [one for one in (query.until, over) if one]
    return max(query.since or made.made_at, made.made_at), min(ends, default=None)


def _acts(uow: UnitOfWork, query: Query) -> frozenset[str] | None:
    """Return the acts that are meant; None: any, empty: none there is."""
    if not query.act and not query.looks:
        return None
    if query.act and not query.act.endswith(".") and not query.looks:
        return frozenset({query.act})
    found = LOOKING if query.looks else frozenset(uow.audit.acts())
    if query.act.endswith("."):
        return frozenset(one for one in found if one.startswith(query.act))
    return frozenset(one for one in found if query.act in {"", one})


def _actors(
    uow: UnitOfWork, actor: Actor, query: Query, *, about_a_case: bool
) -> frozenset[str] | None:
    named = frozenset([query.who, *uow.trail.people(query.who)]) if query.who else None
    reach = uow.organisations.reach(actor)
    if reach is None or about_a_case:
        return named
    own = frozenset(uow.trail.staff(reach))
    return own if named is None else own & named


def _subjects(
    uow: UnitOfWork, ctx: Context, actor: Actor, query: Query
) -> tuple[frozenset[str] | None, frozenset[str]]:
    """Return the subjects that are meant (None: any), and ids that looks may name among others."""
    if query.subject:
        return frozenset({query.subject}), frozenset()
    if not query.words:
        return None, frozenset()
    keys = {query.words, *search.keys_of(uow, ctx, actor, query.words)}
    reach, cases = access.reach(uow, actor), uow.trail.numbered(keys)
    if reach is not None:
        cases = sorted(uow.reachable.worked_at(cases, reach))
    if not cases:
        return frozenset(), frozenset()
    parts = uow.trail.parts(cases)
    found = {f"{kind}:{one}" for kind, ids in parts.items() for one in ids}
    found |= {f"{kind}:{one}" for kind in ("case", "instance") for one in cases}
    looked = {f"instance:{one}" for one in cases[:20]}
    looked |= {f"{kind}:{one}" for kind in ("task", "document") for one in parts[kind][:50]}
    # A person has cases of other regions, too: their numbers are not hers to look for.
    own = keys & {row.business_key for row in uow.trail.cases(cases).values()}
    looked |= {f":{key}" for key in sorted(own)[:20]}
    return frozenset(found), frozenset(looked)


def entries(
    uow: UnitOfWork, ctx: Context, rows: Sequence[Any], reach: Reach = None
) -> tuple[Entry, ...]:
    """Return rows of the log in words; who looked for a case out of reach does not read of it."""
    names = trailwords.Names(uow, ctx, rows, reach)
    return tuple(_entry(row, names) for row in rows)


def about(uow: UnitOfWork, ctx: Context, actor: Actor, subject: str, size: int) -> Sequence[Entry]:
    """Return the newest entries of a subject that the caller has found to be hers (admin)."""
    access.admin(actor)
    rows = uow.audit.page(subject=subject, size=size)
    return entries(uow, ctx, rows, access.reach(uow, actor))


def _entry(row: Any, names: trailwords.Names) -> Entry:
    # What was typed into an address is in the log as it was typed.
    person = row.actor_kind == "person"
    stead = str(row.detail.get("in_place_of", ""))
    return Entry(
        number=row.number,
        at=row.at,
        by=row.actor_kind,
        who=names.account(row.actor) if person else row.actor,
        account=row.actor if person else "",
        in_place_of=names.account(stead) if stead else "",
        said=veiled_sentence(trailwords.said(row, names)),
        act=row.act,
        subject=veiled(row.subject),
        case=names.case_of(row.subject),
        batch=str(row.detail.get("batch", "")),
        detail=tuple((name, veiled(value)) for name, value in trailwords.rest(row)),
    )
