"""The database's clock as an expression, so that it comes along with a row that is read anyway.

Whatever is due is compared with it: executors whose own clocks are an hour off agree on it.
"""

from typing import Any

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
