"""Saved filters: a list's address under a name, for oneself, for an office's or for all admins.

Whoever made one may rename, share and delete it; an administrator of the whole installation may
delete any that is shared. What is shared says what is asked for, never what is found: everybody
sees her own cases behind it.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import parse_qsl, urlencode

from engine.errors import Conflict, Forbidden, FormRefused, NotFound
from engine.model.people import ADMIN, Actor
from engine.model.text import text
from engine.services import access, audit, search
from engine.services.cockpit.selecting import SHOWN
from engine.services.context import Context, UnitOfWork
from engine.store import new_id

#: Lists that can be kept.
LISTS = frozenset({"cases", "incidents", "jobs", "audit"})
#: Filters of one list that one person may keep; longest name and query, characters.
MOST, NAME, QUERY = 100, 100, 4000
#: Fields that name a person; an address carries them sealed.
_PERSONS = frozenset({"person", "q"})
#: What is not kept; incidents by their cause are a list of their own.
_LEFT = SHOWN - {"view"}


class Shared(Enum):
    """Who sees a saved filter."""

    MINE = "mine"
    #: Administrators at one office.
    OFFICE = "office"
    #: All administrators.
    ALL = "all"


@dataclass(frozen=True, kw_only=True)
class Saved:
    """A saved filter."""

    #: Its id.
    id: str
    #: What it is called.
    name: str
    #: What the list's address says.
    query: str
    #: Who sees it.
    shared: Shared
    #: Name of who made it; whether that is who looks.
    owner: str
    mine: bool
    #: Whether who looks may delete it.
    removable: bool
    #: Whether the list begins with it.
    start: bool


def cleaned(query: str) -> str:
    """Return a query in a lasting form, without what says only how the list is shown.

    Whom it names in clear, or what may be an IIN, is left out, too: it would stay in the database.
    """
    pairs = [(n, v) for n, v in parse_qsl(query[:QUERY].lstrip("?")) if n not in _LEFT and v]
    return urlencode([(n, v) for n, v in pairs if not _names_somebody(n, v)])


def _names_somebody(name: str, value: str) -> bool:
    if name in _PERSONS:
        return not search.is_sealed(value)
    return search.like_iin(value)


def offices(actor: Actor) -> frozenset[str]:
    """Return the offices with whose administrators she may share: where she is one."""
    return frozenset(one.organisation for one in actor.memberships if one.role == ADMIN)


def seen(uow: UnitOfWork, actor: Actor, name: str) -> tuple[Saved, ...]:
    """Return a list's filters that are hers or shared with her (admin), by name."""
    access.admin(actor)
    start = uow.savedfilters.start(actor.account, name)
    whole = access.reach(uow, actor) is None
    rows = uow.savedfilters.seen(name, actor.account, offices(actor))
    return tuple(
        Saved(
            id=row.id,
            name=row.name,
            query=row.query,
            shared=Shared(row.shared),
            owner=row.owner_name,
            mine=row.owner == actor.account,
            removable=row.owner == actor.account or whole,
            start=row.id == start,
        )
        for row in rows
    )


def save(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    *,
    list_: str,
    name: str,
    query: str,
    shared: Shared = Shared.MINE,
    office: str = "",
) -> str:
    """Keep a filter (admin); return its id. `FormRefused` for a name that is empty or taken."""
    access.admin(actor)
    if list_ not in LISTS:
        raise NotFound(text("There is no such list"))
    called = _name(uow, actor, list_, name)
    made = new_id(ctx.now())
    row = {
        "id": made,
        "list": list_,
        "name": called,
        "query": cleaned(query),
        "owner": actor.account,
        "created_at": ctx.now(),
        **_share(actor, shared, office),
    }
    uow.savedfilters.add(row)
    if shared is not Shared.MINE:
        audit.append(uow, ctx, actor, "filter.share", f"filter:{made}", {"with": shared.value})
    return made


def change(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    filter_id: str,
    *,
    name: str,
    shared: Shared,
    office: str = "",
) -> str:
    """Rename one's own, share it or not; return its list."""
    row = _own(uow, actor, filter_id)
    called = _name(uow, actor, row.list, name, but=filter_id)
    uow.savedfilters.change(filter_id, name=called, **_share(actor, shared, office))
    if shared.value != row.shared:
        audit.append(uow, ctx, actor, "filter.share", f"filter:{filter_id}", {"with": shared.value})
    return str(row.list)


def remove(uow: UnitOfWork, ctx: Context, actor: Actor, filter_id: str) -> str:
    """Delete one; return its list."""
    row = _visible(uow, actor, filter_id)
    if row.owner != actor.account:
        access.everywhere(uow, actor)
    uow.savedfilters.remove(filter_id)
    if row.shared != Shared.MINE.value:
        audit.append(uow, ctx, actor, "filter.remove", f"filter:{filter_id}")
    return str(row.list)


def begin_with(uow: UnitOfWork, actor: Actor, list_: str, filter_id: str) -> None:
    """Have her list begin with a filter; empty: with none."""
    access.admin(actor)
    if list_ not in LISTS or (filter_id and _visible(uow, actor, filter_id).list != list_):
        raise NotFound(text("There is no such list"))
    uow.savedfilters.begin_with(actor.account, list_, filter_id)


def start_of(uow: UnitOfWork, actor: Actor, list_: str) -> str:
    """Return the query with which her list begins; empty: with all."""
    return next((one.query for one in seen(uow, actor, list_) if one.start), "")


def _visible(uow: UnitOfWork, actor: Actor, filter_id: str) -> Any:
    access.admin(actor)
    row = uow.savedfilters.find(filter_id)
    hers = row is not None and (
        row.owner == actor.account or row.shared == "all" or row.organisation in offices(actor)
    )
    if not hers:
        raise NotFound(text("There is no such filter, or it is not shared with you"))
    return row


def _own(uow: UnitOfWork, actor: Actor, filter_id: str) -> Any:
    row = _visible(uow, actor, filter_id)
    if row.owner != actor.account:
        raise Forbidden(text("Only who made a filter may change it"))
    return row


def _name(uow: UnitOfWork, actor: Actor, list_: str, name: str, but: str = "") -> str:
    called = " ".join(name.split())[:NAME]
    own = [one for one in seen(uow, actor, list_) if one.mine and one.id != but]
    wrong = text("The filter cannot be kept like that")
    if not called:
        raise FormRefused(wrong, {"name": (text("Give it a name"),)})
    if any(one.name == called for one in own):
        raise FormRefused(wrong, {"name": (text("You have a filter of that name"),)})
    if len(own) >= MOST:
        raise Conflict(text("At most {most} filters of a list; delete one first", most=MOST))
    return called


def _share(actor: Actor, shared: Shared, office: str) -> dict[str, Any]:
    if shared is not Shared.OFFICE:
        return {"shared": shared.value, "organisation": None}
    if office not in offices(actor):
        wrong = text("The filter cannot be kept like that")
        said = text("You can share only with offices of which you are an administrator")
        raise FormRefused(wrong, {"office": (said,)})
    return {"shared": shared.value, "organisation": office}
