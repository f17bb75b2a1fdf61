"""All functions of DMN 1.5, chapter 10.3.4; importing this declares them."""

from engine.feel.builtins import contexts, conversion, lists, moments, numeric, ranges, strings
from engine.feel.builtins.registry import BUILT_IN

__all__ = [
    "BUILT_IN", "contexts", "conversion", "lists", "moments", "numeric", "ranges", "strings",
]  # fmt: skip
