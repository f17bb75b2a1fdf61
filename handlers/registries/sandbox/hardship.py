"""What a synthetic family in a difficult situation is, and what such families look like."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from handlers.people.iin import FEMALE, MALE
from handlers.registries.sandbox.families import Family
from handlers.registries.wellbeing import Level


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What families in a kind of difficulty look like."""

    #: Sex of the applicant; empty: either.
    sex: str = ""
    #: Least and greatest age of the applicant.
    ages: tuple[int, int]
    #: How many of a hundred have a spouse.
    spouse: int = 0
    #: Least and greatest number of children.
    children: tuple[int, int] = (0, 0)
    #: Greatest age of a child.
    oldest: int = 16
    #: Whether the applicant is the children's guardian.
    guardian: bool = False


#: Ground (`handlers.registries.signals.GROUNDS`) → shape.
SHAPES: Mapping[str, Shape] = {
    "violence": Shape(sex=FEMALE, ages=(24, 40), children=(1, 3)),
    "neglect": Shape(ages=(28, 45), spouse=60, children=(2, 4)),
    "no_parental_care": Shape(sex=FEMALE, ages=(52, 66), spouse=30, children=(1, 2), guardian=True),
    "impairment": Shape(ages=(30, 48), spouse=80, children=(1, 2)),
    "early_development": Shape(sex=FEMALE, ages=(22, 35), spouse=50, children=(1, 2), oldest=3),
    "probation": Shape(sex=MALE, ages=(24, 40), spouse=70, children=(0, 2)),
    "orphan": Shape(sex=FEMALE, ages=(45, 60), children=(1, 2), guardian=True),
    "illness": Shape(ages=(30, 55), spouse=50, children=(0, 2)),
    "self_care": Shape(ages=(68, 84)),
    "released": Shape(sex=MALE, ages=(26, 45), spouse=40, children=(0, 2)),
    "homeless": Shape(sex=MALE, ages=(35, 55)),
}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """How a family stood from a day on."""

    #: Day on which the card determined it.
    on: date
    #: Level of well-being.
    level: Level
    #: IIN → social statuses.
    statuses: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Support:
    """A support that somebody gets or got."""

    #: IIN.
    iin: str
    #: The unified system's code.
    code: str
    #: First day.
    since: date
    #: Last day; None: without end.
    until: date | None


@dataclass(frozen=True, kw_only=True)
class Watch:
    """That somebody is under supervision of the probation service."""

    #: IIN.
    iin: str
    #: First day.
    since: date
    #: Last day.
    until: date
    #: Duties.
    duties: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Hardship:
    """A family in a difficult situation as all systems together know it."""

    #: Number, from 1.
    number: int
    #: Ground of the situation.
    ground: str
    #: The people; in the order in which the family moves nowhere.
    family: Family
    #: How it stood, the oldest first; at least one.
    stages: tuple[Stage, ...]
    #: What support its members get or got.
    support: tuple[Support, ...]
    #: Who of it is under supervision.
    watched: tuple[Watch, ...]

    def stage(self, day: date) -> Stage | None:
        """Return how the family stood on a day; None before the card knew."""
        return next((one for one in reversed(self.stages) if one.on <= day), None)
