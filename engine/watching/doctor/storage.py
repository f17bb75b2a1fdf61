"""The database: its schema, how it keeps what it is told, the clocks, the disk."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.errors import ZholdamaError
from engine.model.calendar import ZONE
from engine.model.text import text
from engine.services.context import Database
from engine.store.gauges import Gauges
from engine.store.reach import explained
from engine.watching import clocks as clocks_of
from engine.watching.doctor.findings import Finding, Level, Patient, error, fine, warning

#: Free space that is little, and that is nearly none; bytes.
LITTLE, NONE_LEFT = 2 * 1024**3, 200 * 1024**2
#: The oldest PostgreSQL that is tried, and connections that one process may want.
POSTGRESQL, CONNECTIONS = 14, 80
#: Zones in which a database may be: its moments carry their zone, only dumps read differently.
ZONES = frozenset({"UTC", "Etc/UTC", "GMT", "Etc/GMT", str(ZONE)})
#: Kazakhstan has had one zone since 1 March 2024: a machine with older rules counts terms wrongly.
OFFSET, SINCE = timedelta(hours=5), datetime(2024, 6, 1, tzinfo=UTC)


def reach(patient: Patient) -> Iterator[Finding]:
    """Look whether the database answers at all; without it nothing else of it can be asked."""
    try:
        with explained(patient.database.url, make=False), patient.database.reading() as uow:
            uow.database_now()
            # The clock is no part of a SQLite file; this is.
            Gauges(uow).setting("schema_version")
    except ZholdamaError as problem:
        remedy = text("Start the database, and see ZHOLDAMA_DATABASE_URL and who may connect")
        yield error("database", problem.text, remedy)


def schema(patient: Patient) -> Iterator[Finding]:
    """Look whether the schema is this program's."""
    try:
        patient.database.check_schema()
    except ZholdamaError as problem:
        remedy = text("Back the database up, then run: zholdama db upgrade")
        yield error("schema", problem.text, remedy)
        return
    yield fine("schema", text("The schema is this program's"))


def database(patient: Patient) -> Iterator[Finding]:
    """Look at how the database keeps what it was told to keep."""
    with patient.database.reading() as uow:
        gauges = Gauges(uow)
        if patient.database.dialect == "postgresql":
            found = [*_postgresql(gauges)]
        else:
            found = [*_sqlite(gauges, patient.database)]
    yield from found
    if not any(one.level is Level.ERROR for one in found):
        yield fine("database", text("The database answers and keeps what it is told"))


def _sqlite(gauges: Gauges, database: Database) -> Iterator[Finding]:
    journal = gauges.setting("journal_mode").lower()
    if journal != "wal":
        yield error(
            "database",
            text("The SQLite file has no write-ahead log ({mode})", mode=journal),
            text("Run 'zholdama db upgrade' on a disk of this machine, not on a network's"),
        )
    with database.begin() as uow:
        synchronous = Gauges(uow).setting("synchronous")
    if synchronous not in {"2", "3"}:
        yield error(
            "database",
            text("SQLite does not wait for the disk (synchronous={value})", value=synchronous),
            text("Use the library that Python came with, built without other defaults"),
        )


#: Setting of PostgreSQL → the value without which a power cut loses what was acknowledged.
_DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


def _postgresql(gauges: Gauges) -> Iterator[Finding]:
    version = int(gauges.setting("server_version_num") or 0) // 10_000
    if version < POSTGRESQL:
        yield error(
            "database",
            text("PostgreSQL {found} is older than {wanted}", found=version, wanted=POSTGRESQL),
            text("Upgrade the server"),
        )
    for name, wanted in _DURABLE.items():
        found = gauges.setting(name)
        if found not in {wanted, "remote_write", "remote_apply"}:
            yield error(
                "database",
                text(
                    "PostgreSQL may lose what it acknowledged: {name} is {value}",
                    name=name,
                    value=found,
                ),
                text(
                    "Set {name} = {wanted} in postgresql.conf and reload", name=name, wanted=wanted
                ),
            )
    yield from _postgresql_surroundings(gauges)


def _postgresql_surroundings(gauges: Gauges) -> Iterator[Finding]:
    zone, most = gauges.setting("TimeZone"), int(gauges.setting("max_connections") or 0)
    if zone not in ZONES:
        yield warning(
            "database",
            text(
                "The database's time zone is {zone}: dumps and reports by hand mislead", zone=zone
            ),
            text("Set timezone = 'UTC' in postgresql.conf and reload"),
        )
    if most < CONNECTIONS:
        yield warning(
            "database",
            text(
                "PostgreSQL takes {most} connections; one process may want {want}",
                most=most,
                want=CONNECTIONS,
            ),
            text("Raise max_connections, or put fewer processes on it"),
        )
    if gauges.recovering():
        yield error(
            "database",
            text("This PostgreSQL is a replica: nothing can be written"),
            text("Set ZHOLDAMA_DATABASE_URL to the primary server"),
        )


def clocks(patient: Patient) -> Iterator[Finding]:
    """Compare the machine's clock with the database's, and the zone's rules with the law's."""
    skew = abs(clocks_of.ahead(patient.database).total_seconds())
    said = text("This machine's clock is {seconds} s off the database's", seconds=f"{skew:.0f}")
    remedy = text("Have both machines keep time by NTP")
    if skew > clocks_of.SKEW:
        yield (error if skew > clocks_of.MUCH_SKEW else warning)("clock", said, remedy)
    else:
        yield fine("clock", text("This machine's clock agrees with the database's"))
    if ZONE.utcoffset(SINCE) != OFFSET:
        yield error(
            "clock",
            text("This machine does not know the time zone of Kazakhstan since 2024"),
            text("Upgrade the package tzdata of Python, or of the system"),
        )


def disk(patient: Patient) -> Iterator[Finding]:
    """Look how much space is left where the file and the keys lie."""
    place = Path(patient.settings.key_file).absolute().parent
    if patient.database.dialect == "sqlite":
        place = Path(str(patient.database.url.database)).absolute().parent
    free = shutil.disk_usage(place).free
    said = text("{free} MB are left on the disk of {place}", free=free // 1024**2, place=place)
    remedy = text("Free some space: a full disk stops all work, though nothing is lost")
    if free < LITTLE:
        yield (error if free < NONE_LEFT else warning)("disk", said, remedy)
    else:
        yield fine("disk", said)
