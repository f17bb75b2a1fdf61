"""Offices."""

from collections.abc import Mapping, Sequence

from sqlalchemy import insert, select, update

from engine.store.repository import Found, Repository
from engine.store.tables import organisation


class Organisations(Repository):
    """Offices, by code."""

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
