"""Two transactions that wait for each other on PostgreSQL: one is sent away, and is known by it."""

import threading

import pytest

from engine.errors import Unavailable
from engine.store.faults import deadlocked
from tests.contract.world import World


@pytest.mark.parametrize(
    "database_url",
    [pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)
def test_who_waited_in_a_ring_is_told_from_who_lost_the_database(world: World) -> None:
    cases = [world.start(number) for number in ("N-1", "N-2")]
    meet = threading.Barrier(2)
    sent_away: list[Unavailable] = []

    def lock(first: str, second: str) -> None:
        try:
            with world.database.begin() as uow:
                uow.instances.lock(first)
                meet.wait()
                uow.instances.lock(second)
        except Unavailable as error:
            sent_away.append(error)

    threads = [threading.Thread(target=lock, args=pair) for pair in (cases, cases[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (error,) = sent_away
    assert deadlocked(error)
    assert not deadlocked(Unavailable(error.text))
