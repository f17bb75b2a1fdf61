"""The audit chain: one line over every change, which tells where it was tampered with."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from engine.model.people import SYSTEM
from engine.services import audit
from engine.services.context import Context, Database
from engine.store.tables import audit as links
from engine.store.tables import audit_head


def grown(database: Database, ctx: Context, count: int = 5) -> None:
    for number in range(count):
        with database.begin() as uow:
            audit.append(uow, ctx, SYSTEM, "test", f"thing:{number}", {"number": number})
            uow.commit()


def verified(database: Database) -> audit.AuditReport:
    with database.reading() as uow:
        return audit.verify(uow)


def changed(database: Database, statement: sa.Executable) -> None:
    with database.begin() as uow:
        uow.execute(statement)
        uow.commit()


def test_an_untouched_chain_fits(database: Database, ctx: Context) -> None:
    assert verified(database).broken == 0
    grown(database, ctx)
    report = verified(database)
    assert (report.count, report.broken) == (5, 0)
    assert len(report.head) == 64


def test_several_links_of_one_commit_fit_too(database: Database, ctx: Context) -> None:
    grown(database, ctx, 2)
    with database.begin() as uow:
        for number in range(3):
            audit.append(uow, ctx, SYSTEM, "test", f"more:{number}")
        uow.commit()
    grown(database, ctx, 1)
    assert (verified(database).count, verified(database).broken) == (6, 0)


def test_what_is_rolled_back_leaves_no_link(database: Database, ctx: Context) -> None:
    with database.begin() as uow:
        audit.append(uow, ctx, SYSTEM, "test", "never")
    grown(database, ctx, 1)
    with database.reading() as uow:
        assert [row.subject for row in audit.list_rows(uow)] == ["thing:0"]
    assert verified(database).broken == 0


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("subject", "thing:9"),
        ("actor", "somebody else"),
        ("act", "other"),
        ("detail", {"number": 99}),
        ("hash", bytes(32)),
    ],
)
def test_an_edited_row_is_found(
    database: Database, ctx: Context, column: str, value: object
) -> None:
    grown(database, ctx)
    changed(database, sa.update(links).where(links.c.number == 3).values({column: value}))
    assert verified(database).broken == 3


def test_a_removed_row_is_found(database: Database, ctx: Context) -> None:
    grown(database, ctx)
    changed(database, sa.delete(links).where(links.c.number == 2))
    assert verified(database).broken == 2


def test_two_rows_that_changed_places_are_found(database: Database, ctx: Context) -> None:
    grown(database, ctx)
    for before, after in ((2, 90), (3, 2), (90, 3)):
        changed(database, sa.update(links).where(links.c.number == before).values(number=after))
    assert verified(database).broken == 2


def test_a_cut_tail_is_found_by_the_head(database: Database, ctx: Context) -> None:
    grown(database, ctx)
    changed(database, sa.delete(links).where(links.c.number > 3))
    assert verified(database).broken == 4


def test_a_cut_tail_with_its_head_needs_the_published_hash(
    database: Database, ctx: Context
) -> None:
    grown(database, ctx)
    published = verified(database).head
    with database.reading() as uow:
        third = uow.execute(sa.select(links.c.hash).where(links.c.number == 3)).scalar_one()
    changed(database, sa.delete(links).where(links.c.number > 3))
    changed(database, sa.update(audit_head).values(number=3, hash=bytes(third)))
    report = verified(database)
    assert report.broken == 0
    assert report.head != published


def test_writers_at_once_make_one_chain(database: Database, ctx: Context) -> None:
    def write(_: int) -> None:
        grown(database, ctx, 10)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert (verified(database).count, verified(database).broken) == (40, 0)
