"""What the sandbox's registries know and have been told."""

from collections.abc import Sequence
from datetime import date, datetime

from handlers.people.facts import PersonFacts
from handlers.registries.civil_registry import Act, Acts, ActsRequest
from handlers.registries.family_card import Card, Relative
from handlers.registries.guardianship import Ward, Wards
from handlers.registries.labour_exchange import Vacancies, VacanciesRequest, Vacancy
from handlers.registries.labour_market import Accepted, Draft
from handlers.registries.migration_portal import Registered, Registration, Step, Updated
from handlers.registries.mobile_app import Notice, Shown
from handlers.registries.sandbox.care import RELATIONS, Care
from handlers.registries.sandbox.families import Family
from handlers.registries.sandbox.hardship import Hardship
from handlers.registries.sandbox.names import OCCUPATIONS, REGIONS
from handlers.registries.sandbox.receipts import Receipts
from handlers.registries.supreme_court import Adoptions, AdoptionsRequest, Decision


class World:
    """Families, and what has been registered since the sandbox started. Safe between threads."""

    def __init__(self, families: Sequence[Family], hardships: Sequence[Hardship] = ()) -> None:
        """Index the families, those in difficulty among them, by everybody's IIN."""
        self._all = (*families, *(one.family for one in hardships))
        self._family = {iin: family for family in self._all for iin in family.by_iin}
        self._receipts = Receipts()
        #: What order 74's systems know.
        self.care = Care(hardships, self._receipts)
        #: News of each case, for demonstrations: case number → what the Portal was told.
        self.steps: dict[str, list[str]] = {}
        #: Drafts of decisions by case number, as the labour market was handed them.
        self.drafts: dict[str, Draft] = {}

    def family(self, iin: str) -> Family | None:
        """Return the family of a person."""
        return self._family.get(iin)

    def person(self, iin: str) -> PersonFacts | None:
        """Return a person."""
        family = self._family.get(iin)
        return family.by_iin[iin] if family else None

    def somebody_else(self, iin: str) -> str:
        """Return the IIN of another family's applicant."""
        known = self._family.get(iin)
        other = next(family for family in self._all if family is not known)
        return other.applicant.iin or ""

    def acts(self, asked: ActsRequest) -> Acts | None:
        """Return the electronic acts about people: registered here and late enough (A-30)."""
        families = {id(found): found for iin in asked.iins if (found := self.family(iin))}
        fits = [
            Act(kind=act.kind, iin=act.iin, other=act.other, number=act.number, on=act.on)
            for family in families.values()
            for act in family.acts
            if {act.iin, act.other} <= set(asked.iins)
            and act.country == "KAZ"
            and act.on >= asked.since.get(act.kind, date.min)
        ]
        return Acts(iins=asked.iins, acts=fits) if fits else None

    def wards(self, iin: str) -> Wards | None:
        """Return the wards of a guardian."""
        family = self.family(iin)
        if family is None or not family.wards or family.applicant.iin != iin:
            return None
        number = f"ҚО-{family.number:05d}"
        wards = [Ward(iin=ward, number=number, on=family.status_on) for ward in family.wards]
        return Wards(iin=iin, wards=wards)

    def adoptions(self, asked: AdoptionsRequest) -> Adoptions | None:
        """Return the decisions on children whom somebody adopted."""
        family = self.family(asked.iin)
        children = [one for one in family.adopted if one in asked.children] if family else []
        if family is None or not children:
            return None
        court = f"{REGIONS[family.origin].kk} балалар істері жөніндегі соты"
        number = f"2-{family.number}/{family.status_on:%y}"
        return Adoptions(
            iin=asked.iin,
            decisions=[
                Decision(child=child, number=number, on=family.status_on, court=court)
                for child in children
            ],
        )

    def relatives(self, iin: str) -> Card | None:
        """Return the family of an applicant as the card knows it."""
        family = self.family(iin)
        if family is None:
            return None
        people = [*family.members[1:], *family.apart]
        return Card(
            iin=iin,
            relatives=[
                Relative(
                    iin=one.person.iin or "",
                    surname=one.person.surname,
                    name=one.person.name,
                    patronymic=one.person.patronymic,
                    born=one.person.born or date.min,
                    relation=RELATIONS[one.relationship],
                )
                for one in people
            ],
        )

    def register(self, asked: Registration, key: str, at: datetime) -> Registered:
        """Register an application; the same key gets the same number."""

        def make() -> Registered:
            number = f"KZ-{at:%Y}-{self._receipts.next('portal'):06d}"
            return Registered(case_number=asked.case_number, number=number, registered_at=at)

        return self._receipts.once(f"register/{key}", make)

    def update(self, step: Step, key: str) -> Updated:
        """Take news of an application, once per key."""

        def make() -> Updated:
            self.steps.setdefault(step.case_number, []).append(step.status)
            return Updated(case_number=step.case_number)

        return self._receipts.once(f"update/{key}", make)

    def notify(self, notice: Notice, key: str, at: datetime) -> Shown | None:
        """Show a notice to somebody who uses the application."""
        if self.family(notice.iin) is None:
            return None
        return self._receipts.once(f"notify/{key}", lambda: Shown(iin=notice.iin, shown_at=at))

    def decision(self, draft: Draft, key: str, at: datetime) -> Accepted | None:
        """Accept the draft of a decision about somebody known."""
        if self.family(draft.iin) is None:
            return None

        def make() -> Accepted:
            self.drafts[draft.case_number] = draft
            number = f"ЖШ-{at:%y}-{self._receipts.next('labour_market'):05d}"
            return Accepted(iin=draft.iin, number=number, accepted_at=at)

        return self._receipts.once(f"decision/{key}", make)

    def vacancies(self, asked: VacanciesRequest) -> Vacancies | None:
        """Return vacancies of a region: each occupation in each of its places."""
        region = REGIONS.get(asked.region[:2])
        if region is None:
            return None
        made = [
            Vacancy(
                number=f"{asked.region}-{place}{kind}",
                title=occupation.kk,
                title_ru=occupation.ru,
                title_en=occupation.en,
                employer=f"«{name} {occupation.kk.split()[-1]}» ЖШС",
                place=name,
                pay=occupation.pay + 10_000 * place,
                housing=(place + kind) % 2 == 0,
            )
            for place, name in enumerate(region.places, 1)
            for kind, occupation in enumerate(OCCUPATIONS, 1)
            if asked.occupation.casefold() in occupation.kk.casefold()
        ]
        return Vacancies(region=asked.region, vacancies=made[: asked.limit]) if made else None
