"""What the offices did with an application: contact, offers, move, decision, plan."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.store import new_id
from engine.store.tables import account, membership
from handlers.kandas.records.tables import (
    ContactRow,
    DecisionRow,
    MoveRow,
    OfferRow,
    PlanRow,
)


@dataclass(frozen=True, kw_only=True)
class Contacting:
    """An attempt to reach the kandas."""

    #: Channel, e.g. ``phone``.
    channel: str
    #: Local date.
    held_on: date
    #: ``reached``, ``no_answer`` or ``withdrawn``.
    result: str
    #: Note.
    note: str
    #: Who tried.
    by: str


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A vacancy."""

    #: Position.
    position: str
    #: Employer.
    employer: str
    #: Locality.
    locality: str = ""
    #: Monthly pay, tenge; None: not said.
    pay: int | None = None
    #: Whether the kandas chose it.
    wanted: bool = False


@dataclass(frozen=True, kw_only=True)
class Move:
    """The move."""

    #: Locality chosen.
    locality: str
    #: Route.
    route: str
    #: Local date.
    day: date
    #: ``road``, ``rail`` or ``air``.
    transport: str
    #: Arriving people.
    heads: int
    #: Terms.
    terms: str


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The draft decision on unemployment."""

    #: ``no_job`` or ``refused``.
    reason: str
    #: Its text.
    said: str
    #: From 1, counts drafts.
    version: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The draft plan."""

    #: Numbers of annex 1.
    services: tuple[int, ...]
    #: Wishes of the family.
    wishes: str = ""
    #: Channel by which it was agreed.
    channel: str = field(default="")


def contacted(session: Session, case_number: str, attempt: Contacting, at: datetime) -> None:
    """Write an attempt to reach the kandas."""
    row = ContactRow(
        id=new_id(at),
        case_number=case_number,
        channel=attempt.channel,
        held_on=attempt.held_on.isoformat(),
        result=attempt.result,
        note=attempt.note,
        by=attempt.by,
        at=at,
    )
    session.add(row)


def attempts(session: Session, case_number: str) -> list[Contacting]:
    """Return the attempts, oldest first."""
    query = select(ContactRow).where(ContactRow.case_number == case_number).order_by(ContactRow.id)
    return [
        Contacting(
            channel=row.channel,
            held_on=date.fromisoformat(row.held_on),
            result=row.result,
            note=row.note,
            by=row.by,
        )
        for row in session.scalars(query)
    ]


def save_offers(
    session: Session, case_number: str, found: Sequence[Offer], reaction: str, by: str, at: datetime
) -> None:
    """Write the vacancies of one conversation; earlier ones stay."""
    for place, one in enumerate(found):
        session.add(
            OfferRow(
                id=new_id(at),
                case_number=case_number,
                place=place,
                position=one.position,
                employer=one.employer,
                locality=one.locality,
                pay=one.pay,
                wanted=one.wanted,
                reaction=reaction,
                by=by,
                at=at,
            )
        )


def offers(session: Session, case_number: str) -> list[Offer]:
    """Return the vacancies offered, oldest first."""
    query = (
        select(OfferRow)
        .where(OfferRow.case_number == case_number)
        .order_by(OfferRow.at, OfferRow.place)
    )
    return [
        Offer(
            position=row.position,
            employer=row.employer,
            locality=row.locality,
            pay=row.pay,
            wanted=row.wanted,
        )
        for row in session.scalars(query)
    ]


def _put(session: Session, kind: type[Any], case_number: str, by: str, at: datetime) -> Any:
    row = session.get(kind, case_number) or kind(case_number=case_number)
    row.by, row.at = by, at
    session.add(row)
    return row


def save_move(session: Session, case_number: str, found: Move, by: str, at: datetime) -> None:
    """Write the move (K-17)."""
    row = _put(session, MoveRow, case_number, by, at)
    row.locality, row.route, row.terms = found.locality, found.route, found.terms
    row.day, row.transport, row.heads = found.day.isoformat(), found.transport, found.heads


def move(session: Session, case_number: str) -> Move | None:
    """Return the move; None until it is determined."""
    row = session.get(MoveRow, case_number)
    if row is None:
        return None
    return Move(
        locality=row.locality,
        route=row.route,
        day=date.fromisoformat(row.day),
        transport=row.transport,
        heads=row.heads,
        terms=row.terms,
    )


def save_decision(
    session: Session, case_number: str, *, reason: str, said: str, by: str, at: datetime
) -> None:
    """Write the draft decision (K-18); its version counts up."""
    row = _put(session, DecisionRow, case_number, by, at)
    row.reason, row.said, row.version = reason, said, (row.version or 0) + 1


def decision(session: Session, case_number: str) -> Decision | None:
    """Return the draft decision; None until it is drafted."""
    row = session.get(DecisionRow, case_number)
    return Decision(reason=row.reason, said=row.said, version=row.version) if row else None


def save_plan(session: Session, case_number: str, found: Plan, by: str, at: datetime) -> None:
    """Write the draft plan (K-19)."""
    row = _put(session, PlanRow, case_number, by, at)
    row.services, row.wishes, row.channel = list(found.services), found.wishes, found.channel


def plan(session: Session, case_number: str) -> Plan | None:
    """Return the draft plan; None until it is formed."""
    row = session.get(PlanRow, case_number)
    if row is None:
        return None
    return Plan(services=tuple(row.services), wishes=row.wishes, channel=row.channel)


def employees(session: Session, role: str, organisation: str) -> list[tuple[str, str]]:
    """Return account ids and names of the active people with a role at an organisation."""
    query = (
        select(account.c.id, account.c.name)
        .join(membership, membership.c.account_id == account.c.id)
        .where(
            membership.c.role == role,
            membership.c.organisation == organisation,
            account.c.active.is_(True),
        )
        .order_by(account.c.name)
    )
    return [(found, name) for found, name in session.execute(query)]
