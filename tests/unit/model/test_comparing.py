"""Two lists of things: which is which, what moved, and no more work than there is to do."""

import random
import time
from itertools import pairwise

import pytest

from engine.model.comparing import compare
from engine.model.differences import Attribute, Kind
from engine.model.matching import Thing


def thing(name: str, **facts: str) -> Thing:
    return Thing(id=name, type="t", family="t", facts=facts)


def row(*names: str) -> list[Thing]:
    return [Thing(id=one, type="t", family="t", facts={"n": one}, ranked=True) for one in names]


def test_a_changed_fact_is_told_with_both_values() -> None:
    found = compare([thing("a", x="1", y="2")], [thing("a", x="1", y="3", z="4")])
    (change,) = found.changes
    assert change.kind is Kind.CHANGED
    assert change.attributes == (Attribute("y", "2", "3"), Attribute("z", None, "4"))


def test_what_came_and_went_says_what_it_said() -> None:
    found = compare([thing("a", x="1")], [thing("b", y="2")])
    assert [(one.kind, one.element, one.attributes) for one in found.changes] == [
        (Kind.ADDED, "b", (Attribute("y", None, "2"),)),
        (Kind.REMOVED, "a", (Attribute("x", "1", None),)),
    ]


def test_a_renamed_thing_is_recognised_and_those_that_name_it_did_not_change() -> None:
    old = [thing("a", x="1", y="2"), Thing(id="f", type="f", facts={"to": "a"})]
    new = [thing("b", x="1", y="2"), Thing(id="f", type="f", facts={"to": "b"})]
    old[1], new[1] = (
        Thing(**{**one.__dict__, "refs": frozenset({"to"})}) for one in (old[1], new[1])
    )
    found = compare(old, new)
    assert found.renamed == {"a": "b"}
    assert [one.attributes for one in found.changes] == [(Attribute("id", "a", "b"),)]


def test_another_thing_in_the_same_place_is_not_taken_for_the_old_one() -> None:
    one = Thing(id="a", type="t", name="Register", facts={"f": "x"}, near=frozenset({("to", "z")}))
    two = Thing(id="b", type="t", name="Pay out", facts={"f": "y"}, near=frozenset({("to", "z")}))
    found = compare([one, Thing(id="z", type="t")], [two, Thing(id="z", type="t")])
    assert found.renamed == {}
    assert {change.kind for change in found.changes} == {Kind.ADDED, Kind.REMOVED}


def test_neighbours_that_were_recognised_help_to_recognise_the_next() -> None:
    def chain(names: str) -> list[Thing]:
        parts = names.split()
        ends = dict(pairwise(parts))
        return [
            Thing(
                id=one,
                type="gateway",
                near=frozenset({("to", ends[one])} if one in ends else {("at", "end")}),
            )
            for one in parts
        ]

    found = compare(chain("a b c d"), chain("p q r s"))
    assert found.renamed == {"a": "p", "b": "q", "c": "r", "d": "s"}


def test_only_what_left_the_order_moved() -> None:
    found = compare(row("a", "b", "c", "d"), row("d", "a", "b", "c"))
    assert [(one.kind, one.element, one.attributes) for one in found.changes] == [
        (Kind.MOVED, "d", (Attribute("rank", "4", "1"),))
    ]


@pytest.mark.parametrize("new", ["abcxd", "acd", "xyabcd"])
def test_coming_and_going_moves_nobody(new: str) -> None:
    found = compare(row(*"abcd"), row(*new))
    assert not found.of(Kind.MOVED)


def test_a_list_whose_order_counts_is_told_apart_from_what_came() -> None:
    def listed(*names: str) -> list[Thing]:
        return [Thing(id="g", type="g", sequences={"outgoing": names})]

    assert not compare(listed("a", "b"), listed("a", "x", "b"))
    (change,) = compare(listed("a", "b"), listed("b", "x", "a")).changes
    assert change.attributes == (Attribute("outgoing:order", "a, b", "b, a"),)


def test_two_things_of_one_id_are_told_apart() -> None:
    assert not compare([thing("a"), thing("a", x="1")], [thing("a"), thing("a", x="1")])
    assert compare([thing("a"), thing("a", x="1")], [thing("a"), thing("a", x="2")])


def test_a_thousand_renamed_things_take_less_than_a_second() -> None:
    dice = random.Random(7)
    facts = [{"x": str(dice.random()), "y": str(number % 5)} for number in range(1000)]
    old = [thing(f"a{number}", **one) for number, one in enumerate(facts)]
    new = [thing(f"b{number}", **one) for number, one in enumerate(facts)]
    dice.shuffle(new)
    began = time.process_time()
    found = compare(old, new)
    assert time.process_time() - began < 1
    assert found.renamed == {f"a{number}": f"b{number}" for number in range(1000)}


def test_a_thousand_things_that_look_alike_take_less_than_a_second() -> None:
    old = [thing(f"a{number}", x="1") for number in range(1000)]
    new = [thing(f"b{number}", x="1") for number in range(1000)]
    began = time.process_time()
    assert compare(old, new).changes
    assert time.process_time() - began < 1
