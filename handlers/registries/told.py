"""What the systems of order 74 said about a case, read back from the log of answers.

For pages and forms. Only what was believed then is read: an answer with a fault (a wrong signature,
another person) stays in the log as it came and says nothing. What cannot be read any more is as if
it had not been said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from handlers.people import records
from handlers.people.facts import AnswerFacts
from handlers.registries import enforcement, family_card, probation, unified_system
from handlers.registries.base import Outcome
from handlers.registries.contract import Answer, Wire
from handlers.registries.supervision import Supervision
from handlers.registries.unified_system import Service, Services
from handlers.registries.wellbeing import Situation

#: Outcomes of answers that were believed and say something.
BELIEVED = frozenset({Outcome.FOUND, Outcome.MISMATCH})

T = TypeVar("T")
WireT = TypeVar("WireT", bound=Wire)


@dataclass(frozen=True, kw_only=True)
class Said(Generic[T]):
    """What a system said, and when."""

    #: What it said.
    value: T
    #: Answer id.
    answer: str
    #: Person id; empty: about the family.
    person: str
    #: When it answered (UTC).
    at: datetime


def situation(session: Any, number: str) -> Said[Situation] | None:
    """Return how the family stands by the digital family card; None if it did not say."""
    found = [
        one
        for one in records.answers(session, number)
        if one.system == family_card.SYSTEM and one.person
    ]
    said = [_read(session, one, Situation) for one in found]
    return next((one for one in said if one), None)


def services(session: Any, number: str) -> Said[list[Service]] | None:
    """Return the support that the family gets by the unified system; None if it did not say."""
    for one in records.answers(session, number):
        if one.system == unified_system.SYSTEM and not one.person:
            if said := _read(session, one, Services):
                return _said(one, said.value.services)
            return _said(one, list[Service]()) if one.outcome == "not_found" else None
    return None


def supervision(session: Any, number: str, *, restricted: bool) -> list[Said[Supervision]]:
    """Return who of the case is or was under supervision.

    Empty unless `restricted`: that the reader may see such answers is for the caller to find out.
    """
    if not restricted:
        return []
    found: list[Said[Supervision]] = []
    for one in records.answers(session, number, restricted=True):
        known = _supervised(session, one)
        if known is not None:
            found.append(_said(one, known))
    return found


def _supervised(session: Any, one: AnswerFacts) -> Supervision | None:
    if one.system == probation.SYSTEM:
        record = _read(session, one, probation.Record)
        return probation.supervised(record.value if record else None)
    if one.system == enforcement.SYSTEM:
        found = _read(session, one, enforcement.Proceedings)
        return enforcement.supervised(found.value if found else None)
    return None


def _said(one: AnswerFacts, value: T) -> Said[T]:
    return Said(value=value, answer=one.id, person=one.person, at=one.answered)


def _read(session: Any, one: AnswerFacts, gives: type[WireT]) -> Said[WireT] | None:
    if one.outcome not in BELIEVED:
        return None
    kept = records.answer_text(session, one.id, restricted=True)
    try:
        data: Mapping[str, Any] = Answer.model_validate_json(kept[2] if kept else "").data
        return _said(one, gives.model_validate(data))
    except ValidationError:
        return None
