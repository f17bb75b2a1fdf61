"""What the diagram decides by itself: the way through the offices, returns, outcomes, terms."""

from datetime import UTC, datetime, timedelta

import pytest

import handlers.registries  # noqa: F401  (registers its topics)
from engine.model.acts import CompleteTask
from engine.model.problems import Severity
from engine.model.steps import Status
from engine.services import definitions
from engine.services.context import Context
from handlers.kandas.limits import Limits
from tests.unit.kandas.walking import FACTS, FORWARD, Walk, ended, files

OFFICES = {
    "consultation": "career_specialist@cc.10.1",
    "application": "career_specialist@cc.10.1",
    "registration": "career_specialist@cc.10.1",
    "recheck": "career_specialist@cc.10.1",
    "head_check": "mobility_head@mc.10",
    "origin_check": "leo_head@leo.10",
    "assignment": "leo_head@leo.59",
    "completeness": "leo_specialist@leo.59",
    "contact": "mobility_specialist@mc.59",
    "advice": "mobility_specialist@mc.59",
    "vacancies": "mobility_specialist@mc.59",
    "move": "mobility_specialist@mc.59",
    "plan_draft": "career_specialist@cc.59.1",
}


def test_nothing_is_wrong_with_the_files() -> None:
    found = definitions.check(files(), Context())
    assert [one for one in found if one.severity is Severity.ERROR] == []
    # A table that collects asks for nothing where no rule fits: that gap is meant.
    assert {one.element for one in found} <= {"kandas_documents_table"}


def test_the_straight_way_passes_every_office_once() -> None:
    walk = Walk()
    for element, candidate in OFFICES.items():
        task = walk.to(element).tasks[element]
        assert task.candidates == (candidate,), element
    walk.do("plan_draft")
    assert ended(walk, "plan_ready")
    assert walk.tasks == {}
    assert "rework" not in walk.reached
    assert "scans" not in walk.reached


def test_terms_are_working_days_from_the_arrival() -> None:
    walk = Walk()
    monday, tuesday = datetime(2026, 9, 7, 13, 0, tzinfo=UTC), datetime(2026, 9, 8, 13, tzinfo=UTC)
    assert walk.to("registration").tasks["registration"].due == monday
    for element in ("recheck", "head_check", "origin_check"):
        task = walk.to(element).tasks[element]
        assert task.due == tuesday, element
        assert task.follow_up is not None
        assert walk.timers[f"{element}_late"].due == tuesday
    assert walk.to("contact").tasks["contact"].due == tuesday + timedelta(days=2)
    assert walk.timers["total_term"].due == datetime(2026, 9, 18, 13, tzinfo=UTC)


def test_a_missed_term_is_told_each_working_day_until_the_task_is_done() -> None:
    walk = Walk().to("head_check")
    told = []
    for _ in range(4):
        walk.fire("head_check_late")
        told.append(walk.clock.now().date().isoformat())
        handler = walk.handlers["head_check_overdue"]
        assert handler.inputs == {
            "task": "head_check",
            "head": "supervisor@mc.10",
            "next": "supervisor@leo.10",
        }
        walk.serve()
        assert "head_check" in walk.tasks
    assert told == ["2026-09-08", "2026-09-09", "2026-09-10", "2026-09-11"]
    assert walk.timers["head_check_late"].due.date().isoformat() == "2026-09-14"
    walk.do("head_check", decision="forward")
    assert "head_check_late" not in walk.timers
    assert "origin_check" in walk.tasks


@pytest.mark.parametrize(
    ("element", "head", "following"),
    [
        ("registration", "supervisor@cc.10.1", "supervisor@mc.10"),
        ("assignment", "supervisor@leo.59", "supervisor@mc.59"),
    ],
)
def test_a_missed_norm_is_told_like_a_missed_term(element: str, head: str, following: str) -> None:
    walk = Walk().to(element)
    due = walk.tasks[element].due
    assert walk.timers[f"{element}_late"].due == due
    for _ in range(2):
        walk.fire(f"{element}_late")
        told = walk.handlers[f"{element}_overdue"].inputs
        assert told == {"task": element, "head": head, "next": following}
        walk.serve()
        assert element in walk.tasks
    assert walk.timers[f"{element}_late"].due == due + timedelta(days=2)
    walk.do(element, **FORWARD[element])
    assert f"{element}_late" not in walk.timers


def test_the_norms_that_the_order_leaves_open_are_settings_that_a_case_keeps() -> None:
    said = {"registration": "2", "assignment": "3", "rework": "4"}
    settings = {f"kandas.{name}_days": days for name, days in said.items()}
    walk = Walk(limits=Limits.read(settings).variables()).to("registration")
    evening = datetime(2026, 9, 9, 13, 0, tzinfo=UTC)
    assert walk.tasks["registration"].due == evening
    assert walk.timers["registration_late"].due == evening
    assert walk.tasks["registration"].follow_up == evening - timedelta(days=1, hours=4)
    walk.to("head_check").do("head_check", decision="return", returned_by="mobility_origin")
    assert walk.tasks["rework"].due == evening + timedelta(days=2)
    assert walk.timers["rework_late"].due == evening + timedelta(days=2)
    walk.do("rework", changed=False, back_to="mobility_origin")
    assert walk.to("assignment").tasks["assignment"].due == evening + timedelta(days=1)
    assert walk.timers["assignment_late"].due == evening + timedelta(days=1)


def test_several_attempts_share_one_term() -> None:
    walk = Walk().to("contact")
    due = walk.tasks["contact"].due
    walk.clock.advance(timedelta(days=1))
    walk.do("contact", contact_result="again")
    assert walk.tasks["contact"].due == due


RETURNS = [
    ("head_check", "mobility_origin"),
    ("origin_check", "leo_origin"),
    ("completeness", "leo_settlement"),
]


@pytest.mark.parametrize(("element", "office"), RETURNS)
def test_changed_data_take_the_whole_chain_again(element: str, office: str) -> None:
    walk = Walk().to(element)
    walk.do(element, decision="return", returned_by=office)
    assert set(walk.tasks) == {"rework"}
    assert walk.variables["round"] == 2
    walk.reached.clear()
    walk.do("rework", changed=True, version=2)
    assert "void_signatures" in walk.reached
    assert "query_gbd_fl" in walk.reached
    assert "portal_renew" in walk.reached
    assert "portal_register" not in walk.reached
    assert set(walk.tasks) == {"recheck"}
    walk.to("plan_draft").do("plan_draft")
    assert ended(walk, "plan_ready")


@pytest.mark.parametrize(("element", "office"), RETURNS)
def test_unchanged_data_go_straight_back_and_keep_their_signatures(
    element: str, office: str
) -> None:
    walk = Walk().to(element)
    walk.do(element, decision="return", returned_by=office)
    walk.reached.clear()
    walk.do("rework", changed=False, back_to=office)
    assert set(walk.tasks) == {element}
    assert "void_signatures" not in walk.reached


@pytest.mark.parametrize(
    ("target", "element"),
    [
        ("career_centre", "rework"),
        ("mobility_origin", "head_check"),
        ("leo_origin", "origin_check"),
    ],
)
def test_whom_k13_returns_to_is_a_parameter(target: str, element: str) -> None:
    walk = Walk(limits=Limits(return_target=target).variables()).to("completeness")
    walk.do("completeness", decision="return", returned_by="leo_settlement")
    assert set(walk.tasks) == {element}


def test_returns_may_go_on_for_ever() -> None:
    walk = Walk().to("head_check")
    for number in range(2, 30):
        walk.do("head_check", decision="return", returned_by="mobility_origin")
        assert walk.variables["round"] == number
        walk.do("rework", changed=True, version=number)
        walk.do("recheck", decision="forward")
        assert set(walk.tasks) == {"head_check"}


def test_scans_are_asked_only_for_what_is_not_known() -> None:
    walk = Walk()
    facts = FACTS | {"birth": "unknown", "marriage": "known", "marriage_date": "2015-05-01"}
    walk.answers["kandas.documents.facts"] = {"facts": facts}
    walk.to("scans")
    assert walk.variables["documents"] == ["birth"]
    walk.do("scans")
    assert set(walk.tasks) == {"registration"}


@pytest.mark.parametrize(
    ("facts", "documents"),
    [
        ({"marriage": "known", "marriage_date": "2008-05-31"}, ["marriage"]),
        ({"marriage": "known", "marriage_date": "2008-06-01"}, []),
        ({"marriage": "known", "marriage_date": None}, []),
        (
            {"marriage": "known", "marriage_date": "2020-01-01", "marriage_abroad": True},
            ["marriage"],
        ),
        (
            {"marriage": "unknown", "marriage_date": "2000-01-01", "marriage_abroad": True},
            ["marriage"],
        ),
        ({"marriage": "attached", "marriage_date": "2000-01-01"}, []),
        ({"birth": "known", "first_birth": "2007-08-12"}, ["birth"]),
        ({"birth": "known", "first_birth": "2007-08-13"}, []),
        ({"birth": "known", "first_birth": "2012-01-01", "births_abroad": True}, ["birth"]),
        ({"death": "known", "death_date": "2008-04-30"}, ["death"]),
        ({"death": "known", "death_date": "2008-05-01"}, []),
        ({"identity": "unknown"}, ["identity"]),
        ({"education": "unknown", "guardianship": "unknown"}, ["education", "guardianship"]),
        ({"adoption": "unknown"}, ["adoption"]),
    ],
)
def test_the_table_of_documents(facts: dict[str, object], documents: list[str]) -> None:
    walk = Walk()
    walk.answers["kandas.documents.facts"] = {"facts": FACTS | facts}
    walk.do("consultation")
    walk.do("application", version=1)
    assert walk.variables["documents"] == documents


def test_one_setting_moves_the_first_day_of_electronic_acts_in_query_and_table() -> None:
    settings = {"kandas.marriage_from": "2010-01-01", "kandas.birth_from": "2009-02-03"}
    walk = Walk(limits=Limits.read(settings).variables())
    walk.do("consultation")
    task = walk.tasks.pop("application")
    walk.act(CompleteTask(token=task.token, variables={"version": 1}))
    asked = walk.handlers["query_civil_registry"].inputs
    assert {key: asked[key] for key in asked if key.endswith("_from")} == {
        "birth_from": "2009-02-03",
        "marriage_from": "2010-01-01",
        "death_from": "2008-05-01",
    }
    facts = FACTS | {"marriage": "known", "marriage_date": "2009-12-31"}
    walk.answers["kandas.documents.facts"] = {"facts": facts}
    walk.serve()
    assert walk.variables["documents"] == ["marriage"]


def test_a_silent_registry_holds_nobody_up_and_its_late_answer_only_joins_the_case() -> None:
    walk = Walk()
    walk.do("consultation")
    task = walk.tasks.pop("application")
    walk.act(CompleteTask(token=task.token, variables={"version": 1}))
    walk.serve(but="registries.gbd_fl.person")
    assert walk.tasks == {}
    walk.answers["kandas.documents.facts"] = {"facts": FACTS | {"identity": "unknown"}}
    walk.fire("queries_wait_over")
    walk.serve(but="registries.gbd_fl.person")
    assert set(walk.tasks) == {"scans"}
    late = walk.handlers["query_gbd_fl"]
    walk.serve()
    assert late.element == "query_gbd_fl"
    assert "answers_late" in walk.reached
    assert set(walk.tasks) == {"scans"}
    walk.do("scans")
    assert set(walk.tasks) == {"registration"}


def test_the_head_does_not_wait_for_the_family_card() -> None:
    walk = Walk().to("recheck")
    task = walk.tasks.pop("recheck")
    walk.act(CompleteTask(token=task.token))
    assert "family_card" in walk.handlers
    assert "head_check" in walk.tasks


def test_unreachable_then_closed() -> None:
    walk = Walk().to("contact")
    walk.do("contact", contact_result="unreachable", outcome="unreachable")
    assert walk.tasks == {}
    assert {"unreachable_told", "unreachable_shown"} <= set(walk.reached)
    walk.fire("unreachable_over")
    walk.serve()
    assert ended(walk, "closed")


def test_unreachable_then_turned_up() -> None:
    walk = Walk().to("contact")
    walk.do("contact", contact_result="unreachable", outcome="unreachable")
    walk.deliver("kandas_appeared")
    assert set(walk.tasks) == {"contact"}
    walk.to("plan_draft")


@pytest.mark.parametrize("element", ["contact", "vacancies"])
def test_withdrawn_in_a_conversation(element: str) -> None:
    walk = Walk().to(element)
    values = {"contact_result": "withdrawn", "reaction": "withdrawn", "outcome": "withdrawn"}
    walk.do(element, **values)
    assert ended(walk, "closed")


@pytest.mark.parametrize("element", list(OFFICES))
def test_withdrawn_at_any_moment(element: str) -> None:
    walk = Walk().to(element)
    walk.deliver("withdrawal_came")
    assert walk.tasks == {}
    assert walk.timers == {}
    assert ended(walk, "withdrawal_end")


def test_refusal_leads_to_k18_at_once_with_the_directors_signature() -> None:
    walk = Walk().to("vacancies")
    walk.do("vacancies", reaction="refused", unemployment_reason="refusal")
    assert walk.tasks["unemployment_draft"].candidates == ("career_specialist@cc.59.1",)
    due = walk.tasks["unemployment_draft"].due
    walk.do("unemployment_draft")
    director = walk.tasks["director_signature"]
    assert director.candidates == ("career_director@cc.59.1",)
    assert director.due == due
    walk.do("director_signature", decision="return")
    walk.do("unemployment_draft")
    walk.do("director_signature", decision="forward")
    assert "labour_market" in walk.reached
    assert ended(walk, "unemployment_sent")


def test_without_a_job_k18_waits_for_the_period_of_order_214() -> None:
    walk = Walk().to("vacancies")
    walk.do("vacancies", reaction="none")
    assert walk.tasks == {}
    assert walk.timers["job_search_over"].due == datetime(2026, 9, 21, 13, tzinfo=UTC)
    walk.fire("job_search_over")
    assert set(walk.tasks) == {"unemployment_draft"}


def test_a_vacancy_that_comes_up_leads_back_to_k16() -> None:
    walk = Walk().to("vacancies")
    walk.do("vacancies", reaction="none")
    walk.deliver("vacancy_appeared")
    assert set(walk.tasks) == {"vacancies"}
    walk.to("plan_draft").do("plan_draft")
    assert ended(walk, "plan_ready")


def test_the_whole_term_is_told_once_and_the_case_goes_on() -> None:
    walk = Walk().to("contact")
    walk.fire("total_term")
    walk.serve()
    assert "total_told" in walk.reached
    assert walk.status is Status.ACTIVE
    walk.to("plan_draft").do("plan_draft")
    assert ended(walk, "plan_ready")
