"""Many cases to another version, each in a transaction of its own, with a row on how it went.

A batch is written with all its cases before the first one goes. Whoever runs it takes one waiting
case after the other; if that one dies, whoever runs it again goes on with what waits. Two at once
take different cases. A case that cannot go stays where it is, and the report says why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import (
    Conflict,
    MigrationRefused,
    NotFound,
    Refused,
    StepFailed,
    ValueRefused,
    ZholdamaError,
)
from engine.model.migrations import Obstacle
from engine.model.people import Actor
from engine.model.text import packed, text, unpacked
from engine.services import access, audit
from engine.services.context import Context, Database, UnitOfWork
from engine.services.workshop.carrying import Why, carry
from engine.services.workshop.migration import locked, may_look
from engine.services.workshop.migrationviews import Batch, Settled
from engine.services.workshop.routes import Route, refuse, route

#: What leaves a case where it is; everything else (the database is away) stops the batch.
_STAYS = (Refused, Conflict, NotFound, StepFailed)


def begin(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    source_id: str,
    target_id: str,
    mapping: Mapping[str, str] | None,
    reason: str,
    cases: Sequence[str] | None = None,
) -> str:
    """Write a batch of these running cases (None: all on the old version); return its id (admin).

    Nothing goes yet: see `run`. Raises `MigrationRefused` for a bad mapping, `ValueRefused`.
    """
    access.admin(actor)
    if not reason.strip():
        raise ValueRefused(text("A reason is needed"))
    way, mistakes = route(uow, ctx, source_id, target_id, mapping)
    refuse(mistakes)
    made = uow.migrationbatches.add(
        process=way.pairing.source.process.key,
        source_id=source_id,
        target_id=target_id,
        mapping=way.pairing.mapping,
        reason=reason.strip(),
        at=ctx.now(),
        by=actor.account or actor.name,
        cases=cases,
    )
    told = {"source": source_id, "target": target_id}
    audit.append(uow, ctx, actor, "migration.begin", f"migration:{made}", told)
    return made


def run(database: Database, ctx: Context, actor: Actor, batch_id: str, most: int = 0) -> int:
    """Take the waiting cases of a batch over, one transaction each; return how many were tried.

    At most `most` of them (0: all). May be called again at any time, and by several at once.
    """
    access.admin(actor)
    with database.reading() as uow:
        going = prepared(uow, ctx, batch_id)
    tried = 0
    while not most or tried < most:
        with database.begin() as uow:
            found = settle_next(uow, ctx, actor, going)
            uow.commit()
        if not found:
            return tried
        tried += 1
    return tried


@dataclass(frozen=True, kw_only=True)
class Going:
    """A batch under way: what is the same for all its cases."""

    #: Batch id.
    id: str
    #: From which version to which.
    way: Route
    #: Why, for each case's history.
    why: Why


def prepared(uow: UnitOfWork, ctx: Context, batch_id: str) -> Going:
    """Read a batch to go on with; `NotFound`."""
    row = _row(uow, batch_id)
    way, mistakes = route(uow, ctx, row.source_id, row.target_id, row.mapping)
    refuse(mistakes)
    return Going(id=batch_id, way=way, why=Why(reason=row.reason, batch=batch_id))


def settle_next(uow: UnitOfWork, ctx: Context, actor: Actor, going: Going) -> bool:
    """Take the next waiting case over, or write why it stays; False: none waits. Caller commits."""
    access.admin(actor)
    case = uow.migrationbatches.following(going.id)
    if case is None:
        uow.migrationbatches.finish(going.id, ctx.now())
        return False
    try:
        with uow.savepoint():
            _go(uow, ctx, actor, going, case)
    except _STAYS as exc:
        _stays(uow, ctx, going.id, case, exc)
    else:
        uow.migrationbatches.settle(going.id, case, ctx.now(), outcome="moved")
    return True


def _row(uow: UnitOfWork, batch_id: str) -> Any:
    row = uow.migrationbatches.batch(batch_id)
    if row is None:
        raise NotFound(text("There is no such batch"))
    return row


def _go(uow: UnitOfWork, ctx: Context, actor: Actor, going: Going, case: str) -> None:
    held = locked(uow, case)
    if held.definition_id != going.way.source_id:
        raise Conflict(text("The case runs on another version by now"))
    carry(uow, ctx, actor, held, going.way, going.why)


def _stays(uow: UnitOfWork, ctx: Context, batch_id: str, case: str, exc: ZholdamaError) -> None:
    found = exc.hindrances[0] if isinstance(exc, MigrationRefused) else None
    uow.migrationbatches.settle(
        batch_id,
        case,
        ctx.now(),
        outcome="refused",
        obstacle=(found.obstacle if found else Obstacle.CHANGED).value,
        element=found.element if found else "",
        message=packed(found.message if found else exc.text),
    )


def show(uow: UnitOfWork, actor: Actor, batch_id: str) -> Batch:
    """Return a batch with how far it is; `NotFound`."""
    may_look(actor)
    return _batch(uow, _row(uow, batch_id))


def _batch(uow: UnitOfWork, row: Any) -> Batch:
    outcomes = uow.migrationbatches.outcomes(row.id)

    def count(name: str) -> int:
        return sum(n for (outcome, _), n in outcomes.items() if outcome == name)

    return Batch(
        id=row.id,
        process=row.process,
        before=row.before,
        after=row.after,
        reason=row.reason,
        made=row.created_at,
        by=row.created_by,
        finished=row.finished_at,
        waiting=count("waiting"),
        moved=count("moved"),
        refused=count("refused"),
        obstacles={Obstacle(why): n for (_, why), n in outcomes.items() if why},
    )


def report(
    uow: UnitOfWork, actor: Actor, batch_id: str, *, after: str = "", size: int = 100
) -> tuple[Settled, ...]:
    """Return how it went with each case, by id from `after` on; `NotFound`."""
    may_look(actor)
    _row(uow, batch_id)
    return tuple(_settled(row) for row in uow.migrationbatches.report(batch_id, after, size))


def _settled(row: Any) -> Settled:
    return Settled(
        id=row.instance_id,
        number=row.business_key or "",
        outcome=row.outcome,
        obstacle=Obstacle(row.obstacle) if row.obstacle else None,
        element=row.element,
        message=unpacked(row.message) if row.message else None,
        at=row.at,
    )
