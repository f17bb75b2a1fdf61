"""Quarters of many centres for one actor: the centre's own, a region's, the country's (S-14, B-11).

As in `handlers.support.records.seen`, rights are asked before anything is read. Two queries for a
page, however many centres there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from engine.model.people import Actor
from handlers.support import rights
from handlers.support.quarters import parse
from handlers.support.records.conclusions import Conclusion, conclusions
from handlers.support.records.indicators import Count, Indicators, total
from handlers.support.records.tables import ConclusionRow

#: Quarters offered at most: five years.
MOST = 20


@dataclass(frozen=True, kw_only=True)
class Region:
    """The centres of a region in a quarter."""

    #: Code of the region.
    code: str
    #: What was sent, by centre.
    conclusions: tuple[Conclusion, ...]
    #: Their measures added up.
    measures: Count
    #: Plans open at the end of the quarter.
    running: int
    #: Plans opened.
    opened: int
    #: Plans completed, in full or with exceptions.
    completed: int
    #: Centres whose conclusion was not sent yet; empty for who may not know that.
    awaited: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RollUp:
    """A quarter of many regions."""

    #: E.g. ``2026-4``.
    quarter: str
    #: By code.
    regions: tuple[Region, ...]
    #: All measures.
    measures: Count
    #: All plans open at the end.
    running: int
    #: All plans opened.
    opened: int
    #: All plans completed.
    completed: int


def _visible(actor: Actor) -> list[Any]:
    """Return the conditions under which a quarter that is not one's own centre's is seen."""
    known = rights.reach(actor)
    sent = ConclusionRow.sent_at.is_not(None)
    found: list[Any] = []
    if known.policy:
        found.append(sent)
    if known.regions:
        found.append(and_(sent, ConclusionRow.region.in_(sorted(known.regions))))
    return found


def quarters_sent(session: Session, actor: Actor) -> list[str]:
    """Return the quarters of which a roll-up can be shown, the newest first."""
    visible = _visible(actor)
    if not visible:
        return []
    query = select(ConclusionRow.quarter).where(or_(*visible)).distinct()
    return sorted(session.scalars(query), key=parse, reverse=True)[:MOST]


def own_quarters(session: Session, actor: Actor) -> list[Conclusion]:
    """Return the quarters of an actor's own centres, the newest first."""
    centres = rights.reach(actor).centres
    if not centres:
        return []
    query = select(ConclusionRow.number).where(ConclusionRow.centre.in_(sorted(centres)))
    found = conclusions(session, session.scalars(query)).values()
    ordered = sorted(found, key=lambda one: (parse(one.quarter), one.centre), reverse=True)
    return ordered[:MOST]


def roll_up(session: Session, actor: Actor, quarter: str) -> RollUp | None:
    """Return what was sent of a quarter, by region; None: it is not the actor's to see."""
    visible = _visible(actor)
    if not visible:
        return None
    numbers = select(ConclusionRow.number).where(
        ConclusionRow.quarter == quarter,
        or_(*visible),
    )
    found = sorted(
        conclusions(session, session.scalars(numbers)).values(), key=lambda one: one.centre
    )
    awaited = _awaited(session, actor, quarter)
    codes = sorted({*(one.region for one in found), *awaited})
    regions = tuple(
        _region(code, [one for one in found if one.region == code], awaited.get(code, ()))
        for code in codes
    )
    return RollUp(
        quarter=quarter,
        regions=regions,
        measures=total([one.measures for one in regions]),
        running=sum(one.running for one in regions),
        opened=sum(one.opened for one in regions),
        completed=sum(one.completed for one in regions),
    )


def _awaited(session: Session, actor: Actor, quarter: str) -> Mapping[str, Sequence[str]]:
    """Return centres that have not sent theirs: a supervising office's business."""
    regions = rights.reach(actor).regions
    if not regions:
        return {}
    query = select(ConclusionRow.region, ConclusionRow.centre).where(
        ConclusionRow.quarter == quarter,
        ConclusionRow.sent_at.is_(None),
        ConclusionRow.region.in_(sorted(regions)),
    )
    found: dict[str, list[str]] = {}
    for region, centre in session.execute(query.order_by(ConclusionRow.centre)):
        found.setdefault(region, []).append(centre)
    return dict(found)


def _region(code: str, found: Sequence[Conclusion], awaited: Sequence[str]) -> Region:
    numbers: list[Indicators] = [one.indicators for one in found if one.indicators is not None]
    return Region(
        code=code,
        conclusions=tuple(found),
        measures=total([one.total for one in numbers]),
        running=sum(one.running for one in numbers),
        opened=sum(one.opened for one in numbers),
        completed=sum(one.completed + one.exceptions for one in numbers),
        awaited=tuple(awaited),
    )
