"""The way of a case through the offices, and how it is recognised: for lists, tasks and cases."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.handling import CaseCard
from engine.model.elements import Element, Lane, Process
from engine.model.people import Actor
from engine.services import bundles, sights
from engine.services.context import Context, UnitOfWork
from engine.services.views import StopState, WayStop
from engine.store.tables import deadline
from engine.store.tables.instances import GOING_ON

Summary = tuple[Mapping[str, CaseCard], Mapping[str, tuple[WayStop, ...]]]


@dataclass(frozen=True, kw_only=True)
class _Sums:
    """What the store knows of the offices of some cases."""

    #: Rows by case and element.
    stops: Mapping[str, Mapping[str, Any]]
    #: Names of who completed, by case, element and step.
    completers: Mapping[tuple[str, str, int], str]
    #: Names by account id, of who has what is open.
    names: Mapping[str, str]
    #: Case and element of standing signatures.
    signed: frozenset[tuple[str, str]]
    #: Whether called cases still go on, by case and called process.
    called: Mapping[tuple[str, str], bool]


def _sums(uow: UnitOfWork, ids: Sequence[str], callers: Sequence[str]) -> _Sums:
    """Sum up; only cases whose diagram calls others (`callers`) are asked for what they called."""
    rows = uow.strips.stops(ids)
    called = uow.strips.called(callers) if callers else ()
    stops: dict[str, dict[str, Any]] = {one: {} for one in ids}
    for row in rows:
        stops[row.instance_id][row.element] = row
    return _Sums(
        stops=stops,
        completers=uow.strips.completers(ids),
        names=uow.accounts.names(row.assignee for row in rows if row.assignee),
        signed=frozenset(uow.strips.signed(ids)),
        called={(row.parent_id, row.process): bool(row.open) for row in called},
    )


def cards(
    uow: UnitOfWork, ctx: Context, actor: Actor, keys: Iterable[tuple[str, str]]
) -> dict[str, CaseCard]:
    """Return cards by business key, for pairs of process and business key; one query a process."""
    by_process: dict[str, list[str]] = {}
    for process, key in keys:
        by_process.setdefault(process, []).append(key)
    found: dict[str, CaseCard] = {}
    for process, wanted in by_process.items():
        face = ctx.faces.get(process)
        if face is not None:
            found.update(face.cards(uow.session, sorted(set(wanted)), actor))
    return found


def summaries(uow: UnitOfWork, ctx: Context, actor: Actor, instance_ids: Iterable[str]) -> Summary:
    """Return cards by business key and strips by instance id, for one page of a list."""
    ids = sorted(set(instance_ids))
    if not ids:
        return {}, {}
    cases = uow.strips.cases(ids)
    known = cards(uow, ctx, actor, [(case.process, case.business_key) for case in cases])
    there = sights.kept(uow, ctx, actor, cases, sights.there)
    processes = {case.id: _process(uow, ctx, case) for case in there}
    callers = [case.id for case in there if _calls(processes[case.id])]
    sums = _sums(uow, ids, callers)
    strips = {
        case.id: _strip(processes[case.id], case, sums, known.get(case.business_key))
        for case in there
    }
    return known, strips


def _process(uow: UnitOfWork, ctx: Context, case: Any) -> Process:
    return bundles.of_definition(uow, ctx, case.definition_id).definition(case.process).process


def _calls(process: Process) -> bool:
    return any(element.called for element in process.elements.values())


def _strip(process: Process, case: Any, sums: _Sums, card: CaseCard | None) -> tuple[WayStop, ...]:
    lanes = [lane for lane in process.lanes if lane.way]
    works = [_Work(lane, process.elements.values(), case.id, sums) for lane in lanes]
    here = _here(works, ended=case.status not in GOING_ON)
    return tuple(
        work.stop(StopState.HERE if number in here else _passed(number, here, work), card)
        for number, work in enumerate(works)
    )


def _here(works: Sequence["_Work"], *, ended: bool) -> set[int]:
    """Return the numbers of the offices where the case is: open work, or the last work done."""
    if ended:
        return set()
    open_ = {number for number, work in enumerate(works) if work.open}
    if open_:
        return open_
    last = max((work.arrived for work in works), default=-1)
    return {number for number, work in enumerate(works) if work.arrived == last and last >= 0}


def _passed(number: int, here: set[int], work: "_Work") -> StopState:
    """An office behind the case is done if it did anything; one before it must do it again."""
    ahead = bool(here) and number > max(here)
    return StopState.DONE if work.done >= 0 and not ahead else StopState.AHEAD


class _Work:
    """What one office did and has to do in a case."""

    def __init__(
        self, lane: Lane, elements: Iterable[Element], instance_id: str, sums: _Sums
    ) -> None:
        self.lane = lane
        self._instance = instance_id
        self._sums = sums
        self._elements = [element for element in elements if element.lane == lane.id]
        found = sums.stops[instance_id]
        self._rows = [found[one.id] for one in self._elements if one.id in found]
        calls = [
            sums.called[instance_id, one.called]
            for one in self._elements
            if (instance_id, one.called) in sums.called
        ]
        #: An office whose work are called cases has no tasks of its own in the calling one.
        self.open = any(row.open for row in self._rows) or any(calls)
        self.arrived = max((row.arrived for row in self._rows), default=-1)
        finished = [row.done for row in self._rows if row.done is not None]
        self.done = max([*finished, *(0 for goes_on in calls if not goes_on)], default=-1)

    def stop(self, state: StopState, card: CaseCard | None) -> WayStop:
        """Return the view."""
        last = self._last()
        shows_done = last is not None and not self.open
        return WayStop(
            lane=self.lane.id,
            names=self.lane.names,
            group=self.lane.way,
            label=(card.groups.get(self.lane.way, "") if card else ""),
            state=state,
            who=self._completer(last) if shows_done else self._owner(),
            at=last.done_at if last is not None and shows_done else None,
            due=deadline(min((row.due for row in self._rows if row.open), default=None)),
            term=self._term(),
            signed=any(self._signs(one.id) for one in self._elements),
            rounds=max((row.rounds for row in self._rows), default=0),
        )

    def _signs(self, element: str) -> bool:
        return (self._instance, element) in self._sums.signed

    def _last(self) -> Any:
        """Return what the office last did; a signature that stands goes before later rework."""
        signed = [row for row in self._rows if row.done is not None and self._signs(row.element)]
        return next(iter(signed), None) or next(
            (row for row in self._rows if row.done == self.done), None
        )

    def _completer(self, row: Any) -> str:
        return self._sums.completers.get((self._instance, row.element, row.done), "")

    def _owner(self) -> str:
        owners = [row.assignee for row in self._rows if row.open and row.assignee]
        return self._sums.names.get(owners[0], "") if owners else ""

    def _term(self) -> int | None:
        terms = [one.properties.get("term", "") for one in self._elements]
        return max((int(term) for term in terms if term.isdecimal()), default=None)


def round_of(card: CaseCard | None, counted: int) -> int:
    """Return the round of rework: what the domain says, otherwise what was counted."""
    return card.round if card is not None else max(1, counted)
