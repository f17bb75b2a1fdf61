"""Handlers in threads: slots, deadlines, late results. Real threads, short times."""

import sys
import threading
from datetime import timedelta
from time import monotonic, sleep

from engine.jobs.calling import Failed, Outcome, Succeeded
from engine.jobs.hands import MOST_GIVEN_UP, Hands

LONG = timedelta(seconds=30)


def wait_for(hands: Hands[str], number: int, seconds: float = 5) -> list[tuple[str, Outcome]]:
    found: list[tuple[str, Outcome]] = []
    end = monotonic() + seconds
    while len(found) < number and monotonic() < end:
        found += hands.collect()
        sleep(0.002)
    return found


def test_results_come_back_by_their_key() -> None:
    told = threading.Event()
    hands: Hands[str] = Hands(2, told.set)
    hands.start("a", lambda: Succeeded(outputs={"n": 1}), LONG)
    hands.start("b", lambda: Succeeded(outputs={"n": 2}), LONG)
    assert dict(wait_for(hands, 2)) == {
        "a": Succeeded(outputs={"n": 1}),
        "b": Succeeded(outputs={"n": 2}),
    }
    assert told.is_set()
    assert not hands.busy


def test_a_hanging_handler_is_given_up_and_its_late_result_dropped() -> None:
    go = threading.Event()
    ended = threading.Event()

    def hang() -> Outcome:
        go.wait(10)
        ended.set()
        return Succeeded()

    hands: Hands[str] = Hands(1, lambda: None)
    hands.start("slow", hang, timedelta(milliseconds=50))
    assert hands.free == 0
    assert hands.collect() == []
    [(key, late)] = wait_for(hands, 1)
    assert key == "slow"
    assert isinstance(late, Failed)
    assert str(late.reason) == "The handler gave no answer within 0.05 s"
    assert hands.free == 1, "the slot is free although the thread still hangs"
    hands.start("quick", Succeeded, LONG)
    assert wait_for(hands, 1) == [("quick", Succeeded())]
    go.set()
    assert ended.wait(5)
    sleep(0.05)
    assert hands.collect() == []


def test_a_handler_that_exits_the_interpreter_only_fails() -> None:
    hands: Hands[str] = Hands(1, lambda: None)
    hands.start("x", lambda: sys.exit(3), LONG)
    [(key, outcome)] = wait_for(hands, 1)
    assert key == "x"
    assert isinstance(outcome, Failed)
    assert str(outcome.reason).startswith("The handler failed: SystemExit: 3")


def test_too_many_hanging_handlers_stop_new_ones_until_they_return() -> None:
    go = threading.Event()

    def hang() -> Outcome:
        go.wait(20)
        return Succeeded()

    hands: Hands[str] = Hands(MOST_GIVEN_UP, lambda: None)
    for n in range(MOST_GIVEN_UP):
        hands.start(str(n), hang, timedelta(0))
    assert not hands.spent
    assert len(hands.collect()) == MOST_GIVEN_UP
    assert hands.spent, "whoever probes is told: only a new process mends that"
    assert hands.free == 0
    go.set()
    end = monotonic() + 5
    while hands.free == 0 and monotonic() < end:
        sleep(0.01)
    assert hands.free > 0


def test_the_next_deadline_is_the_earliest() -> None:
    go = threading.Event()
    hands: Hands[str] = Hands(2, lambda: None)
    assert hands.next_deadline() is None

    def hang() -> Outcome:
        go.wait(5)
        return Succeeded()

    hands.start("a", hang, LONG)
    hands.start("b", hang, timedelta(seconds=10))
    assert 8 < (hands.next_deadline() or 0) <= 10
    go.set()
    assert len(wait_for(hands, 2)) == 2
