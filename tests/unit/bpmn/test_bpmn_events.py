"""Boundary events, timers, messages, signals, errors, event subprocesses, event-based gateways."""

from datetime import UTC, date, datetime, timedelta

import pytest

from engine import bpmn
from engine.errors import ExpressionError, StepFailed, TaskClosed, ValueRefused
from engine.model.acts import FireTimer
from engine.model.steps import Happened, Status
from tests.unit.bpmn.drawing import (
    START,
    Case,
    boundary,
    end,
    extension,
    file,
    flow,
    gateway,
    mapping,
    node,
    service,
    start,
    timer,
    user,
    way,
)

MESSAGES = (
    '<message id="m1" name="paid"/><message id="m2" name="${kind}"/><signal id="s1" name="flood"/>'
    '<error id="e1" errorCode="E1"/><error id="e2" errorCode="E2"/>'
)
PAID = '<messageEventDefinition messageRef="m1"/>'
FLOOD = '<signalEventDefinition signalRef="s1"/>'
E1 = '<errorEventDefinition errorRef="e1"/>'
E2 = '<errorEventDefinition errorRef="e2"/>'
ANY = '<errorEventDefinition camunda:errorCodeVariable="code" camunda:errorMessageVariable="said"/>'


def key(value: str) -> str:
    return extension(
        f'<camunda:properties><camunda:property name="correlationKey" value="{value}"/>'
        "</camunda:properties>"
    )


def with_boundary(event: str, *, interrupting: bool) -> bytes:
    body = start() + user("a", "b") + end() + end("e2")
    body += boundary("late", "a", event, interrupting=interrupting)
    return file(body + way("s a e") + way("late b e2"), before=MESSAGES)


def test_an_interrupting_timer_withdraws_the_task() -> None:
    case = Case(with_boundary(timer("PT1H"), interrupting=True))
    (opened,) = case.step.timers
    assert opened.due == START + timedelta(hours=1)
    task = case.token("a")
    case.fire("late")
    assert case.open == ["b"]
    assert task in case.step.closed
    assert case.history(Happened.CANCELLED) == ["a"]
    case.complete("b")
    assert case.done


def test_a_non_interrupting_timer_leaves_the_task() -> None:
    case = Case(with_boundary(timer("PT1H"), interrupting=False))
    case.fire("late")
    assert case.open == ["a", "b"]
    case.complete("a")
    assert not case.done
    case.complete("b")
    assert case.done


def test_completing_the_task_withdraws_the_timer_without_a_trace_in_history() -> None:
    case = Case(with_boundary(timer("PT1H"), interrupting=True))
    armed = case.token("late")
    case.complete("a")
    assert armed in case.step.closed
    assert case.done
    assert "late" not in case.history()


def test_a_counted_cycle_fires_so_often_each_time_under_a_new_token() -> None:
    case = Case(with_boundary(timer("R3/PT1H", "Cycle"), interrupting=False))
    dues = []
    for _number in range(3):
        dues.append(case.opened[case.token("late")].due)
        case.fire("late")
    assert dues == [START + timedelta(hours=n) for n in (1, 2, 3)]
    assert case.open == ["a", "b", "b", "b"]


def test_an_endless_cycle_goes_on_from_now_when_it_was_late() -> None:
    case = Case(with_boundary(timer("R/PT1H", "Cycle"), interrupting=False))
    case.later(hours=30, minutes=20)
    case.fire("late")
    assert case.opened[case.token("late")].due == START + timedelta(hours=31)


@pytest.mark.parametrize(
    ("late", "following"),
    [
        (datetime(2026, 4, 3, tzinfo=UTC), datetime(2026, 7, 1, 4, tzinfo=UTC)),
        (datetime(2026, 7, 1, 4, tzinfo=UTC), datetime(2026, 7, 1, 4, tzinfo=UTC)),
        (datetime(2027, 11, 22, tzinfo=UTC), datetime(2028, 1, 1, 4, tzinfo=UTC)),
    ],
    ids=["some days late", "a whole quarter late, to the second", "years late"],
)
def test_quarters_stay_quarters_however_late(late: datetime, following: datetime) -> None:
    env = bpmn.Environment(now=late)
    due, again = bpmn.first("R/2026-04-01T09:00:00+05:00/P3M", late)
    assert again is not None
    assert bpmn.following(due, again, env) == (following, again)


def test_the_last_days_of_months_do_not_drift() -> None:
    env = bpmn.Environment(now=datetime(2026, 5, 2, tzinfo=UTC))
    due = datetime(2026, 1, 31, 4, tzinfo=UTC)
    assert bpmn.following(due, {"every": "P1M"}, env)[0] == datetime(2026, 5, 31, 4, tzinfo=UTC)


def test_a_counted_cycle_that_is_late_keeps_its_count() -> None:
    case = Case(with_boundary(timer("R2/PT1H", "Cycle"), interrupting=False))
    case.later(hours=30)
    case.fire("late")
    case.fire("late")
    assert case.open == ["a", "b", "b"]


@pytest.mark.parametrize(
    ("written", "due"),
    [
        ("${working_days(2, working_days(1))}", datetime(2026, 3, 5, 13, tzinfo=UTC)),
        ("${working_days(5, since)}", datetime(2026, 3, 13, 13, tzinfo=UTC)),
        ("= working_days(0, since)", datetime(2026, 3, 6, 13, tzinfo=UTC)),
        ("${working_day_end(day)}", datetime(2026, 3, 9, 13, tzinfo=UTC)),
        ("${working_day_end(since)}", datetime(2026, 3, 6, 13, tzinfo=UTC)),
    ],
    ids=["after a term", "after a moment", "none", "a Saturday", "the day of a moment"],
)
def test_terms_that_begin_elsewhere(written: str, due: datetime) -> None:
    case = Case(
        with_boundary(timer(written, "Date"), interrupting=True),
        since=datetime(2026, 3, 6, 13, tzinfo=UTC),
        day=date(2026, 3, 7),
    )
    assert case.opened[case.token("late")].due == due


def test_the_deadline_pattern_in_working_days() -> None:
    event = timer("${working_day_cycle(working_days(1))}", "Cycle")
    case = Case(with_boundary(event, interrupting=False))
    first = case.opened[case.token("late")].due
    assert first == datetime(2026, 3, 3, 13, tzinfo=UTC), "18:00 in Almaty on the next day"
    case.later(days=3)
    case.fire("late")
    assert case.opened[case.token("late")].due == datetime(2026, 3, 5, 13, tzinfo=UTC)
    case.fire("late")
    assert case.opened[case.token("late")].due == datetime(2026, 3, 6, 13, tzinfo=UTC)
    case.fire("late")
    assert case.opened[case.token("late")].due == datetime(2026, 3, 9, 13, tzinfo=UTC), "a weekend"


def test_due_date_reminder_priority_and_candidates_are_evaluated() -> None:
    body = start() + end() + way("s a e")
    body += user(
        "a",
        camunda_candidateGroups="head@${mc},clerk@cc.${region}.1",
        camunda_dueDate="${working_days(1)}",
        camunda_followUpDate="${halfway(working_days(1))}",
        camunda_priority="${p}",
        camunda_formKey="x/y",
    )
    (task,) = Case(file(body), mc="mc.10", region="10", p=70).step.tasks
    assert task.candidates == ("head@mc.10", "clerk@cc.10.1")
    assert task.due == datetime(2026, 3, 3, 13, tzinfo=UTC)
    assert task.follow_up is not None
    assert START < task.follow_up < task.due
    assert (task.priority, task.form) == (70, "x/y")


@pytest.mark.parametrize(
    ("value", "kind", "due"),
    [
        ("2026-05-01T10:00:00+05:00", "Date", datetime(2026, 5, 1, 5, tzinfo=UTC)),
        ("2026-05-01T10:00:00", "Date", datetime(2026, 5, 1, 5, tzinfo=UTC)),
        ("2026-05-01", "Date", datetime(2026, 4, 30, 19, tzinfo=UTC)),
        ("${when}", "Date", datetime(2027, 1, 1, tzinfo=UTC)),
        ("P1M", "Duration", datetime(2026, 4, 2, 9, tzinfo=UTC)),
        ("P2W", "Duration", datetime(2026, 3, 16, 9, tzinfo=UTC)),
        ("= duration(&quot;P1DT1H&quot;)", "Duration", datetime(2026, 3, 3, 10, tzinfo=UTC)),
        ("= now() + duration(&quot;PT2H&quot;)", "Date", datetime(2026, 3, 2, 11, tzinfo=UTC)),
    ],
)
def test_all_kinds_of_timers(value: str, kind: str, due: datetime) -> None:
    body = start() + node("intermediateCatchEvent", "t", timer(value, kind)) + user("a") + end()
    case = Case(file(body + way("s t a e")), when="2027-01-01T00:00:00Z")
    (opened,) = case.step.timers
    assert opened.due == due
    case.fire("t")
    assert case.open == ["a"]


@pytest.mark.parametrize("value", ["soon", "R5", "P", "PT", "R0/PT1H", "R/PT0S", "0 0 * * *"])
def test_a_written_timer_that_cannot_be_read_is_an_error(value: str) -> None:
    body = start() + node("intermediateCatchEvent", "t", timer(value, "Cycle")) + end()
    parsed = bpmn.parse(file(body + way("s t e")), "x.bpmn")
    assert [(p.code, p.element) for p in parsed.problems] == [("bpmn.timer", "t")]


def test_a_computed_timer_that_cannot_be_read_fails_the_step() -> None:
    body = start() + user("a") + node("intermediateCatchEvent", "t", timer("${x}")) + end()
    case = Case(file(body + way("s a t e")))
    with pytest.raises(StepFailed, match="neither a moment") as caught:
        case.complete("a", x="tomorrow")
    assert caught.value.element == "t"


@pytest.mark.parametrize(
    ("start_", "duration", "end_"),
    [
        (datetime(2026, 1, 31, 9, tzinfo=UTC), "P1M", datetime(2026, 2, 28, 9, tzinfo=UTC)),
        (datetime(2024, 2, 29, 9, tzinfo=UTC), "P1Y", datetime(2025, 2, 28, 9, tzinfo=UTC)),
        (datetime(2026, 1, 1, tzinfo=UTC), "P1Y2M3DT4H5M6.5S",
         datetime(2027, 3, 4, 4, 5, 6, 500000, tzinfo=UTC)),
        (datetime(2026, 3, 1, tzinfo=UTC), "-P1M", datetime(2026, 2, 1, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_durations_with_months_keep_the_day_where_it_exists(start_, duration, end_) -> None:
    assert bpmn.moment(duration, start_) == end_


@pytest.mark.parametrize(
    "value",
    ["P999999999D", "P99999Y", 5, None, True, [], {"first": "PT1H"}, {"first": 1, "next": "x"}, ""],
)
def test_values_that_are_no_time_are_refused(value: object) -> None:
    with pytest.raises(ExpressionError, match="neither a moment"):
        bpmn.first(value, START)


def test_a_cycle_needs_a_function_that_exists() -> None:
    due, again = bpmn.first({"first": START, "next": "never_heard_of"}, START)
    assert again is not None
    with pytest.raises(ExpressionError, match="never_heard_of"):
        bpmn.following(due, again, bpmn.Environment(now=START))


def test_a_cycle_with_a_start() -> None:
    due, again = bpmn.first("R2/2026-06-01T09:00:00+05:00/P1D", START)
    assert due == datetime(2026, 6, 1, 4, tzinfo=UTC)
    assert again is not None
    env = bpmn.Environment(now=START)
    assert bpmn.following(due, again, env) == (datetime(2026, 6, 2, 4, tzinfo=UTC), None)


def test_a_timer_never_fires_early() -> None:
    case = Case(with_boundary(timer("PT1H"), interrupting=True))
    item = case.opened[case.token("late")]
    with pytest.raises(TaskClosed):
        case.act(FireTimer(token=item.token, due=item.due - timedelta(minutes=1)))


@pytest.mark.parametrize(("event", "kind"), [(PAID, "message"), (FLOOD, "signal")])
def test_a_message_or_signal_on_the_boundary(event: str, kind: str) -> None:
    case = Case(with_boundary(event, interrupting=True))
    (wait,) = case.step.waits
    assert (wait.kind, wait.element) == (kind, "late")
    case.deliver("late", sum=5)
    assert case.open == ["b"]
    assert case.variables == {"sum": 5}


def test_a_non_interrupting_message_may_come_again_under_the_same_token() -> None:
    case = Case(with_boundary(PAID, interrupting=False))
    token = case.token("late")
    case.deliver("late")
    case.deliver("late")
    assert case.open == ["a", "b", "b", "late"]
    assert case.token("late") == token
    assert case.step.waits == ()


def test_a_receive_task_waits_for_its_message_with_a_key() -> None:
    body = start() + node("receiveTask", "r", key("${number}"), messageRef="m2") + end()
    case = Case(file(body + way("s r e"), before=MESSAGES), kind="answer", number="Қ-26-1")
    (wait,) = case.step.waits
    assert (wait.name, wait.correlation, wait.kind) == ("answer", "Қ-26-1", "message")
    case.deliver("r", text="yes")
    assert case.done
    assert case.variables["text"] == "yes"


def test_messages_and_signals_are_thrown_with_their_payload() -> None:
    inner = extension(
        mapping({"sum": "${2 * x}"}).replace("</camunda:inputOutput>", "</camunda:inputOutput>")
        + '<camunda:properties><camunda:property name="correlationKey" value="${id}"/>'
        "</camunda:properties>"
    )
    body = start() + node("intermediateThrowEvent", "t", inner + PAID)
    body += node("intermediateThrowEvent", "t2", FLOOD) + node("sendTask", "t3", messageRef="m2")
    body += end("e", inner=PAID) + way("s t t2 t3 e")
    case = Case(file(body, before=MESSAGES), x=4, id="K1", kind="answer")
    assert case.done
    assert [
        (t.element, t.kind, t.name, t.correlation, dict(t.payload)) for t in case.step.thrown
    ] == [
        ("t", "message", "paid", "K1", {"sum": 8}),
        ("t2", "signal", "flood", "", {}),
        ("t3", "message", "answer", "", {}),
        ("e", "message", "paid", "", {}),
    ]
    assert "sum" not in case.variables


def test_an_end_message_may_be_sent_by_a_handler() -> None:
    inner = '<messageEventDefinition camunda:type="external" camunda:topic="t.send"/>'
    case = Case(file(start() + end("e", inner=inner) + way("s e")))
    (handler,) = case.step.handlers
    assert handler.topic == "t.send"
    case.finish("e")
    assert case.done


def test_an_event_based_gateway_takes_what_happens_first() -> None:
    body = start() + gateway("eventBased", "g") + user("a", "b", "c") + end()
    body += node("intermediateCatchEvent", "m", PAID) + node("receiveTask", "r", messageRef="m2")
    body += node("intermediateCatchEvent", "t", timer("P1D"))
    body += way("s g m a e") + way("g t b e") + way("g r c e")
    data = file(body, before=MESSAGES)
    for element, expected in (("m", "a"), ("t", "b"), ("r", "c")):
        case = Case(data, kind="k")
        assert case.open == ["m", "r", "t"]
        case.fire(element) if element == "t" else case.deliver(element, x=1)
        assert case.open == [expected]
        assert case.history() == [
            "s", "s", "g", "g", element, element, expected,
        ]  # fmt: skip
        case.complete(expected)
        assert case.done


def test_a_withdrawn_gateway_leaves_only_itself_in_history() -> None:
    inner = start("s2") + gateway("eventBased", "g") + end("e2", "e3")
    inner += node("intermediateCatchEvent", "m", PAID)
    inner += node("intermediateCatchEvent", "t", timer("P1D")) + way("s2 g m e2") + way("g t e3")
    body = start() + node("subProcess", "sub", inner) + end() + way("s sub e") + end("e4")
    body += boundary("b", "sub", timer("PT1H")) + way("b e4")
    case = Case(file(body, before=MESSAGES))
    assert case.open == ["b", "m", "t"]
    case.fire("b")
    assert case.done
    assert sorted(case.history(Happened.CANCELLED)) == ["g", "sub"]


def test_an_error_of_a_handler_goes_to_the_boundary_with_its_code() -> None:
    body = start() + service("a") + user("one", "any") + end()
    body += boundary("b1", "a", E1) + boundary("b2", "a", ANY)
    body += way("s a e") + way("b1 one e") + way("b2 any e")
    exact = Case(file(body, before=MESSAGES))
    exact.error("a", "E1")
    assert exact.open == ["one"]
    other = Case(file(body, before=MESSAGES))
    other.error("a", "X", "broken", why=3)
    assert other.open == ["any"]
    assert other.variables == {"code": "X", "said": "broken", "why": 3}


def test_an_error_that_nothing_catches_leaves_the_state_as_it_was() -> None:
    body = start() + service("a") + user("one") + end() + boundary("b1", "a", E1)
    case = Case(file(body + way("s a e") + way("b1 one e"), before=MESSAGES))
    before = case.state
    with pytest.raises(StepFailed, match="Nothing catches the error E9") as caught:
        case.error("a", "E9")
    assert caught.value.element == "a"
    assert case.state == before
    case.finish("a")
    assert case.done


def nested(thrown: str, boundaries: str, event_subprocess: str = "") -> bytes:
    inner = start("s2") + gateway("parallel", "f") + user("w", "go")
    inner += end("thrown", inner=thrown) + end("e2") + way("s2 f w e2") + way("f go thrown")
    outer = start("s1") + node("subProcess", "inner", inner) + end("e1") + way("s1 inner e1")
    body = start() + node("subProcess", "outer", outer + event_subprocess) + user("z") + end()
    return file(body + way("s outer e") + way("z e") + boundaries, before=MESSAGES)


def test_an_error_end_event_climbs_to_the_boundary_that_catches_it() -> None:
    case = Case(nested(E1, boundary("b", "outer", E1) + way("b z")))
    assert case.open == ["go", "w"]
    case.complete("go")
    assert case.open == ["z"]
    assert set(case.history(Happened.CANCELLED)) == {"w", "inner", "outer"}
    case.complete("z")
    assert case.done


def test_an_event_subprocess_catches_an_error_before_the_boundary() -> None:
    event = start("es", E1) + user("mend") + end("ee") + way("es mend ee")
    event = node("subProcess", "handler", event, triggeredByEvent="true")
    case = Case(nested(E1, boundary("b", "outer", E1) + way("b z"), event))
    case.complete("go")
    assert case.open == ["mend"]
    case.complete("mend")
    assert case.done


def test_an_uncaught_error_end_event_fails_the_instance() -> None:
    case = Case(
        nested(E1, boundary("b", "outer", "<errorEventDefinition errorRef='e2'/>") + way("b z"))
    )
    step = case.complete("go")
    assert step.status is Status.FAILED
    assert step.failure == "E1"
    assert case.open == []


def event_subprocess(inner: str, *, interrupting: bool) -> bytes:
    flag = "true" if interrupting else "false"
    inside = node("startEvent", "es", inner, isInterrupting=flag) + user("x") + end("ee")
    inside += way("es x ee")
    body = start() + user("a", "b") + end() + way("s a b e")
    body += node("subProcess", "esub", inside, triggeredByEvent="true")
    return file(body, before=MESSAGES)


def test_an_interrupting_event_subprocess_takes_the_place_of_the_rest() -> None:
    case = Case(event_subprocess(PAID, interrupting=True))
    assert case.open == ["a", "es"]
    case.deliver("es", sum=1)
    assert case.open == ["x"]
    assert case.variables == {"sum": 1}
    assert case.history(Happened.CANCELLED) == ["a"]
    case.complete("x")
    assert case.done
    assert case.step.end == "ee"


def test_a_non_interrupting_event_subprocess_runs_beside_and_is_waited_for() -> None:
    case = Case(event_subprocess(PAID, interrupting=False))
    case.deliver("es")
    case.deliver("es")
    assert case.open == ["a", "es", "x", "x"]
    case.complete("a")
    case.complete("b")
    assert case.open == ["es", "x", "x"]
    case.complete("x")
    assert not case.done
    case.complete("x")
    assert case.done
    assert case.open == []


def test_a_listener_does_not_keep_a_process_open() -> None:
    case = Case(event_subprocess(timer("P1D"), interrupting=False))
    armed = case.token("es")
    case.complete("a")
    case.complete("b")
    assert case.done
    assert armed in case.step.closed


def test_a_cycle_starts_an_event_subprocess_again_and_again() -> None:
    case = Case(event_subprocess(timer("R2/P1D", "Cycle"), interrupting=False))
    case.fire("es")
    case.fire("es")
    assert case.open == ["a", "x", "x"]


def test_start_events_with_a_trigger() -> None:
    body = start() + user("a", "b") + end() + node("startEvent", "sm", PAID)
    body += node("startEvent", "st", timer("R/P1D", "Cycle"))
    body += way("s a e") + way("sm b e") + way("st b")
    case = Case(file(body, before=MESSAGES), element="sm", payload={"sum": 3}, x=1)
    assert case.open == ["b"]
    assert case.variables == {"x": 1, "sum": 3}
    triggers = case.definition.process.triggers
    assert [(t.element, t.kind, t.value, t.timer) for t in triggers] == [
        ("sm", "message", "paid", ""),
        ("st", "timer", "R/P1D", "cycle"),
    ]
    with pytest.raises(ValueRefused, match="no start event a"):
        Case(case.definition, element="a")


def test_a_subprocess_with_a_boundary_is_withdrawn_whole() -> None:
    inner = start("s2") + user("w") + service("h") + gateway("parallel", "f") + end("e2", "e3")
    inner += way("s2 f w e2") + way("f h e3")
    body = start() + node("subProcess", "sub", inner) + user("z") + end()
    body += way("s sub e") + way("z e")
    case = Case(file(body + boundary("b", "sub", timer("PT1H")) + flow("b", "z")))
    assert case.open == ["b", "h", "w"]
    case.fire("b")
    assert case.open == ["z"]
    assert sorted(case.history(Happened.CANCELLED)) == ["h", "sub", "w"]
