"""What a list of tasks is asked for: the filter, the statement's shape, the parameters' values.

A statement is put together once for each *shape*: how many roles, which filters, which order. The
values asked for are its parameters. Somebody with sixty roles waited longer for a statement to be
written than for the database to answer it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    String,
    TableValuedAlias,
    any_,
    bindparam,
    func,
)

from engine.model.people import SUPERVISOR, Actor
from engine.store.tables import user_task

#: Before a `%`, a `_` or itself in what a case number is compared with.
ESCAPE = "/"


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What a list is narrowed to."""

    #: Whose work: my own, my office's, what I completed.
    mine: bool = False
    #: Open work of my roles.
    office: bool = False
    #: Completed by me.
    done: bool = False
    #: Process key.
    process: str = ""
    #: Element id.
    element: str = ""
    #: Organisation that has the work; empty: all.
    organisation: str = ""
    #: Only unclaimed.
    free: bool = False
    #: Deadline not before this moment.
    due_from: datetime | None = None
    #: Deadline before this moment.
    due_before: datetime | None = None
    #: Part of a case number.
    words: str = ""
    #: Case numbers that were found otherwise.
    keys: Sequence[str] = field(default_factory=tuple)
    #: Sorted by arrival, newest first, instead of by deadline.
    newest: bool = False


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a statement's text depends on; everything else is a parameter."""

    #: As in `Filter`.
    mine: bool
    office: bool
    done: bool
    newest: bool
    #: The filters that are set, by name.
    narrowed: frozenset[str]
    #: How many organisations the person heads, and how many roles she holds at others.
    headed: int
    held: int
    #: Whether the page begins after a place.
    further: bool = False
    #: What its parameters' names begin with, where several stand in one statement.
    prefix: str = ""
    #: Whether all her roles are read beside two arrays: `held` then only says whether she has any.
    arrays: bool = False

    def said(self, name: str, kind: Any = None, *, several: bool = False) -> BindParameter[Any]:
        """Return a parameter."""
        return bindparam(self.prefix + name, type_=kind, expanding=several)

    def pairs(self) -> TableValuedAlias:
        """Return her roles as rows of two columns, ``office`` and ``role``."""
        several = ARRAY(String)
        arrays = [self.said(f"held_{name}", several) for name in ("offices", "roles")]
        return func.unnest(*arrays).table_valued("office", "role").render_derived()

    def among(self, column: ColumnElement[str], name: str) -> ColumnElement[bool]:
        """Return that a column is one of several values: an array, or as many parameters."""
        if self.arrays:
            return column == any_(self.said(name, ARRAY(String)))
        return column.in_(self.said(name, several=True))

    def order(self) -> tuple[Any, bool]:
        """Return the column a list is sorted by, and whether downwards."""
        if self.done:
            return user_task.c.ended_at, True
        return (user_task.c.created_at, True) if self.newest else (user_task.c.due_at, False)


class Question:
    """A person's list: its shape, and the values of its parameters."""

    def __init__(
        self, actor: Actor, what: Filter, *, prefix: str = "", arrays: bool = False
    ) -> None:
        """Take her roles and what the list is narrowed to; `arrays`: as `Shape` says."""
        only = what.organisation
        headed = sorted(code for code in actor.organisations(SUPERVISOR) if only in {"", code})
        held = sorted(
            (one.organisation, one.role)
            for one in actor.memberships
            if one.organisation not in headed and only in {"", one.organisation}
        )
        narrowed = {
            "process": what.process,
            "element": what.element,
            "organisation": only,
            "due_from": what.due_from,
            "due_before": what.due_before,
            "words": _pattern(what.words),
        }
        given = {name: value for name, value in narrowed.items() if value}
        self.shape = Shape(
            mine=what.mine,
            office=what.office,
            done=what.done,
            newest=what.newest,
            narrowed=frozenset(given) | ({"free"} if what.free else set()),
            headed=len(headed),
            held=min(len(held), 1) if arrays else len(held),
            prefix=prefix,
            arrays=arrays,
        )
        self._values: dict[str, Any] = {"account": actor.account, **given}
        if what.words:
            self._values["keys"] = list(what.keys)
        if what.office:
            self._values |= {f"headed{k}": code for k, code in enumerate(headed)}
            if arrays:
                self._values["held_offices"] = [office for office, _ in held]
                self._values["held_roles"] = [role for _, role in held]
            else:
                for k, (office, role) in enumerate(held):
                    self._values |= {f"office{k}": office, f"role{k}": role}
            self._values["every_headed"] = headed
            self._values["every_held"] = [f"{role}@{office}" for office, role in held]
            self._values["offices"] = sorted({office for office, _ in held})
            self._values["roles"] = sorted({role for _, role in held})

    def values(self, **more: Any) -> dict[str, Any]:
        """Return the parameters under the names they have in its statement."""
        return {self.shape.prefix + name: value for name, value in (self._values | more).items()}


def _pattern(words: str) -> str:
    """Return what a case number is compared with: the words anywhere in it."""
    for one in (ESCAPE, "%", "_"):
        words = words.replace(one, ESCAPE + one)
    return f"%{words}%" if words else ""
