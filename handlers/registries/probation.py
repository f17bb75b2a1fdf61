"""The probation service's own register: S-4.8, B-06.

An adapter of `handlers.registries.supervision`. No interface is published: the JSON contract of
`handlers.registries.contract`, service ``record``.
"""

from datetime import date, datetime

from pydantic import Field

from engine.handling import Call, handler
from handlers.registries import supervision
from handlers.registries.asking import RETRY, Query, settings_of
from handlers.registries.base import Reply
from handlers.registries.contract import Personal
from handlers.registries.supervision import Supervision, SupervisionAnswer

SYSTEM = "probation"


class Record(Personal):
    """A person in the register."""

    #: Day on which supervision began.
    registered_on: date
    #: Day on which it ends or ended; None: without end yet.
    until: date | None = None
    #: Duties.
    duties: list[str] = Field(default_factory=list)


class Client(supervision.Client):
    """The register by the JSON contract."""

    system = SYSTEM

    def supervision(self, iin: str, key: str, at: datetime) -> Reply[Supervision]:
        """Ask for a person's record."""
        reply = self._ask_about(Personal(iin=iin), Record, service="record", key=key, at=at)
        return Reply(value=supervised(reply.value), exchange=reply.exchange)


def supervised(found: Record | None) -> Supervision | None:
    """Return a record as supervision."""
    if found is None:
        return None
    return Supervision(
        iin=found.iin, since=found.registered_on, until=found.until, duties=found.duties
    )


@handler("registries.probation.record", retry=RETRY)
def record(query: Query, call: Call) -> SupervisionAnswer:
    """Ask the probation service's register who of the family is under supervision.

    S-4.8, B-06. Off until ``registries.probation_owner`` names it; the answer is restricted.
    """
    return supervision.ask(query, call, Client(settings_of(call)))
