"""What is wrong with an installation, and the remedy. Each check looks and changes nothing.

A finding is an ``error`` (it does not work, or what people do may be lost), a ``warning`` (it works
and should not stay so) or ``ok``. A check that cannot look says so by its own error; those after it
look all the same.
"""

from collections.abc import Callable, Iterator

from engine.errors import ZholdamaError
from engine.watching.doctor import ground, storage, work
from engine.watching.doctor.cluster import cluster
from engine.watching.doctor.findings import Finding, Level, Patient, refused

__all__ = ["Finding", "Level", "Patient", "examine", "refused"]

Check = Callable[[Patient], Iterator[Finding]]
#: Without the database, and with it.
ALONE: dict[str, Check] = {"settings": ground.settings, "disk": storage.disk}
WITH_SCHEMA: dict[str, Check] = {
    "keys": ground.keys,
    "demo": ground.demo,
    "database": storage.database,
    "clock": storage.clocks,
    "jobs": work.jobs,
    "cluster": cluster,
}


def examine(patient: Patient) -> Iterator[Finding]:
    """Look at everything; raises nothing of ours."""
    for name, check in ALONE.items():
        yield from _looked(name, check, patient)
    lost = [*storage.reach(patient)] or [
        one for one in storage.schema(patient) if one.level is Level.ERROR
    ]
    yield from lost or _within(patient)


def _within(patient: Patient) -> Iterator[Finding]:
    yield from storage.schema(patient)
    for name, check in WITH_SCHEMA.items():
        yield from _looked(name, check, patient)


def _looked(name: str, check: Check, patient: Patient) -> Iterator[Finding]:
    try:
        yield from [*check(patient)]
    except ZholdamaError as problem:
        yield refused(name, problem)
