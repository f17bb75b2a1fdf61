"""Every row of order 170 stands on a diagram: term, signature, return, system, office (law 9).

The table is `processes/law.toml`; the diagrams are read as XML, so that nothing between the file
and this test can make up for what is not drawn.
"""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from engine import bpmn, xml
from handlers.kandas.limits import Limits

ROOT = Path(__file__).parents[2]
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
LAW: dict[str, Any] = tomllib.loads((ROOT / "processes/law.toml").read_text(encoding="utf-8"))
ROWS = [f"K-{number}" for number in range(5, 20)]
WITH_TERM = [key for key in ROWS if isinstance(LAW[key]["days"], int)]
#: Kinds of nodes that a token passes.
NODES = re.compile(r"(Task|Event|Gateway|subProcess|task|callActivity)$")


class Drawn:
    """One node of a diagram."""

    def __init__(self, node: Any, parents: dict[Any, Any]) -> None:
        self.node, self.id = node, node.get("id")
        self.kind = xml.local(node)
        self.parent = parents.get(node)
        found = node.find(f"{BPMN}extensionElements/{CAMUNDA}properties")
        listed = [] if found is None else list(found)
        self.properties = {one.get("name"): one.get("value") for one in listed}
        self.law = [part.strip() for part in self.properties.get("law", "").split(",") if part]

    def camunda(self, name: str) -> str:
        return str(self.node.get(f"{CAMUNDA}{name}") or "")

    def text(self, path: str) -> str:
        return str(self.node.findtext(path) or "")


@cache
def nodes() -> list[Drawn]:
    found: list[Drawn] = []
    for path in sorted((ROOT / "processes").rglob("*.bpmn")):
        root = xml.parse(path.read_bytes())
        parents = {child: parent for parent in root.iter() for child in parent}
        found += [
            Drawn(node, parents)
            for node in root.iter()
            if isinstance(node.tag, str) and node.tag.startswith(BPMN) and NODES.search(node.tag)
        ]
    return found


def of(law: str, *kinds: str) -> list[Drawn]:
    return [one for one in nodes() if law in one.law and (not kinds or one.kind in kinds)]


def tasks(law: str) -> list[Drawn]:
    """Return the user tasks that are this row's own: rework belongs to those who return."""
    return [one for one in of(law, "userTask") if one.id != "rework"]


@cache
def edges() -> dict[str, list[str]]:
    """Return what follows each element, through link events too."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "processes").rglob("*.bpmn")):
        for flow in xml.parse(path.read_bytes()).iter(f"{BPMN}sequenceFlow"):
            found.setdefault(str(flow.get("sourceRef")), []).append(str(flow.get("targetRef")))
    links = [
        (one, event) for one in nodes() for event in one.node.findall(f"{BPMN}linkEventDefinition")
    ]
    caught = {event.get("name"): one.id for one, event in links if "Catch" in one.kind}
    for one, event in links:
        if "Throw" in one.kind:
            found.setdefault(one.id, []).append(caught[event.get("name")])
    return found


def flows_from(element: str) -> list[str]:
    return edges().get(element, [])


def leads(start: str, goal: str) -> bool:
    """Tell whether a token can come from one element to another."""
    seen, ahead = set(), [start]
    while ahead:
        here = ahead.pop()
        if here == goal:
            return True
        if here not in seen:
            seen.add(here)
            ahead += flows_from(here)
    return False


def test_the_table_has_every_row_of_the_chain() -> None:
    assert list(LAW) == ROWS


@pytest.mark.parametrize("element", nodes(), ids=lambda one: one.id)
def test_every_element_cites_its_paragraph_and_says_what_it_is(element: Drawn) -> None:
    assert element.law, f"{element.id} has no property «law»"
    assert set(element.law) <= set(ROWS)
    assert element.text(f"{BPMN}documentation").strip()
    if element.node.get("name"):
        assert element.properties.get("name:ru"), f"{element.id} has no Russian name"
        assert element.properties.get("name:en"), f"{element.id} has no English name"
    if element.kind in {"userTask", "serviceTask", "businessRuleTask"}:
        assert element.node.get("name")
        assert element.properties.get("doc:ru")
        assert element.properties.get("doc:en")


@pytest.mark.parametrize("key", ROWS)
def test_every_row_has_its_task_in_its_office(key: str) -> None:
    row = LAW[key]
    found = tasks(key)
    assert found, f"{key} stands on no user task"
    parsed = bpmn.parse((ROOT / "processes/kandas/approval.bpmn").read_bytes(), "approval.bpmn")
    process = parsed.processes[row["process"]].process
    for task in found:
        role = task.camunda("candidateGroups").split("@")[0]
        assert role in {row["who"], row.get("signer", row["who"])}, task.id
        element = process.elements[task.id]
        lane = element.lane or process.elements[element.parent].lane
        assert lane == row["lane"], task.id


def term(task: Drawn) -> tuple[str, Drawn]:
    """Return a task's deadline and the activity that its term is drawn on."""
    due = task.camunda("dueDate")
    if "working_days" in due:
        return due, task
    outside = next(one for one in nodes() if one.node is task.parent)
    for parameter in outside.node.iter(f"{CAMUNDA}inputParameter"):
        if due == f"${{{parameter.get('name')}}}":
            return str(parameter.text), outside
    raise AssertionError(f"{task.id}: {due} comes from nowhere")


@pytest.mark.parametrize("key", WITH_TERM)
def test_every_term_is_a_due_date_a_reminder_and_a_timer_that_tells_three_people(key: str) -> None:
    days = LAW[key]["days"]
    for task in tasks(key):
        due, holder = term(task)
        assert due == f"${{working_days({days})}}", task.id
        assert "halfway" in task.camunda("followUpDate"), task.id
        assert task.properties["term"] == str(days), task.id
        assert_told_when_late(task, holder, str(days))


def assert_told_when_late(task: Drawn, holder: Drawn, days: str) -> None:
    """Assert that a timer of the term tells three people and leaves the task open."""
    timers = [
        one
        for one in nodes()
        if one.kind == "boundaryEvent" and one.node.get("attachedToRef") == holder.id
    ]
    late = [
        one
        for one in timers
        if one.text(f"{BPMN}timerEventDefinition/{BPMN}timeCycle")
        == f"${{working_day_cycle(working_days({days}))}}"
    ]
    assert len(late) == 1, f"{holder.id} has no timer for its term"
    assert late[0].node.get("cancelActivity") == "false"
    (target,) = flows_from(late[0].id)
    told = next(one for one in nodes() if one.id == target)
    assert told.camunda("topic") == "kandas.deadline.overdue"
    inputs = {one.get("name"): one.text for one in told.node.iter(f"{CAMUNDA}inputParameter")}
    assert set(inputs) == {"task", "head", "next"}
    assert task.id in [one.strip() for one in str(inputs["task"]).split(",")]
    assert inputs["head"] != inputs["next"]


def assert_norm(task: Drawn, norm: dict[str, Any]) -> None:
    """Assert that a norm the order leaves open is a setting, with the digest's default."""
    days = f"limits.{norm['setting']}"
    assert task.camunda("dueDate") == f"${{working_days({days})}}"
    assert task.camunda("followUpDate") == f"${{halfway(working_days({days}))}}"
    assert "term" not in task.properties, "only a term that the order states is a term"
    assert norm["by"] in task.text(f"{BPMN}documentation")
    assert getattr(Limits(), norm["setting"]) == norm["days"]
    assert_told_when_late(task, task, days)


@pytest.mark.parametrize("key", [key for key in ROWS if "norm" in LAW[key]])
def test_internal_norms_are_settings_that_name_their_resolution(key: str) -> None:
    for task in tasks(key):
        assert_norm(task, LAW[key]["norm"])


def test_only_what_the_order_leaves_open_is_a_setting() -> None:
    named = {
        LAW[key][part]["setting"] for key in ROWS for part in ("norm", "rework") if part in LAW[key]
    }
    drawn = {
        found
        for one in nodes()
        if one.kind == "userTask"
        for found in re.findall(r"limits\.(\w+)", one.camunda("dueDate"))
    }
    assert drawn == named


def test_the_order_of_signatures() -> None:
    drawn = {one.properties["sign"]: one for one in nodes() if "sign" in one.properties}
    wanted = {str(row["sign"]): key for key, row in LAW.items() if "sign" in row}
    assert {
        number: [key for key in one.law if key in wanted.values()][-1]
        for number, one in drawn.items()
    } == wanted
    assert sorted(drawn) == ["1", "2", "3", "4", "5"]
    for earlier, later in zip("123", "234", strict=True):
        assert leads(drawn[earlier].id, drawn[later].id)
    director = drawn["5"].camunda("candidateGroups")
    assert director.startswith(f"{LAW['K-18']['signer']}@")


@pytest.mark.parametrize("key", [key for key in ROWS if "returns" in LAW[key]])
def test_every_return_leads_to_rework_with_its_own_term(key: str) -> None:
    (task,) = [one for one in tasks(key) if "returns" in one.properties]
    assert task.properties["returns"].startswith(key)
    rework = next(one for one in nodes() if one.id == "rework")
    assert key in rework.law
    assert leads(task.id, "rework")
    assert leads("rework", task.id)
    assert_norm(rework, LAW[key]["rework"])
    said = "".join(task.node.itertext())
    if LAW[key]["returns"] == "analogy":
        assert "A-05" in said
    if LAW[key]["returns"] == "parameter":
        table = (ROOT / "processes/kandas/return.dmn").read_text(encoding="utf-8")
        assert "limits.return_target" in table


def test_only_those_offices_return_that_the_order_or_a_resolution_names() -> None:
    drawn = {one.properties["returns"].split()[0] for one in nodes() if "returns" in one.properties}
    assert drawn == {key for key in ROWS if "returns" in LAW[key]}


@pytest.mark.parametrize("key", [key for key in ROWS if "systems" in LAW[key]])
def test_every_outside_system_is_asked_where_the_order_names_it(key: str) -> None:
    drawn = {one.camunda("topic") for one in of(key, "serviceTask")}
    assert set(LAW[key]["systems"]) <= drawn


def test_no_outside_system_is_asked_that_the_order_does_not_name() -> None:
    named = {topic for row in LAW.values() for topic in row.get("systems", [])}
    drawn = {
        one.camunda("topic") for one in nodes() if one.camunda("topic").startswith("registries.")
    }
    assert drawn == named


def test_registries_are_asked_before_scans() -> None:
    assert leads("queries", "scans")
    systems = [one for one in nodes() if one.camunda("topic") in LAW["K-6"]["systems"]]
    assert {one.parent.get("id") for one in systems} == {"queries"}
    assert "queries" in set(flows_from("application"))
    assert "scans" not in set(flows_from("application"))


@pytest.mark.parametrize("key", ROWS)
def test_every_row_leads_to_the_next(key: str) -> None:
    starts = [one.id for one in of(key) if one.kind in {"userTask", "subProcess"}]
    for following in LAW[key]["next"]:
        goals = [
            one.id for one in of(following) if one.kind in {"userTask", "serviceTask", "subProcess"}
        ]
        assert any(leads(start, goal) for start in starts for goal in goals), (key, following)
