"""Moving tokens by hand, beginning a case at any element, setting variables."""

from uuid import uuid4

import pytest

from engine import bpmn
from engine.errors import MoveRefused, TaskClosed, ValueRefused
from engine.model.acts import MoveToken, SetVariables
from engine.model.steps import Happened
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
    parse,
    script,
    service,
    start,
    timer,
    user,
    way,
)

#: Two ways at once, with a timer on one; then a task.
FORK = (
    start()
    + gateway("parallel", "f", "j")
    + user("a", "b", "c", "d")
    + end("e", "te")
    + way("s f a c j d e")
    + way("f b j")
    + boundary("t", "a", timer("P1D"), interrupting=False)
    + way("t te")
)


def tokens(case: Case) -> dict[str, object]:
    """Return the tokens by element, those that wait at joins included."""
    return {t.element: t for t in bpmn.overview(case.definition, case.state)}


def move(case: Case, element: str, target: str, *, behind: bool = False) -> None:
    case.act(MoveToken(token=tokens(case)[element].token, target=target, behind=behind))


def test_what_waits_at_the_old_place_is_withdrawn_and_the_target_opens_anew() -> None:
    case = Case(file(FORK))
    before = case.token("a")
    move(case, "a", "c")
    assert case.open == ["b", "c"]
    assert before in case.step.closed
    assert len(case.step.closed) == 2, "the timer beside it goes with it"
    told = [(one.element, one.happened) for one in case.step.events]
    assert told == [("a", Happened.CANCELLED), ("c", Happened.ENTERED)]
    move(case, "c", "a")
    assert case.open == ["a", "b", "t"], "its timer runs again"
    assert case.opened[case.token("a")].candidates == ("clerk@office",)
    for task in "abcd":
        case.complete(task)
    assert case.done


def test_a_token_goes_on_behind_an_element_without_its_work() -> None:
    case = Case(file(FORK))
    move(case, "a", "c", behind=True)
    assert case.open == ["b"]
    assert tokens(case)["j"].kind == "parallelGateway"
    case.complete("b")
    assert case.open == ["d"]


def test_a_branch_that_could_never_join_is_refused_with_the_way_and_who_waits_in_vain() -> None:
    case = Case(file(FORK))
    state = case.state
    with pytest.raises(MoveRefused) as refused:
        move(case, "a", "d")
    assert (refused.value.join, refused.value.vain) == ("j", ("b",))
    assert refused.value.trace == ("b", "j")
    assert str(refused.value) == (
        "From there the case could wait for ever at j: b → j. In vain would be: b"
    )
    with pytest.raises(MoveRefused):
        move(case, "a", "b")
    assert case.state == state


def test_a_token_that_waits_at_a_join_is_moved_back() -> None:
    case = Case(file(FORK))
    case.complete("b")
    move(case, "j", "b")
    assert case.open == ["a", "b", "t"]
    case.complete("b")
    case.complete("a")
    case.complete("c")
    assert case.open == ["d"]


def test_where_the_last_of_several_is_taken_to_an_end_nothing_waits() -> None:
    body = start() + gateway("inclusive", "f", default="f_a") + gateway("inclusive", "j")
    body += user("a", "b") + end("e", "e2") + way("s f a j e") + flow("f", "b", "true") + way("b j")
    body += user("x") + flow("f", "x", "false") + way("x e2")
    case = Case(file(body))
    assert case.open == ["b"]
    move(case, "b", "e2")
    assert case.done
    assert case.step.end == "e2"


# --- subprocesses ---------------------------------------------------------------------------------

INSIDE = (
    node("startEvent", "is")
    + user("ia", "ib")
    + end("ie")
    + way("is ia ib ie")
    + node(
        "subProcess",
        "esub",
        node("startEvent", "es", timer("P9D"), isInterrupting="false")
        + user("eu")
        + end("ee")
        + way("es eu ee"),
        triggeredByEvent="true",
    )
)
SUB = (
    start()
    + user("u", "v")
    + node("subProcess", "sub", extension(mapping({"local": "= 1 + 1"})) + INSIDE)
    + boundary("st", "sub", timer("P5D"))
    + end("e", "ste")
    + way("s u sub v e")
    + way("st ste")
)


def test_a_subprocess_is_opened_for_a_token_that_goes_into_it() -> None:
    case = Case(file(SUB))
    move(case, "u", "ib")
    assert case.open == ["es", "ib", "st"], "its event subprocess and its timer are armed"
    assert case.opened[case.token("ib")].local == {"local": 2}, "its inputs are mapped"
    case.complete("ib")
    assert case.open == ["v"]


def test_a_token_goes_on_behind_an_element_inside() -> None:
    case = Case(file(SUB))
    move(case, "u", "ib", behind=True)
    assert case.open == ["v"]


def test_a_token_that_leaves_a_subprocess_takes_it_along() -> None:
    case = Case(file(SUB))
    case.complete("u")
    assert case.open == ["es", "ia", "st"]
    move(case, "ia", "u")
    assert case.open == ["u"]
    case.complete("u")
    case.complete("ia")
    case.complete("ib")
    case.complete("v")
    assert case.done


def test_a_subprocess_that_is_at_work_elsewhere_is_left_only_as_a_whole() -> None:
    inside = node("startEvent", "is") + gateway("parallel", "if", "ij") + user("ia", "ib")
    inside += end("ie") + way("is if ia ij ie") + way("if ib ij")
    body = start() + user("u") + node("subProcess", "sub", inside) + end() + way("s u sub e")
    case = Case(file(body))
    case.complete("u")
    with pytest.raises(MoveRefused, match=r"at work elsewhere, too \(ib\)"):
        move(case, "ia", "u")
    with pytest.raises(MoveRefused, match="for ever at ij"):
        move(case, "ia", "ie")
    move(case, "sub", "u")
    assert case.open == ["u"]


def test_a_subprocess_that_runs_is_not_opened_a_second_time() -> None:
    body = start() + gateway("parallel", "f", "j") + user("a") + node("subProcess", "sub", INSIDE)
    body += end() + way("s f a j e") + way("f sub j")
    case = Case(file(body))
    with pytest.raises(MoveRefused, match="sub is running already"):
        move(case, "a", "ib")


def test_rounds_of_a_repeated_activity_stay_what_they_are() -> None:
    multi = "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>"
    multi += "</multiInstanceLoopCharacteristics>"
    inside = node("startEvent", "is") + user("ia", "ib") + end("ie") + way("is ia ib ie") + multi
    body = start() + user("u") + node("subProcess", "sub", inside) + user("m", inner=multi) + end()
    case = Case(file(body + way("s u sub m e")))
    with pytest.raises(MoveRefused, match="sub is repeated: enter it as a whole"):
        move(case, "u", "ia")
    move(case, "u", "sub")
    assert case.open == ["ia", "ia"]
    first = case.token("ia")
    with pytest.raises(MoveRefused, match="stay in their own round"):
        case.act(MoveToken(token=first, target="u"))
    case.act(MoveToken(token=first, target="ib"))
    assert case.open == ["ia", "ib"], "within its own round it may go where it likes"
    case.complete("ib")
    case.complete("ia")
    case.complete("ib")
    assert case.open == ["m", "m"]
    with pytest.raises(MoveRefused, match="move that one"):
        case.act(MoveToken(token=case.token("m"), target="u"))
    whole = next(
        t for t in bpmn.overview(case.definition, case.state) if t.element == "m" and t.flows
    )
    case.act(MoveToken(token=whole.token, target="u"))
    assert case.open == ["u"]


def test_back_out_of_an_event_subprocess_that_interrupted_all_waits_are_armed_again() -> None:
    esub = node(
        "subProcess",
        "esub",
        node("startEvent", "es", timer("P9D")) + user("eu") + end("ee") + way("es eu ee"),
        triggeredByEvent="true",
    )
    case = Case(file(start() + user("u") + end() + way("s u e") + esub))
    case.fire("es")
    assert case.open == ["eu"]
    move(case, "eu", "u")
    assert case.open == ["es", "u"]
    case.complete("u")
    assert case.done


def test_what_runs_beside_the_flow_does_not_come_into_it() -> None:
    case = Case(file(SUB))
    case.complete("u")
    case.fire("es")
    with pytest.raises(MoveRefused, match="esub runs beside the flow"):
        move(case, "eu", "ib")
    with pytest.raises(MoveRefused, match="esub runs beside the flow"):
        move(case, "esub", "ib")
    with pytest.raises(MoveRefused, match="begins with an event"):
        move(case, "ia", "esub")


# --- targets --------------------------------------------------------------------------------------

EVENTS = (
    start()
    + user("u", "w")
    + gateway("eventBased", "g")
    + node("intermediateCatchEvent", "c1", timer("P1D"))
    + node("intermediateCatchEvent", "c2", timer("P2D"))
    + end("e", "e2", "te")
    + way("s u g c1 w e")
    + way("g c2 e2")
    + boundary("t", "u", timer("P3D"))
    + way("t te")
)


@pytest.mark.parametrize(
    ("target", "behind", "why"),
    [
        ("c1", False, "c1 waits together with others"),
        ("t", False, "t waits beside another element"),
        ("g", True, "an event decides"),
        ("e", True, "Nothing comes behind e"),
        ("nowhere", False, "There is no element nowhere"),
    ],
)
def test_targets_that_mean_nothing_are_refused(target: str, behind: bool, why: str) -> None:
    case = Case(file(EVENTS))
    with pytest.raises(MoveRefused, match=why):
        move(case, "u", target, behind=behind)


def test_a_join_is_not_entered() -> None:
    with pytest.raises(MoveRefused, match="by one of its flows"):
        move(Case(file(FORK)), "a", "j")


def test_events_are_gone_on_behind_and_gateways_entered() -> None:
    case = Case(file(EVENTS))
    move(case, "u", "c1", behind=True)
    assert case.open == ["w"]
    move(case, "w", "g")
    assert case.open == ["c1", "c2"]
    with pytest.raises(MoveRefused, match="it belongs to g"):
        move(case, "c1", "u")
    move(case, "g", "u")
    assert case.open == ["t", "u"]
    move(case, "u", "t", behind=True)
    assert case.done
    assert case.step.end == "te"


def test_the_offer_says_what_can_be_entered_and_what_gone_on_behind() -> None:
    case = Case(file(EVENTS))
    offered = {
        one.element: (one.enters, one.behind)
        for one in bpmn.aims(case.definition, case.state, case.token("u"))
    }
    assert offered == {
        "s": (True, True),
        "u": (True, True),
        "w": (True, True),
        "g": (True, False),
        "c1": (False, True),
        "c2": (False, True),
        "e": (True, False),
        "e2": (True, False),
        "te": (True, False),
        "t": (False, True),
    }
    begins = {one.element for one in bpmn.begins(parse(file(SUB)))}
    assert {"ia", "ib", "u", "v", "sub"} <= begins
    assert not begins & {"esub", "eu", "es", "ee"}


def test_a_token_that_is_gone_cannot_be_moved() -> None:
    case = Case(file(EVENTS))
    with pytest.raises(TaskClosed):
        case.act(MoveToken(token=uuid4(), target="w"))


def test_two_that_would_come_to_one_element_are_told() -> None:
    body = start() + gateway("parallel", "f") + user("a", "b", "c", "d") + end("e", "e2")
    body += way("s f a c e") + way("f b d e2")
    case = Case(file(body))
    assert bpmn.twice(case.definition, case.state) == frozenset()
    move(case, "a", "b")
    assert "b" in bpmn.twice(case.definition, case.state)


#: A term's timer runs beside the work; further on there is a fork with a join.
TERM = (
    start()
    + user("u", "a", "b", "c", "told")
    + gateway("parallel", "term", "f", "j")
    + node("intermediateCatchEvent", "over", timer("P9D"))
    + end("e", "over_e")
    + way("s u term a f b j e")
    + way("f c j")
    + way("term over told over_e")
)


def test_back_before_a_fork_whose_other_way_never_joins_is_allowed_and_told() -> None:
    case = Case(file(TERM))
    case.complete("u")
    assert case.open == ["a", "over"]
    move(case, "a", "u")
    assert bpmn.twice(case.definition, case.state) == {"over"}, "its timer would run twice"
    case.complete("u")
    assert case.open == ["a", "over", "over"]
    case.complete("a")
    with pytest.raises(MoveRefused, match="one of them wait for ever at j"):
        move(case, "b", "u")
    with pytest.raises(MoveRefused, match="In vain would be: c"):
        move(case, "b", "told")


# --- beginning anywhere ---------------------------------------------------------------------------


def test_a_case_begins_anywhere_with_what_is_set() -> None:
    definition = parse(file(SUB))
    env = bpmn.Environment(now=START)
    state, step = bpmn.start_at(definition, {"x": 1}, env, "ib")
    assert [task.element for task in step.tasks] == ["ib"]
    assert step.variables == {"x": 1}
    assert {t.element for t in bpmn.overview(definition, state)} == {"sub", "ib", "es", "st"}
    _, step = bpmn.start_at(definition, {}, env, "sub", behind=True)
    assert [task.element for task in step.tasks] == ["v"]
    with pytest.raises(MoveRefused, match="begins with an event"):
        bpmn.start_at(definition, {}, env, "eu")


def test_a_case_does_not_begin_where_it_could_not_end() -> None:
    definition = parse(file(FORK))
    with pytest.raises(MoveRefused, match="for ever at j"):
        bpmn.start_at(definition, {}, bpmn.Environment(now=START), "c")
    _, step = bpmn.start_at(definition, {}, bpmn.Environment(now=START), "j", behind=True)
    assert [task.element for task in step.tasks] == ["d"]


# --- variables ------------------------------------------------------------------------------------


def test_variables_are_set_and_removed_at_the_top_and_at_a_token() -> None:
    body = start() + user("u", inner=extension(mapping({"x": "= 1"}))) + user("v") + end()
    case = Case(file(body + way("s u v e")), x=10, y=20)
    case.act(SetVariables(values={"x": 11, "z": [1, {"a": None}]}, removed=("y", "never")))
    assert case.variables == {"x": 11, "z": [1, {"a": None}]}
    assert case.step.closed == ()
    token = case.token("u")
    case.act(SetVariables(token=token, values={"x": 2}))
    assert case.variables["x"] == 11
    top, own = bpmn.scopes(case.definition, case.state)
    assert (top.token, top.values["x"]) == (None, 11)
    assert (own.token, own.element, own.values) == (token, "u", {"x": 2})
    assert bpmn.seen(case.definition, case.state, token) == {"x": 2}
    case.complete("u")
    with pytest.raises(ValueRefused, match="no variables of its own"):
        case.act(SetVariables(token=token, values={"x": 2}))


def test_what_the_engine_counts_with_is_its_own() -> None:
    multi = "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>"
    body = start() + user("m", inner=multi + "</multiInstanceLoopCharacteristics>") + end()
    case = Case(file(body + way("s m e")))
    with pytest.raises(ValueRefused, match="counts with it"):
        case.act(SetVariables(token=case.token("m"), values={"loopCounter": 2}))


def test_the_next_step_goes_by_what_was_set() -> None:
    body = start() + user("u") + gateway("exclusive", "x", default="x_e") + end("e", "e2")
    case = Case(file(body + way("s u x e") + flow("x", "e2", "ok = true")))
    case.act(SetVariables(values={"ok": True}))
    case.complete("u")
    assert case.step.end == "e2"


def test_a_job_of_a_handler_is_asked_anew() -> None:
    inputs = extension(mapping({"n": "= n"}))
    body = start() + script("c", "n = n + 1") + service("h", inner=inputs) + user("u") + end()
    case = Case(file(body + way("s c h u e")), n=1)
    old = case.token("h")
    move(case, "h", "c")
    assert case.token("h") != old
    assert case.opened[case.token("h")].inputs == {"n": 3}
