"""The application on paper, filled in from the records."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from engine.errors import NotFound
from engine.model.calendar import ZONE
from engine.model.text import text
from engine.services.views import CaseView, SignatureView
from handlers.kandas import paper, records
from handlers.people import records as people

#: Position of who accepts an application (annex 2), Kazakh as printed.
POSITION = "мансап орталығының қызметкері"


def application(session: Any, view: CaseView, now: datetime, serial: Callable[[str], str]) -> bytes:
    """Return annex 2 as PDF/A with the family, the officer and the signatures that stand.

    `serial` tells the serial number of the certificate behind a signature's id.
    """
    found = records.application(session, view.business_key)
    version = records.version(session, view.business_key, found.version) if found else None
    if found is None or version is None:
        raise NotFound(text("There is no application in this case yet."))
    family = people.family(session, view.business_key)
    accepted = found.accepted_at.astimezone(ZONE).date() if found.accepted_at else None
    received = (
        paper.Received(name=found.accepted_by, position=POSITION, on=accepted) if accepted else None
    )
    mark = paper.Mark(
        number=view.business_key,
        version=version.number,
        digest=version.digest,
        applicant=family[0].person.full_name if family else "",
        signatures=[
            _signed(one, serial(one.id)) for one in view.signatures if _stands(one, version.number)
        ],
    )
    # The PDF's date has no room for fractions of a second.
    at = now.replace(microsecond=0)
    return paper.application(family, at=at, signed_on=accepted, received=received, mark=mark)


def _stands(one: SignatureView, version: int) -> bool:
    return one.voided is None and one.valid and one.version == version and one.ordinal <= 4


def _signed(one: SignatureView, serial: str) -> paper.Signed:
    office = one.organisation.get("kk", "")
    return paper.Signed(name=one.who, office=office, at=one.at, serial=serial)
