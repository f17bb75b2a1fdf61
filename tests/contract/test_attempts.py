"""Attempts counted in the database, alike on both."""

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from engine.services import attempts
from engine.services.attempts import Rule
from engine.store import Database

LOGIN = Rule(what="login:aigerim", most=5, seconds=60)
ADDRESS = Rule(what="address:10.0.0.7", most=8, seconds=3600)


def take(database: Database, *rules: Rule) -> bool:
    with database.begin() as uow:
        return attempts.take(uow, rules)


def tried(database: Database) -> dict[int, int]:
    """Return attempts by the seconds that are left of their window, to the next minute."""
    with database.engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT ends_at, tried FROM attempt ORDER BY ends_at"))
        return {number: row.tried for number, row in enumerate(rows)}


def test_the_sixth_is_refused_and_counts_nowhere(database: Database) -> None:
    assert [take(database, LOGIN, ADDRESS) for _ in range(8)] == [True] * 5 + [False] * 3
    assert tried(database) == {0: 5, 1: 5}
    other = Rule(what="login:nobody", most=5, seconds=60)
    assert [take(database, other, ADDRESS) for _ in range(4)] == [True] * 3 + [False]


def test_what_succeeded_was_no_attempt(database: Database) -> None:
    for _ in range(20):
        assert take(database, LOGIN, ADDRESS)
        with database.begin() as uow:
            attempts.take_back(uow, [LOGIN, ADDRESS])
            uow.commit()
    assert tried(database) == {0: 0, 1: 0}


def end(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE attempt SET ends_at = ends_at - 10000"))


def test_a_window_that_is_over_begins_anew(database: Database) -> None:
    while take(database, LOGIN):
        pass
    end(database)
    assert [take(database, LOGIN) for _ in range(6)] == [True] * 5 + [False]


def test_rows_that_are_over_go_with_somebody_new(database: Database) -> None:
    for number in range(30):
        take(database, Rule(what=f"login:{number}", most=5, seconds=60))
    end(database)
    take(database, LOGIN)
    assert tried(database) == {0: 1}


def test_no_name_and_no_address_stand_in_clear(database: Database) -> None:
    take(database, LOGIN, ADDRESS)
    with database.engine.connect() as connection:
        keys = connection.execute(sa.text("SELECT key FROM attempt")).scalars().all()
    assert len(keys) == 2
    assert all(len(key) == 64 and int(key, 16) for key in keys)


@pytest.fixture
def others(database: Database, keys: object) -> Iterator[list[Database]]:
    """Two processes' worth of connections."""
    url = database.url.render_as_string(hide_password=False)
    found = [Database(url, database.keys) for _ in range(2)]
    yield found
    for one in found:
        one.close()


def test_many_at_once_from_two_sides_let_no_more_through(
    database: Database, others: list[Database]
) -> None:
    """The rules come in either order, and none waits for the other for ever."""
    let: list[bool] = []
    wide = Rule(what=ADDRESS.what, most=1000, seconds=3600)

    def guess(one: Database, number: int) -> None:
        for _ in range(10):
            let.append(take(one, *((LOGIN, wide) if number % 2 else (wide, LOGIN))))

    threads = [
        threading.Thread(target=guess, args=(one, number)) for one in others for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(let) == 80
    assert let.count(True) == 5
    assert tried(database) == {0: 5, 1: 5}
