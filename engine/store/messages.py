"""Messages waited for, and messages that came before anybody waited."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select

from engine.store import values
from engine.store.ids import new_id
from engine.store.repository import Found, Repository, chunks
from engine.store.tables import instance, message, subscription
from engine.store.tables.instances import GOING_ON

_CLOSE = delete(subscription).where(
    subscription.c.token.in_(bindparam("tokens", expanding=True)),
    subscription.c.instance_id.is_not(None),
)


@dataclass(frozen=True, kw_only=True)
class NewSubscription:
    """Something that now waits."""

    #: Instance id; None: a start event.
    instance_id: str | None
    #: Definition of a start event.
    definition_id: str | None
    #: Case number; empty for start events.
    business_key: str
    #: Element id.
    element: str
    #: Token, hexadecimal; empty for start events.
    token: str
    #: message | signal.
    kind: str
    #: Its name.
    name: str
    #: Correlation key; empty: the business key decides.
    correlation: str


class Subscriptions(Repository):
    """Who waits for what."""

    def add(self, new: Sequence[NewSubscription], at: datetime) -> None:
        """Insert."""
        rows = [{**vars(one), "id": new_id(at), "created_at": at} for one in new]
        self._uow.execute(insert(subscription), rows)

    def close(self, tokens: Iterable[str]) -> None:
        """Drop those of closed tokens."""
        for some in chunks(tokens):
            self._uow.execute(_CLOSE, {"tokens": some})

    def close_of(self, instance_id: str) -> None:
        """Drop all of an instance."""
        self._uow.execute(delete(subscription).where(subscription.c.instance_id == instance_id))

    def close_starts(self, definitions: Sequence[str]) -> None:
        """Drop start events of these definitions: a newer version replaces them."""
        self._uow.execute(
            delete(subscription).where(
                subscription.c.definition_id.in_(definitions), subscription.c.instance_id.is_(None)
            )
        )

    def waiting(self, kind: str, name: str) -> Sequence[Found]:
        """Return who waits in a case for a message or signal, oldest first."""
        return self._uow.execute(
            select(subscription)
            .join(instance, instance.c.id == subscription.c.instance_id)
            .where(
                subscription.c.kind == kind,
                subscription.c.name == name,
                instance.c.status == "active",
            )
            .order_by(subscription.c.id)
        ).all()

    def of_case(self, instance_id: str) -> Sequence[Found]:
        """Return what a case waits for, oldest first."""
        return self._uow.execute(
            select(subscription)
            .where(subscription.c.instance_id == instance_id)
            .order_by(subscription.c.id)
        ).all()

    def fitting(self, name: str, correlation: str, business_key: str) -> Sequence[Found]:
        """Return the waits in cases that a message fits, at most three."""
        by_key = (subscription.c.correlation == "") & (subscription.c.business_key == business_key)
        by_correlation = subscription.c.correlation == correlation
        fits = [
            part for part, said in ((by_key, business_key), (by_correlation, correlation)) if said
        ]
        if not fits:
            return []
        return self._uow.execute(
            select(subscription)
            .join(instance, instance.c.id == subscription.c.instance_id)
            .where(
                subscription.c.kind == "message",
                subscription.c.name == name,
                or_(*fits),
                instance.c.status.in_(GOING_ON),
            )
            .order_by(subscription.c.id)
            .limit(3)
        ).all()

    def starts(self, kind: str, name: str) -> Sequence[Found]:
        """Return the start events that wait for a message or signal."""
        return self._uow.execute(
            select(subscription).where(
                subscription.c.instance_id.is_(None),
                subscription.c.kind == kind,
                subscription.c.name == name,
            )
        ).all()


class Messages(Repository):
    """The buffer."""

    def add(
        self,
        *,
        name: str,
        correlation: str,
        business_key: str,
        payload: Mapping[str, Any],
        at: datetime,
        expires_at: datetime,
    ) -> str:
        """Keep a message until it expires; return its id."""
        found = new_id(at)
        row = {
            "id": found,
            "name": name,
            "correlation": correlation,
            "business_key": business_key,
            "payload": self._uow.keys.seal(values.dumps(payload), f"message.payload:{found}"),
            "created_at": at,
            "expires_at": expires_at,
        }
        self._uow.execute(insert(message), row)
        return found

    def take(
        self, name: str, correlation: str, business_key: str, now: datetime
    ) -> Mapping[str, Any] | None:
        """Take the oldest living message that a new wait fits out of the buffer."""
        if correlation:
            fits = message.c.correlation == correlation
        else:
            fits = (message.c.business_key == business_key) & (message.c.correlation == "")
        oldest = (
            select(message.c.id)
            .where(message.c.name == name, fits, message.c.expires_at > now)
            .order_by(message.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        found = self._uow.execute(oldest).scalar()
        if found is None:
            return None
        gone = delete(message).where(message.c.id == found).returning(message.c.payload)
        sealed = bytes(self._uow.execute(gone).scalar_one())
        opened: Mapping[str, Any] = values.loads(
            self._uow.keys.unseal(sealed, f"message.payload:{found}")
        )
        return opened

    def purge(self, now: datetime) -> int:
        """Drop expired messages; return how many."""
        done = self._uow.execute(delete(message).where(message.c.expires_at <= now))
        return int(done.rowcount)
