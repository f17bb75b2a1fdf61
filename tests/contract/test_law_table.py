"""Every row of both orders stands on a diagram: term, signature, return, system, office (law 9).

The table is `processes/law.toml`; the same functions hold order 170 (K) and order 74 (S) to it.
"""

import re
from typing import Any

import pytest

from engine import bpmn
from handlers.kandas.limits import Limits as KandasLimits
from handlers.support.limits import Limits as SupportLimits
from handlers.support.offices import FIELDS
from handlers.support.services import SERVICES
from tests.contract.law import (
    BPMN,
    CAMUNDA,
    DUTIES,
    LAW,
    ROOT,
    ROWS,
    WORK,
    Drawn,
    Duty,
    drawn,
    duties,
    leads,
    nodes,
    of,
    start_of,
)

#: Settings by order.
LIMITS: dict[str, Any] = {"K": KandasLimits(), "S": SupportLimits()}
#: Who is told by the handler of a missed term.
TOLD = {
    "kandas.deadline.overdue": {"task", "head", "next"},
    "support.deadline.overdue": {"task", "head", "next"},
}
PROCESSES = {
    "kandas_approval": "kandas/approval.bpmn",
    "support_plan": "support/plan.bpmn",
    "support_measure": "support/measure.bpmn",
    "support_quarters": "support/quarters.bpmn",
    "support_quarter": "support/quarter.bpmn",
    "support_followup": "support/followup.bpmn",
}


def test_the_table_has_every_row_of_both_orders() -> None:
    assert list(LAW) == ROWS["K"] + ROWS["S"]
    assert {one.process for one in nodes()} == set(PROCESSES)


@pytest.mark.parametrize("element", nodes(), ids=str)
def test_every_element_cites_its_paragraph_and_says_what_it_is(element: Drawn) -> None:
    order = "K" if element.process.startswith("kandas") else "S"
    assert element.law, f"{element} has no property «law»"
    assert set(element.law) <= set(ROWS[order])
    assert element.documentation.strip()
    if element.node.get("name"):
        assert element.properties.get("name:ru"), f"{element} has no Russian name"
        assert element.properties.get("name:en"), f"{element} has no English name"
    if element.kind in WORK | {"callActivity"}:
        assert element.node.get("name")
    assert element.properties.get("doc:ru")
    assert element.properties.get("doc:en")


@pytest.mark.parametrize("key", [key for key in LAW if "elements" in LAW[key]])
def test_what_is_nobody_s_task_stands_on_its_elements(key: str) -> None:
    for element in start_of(key):
        assert key in element.law, element


def office(task: Drawn) -> str:
    path = ROOT / "processes" / PROCESSES[task.process]
    process = bpmn.parse(path.read_bytes(), path.name).processes[task.process].process
    element = process.elements[task.id]
    return element.lane or process.elements[element.parent].lane


@pytest.mark.parametrize("duty", DUTIES, ids=str)
def test_every_row_has_its_task_in_its_office(duty: Duty) -> None:
    assert duty.tasks, f"{duty} stands on no user task"
    for task in duty.tasks:
        assert duty.key in task.law, task
        assert task.process == duty["process"]
        role = task.camunda("candidateGroups").split("@")[0]
        who = duty["who"]
        assert role in {who, duty.get("signer", who)}, task
        assert office(task) == duty["lane"], task


def test_every_user_task_is_somebody_s_duty() -> None:
    known = {str(task) for duty in DUTIES for task in duty.tasks} | {"kandas_approval.rework"}
    assert {str(one) for one in nodes() if one.kind == "userTask"} == known


def term(task: Drawn) -> tuple[str, Drawn]:
    """Return a task's deadline and the activity that its term is drawn on."""
    due = task.camunda("dueDate")
    if "working_days" in due:
        return due, task
    outside = next(one for one in nodes() if one.node is task.parent)
    for parameter in outside.node.iter(f"{CAMUNDA}inputParameter"):
        if due == f"${{{parameter.get('name')}}}":
            return str(parameter.text), outside
    raise AssertionError(f"{task}: {due} comes from nowhere")


def told_by(timer: Drawn) -> Drawn:
    """Return the service task that a timer's token comes to; the work itself goes on."""
    assert timer.node.get("cancelActivity") == "false"
    (target,) = timer.following
    return target


@pytest.mark.parametrize("duty", [one for one in DUTIES if isinstance(one["days"], int)], ids=str)
def test_every_term_is_a_due_date_a_reminder_and_a_timer_that_tells_three_people(
    duty: Duty,
) -> None:
    days = duty["days"]
    for task in duty.tasks:
        due, holder = term(task)
        assert due == f"${{working_days({days})}}", task
        assert "halfway" in task.camunda("followUpDate"), task
        assert task.properties["term"] == str(days), task
        assert_told_when_late(task, holder, str(days))


def assert_told_when_late(task: Drawn, holder: Drawn, days: str) -> None:
    """Assert that a timer of the term tells three people and leaves the task open."""
    timer = holder.timers()[f"${{working_day_cycle(working_days({days}))}}"]
    told = told_by(timer)
    inputs = told.inputs
    assert set(inputs) == TOLD[told.camunda("topic")]
    assert task.id in [one.strip() for one in inputs["task"].split(",")]
    assert inputs["head"] != inputs["next"]


@pytest.mark.parametrize("duty", [one for one in DUTIES if one["days"] == "plan"], ids=str)
def test_the_plan_s_own_term_is_reminded_of_told_and_told_to_the_superior(duty: Duty) -> None:
    (task,) = duty.tasks
    assert task.camunda("dueDate") == "${work_due}"
    assert task.camunda("followUpDate") == "${halfway(work_due)}"
    assert task.properties["term"] == "plan"
    late = told_by(task.timers()["${working_day_cycle(work_due)}"])
    assert late.camunda("topic") == "support.measure.overdue"
    assert set(late.inputs) == {"id", "body", "centre"}
    superior = told_by(task.timers("timeDate")["${working_days(5, work_due)}"])
    assert superior.camunda("topic") == "support.measure.superior"
    first = drawn(task.process, "first_term").text(f"{BPMN}script")
    assert "working_days(measure.days)" in first
    assert "working_day_end(measure.term)" in first


def assert_norm(task: Drawn, key: str, norm: dict[str, Any]) -> None:
    """Assert that a norm the order leaves open is a setting, with the digest's default."""
    days = f"limits.{norm['setting']}"
    assert task.camunda("dueDate") == f"${{working_days({days})}}"
    assert task.camunda("followUpDate") == f"${{halfway(working_days({days}))}}"
    assert "term" not in task.properties, "only a term that the order states is a term"
    assert norm["by"] in task.documentation
    assert getattr(LIMITS[key[0]], norm["setting"]) == norm["days"]
    if norm.get("told", True):
        assert_told_when_late(task, task, days)


@pytest.mark.parametrize("duty", duties("norm"), ids=str)
def test_internal_norms_are_settings_that_name_their_resolution(duty: Duty) -> None:
    for task in duty.tasks:
        assert_norm(task, duty.key, duty["norm"])


@pytest.mark.parametrize("order", ROWS)
def test_only_what_the_order_leaves_open_is_a_setting(order: str) -> None:
    named = {
        duty[part]["setting"]
        for duty in DUTIES
        for part in ("norm", "rework")
        if duty.key[0] == order and part in duty and "setting" in duty[part]
    }
    found = {
        setting
        for one in nodes()
        if one.kind == "userTask" and one.law[0][0] == order
        for setting in re.findall(r"limits\.(\w+)", one.camunda("dueDate"))
    }
    assert found == named


@pytest.mark.parametrize("order", ROWS)
def test_signatures_stand_where_the_order_or_a_resolution_puts_them(order: str) -> None:
    wanted = {
        (str(task), str(duty["sign"]))
        for duty in duties("sign")
        for task in duty.tasks
        if duty.key[0] == order and ("signer" not in duty or task.id == "director_signature")
    }
    signed = {
        (str(one), one.properties["sign"])
        for one in nodes()
        if "sign" in one.properties and one.law[0][0] == order
    }
    assert signed == wanted


def test_the_order_of_the_chain_s_signatures() -> None:
    signed = {
        one.properties["sign"]: one
        for one in nodes()
        if "sign" in one.properties and one.process == "kandas_approval"
    }
    assert sorted(signed) == ["1", "2", "3", "4", "5"]
    for earlier, later in zip("123", "234", strict=True):
        assert leads(signed[earlier], signed[later])
    director = signed["5"].camunda("candidateGroups")
    assert director.startswith(f"{LAW['K-18']['signer']}@")


@pytest.mark.parametrize("duty", duties("signed"), ids=str)
def test_a_signature_that_the_order_does_not_name_is_a_setting(duty: Duty) -> None:
    """B-08: by default the head signs; without, the same form stands on another task."""
    (task,) = duty.tasks
    assert getattr(LIMITS["S"], duty["signed"]) is True
    asked = [
        flow for flow in _conditions(task.process) if f"limits.{duty['signed']} = true" in flow
    ]
    assert asked
    plain = drawn(task.process, f"{task.id}_plain")
    assert plain.camunda("formKey") == task.camunda("formKey")
    assert "sign" not in plain.properties


def _conditions(process: str) -> list[str]:
    found = next(one.node.getroottree() for one in nodes() if one.process == process)
    return [str(one.text) for one in found.iter(f"{BPMN}conditionExpression")]


@pytest.mark.parametrize(
    "duty", [one for one in duties("returns") if one.key.startswith("K")], ids=str
)
def test_every_return_of_the_chain_leads_to_rework_with_its_own_term(duty: Duty) -> None:
    key = duty.key
    (task,) = [one for one in duty.tasks if "returns" in one.properties]
    assert task.properties["returns"].startswith(key)
    rework = drawn(task.process, "rework")
    assert key in rework.law
    assert leads(task, rework)
    assert leads(rework, task)
    assert_norm(rework, key, duty["rework"])
    said = "".join(task.node.itertext())
    if duty["returns"] == "analogy":
        assert "A-05" in said
    if duty["returns"] == "parameter":
        table = (ROOT / "processes/kandas/return.dmn").read_text(encoding="utf-8")
        assert "limits.return_target" in table


@pytest.mark.parametrize(
    "duty", [one for one in duties("returns") if one.key.startswith("S")], ids=str
)
def test_every_return_leads_back_to_who_did_the_work(duty: Duty) -> None:
    (task,) = duty.tasks
    goal = drawn(task.process, duty["returns"])
    assert task.properties["returns"] == f"{duty.key} → {goal.id}"
    assert leads(task, goal)
    assert leads(goal, task)


def test_a_returned_measure_has_two_days_or_the_rest_of_its_term_and_is_escalated() -> None:
    (duty,) = [one for one in duties("rework") if one.key == "S-11.3"]
    rework = duty["rework"]
    element = drawn("support_measure", "rework_term")
    script = element.text(f"{BPMN}script")
    assert f"min(working_days({rework['days']}), plan_due)" in script
    assert f"working_days(limits.{rework['late']})" in script
    assert "rounds = rounds + 1" in script
    assert rework["by"] in element.documentation
    assert f"= rounds >= limits.{rework['rounds']}" in _conditions("support_measure")
    assert getattr(LIMITS["S"], rework["rounds"]) == 2
    told = drawn("support_measure", "escalated_told")
    assert leads(element, told)
    assert [one.id for one in told.following] == ["escalation"]


def test_only_those_offices_return_that_the_order_or_a_resolution_names() -> None:
    found = {
        (one.process, one.properties["returns"].split()[0])
        for one in nodes()
        if "returns" in one.properties
    }
    assert found == {(duty["process"], duty.key) for duty in duties("returns")}


@pytest.mark.parametrize("key", [key for key in LAW if "systems" in LAW[key]])
def test_every_outside_system_is_asked_where_the_order_names_it(key: str) -> None:
    found = {one.camunda("topic") for one in of(key, "serviceTask")}
    assert set(LAW[key]["systems"]) <= found


@pytest.mark.parametrize("order", ROWS)
def test_no_outside_system_is_asked_that_the_order_does_not_name(order: str) -> None:
    named = {topic for key in ROWS[order] for topic in LAW[key].get("systems", [])}
    found = {
        one.camunda("topic")
        for one in nodes()
        if one.camunda("topic").startswith("registries.") and one.law[0][0] == order
    }
    assert found == named


def test_registries_are_asked_before_scans() -> None:
    queries = drawn("kandas_approval", "queries")
    assert leads(queries, drawn("kandas_approval", "scans"))
    systems = [one for one in nodes() if one.camunda("topic") in LAW["K-6"]["systems"]]
    assert {one.parent.get("id") for one in systems} == {"queries"}
    after = {one.id for one in drawn("kandas_approval", "application").following}
    assert "queries" in after
    assert "scans" not in after


def test_systems_are_asked_before_the_plan_is_made() -> None:
    systems = [one for one in nodes() if one.camunda("topic") in LAW["S-4.8"]["systems"]]
    assert {one.parent.get("id") for one in systems} == {"queries"}
    assert leads(drawn("support_plan", "intake"), drawn("support_plan", "queries"))
    assert "plan" not in {one.id for one in drawn("support_plan", "intake").following}


@pytest.mark.parametrize("key", LAW)
def test_every_row_leads_to_the_next(key: str) -> None:
    starts = start_of(key)
    assert starts
    for following in LAW[key]["next"]:
        goals = of(following, "userTask", "serviceTask", "subProcess", "callActivity")
        assert any(leads(start, goal) for start in starts for goal in goals), (key, following)


def test_the_twelve_fields_of_order_74_are_the_offices_that_take_part() -> None:
    assert list(FIELDS) == LAW["S-5"]["fields"]


def test_every_public_service_has_its_term_in_the_register_s_table() -> None:
    table = (ROOT / "processes/support/terms.dmn").read_text(encoding="utf-8")
    assert set(re.findall(r'<text>"([a-z]+\.[a-z]+)"</text>', table)) == set(SERVICES)
    assert "B-07" in table
    assert "B-07" in drawn("support_plan", "terms").documentation


def test_the_quarter_s_timer_comes_each_quarter() -> None:
    start = drawn("support_quarters", "quarter_over")
    cycle = start.text(f"{BPMN}timerEventDefinition/{BPMN}timeCycle")
    assert cycle.endswith(f"/{LAW['S-13']['period']}")
    day = drawn("support_quarter", "monitoring_day")
    assert "limits.monitoring_day" in day.text(f"{BPMN}timerEventDefinition/{BPMN}timeDate")
    assert "B-11" in day.documentation
    sent = drawn("support_quarter", "conclusion_sent")
    assert "B-03" in sent.documentation
    assert leads(sent, drawn("support_quarter", "acquaintance"))
