"""S-8: the plan is drawn up with the family, and approved by the centre's head."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from engine.handling import FormAdapter, Work, form_adapter
from engine.model.people import Actor
from engine.model.text import text
from handlers.people.typed import Errors, Row, Values, day, rows, word, words
from handlers.registries import told
from handlers.support import content, records, services
from handlers.support.forms.base import (
    APPROVE,
    body_options,
    current,
    limit,
    number_of,
    people_options,
    today,
)
from handlers.support.records import Measure, MeasureState, Member, NewMeasure, Plan, PlanState

#: Answer with which the family refuses the plan.
REFUSES = "family_refuses"
#: Elements at which an amendment is approved.
AMENDMENTS = frozenset({"amendment_approval", "amendment_approval_plain"})


def choices(
    found: Plan, family: Sequence[Member], measures: Iterable[Measure] = ()
) -> dict[str, object]:
    """Return people, bodies and services to choose from."""
    return {
        "people": people_options(family),
        "bodies": body_options(found.region, [one.body for one in measures]),
        "services": list(services.options()),
    }


class Rows:
    """Reads rows of measures and finds what is wrong with them."""

    def __init__(self, work: Work, found: Plan, family: Sequence[Member], path: str) -> None:
        """Read rows of the list at a path, for a plan with this family."""
        self._on, self._path = today(work), path
        self._latest = latest(self._on, int(limit(work, "longest_term") or 24))
        self._bodies = {one["value"] for one in body_options(found.region)}
        self._people = {one.person.id: one for one in family if not one.deceased}

    def check(self, found: Sequence[Row], errors: Errors) -> None:
        """Find errors at the fields of the rows."""
        for number, row in enumerate(found):
            path = f"{self._path}.{number}."
            self._check_body(row, path, errors)
            self.check_term(day(row, "term"), f"{path}term", errors)
            if not word(row, "service") and day(row, "term") is None:
                said = text("Set a day: only a public service has a term in the register.")
                errors.add(f"{path}term", said)
            if word(row, "person") and word(row, "person") not in self._people:
                errors.add(f"{path}person", text("This person is not in the family."))

    def _check_body(self, row: Row, path: str, errors: Errors) -> None:
        body, service = word(row, "body"), services.SERVICES.get(word(row, "service"))
        if body not in self._bodies:
            errors.add(f"{path}body", text("There is no such body in this region."))
        elif service is not None and body.split(".")[1] != service.field:
            errors.add(f"{path}service", text("This service is given by a body of another field."))

    def check_term(self, term: date | None, path: str, errors: Errors) -> None:
        """Find errors of a day: in the past, or further than reason."""
        if term is None:
            return
        if term < self._on:
            errors.add(path, text("The term is over already: choose today or a later day."))
        elif term > self._latest:
            said = text("The term is too far: at most {day}.", day=f"{self._latest:%d.%m.%Y}")
            errors.add(path, said)

    def read(self, found: Sequence[Row], known: Iterable[str] = ()) -> list[NewMeasure]:
        """Return the measures in the rows, those for a child first (S-7.2)."""
        ids = set(known)
        read = [self._measure(row, ids) for row in found]
        return sorted(read, key=lambda one: not one.child)

    def _measure(self, row: Row, known: set[str]) -> NewMeasure:
        whom = self._people.get(word(row, "person"))
        return NewMeasure(
            id=word(row, "id") if word(row, "id") in known else "",
            person=word(row, "person"),
            child=whom.child if whom else False,
            body=word(row, "body"),
            service=word(row, "service"),
            title=word(row, "title"),
            expected=word(row, "expected"),
            term=day(row, "term"),
        )


def latest(on: date, months: int) -> date:
    """Return the last day that a term may have."""
    year, month = divmod(on.month - 1 + months, 12)
    return date(on.year + year, month + 1, min(on.day, 28))


def planned(found: Iterable[Measure]) -> list[dict[str, object]]:
    """Return measures as the decision table of terms reads them."""
    return [
        {
            "id": one.id,
            "service": one.service,
            "days": None,
            "term": one.term.isoformat() if one.term else None,
        }
        for one in found
    ]


def said(found: Measure, family: Sequence[Member], act: str = "") -> dict[str, object]:
    """Return a measure as a version says it."""
    names = {one.person.id: one.person.full_name for one in family}
    says: dict[str, object] = {
        "id": found.id,
        "number": found.number,
        "person": found.person,
        "whom": names.get(found.person, ""),
        "body": found.body,
        "service": found.service,
        "title": found.title,
        "expected": found.expected,
        "term": found.term.isoformat() if found.term else "",
    }
    return says | ({"act": act} if act else {})


def freeze(session: Any, work: Work, found: Plan, values: Values, cause: str, by: str) -> int:
    """Write the next version of a plan with what it says; return its number."""
    version = found.version + 1
    says = {**values, "centre": found.centre, "cause": cause}
    records.freeze(
        session,
        found.number,
        version,
        cause=cause,
        digest=content.digest(says),
        document=content.document(found.number, version, says),
        content=says,
        by=by,
        at=work.now,
    )
    return version


@form_adapter("support/plan")
class PlanForm(FormAdapter):
    """The centre draws the plan up; a new version begins with what is open of the last one."""

    gives: ClassVar[Mapping[str, str]] = {
        "decision": "string",
        "planned": "list<context>?",
        "version": "number?",
    }

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Fill in the measures that are still to be done, and the head's remark."""
        found = current(session, work)
        family, before = records.members(session, found.number), _last(session, found)
        open_ = [one for one in records.measures(session, found.number) if one.open]
        return {
            **choices(found, family),
            **_told(session, found, family),
            "remark": before.remark if before and before.decision == "return" else "",
            "aims": before.content.get("aims", []) if before else [],
            "measures": [self._row(one, found, today(work)) for one in open_],
        }

    @staticmethod
    def _row(found: Measure, plan: Plan, on: date) -> dict[str, object]:
        here = {one["value"] for one in body_options(plan.region)}
        own = f"sb.{found.field}.{plan.region}"
        return {
            "id": found.id,
            "person": found.person,
            "body": found.body if found.body in here else own,
            "service": found.service,
            "title": found.title,
            "expected": found.expected,
            "term": found.term.isoformat() if found.term and found.term >= on else "",
        }

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep the measures as planned and a version; `FormRefused` if there is no measure."""
        found = current(session, work)
        if word(values, "decision") == REFUSES:
            records.note_reason(session, found.number, word(values, "reason"))
            return {"decision": REFUSES}
        family = records.members(session, found.number)
        reading, said_rows = Rows(work, found, family, "measures"), rows(values, "measures")
        errors = Errors()
        if not said_rows:
            errors.add("measures", text("A plan needs at least one measure."))
        reading.check(said_rows, errors)
        errors.refuse()
        return self._kept(
            session, work, found, reading.read(said_rows, _ids(session, found)), values, actor
        )

    @staticmethod
    def _kept(
        session: Any,
        work: Work,
        found: Plan,
        wanted: Sequence[NewMeasure],
        values: Values,
        actor: Actor,
    ) -> dict[str, object]:
        family, cause = records.members(session, found.number), _cause(session, found)
        made = records.plan_measures(session, found.number, wanted, found.version + 1, work.now)
        _leave_out(session, work, found, {one.id for one in made})
        says = {
            "aims": words(values, "aims"),
            "measures": [said(one, family) for one in made],
        }
        version = freeze(session, work, found, says, cause, actor.name)
        records.set_state(session, found.number, PlanState.APPROVAL)
        return {"decision": "submit", "planned": planned(made), "version": version}


def _told(session: Any, found: Plan, family: Sequence[Member]) -> dict[str, object]:
    """Return what the outside systems said of the family: level and support (S-4.8)."""
    stands, gets = told.situation(session, found.number), told.services(session, found.number)
    names = {one.person.iin: one.person.full_name for one in family if one.person.iin}
    given = gets.value if gets is not None else []
    return {
        "level": stands.value.level if stands is not None else None,
        "supports": [services.support_option(code) for code in {one.code for one in given}],
        "support": [
            {
                "code": one.code,
                "whom": names.get(one.iin, ""),
                "since": one.since.isoformat(),
                "until": one.until.isoformat() if one.until else None,
            }
            for one in given
        ],
    }


def _last(session: Any, found: Plan) -> records.Version | None:
    return records.version(session, found.number, found.version) if found.version else None


def _ids(session: Any, found: Plan) -> list[str]:
    return [one.id for one in records.measures(session, found.number) if one.open]


def _cause(session: Any, found: Plan) -> str:
    before = _last(session, found)
    if before is None:
        return "first"
    if before.decision == "return":
        return "returned"
    moves = records.moves(session, found.number)
    moved = bool(moves) and moves[-1].at >= (before.decided_at or before.at)
    return "takeover" if moved else "continued"


def _leave_out(session: Any, work: Work, found: Plan, kept: set[str]) -> None:
    """Delete what was only planned and is in the plan no longer; withdraw what was sent before."""
    records.drop_planned(session, found.number, kept)
    for one in records.measures(session, found.number):
        if one.state is MeasureState.CARRIED and one.id not in kept:
            records.close(session, one.id, MeasureState.WITHDRAWN, at=work.now)


@form_adapter("support/approval")
class Approval(FormAdapter):
    """The head approves a version, a first one or an amendment's, or returns it with a remark."""

    gives: ClassVar[Mapping[str, str]] = {"decision": "string", "version": "number"}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Show what the version says."""
        found, version = current(session, work), self._version(session, work)
        shown = content.measures(version.content)
        return {
            "version": str(version.number),
            "reason": word(version.content, "reason"),
            "bodies": body_options(found.region, [word(one, "body") for one in shown]),
            "measures": [
                {
                    "title": word(one, "title"),
                    "body": word(one, "body"),
                    "whom": word(one, "whom"),
                    "term": word(one, "term") or None,
                    "act": word(one, "act") or None,
                }
                for one in shown
            ],
        }

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep the decision; an approved first version is carried out."""
        version, decision = self._version(session, work), word(values, "decision")
        number = number_of(work)
        records.decide(
            session,
            number,
            version.number,
            decision=decision,
            remark=word(values, "remark"),
            by=actor.name,
            at=work.now,
        )
        if work.element not in AMENDMENTS:
            running = decision == APPROVE
            state = PlanState.RUNNING if running else PlanState.DRAFTING
            records.set_state(session, number, state)
        return {"decision": decision, "version": version.number}

    def document(self, session: Any, work: Work) -> bytes | None:
        """Return the version's document; None if it goes back."""
        approved = work.variables.get("decision") == APPROVE
        return self._version(session, work).document if approved else None

    @staticmethod
    def _version(session: Any, work: Work) -> records.Version:
        said_version = work.variables.get("version")
        wanted = int(said_version) if isinstance(said_version, int | float) else 0
        found = records.version(session, number_of(work), wanted)
        if found is None:
            raise LookupError(f"case {work.business_key} has no version {wanted}")
        return found
