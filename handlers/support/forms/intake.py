"""S-2, S-4.6, S-7: the family with its children and their guardian, grounds, risks, consent."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, ClassVar

from engine.handling import FormAdapter, Work, form_adapter
from engine.model.people import Actor
from engine.model.text import Text, text
from handlers.people import iin as numbers
from handlers.people import records as people
from handlers.people.facts import PersonFacts, Relationship
from handlers.people.typed import Errors, Row, Values, day, rows, word, words
from handlers.support import records
from handlers.support.forms.base import current, may_see, today
from handlers.support.records import AlreadyOpen, NewMember, OpenPlan, PlanState
from handlers.support.rights import Part

#: Answer with which a plan is opened.
OPEN = "open"
#: From this age on nobody is a child.
ADULT = 18
#: Article under which the consent is given.
BASIS = "personal-data-law-8"
#: Values that are kept elsewhere, with rights of their own.
RESTRICTED = ("risks", "risk_level", "risk_note")
#: Values that only the form needs.
PASSING = frozenset({"outcome", "reason", "remark", "consent"})


def everybody(values: Values) -> Iterator[tuple[str, Row]]:
    """Yield who came and the members with the beginning of their fields' paths."""
    yield "", values
    for number, row in enumerate(rows(values, "members")):
        yield f"members.{number}.", row


def age(born: date, on: date) -> int:
    """Return somebody's age in full years on a day."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def is_child(row: Row, on: date) -> bool:
    """Tell whether somebody is under 18."""
    born = day(row, "born")
    return born is not None and age(born, on) < ADULT


def check(values: Values, on: date) -> Errors:
    """Check what cannot be true of a family; return the errors so far."""
    errors, seen = Errors(), dict[str, str]()
    spouses = 0
    for path, row in everybody(values):
        iin = word(row, "iin")
        if iin:
            said = numbers.against(iin, birth=day(row, "born"), said=word(row, "sex"))
            errors.add(f"{path}iin", said)
            if iin in seen:
                errors.add(f"{path}iin", text("This person is in the family already."))
            seen[iin] = path
        spouses += word(row, "relationship") == Relationship.SPOUSE.value
        if spouses > 1 and word(row, "relationship") == Relationship.SPOUSE.value:
            errors.add(f"{path}relationship", text("The family already has a spouse."))
        if word(row, "represents") and is_child(row, on):
            errors.add(f"{path}represents", text("A child can represent nobody."))
    _check_guardian(values, on, errors)
    return errors


def _check_guardian(values: Values, on: date, errors: Errors) -> None:
    """A child without a guardian on file is refused at the child (S-7.2)."""
    able = [row for _, row in everybody(values) if word(row, "represents")]
    if any(not is_child(row, on) for row in able):
        return
    for path, row in everybody(values):
        if is_child(row, on):
            errors.add(
                f"{path}born",
                text("This is a child: name the adult of the family who represents the children."),
            )


@form_adapter("support/intake")
class Intake(FormAdapter):
    """The centre writes down who is in difficulty, on which ground, with whose consent."""

    gives: ClassVar[Mapping[str, str]] = {"outcome": "string"}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Fill in what the family card's signal or the earlier plan told."""
        found = current(session, work)
        return {**found.content, "previous": found.previous}

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep the family, or why no plan is opened: then nothing of the family stays."""
        number, outcome = work.business_key, word(values, "outcome")
        if outcome != OPEN:
            records.save_intake(session, number, {}, actor.account)
            records.note_reason(session, number, word(values, "reason"))
            return {"outcome": outcome}
        check(values, today(work)).refuse()
        self._refuse_open(session, work, values)
        known = _known(current(session, work).content)
        saved = [_save(session, row, known) for _, row in everybody(values)]
        self._save_members(session, work, values, saved)
        self._save_risks(session, work, values, saved, actor)
        records.save_intake(session, number, self._content(session, values, saved), actor.account)
        people.give_consent(
            session, person_id=saved[0].id, case_number=number, basis=BASIS, at=work.now
        )
        records.set_state(session, number, PlanState.DRAFTING)
        return {"outcome": OPEN}

    def shown(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep risks back from whoever neither leads the plan nor heads the centre (S-7.3)."""
        if may_see(actor, current(session, work), Part.RISKS):
            return values
        return without_risks(values)

    @staticmethod
    def _refuse_open(session: Any, work: Work, values: Values) -> None:
        """Refuse at the field of everybody who is in an open plan, here or elsewhere."""
        paths = {
            word(row, "iin"): f"{path}iin" for path, row in everybody(values) if word(row, "iin")
        }
        taken = records.open_plans(session, paths, besides=work.business_key)
        errors = Errors()
        for iin, found in taken.items():
            errors.add(paths[iin], _taken(session, found))
        errors.refuse()

    def _save_members(
        self, session: Any, work: Work, values: Values, saved: list[PersonFacts]
    ) -> None:
        members = [
            NewMember(
                person=person.id,
                iin=person.iin or "",
                relation=Relationship(word(row, "relationship") or Relationship.APPLICANT.value),
                child=is_child(row, today(work)),
                represents=word(row, "represents"),
            )
            for (_, row), person in zip(everybody(values), saved, strict=True)
        ]
        try:
            records.save_members(session, work.business_key, members)
        except AlreadyOpen:
            # Another centre was quicker since we looked: now its plan can be named.
            self._refuse_open(session, work, values)
            raise

    @staticmethod
    def _save_risks(
        session: Any, work: Work, values: Values, saved: list[PersonFacts], actor: Actor
    ) -> None:
        found = [
            {
                "person": person.id,
                "kind": kind,
                "level": word(row, "risk_level"),
                "note": word(row, "risk_note"),
            }
            for (_, row), person in zip(everybody(values), saved, strict=True)
            for kind in words(row, "risks")
        ]
        records.save_risks(session, work.business_key, found, by=actor.name, at=work.now)

    @staticmethod
    def _content(session: Any, values: Values, saved: list[PersonFacts]) -> dict[str, object]:
        """Return what is kept of the form: without risks, with ids, linked to an earlier plan."""
        members = [
            _own_without_risks(row) | {"person": person.id}
            for row, person in zip(rows(values, "members"), saved[1:], strict=True)
        ]
        earlier = (records.finished_plan(session, one.iin) for one in saved if one.iin)
        kept = {key: said for key, said in _own_without_risks(values).items() if key not in PASSING}
        return kept | {
            "person": saved[0].id,
            "members": members,
            "previous": word(values, "previous") or next(filter(None, earlier), ""),
        }


def _taken(session: Any, found: OpenPlan) -> Text:
    return text(
        "This person has an open plan already: {plan}, centre {centre}.",
        plan=found.plan,
        centre=records.office_name(session, found.centre),
    )


def _own_without_risks(row: Row) -> dict[str, object]:
    return {key: said for key, said in row.items() if key not in RESTRICTED}


def without_risks(values: Values) -> dict[str, object]:
    """Return the form's values without anybody's risks."""
    members = [_own_without_risks(row) for row in rows(values, "members")]
    return _own_without_risks(values) | ({"members": members} if members else {})


def _known(content: Values) -> frozenset[str]:
    """Return the ids of this plan's people: only they may be named by id."""
    return frozenset(word(row, "person") for _, row in everybody(content)) - {""}


def _save(session: Any, row: Row, known: frozenset[str]) -> PersonFacts:
    named = word(row, "person")
    person = people.save_person(
        session,
        PersonFacts(
            id=named if named in known else "",
            surname=word(row, "surname"),
            name=word(row, "name"),
            patronymic=word(row, "patronymic"),
            iin=word(row, "iin") or None,
            born=day(row, "born"),
            sex=word(row, "sex"),
        ),
    )
    channels = {channel: word(row, channel) for channel in ("phone", "email")}
    if any(channels.values()):
        people.save_contacts(session, person.id, channels)
    return person
