"""Who sees what of a plan (S-7.3): one table, asked by every query that a person's page makes.

A role is held at an organisation, so two questions decide: which of the roles below the actor
holds, and whether that organisation has to do with the plan. What is not granted is not read from
the database at all. The table for people is in ``processes/support/README.md``; a test draws it
from `KINDS` and `COLUMNS`, another opens every page with every role and looks for each cell.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from engine.model.people import ADMIN, SUPERVISOR, Actor
from engine.model.sight import Sight
from handlers.people.regions import REGIONS
from handlers.support.offices import (
    BODY_HEAD,
    BODY_SPECIALIST,
    HEAD,
    OVERSEER,
    POLICY,
    SPECIALIST,
    is_body,
    is_centre,
    place_of,
)


class Part(StrEnum):
    """A part of a plan that may be shown or not."""

    #: Numbers: how many plans and measures, how many are late.
    NUMBERS = "numbers"
    #: States and terms of measures, by field and body.
    STATES = "states"
    #: Names, ages, contacts of the whole family.
    FAMILY = "family"
    #: Name, age, contact and address of the one member a measure is for; a child's guardian.
    MEMBER = "member"
    #: Grounds of the difficult situation and what was written down at intake.
    GROUND = "ground"
    #: Measures of all bodies with expected results and reports.
    MEASURES = "measures"
    #: The body's own measures with expected results and reports.
    OWN_MEASURES = "own_measures"
    #: Risks of the whole family.
    RISKS = "risks"
    #: Risks of the member that the body's own measure is for.
    MEMBER_RISKS = "member_risks"
    #: Conclusions of a quarter that were sent.
    CONCLUSIONS = "conclusions"


#: What a centre's people see of the centre's own plans.
_CENTRE = frozenset(
    {Part.NUMBERS, Part.STATES, Part.FAMILY, Part.MEMBER, Part.GROUND, Part.MEASURES}
    | {Part.OWN_MEASURES, Part.CONCLUSIONS}
)
_BODY = frozenset({Part.MEMBER, Part.OWN_MEASURES})
#: Role → parts. Where a role is not named, nothing is seen.
MATRIX: Mapping[str, frozenset[Part]] = {
    SPECIALIST: _CENTRE,
    HEAD: _CENTRE | {Part.RISKS, Part.MEMBER_RISKS},
    BODY_SPECIALIST: _BODY,
    BODY_HEAD: _BODY,
    OVERSEER: frozenset({Part.NUMBERS, Part.CONCLUSIONS}),
    POLICY: frozenset({Part.CONCLUSIONS}),
    ADMIN: frozenset({Part.NUMBERS, Part.STATES}),
}
#: What is seen besides by the specialist who leads the plan.
LEADING = frozenset({Part.RISKS, Part.MEMBER_RISKS})
#: What is seen besides at a body of this field.
BY_FIELD: Mapping[str, frozenset[Part]] = {"interior": frozenset({Part.MEMBER_RISKS})}
#: Kind of data → parts of which one grants it: the rows of the matrix.
KINDS: Mapping[str, frozenset[Part]] = {
    "name, age, contacts, address of whom the measure is for; a child’s guardian": frozenset(
        {Part.MEMBER, Part.FAMILY}
    ),
    "IIN": frozenset({Part.FAMILY}),
    "the other members": frozenset({Part.FAMILY}),
    "ground, situation, level of well-being": frozenset({Part.GROUND}),
    "answers of registries": frozenset({Part.GROUND}),
    "restricted answers": frozenset({Part.RISKS}),
    "risks of whom the measure is for": frozenset({Part.RISKS, Part.MEMBER_RISKS}),
    "risks of the other members": frozenset({Part.RISKS}),
    "the own measure: what, result, term": frozenset({Part.OWN_MEASURES, Part.MEASURES}),
    "its reports, reviews, questions": frozenset({Part.OWN_MEASURES, Part.MEASURES}),
    "its documents, comments, history": frozenset({Part.OWN_MEASURES, Part.MEASURES}),
    "other measures with all of that": frozenset({Part.MEASURES}),
    "versions and changes of the plan": frozenset({Part.MEASURES}),
    "the plan’s comments and sent forms": frozenset({Part.MEASURES}),
    "states and terms by body, signatures": frozenset({Part.STATES}),
    "numbers of the centre and region": frozenset({Part.NUMBERS}),
    "conclusions on a quarter": frozenset({Part.CONCLUSIONS}),
}
#: Who looks → what is granted: the columns of the matrix. Whoever is in none of them sees nothing.
COLUMNS: Mapping[str, frozenset[Part]] = {
    "centre: who leads the plan": MATRIX[SPECIALIST] | LEADING,
    "centre: other specialists": MATRIX[SPECIALIST],
    "centre: head": MATRIX[HEAD],
    "body of the measure": MATRIX[BODY_SPECIALIST],
    "interior body of the measure": MATRIX[BODY_SPECIALIST] | BY_FIELD["interior"],
    "region": MATRIX[OVERSEER],
    "family policy": MATRIX[POLICY],
    "administrator": MATRIX[ADMIN],
    "anybody else": frozenset(),
}


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Where an actor's roles reach."""

    #: Centres whose plans are seen with names.
    centres: frozenset[str]
    #: Of them those where the actor is the head.
    headed: frozenset[str]
    #: Bodies whose own measures are seen.
    bodies: frozenset[str]
    #: Regions of which the numbers are seen.
    regions: frozenset[str]
    #: Whether conclusions of every centre are seen.
    policy: bool
    #: Whether states of every plan are seen, without names.
    admin: bool
    #: Regions of whose plans an administrator of the region sees the states.
    administered: frozenset[str]
    #: Account id.
    account: str


def reach(actor: Actor) -> Reach:
    """Return where an actor's roles reach; a supervisor of an office sees what its people see."""
    held = {role: actor.organisations(role) for role in (*MATRIX, SUPERVISOR)}
    supervised = held[SUPERVISOR]
    headed = held[HEAD] | frozenset(one for one in supervised if is_centre(one))
    bodies = held[BODY_SPECIALIST] | held[BODY_HEAD] | supervised
    return Reach(
        centres=frozenset(one for one in held[SPECIALIST] | headed if is_centre(one)),
        headed=headed,
        bodies=frozenset(one for one in bodies if is_body(one)),
        regions=frozenset(place_of(one) for one in held[OVERSEER]),
        policy=POLICY in held[POLICY],
        admin=any("." not in one for one in held[ADMIN]),
        administered=frozenset(map(region_named, held[ADMIN])) - {""},
        account=actor.account,
    )


def region_named(code: str) -> str:
    """Return the region in an organisation's code; empty where it names none that is known.

    Only a code without a dot is of the whole country: any other reaches nothing.
    """
    found = place_of(code) if code.count(".") > code.startswith("sb.") else ""
    return found if found in REGIONS else ""


def of_plan(actor: Actor, *, centre: str, region: str, specialist: str) -> frozenset[Part]:
    """Return what an actor sees of a plan as a whole; empty: it does not exist for the actor."""
    known = reach(actor)
    found: frozenset[Part] = frozenset()
    if centre in known.centres:
        found |= MATRIX[SPECIALIST]
        if specialist and specialist == known.account:
            found |= LEADING
    if centre in known.headed:
        found |= MATRIX[HEAD]
    if region in known.regions:
        found |= MATRIX[OVERSEER]
    if known.admin or region in known.administered:
        found |= MATRIX[ADMIN]
    return found


def of_measure(
    actor: Actor, *, centre: str, region: str, specialist: str, body: str
) -> frozenset[Part]:
    """Return what an actor sees of one measure: what the plan grants, and what its body has."""
    found = of_plan(actor, centre=centre, region=region, specialist=specialist)
    if is_body(body) and place_of(body) in reach(actor).administered:
        found |= MATRIX[ADMIN]
    if body in reach(actor).bodies:
        found |= _BODY | BY_FIELD.get(body.split(".")[1], frozenset())
    return found


def sight(parts: frozenset[Part]) -> Sight:
    """Return how much of a case the engine shows to who sees these parts of what it is about.

    Whoever had work in it and is granted nothing (the centre from which a family moved away, the
    body from which a measure was transferred) keeps what was sent; an administrator the outline.
    """
    if parts & {Part.MEASURES, Part.OWN_MEASURES}:
        return Sight.WHOLE
    return Sight.OUTLINE if Part.STATES in parts else Sight.SENT
