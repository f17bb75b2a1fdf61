"""Which cases a person may see, which have work of some offices, and their list."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, literal, or_, select, tuple_

from engine.model.people import ADMIN, Actor, ActorKind
from engine.store.administered import Reach, newest, of_case, work_at, work_of, worked_at
from engine.store.instances import SHOWN
from engine.store.repository import Found, Repository, chunks
from engine.store.tables import instance
from engine.store.types import UtcDateTime


def _visible_to(actor: Actor, reach: Reach) -> ColumnElement[bool] | None:
    """Return the condition on `instance` that this person may see it; None: may see all.

    A case is visible to whoever has, had or could have a task of it, or of the case that called it.
    `reach`: the offices that an administrator administers (`Organisations.reach`).
    """
    if actor.kind is not ActorKind.PERSON or (actor.holds(ADMIN) and reach is None):
        return None
    hers = work_of(actor)
    if actor.holds(ADMIN) and reach:
        hers = or_(hers, work_at(reach))
    return exists().where(of_case(), hers)


class Reachable(Repository):
    """Cases within somebody's reach."""

    def is_visible(self, instance_id: str, actor: Actor) -> bool:
        """Tell whether this person may see the case."""
        statement = select(literal(1)).select_from(instance).where(instance.c.id == instance_id)
        condition = _visible_to(actor, self._uow.organisations.reach(actor))
        if condition is not None:
            statement = statement.where(condition)
        return self._uow.execute(statement).first() is not None

    def worked_at(self, instance_ids: Collection[str], offices: Collection[str]) -> set[str]:
        """Return those of some cases that have or had work at one of some offices.

        Work of a case that called it counts, too.
        """
        found: set[str] = set()
        if not offices:
            return found
        for some in chunks(sorted(instance_ids)):
            asked = select(instance.c.id).where(instance.c.id.in_(some), worked_at(offices))
            found.update(self._uow.execute(asked).scalars())
        return found

    def page(
        self,
        actor: Actor,
        *,
        words: str = "",
        keys: Sequence[str] = (),
        process: str = "",
        status: str = "",
        after: tuple[datetime, str] | None = None,
        size: int = 50,
    ) -> Sequence[Found]:
        """Return top-level instances this person may see, newest first, one more than `size`."""
        where: list[ColumnElement[bool]] = [instance.c.parent_id.is_(None)]
        if words:
            number = instance.c.business_key.contains(words, autoescape=True)
            where.append(or_(number, instance.c.business_key.in_(keys)))
        if process:
            where.append(instance.c.process == process)
        if status:
            where.append(instance.c.status == status)
        reach = self._uow.organisations.reach(actor)
        if reach is not None and actor.holds(ADMIN):
            return self._page_of_region(actor, reach, where, after, size + 1)
        condition = _visible_to(actor, reach)
        if condition is not None:
            where.append(condition)
        if after:
            mark = tuple_(literal(after[0], UtcDateTime), literal(after[1]))
            where.append(tuple_(instance.c.started_at, instance.c.id) < mark)
        down = (instance.c.started_at.desc(), instance.c.id.desc())
        return self._uow.execute(SHOWN.where(*where).order_by(*down).limit(size + 1)).all()

    def _page_of_region(
        self,
        actor: Actor,
        reach: frozenset[str],
        where: Sequence[ColumnElement[bool]],
        after: tuple[datetime, str] | None,
        size: int,
    ) -> Sequence[Found]:
        """Return a page by id: the order of the index that says what is whose."""
        arrays = self._uow.dialect == "postgresql"
        before = after[1] if after else ""
        asked = newest(actor, reach, where, before=before, size=size, arrays=arrays)
        ids = self._uow.execute(asked).scalars().all()
        rows = SHOWN.where(instance.c.id.in_(ids)).order_by(instance.c.id.desc())
        return self._uow.execute(rows).all()
