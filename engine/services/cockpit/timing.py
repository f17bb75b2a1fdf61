"""How long a case's tokens stayed, and the sequence flows they took, read off rows of history."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from engine.bpmn import Definition
from engine.bpmn.diagram import Flow, Node
from engine.model.calendar import WorkingCalendar

#: What ends a stay.
_OVER = frozenset({"left", "ended", "cancelled"})


class Taken:
    """Working time that was spent at elements; a night and a weekend are nobody's delay."""

    def __init__(self, days: WorkingCalendar, now: datetime) -> None:
        """Count by a calendar; what goes on is counted up to `now`."""
        self._days = days
        self._now = now
        #: Time of each stay by element; stays of no time at all are left out.
        self.times: dict[str, list[timedelta]] = {}

    def read(self, window: Sequence[Any]) -> None:
        """Take the stays whose beginning and end are both among rows of history, newest first."""
        went: dict[tuple[str, str], datetime] = {}
        for row in window:
            if row.what in _OVER:
                went[row.element, row.token] = row.at
            elif row.what == "entered":
                gone = went.pop((row.element, row.token), None)
                if gone is not None and gone > row.at:
                    self._add(row.element, row.at, gone)

    def stand(self, tokens: Iterable[tuple[str, datetime]]) -> None:
        """Take the stays that go on: elements, and since when."""
        for element, since in tokens:
            if self._now > since:
                self._add(element, since, self._now)

    def _add(self, element: str, came: datetime, went: datetime) -> None:
        self.times.setdefault(element, []).append(self._days.working_time(came, went))


def nodes_of(definition: Definition) -> Mapping[str, Node]:
    """Return the nodes of a process, those of subprocesses included, by id."""
    scopes = (one.scope for one in definition.scopes.values())
    return {name: node for scope in scopes for name, node in scope.nodes.items()}


def flows_of(
    definition: Definition, visits: Sequence[Any], window: Sequence[Any], *, whole: bool
) -> tuple[str, ...]:
    """Return the ids of sequence flows that were taken.

    History keeps the flows where there was a choice. Where it is longer than the rows at hand
    (`whole`), a choice made before them is taken for every one that leads to what was entered.
    """
    left = {row.element for row in visits if row.left}
    entered = {row.element for row in visits if row.entered or row.left or row.ended}
    chosen = {name for row in window for name in _chosen(row.detail)}
    found = []
    for name, node in nodes_of(definition).items():
        if name in left:
            found += [flow.id for flow in _taken(node, chosen, () if whole else entered)]
    return tuple(found)


def _chosen(detail: Mapping[str, Any]) -> Sequence[str]:
    flows = detail.get("flows", ())
    return flows if isinstance(flows, list | tuple) else ()


def _taken(node: Node, chosen: set[str], perhaps: Collection[str]) -> Iterator[Flow]:
    only = len(node.outgoing) == 1
    for flow in node.outgoing:
        if only or flow.id in chosen or flow.target in perhaps:
            yield flow
