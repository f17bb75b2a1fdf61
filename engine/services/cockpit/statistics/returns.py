"""How often work is sent back: by the step that does it, its paragraph and its office.

Which steps may return something, and by which flow, the diagram tells (`engine.bpmn.returning`).
How often that flow was taken stands in the history of each case.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.bpmn.returning import Choice, choices
from engine.errors import NotFound
from engine.model.people import Actor
from engine.services import bundles
from engine.services.cockpit.statistics.asking import Drawn, Ground, Query, ground
from engine.services.context import Context, UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Returned:
    """How often a step sent work back."""

    #: Process key.
    process: str
    #: Element id.
    element: str
    #: Its names by language.
    names: Mapping[str, str]
    #: Why it may: what the diagram says, with the paragraph.
    reason: str
    #: Paragraphs that the step stands for.
    law: tuple[str, ...]
    #: Code of the office; empty: all.
    office: str
    #: Names of the office.
    office_names: Mapping[str, str]
    #: How often it was decided there.
    decided: int
    #: How often of that it went back.
    back: int

    @property
    def share(self) -> float:
        """Return the share that went back, 0 to 1."""
        return self.back / self.decided if self.decided else 0.0


@dataclass(frozen=True, kw_only=True)
class Returns:
    """Ways back of a period."""

    #: By step, the one with most of them first.
    steps: tuple[Returned, ...]
    #: By step and office.
    both: tuple[Returned, ...]

    @property
    def back(self) -> int:
        """Return how often anything was sent back."""
        return sum(one.back for one in self.steps)


def returns(uow: UnitOfWork, ctx: Context, actor: Actor, query: Query) -> Returns:
    """Return the ways back of a period (admin); `Forbidden`, `NotFound`."""
    base = ground(uow, actor, query)
    chosen = {
        (key, one.element): one
        for key, drawn in base.processes.items()
        if query.process in {"", key}
        for one in _choices(uow, ctx, drawn)
    }
    elements = {one.element for one in chosen.values()}
    gateways = {one.gateway for one in chosen.values()}
    sums: dict[tuple[str, str, str], list[int]] = {}
    for row in uow.statistics.decided(base.scope, elements, gateways):
        choice = chosen.get((row.process, row.element))
        if choice is not None:
            found = sums.setdefault((row.process, row.element, row.organisation), [0, 0])
            found[0] += row.times
            found[1] += row.times * (choice.flow in row.flows.get("flows", ()))
    whole: dict[tuple[str, str, str], list[int]] = {}
    for (process, element, _), (decided, back) in sums.items():
        found = whole.setdefault((process, element, ""), [0, 0])
        found[0] += decided
        found[1] += back
    both = _rows(uow, ctx, base, sums)
    return Returns(steps=_rows(uow, ctx, base, whole), both=both)


def _rows(
    uow: UnitOfWork, ctx: Context, base: Ground, sums: Mapping[tuple[str, str, str], list[int]]
) -> tuple[Returned, ...]:
    rows = []
    for (process, element, code), (decided, back) in sums.items():
        step = base.elements(uow, ctx, process)[element]
        office = base.offices.get(code)
        rows.append(
            Returned(
                process=process,
                element=element,
                names=step.names,
                reason=step.properties.get("returns", ""),
                law=step.law,
                office=code,
                office_names=office.names if office else {},
                decided=decided,
                back=back,
            )
        )
    return tuple(sorted(rows, key=lambda row: (-row.back, row.process, row.element, row.office)))


def _choices(uow: UnitOfWork, ctx: Context, drawn: Drawn) -> tuple[Choice, ...]:
    key = ("returns", uow.database_id, drawn.definition_id)
    found: tuple[Choice, ...] = ctx.caches.readings.get(key, lambda: _found(uow, ctx, drawn))
    return found


def _found(uow: UnitOfWork, ctx: Context, drawn: Drawn) -> tuple[Choice, ...]:
    try:
        bundle = bundles.of_definition(uow, ctx, drawn.definition_id)
        scopes = bundle.definition(drawn.key).scopes.values()
        return choices([compiled.scope for compiled in scopes])
    except NotFound:
        return ()
