"""Jobs that are watched: whose request they follow, how they are counted, what logs say of them."""

from datetime import timedelta

import pytest

from engine.handling import Call
from engine.store.counting import counting
from engine.watching import points
from engine.watching.gauges import Collected
from engine.watching.meter import Prometheus
from tests.concurrency.jobs_diagrams import ASKING
from tests.concurrency.jobs_world import Answer, Question, World
from tests.watching import listening, logging_as

#: One attempt, then an incident.
ONCE = ASKING.replace(b"R3/PT1M", b"R1/PT1M")
SECRET = "Seitova 860502304418"


def test_a_job_follows_the_request_that_caused_it(world: World) -> None:
    seen: list[points.Trail] = []

    def ask(query: Question, call: Call) -> Answer:
        seen.append(points.trail())
        return Answer()

    world.handler(ask)
    world.deploy(ASKING)
    with points.following(points.Trail(request="req-click-1")):
        case = world.start("asking", "K-7")
    [job] = world.jobs()
    assert job.request == "req-click-1"
    assert world.executor().run_due() == 1
    [trail] = seen
    wanted = points.Trail(
        request="req-click-1", job=job.id, attempt=1, topic="test.ask", instance=case
    )
    assert trail == wanted
    assert points.trail() == points.Trail(), "the executor's thread works for nobody again"


def test_the_id_costs_no_statement(small_world: World) -> None:
    small_world.handler(lambda query, call: Answer())
    small_world.deploy(ASKING)
    small_world.start("asking", "K-0")
    counts = []
    for number, trail in enumerate([points.Trail(), points.Trail(request="req-click-1")]):
        with counting(small_world.database) as count, points.following(trail):
            small_world.start("asking", f"K-{number + 1}")
        counts.append(count.statements)
    assert counts[0] == counts[1]


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_failing_handler_leaves_ids_and_no_names_in_the_logs(
    small_world: World, form: str
) -> None:
    def ask(query: Question, call: Call) -> Answer:
        raise ValueError(f"no such person: {SECRET} {query.key}")

    small_world.handler(ask)
    small_world.deploy(ONCE)
    with points.following(points.Trail(request="req-click-1")):
        case = small_world.start("asking", "Seitova-1")
    with logging_as(form) as found:
        small_world.executor().run_due()
    assert small_world.incidents()
    [job] = small_world.jobs()
    for wanted in (job.id, case, "test.ask", "req-click-1", "is given up"):
        assert wanted in found.text
    assert "Seitova" not in found.text
    assert "860502304418" not in found.text


def test_jobs_steps_and_handlers_are_counted(world: World) -> None:
    def ask(query: Question, call: Call) -> Answer:
        if call.attempt == 1:
            raise ValueError("once")
        return Answer()

    meter = Prometheus()
    world.handler(ask)
    world.deploy(ASKING)
    with listening(meter):
        world.start("asking", "K-1")
        world.executor().run_due()
        world.clock.advance(timedelta(minutes=2))
        world.executor().run_due()
    value = meter.registry.get_sample_value

    def jobs(outcome: str) -> float | None:
        labels = {"kind": "handler", "topic": "test.ask", "outcome": outcome}
        return value("zholdama_job_seconds_count", labels)

    assert (jobs("retry"), jobs("done")) == (1, 1)
    assert value("zholdama_step_seconds_count", {"process": "asking"}) == 2, "start, and the answer"
    handled = {"topic": "test.ask", "outcome": "failed"}
    assert value("zholdama_handler_seconds_count", handled) == 1
    assert value("zholdama_job_lateness_seconds_count", {"kind": "handler"}) == 1
    assert value("zholdama_lock_wait_seconds_count", {"lock": "audit"})


def test_a_step_that_is_rolled_back_is_not_counted(small_world: World) -> None:
    small_world.handler(lambda query, call: Answer())
    small_world.deploy(ASKING)
    meter = Prometheus()
    with listening(meter):
        small_world.start("asking", "K-1")
        with small_world.database.begin() as uow:
            uow.after_commit(lambda: None)
            with points.Stepping("asking", "i", uow.after_commit):
                pass
            uow.rollback()
        with pytest.raises(ZeroDivisionError), points.Stepping("asking", "i", lambda act: None):
            raise ZeroDivisionError
    value = meter.registry.get_sample_value
    assert value("zholdama_step_seconds_count", {"process": "asking"}) == 1
    failed = {"process": "asking", "error": "ZeroDivisionError"}
    assert value("zholdama_step_failures_total", failed) == 1


def test_gauges_tell_what_waits_and_what_failed(world: World) -> None:
    def ask(query: Question, call: Call) -> Answer:
        raise ValueError("never")

    world.handler(ask)
    world.deploy(ONCE)
    for number in range(3):
        world.start("asking", f"K-{number}")
    meter = Prometheus()
    collected = Collected(world.database, world.ctx)
    meter.registry.register(collected)
    value = meter.registry.get_sample_value
    assert value("zholdama_jobs", {"state": "due"}) == 3
    assert value("zholdama_incidents") == 0
    world.executor().run_due()
    assert value("zholdama_jobs", {"state": "due"}) == 3, "an answer is kept for a moment"
    for part in collected._parts:
        part.until = 0
    assert value("zholdama_jobs", {"state": "due"}) == 0
    assert value("zholdama_jobs", {"state": "dead"}) == 3
    assert value("zholdama_incidents") == 3
    assert value("zholdama_gauges_up") == 1
    assert (value("zholdama_database_locks_waiting") is None) == (
        world.database.dialect == "sqlite"
    )
