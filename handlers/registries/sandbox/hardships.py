"""Synthetic families in difficult situations: the same ones on every machine and in every run.

Made like `handlers.registries.sandbox.families` and of the same words. The first one is the family
of the project's drawings: Сәрсен Дана with Аружан and Ерасыл. Nobody here exists.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache

from handlers.people.facts import MemberFacts, PersonFacts, Relationship
from handlers.people.iin import FEMALE, MALE
from handlers.registries.asking import age
from handlers.registries.sandbox.families import TODAY, Act, Dice, Family, make_iin
from handlers.registries.sandbox.hardship import SHAPES, Hardship, Stage, Support, Watch
from handlers.registries.sandbox.names import MEN, OCCUPATIONS, REGIONS, STREETS, SURNAMES, WOMEN
from handlers.registries.wellbeing import Level

#: How many there are unless told otherwise.
COUNT = 40
#: Region of a family by its number: some regions have more, as an office has several plans.
LIVING = ("10", "47", "10", "61", "55", "47", "35", "75")
#: Days on which the card looks at everybody again, so that every quarter shows some changes.
LOOKS = tuple(date(2026 + month // 12, month % 12 + 1, 15) for month in range(10, 30, 3))
CHILDREN = (Relationship.CHILD, Relationship.CHILD_FAMILY)
LEVELS: Sequence[Level] = ("A", "B", "C", "D", "E")


class _Maker:
    """Makes one family step by step."""

    #: Where it lives; empty: somewhere in its region.
    place = ""

    def __init__(self, number: int) -> None:
        self.number = number
        self.dice = Dice(10_000 + number)
        self.ground = tuple(SHAPES)[(number - 1) % len(SHAPES)]
        self.shape = SHAPES[self.ground]
        self.surname = SURNAMES[(number * 5) % len(SURNAMES)]
        self.region = LIVING[(number - 1) % len(LIVING)]
        #: Name of the children's father: somebody who is not here, or the man of the couple.
        self.father = self.dice.one(MEN)
        self.members: list[MemberFacts] = []
        self.acts: list[Act] = []

    def person(
        self, relation: Relationship, sex: str, born: date, name: str = "", surname: str = ""
    ) -> PersonFacts:
        """Add a person; children have one father's name."""
        serial = 3000 + self.number * 20 + len(self.members)
        names, ending = (MEN, "ұлы") if sex == MALE else (WOMEN, "қызы")
        father = self.father if relation in CHILDREN else self.dice.one(MEN)
        made = PersonFacts(
            id="",
            surname=surname or self.surname,
            name=name or self._name(names),
            patronymic=f"{father}{ending}",
            iin=make_iin(born, sex, serial),
            born=born,
            sex=sex,
            citizenship="KAZ",
            document=f"0{40_000_000 + self.number * 20 + len(self.members)}",
        )
        self.members.append(MemberFacts(person=made, relationship=relation))
        return made

    def _name(self, names: Sequence[str]) -> str:
        """Throw a name that nobody in the family has."""
        taken = {one.person.name for one in self.members}
        while (name := self.dice.one(names)) in taken:
            pass
        return name

    def _born(self, years: int) -> date:
        return TODAY - timedelta(days=years * 366 + self.dice.number(0, 300))

    def act(self, kind: str, person: PersonFacts, other: PersonFacts, on: date) -> None:
        """Record an act of civil status."""
        self.acts.append(
            Act(
                kind=kind,
                iin=person.iin or "",
                other=other.iin or "",
                number=f"{on:%y}-{800 + self.number:03d}-{len(self.acts) + 1:02d}",
                on=on,
                country="KAZ",
            )
        )

    def make(self) -> Hardship:
        """Put everything together."""
        dice = self.dice
        sex = self.shape.sex or dice.one((MALE, FEMALE))
        years = dice.number(*self.shape.ages)
        applicant = self.person(Relationship.APPLICANT, sex, self._born(years))
        self._spouse(applicant, sex, years)
        if not self.shape.guardian:
            men = [one.person.name for one in self.members if one.person.sex == MALE]
            self.father = next(iter(men), self.father)
        self._children(applicant, years)
        since = TODAY - timedelta(days=dice.number(20, 180))
        return self._hardship(self._stages(since), since)

    def _spouse(self, applicant: PersonFacts, sex: str, years: int) -> None:
        if not self.dice.chance(self.shape.spouse):
            return
        other = FEMALE if sex == MALE else MALE
        age_ = max(20, years + self.dice.number(-3, 3))
        spouse = self.person(Relationship.SPOUSE, other, self._born(age_))
        on = TODAY - timedelta(days=365 * max(1, min(years, age_) - 19))
        self.act("marriage", applicant, spouse, on)

    def _children(self, applicant: PersonFacts, years: int) -> None:
        relation = Relationship.CHILD_FAMILY if self.shape.guardian else Relationship.CHILD
        child_years = min(self.shape.oldest, years - 20) - self.dice.number(0, 2)
        for _ in range(self.dice.number(*self.shape.children)):
            if child_years < 0:
                break
            sex = self.dice.one((MALE, FEMALE))
            child = self.person(relation, sex, self._born(child_years))
            child_years -= self.dice.number(2, 4)
            if relation is Relationship.CHILD:
                on = (child.born or TODAY) + timedelta(days=self.dice.number(3, 20))
                self.act("birth", child, applicant, on)

    def _stages(self, since: date) -> tuple[Stage, ...]:
        """Let the family rise and fall from today on: rather rise, for it is helped."""
        level = self.dice.number(3, 4)
        stages = [self._stage(since, level)]
        for day in LOOKS:
            throw, before = self.dice.number(1, 100), level
            level = max(1, level - 1) if throw <= 50 else min(4, level + (throw > 85))
            if level != before:
                stages.append(self._stage(day, level))
        return tuple(stages)

    def _stage(self, on: date, level: int) -> Stage:
        statuses = {
            one.person.iin or "": tuple(sorted(self._statuses(one, on, level)))
            for one in self.members
        }
        return Stage(on=on, level=LEVELS[level], statuses=statuses)

    def _statuses(self, one: MemberFacts, on: date, level: int) -> set[str]:
        years = age(one.person.born or on, on)
        poor = {"low_income"} if level >= 3 else set()
        if years < 18:
            ward = {"ward"} if one.relationship is Relationship.CHILD_FAMILY else set()
            return {"pupil" if years >= 6 else "preschool"} | ward | poor
        works = "pensioner" if years >= 63 else ("unemployed" if level >= 3 else "employed")
        return {works} | poor | self._burdens(one)

    def _burdens(self, one: MemberFacts) -> set[str]:
        """Return what stays however a family fares."""
        relations = [member.relationship for member in self.members]
        children = relations.count(Relationship.CHILD)
        found = {"large_family"} if children >= 4 else set()
        if children and Relationship.SPOUSE not in relations:
            found.add("single_parent")
        if self.ground in {"impairment", "self_care"} and one is self.members[0]:
            found.add("disability")
        return found

    def _support(self, since: date) -> tuple[Support, ...]:
        """Give the applicant what the ground suggests, and to some what they no longer get."""
        iin, start = self.members[0].person.iin or "", since - timedelta(days=300)
        usual = {"impairment": "disability_benefit", "self_care": "disability_benefit"}
        code = "guardian_allowance" if self.shape.guardian else usual.get(self.ground, "")
        found = [Support(iin=iin, code=code, since=start, until=None)] if code else []
        if self.dice.chance(60):
            ended = start + timedelta(days=180)
            found.append(Support(iin=iin, code="targeted_assistance", since=start, until=ended))
        found += [
            Support(iin=one.person.iin or "", code="child_benefit", since=start, until=None)
            for one in self.members
            if one.relationship is Relationship.CHILD
        ]
        return tuple(found)

    def _watched(self, since: date) -> tuple[Watch, ...]:
        if self.ground != "probation":
            return ()
        start = since - timedelta(days=self.dice.number(30, 200))
        duties = ("тұрғылықты жерін өзгертпеу", "айына екі рет тіркелу")
        watch = Watch(
            iin=self.members[0].person.iin or "",
            since=start,
            until=start + timedelta(days=730),
            duties=duties,
        )
        return (watch,)

    def _hardship(self, stages: tuple[Stage, ...], since: date) -> Hardship:
        return Hardship(
            number=self.number,
            ground=self.ground,
            family=self._family(since),
            stages=stages,
            support=self._support(since),
            watched=self._watched(since),
        )

    def _family(self, since: date) -> Family:
        place = self.place or self.dice.one(REGIONS[self.region].places)
        return Family(
            number=1000 + self.number,
            members=tuple(self.members),
            apart=(),
            acts=tuple(self.acts),
            wards=tuple(
                one.person.iin or ""
                for one in self.members
                if one.relationship is Relationship.CHILD_FAMILY
            ),
            adopted=(),
            lost=(),
            origin=self.region,
            destination=self.region,
            place=place,
            address=f"{self.dice.one(STREETS)} көшесі, {self.dice.number(1, 140)}-үй",
            wished=place,
            country="KAZ",
            status_number="",
            status_on=since,
            occupation=self.dice.one(OCCUPATIONS),
            phone=f"+7 700 000 {10 + self.number // 100:02d} {self.number % 100:02d}",
            by_iin={one.person.iin or "": one.person for one in self.members},
        )


class _Drawn(_Maker):
    """The family of the drawings, with its history written down."""

    place = "Семей"

    def make(self) -> Hardship:
        """Put Дана, Аружан and Ерасыл together."""
        self.surname = "Сәрсен"
        mother = self.person(Relationship.APPLICANT, FEMALE, date(1995, 3, 14), "Дана")
        for name, sex, born in (
            ("Аружан", FEMALE, date(2017, 6, 2)),
            ("Ерасыл", MALE, date(2022, 5, 21)),
        ):
            child = self.person(Relationship.CHILD, sex, born, name, "Болат")
            self.act("birth", child, mother, born + timedelta(days=6))
        since = date(2026, 8, 17)
        looks = ((since, 4), (date(2026, 12, 10), 3), (date(2027, 3, 10), 2))
        return self._hardship(tuple(self._stage(*look) for look in looks), since)


@cache
def hardships(count: int = COUNT) -> tuple[Hardship, ...]:
    """Return the first `count` families in difficulty, the same ones every time."""
    return tuple(
        (_Drawn if number == 1 else _Maker)(number).make() for number in range(1, count + 1)
    )
