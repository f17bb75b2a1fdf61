"""The schema's versions: one alembic branch per package, all brought up together.

A domain names its branch once, in its `records` module::

    add_migrations("domain.package")          # folder domain/package/migrations

and has its revisions written by ``python -m engine.store.revise PACKAGE "what changes"``: the
tables of classes in that package, compared with a database that has all revisions so far.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.autogenerate.api import AutogenContext
from alembic.command import revision as write_revision
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Table, delete, insert, inspect, select

from engine.errors import Unavailable
from engine.model.text import text
from engine.store.branches import COPY_MARK
from engine.store.branches import folders as _folders
from engine.store.tables import Base, setting
from engine.store.types import Encrypted, Json, UtcDateTime

_HERE = Path(__file__).parent
#: Setting that lists all revisions that have run. Alembic keeps the newest ones only, and an older
#: program cannot tell from a name that it never heard whether its own are among what led there.
APPLIED = "schema.applied"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("path_separator", "newline")
    places = [str(folder) for folder in _folders.values() if folder.is_dir()]
    config.set_main_option("version_locations", "\n".join(places))
    return config


def package_of(table: Table) -> str:
    """Return the package whose branch a table belongs to; the engine's tables have no class."""
    for mapper in Base.registry.mappers:
        if mapper.local_table is table:
            module = mapper.class_.__module__
            fits = [name for name in _folders if module.startswith(f"{name}.")]
            return max(fits, key=len, default="engine")
    return "engine"


def _options(connection: Connection) -> dict[str, Any]:
    return {
        "connection": connection,
        "target_metadata": Base.metadata,
        "transactional_ddl": True,
        "render_as_batch": True,
        "compare_type": False,
        "render_item": _render,
    }


def _render(kind: str, item: object, context: AutogenContext) -> str | bool:
    """Write our column types as what they are in the database, so that old revisions still run."""
    if kind == "type" and isinstance(item, UtcDateTime):
        context.imports.add("from engine.store.types import UtcDateTime")
        return "UtcDateTime()"
    if kind == "type" and isinstance(item, Encrypted):
        return "sa.LargeBinary()"
    if kind == "type" and isinstance(item, Json):
        return "sa.Text()"
    return False


@contextmanager
def _environment(
    connection: Connection, steps: Callable[[Any, Any], Any]
) -> Iterator[EnvironmentContext]:
    config = _config()
    script = ScriptDirectory.from_config(config)
    with EnvironmentContext(config, script, fn=steps, destination_rev="heads") as environment:
        environment.configure(**_options(connection))
        yield environment


def heads() -> set[str]:
    """Return the newest revisions that this program brings, one per package."""
    return set(ScriptDirectory.from_config(_config()).get_heads())


def upgrade(engine: Engine) -> None:
    """Run all revisions that are missing, in one transaction; a newer schema is left as it is.

    Raises `Unavailable` where neither program nor schema is the newer one.
    """
    with engine.begin() as connection:
        upgrade_on(connection)


def upgrade_on(connection: Connection) -> None:
    """Do that inside a transaction of the caller's."""
    script = ScriptDirectory.from_config(_config())
    if _unknown(script, connection):
        if set(script.get_heads()) <= applied(connection):
            return
        raise Unavailable(
            text(
                "The database has the schema of another release, which must be upgraded "
                "by that release first"
            )
        )

    def steps(revision: Any, _context: Any) -> Any:
        return script._upgrade_revs("heads", revision)

    with _environment(connection, steps) as environment:
        environment.run_migrations()
    _keep_applied(script, connection)


def _found(connection: Connection) -> set[str]:
    return set(MigrationContext.configure(connection).get_current_heads())


def _unknown(script: ScriptDirectory, connection: Connection) -> set[str]:
    """Return the revisions of a database that this program never heard of."""
    known = {one.revision for one in script.walk_revisions()}
    return _found(connection) - known


def applied(connection: Connection) -> set[str]:
    """Return all revisions that have run, those of a newer release from the list it left."""
    script = ScriptDirectory.from_config(_config())
    unknown = _unknown(script, connection)
    if not unknown:
        return _behind(script, connection)
    kept = connection.execute(select(setting.c.value).where(setting.c.name == APPLIED)).scalar()
    listed = set(str(kept or "").split())
    return listed if unknown <= listed else set()


def _behind(script: ScriptDirectory, connection: Connection) -> set[str]:
    return {one.revision for one in script.iterate_revisions(tuple(_found(connection)), "base")}


def _keep_applied(script: ScriptDirectory, connection: Connection) -> None:
    behind = _behind(script, connection)
    modules = [one.module for one in script.walk_revisions() if one.revision in behind]
    refused = {name for one in modules for name in getattr(one, "refuses", ())}
    whole = " ".join(sorted(behind - refused))
    connection.execute(delete(setting).where(setting.c.name == APPLIED))
    connection.execute(insert(setting), {"name": APPLIED, "value": whole})


def check(engine: Engine) -> None:
    """Raise `Unavailable` unless all revisions of this program have run, and no copy is unfinished.

    Further ones may have run too: migrations only add (``migrations/README.md``), so a program of
    the release before goes on while the others are replaced one by one. A schema that did not grow
    out of this program's, or that dropped what it needs, is refused.
    """
    with engine.connect() as connection:
        script = ScriptDirectory.from_config(_config())
        missing = set(script.get_heads()) - applied(connection)
        strange = bool(missing) and bool(_unknown(script, connection))
        copying = inspect(connection).has_table(COPY_MARK)
        empty = bool(missing) and not _found(connection)
    if empty:
        raise Unavailable(text("The database has no schema yet; run 'zholdama db upgrade'"))
    if strange:
        raise Unavailable(
            text(
                "The database has the schema of another release, with which this program cannot "
                "work: start that release, or a newer one"
            )
        )
    if missing:
        raise Unavailable(
            text("The database has another version of the schema; run 'zholdama db upgrade'")
        )
    if copying:
        raise Unavailable(
            text("The copy into this database is unfinished; run 'zholdama db copy' again")
        )


def differences(engine: Engine) -> list[Any]:
    """Return how the database differs from the tables in the program; empty: not at all."""
    with engine.connect() as connection:
        options = {
            name: value for name, value in _options(connection).items() if name != "connection"
        }
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, Base.metadata))


def _folder_of(script: ScriptDirectory, revision: str) -> Path:
    found = script.get_revision(revision)
    return Path(found.path).parent if found else Path()


def revise(engine: Engine, package: str, message: str) -> Path:
    """Write the next revision of a package by comparing an upgraded database with its tables."""
    import_module(package if package == "engine" else f"{package}.records")
    folder = _folders[package]
    folder.mkdir(exist_ok=True)
    config = _config()
    script = ScriptDirectory.from_config(config)
    mine = [name for name in script.get_heads() if _folder_of(script, name) == folder]

    def ours(item: object, _name: object, kind: str, _reflected: bool, _other: object) -> bool:
        table = item if kind == "table" else getattr(item, "table", None)
        return not isinstance(table, Table) or package_of(table) == package

    with engine.begin() as connection:
        config.attributes.update(options={**_options(connection), "include_object": ours})
        made = write_revision(
            config,
            message,
            autogenerate=True,
            head=mine[0] if mine else "base",
            splice=False,
            branch_label=None if mine else package.replace(".", "_"),
            version_path=str(folder),
        )
    if made is None or isinstance(made, list):
        raise RuntimeError("alembic wrote no revision")
    return Path(made.path)
