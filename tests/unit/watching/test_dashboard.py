"""Grafana's dashboard asks for metrics and labels that there are."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import engine.watching
from engine.watching.gauges import FAMILIES
from engine.watching.meter import Prometheus

FILE = Path(engine.watching.__file__).parent / "dashboard.json"
BOARD = json.loads(FILE.read_text(encoding="utf-8"))
#: What a histogram, a counter and a summary add to their names.
ENDINGS = {
    "histogram": {"_bucket": {"le"}, "_sum": set(), "_count": set()},
    "counter": {"_total": set()},
    "summary": {"_sum": set(), "_count": set()},
}
METRIC = re.compile(r"\bzholdama_\w+")
GROUPED = re.compile(r"by \(([^)]*)\)")
CHOSEN = re.compile(r"\{([^}]*)\}")
SHOWN = re.compile(r"\{\{(\w+)\}\}")
#: Labels that Prometheus adds itself.
SCRAPED = {"instance", "job"}


def metrics() -> dict[str, set[str]]:
    """Every name that can be asked for, with its labels."""
    found: dict[str, set[str]] = {name: set(labels) for name, (_, labels) in FAMILIES.items()}
    for collector in Prometheus().registry._collector_to_names:
        labels = set(collector._labelnames)  # type: ignore[attr-defined]
        for ending, more in ENDINGS[collector._type].items():  # type: ignore[attr-defined]
            found[f"{collector._name}{ending}"] = labels | more  # type: ignore[attr-defined]
    return found


def queries() -> Iterator[tuple[str, str, str]]:
    for panel in BOARD["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"], target["legendFormat"]


QUERIES = list(queries())


@pytest.mark.parametrize(("title", "asked", "legend"), QUERIES)
def test_a_query_names_what_there_is(title: str, asked: str, legend: str) -> None:
    known = metrics()
    names = METRIC.findall(asked)
    assert names, title
    for name in names:
        assert name in known, f"{title}: {name}"
    labels = set().union(*(known[name] for name in names)) | SCRAPED
    grouped = {one.strip() for found in GROUPED.findall(asked) for one in found.split(",")}
    chosen = {one.split("=")[0].strip() for found in CHOSEN.findall(asked) for one in [found]}
    assert grouped | chosen <= labels, title
    assert set(SHOWN.findall(legend)) <= labels


def test_every_metric_is_drawn() -> None:
    asked = {name for _, expr, _ in QUERIES for name in METRIC.findall(expr)}
    families = {re.sub(r"_(bucket|sum|count|total)$", "", name) for name in asked}
    known = {re.sub(r"_(bucket|sum|count|total)$", "", name) for name in metrics()}
    assert families == known


def test_panels_do_not_lie_over_one_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in BOARD["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
        assert at["x"] + at["w"] <= 24
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(ids) == len(set(ids))
