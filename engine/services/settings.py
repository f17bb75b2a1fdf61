"""Settings: those of the environment, and over them what an administrator set in the database.

What domains and the engine offer (`engine.limits.offer`) can be changed while the installation
runs. A case keeps the limits it began with (law 4); what begins, is asked or is cleaned up after
the change goes by the new value: at once where a transaction reads it (`current`), within
`FRESH` seconds in the handlers of every process.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import Any, Protocol

from engine import limits
from engine.errors import Conflict, FormRefused, NotFound, ZholdamaError
from engine.limits import Parameter
from engine.model.people import Actor
from engine.model.text import Text, text
from engine.services import access, audit
from engine.services.context import Context, UnitOfWork

#: Seconds for which handlers believe what they read.
FRESH = 1.0
#: Longest value that is taken.
LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class SettingView:
    """A setting as it stands."""

    #: What is declared of it.
    parameter: Parameter
    #: Its value, as written.
    value: str
    #: Its name in the environment: ``ZHOLDAMA__KEY__NAME``.
    written: str
    #: ``database``: an administrator set it; ``environment``; ``default``.
    source: str
    #: When it was set (UTC); None: not by an administrator.
    at: datetime | None = None
    #: Who set it.
    who: str = ""
    #: Why.
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What somebody wants a setting to be."""

    #: Value as written; None: what it would be had nobody set it.
    value: str | None
    #: Why.
    reason: str
    #: Value that was looked at: if it is another one by now, somebody was faster.
    was: str


def current(uow: UnitOfWork, ctx: Context) -> Mapping[str, str]:
    """Return all settings as they stand now."""
    return {**ctx.settings, **uow.settings.all()}


def list_settings(
    uow: UnitOfWork, ctx: Context, actor: Actor
) -> Mapping[str, tuple[SettingView, ...]]:
    """Return what may be changed, by prefix (administrator of everything)."""
    access.everywhere(uow, actor)
    declared = {prefix: found.declared() for prefix, found in sorted(limits.offered.items())}
    views = _views(uow, ctx, [one for some in declared.values() for one in some])
    return {prefix: tuple(views[one.name] for one in some) for prefix, some in declared.items()}


def load(uow: UnitOfWork, ctx: Context, actor: Actor, name: str) -> SettingView:
    """Return one; `NotFound` (administrator of everything)."""
    access.everywhere(uow, actor)
    prefix = name.partition(".")[0]
    found = limits.offered.get(prefix)
    declared = {one.name: one for one in found.declared()} if found else {}
    if name not in declared:
        raise NotFound(text("There is no setting {name}", name=name))
    return _view(uow, ctx, declared[name])


def _view(uow: UnitOfWork, ctx: Context, parameter: Parameter) -> SettingView:
    return _views(uow, ctx, [parameter])[parameter.name]


def _views(
    uow: UnitOfWork, ctx: Context, parameters: Sequence[Parameter]
) -> Mapping[str, SettingView]:
    """Return parameters as they stand, by name: two statements, however many there are."""
    rows = uow.settings.rows([one.name for one in parameters])
    people = uow.accounts.names(row.changed_by or "" for row in rows.values())
    return {one.name: _viewed(ctx, one, rows.get(one.name), people) for one in parameters}


def _viewed(ctx: Context, parameter: Parameter, row: Any, people: Mapping[str, str]) -> SettingView:
    """Return a parameter as its row says; None: as the environment or the default does."""
    if row is None:
        given = ctx.settings.get(parameter.name)
        return SettingView(
            parameter=parameter,
            written=limits.written(parameter.name),
            value=parameter.default if given is None else given.strip(),
            source="default" if given is None else "environment",
        )
    return SettingView(
        parameter=parameter,
        written=limits.written(parameter.name),
        value=row.value,
        source="database",
        at=row.changed_at,
        who=people.get(row.changed_by, ""),
        reason=row.reason or "",
    )


def change(uow: UnitOfWork, ctx: Context, actor: Actor, name: str, wish: Change) -> None:
    """Set a setting, or take back what was set (administrator of everything).

    Raises `NotFound`, `FormRefused` with errors at ``value`` and ``reason``, `Conflict` if somebody
    else changed it meanwhile.
    """
    found = load(uow, ctx, actor, name)
    errors = _errors(found.parameter, wish)
    if errors:
        raise FormRefused(text("Please check the marked fields"), errors)
    if found.value != wish.was:
        raise Conflict(_told_now(found))
    seen = found.value if found.source == "database" else None
    if wish.value is None:
        uow.settings.forget(name, seen)
    else:
        said, why = wish.value.strip(), wish.reason.strip()
        uow.settings.change(name, said, why, actor.account, ctx.now(), seen=seen)
    after = _view(uow, ctx, found.parameter)
    # Numbers, days and words of a list: nothing that names anybody.
    told = {"before": found.value, "after": after.value, "source": after.source}
    audit.append(uow, ctx, actor, "setting.change", f"setting:{name}", told)


def _told_now(found: SettingView) -> Text:
    """Say what it is by now; nobody is named once it was taken back."""
    if found.who:
        return text(
            "{who} changed this meanwhile: it is {value} now", who=found.who, value=found.value
        )
    return text("This was changed meanwhile: it is {value} now", value=found.value)


def _errors(parameter: Parameter, wish: Change) -> Mapping[str, list[Text]]:
    found: dict[str, list[Text]] = {}
    if wish.value is not None and not (len(wish.value) <= LONGEST and parameter.fits(wish.value)):
        found["value"] = [text("Write {wanted}", wanted=parameter.wanted)]
    if not wish.reason.strip():
        found["reason"] = [text("A reason is needed")]
    return found


class Reading(Protocol):
    """A database that is read."""

    def reading(self) -> AbstractContextManager[UnitOfWork]:
        """Open a unit of work that changes nothing."""
        ...


class Overlay:
    """The settings as handlers see them: looked at again every now and then, by any thread."""

    def __init__(
        self,
        database: Reading,
        ctx: Context,
        fresh: float = FRESH,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Read from a database and believe it for `fresh` seconds; `clock` counts them."""
        self._database, self._ctx, self._clock = database, ctx, clock
        self._fresh = fresh
        self._lock = Lock()
        self._known: Mapping[str, str] | None = None
        self._until = float("-inf")

    def current(self) -> Mapping[str, str]:
        """Return them; while the database is out of reach, as they were last known."""
        with self._lock:
            if self._known is None or self._clock() >= self._until:
                self._known = self._read()
                self._until = self._clock() + self._fresh
            return self._known

    def _read(self) -> Mapping[str, str]:
        try:
            with self._database.reading() as uow:
                return current(uow, self._ctx)
        except ZholdamaError:
            return self._known or self._ctx.settings
