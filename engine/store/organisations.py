"""Offices."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, insert, select, update

from engine.model.people import ADMIN, SUPERVISOR, Actor, ActorKind
from engine.store.administered import Reach
from engine.store.repository import Found, Repository
from engine.store.scopes import OPEN
from engine.store.tables import account, membership, organisation, user_task

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

    def lock(self, code: str) -> Found | None:
        """Lock one for a change and return it."""
        asked = select(organisation).where(organisation.c.code == code).with_for_update()
        return self._uow.execute(asked).first()

    def heads(self, codes: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
        """Return account id and name of who heads each of some offices, by name."""
        rows = self._uow.execute(
            select(membership.c.organisation, account.c.id, account.c.name)
            .join(account, account.c.id == membership.c.account_id)
            .where(
                membership.c.organisation.in_(codes),
                membership.c.role == SUPERVISOR,
                account.c.active,
            )
            .order_by(account.c.name, account.c.id)
        )
        found: dict[str, list[tuple[str, str]]] = {}
        for row in rows:
            found.setdefault(row.organisation, []).append((row.id, row.name))
        return found

    def work_at(self, codes: Sequence[str], cap: int) -> dict[str, int]:
        """Return how many open tasks each of some offices has, at most `cap`."""
        some = (
            select(user_task.c.id)
            .where(user_task.c.organisation == organisation.c.code, OPEN)
            .limit(cap)
            .correlate(organisation)
            .subquery()
        )
        count = select(func.count()).select_from(some).scalar_subquery().label("number")
        asked = select(organisation.c.code, count).where(organisation.c.code.in_(codes))
        return {row.code: row.number for row in self._uow.execute(asked)}

    def people_at(self, codes: Sequence[str]) -> dict[str, int]:
        """Return how many open accounts each of some offices has."""
        rows = self._uow.execute(
            select(
                membership.c.organisation,
                func.count(func.distinct(membership.c.account_id)).label("number"),
            )
            .join(account, account.c.id == membership.c.account_id)
            .where(membership.c.organisation.in_(codes), account.c.active)
            .group_by(membership.c.organisation)
        )
        return {row.organisation: row.number for row in rows}

    def all(self, kind: str = "", region: str = "") -> Sequence[Found]:
        """Return organisations by code."""
        statement = select(organisation).order_by(organisation.c.code)
        if kind:
            statement = statement.where(organisation.c.kind == kind)
        if region:
            statement = statement.where(organisation.c.region == region)
        return self._uow.execute(statement).all()
