"""House-keeping: when ended cases are removed, and their removal, in small batches at quiet hours.

A definition says for how many days its cases are kept (``camunda:historyTimeToLive``); none: for
ever. Never less than the law wants signatures and records kept: a shorter time is raised to that,
and the check warns of it. The audit log is never shortened: it names nobody but who acted.

=============================  =================================================================
``housekeeping.retention``     days that the law wants; default 3660, ten years
``housekeeping.hours``         when to remove, local time; default ``22:00-06:00``; ``never``
``housekeeping.batch``         cases removed in one transaction; default 20
=============================  =================================================================
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Protocol

from engine import bpmn
from engine.errors import Conflict
from engine.handling import Forgetful
from engine.limits import Means, Parameters, hours, offer, whole
from engine.model.calendar import ZONE
from engine.model.people import Actor
from engine.model.problems import Problem, Severity
from engine.model.text import Text, text
from engine.services import audit, bundles, settings
from engine.services.context import Context, UnitOfWork

#: Share of the database that is empty from which giving it back is advised.
WASTE = 0.25
#: Cases that are dated in one transaction.
DATED = 500


@dataclass(frozen=True, kw_only=True)
class Housekeeping(Parameters):
    """The settings of house-keeping."""

    prefix = "housekeeping"

    #: Days for which a case is kept at least.
    retention: int = whole(
        3660,
        least=1,
        most=100_000,
        means=Means(about=text("Days for which ended cases are kept at least")),
    )
    #: When cases are removed, local time.
    hours: str = hours(
        "22:00-06:00",
        means=Means(about=text("When cases whose time is over are removed, local time")),
    )
    #: Cases removed in one transaction.
    batch: int = whole(
        20, least=1, most=1000, means=Means(about=text("Cases removed in one transaction"))
    )

    def kept(self, days: int) -> timedelta:
        """Return for how long cases are kept whose definition says so many days."""
        return timedelta(days=max(days, self.retention))

    def quiet(self, now: datetime) -> bool:
        """Tell whether this is a moment at which cases are removed."""
        if self.hours == "never":
            return False
        begin, end = map(time.fromisoformat, self.hours.split("-"))
        here = now.astimezone(ZONE).time()
        return begin <= here < end if begin <= end else here >= begin or here < end


offer(Housekeeping)


class Reading(Protocol):
    """What was read of files: see `engine.services.bundles`."""

    definitions: dict[str, bpmn.Definition]
    sources: dict[str, str]


def warnings(reading: Reading, known: Mapping[str, str]) -> list[Problem]:
    """Return a warning for each process that would keep its cases shorter than the law wants."""
    least = Housekeeping.read(known).retention
    return [
        Problem(
            file=reading.sources[key],
            line=0,
            element=key,
            code="bpmn.time-to-live",
            message=text(
                "{process} would keep its cases {days} days; the law wants {least}, so they are "
                "kept that long",
                process=key,
                days=found.process.days_kept,
                least=least,
            ),
            severity=Severity.WARNING,
        )
        for key, found in sorted(reading.definitions.items())
        if found.process.days_kept is not None and found.process.days_kept < least
    ]


def date_ended(uow: UnitOfWork, ctx: Context, limit: int = DATED) -> int:
    """Write on ended cases when they may be removed; return how many were dated."""
    rules = Housekeeping.read(settings.current(uow, ctx))
    count = 0
    for row in uow.removals.definitions():
        found = bundles.of_pinned(uow, ctx, row.id, row.deployment_id).definition(row.key)
        days = found.process.days_kept
        if days is None or count >= limit:
            continue
        ended = uow.removals.undated(row.id, limit - count)
        if ended:  # another process may have been faster
            uow.removals.date(ended, rules.kept(days))
        count += len(ended)
    return count


def remove_batch(uow: UnitOfWork, ctx: Context, actor: Actor) -> int:
    """Remove cases whose time is over, with all records of the domains on them; return how many.

    One entry in the audit log for each, which names the case and nobody.
    """
    rules = Housekeeping.read(settings.current(uow, ctx))
    found = uow.removals.due(ctx.due_now(uow), rules.batch)
    _remove(uow, ctx, actor, found)
    return len(found)


def _remove(uow: UnitOfWork, ctx: Context, actor: Actor, found: Sequence[Any]) -> None:
    for process in sorted({row.process for row in found}):
        face = ctx.faces.get(process)
        if isinstance(face, Forgetful):
            face.forget(uow.session, [row.business_key for row in found if row.process == process])
    if found:
        uow.session.flush()  # the domains' rows go before the case they are about
        uow.removals.remove([row.id for row in found], [row.business_key for row in found])
    for row in found:
        audit.append(uow, ctx, actor, "case.removed", f"case:{row.id}", {"process": row.process})


def kept(uow: UnitOfWork, ctx: Context, row: Any) -> tuple[datetime | None, tuple[Text, ...]]:
    """Return until when a case is kept with all it called, and why it cannot be removed now.

    None: for ever, or nobody knows yet. No reason: it can be removed.
    """
    if row.root_id != row.id:
        return None, (text("Another case called this one; they are removed together"),)
    whole = uow.removals.tree(row.id)
    if any(one.ended_at is None for one in whole):
        return None, (text("Only a case that has ended can be removed, with all it called"),)
    rules = Housekeeping.read(settings.current(uow, ctx))
    ends = [_kept_until(uow, ctx, one, rules) for one in whole]
    if None in ends:
        return None, (text("The process keeps its cases for ever: no time is set on its diagram"),)
    until = max(one for one in ends if one is not None)
    return until, tuple(_against(uow, ctx, row, until))


def _against(uow: UnitOfWork, ctx: Context, row: Any, until: datetime) -> Iterator[Text]:
    now = ctx.due_now(uow)
    if until > now:
        yield text("The law has it kept until {moment}", moment=until)
    if uow.removals.is_needed(row.id, row.business_key, now):
        yield text("Another case has the same number and needs its records")


def _kept_until(uow: UnitOfWork, ctx: Context, row: Any, rules: Housekeeping) -> datetime | None:
    process = bundles.of_definition(uow, ctx, row.definition_id).definition(row.process).process
    if process.days_kept is None:
        return None
    ended: datetime = row.ended_at
    return ended + rules.kept(process.days_kept)


def remove(uow: UnitOfWork, ctx: Context, actor: Actor, row: Any) -> None:
    """Remove one ended case whose time is over, with all it called; `Conflict` if it must stay."""
    _, refusals = kept(uow, ctx, row)
    if refusals:
        raise Conflict(refusals[0])
    _remove(uow, ctx, actor, [row])


def wasted(uow: UnitOfWork) -> float:
    """Return the share of the database that could be given back; 0 if it is not worth while."""
    share = uow.removals.waste()
    return share if share >= WASTE else 0.0
