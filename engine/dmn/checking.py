"""The check of a whole model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.model.problems import Problem

if TYPE_CHECKING:
    from engine.dmn.model import Model


def check(model: Model) -> Iterator[Problem]:
    """Everything found beyond what reading already complained about."""
    yield from ()
