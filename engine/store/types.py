"""Column types: moments in UTC, JSON, and encrypted values."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, LargeBinary, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from engine.store import values
from engine.store.crypto import ring

#: A number that SQLite counts up by itself too.
Number = BigInteger().with_variant(Integer(), "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment. PostgreSQL keeps the zone, SQLite gets UTC text that sorts by time."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type."""
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments; write UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a naive moment cannot be stored: say which zone it is in")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Read UTC."""
        if value is None:
            return None
        found: datetime = value
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A JSON value as text; not for personal data."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write canonical JSON."""
        return None if value is None else values.canonical(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Read it."""
        return None if value is None else values.loads(value)


_WRITE: dict[str, Callable[[Any], bytes]] = {
    "text": lambda value: str(value).encode(),
    "bytes": bytes,
    "json": values.dumps,
}
_READ: dict[str, Callable[[bytes], Any]] = {
    "text": lambda data: data.decode(),
    "bytes": lambda data: data,
    "json": values.loads,
}


class Encrypted(TypeDecorator[Any]):
    """A personal column: AES-GCM with key version; the place is in the associated data.

    ``Encrypted("person.iin")`` keeps text, ``Encrypted("answer.body", "json")`` values,
    ``Encrypted("scan.content", "bytes")`` bytes. Search by a `blind_index` column beside it.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str, kind: str = "text") -> None:
        """Say which ``table.column`` this is, and what it holds: text, bytes or json."""
        super().__init__()
        if kind not in _WRITE:
            raise ValueError(kind)
        self.place = place
        self.kind = kind

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Encrypt."""
        return None if value is None else ring.keys.seal(_WRITE[self.kind](value), self.place)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Decrypt."""
        if value is None:
            return None
        return _READ[self.kind](ring.keys.unseal(bytes(value), self.place))
