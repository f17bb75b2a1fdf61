"""The check of one file as it is being typed, among all others of its branch.

The same rules as ``zholdama check`` (`engine.services.definitions.check`), asked of one file. What
the other files say is read once for their content (`Caches.readings`), so that an answer costs the
file that changed and those it talks to.
"""

from collections.abc import Iterator, Mapping

from engine import bpmn
from engine.bpmn import mending
from engine.model.problems import Problem
from engine.services import readings, retention
from engine.services.context import Context, UnitOfWork


def check(uow: UnitOfWork, ctx: Context, files: Mapping[str, bytes], name: str) -> list[Problem]:
    """Return what is wrong with the file `name` among `files`, by line.

    For a form or a table this is also what diagrams that use it have to say of it.
    """
    deployed = frozenset(row.key for row in uow.definitions.all_latest())
    found = problems(ctx, files, name, deployed)
    return sorted(found, key=lambda one: (one.file != name, one.file, one.line))


def problems(
    ctx: Context, files: Mapping[str, bytes], name: str, deployed: frozenset[str] = frozenset()
) -> list[Problem]:
    """Return the same without a database; `deployed` are processes that may be called besides."""
    reading, together = readings.gather(files, ctx.extensions, deployed, ctx.caches.readings.get)
    reading.take_diagrams(together, _asked(reading, name))
    whole = reading.problems + retention.warnings(reading, ctx.settings)
    own = [one for one in whole if one.file == name]
    return own + list(_elsewhere(reading, whole, name))


def _asked(reading: readings.Reading, name: str) -> frozenset[str]:
    """Return the diagrams that are looked at: the file itself, or those that use it."""
    if name.endswith(".bpmn"):
        return frozenset({name})
    return frozenset(read.file for read in reading.drafts if any(_users(read, reading, name)))


def _users(read: bpmn.Draft, reading: readings.Reading, name: str) -> Iterator[str]:
    """Yield the elements of a diagram that use a form or a decision of the file."""
    decisions = reading.decisions_of(name)
    for one in read.drawn:
        for element in one.process.elements.values():
            if element.form == readings.form_key(name) or element.decision in decisions:
                yield element.id


def _elsewhere(reading: readings.Reading, whole: list[Problem], name: str) -> Iterator[Problem]:
    """Yield what diagrams say at the elements that use a form or table, each told once."""
    if name.endswith(".bpmn"):
        return
    for read in reading.drafts:
        users = frozenset(_users(read, reading, name))
        yield from (one for one in whole if one.file == read.file and one.element in users)


def mended(content: bytes, *, element: str, mend: str) -> bytes:
    """Return a diagram after a mechanical cure of one of its problems (`Problem.mends`).

    Raises `XmlRefused` if it cannot be read, `ValueRefused` if the cure cannot be done.
    """
    return mending.mended(content, element=element, mend=mend)


def gathered(
    uow: UnitOfWork, ctx: Context, files: Mapping[str, bytes]
) -> tuple[readings.Reading, bpmn.Together]:
    """Return everything that is read of the files, for pickers and completion."""
    deployed = frozenset(row.key for row in uow.definitions.all_latest())
    return readings.gather(files, ctx.extensions, deployed, ctx.caches.readings.get)
