"""Handlers of order 74 as the executor calls them: the card, the unified system, supervision."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from engine.handling import extensions
from engine.jobs.calling import Failed, Succeeded
from handlers.people import records
from handlers.people.facts import MemberFacts, Relationship
from handlers.registries import changes, enforcement, probation, supervision, told, unified_system
from handlers.registries.sandbox import Mode, Sandbox
from handlers.registries.sandbox.hardship import Hardship
from handlers.registries.sandbox.hardships import hardships
from tests.unit.registries.conftest import AT, PATIENCE, Case, pick_hardship, save_family

PLAN = "Ж-26-00122"
SITUATION = "registries.family_card.situation"
SERVICES = "registries.unified_system.services"
COMPLETED = "registries.family_card.plan_completed"
NEWS = "registries.unified_system.plan"
CHANGES = "registries.family_card.status_changes"
ADAPTERS = {
    "enforcement": "registries.enforcement.probation",
    "probation": "registries.probation.record",
}
QUESTIONS = {
    SITUATION: "family_card",
    SERVICES: "unified_system",
    **{topic: name for name, topic in ADAPTERS.items()},
}
COMMANDS: dict[str, dict[str, object]] = {
    COMPLETED: {"completed_on": "2026-09-04", "result": "exceptions"},
    NEWS: {"status": "completed"},
}
FAULTS = {
    Mode.SLOW: "unavailable",
    Mode.DOWN: "unavailable",
    Mode.MALFORMED: "malformed",
    Mode.WRONG_SIGNATURE: "wrong_signature",
    Mode.OTHER_PERSON: "other_person",
}
DANA = hardships()[0]
WATCHED = pick_hardship(lambda one: one.watched)


@pytest.fixture
def plan(case: Case) -> Case:
    case.number = PLAN
    case.settings["registries.probation_owner"] = "probation, enforcement"
    return case


def outputs(outcome: object) -> dict[str, object]:
    assert isinstance(outcome, Succeeded), outcome
    json.dumps(outcome.outputs, default=str)
    return dict(outcome.outputs)


def test_the_situation_goes_to_the_log_and_only_its_outcome_to_the_diagram(plan: Case) -> None:
    save_family(plan, DANA.family)
    found = outputs(plan.call(SITUATION))
    assert found == {"outcome": "found", "source": "system", "scans": [], "differences": 0}
    with plan.database.reading() as uow:
        said = told.situation(uow.session, PLAN)
    assert said is not None
    assert (said.value.level, said.value.determined_on) == ("E", date(2026, 8, 17))
    assert said.value.statuses == ["low_income", "single_parent", "unemployed"]


def test_whom_the_card_knows_otherwise_is_a_difference(plan: Case) -> None:
    stranger = hardships()[1].family.applicant
    ids = save_family(
        plan,
        replace(
            DANA.family,
            members=(
                *DANA.family.members[:2],
                MemberFacts(person=stranger, relationship=Relationship.SIBLING),
            ),
        ),
    )
    found = outputs(plan.call(SITUATION))
    assert (found["outcome"], found["differences"]) == ("mismatch", 2)
    fields = {(one.field, one.person, one.there[:6]) for one in plan.answers()[0].differences}
    assert fields == {
        ("relative.child", "", "Болат "),
        ("relationship", ids[stranger.iin or ""], ""),
    }


def test_support_that_is_given_today_is_counted(plan: Case) -> None:
    save_family(plan, DANA.family)
    found = outputs(plan.call(SERVICES))
    running = [one for one in DANA.support if one.until is None or one.until >= AT.date()]
    assert (found["outcome"], found["source"], found["running"]) == (
        "found",
        "system",
        len(running),
    )
    with plan.database.reading() as uow:
        said = told.services(uow.session, PLAN)
    assert said is not None
    assert {(one.iin, one.code) for one in said.value} == {
        (one.iin, one.code) for one in DANA.support
    }


def test_no_support_is_an_answer(plan: Case, sandbox: Sandbox) -> None:
    save_family(plan, DANA.family)
    sandbox.switch("unified_system", Mode.NOT_FOUND)
    found = outputs(plan.call(SERVICES))
    assert (found["outcome"], found["source"], found["running"]) == ("not_found", "system", 0)
    with plan.database.reading() as uow:
        said = told.services(uow.session, PLAN)
        assert said is not None
        assert said.value == []


def test_nothing_was_said_before_anybody_was_asked(plan: Case) -> None:
    save_family(plan, DANA.family)
    with plan.database.reading() as uow:
        assert told.situation(uow.session, PLAN) is None
        assert told.services(uow.session, PLAN) is None
        assert told.supervision(uow.session, PLAN, restricted=True) == []


@pytest.mark.parametrize("topic", QUESTIONS)
@pytest.mark.parametrize("mode", FAULTS)
def test_a_fault_is_retried_and_then_the_case_goes_on(
    topic: str, mode: Mode, plan: Case, sandbox: Sandbox
) -> None:
    save_family(plan, WATCHED.family)
    sandbox.switch(QUESTIONS[topic], mode)
    if mode is Mode.SLOW:
        plan.settings["registries.timeout"] = str(PATIENCE)
    for plan.attempt in (1, 2):
        failed = plan.call(topic)
        assert isinstance(failed, Failed)
        assert not failed.hopeless
        assert not any(iin in str(failed.reason) for iin in WATCHED.family.by_iin)
        assert plan.answers(restricted=True) == []
    plan.attempt = 3
    found = outputs(plan.call(topic))
    assert (found["outcome"], found["source"]) == (FAULTS[mode], "scan")
    (answer,) = plan.answers(restricted=True)
    assert (answer.outcome, answer.source) == (FAULTS[mode], "scan")
    with plan.database.reading() as uow:
        assert told.situation(uow.session, PLAN) is None
        assert told.services(uow.session, PLAN) is None
        assert told.supervision(uow.session, PLAN, restricted=True) == []


@pytest.mark.parametrize("topic", COMMANDS)
def test_a_command_insists_and_arrives_once(topic: str, plan: Case, sandbox: Sandbox) -> None:
    save_family(plan, DANA.family)
    system = topic.split(".")[1]
    sandbox.switch(system, Mode.DOWN)
    plan.attempt = 21
    assert isinstance(plan.call(topic, **COMMANDS[topic]), Failed)
    assert outputs(plan.call(topic, patience=2, **COMMANDS[topic]))["outcome"] == "unavailable"
    sandbox.switch(system, Mode.OK)
    first, again = (outputs(plan.call(topic, **COMMANDS[topic])) for _ in range(2))
    assert first == again
    assert first["outcome"] == "found"
    assert first["accepted_at"] is not None


def test_the_card_is_told_date_and_result_of_the_completion(plan: Case, sandbox: Sandbox) -> None:
    save_family(plan, DANA.family)
    outputs(plan.call(COMPLETED, **COMMANDS[COMPLETED]))
    kept = sandbox.server.world.care.completions[PLAN]
    assert (kept.iin, kept.completed_on, kept.result) == (
        DANA.family.applicant.iin,
        date(2026, 9, 4),
        "exceptions",
    )


def test_a_completion_without_a_result_is_refused(plan: Case) -> None:
    save_family(plan, DANA.family)
    for wrong in ({"completed_on": "2026-09-04"}, {"completed_on": "2026-09-04", "result": "so"}):
        assert isinstance(plan.call(COMPLETED, **wrong), Failed)


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[unified_system.PlanState]:
    """Keep one plan: where the domain keeps its plans is tried with the domain."""
    measure = unified_system.MeasureState(
        number=f"{PLAN}/3",
        service="00101",
        body="sb.education.10",
        status="in_work",
        term=date(2026, 10, 1),
    )
    state = unified_system.PlanState(approved_on=date(2026, 9, 1), measures=[measure])
    monkeypatch.setattr(unified_system, "_sources", [])
    unified_system.plans_from(lambda session, number: state if number == PLAN else None)
    return state


def test_the_unified_system_is_told_how_the_measures_stand(
    plan: Case, sandbox: Sandbox, source: unified_system.PlanState
) -> None:
    save_family(plan, DANA.family)
    plan.key = "job-measures"
    outputs(plan.call(NEWS, status="measures"))
    kept = sandbox.server.world.care.plans[PLAN][-1]
    assert (kept.status, kept.plan) == ("measures", source)


def test_the_log_keeps_situation_and_services_beside_what_was_told(plan: Case) -> None:
    save_family(plan, DANA.family)
    for topic in (SITUATION, SERVICES):
        outputs(plan.call(topic))
    for topic, inputs in COMMANDS.items():
        outputs(plan.call(topic, **inputs))
    assert len(plan.answers()) == 4
    with plan.database.reading() as uow:
        assert told.situation(uow.session, PLAN) is not None
        assert told.services(uow.session, PLAN) is not None


@pytest.mark.parametrize("topic", [SITUATION, COMPLETED, NEWS])
def test_without_an_iin_nobody_is_asked(topic: str, plan: Case, sandbox: Sandbox) -> None:
    nameless = replace(DANA.family.members[0], person=replace(DANA.family.applicant, iin=None))
    save_family(plan, replace(DANA.family, members=(nameless,)))
    before = sandbox.server.switches.questions()
    assert outputs(plan.call(topic, **COMMANDS.get(topic, {})))["outcome"] == "not_asked"
    assert sandbox.server.switches.questions() == before


@pytest.mark.parametrize("system", ADAPTERS)
def test_an_adapter_is_off_until_the_owner_of_the_data_is_named(
    system: str, case: Case, sandbox: Sandbox
) -> None:
    case.number = PLAN
    save_family(case, WATCHED.family)
    before = sandbox.server.switches.questions()[system]
    assert outputs(case.call(ADAPTERS[system])) == {"outcome": "off", "source": "system"}
    assert sandbox.server.switches.questions()[system] == before
    # It says nothing of anybody: everybody may see that nobody was asked.
    (answer,) = case.answers()
    assert (answer.system, answer.outcome, answer.person) == (system, "off", "")
    other = next(name for name in ADAPTERS if name != system)
    case.settings["registries.probation_owner"] = other
    assert outputs(case.call(ADAPTERS[system]))["outcome"] == "off"
    case.settings["registries.probation_owner"] = system
    assert outputs(case.call(ADAPTERS[system]))["outcome"] == "answered"
    assert sandbox.server.switches.questions()[system] > before


def test_an_owner_that_is_no_system_is_an_error_and_nobody_is_asked(
    plan: Case, sandbox: Sandbox
) -> None:
    save_family(plan, WATCHED.family)
    plan.settings["registries.probation_owner"] = "justice"
    before = sandbox.server.switches.questions()
    failed = plan.call(ADAPTERS["probation"])
    assert isinstance(failed, Failed)
    assert "justice" in str(failed.reason)
    assert sandbox.server.switches.questions() == before


@pytest.mark.parametrize("system", ADAPTERS)
def test_the_process_does_not_learn_who_is_under_supervision(system: str, plan: Case) -> None:
    save_family(plan, WATCHED.family)
    one = outputs(plan.call(ADAPTERS[system]))
    plan.number = "Ж-26-00123"
    save_family(plan, pick_hardship(lambda found: not found.watched).family)
    assert (
        outputs(plan.call(ADAPTERS[system]))
        == one
        == {
            "outcome": "answered",
            "source": "system",
        }
    )


@pytest.mark.parametrize("system", ADAPTERS)
def test_what_they_say_is_restricted(system: str, plan: Case) -> None:
    ids = save_family(plan, WATCHED.family)
    outputs(plan.call(ADAPTERS[system]))
    assert plan.answers() == []
    kept = plan.answers(restricted=True)
    adults = {
        ids[one.person.iin or ""]
        for one in WATCHED.family.members
        if one.relationship is not Relationship.CHILD
    }
    assert {one.person for one in kept} == adults
    applicant = ids[WATCHED.family.applicant.iin or ""]
    assert {one.person for one in kept if one.outcome == "found"} == {applicant}
    with plan.database.reading() as uow:
        assert all(records.answer_text(uow.session, one.id) is None for one in kept)
        assert told.supervision(uow.session, PLAN, restricted=False) == []
        (said,) = told.supervision(uow.session, PLAN, restricted=True)
    assert (said.person, said.value.since) == (applicant, WATCHED.watched[0].since)


def test_children_under_fourteen_are_not_asked_about(plan: Case, sandbox: Sandbox) -> None:
    children = [one for one in DANA.family.members if one.relationship is Relationship.CHILD]
    save_family(plan, replace(DANA.family, members=tuple(children)))
    before = sandbox.server.switches.questions()
    for topic in ADAPTERS.values():
        assert outputs(plan.call(topic))["outcome"] == "not_asked"
    assert sandbox.server.switches.questions() == before


def between(one: Hardship, first: date, last: date) -> int:
    """Say by the family's own history whether it rose (1), fell (-1) or neither."""
    before, after = one.stage(first), one.stage(last)
    assert before is not None
    assert after is not None
    return (after.level < before.level) - (after.level > before.level)


def test_changes_of_a_quarter_are_counted(plan: Case) -> None:
    first, last = date(2026, 10, 1), date(2026, 12, 31)
    ids: dict[str, str] = {}
    for one in hardships():
        plan.number = f"Ж-26-{one.number:05d}"
        ids |= save_family(plan, one.family)
    plan.number, plan.key = "Т-26-4-fsc.10.1", "job-quarter"
    found = outputs(plan.call(CHANGES, persons=list(ids.values()), first=first, last=last))
    ways = [between(one, first, last) for one in hardships() for _ in one.family.by_iin]
    assert (found["improved"], found["worsened"], found["unchanged"]) == (
        ways.count(1),
        ways.count(-1),
        ways.count(0),
    )
    assert set(ways) == {1, 0, -1}
    assert found["people"] == found["known"] == len(ids)
    assert found["gained"]["employed"] > 0  # type: ignore[index]
    # Many people under the number of a quarter: whoever reads that case does not see them.
    assert plan.answers() == []
    assert [one.outcome for one in plan.answers(restricted=True)] == ["found"]


def test_many_people_are_asked_about_in_several_questions(
    plan: Case, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "BATCH", 2)
    ids = save_family(plan, DANA.family)
    before = sandbox.server.switches.questions()["family_card"]
    days = {"first": date(2026, 10, 1), "last": date(2026, 12, 31)}
    found = outputs(plan.call(CHANGES, persons=list(ids.values()), **days))
    assert sandbox.server.switches.questions()["family_card"] == before + 2
    assert (found["known"], found["improved"]) == (3, 3)


def test_whom_the_card_did_not_know_yet_is_neither_better_nor_worse(plan: Case) -> None:
    ids = save_family(plan, DANA.family)
    days = {"first": date(2026, 1, 1), "last": date(2026, 12, 31)}
    found = outputs(plan.call(CHANGES, persons=[*ids.values(), "nobody"], **days))
    assert (found["outcome"], found["people"], found["known"]) == ("not_found", 3, 0)
    assert found["improved"] == found["worsened"] == found["unchanged"] == 0


@pytest.mark.parametrize("mode", FAULTS)
def test_a_quarter_goes_on_without_the_card(mode: Mode, plan: Case, sandbox: Sandbox) -> None:
    ids = save_family(plan, DANA.family)
    sandbox.switch("family_card", mode)
    if mode is Mode.SLOW:
        plan.settings["registries.timeout"] = str(PATIENCE)
    inputs = {"persons": list(ids.values()), "first": "2026-10-01", "last": "2026-12-31"}
    assert isinstance(plan.call(CHANGES, **inputs), Failed)
    plan.attempt = 3
    found = outputs(plan.call(CHANGES, **inputs))
    assert (found["outcome"], found["people"], found["known"]) == (FAULTS[mode], 3, 0)


def test_topics_cite_what_they_are_for() -> None:
    for topic in (*QUESTIONS, *COMMANDS, CHANGES):
        assert extensions.handlers[topic].about
    assert supervision.ADAPTERS == (enforcement.SYSTEM, probation.SYSTEM)
