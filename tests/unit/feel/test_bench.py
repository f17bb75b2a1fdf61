"""The figures: present, positive, and within ten times their marks even on a busy machine."""

from engine.dmn.bench import bench as tables
from engine.dmn.bench import model
from engine.feel.bench import bench

MARKS = {"feel.comparison": 2, "feel.parse": 300, "dmn.table": 40}


def test_the_figures_are_in_sight_of_their_marks() -> None:
    found = bench() | tables()
    assert found.keys() == MARKS.keys() | {"feel.comparison.python"}
    assert all(value > 0 for value in found.values())
    for name, mark in MARKS.items():
        assert found[name] < 10 * mark, name


def test_the_table_measured_is_what_it_says() -> None:
    loaded = model()
    made = loaded.decide("d", {"age": 97, "region": "south", "income": 1000, "kin": True})
    assert made.value == "r19"
    assert made.fired[0].numbers == (20,)
    assert loaded.inputs("d") == ("age", "region", "income", "kin")
