"""Accounts and memberships."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, insert, select, update

from engine.model.people import ADMIN, Candidate
from engine.store.repository import Found, Repository
from engine.store.scopes import OPEN
from engine.store.tables import account, membership, organisation, user_task

_FIND = select(account).where(account.c.id == bindparam("id"))
_NAMES = select(account.c.id, account.c.name).where(
    account.c.id.in_(bindparam("ids", expanding=True))
)


def _by_name(wanted: Select[Any], organisation: str) -> Select[Any]:
    """Return accounts by name, of one organisation or of all."""
    wanted = wanted.order_by(account.c.name, account.c.id)
    if not organisation:
        return wanted
    members = select(membership.c.account_id).where(membership.c.organisation == organisation)
    return wanted.where(account.c.id.in_(members))


class Accounts(Repository):
    """Who may sign in."""

    def add(self, row: Mapping[str, Any]) -> None:
        """Insert; `Conflict` if the login is taken."""
        self._uow.execute(insert(account), row)

    def by_login(self, login: str) -> Found | None:
        """Return the account with a login."""
        return self._uow.execute(select(account).where(account.c.login == login)).first()

    def find(self, account_id: str) -> Found | None:
        """Return an account."""
        return self._uow.execute(_FIND, {"id": account_id}).first()

    def lock(self, account_id: str) -> Found | None:
        """Lock an account's row for a change and return it."""
        return self._uow.execute(_FIND.with_for_update(), {"id": account_id}).first()

    def lock_holders(self, role: str) -> Sequence[str]:
        """Lock the accounts that hold a role anywhere, in order; return their ids.

        Two who take the role away from each other at once are then one after the other.
        """
        holders = select(membership.c.account_id).where(membership.c.role == role)
        found = select(account.c.id).where(account.c.id.in_(holders)).order_by(account.c.id)
        return self._uow.execute(found.with_for_update()).scalars().all()

    def administrators(self) -> int:
        """Return how many open accounts administer the whole installation."""
        count: int = self._uow.execute(
            select(func.count(func.distinct(account.c.id)))
            .select_from(account)
            .join(membership, membership.c.account_id == account.c.id)
            .join(organisation, organisation.c.code == membership.c.organisation)
            .where(membership.c.role == ADMIN, organisation.c.region == "", account.c.active)
        ).scalar_one()
        return count

    def by_iin(self, index: str) -> Sequence[str]:
        """Return the ids of the accounts with a blind index."""
        found = select(account.c.id).where(account.c.iin_index == index).order_by(account.c.id)
        return self._uow.execute(found).scalars().all()

    def listed(self, organisation: str = "") -> Sequence[Found]:
        """Return id, login, name and whether it is open of accounts by name, as `all` does."""
        columns = (account.c.id, account.c.login, account.c.name, account.c.active)
        return self._uow.execute(_by_name(select(*columns), organisation)).all()

    def work_of(self, account_ids: Sequence[str], cap: int) -> dict[str, int]:
        """Return how many open tasks each of some accounts has, at most `cap`."""
        some = (
            select(user_task.c.id)
            .where(user_task.c.assignee == account.c.id, OPEN)
            .limit(cap)
            .correlate(account)
            .subquery()
        )
        count = select(func.count()).select_from(some).scalar_subquery().label("number")
        rows = self._uow.execute(select(account.c.id, count).where(account.c.id.in_(account_ids)))
        return {row.id: row.number for row in rows}

    def tasks_of(self, account_id: str, size: int) -> Sequence[Found]:
        """Return id and organisation of open tasks that somebody has, the most urgent first."""
        columns = (user_task.c.id, user_task.c.organisation)
        mine = select(*columns).where(user_task.c.assignee == account_id, OPEN)
        return self._uow.execute(mine.order_by(user_task.c.due_at).limit(size)).all()

    def change(self, account_id: str, **values: Any) -> bool:
        """Change columns; False if there is no such account."""
        done = self._uow.execute(update(account).where(account.c.id == account_id).values(**values))
        return done.rowcount == 1

    def end_sessions(self, account_id: str) -> None:
        """Count one more end of all sessions."""
        self._uow.execute(
            update(account)
            .where(account.c.id == account_id)
            .values(sessions=account.c.sessions + 1)
        )

    def memberships(self, account_ids: Sequence[str]) -> dict[str, list[Candidate]]:
        """Return the roles of accounts."""
        rows = self._uow.execute(
            select(membership)
            .where(membership.c.account_id.in_(account_ids))
            .order_by(membership.c.organisation, membership.c.role)
        )
        found: dict[str, list[Candidate]] = {one: [] for one in account_ids}
        for row in rows:
            found[row.account_id].append(Candidate(row.role, row.organisation))
        return found

    def all_memberships(self) -> dict[str, list[Candidate]]:
        """Return the roles of all accounts that have any."""
        found: dict[str, list[Candidate]] = {}
        rows = select(membership).order_by(membership.c.organisation, membership.c.role)
        for row in self._uow.execute(rows):
            found.setdefault(row.account_id, []).append(Candidate(row.role, row.organisation))
        return found

    def held(self) -> Sequence[tuple[Candidate, ...]]:
        """Return the roles of each active account that has any, people unnamed."""
        found: dict[str, list[Candidate]] = {}
        rows = self._uow.execute(
            select(membership)
            .join(account)
            .where(account.c.active)
            .order_by(membership.c.organisation, membership.c.role)
        )
        for row in rows:
            found.setdefault(row.account_id, []).append(Candidate(row.role, row.organisation))
        return sorted(tuple(one) for one in found.values())

    def set_memberships(self, account_id: str, held: Iterable[Candidate]) -> None:
        """Replace the roles of an account."""
        self._uow.execute(delete(membership).where(membership.c.account_id == account_id))
        rows = [
            {"account_id": account_id, "role": one.role, "organisation": one.organisation}
            for one in sorted(set(held))
        ]
        if rows:
            self._uow.execute(insert(membership), rows)

    def all(self, organisation: str = "") -> Sequence[Found]:
        """Return accounts by name, of one organisation or of all."""
        return self._uow.execute(_by_name(select(account), organisation)).all()

    def holders(self, held: Candidate) -> Sequence[str]:
        """Return the ids of active accounts with a role."""
        return (
            self._uow.execute(
                select(account.c.id)
                .join(membership)
                .where(
                    membership.c.organisation == held.organisation,
                    membership.c.role == held.role,
                    account.c.active,
                )
                .order_by(account.c.id)
            )
            .scalars()
            .all()
        )

    def names(self, account_ids: Iterable[str]) -> dict[str, str]:
        """Return names by id."""
        wanted = sorted(set(account_ids) - {""})
        if not wanted:
            return {}
        rows = self._uow.execute(_NAMES, {"ids": wanted})
        return {row.id: row.name for row in rows}
