"""A running plan is changed: measures added, changed, given to another body, withdrawn.

Only what is touched goes to the bodies; everything else runs on meanwhile.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from engine.handling import FormAdapter, Work, form_adapter
from engine.model.people import Actor
from engine.model.text import text
from handlers.people.typed import Errors, Row, Values, day, rows, word
from handlers.support import records
from handlers.support.forms.base import body_options, current, due_day
from handlers.support.forms.drafting import Rows, choices, freeze, planned, said
from handlers.support.records import Amendment, Measure, MeasureState, Member, Plan

#: Answer with which an amendment comes to nothing.
DROP = "drop"
KEEP, CHANGE, TRANSFER, WITHDRAW, ADD = "keep", "change", "transfer", "withdraw", "add"
#: Fields of a measure that an act may change, besides body and term.
WORDED = ("title", "expected")


@form_adapter("support/amendment")
class AmendmentForm(FormAdapter):
    """The centre says what changes in the plan, and why."""

    gives: ClassVar[Mapping[str, str]] = {
        "decision": "string",
        "planned": "list<context>?",
        "amendment": "string?",
        "version": "number?",
    }

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Show every open measure as it stands; after a return, what was meant to change."""
        found = current(session, work)
        family, open_ = records.members(session, found.number), _open(session, found)
        before = _before(session, work)
        version = records.version(session, found.number, before.version) if before else None
        meant = {str(one.get("id")): one for one in before.acts} if before else {}
        return {
            **choices(found, family, open_),
            "remark": version.remark if version else "",
            "reason": before.reason if before else "",
            "changes": [_shown(one, meant.get(one.id, {})) for one in open_],
            "added": [one for one in meant.values() if one.get("act") == ADD],
        }

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep the acts and a version that says them; nothing changes before it is approved."""
        found = current(session, work)
        if word(values, "decision") == DROP:
            _drop(session, work)
            return {"decision": DROP}
        family = records.members(session, found.number)
        reading = Rows(work, found, family, "added")
        touched = _touched(session, found, values)
        errors = _check(found, values, touched, reading)
        reading.check(rows(values, "added"), errors)
        errors.refuse()
        _drop(session, work)
        wanted = reading.read(rows(values, "added"))
        made = records.plan_measures(session, found.number, wanted, found.version + 1, work.now)
        acts = [_act(row, touched[number]) for number, row in _acting(values)]
        acts += [_added(one) for one in made]
        reason = word(values, "reason")
        says = _says(session, found, family, acts, reason)
        version = freeze(session, work, found, says, "amendment", actor.name)
        made_id = records.amend(
            session,
            found.number,
            version=version,
            acts=acts,
            reason=reason,
            by=actor.name,
            at=work.now,
        )
        return {
            "decision": "submit",
            "planned": planned(made),
            "amendment": made_id,
            "version": version,
        }


def _open(session: Any, found: Plan) -> list[Measure]:
    """Return what can be amended: measures that were sent and are not over."""
    measures = records.measures(session, found.number)
    return [one for one in measures if one.open and one.state is not MeasureState.PLANNED]


def _before(session: Any, work: Work) -> Amendment | None:
    """Return the amendment as it was before the head gave it back."""
    known = work.variables.get("amendment")
    return records.amendment(session, str(known)) if known else None


def _drop(session: Any, work: Work) -> None:
    """Delete what an amendment that was given back had meant to add."""
    before = _before(session, work)
    for one in before.acts if before else ():
        if one.get("act") == ADD:
            records.drop_measure(session, str(one.get("id")))


def _shown(found: Measure, meant: Row) -> dict[str, object]:
    return {
        "id": found.id,
        "said": f"{found.place}. {found.title}",
        "at": found.state.value,
        "act": word(meant, "act") or KEEP,
        "title": word(meant, "title") or found.title,
        "expected": word(meant, "expected") or found.expected,
        "body": word(meant, "body"),
        "term": word(meant, "term") or due_day(found) or "",
    }


def _acting(values: Values) -> list[tuple[int, Row]]:
    found = enumerate(rows(values, "changes"))
    return [(number, row) for number, row in found if word(row, "act") not in {"", KEEP}]


def _touched(session: Any, found: Plan, values: Values) -> dict[int, Measure]:
    """Return the measures that are to change, by row; none but open ones of this very plan."""
    open_ = {one.id: one for one in _open(session, found)}
    return {
        number: open_[word(row, "id")]
        for number, row in _acting(values)
        if word(row, "id") in open_
    }


def _check(found: Plan, values: Values, touched: Mapping[int, Measure], reading: Rows) -> Errors:
    errors = Errors()
    if not _acting(values) and not rows(values, "added"):
        errors.add("changes", text("Nothing changes: choose a measure or add one."))
    bodies = {one["value"] for one in body_options(found.region)}
    for number, row in _acting(values):
        path = f"changes.{number}."
        if number not in touched:
            errors.add(f"{path}act", text("This measure is over already: it cannot be changed."))
            continue
        if word(row, "act") == WITHDRAW:
            continue
        if day(row, "term") != _term(touched[number]):
            reading.check_term(day(row, "term"), f"{path}term", errors)
        _check_act(row, touched[number], bodies, path, errors)
    return errors


def _check_act(row: Row, found: Measure, bodies: set[str], path: str, errors: Errors) -> None:
    if word(row, "act") == TRANSFER:
        if word(row, "body") == found.body:
            errors.add(f"{path}body", text("This body has the measure already."))
        elif word(row, "body") not in bodies:
            errors.add(f"{path}body", text("There is no such body in this region."))
    elif not _new_term(row, found) and all(word(row, key) == _was(found, key) for key in WORDED):
        errors.add(f"{path}act", text("Nothing of this measure changes: say what does."))


def _was(found: Measure, key: str) -> str:
    return found.title if key == "title" else found.expected


def _term(found: Measure) -> Any:
    return day({"term": due_day(found)}, "term")


def _new_term(row: Row, found: Measure) -> str:
    """Return the day to which the term moves, ISO; empty if it stays."""
    wanted = day(row, "term")
    return wanted.isoformat() if wanted is not None and wanted != _term(found) else ""


def _act(row: Row, found: Measure) -> dict[str, object]:
    act = word(row, "act")
    kept: dict[str, object] = {"act": act, "id": found.id, "number": found.number}
    if act == WITHDRAW:
        return kept
    kept["term"] = _new_term(row, found)
    if act == TRANSFER:
        return kept | {"body": word(row, "body")}
    return kept | {key: word(row, key) for key in WORDED}


def _added(found: Measure) -> dict[str, object]:
    return {
        "act": ADD,
        "id": found.id,
        "number": found.number,
        "person": found.person,
        "body": found.body,
        "service": found.service,
        "title": found.title,
        "expected": found.expected,
        "term": found.term.isoformat() if found.term else "",
    }


def _says(
    session: Any,
    found: Plan,
    family: Sequence[Member],
    acts: Sequence[Mapping[str, object]],
    reason: str,
) -> dict[str, object]:
    """Return what the new version says: every open measure as it will be, with what is done."""
    by_id = {str(one["id"]): one for one in acts}
    before = records.version(session, found.number, found.version)
    listed = [
        one
        for one in records.measures(session, found.number)
        # What another amendment means to add is no part of this one.
        if one.open and (one.state is not MeasureState.PLANNED or one.id in by_id)
    ]
    return {
        "aims": before.content.get("aims", []) if before else [],
        "reason": reason,
        "measures": [_amended(one, family, by_id.get(one.id, {})) for one in listed],
    }


def _amended(
    found: Measure, family: Sequence[Member], act: Mapping[str, object]
) -> dict[str, object]:
    says = said(found, family, word(act, "act"))
    changed = {key: act[key] for key in (*WORDED, "body", "term") if act.get(key)}
    return says | changed
