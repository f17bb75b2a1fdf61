"""Who works in whose place, and what she may do therefore. See `engine.model.substitution`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    and_,
    bindparam,
    exists,
    insert,
    literal_column,
    null,
    select,
    type_coerce,
    union_all,
    update,
)

from engine.model.people import Candidate, StandIn
from engine.model.substitution import passes
from engine.store.ids import new_id
from engine.store.repository import Found, Repository
from engine.store.tables import account, membership, organisation, substitution
from engine.store.types import Json

_away, _stands = account.alias("away"), account.alias("stands")
_hers, _own = membership.alias("hers"), membership.alias("own")
_DAY: ColumnElement[date] = bindparam("day", type_=Date)


def _in_force() -> ColumnElement[bool]:
    """Hold on a local day, with both people there: a closed account hands on nothing.

    Nor does anybody stand in for a colleague of an office that she has left.
    """
    return and_(
        substitution.c.first_day <= _DAY,
        substitution.c.last_day >= _DAY,
        substitution.c.ended_at.is_(None),
        _away.c.active,
        _stands.c.active,
        exists().where(
            _own.c.account_id == substitution.c.substitute,
            _own.c.organisation == substitution.c.organisation,
        ),
    )


#: A substitution with the absent person's own roles in that organisation. Only `membership` is
#: read, so nobody hands on what she herself holds in somebody's place: there are no chains.
_PLACES = (
    select(
        _hers.c.role,
        _hers.c.organisation,
        substitution.c.roles,
        _away.c.id.label("absent"),
        _away.c.name,
        substitution.c.last_day,
        substitution.c.substitute,
    )
    .select_from(
        substitution.join(_away, _away.c.id == substitution.c.absent)
        .join(_stands, _stands.c.id == substitution.c.substitute)
        .join(
            _hers,
            and_(
                _hers.c.account_id == substitution.c.absent,
                _hers.c.organisation == substitution.c.organisation,
            ),
        )
    )
    .where(_in_force())
)
_nothing: ColumnElement[str] = literal_column("''")
#: One's own roles, and those of the people one substitutes, by one statement.
_HELD = union_all(
    select(
        membership.c.role,
        membership.c.organisation,
        type_coerce(null(), Json).label("roles"),
        _nothing.label("absent"),
        _nothing.label("name"),
        type_coerce(null(), substitution.c.last_day.type).label("last_day"),
        membership.c.account_id.label("substitute"),
    ).where(membership.c.account_id == bindparam("account")),
    _PLACES.where(substitution.c.substitute == bindparam("account")),
)
_roles = _HELD.subquery()
#: Who signs in, with all that by the same statement: every request of everybody asks it. The other
#: columns of an account are nobody's business here, and to decrypt them takes time.
_PERSON = (
    select(account.c.id, account.c.language, account.c.active, account.c.sessions)
    .add_columns(account.c.name.label("own_name"), *_roles.c)
    .select_from(account.outerjoin(_roles, _roles.c.substitute == account.c.id))
    .where(account.c.id == bindparam("account"))
)
_OF_ROLE = _PLACES.where(
    _hers.c.organisation == bindparam("organisation"), _hers.c.role == bindparam("role")
)
_LOCK = (
    select(substitution).where(substitution.c.id == bindparam("id")).with_for_update(key_share=True)
)


def _shown() -> Select[Any]:
    return (
        select(
            substitution,
            _away.c.name.label("absent_name"),
            _stands.c.name.label("substitute_name"),
            organisation.c.names.label("organisation_names"),
        )
        .join(_away, _away.c.id == substitution.c.absent)
        .join(_stands, _stands.c.id == substitution.c.substitute)
        .join(organisation, organisation.c.code == substitution.c.organisation)
    )


#: Own roles, and those held in somebody's place.
Held = tuple[frozenset[Candidate], frozenset[StandIn]]


@dataclass(frozen=True, kw_only=True)
class Person:
    """An account, as far as a session needs it."""

    #: Account id.
    id: str
    #: Full name.
    name: str
    #: Language she chose.
    language: str
    #: Whether she may work.
    active: bool
    #: Counts what ended all of her sessions.
    sessions: int


class Substitutions(Repository):
    """Substitutions. Rows are ended, never deleted."""

    def add(self, row: Mapping[str, Any], at: datetime) -> Found:
        """Insert; return the row."""
        made = insert(substitution).values(**row, id=new_id(at), set_at=at)
        return self._uow.execute(made.returning(substitution)).one()

    def lock(self, substitution_id: str) -> Found | None:
        """Lock one and return it."""
        return self._uow.execute(_LOCK, {"id": substitution_id}).first()

    def end(self, substitution_id: str, by: str, at: datetime) -> None:
        """End one before its time."""
        self._uow.execute(
            update(substitution)
            .where(substitution.c.id == substitution_id)
            .values(ended_at=at, ended_by=by or None)
        )

    def held(self, account_id: str, day: date) -> Held:
        """Return a person's own roles, and those held in somebody's place on a local day.

        A role that is her own is never held in somebody's place.
        """
        return _held(self._uow.execute(_HELD, {"account": account_id, "day": day}).all())

    def person(self, account_id: str, day: date) -> tuple[Person, Held] | None:
        """Return an account and what `held` says of it, by one statement; None: there is none."""
        rows = self._uow.execute(_PERSON, {"account": account_id, "day": day}).all()
        if not rows:
            return None
        first = rows[0]
        person = Person(
            id=first.id,
            name=first.own_name,
            language=first.language,
            active=first.active,
            sessions=first.sessions,
        )
        return person, _held([row for row in rows if row.role is not None])

    def of_role(self, held: Candidate, day: date) -> Sequence[str]:
        """Return the ids of accounts that hold a role in somebody's place on a local day."""
        asked = {"organisation": held.organisation, "role": held.role, "day": day}
        rows = self._uow.execute(_OF_ROLE, asked).all()
        return sorted({row.substitute for row in rows if passes(row.roles, row.role)})

    def of_absent(self, account_id: str, day: date) -> Sequence[Found]:
        """Return what was set for an absent person and is not over on a local day.

        Her account is locked: whoever else sets a substitution for her waits.
        """
        self._uow.execute(
            select(account.c.id).where(account.c.id == account_id).with_for_update(key_share=True)
        )
        statement = _shown().where(
            substitution.c.absent == account_id,
            substitution.c.last_day >= day,
            substitution.c.ended_at.is_(None),
        )
        return self._uow.execute(statement.order_by(substitution.c.first_day)).all()

    def open(self, day: date, code: str = "") -> Sequence[Found]:
        """Return those in force and to come, by first day, of an organisation or of all."""
        statement = _shown().where(
            substitution.c.last_day >= day, substitution.c.ended_at.is_(None)
        )
        if code:
            statement = statement.where(substitution.c.organisation == code)
        ordered = statement.order_by(substitution.c.first_day, substitution.c.id)
        return self._uow.execute(ordered).all()


def _held(rows: Sequence[Found]) -> Held:
    own = frozenset(Candidate(row.role, row.organisation) for row in rows if not row.absent)
    return own, frozenset(one for one in _places(rows) if one.candidate not in own)


def _places(rows: Sequence[Found]) -> Iterator[StandIn]:
    for row in rows:
        if row.absent and passes(row.roles, row.role):
            role = Candidate(row.role, row.organisation)
            yield StandIn(candidate=role, name=row.name, account=row.absent, until=row.last_day)
