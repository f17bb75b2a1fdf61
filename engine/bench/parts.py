"""The parts of the bench that need more than a step: each a module with a function ``measure``.

``measure(ground) -> Iterator[Measured]`` is called once for each kind of database, on an
installation that is made for it and thrown away afterwards (`engine.bench.domains.Ground`): empty,
nothing deployed. Its figures stand in the report under the name of the part. A part that cannot be
measured there raises an error of `engine.errors`, which is said; the rest goes on.
"""

from importlib import import_module
from importlib.util import find_spec

from engine.bench.domains import Measuring

#: Name of each part and of its module here, in the order of measuring.
PARTS = ("process", "http", "timers", "inbox")


def measuring(part: str) -> Measuring | None:
    """Return what measures a part; None: nothing does yet."""
    name = f"engine.bench.{part}"
    if find_spec(name) is None:
        return None
    found: Measuring = import_module(name).measure
    return found
