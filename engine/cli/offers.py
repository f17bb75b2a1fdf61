"""What extension packages offer to whoever starts the product, by convention.

``<package>.demo``     ``cast() -> engine.demo.Cast``: offices, people and cases of the demo.
``<package>.sandbox``  ``start(port) -> running`` stands in for the outside systems; ``running`` has
                       ``url``, ``settings`` for the handlers, ``home(address)`` to be told where
                       the installation is, and ``stop()``.
``<package>.bench``    ``measure(ground) -> Iterable[Measured]`` measures on each kind of database
                       what the domain has promised; see `engine.bench.domains`.
"""

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any


def offers(packages: Iterable[str], module: str, function: str) -> Iterator[Callable[..., Any]]:
    """Yield the function of that name from each package that has the module and the function."""
    for package in packages:
        name = f"{package}.{module}"
        if find_spec(name) is None:
            continue
        found = getattr(import_module(name), function, None)
        if callable(found):
            yield found
