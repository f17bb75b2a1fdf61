"""Filters of lists that administrators keep, and with which of them a list begins."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from engine.store.repository import Found, Repository
from engine.store.tables import account, filter_start, saved_filter


class SavedFilters(Repository):
    """Kept filters."""

    def add(self, row: Mapping[str, Any]) -> None:
        """Insert."""
        self._uow.execute(insert(saved_filter), row)

    def find(self, filter_id: str) -> Found | None:
        """Return one."""
        return self._uow.execute(select(saved_filter).where(saved_filter.c.id == filter_id)).first()

    def seen(self, name: str, account_id: str, offices: Collection[str]) -> Sequence[Found]:
        """Return the filters of a list that are a person's or shared with her, by name."""
        hers = or_(
            saved_filter.c.owner == account_id,
            saved_filter.c.shared == "all",
            saved_filter.c.organisation.in_(sorted(offices)),
        )
        columns = [*saved_filter.c, account.c.name.label("owner_name")]
        rows = select(*columns).join(account, account.c.id == saved_filter.c.owner)
        found = rows.where(saved_filter.c.list == name, hers)
        return self._uow.execute(found.order_by(saved_filter.c.name, saved_filter.c.id)).all()

    def change(self, filter_id: str, **values: Any) -> None:
        """Change one."""
        changed = update(saved_filter).where(saved_filter.c.id == filter_id)
        self._uow.execute(changed.values(**values))

    def remove(self, filter_id: str) -> None:
        """Delete one; no list begins with it any more."""
        self._uow.execute(delete(filter_start).where(filter_start.c.filter_id == filter_id))
        self._uow.execute(delete(saved_filter).where(saved_filter.c.id == filter_id))

    def start(self, account_id: str, name: str) -> str:
        """Return the id of the filter with which a person's list begins, empty for none."""
        found = self._uow.execute(
            select(filter_start.c.filter_id).where(
                filter_start.c.account_id == account_id, filter_start.c.list == name
            )
        ).scalar()
        return str(found or "")

    def begin_with(self, account_id: str, name: str, filter_id: str) -> None:
        """Have a person's list begin with a filter; empty: with none."""
        mine = (filter_start.c.account_id == account_id, filter_start.c.list == name)
        self._uow.execute(delete(filter_start).where(*mine))
        if filter_id:
            row = {"account_id": account_id, "list": name, "filter_id": filter_id}
            self._uow.execute(insert(filter_start), row)
