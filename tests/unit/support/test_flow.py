"""Every path of the plan cycle ends (order 74): the diagrams played by hand-made acts."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from engine.model.steps import OpenCall, OpenHandler, OpenTask, OpenTimer, OpenWait
from tests.unit.bpmn.drawing import START, Case
from tests.unit.support.walking import (
    LIMITS,
    OFFICES,
    QUERIES,
    a_measure,
    a_plan,
    accepted,
    decide,
    definition,
    measure,
    opened,
    planned,
    ready,
    reported,
    running,
    sent,
    terms,
)


def tasks(case: Case) -> list[str]:
    return sorted(one.element for one in case.opened.values() if isinstance(one, OpenTask))


def handlers(case: Case) -> list[str]:
    return sorted(one.element for one in case.opened.values() if isinstance(one, OpenHandler))


def called(case: Case) -> list[OpenCall]:
    return [one for one in case.opened.values() if isinstance(one, OpenCall)]


def the(case: Case, element: str) -> Any:
    return case.opened[case.token(element)]


def ended(case: Case) -> str:
    assert case.done
    return case.step.end


# Terms (S-10, B-07).


@pytest.mark.parametrize(
    ("item", "days", "term"),
    [
        ({"service": "edu.meals", "days": None, "term": None}, 5, None),
        ({"service": "edu.meals", "days": 3, "term": None}, 3, None),
        ({"service": "edu.meals", "days": 9, "term": None}, 5, None),
        ({"service": None, "days": 7, "term": None}, 7, None),
        ({"service": "something.else", "days": 7, "term": None}, 7, None),
        ({"service": "soc.special", "days": None, "term": date(2026, 5, 4)}, None, (2026, 5, 4)),
    ],
    ids=[
        "the register's",
        "the Centre may be shorter",
        "but not longer",
        "no public service: the Centre's",
        "a service the register does not have",
        "a date stays a date",
    ],
)
def test_terms_of_measures(
    item: dict[str, object], days: int | None, term: tuple[int, int, int] | None
) -> None:
    made = terms().decide("support_terms", {"planned": [{"id": "m1", **item}]}).value
    assert made == [{"id": "m1", "days": days, "term": date(*term) if term else None}]


def test_a_plan_without_measures_has_no_terms() -> None:
    assert terms().decide("support_terms", {"planned": []}).value == []


# The plan.


def test_a_plan_from_intake_to_the_message_that_begins_the_follow_up() -> None:
    case = a_plan()
    assert tasks(case) == ["intake"]
    case.complete("intake", outcome="open")
    assert handlers(case) == sorted(QUERIES)
    for query in QUERIES:
        case.finish(query, outcome="answered")
    case.complete("plan", decision="submit", planned=[{"id": "m1", "service": "edu.meals"}])
    assert the(case, "terms_kept").inputs == {"terms": [{"id": "m1", "days": 5, "term": None}]}
    case.finish("terms_kept", measures=[measure(1), measure(2)])
    assert the(case, "approval").candidates == ("centre_head@fsc.47.1",)
    case.complete("approval", decision="approve")
    assert [(one.called, one.business_key) for one in called(case)] == [
        ("support_measure", "Ж-26-00122/1"),
        ("support_measure", "Ж-26-00122/2"),
    ]
    assert set(called(case)[0].variables) == {"measure", "centre", "head", "limits"}
    case.finish("measures", outcome="done")
    assert tasks(case) == []
    case.finish("measures", outcome="refused")
    assert tasks(case) == ["completion"]
    case.complete("completion", decision="complete")
    case.finish("completion_kept", result="exceptions", completed_on=date(2026, 4, 3))
    assert the(case, "family_card_told").inputs == {
        "completed_on": date(2026, 4, 3),
        "result": "exceptions",
        "patience": "0",
    }
    case.finish("family_card_told", outcome="accepted")
    case.finish("unified_system_told", outcome="accepted")
    assert ended(case) == "followup_begun"
    (thrown,) = case.step.thrown
    assert (thrown.name, thrown.business_key) == ("support.followup", "Ж-26-00122/Б")
    assert thrown.payload == {
        "plan": "Ж-26-00122",
        "limits": LIMITS,
        "completed_on": date(2026, 4, 3),
        **OFFICES,
    }


def test_a_case_is_opened_by_the_family_card() -> None:
    payload = {"plan": "Ж-26-00123", "limits": LIMITS, **OFFICES}
    case = Case(definition("plan"), element="detected", payload=payload)
    assert tasks(case) == ["intake"]


@pytest.mark.parametrize("outcome", ["not_in_difficulty", "no_consent"])
def test_without_ground_or_consent_the_case_is_closed(outcome: str) -> None:
    case = a_plan()
    case.complete("intake", outcome=outcome)
    assert the(case, "not_opened_closed").inputs == {"outcome": outcome}
    case.finish("not_opened_closed")
    assert ended(case) == "not_opened"


def test_a_family_may_refuse_the_plan() -> None:
    case = opened(a_plan())
    case.complete("plan", decision="family_refuses")
    case.finish("refused_closed")
    assert ended(case) == "refused"


def test_the_plan_does_not_wait_for_systems_that_are_down() -> None:
    case = a_plan()
    case.complete("intake", outcome="open")
    case.fire("queries_wait_over")
    assert tasks(case) == ["plan"]
    for query in QUERIES:
        case.finish(query, outcome="fault")
    assert tasks(case) == ["plan"], "late answers only join the case"
    assert "answers_late" in case.history()


def test_the_head_returns_a_plan_as_often_as_need_be() -> None:
    case = opened(a_plan())
    for _ in range(3):
        planned(case)
        case.complete("approval", decision="return")
        assert tasks(case) == ["plan"]


def test_approval_without_signature_is_a_setting() -> None:
    case = planned(opened(a_plan(approval_signed=False)))
    assert tasks(case) == ["approval_plain"]
    case.complete("approval_plain", decision="return")
    planned(case)
    case.complete("approval_plain", decision="approve")
    assert len(called(case)) == 2


def test_a_plan_goes_on_instead_of_being_completed() -> None:
    case = ready()
    case.complete("completion", decision="continue")
    assert tasks(case) == ["plan"]


def test_a_late_completion_is_told_every_working_day() -> None:
    case = ready()
    for _ in range(2):
        case.fire("completion_late")
    assert handlers(case) == ["completion_overdue"] * 2
    assert the(case, "completion_overdue").inputs == {
        "task": "completion",
        "head": "centre_head@fsc.47.1",
        "next": "support_supervisor@leo.47",
    }


def test_without_follow_up_the_plan_just_ends() -> None:
    case = ready(followup_months=[])
    case.complete("completion", decision="complete")
    case.finish("completion_kept", result="full", completed_on=date(2026, 4, 3))
    case.finish("family_card_told", outcome="accepted")
    case.finish("unified_system_told", outcome="accepted")
    assert ended(case) == "completed"
    assert case.step.thrown == ()


# Amendments.


def amend(case: Case, which: int, *numbers: int) -> None:
    case.complete("amendment", which, decision="submit", amendment="a", planned=[])
    case.finish("amendment_terms_kept", measures=[measure(number) for number in numbers])


def test_measures_are_added_while_others_run() -> None:
    case = running()
    before = case.variables
    case.deliver("amendment_wanted")
    amend(case, 0, 3)
    case.complete("amendment_approval", decision="approve")
    assert the(case, "amendment_applied").inputs == {"amendment": "a"}
    case.finish("amendment_applied")
    assert sorted(one.business_key for one in called(case)) == [
        f"Ж-26-00122/{number}" for number in (1, 2, 3)
    ]
    assert case.variables == before, "an amendment keeps its variables to itself"
    for _ in range(2):
        case.finish("measures", outcome="done")
    assert tasks(case) == [], "the plan waits for what was added"
    case.finish("added_measures", outcome="done")
    assert tasks(case) == ["completion"]


def test_an_amendment_without_new_measures_only_changes_old_ones() -> None:
    case = running()
    case.deliver("amendment_wanted")
    amend(case, 0)
    case.complete("amendment_approval", decision="approve")
    case.finish("amendment_applied")
    assert len(called(case)) == 2


def test_two_amendments_do_not_mix() -> None:
    case = running()
    case.deliver("amendment_wanted")
    case.deliver("amendment_wanted")
    case.complete("amendment", 0, decision="submit", amendment="a1", planned=[])
    case.complete("amendment", 0, decision="submit", amendment="a2", planned=[])
    case.finish("amendment_terms_kept", 0, measures=[measure(3)])
    case.finish("amendment_terms_kept", 0, measures=[measure(4)])
    case.complete("amendment_approval", 0, decision="approve")
    case.complete("amendment_approval", 0, decision="approve")
    said = [the_.inputs for the_ in case.opened.values() if isinstance(the_, OpenHandler)]
    assert sorted(one["amendment"] for one in said) == ["a1", "a2"]
    case.finish("amendment_applied", 0)
    case.finish("amendment_applied", 0)
    assert sorted(one.business_key[-1] for one in called(case)) == ["1", "2", "3", "4"]


def test_an_amendment_is_returned_or_dropped() -> None:
    case = running(approval_signed=False)
    case.deliver("amendment_wanted")
    amend(case, 0)
    case.complete("amendment_approval_plain", decision="return")
    assert tasks(case) == ["amendment"]
    case.complete("amendment", decision="drop")
    assert tasks(case) == []
    assert len(called(case)) == 2


def test_a_member_s_death_touches_only_that_member_s_measures() -> None:
    case = running()
    case.deliver("death_known", person="p1")
    assert the(case, "deceased_withdrawn").inputs == {"person": "p1"}
    case.finish("deceased_withdrawn")
    assert len(called(case)) == 2


def test_a_family_that_moves_takes_its_plan_along() -> None:
    case = running()
    case.deliver("amendment_wanted")
    case.deliver("moved", to="fsc.61.1")
    assert called(case) == []
    assert tasks(case) == []
    assert the(case, "handover").inputs == {"to": "fsc.61.1"}
    case.finish("handover", centre="fsc.61.1", region="61", head="centre_head@fsc.61.1")
    assert the(case, "takeover").candidates == ("centre_specialist@fsc.61.1",)
    case.complete("takeover", decision="take")
    planned(case, 3)
    assert the(case, "approval").candidates == ("centre_head@fsc.61.1",)
    case.complete("approval", decision="approve")
    (one,) = called(case)
    assert one.variables["centre"] == "fsc.61.1"


@pytest.mark.parametrize(
    "stage",
    [a_plan, lambda: opened(a_plan()), lambda: planned(opened(a_plan())), running, ready],
    ids=["intake", "plan", "approval", "running", "completion"],
)
def test_a_plan_may_be_closed_at_any_stage(stage: Any) -> None:
    case = stage()
    case.deliver("closing_wanted", reason="x")
    assert case.open == ["closing_kept"]
    case.finish("closing_kept")
    assert ended(case) == "closed"


# A measure.


def test_a_measure_from_sending_to_its_status() -> None:
    case = a_measure()
    due = datetime(2026, 3, 9, 13, tzinfo=UTC)
    assert the(case, "sending").inputs == {"id": "m1", "due": due}
    sent(case)
    assert the(case, "acceptance").candidates == ("body_specialist@sb.education.47",)
    case.complete("acceptance", decision="accept")
    assert the(case, "work").due == due
    assert the(case, "work_very_late").due == datetime(2026, 3, 16, 13, tzinfo=UTC)
    case.complete("work", decision="report")
    assert the(case, "review").due == datetime(2026, 3, 4, 13, tzinfo=UTC)
    case.complete("review", decision="accept", outcome="done")
    assert ended(case) == "measure_ended"
    assert case.variables["outcome"] == "done"


def test_a_term_set_as_a_date_ends_with_that_working_day() -> None:
    case = a_measure(measure(days=None, term=date(2026, 3, 14)))
    due = the(case, "sending").inputs["due"]
    assert due == datetime(2026, 3, 16, 13, tzinfo=UTC), "the 14th is a Saturday"


@pytest.mark.parametrize("decision", ["impossible", "refused_by_person"])
def test_what_cannot_be_done_is_reviewed_too(decision: str) -> None:
    case = accepted(a_measure())
    case.complete("work", decision=decision)
    case.complete("review", decision="accept", outcome="impossible")
    assert ended(case) == "measure_ended"


def test_a_body_without_people_is_chosen_anew() -> None:
    case = a_measure()
    case.error("sending", "nobody")
    case.fire("choose_body_late")
    assert handlers(case) == ["choose_body_overdue"]
    case.finish("choose_body_overdue")
    case.complete("choose_body", measure=measure(body="sb.social.47"))
    sent(case)
    assert the(case, "acceptance").candidates == ("body_specialist@sb.social.47",)


def test_questions_come_back_to_who_asked() -> None:
    case = sent(a_measure())
    for _ in range(2):
        case.complete("acceptance", decision="ask")
        assert tasks(case) == ["answer"]
        case.complete("answer")
    case.complete("acceptance", decision="accept")
    due = the(case, "work").due
    case.later(days=1)
    case.complete("work", decision="ask")
    assert tasks(case) == ["work_answer"]
    case.complete("work_answer")
    assert the(case, "work").due == due, "a question does not stop the clock"


@pytest.mark.parametrize(
    ("decision", "following"), [("transfer", ["sending"]), ("keep", ["acceptance"])]
)
def test_not_ours(decision: str, following: list[str]) -> None:
    case = sent(a_measure())
    case.complete("acceptance", decision="not_ours")
    case.complete("transfer", decision=decision, measure=measure(body="sb.social.47"))
    assert tasks(case) + handlers(case) == following


def test_after_two_returns_the_heads_step_in() -> None:
    case = reported(a_measure())
    case.complete("review", decision="return")
    assert tasks(case) == ["work"]
    case.complete("work", decision="report")
    case.complete("review", decision="return")
    assert handlers(case) == ["escalated_told"]
    case.finish("escalated_told")
    assert the(case, "escalation").candidates == ("body_head@sb.education.47",)
    case.complete("escalation", decision="go_on")
    case.complete("work", decision="report")
    case.complete("review", decision="accept", outcome="done")
    assert case.variables["rounds"] == 2
    assert case.variables["escalated"] is True
    assert ended(case) == "measure_ended"


@pytest.mark.parametrize(
    ("days", "due"),
    [
        (0, datetime(2026, 3, 4, 13, tzinfo=UTC)),
        (4, datetime(2026, 3, 9, 13, tzinfo=UTC)),
        (30, datetime(2026, 4, 2, 13, tzinfo=UTC)),
    ],
    ids=["two working days", "the rest of the plan's term", "the term is over: one working day"],
)
def test_the_term_of_a_rework(days: int, due: datetime) -> None:
    case = reported(a_measure())
    case.later(days=days)
    case.complete("review", decision="return")
    assert the(case, "work").due == due


def test_a_late_body_and_then_its_superior_are_told() -> None:
    case = accepted(a_measure())
    case.fire("work_late")
    assert the(case, "work_overdue").inputs == {
        "id": "m1",
        "body": "sb.education.47",
        "centre": "fsc.47.1",
    }
    case.fire("work_late")
    case.fire("work_very_late")
    assert handlers(case) == ["work_overdue", "work_overdue", "work_superior"]
    assert tasks(case) == ["work"]


def test_a_late_acceptance_and_a_late_review_are_told() -> None:
    case = sent(a_measure())
    case.fire("acceptance_late")
    case.complete("acceptance", decision="accept")
    case.complete("work", decision="report")
    case.fire("review_late")
    assert handlers(case) == ["acceptance_overdue", "review_overdue"]


AMENDED = {"body": None, "superior": None, "days": None, "term": None}
STAGES = {
    "sending": a_measure,
    "acceptance": lambda: sent(a_measure()),
    "work": lambda: accepted(a_measure()),
    "review": lambda: reported(a_measure()),
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_measure_is_withdrawn_at_any_stage(stage: str) -> None:
    case = STAGES[stage]()  # type: ignore[no-untyped-call]
    assert the(case, "amended").correlation == "m1"
    case.deliver("amended", act="withdraw", **AMENDED)
    assert case.open == ["withdrawn_told"]
    case.finish("withdrawn_told")
    assert ended(case) == "withdrawn"
    assert case.variables["outcome"] == "withdrawn"


@pytest.mark.parametrize(
    ("stage", "following"),
    [("sending", "sending"), ("acceptance", "sending"), ("work", "work"), ("review", "work")],
)
def test_a_changed_term_lets_accepted_work_go_on(stage: str, following: str) -> None:
    case = STAGES[stage]()  # type: ignore[no-untyped-call]
    case.deliver("amended", act="change", **{**AMENDED, "days": 10})
    assert tasks(case) + handlers(case) == [following]
    due = datetime(2026, 3, 16, 13, tzinfo=UTC)
    assert case.variables["plan_due"] == due
    if following == "work":
        assert the(case, "work").due == due
    case.deliver("amended", act="change", **{**AMENDED, "term": date(2026, 4, 1)})
    assert case.variables["plan_due"] == datetime(2026, 4, 1, 13, tzinfo=UTC)


@pytest.mark.parametrize("stage", STAGES)
def test_a_transferred_measure_is_sent_to_the_new_body(stage: str) -> None:
    case = STAGES[stage]()  # type: ignore[no-untyped-call]
    before = case.variables["plan_due"]
    there = {"body": "sb.social.47", "superior": "support_supervisor@leo.47"}
    case.deliver("amended", act="transfer", **{**AMENDED, **there})
    assert handlers(case) == ["sending"]
    assert case.variables["plan_due"] == before
    accepted(case)
    assert the(case, "work").candidates == ("body_specialist@sb.social.47",)


# Quarter and follow-up.


def test_a_quarter_is_opened_for_each_centre_and_rolled_up() -> None:
    scheduled = datetime(2026, 4, 1, 4, tzinfo=UTC)
    case = Case(definition("quarters"), element="quarter_over", scheduled=scheduled)
    assert the(case, "quarter_open").inputs == {"scheduled": scheduled}
    quarters = [
        {"number": f"Т-26-1-fsc.{region}.1", "quarter": "2026-1", "limits": LIMITS}
        | {"centre": f"fsc.{region}.1", "region": region, "head": f"centre_head@fsc.{region}.1"}
        for region in ("47", "61")
    ]
    case.finish("quarter_open", quarter="2026-1", quarters=quarters)
    assert [one.business_key for one in called(case)] == [one["number"] for one in quarters]
    assert called(case)[1].variables == {**quarters[1], "scheduled": scheduled}
    for _ in quarters:
        case.finish("each_centre")
    case.finish("rollup")
    assert ended(case) == "quarter_done"


def a_quarter(**limits: object) -> Case:
    return Case(
        definition("quarter"),
        number="Т-26-1-fsc.47.1",
        quarter="2026-1",
        scheduled=datetime(2026, 4, 1, 4, tzinfo=UTC),
        limits={**LIMITS, **limits},
        **OFFICES,
    )


@pytest.mark.parametrize("signed", [True, False])
def test_a_conclusion_goes_to_the_family_policy_body(signed: bool) -> None:
    case = a_quarter(conclusion_signed=signed)
    assert the(case, "monitoring_day").due == datetime(2026, 4, 14, 19, tzinfo=UTC), "15 April"
    case.fire("monitoring_day")
    case.finish("indicators")
    approval = "conclusion_approval" if signed else "conclusion_approval_plain"
    for decision in ("return", "approve"):
        case.complete("conclusion", version=1)
        assert tasks(case) == [approval]
        case.complete(approval, decision=decision)
    case.finish("conclusion_sent")
    assert the(case, "acquaintance").candidates == ("family_policy@family_policy",)
    case.complete("acquaintance")
    assert ended(case) == "conclusion_known"


def a_followup(**limits: object) -> Case:
    payload = {"plan": "Ж-26-00122", "completed_on": date(2026, 4, 3), **OFFICES}
    payload["limits"] = {**LIMITS, **limits}
    return Case(definition("followup"), element="followup_due", payload=payload)


def test_a_family_is_looked_at_after_three_and_twelve_months() -> None:
    case = a_followup()
    for due in (date(2026, 7, 3), date(2027, 4, 3)):
        assert the(case, "month_over").due.date() + timedelta(days=1) == due
        case.fire("month_over")
        case.complete("followup", result="stable")
    assert ended(case) == "followup_over"


def test_a_relapse_ends_the_follow_up_with_a_new_plan() -> None:
    case = a_followup()
    case.fire("month_over")
    case.complete("followup", result="relapsed")
    assert the(case, "relapse").inputs == {"plan": "Ж-26-00122"}
    case.finish("relapse", relapse="Ж-26-00200")
    assert ended(case) == "followup_over"


# Nothing is a dead end.

#: What a task may be completed with.
ANSWERS: dict[str, list[dict[str, object]]] = {
    "intake": [{"outcome": "open"}, {"outcome": "no_consent"}],
    "plan": [{"decision": "submit", "planned": []}, {"decision": "family_refuses"}],
    "amendment": [{"decision": "submit", "planned": []}, {"decision": "drop"}],
    "completion": [{"decision": "complete"}, {"decision": "continue"}],
    "acceptance": [{"decision": one} for one in ("accept", "ask", "not_ours")],
    "work": [{"decision": one} for one in ("report", "impossible", "ask")],
    "review": [{"decision": "accept", "outcome": "done"}, {"decision": "return"}],
    "transfer": [{"decision": "transfer"}, {"decision": "keep"}],
    "followup": [{"result": "stable"}, {"result": "relapsed"}],
}
APPROVALS = [{"decision": "approve"}, {"decision": "return"}]
#: What a handler or a called case returns.
BROUGHT: dict[str, dict[str, object]] = {
    "terms_kept": {"measures": [measure(1), measure(2)]},
    "amendment_terms_kept": {"measures": [measure(3)]},
    "completion_kept": {"result": "full", "completed_on": date(2026, 4, 3)},
    "handover": {"centre": "fsc.61.1", "region": "61", "head": "centre_head@fsc.61.1"},
}
MESSAGES: dict[str, list[dict[str, object]]] = {
    "amended": [
        {**AMENDED, "act": "change", "days": 3},
        {**AMENDED, "act": "transfer", "body": "sb.social.47"},
        {**AMENDED, "act": "withdraw"},
    ],
    "moved": [{"to": "fsc.61.1"}],
    "death_known": [{"person": "p1"}],
    "amendment_wanted": [{}],
    "closing_wanted": [{"reason": "x"}],
}


def answers(element: str) -> list[dict[str, object]]:
    return ANSWERS.get(element, APPROVALS if "approval" in element else [{}])


def wander(case: Case, dice: random.Random) -> None:
    """Do something that is possible now."""
    one = dice.choice(list(case.opened.values()))
    which = [token for token, other in case.opened.items() if other.element == one.element].index(
        one.token
    )
    if isinstance(one, OpenTask):
        case.complete(one.element, which, **dice.choice(answers(one.element)))
    elif isinstance(one, OpenTimer) and one.due - case.now < timedelta(days=400):
        case.fire(one.element)
    elif isinstance(one, OpenWait):
        case.deliver(one.element, which, **dice.choice(MESSAGES[one.element]))
    elif one.element == "sending" and dice.random() < 0.3:
        case.error("sending", "nobody")
    elif isinstance(one, OpenHandler | OpenCall):
        case.finish(one.element, which, **BROUGHT.get(one.element, {"outcome": "done"}))


def conclude(case: Case) -> None:
    """Do what ends the case soonest: first answers, all handlers, no more messages."""
    for one in list(case.opened.values()):
        if case.done or one.token not in case.opened:
            continue
        if isinstance(one, OpenTask):
            case.complete(one.element, **answers(one.element)[0])
        elif isinstance(one, OpenHandler | OpenCall):
            case.finish(one.element, **BROUGHT.get(one.element, {"outcome": "done"}))
        elif isinstance(one, OpenTimer) and one.element in {"month_over", "monitoring_day"}:
            case.fire(one.element)


def detected() -> Case:
    payload = {"plan": "Ж-26-00123", "version": 1, "limits": LIMITS, **OFFICES}
    return Case(definition("plan"), element="detected", payload=payload, decide=decide)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("begin", [a_plan, detected, a_measure, a_quarter, a_followup])
def test_from_wherever_a_case_has_come_it_can_be_brought_to_an_end(begin: Any, seed: int) -> None:
    case, dice = begin(), random.Random(seed)
    for _ in range(60):
        if case.done:
            return
        wander(case, dice)
    for _ in range(60):
        if case.done:
            return
        conclude(case)
    pytest.fail(f"still open: {case.open}")


def test_the_clock_of_these_tests_begins_on_a_monday() -> None:
    assert START.weekday() == 0
