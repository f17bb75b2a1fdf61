"""What all handlers of this package share: how long to insist, what is left when a system fails.

**With a system down the case goes on.** A fault (down, slow, malformed, another person's answer, a
wrong signature, a refusal) makes the job come again: `RetryLater`, with a sentence without personal
data that admins see on the job. After `patience` failed attempts the handler no longer insists: it
keeps what came in the log of answers and completes with ``outcome`` = the fault's name and
``source`` = ``scan``, and the diagram asks the person for a scan (A-31). No boundary error is
needed, and no token waits. With the default retry (``R3/PT20S``) and patience (2) that is after
40 seconds.

``patience`` = 0 never gives up: when the job's retries are spent, it becomes an incident and the
token stays. That is right for what must arrive (registration in the Portal, the decision for the
labour market), and where a parallel branch goes on while the incident stands.

``outcome`` is one of ``found, not_found, mismatch, not_asked, off, answered, unavailable,
malformed, other_person, wrong_signature, refused``; ``source`` is ``system`` when the system's
answer settles the matter and ``scan`` when a person has to attach one; ``scans`` says which:
``identity:<person id>``, ``marriage``, ``birth:<person id>``, ``death:<person id>``,
``guardianship:<person id>``, ``adoption:<person id>``.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Literal, TypeVar

from pydantic import BaseModel, Field

from engine.errors import NotFound
from engine.handling import Call, RetryLater
from engine.model.text import text
from handlers.people import records
from handlers.people.facts import Difference, MemberFacts, PersonFacts
from handlers.registries.base import Exchange, Outcome, RegistryFault, Settings

#: Retries of questions whose answer a scan can replace.
RETRY = "R3/PT20S"
#: Retries of what must arrive.
INSIST = "R5/PT5M"

T = TypeVar("T")


class Query(BaseModel):
    """What every question may be told."""

    #: Failed attempts after which the case goes on without the answer; 0: never.
    patience: int = Field(default=2, ge=0, le=20)


class Command(BaseModel):
    """What every message that must arrive may be told."""

    #: Failed attempts after which the case goes on all the same; 0: never.
    patience: int = Field(default=0, ge=0, le=20)


class Settled(BaseModel):
    """How a question ended, for the diagram's conditions. No personal data."""

    #: See the module's list.
    outcome: str
    #: ``system``: the answer settles it; ``scan``: a person has to attach one.
    source: Literal["system", "scan"]
    #: Which scans are needed.
    scans: list[str] = Field(default_factory=list)
    #: How many things the system knows otherwise; the log of answers says which.
    differences: int = 0


class Delivered(BaseModel):
    """How a message ended. No personal data."""

    #: ``found`` (accepted), or a fault's name after patience ended.
    outcome: str


def settings_of(call: Call) -> Settings:
    """Return the settings that the call carries."""
    return Settings(values=call.settings)


def family(call: Call) -> list[MemberFacts]:
    """Read the people of the case; the session is closed before anybody is asked (law 2)."""
    with call.records() as session:
        found = records.family(session, call.business_key)
    if not found:
        raise NotFound(text("The case has no family yet."))
    return found


def attempt(call: Call, patience: int, ask: Callable[[], T]) -> T | RegistryFault:
    """Ask; return the answer, or the fault once patience is at its end.

    Raises `RetryLater` before that.
    """
    try:
        return ask()
    except RegistryFault as fault:
        if patience == 0 or call.attempt <= patience:
            raise RetryLater(fault.text, request=fault.exchange.label) from fault
        return fault


def keep(
    call: Call,
    system: str,
    outcome: str,
    exchange: Exchange,
    person: str = "",
    differences: Iterable[Difference] = (),
    source: str = "",
    restricted: bool = False,
) -> None:
    """Have the exchange written to the log of answers in the transaction of the result.

    A restricted answer is for those whom the domain's rights name (`records.answers`).
    """
    found = tuple(differences)
    by_outcome = "scan" if outcome in {Outcome.NOT_FOUND, *_FAULTS} else "system"

    def save(session: object) -> None:
        records.save_answer(
            session,  # type: ignore[arg-type]
            case_number=call.business_key,
            person_id=person or None,
            system=system,
            outcome=outcome,
            source=source or by_outcome,
            request=exchange.request,
            response=exchange.response,
            differences=found,
            restricted=restricted,
            asked_at=call.now,
            answered_at=call.now + exchange.took,
        )

    call.on_finish(save)


_FAULTS = (
    Outcome.UNAVAILABLE,
    Outcome.MALFORMED,
    Outcome.OTHER_PERSON,
    Outcome.WRONG_SIGNATURE,
    Outcome.REFUSED,
)


def settled(scans: Sequence[str], differences: Sequence[Difference], fault: str = "") -> Settled:
    """Return how a question ended, the gravest thing first: fault, missing, mismatch, found."""
    outcome = Outcome.MISMATCH if differences else Outcome.FOUND
    if scans:
        outcome = Outcome.NOT_FOUND
    return Settled(
        outcome=fault or outcome,
        source="scan" if scans or fault else "system",
        scans=list(scans),
        differences=len(differences),
    )


def age(born: date, today: date) -> int:
    """Return the full years since a birth."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def compare(person: PersonFacts, there: dict[str, str]) -> list[Difference]:
    """Return what a system knows otherwise; what it does not say is not compared."""
    here = {
        "surname": person.surname,
        "name": person.name,
        "patronymic": person.patronymic,
        "born": person.born.isoformat() if person.born else "",
        "sex": person.sex,
        "citizenship": person.citizenship,
    }
    return [
        Difference(person=person.id, field=name, here=here[name], there=known)
        for name, known in there.items()
        if known and known.casefold() != here[name].casefold()
    ]
