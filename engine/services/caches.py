"""What is parsed once and shared by all threads, by ids of what never changes: never stale."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class Cache(Generic[Value]):
    """The most recently used values, up to a number of them."""

    def __init__(self, size: int) -> None:
        """Keep `size` values."""
        self._size = size
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value, made if it is not there. Two threads may make it; one is kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        made = make()
        with self._lock:
            kept = self._values.setdefault(key, made)
            if len(self._values) > self._size:
                self._values.popitem(last=False)
        return kept


class Caches:
    """One of each. What holds `Any` holds what its one room made, which alone reads it."""

    def __init__(self) -> None:
        """Start empty."""
        #: Deployments by id: parsed diagrams, tables, forms.
        self.deployments: Cache[Any] = Cache(64)
        #: Deployment ids by definition id.
        self.pinned: Cache[str] = Cache(4096)
        #: Variables that a version names for the search, by definition id.
        self.searched: Cache[tuple[str, ...]] = Cache(4096)
        #: Elements that were recognised under a new id, by old and new definition id.
        self.renamed: Cache[Mapping[str, str]] = Cache(64)
        #: Ways between two versions along a mapping, with what is wrong with them.
        self.routes: Cache[Any] = Cache(16)
        #: Calendars by version.
        self.calendars: Cache[Any] = Cache(4)
        #: What single files say, by kind, name and content: diagrams, tables and forms as typed.
        self.readings: Cache[Any] = Cache(256)
        #: Statistics, a minute long, by what was asked and by whom it may be seen.
        self.figures: Cache[Any] = Cache(16)
