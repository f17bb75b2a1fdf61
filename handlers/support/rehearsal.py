"""Plays a plan as families, centres and bodies would: through the services, nothing else.

The demo fills an installation with it, the acceptance tests go through the order with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from engine.demo import Stage
from engine.model.people import Actor, Candidate
from engine.services import instances
from engine.services.views import CaseQuery, CaseView, Completed
from handlers.registries.sandbox.hardship import Hardship
from handlers.registries.sandbox.sender import message
from handlers.registries.signals.message import Signal, read
from handlers.support import cases, offices, records, sayings
from handlers.support.face import AFTER, QUARTERS
from handlers.support.sayings import OFFERS, USUAL, Values


@dataclass(kw_only=True)
class Case:
    """A family with its plan."""

    #: Whose plan it is.
    come: Hardship
    #: Plan number.
    number: str
    #: Instance id.
    instance: str
    #: Centre that leads it.
    centre: str
    #: Place where the family lives.
    place: str
    #: Names of the measures that are planned, keys of `OFFERS`.
    wanted: Sequence[str] = ()
    #: What became of the last completion.
    last: Completed | None = None

    def key(self, measure: int = 0) -> str:
        """Return the business key of the plan, or of one of its measures, counted from 1."""
        return f"{self.number}/{measure}" if measure else self.number


class Rehearsal(Stage):
    """A stage on which families get support."""

    def day(self) -> date:
        """Return the local date of the clock."""
        return date.fromisoformat(self.today())

    def at(self, role: str, organisation: str, turn: int = 0) -> Actor:
        """Return somebody who holds a role at an organisation."""
        return self.holder(Candidate(role, organisation), turn=turn)

    def open(self, come: Hardship, centre: str, wanted: Sequence[str] = ()) -> Case:
        """Have a family turn up at a centre."""
        actor = self.at(cases.OPENER, centre, come.number)
        with self.begin() as uow:
            number, instance = cases.open_case(uow, self.ctx, actor, centre)
            uow.commit()
        self.run_due()
        return self._case(come, number, instance, centre, wanted)

    def _case(
        self, come: Hardship, number: str, instance: str, centre: str, wanted: Sequence[str]
    ) -> Case:
        return Case(
            come=come,
            number=number,
            instance=instance,
            centre=centre,
            place=come.family.place,
            wanted=wanted,
        )

    def signal(self, come: Hardship, centre: str, wanted: Sequence[str] = ()) -> Case:
        """Have the digital family card signal a family; the centre has not met it yet."""
        with self.begin() as uow:
            taken = cases.accept_signal(uow, self.ctx, self._signal(come), centre)
            uow.commit()
        self.run_due()
        return self.again(come, taken.plan, centre, wanted)

    def _signal(self, come: Hardship) -> Signal:
        now = self.ctx.now()
        # What the card tells of a day that is still to come on this clock, it tells today.
        told = message(come, now)
        body = told.model_copy(update={"message_id": f"demo-{come.number:08d}"})
        found = read(body.model_dump_json(by_alias=True).encode(), now)
        if not isinstance(found, Signal):
            raise TypeError("what the sandbox's card sends is no signal")
        return found

    def again(self, come: Hardship, number: str, centre: str, wanted: Sequence[str] = ()) -> Case:
        """Return the case of a plan that nobody opened by hand."""
        with self.reading() as uow:
            instance = uow.instances.newest(number)
        return self._case(come, number, instance, centre, wanted)

    def view(self, case: Case) -> CaseView:
        """Return the plan as the administrator sees it."""
        admin = self.actor("admin")
        with self.reading() as uow:
            return instances.view(uow, self.ctx, admin, case.instance)

    def waiting(self, case: Case) -> list[Any]:
        """Return the open tasks of a plan, its measures and its follow-up."""
        with self.reading() as uow:
            after = uow.instances.newest(f"{case.number}{AFTER}")
            found = [case.instance, *uow.instances.children(case.instance), *filter(None, [after])]
            return [row for one in found for row in uow.tasks.open_of(one)]

    def open_elements(self, case: Case, measure: int = 0) -> list[str]:
        """Return the elements at which a plan or one of its measures waits for a person."""
        key = case.key(measure)
        return [row.element for row in self.waiting(case) if row.business_key == key]

    def task(self, case: Case, element: str, measure: int = 0) -> Any:
        """Return the open task of an element; `LookupError` if there is none."""
        keys = {case.key(measure), f"{case.number}{AFTER}"}
        found = [row for row in self.waiting(case) if row.business_key in keys]
        for row in found:
            if row.element == element:
                return row
        raise LookupError(f"{element} is not open, but {[row.element for row in found]}")

    def work(
        self,
        case: Case,
        element: str,
        values: Values | None = None,
        *,
        measure: int = 0,
        login: str = "",
    ) -> Completed:
        """Have the one whose task it is claim and complete it; jobs run afterwards."""
        row = self.task(case, element, measure)
        actor = self.claim(row, login=login, turn=case.come.number)
        said = self.usual(case, element, measure, row.id, actor) if values is None else values
        case.last = self.complete(actor, row.id, said)
        return case.last

    def take(self, case: Case, element: str, measure: int = 0) -> Actor:
        """Have the one whose task it is claim it; return who that is."""
        return self.claim(self.task(case, element, measure), turn=case.come.number)

    def usual(self, case: Case, element: str, measure: int, task: str, actor: Actor) -> Values:
        """Return what is said at a step when all goes well; `KeyError` for an unknown one."""
        made = _MADE.get(element)
        return made(self, case, measure, task, actor) if made else USUAL[element]

    def amend(
        self,
        case: Case,
        changes: Mapping[int, Mapping[str, object]] | None = None,
        added: Sequence[str] = (),
    ) -> None:
        """Have the centre begin an amendment and say what changes, by the measures' places."""
        actor = self.at(cases.OPENER, case.centre, case.come.number)
        with self.begin() as uow:
            cases.start_amendment(uow, self.ctx, actor, case.number)
            uow.commit()
        self.run_due()
        row = self.task(case, "amendment")
        actor = self.claim(row, turn=case.come.number)
        known = self.known_values(actor, row.id)
        self.complete(actor, row.id, self.amendment(case, known, changes or {}, added))

    def amendment(
        self,
        case: Case,
        known: Values,
        changes: Mapping[int, Mapping[str, object]],
        added: Sequence[str],
    ) -> dict[str, object]:
        """Return an amendment as typed, given what its form is filled with."""
        wanted = {f"{place}.": said for place, said in changes.items()}
        rows = []
        for number, row in enumerate(_rows(known, "changes")):
            place = str(row["said"]).split(" ", 1)[0]
            rows.append({**row, "_was": str(number), **wanted.get(place, {})})
        today = self.day()
        new = [self._measure(case, _ids(known), name, today) for name in added]
        return {
            "decision": "submit",
            "reason": sayings.REMARKS["amended"],
            "changes": rows,
            "added": new,
        }

    def _measure(
        self, case: Case, people: Sequence[str], name: str, today: date
    ) -> dict[str, object]:
        region = offices.place_of(case.centre)
        return sayings.measure(name, case.come, region, people, today)

    def people(self, case: Case) -> list[str]:
        """Return the ids of the family's members, who came first."""
        with self.reading() as uow:
            return [one.person.id for one in records.members(uow.session, case.number)]

    def after(self, case: Case) -> Case:
        """Return the case of the plan that followed a plan, for the same family."""
        with self.reading() as uow:
            number = records.after(uow.session, case.number)
        return replace(self.again(case.come, number, case.centre, case.wanted), place=case.place)

    def quarters(self) -> list[Any]:
        """Return the open tasks of all centres' quarters."""
        admin = self.actor("admin")
        with self.reading() as uow:
            found = instances.find(uow, self.ctx, admin, CaseQuery(process=QUARTERS)).rows
            children = [one for row in found for one in uow.instances.children(row.instance_id)]
            return [row for one in children for row in uow.tasks.open_of(one)]

    def conclude(self, row: Any, values: Values | None = None) -> Completed:
        """Have the one whose task of a quarter it is claim and complete it."""
        actor = self.claim(row)
        return self.complete(actor, row.id, USUAL[row.element] if values is None else values)

    def act(self, case: Case, done: Callable[..., None], role: str, *said: str) -> None:
        """Have somebody of the centre do one of the acts of `handlers.support.cases`."""
        actor = self.at(role, case.centre, case.come.number)
        with self.begin() as uow:
            done(uow, self.ctx, actor, case.number, *said)
            uow.commit()
        self.run_due()


def _rows(known: Values, key: str) -> list[dict[str, object]]:
    found = known.get(key)
    return [dict(row) for row in found] if isinstance(found, list) else []


def _ids(known: Values) -> list[str]:
    return [str(one["value"]) for one in _rows(known, "people")]


def _intake(stage: Rehearsal, case: Case, measure: int, task: str, actor: Actor) -> Values:
    return sayings.intake(case.come, case.place, stage.known_values(actor, task))


def _plan(stage: Rehearsal, case: Case, measure: int, task: str, actor: Actor) -> Values:
    known, region = stage.known_values(actor, task), offices.place_of(case.centre)
    said = sayings.plan(case.come, region, _ids(known), case.wanted, stage.day())
    kept = _rows(known, "measures")
    if not kept:
        return said
    # A new version begins with what is open of the last one.
    again = [{**row, "_was": str(number)} for number, row in enumerate(kept)]
    return said | {"measures": again}


def _report(stage: Rehearsal, case: Case, measure: int, task: str, actor: Actor) -> Values:
    known = stage.known_values(actor, task)
    offer = next((one for one in OFFERS.values() if one.title == known.get("title")), None)
    scan = stage.scan(actor, task, "documents", "Растайтын құжат")
    said = offer.report if offer else "Іс-шара орындалды."
    return {"decision": "report", "said": said, "documents": [scan]}


def _takeover(stage: Rehearsal, case: Case, measure: int, task: str, actor: Actor) -> Values:
    phone = case.come.family.phone.replace(" ", "")
    address = f"{case.place}, {case.come.family.address}"
    return {"address": address, "phone": phone, "decision": "take"}


def _completion(stage: Rehearsal, case: Case, measure: int, task: str, actor: Actor) -> Values:
    return {**USUAL["completion"], "completed_on": stage.today()}


_MADE: Mapping[str, Callable[[Rehearsal, Case, int, str, Actor], Values]] = {
    "intake": _intake,
    "plan": _plan,
    "work": _report,
    "takeover": _takeover,
    "completion": _completion,
}
