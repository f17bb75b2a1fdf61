"""Opening a plan, and what may happen to one besides its tasks. Callers commit.

Every act asks who does it: a centre's specialist or head for the centre's own plans; the family
card's signal comes from the system itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import Conflict, Forbidden, NotFound, ValueRefused
from engine.handling import begins, roles, sends
from engine.model.calendar import ZONE
from engine.model.people import SYSTEM, Actor, Candidate
from engine.model.text import Text, text
from engine.services import instances, messages, notifications
from handlers.people.facts import MemberFacts
from handlers.registries.signals import Signal
from handlers.support import offices, records, rights
from handlers.support.face import PLAN
from handlers.support.limits import Limits
from handlers.support.records import Plan, PlanState

#: Role that opens plans, at a family support centre.
OPENER = offices.SPECIALIST


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What became of a signal."""

    #: The plan opened, or the one that the family has already.
    plan: str
    #: Digest of what was kept under the signal's id before; None: it is new.
    known: str | None


def variables(number: str, centre: str, settings: Mapping[str, str]) -> dict[str, object]:
    """Return what the process starts with; every name a condition reads is there from the start."""
    return {
        "plan": number,
        "centre": centre,
        "region": offices.place_of(centre),
        "head": str(offices.head_of(centre)),
        "limits": Limits.read(settings).variables(),
        "version": 0,
        "planned": [],
        "terms": [],
        "measures": [],
        "added": [],
        "decision": "",
        "outcome": "",
        "result": "",
        "completed_on": None,
        "to": "",
        "person": "",
    }


def _sample() -> dict[str, object]:
    return variables("", offices.centre("10"), {})


begins(PLAN, _sample)
roles(
    offices.SPECIALIST,
    offices.HEAD,
    offices.BODY_SPECIALIST,
    offices.BODY_HEAD,
    offices.OVERSEER,
    offices.POLICY,
)
sends("support.detected", _sample)
sends("support.family.moved", {"to": "string"})
sends("support.person.died", {"person": "string"})
for _message in ("support.plan.amendment", "support.plan.closed"):
    sends(_message)


def settings_of(uow: Any, ctx: Any) -> Mapping[str, str]:
    """Return the installation's settings with those kept in the database over them."""
    return {**ctx.settings, **uow.settings.all()}


def open_case(uow: Any, ctx: Any, actor: Actor, centre: str, previous: str = "") -> tuple[str, str]:
    """Open a plan at a centre (S-2); return its number and instance id.

    `previous`: number of a finished plan of the same family, which has fallen back (B-13). Raises
    `Forbidden` unless the actor is a specialist of that centre.
    """
    if centre not in actor.organisations(OPENER):
        raise Forbidden(text("Only a specialist of the centre opens a plan there."))
    number = _begun(uow, ctx, centre)
    known = variables(number, centre, settings_of(uow, ctx))
    return number, instances.start(uow, ctx, actor, PLAN, number, known, element="came")


def _begun(uow: Any, ctx: Any, centre: str, **said: Any) -> str:
    now = ctx.now()
    number = records.next_number(uow.session, now.astimezone(ZONE).year)
    records.begin(uow.session, number, centre, offices.place_of(centre), now, **said)
    return number


def accept_signal(uow: Any, ctx: Any, signal: Signal, centre: str = "") -> Taken:
    """Open a plan for a family that the digital family card signals (S-2, S-4.8).

    The same signal again opens nothing, nor does one about a person who is in an open plan: then
    that plan is named. `centre`: empty for the first centre of the signal's region.
    """
    known = records.signal(uow.session, signal.message_id)
    if known is not None:
        return Taken(plan=known.plan, known=str(known.content.get("digest", "")))
    where, year = centre or offices.centre(signal.region), ctx.now().astimezone(ZONE).year
    # Two signals about one family may come at the same moment: they take turns.
    records.wait_for_numbers(uow.session, year)
    running = _running(uow.session, signal)
    number = running or records.next_number(uow.session, year)
    kept = records.keep_signal(
        uow.session,
        signal.message_id,
        centre=where,
        iins=[one.person.iin for one in signal.people if one.person.iin],
        content={"digest": signal.digest, "ground": signal.ground, "level": signal.level},
        state="duplicate" if running else "accepted",
        plan=number,
        at=ctx.now(),
    )
    if not kept:  # the same signal came twice at the same moment
        return accept_signal(uow, ctx, signal, centre)
    if running:
        _noted(uow, ctx, running)
    else:
        _detected(uow, ctx, signal, number, where)
    return Taken(plan=number, known=None)


def _noted(uow: Any, ctx: Any, number: str) -> None:
    """Tell who leads a plan, or its centre, that the card has signalled the family again."""
    found = records.plan(uow.session, number)
    if found is None:
        return
    notifications.tell(
        uow,
        ctx,
        "support_detected",
        accounts=[found.specialist],
        candidates=[] if found.specialist else [Candidate(OPENER, found.centre)],
        instance_id=uow.instances.newest(number) or "",
    )


def _running(session: Any, signal: Signal) -> str:
    """Return the open plan of somebody whom the signal names; empty if there is none."""
    iins = [one.person.iin for one in signal.people if one.person.iin]
    opened = records.open_plans(session, iins)
    first = next(iter(opened.values()), None)
    return first.plan if first else records.signalled_plan(session, iins)


def _detected(uow: Any, ctx: Any, signal: Signal, number: str, centre: str) -> None:
    records.begin(
        uow.session,
        number,
        centre,
        offices.place_of(centre),
        ctx.now(),
        source="family_card",
        signal=signal.message_id,
        content=_prefilled(signal),
    )
    for instance in start(uow, ctx, number, centre):
        told = [Candidate(OPENER, centre)]
        notifications.tell(uow, ctx, "support_detected", candidates=told, instance_id=instance)


def start(uow: Any, ctx: Any, number: str, centre: str) -> tuple[str, ...]:
    """Start the case of a plan that nobody came for: a signal, or a relapse; return its id."""
    known = variables(number, centre, settings_of(uow, ctx))
    return messages.publish(
        uow, ctx, SYSTEM, "support.detected", business_key=number, payload=known
    )


def _prefilled(signal: Signal) -> dict[str, object]:
    """Return what the intake form is filled with: whom and what the card knows."""
    applicant, *others = signal.people
    return {
        **_typed(applicant),
        "phone": signal.phone.replace(" ", ""),
        "members": [_typed(one) | {"relationship": one.relationship.value} for one in others],
        "grounds": [signal.ground],
        "status_before": signal.level,
        "remark": f"{signal.level} · {signal.determined_on:%d.%m.%Y}",
    }


def _typed(found: MemberFacts) -> dict[str, object]:
    person = found.person
    return {
        "surname": person.surname,
        "name": person.name,
        "patronymic": person.patronymic,
        "iin": person.iin or "",
        "born": person.born.isoformat() if person.born else "",
        "sex": person.sex,
    }


def own(uow: Any, actor: Actor, number: str) -> Plan:
    """Return a plan of the actor's centre; `NotFound` for another's and for none alike."""
    found = records.plan(uow.session, number)
    if found is None or found.centre not in rights.reach(actor).centres:
        raise NotFound(text("There is no such plan, or it is not yours to see"))
    return found


def _running_plan(uow: Any, actor: Actor, number: str) -> Plan:
    found = own(uow, actor, number)
    if found.state is not PlanState.RUNNING:
        raise Conflict(text("The plan is not being carried out now."))
    return found


def _publish(
    uow: Any, ctx: Any, actor: Actor, name: str, number: str, **payload: object
) -> tuple[str, ...]:
    """Publish to the plan's case; `Conflict` if it does not wait for that now."""
    reached = messages.publish(uow, ctx, actor, name, business_key=number, payload=payload)
    if not reached:
        raise Conflict(text("The plan is not being carried out now."))
    return reached


def start_amendment(uow: Any, ctx: Any, actor: Actor, number: str) -> None:
    """Begin a change of a running plan: its form waits with the centre."""
    _running_plan(uow, actor, number)
    _publish(uow, ctx, actor, "support.plan.amendment", number)


def move_family(uow: Any, ctx: Any, actor: Actor, number: str, to: str, reason: str) -> None:
    """Hand a running plan over to the centre where the family lives now."""
    found = _running_plan(uow, actor, number)
    if not offices.is_centre(to) or uow.organisations.find(to) is None:
        raise _wrong(text("There is no such centre."))
    if to == found.centre:
        raise _wrong(text("The plan is with this centre already."))
    if not records.employees(uow.session, OPENER, to):
        raise _wrong(text("Nobody at this centre can take the plan over."))
    records.ask_move(uow.session, number, to=to, reason=_why(reason), by=actor.name, at=ctx.now())
    _publish(uow, ctx, actor, "support.family.moved", number, to=to)


def person_died(uow: Any, ctx: Any, actor: Actor, number: str, person: str) -> None:
    """Write that a member has died: his or her open measures are withdrawn, all else goes on."""
    _running_plan(uow, actor, number)
    family = {one.person.id: one for one in records.members(uow.session, number)}
    if person not in family or family[person].deceased:
        raise _wrong(text("This person is not in the family."))
    records.died(uow.session, number, person)
    _publish(uow, ctx, actor, "support.person.died", number, person=person)


def close_plan(uow: Any, ctx: Any, actor: Actor, number: str, reason: str) -> None:
    """Close a plan before its end, with a reason; the centre's head decides it."""
    found = own(uow, actor, number)
    if found.centre not in rights.reach(actor).headed:
        raise Forbidden(text("Only the head of the centre closes a plan."))
    if found.ended_at is not None:
        raise Conflict(text("The plan is over already."))
    records.note_reason(uow.session, number, _why(reason))
    _publish(uow, ctx, actor, "support.plan.closed", number)


def _why(reason: str) -> str:
    said = reason.strip()
    if not said:
        raise _wrong(text("Write the reason."))
    return said[:2000]


def _wrong(said: Text) -> ValueRefused:
    return ValueRefused(said)


def relapse(session: Any, number: str, at: Any) -> tuple[str, Plan]:
    """Open the record of a new plan linked to a finished one (B-13); return number and old plan."""
    old = records.plan(session, number)
    if old is None:
        raise LookupError(f"no plan {number}")
    new = records.next_number(session, at.astimezone(ZONE).year)
    content = {key: said for key, said in old.content.items() if key not in records.LEFT_BEHIND}
    records.begin(
        session,
        new,
        old.centre,
        old.region,
        at,
        source="relapse",
        previous=number,
        content=content,
    )
    return new, old
