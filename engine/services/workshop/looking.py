"""What a new version means for each case: judged by where its tokens stand, each shape once."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

from engine.bpmn.migrating import shape, verdict
from engine.errors import ZholdamaError
from engine.model.elements import Process
from engine.model.migrations import Hindrance, Obstacle, Verdict
from engine.model.text import text
from engine.services.context import UnitOfWork
from engine.services.workshop.routes import Route
from engine.store.administered import Reach

#: Cases read at once.
_AT_ONCE = 500


class Look:
    """Judges cases, each shape once; `reach`: only those with work at its offices."""

    def __init__(self, uow: UnitOfWork, way: Route, reach: Reach = None) -> None:
        self.uow = uow
        self.way = way
        self.reach = reach
        self._known: dict[Hashable, Verdict] = {}

    def cases(self, after: str = "") -> Iterator[tuple[Any, Verdict]]:
        """Yield cases of the old version with their verdicts, by id."""
        while True:
            rows = self.uow.casemigrations.cases(self.way.source_id, after, _AT_ONCE, self.reach)
            yield from self._judged(rows)
            if len(rows) < _AT_ONCE:
                return
            after = rows[-1].id

    def one(self, instance_id: str) -> Verdict:
        """Judge one case of the old version; what nobody can read is an obstacle, too."""
        row = self.uow.casemigrations.case(instance_id)
        ((_, said),) = self._judged([row])
        return said

    def _judged(self, rows: Sequence[Any]) -> Iterator[tuple[Any, Verdict]]:
        found = [(row, self._verdict(row)) for row in rows]
        busy = self._busy(found)
        for row, said in found:
            mine = sorted(busy.get(row.id, set()) & said.untouched)
            yield row, _with(said, [held_by_somebody(element) for element in mine])

    def _verdict(self, row: Any) -> Verdict:
        try:
            state = self.uow.casemigrations.state(row)
            key = shape(state)
            if key not in self._known:
                self._known[key] = verdict(self.way.pairing, state)
            return self._known[key]
        except (ZholdamaError, ValueError, LookupError) as exc:
            said = exc.text if isinstance(exc, ZholdamaError) else str(exc)
            message = text("The state of the case cannot be read: {reason}", reason=said)
            broken = Hindrance(obstacle=Obstacle.STATE, element="", message=message)
            return Verdict(hindrances=(broken,))

    def _busy(self, found: Sequence[tuple[Any, Verdict]]) -> Mapping[str, set[str]]:
        """Return the elements at which somebody works, by case."""
        elements = {one for _, said in found for one in said.untouched}
        rows = self.uow.casemigrations.held([row.id for row, _ in found], elements)
        busy: dict[str, set[str]] = {}
        for row in rows:
            if at_work(row, self.way.pairing.source.process):
                busy.setdefault(row.instance_id, set()).add(row.element)
        return busy


def _with(said: Verdict, more: Sequence[Hindrance]) -> Verdict:
    if not more:
        return said
    return Verdict(
        hindrances=(*said.hindrances, *more),
        consequences=said.consequences,
        untouched=said.untouched,
        standing=said.standing,
    )


def at_work(row: Any, source: Process) -> bool:
    """Tell whether somebody works on an open task; whom the diagram names has not begun by that."""
    named = row.element in source.elements and source.elements[row.element].assigned
    return row.draft_at is not None or (row.assignee is not None and not named)


def held_by_somebody(element: str) -> Hindrance:
    """Return what stands in the way while somebody is at work on a task."""
    said = text(
        "Somebody is at work on {element}, which goes to other people or gets another form;"
        " when it is done, the case can go",
        element=element,
    )
    return Hindrance(obstacle=Obstacle.HELD, element=element, message=said)
