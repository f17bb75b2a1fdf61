"""How much of a case somebody sees: the engine's own rule, narrowed by the case's domain.

`engine.services.access` opens a case to whoever has, had or could have work in it, and to
administrators. A domain may keep more back (`engine.handling.Sighted`): all but the outline from
an administrator, all but what was sent from an office that gave its work away.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

from engine.handling import Sighted
from engine.model.people import Actor
from engine.model.sight import Sight
from engine.services import access
from engine.services.context import Context, UnitOfWork
from engine.store.tasks import TaskRow


class Row(Protocol):
    """A row that says which case it is of."""

    @property
    def process(self) -> str:
        """Return the process key."""
        ...

    @property
    def business_key(self) -> str:
        """Return the business key."""
        ...


RowT = TypeVar("RowT", bound=Row)


def of(
    uow: UnitOfWork, ctx: Context, actor: Actor, process: str, keys: Iterable[str]
) -> dict[str, Sight]:
    """Return how much a person sees of cases of one process, by business key."""
    wanted = sorted(set(keys))
    found = dict.fromkeys(wanted, Sight.WHOLE)
    face = ctx.faces.get(process)
    if isinstance(face, Sighted) and wanted and not access.is_machine(actor):
        found.update(face.sights(uow.session, wanted, actor))
    return found


def case(uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str) -> tuple[Any, Sight]:
    """Return a case's row and how much of it she sees; `NotFound` unless it is there for her."""
    access.case(uow, actor, instance_id)
    row = uow.instances.find(instance_id)
    if row is None:
        raise access.no_case()
    sight = of(uow, ctx, actor, row.process, [row.business_key])[row.business_key]
    if sight is Sight.SENT:
        raise access.no_case()
    return row, sight


def task(uow: UnitOfWork, ctx: Context, actor: Actor, row: TaskRow) -> Sight:
    """Return how much she sees of a task that `access` opened to her; `NotFound` for an outline.

    An outline tells that there is a task, not what stands in it; of what was only sent, an open
    task is nothing.
    """
    sight = of(uow, ctx, actor, row.process, [row.business_key])[row.business_key]
    if sight is Sight.OUTLINE or (sight is Sight.SENT and row.sent is None):
        raise access.no_task()
    return sight


def kept(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    rows: Sequence[RowT],
    wanted: Callable[[Sight], bool],
) -> list[RowT]:
    """Return the rows of cases (`process`, `business_key`) of which she sees as much as wanted."""
    keys: dict[str, list[str]] = {}
    for row in rows:
        keys.setdefault(row.process, []).append(row.business_key)
    known = {process: of(uow, ctx, actor, process, some) for process, some in keys.items()}
    return [row for row in rows if wanted(known[row.process][row.business_key])]


def there(sight: Sight) -> bool:
    """Tell whether the case itself is there for somebody of this sight."""
    return sight is not Sight.SENT
