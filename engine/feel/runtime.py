"""What an evaluation carries: bounds, the clock's time, functions, scopes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from typing import Final

from engine.feel.errors import FeelLimitError
from engine.model.text import text


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Bounds of one evaluation; reaching one is a `FeelLimitError`."""

    #: Units of work: an iteration, a call, eight characters or one item made.
    steps: int = 2_000_000
    #: Calls of user-defined functions within each other.
    depth: int = 64
    #: Items of one list.
    items: int = 200_000
    #: Characters of one string.
    characters: int = 1_000_000
    #: Seconds of computing.
    seconds: float = 2.0


DEFAULT_LIMITS: Final = Limits()
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What an expression may know besides its variables."""

    #: The clock's time, for ``now()`` and ``today()``.
    now: datetime = EPOCH
    #: Engine functions by name, called with values as `export` gives them.
    functions: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    #: Bounds.
    limits: Limits = DEFAULT_LIMITS


DEFAULT_CONTEXT: Final = Context()
#: Work between two looks at the time.
_SLICE: Final = 2_000


class Run:
    """The meters of one evaluation."""

    __slots__ = ("_left", "_pause", "_until", "context", "depth", "limits")

    def __init__(self, context: Context) -> None:
        self.context = context
        self.limits = context.limits
        self.depth = 0
        self._left = self.limits.steps
        self._pause = min(_SLICE, self._left)
        self._until = 0.0

    def spend(self, units: int = 1) -> None:
        """Pay for work; FeelLimitError when steps or time are used up."""
        self._pause -= units
        if self._pause < 0:
            self._settle()

    def _settle(self) -> None:
        self._left -= min(_SLICE, self._left) - self._pause
        if self._left <= 0:
            message = text("More than {limit} steps", limit=self.limits.steps)
            raise FeelLimitError(message, "steps")
        now = perf_counter()
        if not self._until:
            self._until = now + self.limits.seconds
        elif now > self._until:
            message = text("Longer than {limit} seconds", limit=self.limits.seconds)
            raise FeelLimitError(message, "time")
        self._pause = min(_SLICE, self._left)

    def made_list(self, size: int) -> None:
        """A list of that size is about to exist."""
        if size > self.limits.items:
            message = text("A list of more than {limit} items", limit=self.limits.items)
            raise FeelLimitError(message, "size")
        self.spend(size)

    def made_string(self, size: int) -> None:
        """A string of that many characters is about to exist."""
        if size > self.limits.characters:
            message = text("A text of more than {limit} characters", limit=self.limits.characters)
            raise FeelLimitError(message, "size")
        self.spend(1 + size // 8)

    def enter(self) -> None:
        """A user-defined function begins."""
        self.depth += 1
        if self.depth > self.limits.depth:
            message = text("Functions call each other deeper than {limit}", limit=self.limits.depth)
            raise FeelLimitError(message, "depth")
        self.spend()


class _Current(threading.local):
    """The evaluation this thread is in."""

    run: Run | None = None


CURRENT: Final = _Current()


def charge(units: int) -> None:
    """Pay for walking through a list or context.

    Values may share parts (``{a: [1, 1], b: [a, a], c: [b, b]}`` and so on): small to make, endless
    to print or compare. So whatever goes into the depth of a value pays for each list it enters.
    """
    run = CURRENT.run
    if run is not None:
        run.spend(units)


class _Nothing:
    """The item of a scope that filters nothing."""


NOTHING: Final = _Nothing()


class Env:
    """A scope: own variables, the enclosing scope, the outermost variables, the meters.

    `item` is the element a filter looks at; its entries are visible as names.
    """

    __slots__ = ("item", "parent", "root", "run", "vars")

    def __init__(
        self,
        root: Mapping[str, object],
        run: Run,
        names: dict[str, object],
        parent: Env | None = None,
        item: object = NOTHING,
    ) -> None:
        self.root = root
        self.run = run
        self.vars = names
        self.parent = parent
        self.item = item

    def inner(self, names: dict[str, object]) -> Env:
        """A scope within this one."""
        return Env(self.root, self.run, names, self)

    def filtering(self, item: object) -> Env:
        """The scope of a filter's condition at one item."""
        return Env(self.root, self.run, {"item": item}, self, item)
