"""What a head may ask for when she sets a substitution: checked before anything is written."""

from dataclasses import dataclass
from datetime import date, timedelta

from engine.model.people import Actor, Candidate
from engine.model.substitution import LONGEST, Handed, Term, local_day
from engine.model.text import Text, text
from engine.services.context import Context, UnitOfWork

Errors = dict[str, list[Text]]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a head asks for; what she left out is empty or None."""

    #: Organisation code.
    organisation: str
    #: Account id of who is away.
    absent: str = ""
    #: Account id of who works in her place.
    substitute: str = ""
    #: First local day.
    first: date | None = None
    #: Last local day, included.
    last: date | None = None
    #: Role names; none: every role that the absent person holds there.
    roles: tuple[str, ...] = ()
    #: Whether her open tasks go to the substitute on the first day.
    hand_over: bool = False


def errors_of(uow: UnitOfWork, ctx: Context, author: Actor, wish: Wish) -> Errors:
    """Return what stands against it, by field; empty: nothing."""
    errors: Errors = {}
    people = people_of(uow, wish.organisation)
    held = people.get(wish.absent, frozenset())
    _check_absent(errors, author, wish, people)
    _check_substitute(errors, wish, people)
    unknown = sorted(set(wish.roles) - {one.role for one in held})
    if unknown and held:
        errors["roles"] = [text("The person who is away does not hold this role here")]
    _check_term(errors, local_day(ctx.now()), wish)
    if not errors:
        _check_others(errors, uow, local_day(ctx.now()), wish)
    return errors


def people_of(uow: UnitOfWork, organisation: str) -> dict[str, frozenset[Candidate]]:
    """Return the active accounts of an organisation, each with what it can hand on there."""
    rows = [row.id for row in uow.accounts.all(organisation) if row.active]
    held = uow.accounts.memberships(rows)
    handed = Handed(organisation=organisation)
    return {one: handed.of(held[one]) for one in rows}


def _check_absent(
    errors: Errors, author: Actor, wish: Wish, people: dict[str, frozenset[Candidate]]
) -> None:
    stead = author.in_place_of
    if not wish.absent:
        errors["absent"] = [text("Choose who is away")]
    elif wish.absent not in people:
        errors["absent"] = [text("This person does not work in this organisation")]
    elif not people[wish.absent]:
        errors["absent"] = [text("This person holds no role here that another could take over")]
    elif stead is not None and stead.account == wish.absent:
        # Nobody prolongs her own powers.
        errors["absent"] = [
            text(
                "You are the head here only in the place of {name}. Who substitutes that person "
                "is for another head or an administrator to say",
                name=stead.name,
            )
        ]


def _check_substitute(errors: Errors, wish: Wish, people: dict[str, frozenset[Candidate]]) -> None:
    if not wish.substitute:
        errors["substitute"] = [text("Choose who substitutes")]
    elif wish.substitute == wish.absent:
        errors["substitute"] = [text("Nobody substitutes herself: choose somebody else")]
    elif wish.substitute not in people:
        errors["substitute"] = [
            text("A substitute works in the same organisation, with an account that is open")
        ]


def _check_term(errors: Errors, today: date, wish: Wish) -> None:
    if wish.first is None:
        errors["first"] = [text("Write the first day as a day of the calendar")]
    elif wish.first < today:
        errors["first"] = [text("This day is past: a substitution begins today or later")]
    elif wish.first > today + timedelta(days=LONGEST):
        errors["first"] = [text("A substitution is set at most a year ahead")]
    if wish.last is None:
        errors["last"] = [text("Write the last day as a day of the calendar: it needs an end")]
    elif wish.first is not None and wish.last < wish.first:
        errors["last"] = [text("The last day is before the first one")]
    elif wish.first is not None and Term(first=wish.first, last=wish.last).days > LONGEST:
        errors["last"] = [text("A substitution lasts at most a year")]


def _check_others(errors: Errors, uow: UnitOfWork, today: date, wish: Wish) -> None:
    """Refuse a second substitute for the same person and role on the same day."""
    if wish.first is None or wish.last is None:
        return
    term = Term(first=wish.first, last=wish.last)
    handed = Handed(organisation=wish.organisation, roles=wish.roles)
    for row in uow.substitutions.of_absent(wish.absent, today):
        other = Handed(organisation=row.organisation, roles=tuple(row.roles))
        if handed.meets(other) and term.meets(Term(first=row.first_day, last=row.last_day)):
            errors["first"] = [
                text(
                    "From {first} to {last} {name} substitutes this person already",
                    first=f"{row.first_day:%d.%m.%Y}",
                    last=f"{row.last_day:%d.%m.%Y}",
                    name=row.substitute_name,
                )
            ]
