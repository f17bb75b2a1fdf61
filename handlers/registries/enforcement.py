"""Automated digital system of the Ministry of Justice's enforcement bodies (АИС ОИП): S-4.8, B-06.

An adapter of `handlers.registries.supervision`. Only the name of one of its services is published
(the list of bailiffs, `domain.md` §6.2): the JSON contract of `handlers.registries.contract`,
service ``proceedings``. Of a person's proceedings only those of supervision are kept in mind.
"""

from datetime import date, datetime

from pydantic import Field

from engine.handling import Call, handler
from handlers.registries import supervision
from handlers.registries.asking import RETRY, Query, settings_of
from handlers.registries.base import Reply
from handlers.registries.contract import Personal, Wire
from handlers.registries.supervision import Supervision, SupervisionAnswer

SYSTEM = "enforcement"
#: Kind of the proceedings that mean supervision.
PROBATION = "probation"


class Proceeding(Wire):
    """Proceedings against a person."""

    #: Number.
    number: str
    #: Kind, e.g. ``probation`` or ``alimony``.
    kind: str
    #: Day of opening.
    opened: date
    #: Day of closing; None while they run.
    closed: date | None = None
    #: Duties that they lay on the person.
    duties: list[str] = Field(default_factory=list)


class Proceedings(Personal):
    """All proceedings against a person."""

    #: The proceedings.
    proceedings: list[Proceeding]


class Client(supervision.Client):
    """The system by the JSON contract."""

    system = SYSTEM

    def supervision(self, iin: str, key: str, at: datetime) -> Reply[Supervision]:
        """Ask for a person's proceedings; the newest of supervision counts."""
        asked = Personal(iin=iin)
        reply = self._ask_about(asked, Proceedings, service="proceedings", key=key, at=at)
        return Reply(value=supervised(reply.value), exchange=reply.exchange)


def supervised(found: Proceedings | None) -> Supervision | None:
    """Return the newest supervision among proceedings."""
    known = [one for one in found.proceedings if one.kind == PROBATION] if found else []
    if found is None or not known:
        return None
    newest = max(known, key=lambda one: one.opened)
    return Supervision(
        iin=found.iin, since=newest.opened, until=newest.closed, duties=newest.duties
    )


@handler("registries.enforcement.probation", retry=RETRY)
def probation(query: Query, call: Call) -> SupervisionAnswer:
    """Ask the enforcement bodies' system who of the family is under supervision.

    S-4.8, B-06. Off until ``registries.probation_owner`` names it; the answer is restricted.
    """
    return supervision.ask(query, call, Client(settings_of(call)))
