"""The diagrams of order 74 as the engine plays them: acts by hand, no handlers, no forms."""

from functools import cache
from pathlib import Path
from typing import Any

from engine import bpmn, dmn
from engine.model.problems import Severity
from tests.unit.bpmn.drawing import Case

FOLDER = Path(__file__).parents[3] / "processes/support"
LIMITS: dict[str, object] = {
    "intake_days": 3,
    "plan_days": 5,
    "approval_days": 1,
    "approval_signed": True,
    "takeover_days": 3,
    "acceptance_days": 2,
    "answer_days": 2,
    "late_rework_days": 1,
    "rounds": 2,
    "registry_wait": "PT10M",
    "followup_months": [3, 12],
    "monitoring_day": 15,
    "conclusion_days": 5,
    "conclusion_signed": True,
}
OFFICES: dict[str, object] = {
    "centre": "fsc.47.1",
    "region": "47",
    "head": "centre_head@fsc.47.1",
}
#: As the records number them, two measures at two bodies.
PLANNED: list[dict[str, object]] = [
    {"id": "m1", "service": "edu.meals", "days": None, "term": None},
    {"id": "m2", "service": None, "days": 7, "term": None},
]


@cache
def definition(name: str) -> bpmn.Definition:
    parsed = bpmn.parse((FOLDER / f"{name}.bpmn").read_bytes(), f"{name}.bpmn")
    assert [one for one in parsed.problems if one.severity is Severity.ERROR] == []
    (found,) = parsed.processes.values()
    return found


@cache
def terms() -> dmn.Model:
    return dmn.load((FOLDER / "terms.dmn").read_bytes())


def decide(ref: str, variables: Any) -> tuple[object, object]:
    return terms().decide(ref, variables).value, []


def measure(number: int = 1, **other: object) -> dict[str, object]:
    return {
        "id": f"m{number}",
        "number": f"Ж-26-00122/{number}",
        "body": "sb.education.47",
        "superior": "support_supervisor@leo.47",
        "days": 5,
        "term": None,
        **other,
    }


def a_plan(**limits: object) -> Case:
    return Case(
        definition("plan"),
        decide=decide,
        plan="Ж-26-00122",
        version=1,
        limits={**LIMITS, **limits},
        **OFFICES,
    )


def a_measure(one: dict[str, object] | None = None, **limits: object) -> Case:
    return Case(
        definition("measure"),
        measure=one or measure(),
        limits={**LIMITS, **limits},
        **OFFICES,
    )


QUERIES = ("query_family_card", "query_services", "query_enforcement", "query_probation")


def opened(case: Case) -> Case:
    """Take the case in and have the systems answer."""
    case.complete("intake", outcome="open")
    for query in QUERIES:
        case.finish(query, outcome="answered")
    return case


def planned(case: Case, *numbers: int) -> Case:
    """Make the plan up to the head's approval."""
    case.complete("plan", decision="submit", planned=PLANNED, version=1)
    kept = [measure(number) for number in numbers or (1, 2)]
    case.finish("terms_kept", measures=kept)
    return case


def running(**limits: object) -> Case:
    """Return a plan whose measures run."""
    case = planned(opened(a_plan(**limits)))
    signed = "approval" if case.variables["limits"]["approval_signed"] else "approval_plain"  # type: ignore[index]
    case.complete(signed, decision="approve")
    return case


def ready(**limits: object) -> Case:
    """Return a plan with no open measure."""
    case = running(**limits)
    for _ in range(2):
        case.finish("measures", outcome="done")
    return case


def sent(case: Case) -> Case:
    case.finish("sending")
    return case


def accepted(case: Case) -> Case:
    sent(case).complete("acceptance", decision="accept")
    return case


def reported(case: Case) -> Case:
    accepted(case).complete("work", decision="report")
    return case
