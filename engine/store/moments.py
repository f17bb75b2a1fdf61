"""The database's clock as an expression, so that it comes along with a row that is read anyway.

Whatever is due is compared with it: executors whose own clocks are an hour off agree on it.
"""

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from engine.store.types import UtcDateTime


class database_now(FunctionElement[Any]):  # noqa: N801  (reads as a function of SQL)
    """The present moment, not that of the transaction's beginning."""

    type = UtcDateTime()
    inherit_cache = True
    name = "database_now"


@compiles(database_now, "postgresql")
def _postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return "clock_timestamp()"


@compiles(database_now, "sqlite")
def _sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return "strftime('%Y-%m-%d %H:%M:%f', 'now')"


class database_seconds(FunctionElement[int]):  # noqa: N801  (reads as a function of SQL)
    """The same moment as whole seconds since 1970, to be added to."""

    type = BigInteger()
    inherit_cache = True
    name = "database_seconds"


@compiles(database_seconds, "postgresql")
def _postgresql_seconds(element: Any, compiler: Any, **options: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) AS BIGINT)"


@compiles(database_seconds, "sqlite")
def _sqlite_seconds(element: Any, compiler: Any, **options: Any) -> str:
    return "CAST(strftime('%s', 'now') AS INTEGER)"


class epoch(FunctionElement[int]):  # noqa: N801  (reads as a function of SQL)
    """A column's moment as whole seconds since 1970: nothing is made of it for each row."""

    type = BigInteger()
    inherit_cache = True
    name = "epoch"


@compiles(epoch, "postgresql")
def _postgresql_epoch(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST(extract(epoch FROM {compiler.process(element.clauses, **options)}) AS BIGINT)"


@compiles(epoch, "sqlite")
def _sqlite_epoch(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **options)}) AS INTEGER)"
