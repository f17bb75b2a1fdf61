"""Offices."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from engine.model.people import ADMIN, Actor, ActorKind
from engine.store.administered import Reach
from engine.store.repository import Found, Repository
from engine.store.tables import organisation

if TYPE_CHECKING:
    from engine.store.work import UnitOfWork

_own = organisation.alias("own")
#: Offices of the regions of some offices.
_REACH = (
    select(_own.c.region, organisation.c.code)
    .join(organisation, organisation.c.region == _own.c.region)
    .where(_own.c.code.in_(bindparam("codes", expanding=True)))
)


class Organisations(Repository):
    """Offices, by code."""

    def __init__(self, uow: "UnitOfWork") -> None:
        """Work in this transaction."""
        super().__init__(uow)
        self._reaches: dict[frozenset[str], Reach] = {}

    def reach(self, actor: Actor) -> Reach:
        """Return the offices whose cases an administrator administers; None: all.

        At an office without a region she administers the installation, at others their regions.
        Who is no administrator reaches nothing, machines everything. Asked once in a transaction.
        """
        if actor.kind is not ActorKind.PERSON:
            return None
        held = actor.organisations(ADMIN)
        if held not in self._reaches:
            self._reaches[held] = self._reach(held) if held else frozenset()
        return self._reaches[held]

    def _reach(self, held: frozenset[str]) -> Reach:
        rows = self._uow.execute(_REACH, {"codes": sorted(held)}).all()
        return None if any(not row.region for row in rows) else frozenset(row.code for row in rows)

    def put(self, code: str, names: Mapping[str, str], kind: str, region: str, bin: str) -> None:
        """Insert, or change the one with this code."""
        row = {"names": dict(names), "kind": kind, "region": region, "bin": bin}
        done = self._uow.execute(
            update(organisation).where(organisation.c.code == code).values(**row)
        )
        if done.rowcount == 0:
            self._uow.execute(insert(organisation), {**row, "code": code})

    def find(self, code: str) -> Found | None:
        """Return one."""
        return self._uow.execute(select(organisation).where(organisation.c.code == code)).first()

    def some(self, codes: Sequence[str]) -> Sequence[Found]:
        """Return those with these codes."""
        return self._uow.execute(select(organisation).where(organisation.c.code.in_(codes))).all()

    def all(self, kind: str = "", region: str = "") -> Sequence[Found]:
        """Return organisations by code."""
        statement = select(organisation).order_by(organisation.c.code)
        if kind:
            statement = statement.where(organisation.c.kind == kind)
        if region:
            statement = statement.where(organisation.c.region == region)
        return self._uow.execute(statement).all()
