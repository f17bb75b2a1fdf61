"""Which running cases another version can take, and taking them there.

`preview` and `standing` look, `trial` really takes one case over within a transaction that is then
undone, `migrate` takes one, an administrator's batch many. A preview judges by where the
tokens stand: cases of one shape share a verdict, so ten thousand cost little more than ten. What
depends on a case's variables (an expression of the new version) shows in the trial and in the act.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from engine import bpmn
from engine.bpmn.pairing import default
from engine.errors import (
    Forbidden,
    MigrationRefused,
    NotFound,
    TaskClosed,
    ValueRefused,
)
from engine.model.migrations import Consequence, Hindrance, Migrated, Obstacle, Verdict
from engine.model.people import ADMIN, ANALYST, Actor
from engine.model.text import text
from engine.services import access, audit, ending
from engine.services.context import Context, UnitOfWork
from engine.services.workshop.carrying import Why, carry
from engine.services.workshop.looking import Look
from engine.services.workshop.migrationviews import (
    Change,
    Choice,
    OpenWork,
    Pair,
    Preview,
    Reason,
    Stand,
    StandPage,
    Trial,
    Version,
)
from engine.services.workshop.routes import Route, refuse, renamed, route, version
from engine.store import due
from engine.store.administered import Reach
from engine.store.instances import InstanceRow
from engine.store.tables import deadline

#: Cases looked at for a preview: the oldest. More take their time, and the batch looks at each.
MOST = 20_000


def may_look(actor: Actor) -> None:
    """Raise `Forbidden` for a person who is neither analyst nor administrator."""
    if not (access.is_machine(actor) or actor.holds(ANALYST) or actor.holds(ADMIN)):
        raise Forbidden(text("Only an analyst or an administrator may do this"))


def _may_see_cases(uow: UnitOfWork, actor: Actor) -> None:
    """Raise `Forbidden` for who may not see numbers of cases of every region."""
    may_look(actor)
    if not actor.holds(ANALYST):
        access.everywhere(uow, actor)


def _counted(uow: UnitOfWork, actor: Actor) -> Reach:
    """Return whose cases she sees numbers of; None: every region's. `Forbidden` as `may_look`."""
    may_look(actor)
    return None if actor.holds(ANALYST) else access.reach(uow, actor)


# --- looking ----------------------------------------------------------------------------------


def choices(uow: UnitOfWork, actor: Actor, process: str) -> tuple[Choice, ...]:
    """Return the versions of a process, newest first, with her cases on each. `NotFound`."""
    reach = _counted(uow, actor)
    rows = uow.heat.versions(process)
    if not rows:
        raise NotFound(text("There is no process {process}", process=process))
    cases = uow.casemigrations.counts(process, reach)
    return tuple(Choice(id=row.id, number=row.version, cases=cases.get(row.id, 0)) for row in rows)


def preview(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    source_id: str,
    target_id: str,
    mapping: Mapping[str, str] | None = None,
) -> Preview:
    """Return what a version means for the cases that run on another one. `Forbidden`, `NotFound`.

    An administrator of a region is told of the cases with work there. A bad mapping is no error
    here: `Preview.mistakes` names the elements, and nothing is counted.
    """
    reach = _counted(uow, actor)
    way, mistakes = route(uow, ctx, source_id, target_id, mapping)
    reasons, changes = Counter[Hindrance](), Counter[Consequence]()
    tokens = Counter[str]()
    examined = able = 0
    for _, said in () if mistakes else Look(uow, way, reach).cases():
        if examined == MOST:
            break
        examined += 1
        able += not said.hindrances
        reasons.update(said.hindrances)
        changes.update(() if said.hindrances else said.consequences)
        tokens.update(said.standing)
    process = way.pairing.source.process
    return Preview(
        process=process.key,
        names=way.pairing.target.process.names,
        source=_shown(uow, source_id),
        target=_shown(uow, target_id),
        total=uow.casemigrations.count(source_id, reach),
        examined=examined,
        able=able,
        reasons=tuple(_reason(way, one, n) for one, n in reasons.most_common()),
        changes=tuple(_change(way, one, n) for one, n in changes.most_common()),
        pairs=tuple(_pairs(uow, ctx, way, tokens)),
        mistakes=mistakes,
    )


def _shown(uow: UnitOfWork, definition_id: str) -> Version:
    row = version(uow, definition_id)
    names = uow.accounts.names([row.created_by])
    by = names.get(row.created_by, row.created_by)
    return Version(id=row.id, number=row.version, at=row.created_at, by=by)


def names_of(way: Route, element: str) -> Mapping[str, str]:
    """Return what an element is called in either version, by language."""
    for side in (way.pairing.source, way.pairing.target):
        if element in side.process.elements:
            return side.process.elements[element].names
    return {}


def _reason(way: Route, found: Hindrance, cases: int) -> Reason:
    return Reason(hindrance=found, names=names_of(way, found.element), cases=cases)


def _change(way: Route, found: Consequence, cases: int) -> Change:
    names = names_of(way, found.element)
    return Change(effect=found.effect, element=found.element, names=names, cases=cases)


def _pairs(uow: UnitOfWork, ctx: Context, way: Route, tokens: Mapping[str, int]) -> Iterator[Pair]:
    pairing = way.pairing
    there = pairing.target.process.elements
    recognised = renamed(uow, ctx, way.source_id, way.target_id)
    suggested = default(pairing.source, pairing.target, recognised)
    for one in pairing.source.process.elements.values():
        able = pairing.candidates(one.id)
        yield Pair(
            element=one.id,
            kind=one.kind,
            names=one.names,
            target=pairing.mapping.get(one.id, ""),
            default=suggested[one.id],
            able=tuple((name, there[name].names) for name in able),
            tokens=tokens.get(one.id, 0),
        )


def standing(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    source_id: str,
    target_id: str,
    mapping: Mapping[str, str] | None = None,
    *,
    obstacle: Obstacle | None = None,
    element: str = "",
    after: str = "",
    size: int = 50,
) -> StandPage:
    """List the cases that one obstacle at one element holds, by id; None: those that can go."""
    _may_see_cases(uow, actor)
    way, mistakes = route(uow, ctx, source_id, target_id, mapping)
    refuse(mistakes)
    rows: list[Stand] = []
    for number, (row, said) in enumerate(Look(uow, way).cases(after)):
        if len(rows) == size or number == MOST:
            return StandPage(rows=tuple(rows), next=after)
        after = row.id
        if _fits(said, obstacle, element):
            rows.append(_stand(row, said))
    return StandPage(rows=tuple(rows), next="")


def _fits(said: Verdict, obstacle: Obstacle | None, element: str) -> bool:
    if obstacle is None:
        return not said.hindrances
    return any(one.obstacle is obstacle and one.element == element for one in said.hindrances)


def _stand(row: Any, said: Verdict) -> Stand:
    return Stand(id=row.id, number=row.business_key, started=row.started_at, elements=said.standing)


# --- acting -----------------------------------------------------------------------------------


def migrate(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    instance_id: str,
    target_id: str,
    mapping: Mapping[str, str] | None,
    reason: str,
) -> Migrated:
    """Take a running or suspended case over to another version (admin). Caller commits.

    Raises `MigrationRefused` with what stands in the way, `NotFound`, `Forbidden`, `Conflict`.
    """
    access.admin(actor)
    if not reason.strip():
        raise ValueRefused(text("A reason is needed"))
    held = locked(uow, instance_id)
    if not access.administers(uow, actor, instance_id):
        raise access.no_case()
    way, mistakes = route(uow, ctx, held.definition_id, target_id, mapping)
    refuse(mistakes)
    done = carry(uow, ctx, actor, held, way, Why(reason=reason.strip()))
    subject = f"instance:{held.id}"
    audit.append(uow, ctx, actor, "instance.migrated", subject, told(way))
    return done


def told(way: Route) -> Mapping[str, object]:
    """Return what the audit log keeps of a case's way: version numbers and ids."""
    return {
        "from": way.before,
        "to": way.after,
        "source": way.source_id,
        "target": way.target_id,
    }


def locked(uow: UnitOfWork, instance_id: str) -> InstanceRow:
    """Lock a case that can be taken over; `NotFound`, `TaskClosed` if it has ended."""
    held = uow.instances.lock(instance_id)
    if held is None:
        raise access.no_case()
    if held.status not in ending.OPEN:
        raise TaskClosed(ending.ENDED)
    return held


class _Undone(Exception):
    """Ends the savepoint of a trial."""


def trial(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    source_id: str,
    target_id: str,
    mapping: Mapping[str, str] | None = None,
    instance_id: str = "",
) -> Trial:
    """Take one case over and undo it: what its work would be. Empty id: the first that can go.

    It is the case itself, under its lock, with all rows written; nothing of that is committed, and
    nobody is told. Raises `NotFound` where no case can go.
    """
    _may_see_cases(uow, actor)
    way, mistakes = route(uow, ctx, source_id, target_id, mapping)
    refuse(mistakes)
    found = ((row, said) for row, said in Look(uow, way).cases() if _chosen(row, said, instance_id))
    row, said = next(found, (None, None))
    if row is None or said is None:
        raise NotFound(text("There is no case that could go to this version"))
    before = tuple(_work(uow, way.pairing.source, row.id))
    after: tuple[OpenWork, ...] = ()
    refused = None
    with suppress(_Undone), uow.savepoint():
        try:
            carry(uow, ctx, actor, locked(uow, row.id), way, Why(reason=""))
            after = tuple(_work(uow, way.pairing.target, row.id))
        except MigrationRefused as exc:
            refused = exc.text
        raise _Undone
    return Trial(case=_stand(row, said), refused=refused, before=before, after=after)


def _chosen(row: Any, said: Verdict, instance_id: str) -> bool:
    return row.id == instance_id if instance_id else not said.hindrances


def _work(uow: UnitOfWork, side: bpmn.Definition, instance_id: str) -> Iterator[OpenWork]:
    elements = side.process.elements

    def names(element: str) -> Mapping[str, str]:
        return elements[element].names if element in elements else {}

    for task in uow.tasks.open_of(instance_id):
        yield OpenWork(
            element=task.element,
            names=names(task.element),
            kind="task",
            due=deadline(task.due),
            who=tuple(str(one) for one in uow.tasks.candidates(task)),
            taken=bool(task.assignee),
            form=task.form,
        )
    for job in uow.jobs.of_instance(instance_id):
        if job.state in due.OPEN:
            yield OpenWork(
                element=job.element, names=names(job.element), kind=job.kind.value, due=job.due_at
            )
