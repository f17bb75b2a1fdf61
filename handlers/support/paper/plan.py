"""The individual work plan as PDF (S-8), in Kazakh.

Order 74 has no form for it: the form is in the rules approved by order 256-НҚ of 14 June 2024,
whose text is missing (B-02). Until it is there, the sheet holds what S-8 names: person or family,
ground, measures with field, body, term and expected result; the heading is this product's own.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

from engine.model.calendar import ZONE
from engine.paper import pdf
from handlers.support.paper.printed import Signed

TEMPLATE = Path(__file__).with_name("plan.typ")


@dataclass(frozen=True, kw_only=True)
class Person:
    """A member of the family."""

    #: Surname, name and patronymic.
    name: str
    #: Day of birth; None: unknown.
    born: date | None
    #: What she or he is to who turned to the centre.
    relation: str
    #: Whether it is a child.
    child: bool
    #: On which ground she or he represents the children; empty: not.
    represents: str
    #: Whether she or he has died since.
    deceased: bool


@dataclass(frozen=True, kw_only=True)
class Line:
    """A measure."""

    #: Place in the plan.
    place: int
    #: Whom it is for: heading of its group.
    whom: str
    #: Whether that is a child.
    child: bool
    #: What is to be done.
    title: str
    #: Expected result.
    expected: str
    #: Field of S-5.
    field: str
    #: Name of the body.
    body: str
    #: Public service; empty: none.
    service: str
    #: Day or working days.
    term: str
    #: Where it is; empty while the plan is not carried out.
    state: str
    #: Since when it is there (UTC); None: not said.
    on: datetime | None
    #: Why it ended otherwise than planned; empty: it did not.
    reason: str


@dataclass(frozen=True, kw_only=True)
class Edition:
    """An approved version."""

    #: From 1.
    number: int
    #: Why there is it.
    cause: str
    #: Why, in somebody's own words.
    reason: str
    #: What it changed, line by line.
    changes: Sequence[str]
    #: Who approved it.
    by: str
    #: When (UTC).
    at: datetime | None
    #: SHA-256 of its content, hexadecimal.
    digest: str
    #: Signatures over it.
    signatures: Sequence[Signed]


@dataclass(frozen=True, kw_only=True)
class PlanPaper:
    """A plan as it is printed, all words in Kazakh."""

    #: Number.
    number: str
    #: Version that is in force; 0: none is approved.
    version: int
    #: Version that waits for approval or was returned; 0: none.
    pending: int
    #: Name of the centre.
    centre: str
    #: Where the plan is.
    state: str
    #: The mark of completion or the end, with its day; empty: open.
    ended: str
    #: The family, children first.
    people: Sequence[Person]
    #: Grounds of the difficult situation.
    grounds: Sequence[str]
    #: Its description.
    situation: str
    #: Level of well-being by the family card; empty: not said.
    level: str
    #: Aims of the plan (S-8).
    aims: Sequence[str]
    #: Measures, children's first.
    measures: Sequence[Line]
    #: Approved versions, the first one first.
    editions: Sequence[Edition]


def plan(found: PlanPaper, *, at: datetime) -> bytes:
    """Return a plan as PDF/A; `at` (UTC) is the moment of printing."""
    data = {
        **asdict(found),
        "printed": _moment(at),
        "people": [_person(one) for one in found.people],
        "groups": _groups(found.measures),
        "editions": [_edition(one) for one in found.editions],
    }
    # The PDF's date has no room for fractions of a second.
    return pdf(TEMPLATE, data, at=at.replace(microsecond=0))


def _person(one: Person) -> dict[str, object]:
    return asdict(one) | {"born": f"{one.born:%d.%m.%Y}" if one.born else "–"}


def _groups(found: Sequence[Line]) -> list[dict[str, object]]:
    """Return the measures by whom they are for; nothing of a group stands at two places."""
    groups: dict[tuple[str, bool], list[dict[str, object]]] = {}
    for one in found:
        row = asdict(one) | {"on": _day(one.on)}
        groups.setdefault((one.whom, one.child), []).append(row)
    return [{"whom": whom, "child": child, "rows": rows} for (whom, child), rows in groups.items()]


def _edition(one: Edition) -> dict[str, object]:
    signed = [asdict(seal) | {"at": _moment(seal.at)} for seal in one.signatures]
    return asdict(one) | {"at": _moment(one.at), "signatures": signed}


def _day(when: datetime | None) -> str:
    return f"{when.astimezone(ZONE):%d.%m.%Y}" if when else ""


def _moment(when: datetime | None) -> str:
    return f"{when.astimezone(ZONE):%d.%m.%Y %H:%M}" if when else ""
