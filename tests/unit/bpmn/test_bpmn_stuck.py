"""Law 10: a diagram that can get stuck cannot be deployed; one that cannot is not accused."""

import time

import pytest

from engine import bpmn
from engine.model.problems import Severity
from tests.unit.bpmn.drawing import (
    boundary,
    end,
    errors,
    file,
    flow,
    gateway,
    node,
    parse,
    start,
    timer,
    user,
    warnings,
    way,
)

ERROR = "<errorEventDefinition/>"


def split(kind: str, join: str, more: str = "") -> str:
    body = start() + gateway(kind, "f", default="f_a") + gateway(join, "j") + user("a", "b") + end()
    return body + way("s f a j e") + flow("f", "b", "x") + way("b j") + more


def test_an_exclusive_split_into_a_parallel_join_is_refused_with_the_way_to_it() -> None:
    parsed = bpmn.parse(file(split("exclusive", "parallel")), "f.bpmn")
    (problem,) = [p for p in parsed.problems if p.severity is Severity.ERROR]
    assert (problem.code, problem.element) == ("bpmn.never-joins", "j")
    assert problem.trace[:2] == ("s", "f")
    assert problem.trace[2] in {"a", "b"}
    assert problem.line > 1


@pytest.mark.parametrize(
    ("kind", "join", "wrong"),
    [
        ("exclusive", "exclusive", []),
        ("exclusive", "inclusive", []),
        ("parallel", "parallel", []),
        ("parallel", "inclusive", []),
        ("parallel", "exclusive", ["bpmn.twice"]),
        ("inclusive", "inclusive", []),
        # The default flow is taken when the other is not.
        ("inclusive", "exclusive", []),
        ("inclusive", "parallel", ["bpmn.never-joins"]),
        ("exclusive", "parallel", ["bpmn.never-joins"]),
    ],
)
def test_splits_and_joins(kind: str, join: str, wrong: list[str]) -> None:
    assert [code for code, _ in errors(file(split(kind, join)))] == wrong


def test_a_timer_that_takes_a_branch_away_from_a_join_is_found() -> None:
    more = boundary("t", "a", timer("P1D")) + end("te") + way("t te")
    assert errors(file(split("parallel", "parallel", more))) == [("bpmn.stuck", "j")]
    beside = boundary("t", "a", timer("P1D"), interrupting=False) + end("te") + way("t te")
    assert errors(file(split("parallel", "parallel", beside))) == []


def test_an_end_that_terminates_leaves_nothing_to_get_stuck() -> None:
    more = boundary("t", "a", timer("P1D")) + way("t te")
    more += end("te", inner="<terminateEventDefinition/>")
    assert errors(file(split("parallel", "parallel", more))) == []


def test_a_return_out_of_a_parallel_branch_is_found() -> None:
    body = start() + gateway("exclusive", "m") + gateway("parallel", "f", "j") + user("a", "b")
    body += gateway("exclusive", "x", default="x_j") + end()
    body += way("s m f a x j e") + way("f b j") + flow("x", "m", "again")
    assert errors(file(body)) == [("bpmn.twice", "b")], "b comes again for every return of a"


def test_a_link_is_followed() -> None:
    link = '<linkEventDefinition name="L"/>'
    body = start() + gateway("exclusive", "f", default="f_a") + gateway("parallel", "j") + end()
    body += user("a", "b") + node("intermediateThrowEvent", "t", link)
    body += node("intermediateCatchEvent", "c", link) + way("s f a t") + way("c j e")
    assert errors(file(body + flow("f", "b", "x") + way("b j"))) == [("bpmn.never-joins", "j")]
    both = body + flow("f", "b", "x") + way("b e") + user("k") + way("c k j")
    assert errors(file(both)) == [], "two flows out of the link's end: both are taken"


def test_an_inclusive_join_behind_a_parallel_one_that_is_stuck_does_not_hide_it() -> None:
    body = start() + gateway("parallel", "f") + user("a", "b", "c") + gateway("inclusive", "o")
    body += gateway("exclusive", "x", default="x_j") + gateway("parallel", "j") + end("e", "e2")
    body += way("s f a j o e") + way("f b x") + flow("x", "j") + flow("x", "e2", "away")
    body += way("f c o")
    assert errors(file(body)) == [("bpmn.stuck", "j")]


def test_a_loop_round_a_whole_parallel_block_is_fine() -> None:
    body = start() + gateway("exclusive", "m") + gateway("parallel", "f", "j") + user("a", "b")
    body += gateway("exclusive", "x", default="x_e") + end()
    body += way("s m f a j x e") + way("f b j") + flow("x", "m", "again")
    assert errors(file(body)) == []


def test_the_inside_of_a_subprocess_is_looked_at() -> None:
    body = start() + node("subProcess", "sub", split("exclusive", "parallel").replace('"s', '"is')
                          .replace('"e"', '"ie"')) + end() + way("s sub e")  # fmt: skip
    assert errors(file(body)) == [("bpmn.never-joins", "j")]


def test_a_large_parallel_diagram_is_checked_in_time() -> None:
    """Twelve branches of five tasks, each with a choice: the order of moves is not tried out."""
    body = start() + gateway("parallel", "f", "j") + end() + way("s f") + way("j e")
    for branch in range(12):
        names = [f"u{branch}_{number}" for number in range(5)]
        body += user(*names) + gateway("exclusive", f"x{branch}", default=f"x{branch}_j")
        body += way("f " + " ".join(names) + f" x{branch} j") + flow(
            f"x{branch}", names[0], "again"
        )
    assert judged(body) < 0.5


def judged(body: str) -> float:
    """Return the CPU seconds that judging a sound process takes, reading it included."""
    data = file(body)
    parse(data)  # the schema is read once
    began = time.process_time()
    assert parse(data)
    return time.process_time() - began


def test_two_hundred_elements_are_checked_in_time() -> None:
    """A hundred tasks, after each a way back, beside each a reminder with a task of its own."""
    body = start() + end() + flow("s", "u0")
    for n in range(100):
        back, on = f"u{max(0, n - 7)}", f"u{n + 1}" if n < 99 else "e"
        body += user(f"u{n}", f"r{n}") + gateway("exclusive", f"x{n}", default=f"x{n}_on")
        body += flow(f"u{n}", f"x{n}") + flow(f"x{n}", on, name=f"x{n}_on")
        body += flow(f"x{n}", back, "again", name=f"x{n}_back")
        body += boundary(f"t{n}", f"u{n}", timer("P1D"), interrupting=False) + way(f"t{n} r{n} e")
    assert judged(body) < 0.5


@pytest.mark.parametrize("kind", ["parallel", "inclusive"])
def test_blocks_in_blocks_are_checked_in_time(kind: str) -> None:
    def block(name: str, before: str, depth: int) -> tuple[str, str]:
        if not depth:
            return user(name) + branch(before, name), name
        drawn = gateway(kind, f"{name}f", f"{name}j") + branch(before, f"{name}f")
        for number in range(3):
            inner, last = block(f"{name}{number}", f"{name}f", depth - 1)
            drawn += inner + flow(last, f"{name}j")
        return drawn, f"{name}j"

    def branch(before: str, name: str) -> str:
        return flow(before, name, "x" if kind == "inclusive" and before != "s" else "")

    inner, last = block("n", "s", 4)
    assert judged(start() + end() + inner + flow(last, "e")) < 0.5


def many(branches: int) -> str:
    """Ways at once, each of choices that lead back, on, or to an end that terminates."""
    body = start() + gateway("parallel", "f", "j") + way("s f") + way("j e") + end()
    body += end("t", inner="<terminateEventDefinition/>")
    for n in range(branches):
        names = [f"u{n}_{at}" for at in range(4)]
        body += user(*names) + flow("f", names[0])
        for at, name in enumerate(names):
            on = names[at + 1] if at < 3 else "j"
            body += gateway("exclusive", f"x{name}", default=f"d{name}") + flow(name, f"x{name}")
            body += flow(f"x{name}", on, name=f"d{name}") + flow(f"x{name}", "t", "away")
            body += flow(f"x{name}", names[max(0, at - 2)], "back", name=f"b{name}")
    return body


def test_a_bound_that_is_reached_is_said_and_in_time() -> None:
    began = time.process_time()
    assert ("bpmn.unexplored", "p") in warnings(file(many(16)))
    assert time.process_time() - began < 3
    assert not [code for code, _ in warnings(file(many(5))) if code == "bpmn.unexplored"]
