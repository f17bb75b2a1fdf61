"""The parts of the bench that need more than a step: each a module with a function ``measure``.

``measure(ground) -> Iterator[Measured]`` is called once for each kind of database, on an
installation that is made for it and thrown away afterwards (`engine.bench.domains.Ground`): empty,
nothing deployed. Its figures stand in the report under the name of the part. A part that cannot be
measured there raises an error of `engine.errors`, which is said; the rest goes on.
"""

from importlib import import_module

from engine.bench.domains import Measuring

#: Name of each part and of its module here, in the order of measuring.
PARTS = ("check", "process", "http", "timers", "batch", "inbox", "instance", "search", "statistics")


def measuring(part: str) -> Measuring:
    """Return what measures a part, imported when it is asked for."""
    found: Measuring = import_module(f"engine.bench.{part}").measure
    return found
