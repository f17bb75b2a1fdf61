"""Several processes on one database: whether it may have them, holds them, and somebody works."""

from collections.abc import Iterator

from engine.model.text import text
from engine.store.executors import SILENT, Executors
from engine.store.gauges import Gauges
from engine.watching.doctor.findings import Finding, Patient, error, fine, warning

#: Connections of a process at its busiest: eight threads with a reader and a writer each, the tick,
#: the listener, a probe. (Its pools would let it take 80.)
EACH = 24
#: Share of the server's connections in use at which the next process may be refused.
CROWDED = 0.8


def cluster(patient: Patient) -> Iterator[Finding]:
    """Look at what only an installation of several processes needs."""
    if not patient.settings.clustered:
        return
    if patient.database.dialect != "postgresql":
        yield error(
            "cluster",
            text("ZHOLDAMA_JOBS=clustered is not for SQLite: it has one process"),
            text("Move up with 'zholdama db copy', or unset ZHOLDAMA_JOBS"),
        )
        return
    with patient.database.reading() as uow:
        gauges = Gauges(uow)
        workers, used, most = gauges.workers(), gauges.clients(), gauges.most_clients()
        webs = Executors(uow).heard(uow.database_now() - SILENT, works=False)
    found = [*_nobody(workers), *_crowd(workers, webs, used, most)]
    said = text("{count} workers listen, {webs} processes serve pages", count=workers, webs=webs)
    yield from found or [fine("cluster", said)]


def _nobody(workers: int) -> Iterator[Finding]:
    if not workers:
        yield error(
            "cluster",
            text("No worker listens: pages are served, but no job is done and no timer fires"),
            text("Start 'zholdama worker' on one machine at least"),
        )


def _crowd(workers: int, webs: int, used: int, most: int) -> Iterator[Finding]:
    # The pages have one process at least, though it may not run at this moment.
    wanted = EACH * (workers + max(webs, 1))
    if wanted > most:
        yield warning(
            "cluster",
            text(
                "{count} workers and {webs} processes of pages may want {want} connections; "
                "PostgreSQL gives {most}",
                count=workers,
                webs=max(webs, 1),
                want=wanted,
                most=most,
            ),
            text("Raise max_connections, or put fewer processes on it"),
        )
    elif used > CROWDED * most:
        yield warning(
            "cluster",
            text(
                "{used} of PostgreSQL's {most} connections are in use: pages may soon say "
                "that the database is busy",
                used=used,
                most=most,
            ),
            text("Raise max_connections, or put fewer processes on it"),
        )
