"""Gateways, loops, subprocesses, ends: where the tokens go."""

import time

import pytest

from engine import bpmn
from engine.bpmn.checks import Check
from engine.errors import StepFailed, TaskClosed, ValueRefused
from engine.model.acts import CompleteTask, FireTimer
from engine.model.steps import Happened, Status
from tests.unit.bpmn.drawing import (
    Case,
    boundary,
    end,
    extension,
    file,
    flow,
    gateway,
    mapping,
    node,
    script,
    service,
    start,
    timer,
    user,
    way,
)

TERMINATE = "<terminateEventDefinition/>"


def test_a_task_after_the_other_and_the_end() -> None:
    case = Case(file(start() + user("a", "b") + end() + way("s a b e")))
    assert case.open == ["a"]
    case.complete("a")
    assert case.open == ["b"]
    assert case.step.status is Status.ACTIVE
    case.complete("b")
    assert case.done
    assert case.step.end == "e"
    assert case.history(Happened.ENTERED) == ["s", "a", "b", "e"]
    assert case.history(Happened.LEFT) == ["s", "a", "b"]
    assert case.history(Happened.ENDED) == ["e"]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [({"x": 1}, "a"), ({"x": 2}, "b"), ({"x": 3}, "c"), ({"x": None}, "c"), ({}, "c")],
)
def test_an_exclusive_gateway_takes_the_first_flow_that_holds(variables, expected) -> None:
    body = start() + gateway("exclusive", "g", default="g_c") + user("a", "b", "c") + end()
    body += flow("s", "g") + flow("g", "a", "= x = 1") + flow("g", "b", "${x &lt;= 2}")
    body += flow("g", "c") + flow("a", "e") + flow("b", "e") + flow("c", "e")
    case = Case(file(body), **variables)
    assert case.open == [expected]
    (left,) = [e for e in case.events(Happened.LEFT) if e.element == "g"]
    assert left.detail == {"flows": [f"g_{expected}"]}


def test_without_a_default_a_case_that_fits_no_flow_is_told_of_and_nothing_is_lost() -> None:
    body = start() + user("a") + gateway("exclusive", "g") + end("e", "f")
    body += way("s a g") + flow("g", "e", "x = 1") + flow("g", "f", "x = 2")
    case = Case(file(body))
    before = case.state
    with pytest.raises(StepFailed, match="none is the default") as caught:
        case.complete("a", x=3)
    assert caught.value.element == "g"
    assert case.state == before
    case.complete("a", x=2)
    assert case.step.end == "f"


def test_a_parallel_join_waits_for_all() -> None:
    body = start() + gateway("parallel", "f", "j") + user("a", "b", "c") + end()
    body += way("s f a j e") + way("f b j") + way("f c j")
    case = Case(file(body))
    assert case.open == ["a", "b", "c"]
    case.complete("b")
    case.complete("a")
    assert case.open == ["c"]
    assert not case.done
    case.complete("c")
    assert case.done
    assert case.history(Happened.ENTERED).count("j") == 1


def test_trap_13_a_parallel_join_in_a_loop_waits_in_every_round() -> None:
    """SpiffWorkflow offers d in round 2 while c still waits: it counts round 1's token again."""
    body = start() + user("a", "c", "d") + service("b") + user("b2")
    body += gateway("parallel", "f", "j") + gateway("exclusive", "x", default="x_a") + end()
    body += way("s a f b b2 j d x") + way("f c j") + flow("x", "a") + flow("x", "e", "stop")
    case = Case(file(body), stop=False)
    for _round in range(5):
        case.complete("a")
        case.finish("b")
        case.complete("b2")
        assert case.open == ["c"]
        case.complete("c")
        assert case.open == ["d"]
        case.complete("d")
    assert case.open == ["a"]


def test_trap_13_within_one_step() -> None:
    """A loop that goes round without a rest between the rounds."""
    body = start() + script("a", "n = n + 1") + script("b", "bs = bs + 1")
    body += script("c", "cs = cs + 1") + script("d", "ds = append(ds, [bs, cs])")
    body += gateway("parallel", "f", "j") + gateway("exclusive", "m") + end()
    body += gateway("exclusive", "x", default="x_e")
    body += way("s m a f b j d x") + way("f c j") + flow("x", "m", "n &lt; 4") + flow("x", "e")
    case = Case(file(body), n=0, bs=0, cs=0, ds=[])
    assert case.done
    assert case.variables["ds"] == [[1, 1], [2, 2], [3, 3], [4, 4]]


def test_tokens_beyond_one_per_flow_stay_at_a_parallel_join(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Check, "stuck", lambda self, scope: None)  # it could not be deployed
    body = start() + gateway("parallel", "f", "j") + gateway("exclusive", "m") + user("a", "b", "c")
    body += user("d") + end()
    body += way("s f a m") + way("f b m j d e") + way("f c j")
    case = Case(file(body))
    case.complete("a")
    case.complete("b")
    assert case.open == ["c"]
    case.complete("c")
    assert case.open == ["d"]
    with pytest.raises(StepFailed, match="wait in vain"):
        case.complete("d")


def test_an_inclusive_join_waits_only_for_what_may_come() -> None:
    body = start() + gateway("inclusive", "f", default="f_c") + gateway("inclusive", "j")
    body += user("a", "b", "c", "d") + end()
    body += way("s f") + flow("f", "a", "x") + flow("f", "b", "y") + flow("f", "c")
    body += way("a j d e") + way("b j") + way("c j")
    both = Case(file(body), x=True, y=True)
    assert both.open == ["a", "b"]
    both.complete("b")
    assert both.open == ["a"]
    both.complete("a")
    assert both.open == ["d"]
    one = Case(file(body), x=False, y=True)
    one.complete("b")
    assert one.open == ["d"]
    none = Case(file(body), x=False, y=False)
    assert none.open == ["c"]


def test_an_inclusive_join_does_not_wait_for_a_token_that_took_another_way() -> None:
    body = start() + gateway("parallel", "f") + gateway("inclusive", "j") + user("a", "b", "d")
    body += gateway("exclusive", "x", default="x_e2") + end("e", "e2")
    body += way("s f a j d e") + way("f b x") + flow("x", "j", "back") + flow("x", "e2")
    case = Case(file(body))
    case.complete("a")
    assert case.open == ["b"], "b may still come"
    case.complete("b", back=False)
    assert case.open == ["d"], "b went elsewhere"


def test_conditions_on_the_flows_of_a_task_split_as_an_inclusive_gateway() -> None:
    body = start() + user("t", "a", "b", "c", default="t_c") + end()
    body = body.replace('<userTask id="a" default="t_c"', '<userTask id="a"')
    body += way("s t") + flow("t", "a", "x &gt; 0") + flow("t", "b", "x &gt; 1") + flow("t", "c")
    body += way("a e") + way("b e") + way("c e")
    case = Case(file(body))
    case.complete("t", x=2)
    assert case.open == ["a", "b"]
    case = Case(file(body))
    case.complete("t", x=0)
    assert case.open == ["c"]


def test_a_plain_task_is_passed_and_a_manual_task_waits() -> None:
    body = start() + node("task", "t") + node("manualTask", "m") + end() + way("s t m e")
    case = Case(file(body))
    assert case.open == ["m"]
    assert case.complete("m").status is Status.COMPLETED


@pytest.mark.parametrize("names", [("Start", "End"), ("Root", "p.EndJoin")])
def test_spiffs_own_names_may_be_used_as_ids(names: tuple[str, str]) -> None:
    one, two = names
    case = Case(file(start(one) + user("a") + end(two) + way(f"{one} a {two}")))
    assert case.open == ["a"]
    case.complete("a")
    assert case.step.end == two


def test_six_hundred_tasks_in_a_row_and_a_thousand_in_one_step() -> None:
    names = [f"t{number}" for number in range(600)]
    body = start() + "".join(node("task", name) for name in names) + user("u") + end()
    began = time.perf_counter()
    case = Case(file(body + way("s " + " ".join(names) + " u e")))
    assert case.open == ["u"]
    assert case.complete("u").status is Status.COMPLETED
    assert time.perf_counter() - began < 5


def test_traps_1_and_2_fifteen_hundred_rounds_within_one_step() -> None:
    """SpiffWorkflow says "completed" after 500 rounds, its tree being 1,000 tasks deep."""
    body = start() + script("a", "n = n + 1") + gateway("exclusive", "x", default="x_u")
    body += gateway("exclusive", "m") + user("u") + end()
    body += way("s m a x") + flow("x", "m", "n &lt; 1500") + flow("x", "u") + way("u e")
    case = Case(file(body), n=0)
    assert case.open == ["u"]
    assert case.variables["n"] == 1500
    assert not case.done
    case.complete("u")
    assert case.done


def test_a_task_that_would_be_offered_to_nobody_fails_the_step() -> None:
    body = start() + user("a") + user("b", camunda_candidateGroups="head@${centre}") + end()
    case = Case(file(body + way("s a b e")))
    with pytest.raises(StepFailed, match="names no role") as caught:
        case.complete("a")
    assert caught.value.element == "b"
    case.complete("a", centre="mc.10")
    assert case.step.tasks[0].candidates == ("head@mc.10",)


def test_a_process_that_never_rests_is_stopped() -> None:
    body = (
        start()
        + node("task", "a")
        + script("b", "n = 1")
        + gateway("exclusive", "x", default="x_e")
    )
    body += gateway("exclusive", "m") + end()
    body += way("s m a b x") + flow("x", "m", "true") + flow("x", "e")
    with pytest.raises(StepFailed, match="goes round"):
        Case(file(body))


def test_ten_thousand_rounds_of_rework_are_right_and_the_last_costs_what_the_first_did() -> None:
    body = start() + user("a", "b") + gateway("exclusive", "x", default="x_e") + end()
    body += gateway("parallel", "f", "j") + user("c")
    body += boundary("late", "b", timer("PT1H"), interrupting=False) + end("le") + way("late le")
    body += way("s a f b j x") + way("f c j") + flow("x", "a", "again") + flow("x", "e")
    case = Case(file(body))
    costs = []
    for _number in range(10_000):
        began = time.perf_counter()
        for element in ("a", "b", "c"):
            token = next(t.token for t in case.opened.values() if t.element == element)
            act = CompleteTask(token=token, variables={"again": True})
            case.state, step = bpmn.advance(case.definition, case.state, act, case.env)
            opened = [*step.tasks, *step.timers]
            case.opened = {
                key: item for key, item in case.opened.items() if key not in step.closed
            } | {item.token: item for item in opened}
        costs.append(time.perf_counter() - began)
        assert case.open == ["a"]
    # The fast tenth: what else runs on this machine slows down some, never all.
    first, last = sorted(costs[:1000])[100], sorted(costs[-1000:])[100]
    assert last < first * 1.2, f"first {first * 1e3:.3f} ms, last {last * 1e3:.3f} ms"
    assert len(case.state) < 1000
    case.complete("a")
    case.complete("b", again=False)
    assert not case.done
    case.complete("c", again=False)
    assert case.done


def test_an_embedded_subprocess_has_its_own_tokens() -> None:
    inside = start("is_") + gateway("parallel", "f") + user("a", "b") + end("ie", "ie2")
    inside += way("is_ f a ie") + way("f b ie2")
    body = start() + node("subProcess", "sub", inside) + user("z") + end() + way("s sub z e")
    case = Case(file(body))
    assert case.open == ["a", "b"]
    case.complete("a")
    assert case.open == ["b"]
    case.complete("b")
    assert case.open == ["z"]
    case.complete("z")
    assert case.done
    assert case.step.end == "e"


def test_terminate_ends_its_own_scope_only() -> None:
    inside = start("is_") + gateway("parallel", "f") + user("a", "b") + end("ie")
    inside += end("kill", inner=TERMINATE) + way("is_ f a ie") + way("f b kill")
    body = start() + node("subProcess", "sub", inside) + user("z") + end() + way("s sub z e")
    case = Case(file(body))
    case.complete("b")
    assert case.open == ["z"]
    assert case.history(Happened.CANCELLED) == ["a"]


def test_terminate_at_the_top_completes_the_instance() -> None:
    body = start() + gateway("parallel", "f") + user("a", "b") + end() + end("k", inner=TERMINATE)
    case = Case(file(body + way("s f a e") + way("f b k")))
    case.complete("b")
    assert case.done
    assert case.step.end == "k"
    assert case.open == []


def test_a_link_leads_to_its_other_end() -> None:
    link = '<linkEventDefinition name="L"/>'
    body = start() + user("a", "b") + end() + node("intermediateThrowEvent", "t", link)
    body += node("intermediateCatchEvent", "c", link) + way("s a t") + way("c b e")
    case = Case(file(body))
    case.complete("a")
    assert case.open == ["b"]


def test_an_act_on_a_closed_token_is_refused() -> None:
    case = Case(file(start() + user("a", "b") + end() + way("s a b e")))
    token = case.token("a")
    case.complete("a")
    with pytest.raises(TaskClosed):
        case.act(CompleteTask(token=token))


def test_an_act_that_does_not_fit_is_refused() -> None:
    case = Case(file(start() + user("a") + service("b") + end() + way("s a b e")))
    with pytest.raises(ValueRefused):
        case.act(FireTimer(token=case.token("a"), due=case.now))
    case.complete("a")
    with pytest.raises(ValueRefused):
        case.complete("b")


def test_another_definition_cannot_read_the_state() -> None:
    case = Case(file(start() + user("a") + end() + way("s a e")))
    case.definition = Case(file(start() + user("b") + end() + way("s b e"))).definition
    with pytest.raises(StepFailed, match="does not fit"):
        case.act(CompleteTask(token=case.token("a")))
    case.state = b"Q9{}"
    with pytest.raises(StepFailed, match="format"):
        case.act(CompleteTask(token=case.token("a")))


def test_mapping_reads_outward_and_writes_where_the_name_is() -> None:
    inputs = mapping({"x": "${y + 1}", "z": "= x * 2"}, {"out": "${x + z}"})
    body = start() + service("a", inner=extension(inputs)) + user("b") + end() + way("s a b e")
    case = Case(file(body), y=1)
    (handler,) = case.step.handlers
    assert handler.inputs == {"x": 2, "z": 4}
    case.finish("a", x=10)
    assert case.variables == {"y": 1, "out": 14}
