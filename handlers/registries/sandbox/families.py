"""Synthetic families: the same, number by number, on every machine and in every run.

The sandbox's registries know them, and the demo's cases are about them. Nobody here exists; IINs
are valid by their check digit (`handlers.people.iin`), so use them nowhere outside demo and tests.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import TypeVar

from handlers.people.facts import MemberFacts, PersonFacts, Relationship
from handlers.people.iin import FEMALE, MALE, check_digit
from handlers.registries.sandbox.names import (
    COUNTRIES,
    LEAVING,
    MEN,
    OCCUPATIONS,
    RECEIVING,
    REGIONS,
    STREETS,
    SURNAMES,
    WOMEN,
    Occupation,
)

T = TypeVar("T")
#: Ages are counted from here.
TODAY = date(2026, 9, 1)
#: How many families there are unless told otherwise.
COUNT = 80


@dataclass(frozen=True, kw_only=True)
class Act:
    """An act of civil status."""

    #: ``birth``, ``marriage`` or ``death``.
    kind: str
    #: IIN of the person concerned.
    iin: str
    #: IIN of the other spouse, or of the deceased or born child's parent.
    other: str
    #: Number of the record.
    number: str
    #: Date of the record.
    on: date
    #: Country of registration, ISO 3166-1 alpha-3.
    country: str


@dataclass(frozen=True, kw_only=True)
class Family:
    """One family as all registries together know it."""

    #: Number, from 1.
    number: int
    #: The applicant first. Those who move and are in the application.
    members: tuple[MemberFacts, ...]
    #: Close relatives who stay: parents and children whom the family card knows (K-9).
    apart: tuple[MemberFacts, ...]
    #: Acts of civil status, those registered abroad included.
    acts: tuple[Act, ...]
    #: IINs of children under guardianship of the applicant.
    wards: tuple[str, ...]
    #: IINs of children adopted by a court's decision.
    adopted: tuple[str, ...]
    #: Children who died.
    lost: tuple[PersonFacts, ...]
    #: First two digits of the KATO of the region they leave.
    origin: str
    #: First two digits of the KATO of the region they want to settle in.
    destination: str
    #: Place in the region of origin, and address there.
    place: str
    #: Street and house.
    address: str
    #: Place wished for in the region of settlement.
    wished: str
    #: Country they came from, ISO 3166-1 alpha-3.
    country: str
    #: Number of the kandas certificate and its date.
    status_number: str
    #: When the status was given.
    status_on: date
    #: The applicant's occupation.
    occupation: Occupation
    #: Telephone for contact, Kazakhstan's notation; nobody's.
    phone: str
    #: Everybody by IIN.
    by_iin: dict[str, PersonFacts] = field(default_factory=dict, compare=False, repr=False)

    @property
    def applicant(self) -> PersonFacts:
        """Return the applicant."""
        return self.members[0].person

    def of(self, *wanted: Relationship) -> list[PersonFacts]:
        """Return the members in the application with one of these relationships."""
        return [found.person for found in self.members if found.relationship in wanted]


class Dice:
    """Throws the same numbers for the same family everywhere, whatever Python's `random` does."""

    def __init__(self, family: int) -> None:
        self._family = family
        self._throws = 0

    def number(self, low: int, high: int) -> int:
        """Return a number from `low` to `high`, both included."""
        self._throws += 1
        digest = hashlib.sha256(f"zholdama/{self._family}/{self._throws}".encode()).digest()
        return low + int.from_bytes(digest[:8]) % (high - low + 1)

    def one(self, of: Sequence[T]) -> T:
        """Choose one."""
        return of[self.number(0, len(of) - 1)]

    def chance(self, percent: int) -> bool:
        """Happen so many times of a hundred."""
        return self.number(1, 100) <= percent


def make_iin(born: date, sex: str, serial: int) -> str:
    """Return a valid IIN; serials whose check digit does not exist are stepped over."""
    century = {18: 1, 19: 3, 20: 5}[born.year // 100] + (sex == FEMALE)
    while True:
        prefix = f"{born:%y%m%d}{century}{serial % 10_000:04d}"
        digit = check_digit(prefix)
        if digit is not None:
            return f"{prefix}{digit}"
        serial += 1


class _Maker:
    """Makes one family step by step."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.dice = Dice(number)
        self.country = self._country()
        self.surname = SURNAMES[(number * 7) % len(SURNAMES)]
        self.people: dict[str, PersonFacts] = {}
        self.acts: list[Act] = []

    def _country(self) -> str:
        throw, total = self.dice.number(1, 100), 0
        for country in COUNTRIES:
            total += country.share
            if throw <= total:
                return country.code
        return COUNTRIES[0].code

    def person(self, sex: str, years: int, father: str = "", surname: str = "") -> PersonFacts:
        """Make a person of about this age; the patronymic comes from the father's name."""
        born = TODAY - timedelta(days=years * 365 + self.dice.number(0, 330))
        serial = 5000 + self.number * 20 + len(self.people)
        iin = make_iin(born, sex, serial)
        ending = "ұлы" if sex == MALE else "қызы"
        made = PersonFacts(
            id="",
            surname=surname or self.surname,
            name=self.dice.one(MEN if sex == MALE else WOMEN),
            patronymic=f"{father or self.dice.one(MEN)}{ending}",
            iin=iin,
            born=born,
            sex=sex,
            citizenship=self.country,
            document=f"{self.country[0]}{1_000_000 + self.number * 20 + len(self.people)}",
        )
        self.people[iin] = made
        return made

    def act(self, kind: str, person: PersonFacts, other: PersonFacts, on: date) -> None:
        """Record an act: where they lived then, at home or already here."""
        country = "KAZ" if on >= self.status_on - timedelta(days=900) else self.country
        number = f"{on:%y}-{self.number:03d}-{len(self.acts) + 1:02d}"
        self.acts.append(
            Act(
                kind=kind,
                iin=person.iin or "",
                other=other.iin or "",
                number=number,
                on=on,
                country=country,
            )
        )

    def make(self) -> Family:
        """Put everything together."""
        dice = self.dice
        self.status_on = TODAY - timedelta(days=dice.number(60, 2400))
        sex = MALE if dice.chance(65) else FEMALE
        applicant = self.person(sex, dice.number(27, 52))
        members = [MemberFacts(person=applicant, relationship=Relationship.APPLICANT)]
        spouse = self._spouse(applicant, members)
        children = self._children(applicant, spouse, members)
        wards, adopted = self._ward(applicant, members), self._adopted(applicant, members)
        apart = self._relatives(applicant, members, children)
        lost = self._lost(applicant)
        return self._family(members, apart, wards, adopted, lost)

    def _spouse(self, applicant: PersonFacts, members: list[MemberFacts]) -> PersonFacts | None:
        if not self.dice.chance(85):
            return None
        age = max(22, TODAY.year - (applicant.born or TODAY).year + self.dice.number(-4, 3))
        sex = FEMALE if applicant.sex == MALE else MALE
        spouse = self.person(sex, age, surname=self.dice.one(SURNAMES))
        members.append(MemberFacts(person=spouse, relationship=Relationship.SPOUSE))
        younger = min(age, TODAY.year - (applicant.born or TODAY).year)
        on = TODAY - timedelta(days=365 * max(1, younger - 21) + self.dice.number(0, 200))
        self.act("marriage", applicant, spouse, on)
        return spouse

    def _children(
        self, applicant: PersonFacts, spouse: PersonFacts | None, members: list[MemberFacts]
    ) -> list[PersonFacts]:
        father = applicant if applicant.sex == MALE else spouse
        oldest = TODAY.year - (applicant.born or TODAY).year - 22
        made: list[PersonFacts] = []
        for place in range(self.dice.number(0 if spouse else 1, 4)):
            age = oldest - 1 - place * 3
            if age < 0:
                break
            sex = self.dice.one((MALE, FEMALE))
            child = self.person(sex, age, father=father.name if father else "")
            made.append(child)
            born = child.born or TODAY
            self.act("birth", child, applicant, born + timedelta(days=self.dice.number(5, 40)))
            members.append(MemberFacts(person=child, relationship=Relationship.CHILD))
        return made

    def _ward(self, applicant: PersonFacts, members: list[MemberFacts]) -> tuple[str, ...]:
        if self.number % 11:
            return ()
        child = self.person(self.dice.one((MALE, FEMALE)), self.dice.number(5, 15))
        members.append(MemberFacts(person=child, relationship=Relationship.CHILD_FAMILY))
        return (child.iin or "",)

    def _adopted(self, applicant: PersonFacts, members: list[MemberFacts]) -> tuple[str, ...]:
        if self.number % 13:
            return ()
        child = self.person(
            self.dice.one((MALE, FEMALE)), self.dice.number(3, 12), father=applicant.name
        )
        self.act("birth", child, applicant, (child.born or TODAY) + timedelta(days=20))
        members.append(MemberFacts(person=child, relationship=Relationship.ADOPTED_CHILD))
        return (child.iin or "",)

    def _relatives(
        self, applicant: PersonFacts, members: list[MemberFacts], children: list[PersonFacts]
    ) -> list[MemberFacts]:
        """Add a parent who comes along, or parents who stay behind and whom only the card knows."""
        age = TODAY.year - (applicant.born or TODAY).year + self.dice.number(22, 30)
        if age > 85 or not self.dice.chance(45):
            return []
        parent = self.person(self.dice.one((MALE, FEMALE)), age)
        found = MemberFacts(person=parent, relationship=Relationship.PARENT)
        if self.dice.chance(40):
            members.append(found)
            return []
        return [found]

    def _lost(self, applicant: PersonFacts) -> tuple[PersonFacts, ...]:
        """Add a child who died: here, or in every second of these families abroad."""
        if self.number % 17:
            return ()
        days = -2000 if self.number % 34 == 0 else 20
        on = self.status_on + timedelta(days=days)
        # Dice of its own: the rest of the family stays as it was thrown.
        thrown, self.dice = self.dice, Dice(-self.number)
        child = self.person(MALE, 12, father=applicant.name)
        self.dice = thrown
        self.act("death", child, applicant, on)
        return (child,)

    def _family(
        self,
        members: list[MemberFacts],
        apart: list[MemberFacts],
        wards: tuple[str, ...],
        adopted: tuple[str, ...],
        lost: tuple[PersonFacts, ...],
    ) -> Family:
        dice, number = self.dice, self.number
        origin = LEAVING[number % len(LEAVING)]
        destination = RECEIVING[(number // 2) % len(RECEIVING)]
        return Family(
            number=number,
            members=tuple(members),
            apart=tuple(apart),
            acts=tuple(self.acts),
            wards=wards,
            adopted=adopted,
            lost=lost,
            origin=origin,
            destination=destination,
            place=dice.one(REGIONS[origin].places),
            address=f"{dice.one(STREETS)} көшесі, {dice.number(1, 140)}-үй",
            wished=dice.one(REGIONS[destination].places),
            country=self.country,
            status_number=f"{self.status_on:%y}-{10_000 + number}",
            status_on=self.status_on,
            occupation=dice.one(OCCUPATIONS),
            phone=f"+7 700 000 {number // 100:02d} {number % 100:02d}",
            by_iin=dict(self.people),
        )


@cache
def families(count: int = COUNT) -> tuple[Family, ...]:
    """Return the first `count` families, the same ones every time."""
    return tuple(_Maker(number).make() for number in range(1, count + 1))
