"""Which revisions the program brings, and whether a database has just these: without alembic.

Each process asks this when it starts, and each probe of its readiness. Nearly always the answer is
yes, and alembic, which costs a tenth of a start and 10 MB, is not needed to say so; for everything
else there is `engine.store.migrate`.
"""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from sqlalchemy import Engine, column, inspect, select, table

#: Package → its folder of migrations. The engine's own come first.
folders: dict[str, Path] = {"engine": Path(__file__).parent / "migrations"}
#: Table that is there as long as a copy into the database is unfinished.
COPY_MARK = "copy_mark"
#: Where alembic keeps the newest revisions that have run.
_VERSIONS = table("alembic_version", column("version_num"))
_SAID = re.compile(r"^(down_)?revision\b[^=\n]*=(.+)$", re.MULTILINE)


def add_migrations(package: str) -> None:
    """Name a package whose folder ``migrations`` belongs to the schema."""
    origin = import_module(package).__file__
    if origin is None:
        raise ValueError(f"{package} has no folder of its own")
    folders[package] = Path(origin).parent / "migrations"


def newest() -> set[str]:
    """Return the newest revisions that this program brings, one per package."""
    made: set[str] = set()
    before: set[str] = set()
    for folder in folders.values():
        for path in sorted(folder.glob("*.py")):
            for is_before, said in _SAID.findall(path.read_text(encoding="utf-8")):
                (before if is_before else made).update(_names(said))
    return made - before


def _names(said: str) -> Iterator[str]:
    value = ast.literal_eval(said.strip())
    yield from [value] if isinstance(value, str) else value or ()


def is_current(engine: Engine) -> bool:
    """Tell whether the database has just this program's revisions, and no copy is unfinished."""
    with engine.connect() as connection:
        seen = inspect(connection)
        if not seen.has_table(_VERSIONS.name) or seen.has_table(COPY_MARK):
            return False
        return set(connection.execute(select(_VERSIONS.c.version_num)).scalars()) == newest()
