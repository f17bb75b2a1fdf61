"""Service tasks of the quarter: opened for every centre, counted, sent, rolled up (S-13, S-14)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from engine.handling import Call, Desk, handler
from engine.model.calendar import ZONE
from engine.model.people import Candidate
from handlers.registries.base import RegistryFault
from handlers.registries.changes import counted, status_changes
from handlers.support import offices, quarters, records
from handlers.support.limits import Limits
from handlers.support.quarters import Quarter
from handlers.support.records import Conclusion

#: Attempts to ask the family card before the quarter is counted without it.
PATIENCE = 2


class Begun(BaseModel):
    """A quarter that is over."""

    #: When the timer was due (UTC): an outage of days must not count another quarter.
    scheduled: datetime


class CentreQuarter(BaseModel):
    """A centre's quarter, for a case of its own."""

    #: Business key.
    number: str
    #: Centre.
    centre: str
    #: Its region.
    region: str
    #: ``role@organisation`` of its head.
    head: str
    #: E.g. ``2026-4``.
    quarter: str
    #: The limits of the day.
    limits: dict[str, Any]


class Opened(BaseModel):
    """The quarter of every centre that had work in it."""

    #: E.g. ``2026-4``; the first, if there are several.
    quarter: str
    #: One for each centre.
    quarters: list[CentreQuarter]


@handler("support.quarter.open")
def open_quarter(begun: Begun, call: Call) -> Opened:
    """Open the quarter that was over when the timer was due, for every centre with work in it.

    So are those that ended since then, if the timer is months late. A quarter that was opened
    before is not opened again.
    """
    over = quarters.missed(begun.scheduled, call.now)
    with call.records() as session:
        found = [
            _of(centre, quarter, call.settings)
            for quarter in over
            for centre in _to_open(session, quarter)
        ]

    def save(session: Any) -> None:
        for one in found:
            quarter = quarters.parse(one.quarter)
            records.open_quarter(
                session, one.number, centre=one.centre, region=one.region, quarter=quarter
            )

    call.on_finish(save)
    return Opened(quarter=str(over[0]), quarters=found)


def _to_open(session: Any, quarter: Quarter) -> list[str]:
    there = {one.centre for one in records.of_quarter(session, quarter)}
    return [one for one in records.centres_at_work(session, quarter) if one not in there]


def _of(centre: str, quarter: Quarter, settings: Mapping[str, str]) -> CentreQuarter:
    return CentreQuarter(
        number=quarters.case_number(quarter, centre),
        centre=centre,
        region=offices.place_of(centre),
        head=str(offices.head_of(centre)),
        quarter=str(quarter),
        limits=Limits.read(settings).variables(),
    )


class Numbered(BaseModel):
    """Which quarter of which centre."""

    #: Business key.
    number: str


def _conclusion(session: Any, number: str) -> Conclusion:
    found = records.conclusion(session, number)
    if found is None:
        raise LookupError("there is no such quarter")
    return found


@handler("support.quarter.indicators", timeout=timedelta(seconds=60))
def indicators(wanted: Numbered, call: Call) -> None:
    """Count the quarter from the records, and ask the family card how people's status changed.

    S-13. A card that does not answer is left out: the numbers say so.
    """
    with call.records() as session:
        held = _conclusion(session, wanted.number)
        quarter = quarters.parse(held.quarter)
        found = records.gather(session, held.centre, quarter)
        people = records.people_at_work(session, held.centre, quarter)
    first = quarter.begins.astimezone(ZONE).date()
    last = (quarter.ends - timedelta(seconds=1)).astimezone(ZONE).date()
    told = status_changes(call, people, first, last, PATIENCE) if people else []
    if not isinstance(told, RegistryFault):
        numbers = counted(told).model_dump(exclude={"outcome"})
        found = records.with_changes(found, numbers)
    call.on_finish(lambda session: records.save_indicators(session, wanted.number, found, call.now))


@handler("support.conclusion.send")
def send(wanted: Numbered, call: Call) -> None:
    """Send the conclusion to the family-policy body, not to the Ministry of Labour (S-14, B-03).

    The region's office is told of each at once: the roll-up waits until the last one is read.
    """

    def act(desk: Desk) -> None:
        records.send_conclusion(desk.session, wanted.number, call.now)
        policy = Candidate(offices.POLICY, offices.POLICY)
        held = _conclusion(desk.session, wanted.number)
        told = [policy, offices.head_of(held.centre), offices.superior_of(held.centre)]
        desk.tell("support_conclusion", candidates=told)

    call.at_desk(act)


class Over(BaseModel):
    """A quarter whose conclusions are sent."""

    #: E.g. ``2026-4``.
    quarter: str


@handler("support.quarter.rollup")
def roll_up(over: Over, call: Call) -> None:
    """Tell the supervising offices that all conclusions of their region are there (B-11)."""

    def act(desk: Desk) -> None:
        held = records.of_quarter(desk.session, quarters.parse(over.quarter))
        told = [offices.superior_of(one.centre) for one in held]
        desk.tell("support_rollup", candidates=sorted(set(told)), params={"quarter": over.quarter})

    call.at_desk(act)
