"""Plans of order 74 from the first visit to the last mark, through services and diagrams alone."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.errors import Conflict, Forbidden, FormRefused, NotFound, TaskClosed, ValueRefused
from engine.model.calendar import ZONE
from engine.model.people import Actor
from engine.services import tasks
from engine.store import Database, Keys
from engine.store.tables import instance
from handlers.people import records as people
from handlers.registries import signals
from handlers.registries.sandbox.hardships import hardships
from handlers.registries.sandbox.server import Sandbox
from handlers.registries.signals.message import read
from handlers.support import cases, offices, records, services
from handlers.support.facts import plan_state
from handlers.support.records import PlanState
from tests.acceptance.kandas_stage import start_sandbox
from tests.acceptance.support_stage import (
    DAUGHTER,
    EMPTY,
    MOTHER,
    Case,
    Play,
    Values,
    intake,
    make_template,
    on_stage,
    person,
    prepare,
    row,
    wired,
)
from tests.unit.support.world import at_once


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = start_sandbox(tmp_path_factory.mktemp("authority"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Path:
    return make_template(tmp_path_factory.mktemp("support"), keys)


@pytest.fixture
def play(template: Path, tmp_path: Path, keys: Keys, sandbox: Sandbox) -> Iterator[Play]:
    with on_stage(template, tmp_path, keys, sandbox) as found:
        yield found


def test_a_plan_goes_straight_to_its_end(play: Play) -> None:
    straight(play)


@pytest.mark.postgresql
def test_the_same_on_postgresql_and_two_bodies_at_the_same_moment(
    postgres_url: str, keys: Keys, sandbox: Sandbox
) -> None:
    database = Database(postgres_url, keys)
    prepare(database)
    play = wired(database, sandbox)
    straight(play)
    case = play.planned(row("social", "Money"), row("housing", "A home"))
    assert play.plan(case.number).previous == "Ж-26-00001"
    both_at_once(play, case.number)
    database.close()


def both_at_once(play: Play, number: str) -> None:
    """Have two bodies report, then two reviewers mark, at the same moment: nobody loses."""
    for place in "12":
        play.work(f"{number}/{place}", "acceptance", {"decision": "accept"})
    finish(play, number, "work", {"decision": "report", "said": "Done"})
    finish(play, number, "review", {"decision": "accept"})
    assert play.states(number) == {"1": "done", "2": "done"}
    assert play.elements(number) == ["completion"]


def finish(play: Play, number: str, element: str, values: Values) -> None:
    """Have a task of both measures completed by two threads."""
    open_ = [play.open_task(play.instance(f"{number}/{place}"), element) for place in "12"]

    def complete_one(actor: Actor, task: str) -> None:
        with play.begin() as uow:
            tasks.complete(uow, play.ctx, actor, task, values)
            uow.commit()

    at_once(*(partial(complete_one, play.claim(task), task.id) for task in open_))
    play.run_due()


def straight(play: Play) -> None:
    """Play a plan to its end without anything in between."""
    case = play.planned(
        row("social", "Help with money", service="soc.assistance", term=""),
        row("education", "A place at school", person="daughter"),
    )
    number = case.number
    assert play.plan(number).state is PlanState.RUNNING
    found = play.measures(number)
    assert [one.child for one in found.values()] == [True, False]
    assert [one.days for one in found.values()] == [None, 8]
    assert play.states(number) == {"1": "sent", "2": "sent"}
    for place in ("1", "2"):
        play.done(f"{number}/{place}")
    assert play.states(number) == {"1": "done", "2": "done"}
    play.work(number, "completion", {"decision": "complete", "completed_on": play.today()})
    plan = play.plan(number)
    assert (plan.state, plan.result, plan.outcome) == (PlanState.COMPLETED, "full", "completed")
    assert play.ended(number) == "followup_begun"


def complete(play: Play, case: Case) -> None:
    """Mark a plan as completed."""
    values = {"decision": "complete", "completed_on": play.today()}
    play.work(case.number, "completion", values)


def test_a_measure_comes_back_twice_and_is_escalated(play: Play) -> None:
    case = play.planned(row("housing", "A place to live"), row("social", "Money"))
    first = f"{case.number}/1"
    play.work(first, "acceptance", {"decision": "accept"})
    for turn in (1, 2):
        play.report(first, said=f"Try {turn}")
        assert play.elements(first) == ["review"]
        play.work(first, "review", {"decision": "return", "reason": f"Not enough {turn}"})
        assert play.measures(case.number)["1"].rounds == turn
    assert play.elements(first) == ["escalation"]
    assert play.shown(first, "escalation")["returned"] == "Not enough 2"
    assert "support_escalated" in play.told("fsc.47.1-head")
    assert "support_escalated" in play.told("leo.47")
    assert "support_escalated" in play.told("sb.housing.47-head")
    # The other measure goes on meanwhile (B-10).
    play.done(f"{case.number}/2")
    play.work(first, "escalation", {"said": "The head sees to it"})
    assert play.shown(first, "work")["returned"] == "Not enough 2"
    play.report(first)
    play.work(first, "review", {"decision": "accept"})
    found = play.measures(case.number)["1"]
    assert (found.state.value, found.rounds, found.escalated_at is not None) == ("done", 2, True)
    complete(play, case)
    assert play.plan(case.number).result == "full"


def test_a_body_asks_back_before_and_during_the_work(play: Play) -> None:
    case = play.planned(row("health", "A doctor"))
    number = f"{case.number}/1"
    play.work(number, "acceptance", {"decision": "ask", "asked": "Which clinic?"})
    assert play.shown(number, "answer")["asked"] == "Which clinic?"
    play.work(number, "answer", {"said": "The one nearby"})
    assert play.shown(number, "acceptance")["answer"] == "The one nearby"
    play.work(number, "acceptance", {"decision": "accept"})
    play.work(number, "work", {"decision": "ask", "asked": "And when?"})
    play.work(number, "work_answer", {"said": "In the morning"})
    assert play.shown(number, "work")["answer"] == "In the morning"
    assert play.states(case.number) == {"1": "in_work"}


def test_a_measure_that_is_not_its_business_goes_to_another_body(play: Play) -> None:
    case = play.planned(row("family", "Guardianship"), row("youth", "A club"))
    number = f"{case.number}/1"
    play.work(number, "acceptance", {"decision": "not_ours", "reason": "Ask the schools"})
    assert play.shown(number, "transfer")["reason"] == "Ask the schools"
    with pytest.raises(FormRefused) as refused:
        play.work(
            number, "transfer", {"decision": "transfer", "body": offices.body("family", "47")}
        )
    assert set(refused.value.errors) == {"body"}
    body = offices.body("education", "47")
    play.work(number, "transfer", {"decision": "transfer", "body": body})
    found = play.measures(case.number)["1"]
    assert (found.body, found.field, found.before) == (body, "education", "sb.family.47")
    play.work(number, "acceptance", {"decision": "accept"}, login=body)
    other = f"{case.number}/2"
    play.work(other, "acceptance", {"decision": "not_ours", "reason": "No clubs here"})
    play.work(other, "transfer", {"decision": "keep", "said": "There is one in the town"})
    assert play.shown(other, "acceptance")["answer"] == "There is one in the town"


def test_what_is_impossible_or_refused_closes_the_plan_with_exceptions(play: Play) -> None:
    case = play.planned(row("sport", "A section"), row("culture", "A circle"), row("social", "M"))
    for place, decision, state in (
        ("1", "impossible", "impossible"),
        ("2", "refused_by_person", "refused"),
    ):
        number = f"{case.number}/{place}"
        play.work(number, "acceptance", {"decision": "accept"})
        play.work(number, "work", {"decision": decision, "reason": f"It is {state}"})
        assert play.shown(number, "review")["outcome"] == decision
        play.work(number, "review", {"decision": "accept"})
        found = play.measures(case.number)[place]
        assert (found.state.value, found.reason) == (state, f"It is {state}")
    play.done(f"{case.number}/3")
    assert play.shown(case.number, "completion")["result"] == "exceptions"
    complete(play, case)
    assert play.plan(case.number).result == "exceptions"


def test_a_body_without_people_is_chosen_anew(play: Play) -> None:
    case = play.planned(row("tourism", "A camp"))
    number = f"{case.number}/1"
    assert play.states(case.number) == {"1": "planned"}
    assert play.shown(number, "choose_body")["now"] == EMPTY
    with pytest.raises(FormRefused) as refused:
        play.work(number, "choose_body", {"body": EMPTY})
    assert "Nobody at this body" in str(refused.value.errors["body"][0])
    play.work(number, "choose_body", {"body": offices.body("youth", "47")})
    assert play.elements(number) == ["acceptance"]
    assert play.states(case.number) == {"1": "sent"}


def amendment(play: Play, number: str) -> dict[str, object]:
    """Return an amendment that changes, withdraws, transfers and adds a measure."""
    rows = [dict(one) for one in play.shown(number, "amendment")["changes"]]
    for place, one in enumerate(rows):
        one["_was"] = str(place)
    rows[0] |= {"act": "change", "term": "2026-11-02"}
    rows[1] |= {"act": "withdraw"}
    rows[2] |= {"act": "transfer", "body": offices.body("family", "47")}
    added = [row("youth", "A club", person="", service="")]
    return {
        "decision": "submit",
        "reason": "Much has changed",
        "changes": rows,
        "added": added,
    }


def amended(play: Play) -> Case:
    """Bring a plan of four measures under way, and begin an amendment."""
    fields = ("social", "housing", "health", "sport")
    case = play.planned(*(row(one, f"Help of {one}") for one in fields))
    for place in range(1, 5):
        play.work(f"{case.number}/{place}", "acceptance", {"decision": "accept"})
    play.act(cases.start_amendment, "fsc.47.1-1", case.number)
    return case


def test_nothing_changes_before_the_head_approves_an_amendment(play: Play) -> None:
    number = amended(play).number
    said = [one["said"] for one in play.shown(number, "amendment")["changes"]]
    assert said[:2] == ["1. Help of social", "2. Help of housing"]
    play.work(number, "amendment", amendment(play, number))
    assert play.states(number)["2"] == "in_work"
    remark = {"decision": "return", "remark": "Why the housing?"}
    play.work(number, "amendment_approval", remark)
    again = play.shown(number, "amendment")
    assert again["remark"] == "Why the housing?"
    assert [one["act"] for one in again["changes"]] == ["change", "withdraw", "transfer", "keep"]
    assert [one["title"] for one in again["added"]] == ["A club"]
    play.work(number, "amendment", amendment(play, number))
    play.work(number, "amendment_approval", {"decision": "approve"})
    assert set(play.states(number)) == {"1", "2", "3", "4", "6"}
    assert play.plan(number).version == 3


def test_an_amendment_tells_only_the_bodies_it_touches(play: Play) -> None:
    case = amended(play)
    number = case.number
    before = {login: len(play.told(login)) for login in play.logins}
    play.work(number, "amendment", amendment(play, number))
    play.work(number, "amendment_approval", {"decision": "approve"})
    told = {login for login in play.logins if len(play.told(login)) > before[login]}
    bodies = {login for login in told if login.startswith("sb.")}
    assert bodies == {"sb.social.47", "sb.housing.47", "sb.family.47", "sb.youth.47"}
    states = ("in_work", "withdrawn", "sent", "in_work", "sent")
    assert tuple(play.states(number).values()) == states
    found = play.measures(number)
    assert found["2"].reason == "Much has changed"
    assert (found["3"].body, found["5"].title) == ("sb.family.47", "A club")
    due = found["1"].due
    assert due is not None
    assert due.astimezone(ZONE).date().isoformat() == "2026-11-02"
    assert play.elements(f"{number}/1") == ["work"]
    assert play.elements(f"{number}/3") == ["acceptance"]


def test_what_an_amendment_took_out_is_no_part_of_the_plan_any_more(play: Play) -> None:
    """B-12."""
    case = amended(play)
    play.work(case.number, "amendment", amendment(play, case.number))
    play.work(case.number, "amendment_approval", {"decision": "approve"})
    for place in ("1", "4"):
        play.report(f"{case.number}/{place}")
        play.work(f"{case.number}/{place}", "review", {"decision": "accept"})
    for place in ("3", "5"):
        play.done(f"{case.number}/{place}")
    complete(play, case)
    assert play.plan(case.number).result == "full"


def test_an_amendment_of_nothing_is_refused_and_may_be_dropped(play: Play) -> None:
    case = play.planned(row("social", "Money"))
    play.act(cases.start_amendment, "fsc.47.1-1", case.number)
    rows = [{**one, "_was": "0"} for one in play.shown(case.number, "amendment")["changes"]]
    values = {"decision": "submit", "reason": "No reason", "changes": rows}
    for changed, path in (
        ({}, "changes"),
        ({"act": "change"}, "changes.0.act"),
        ({"act": "change", "term": "2026-09-01"}, "changes.0.term"),
        ({"act": "transfer", "body": "sb.social.47"}, "changes.0.body"),
    ):
        with pytest.raises(FormRefused) as refused:
            play.work(case.number, "amendment", {**values, "changes": [{**rows[0], **changed}]})
        assert set(refused.value.errors) == {path}
    play.work(case.number, "amendment", {"decision": "drop"})
    assert play.plan(case.number).version == 1
    play.done(f"{case.number}/1")
    complete(play, case)


def test_a_family_moves_and_its_open_measures_go_along(play: Play) -> None:
    case = play.planned(row("social", "Money"), row("education", "School", person="daughter"))
    number = case.number
    play.done(f"{number}/1")
    for to, reason, error in (
        ("fsc.47.1", "Work", ValueRefused),
        ("fsc.99.1", "Work", ValueRefused),
        ("fsc.61.1", " ", ValueRefused),
    ):
        with pytest.raises(error):
            play.act(cases.move_family, "fsc.47.1-1", number, to, reason)
    play.act(cases.move_family, "fsc.47.1-1", number, "fsc.61.1", "Work")
    assert play.states(number) == {"1": "done", "2": "carried"}
    assert play.plan(number).state is PlanState.MOVED
    assert "support_left" in play.told("sb.social.47")
    assert "support_moved" in play.told("fsc.61.1-1")
    shown = play.shown(number, "takeover")
    assert (shown["origin"], shown["reason"], shown["phone"]) == (
        "fsc.47.1",
        "Work",
        "+77010000001",
    )
    values = {"address": "Түркістан, 1", "phone": "+77010000009", "decision": "take"}
    play.work(number, "takeover", values)
    (left,) = play.shown(number, "plan")["measures"]
    assert (left["body"], left["title"]) == ("sb.social.61", "Money")
    play.work(
        number,
        "plan",
        {
            "decision": "submit",
            "aims": ["adaptation"],
            "measures": [{**left, "_was": "0"}],
            "involved": True,
        },
    )
    play.work(number, "approval", {"decision": "approve"}, login="fsc.61.1-head")
    play.done(f"{number}/2")
    complete(play, case)
    plan = play.plan(number)
    assert (plan.centre, plan.region, plan.result) == ("fsc.61.1", "61", "full")
    with pytest.raises(NotFound):
        play.act(cases.close_plan, "fsc.47.1-head", number, "Mine once")


def test_measures_of_a_member_who_died_are_withdrawn_and_the_others_go_on(play: Play) -> None:
    case = play.planned(row("social", "Money"), row("education", "School", person="daughter"))
    number = case.number
    with play.reading() as uow:
        family = records.members(uow.session, number)
    play.work(f"{number}/1", "acceptance", {"decision": "accept"})
    play.act(cases.person_died, "fsc.47.1-1", number, family[1].person.id)
    assert play.states(number) == {"1": "withdrawn", "2": "sent"}
    assert "support_withdrawn" in play.told("sb.education.47")
    with pytest.raises(ValueRefused):
        play.act(cases.person_died, "fsc.47.1-1", number, family[1].person.id)
    play.done(f"{number}/2")
    complete(play, case)


def test_a_death_tells_what_it_leaves_open(play: Play) -> None:
    """A child without a representative, then a plan for nobody: once each, to who leads it."""
    case = play.planned(row("social", "Money"), row("education", "School", person="daughter"))
    with play.reading() as uow:
        mother, daughter = (one.person.id for one in records.members(uow.session, case.number))
    play.act(cases.person_died, "fsc.47.1-1", case.number, mother)
    for login in ("fsc.47.1-1", "fsc.47.1-head"):
        assert play.told(login).count("support_no_guardian") == 1, login
        assert "support_nobody_left" not in play.told(login)
    play.act(cases.person_died, "fsc.47.1-1", case.number, daughter)
    assert play.told("fsc.47.1-head").count("support_nobody_left") == 1
    assert play.told("fsc.47.1-head").count("support_no_guardian") == 1
    assert "support_nobody_left" not in play.told("sb.social.47")
    play.act(cases.close_plan, "fsc.47.1-head", case.number, "Nobody is left")
    assert play.plan(case.number).state.value == "closed"


def test_a_death_besides_the_children_s_representative_leaves_nothing_open(play: Play) -> None:
    case = play.planned(row("social", "Money"), row("education", "School", person="daughter"))
    with play.reading() as uow:
        daughter = records.members(uow.session, case.number)[1].person.id
    play.act(cases.person_died, "fsc.47.1-1", case.number, daughter)
    assert not {"support_no_guardian", "support_nobody_left"} & set(play.told("fsc.47.1-head"))


def test_the_head_closes_a_plan_and_every_measure_with_it(play: Play) -> None:
    case = play.planned(row("social", "Money"))
    number = case.number
    play.work(f"{number}/1", "acceptance", {"decision": "accept"})
    with pytest.raises(Forbidden):
        play.act(cases.close_plan, "fsc.47.1-1", number, "Gone abroad")
    task = play.open_task(play.instance(f"{number}/1"), "work")
    body = play.claim(task)
    play.act(cases.close_plan, "fsc.47.1-head", number, "Gone abroad")
    plan = play.plan(number)
    assert (plan.state, plan.outcome, plan.reason) == (PlanState.CLOSED, "closed", "Gone abroad")
    assert play.states(number) == {"1": "withdrawn"}
    assert "support_closed" in play.told("sb.social.47")
    # A report on what is withdrawn: a clear answer, nothing is written.
    with pytest.raises((TaskClosed, NotFound)):
        play.complete(body, task.id, {"decision": "report", "said": "Done"})
    with pytest.raises(Conflict):
        play.act(cases.close_plan, "fsc.47.1-head", number, "Again")
    with play.reading() as uow:
        assert records.open_plans(uow.session, [MOTHER, DAUGHTER]) == {}


def test_a_family_that_refuses_the_plan_is_let_go(play: Play) -> None:
    case = play.open()
    play.work(case.number, "intake", intake())
    play.work(case.number, "plan", {"decision": "family_refuses", "reason": "They manage"})
    plan = play.plan(case.number)
    assert (plan.state, plan.outcome, plan.reason) == (
        PlanState.CLOSED,
        "family_refused",
        "They manage",
    )
    assert play.ended(case.number) == "refused"


def test_nothing_of_a_family_without_consent_is_kept(play: Play) -> None:
    case = play.open()
    play.work(case.number, "intake", {"outcome": "no_consent", "reason": "They said no"})
    plan = play.plan(case.number)
    assert (plan.state, plan.content, plan.heads) == (PlanState.NOT_OPENED, {}, 0)
    assert play.ended(case.number) == "not_opened"


def test_a_plan_that_is_returned_keeps_what_was_typed(play: Play) -> None:
    case = play.open()
    play.work(case.number, "intake", intake())
    play.draw_up(case.number, row("social", "Money"), row("sport", "A section"))
    play.work(case.number, "approval", {"decision": "return", "remark": "No sport"})
    shown = play.shown(case.number, "plan")
    assert (shown["remark"], shown["aims"]) == ("No sport", ["adaptation"])
    kept = [{**one, "_was": "0"} for one in shown["measures"]][:1]
    values = {"decision": "submit", "aims": ["adaptation"], "measures": kept, "involved": True}
    play.work(case.number, "plan", values)
    play.work(case.number, "approval", {"decision": "approve"})
    assert play.states(case.number) == {"1": "sent"}
    with play.reading() as uow:
        causes = [one.cause for one in records.versions(uow.session, case.number)]
    assert causes == ["first", "returned"]


def test_a_plan_goes_on_when_new_measures_are_needed(play: Play) -> None:
    case = play.planned(row("social", "Money"))
    play.done(f"{case.number}/1")
    play.work(case.number, "completion", {"decision": "continue", "reason": "They need a home"})
    play.draw_up(case.number, row("housing", "A home"))
    play.work(case.number, "approval", {"decision": "approve"})
    assert play.states(case.number) == {"1": "done", "2": "sent"}
    play.done(f"{case.number}/2")
    complete(play, case)
    assert play.plan(case.number).result == "full"


def test_a_family_that_falls_back_gets_a_new_plan_linked_to_the_old(play: Play) -> None:
    case = play.planned(row("social", "Money"))
    play.done(f"{case.number}/1")
    complete(play, case)
    after = f"{case.number}/Б"
    assert play.elements(after) == []
    play.until(datetime(2026, 12, 8, 9, 0, tzinfo=ZONE))
    assert play.elements(after) == ["followup"]
    assert "Сәрсен Дана" in play.shown(after, "followup")["family"]
    play.work(after, "followup", {"result": "relapsed", "note": "Without work again"})
    with play.reading() as uow:
        new = records.after(uow.session, case.number)
        (look,) = records.follow_ups(uow.session, case.number)
    assert look.opened == new
    shown = play.shown(new, "intake")
    assert (shown["previous"], shown["surname"], shown["iin"]) == (case.number, "Сәрсен", MOTHER)
    play.work(new, "intake", {**shown, "outcome": "open", "consent": True})
    plan = play.plan(new)
    assert (plan.source, plan.previous, plan.heads) == ("relapse", case.number, 2)


def test_a_family_that_comes_back_by_itself_is_linked_by_its_iin(play: Play) -> None:
    case = play.planned(row("social", "Money"))
    play.done(f"{case.number}/1")
    complete(play, case)
    again = play.open("fsc.61.1")
    play.work(again.number, "intake", intake())
    assert play.plan(again.number).previous == case.number


def test_two_centres_cannot_open_plans_for_one_family(play: Play) -> None:
    case = play.open()
    play.work(case.number, "intake", intake())
    other = play.open("fsc.61.1")
    with pytest.raises(FormRefused) as refused:
        play.work(other.number, "intake", intake())
    assert set(refused.value.errors) == {"iin", "members.0.iin"}
    said = str(refused.value.errors["iin"][0])
    assert case.number in said
    assert "fsc.47.1" in said
    play.work(other.number, "intake", {"outcome": "duplicate", "reason": "Has a plan"})
    assert play.plan(other.number).outcome == "duplicate"


def signal(play: Play, ident: str = "signal-0001", digest: str = "d") -> signals.Signal:
    """Return a signal about the family of this stage."""
    body = intake()
    people = [body, *body["members"]]  # type: ignore[misc]
    told = {
        "messageId": ident,
        "sentAt": play.ctx.now().isoformat(),
        "region": "47",
        "ground": "violence",
        "level": "E",
        "determinedOn": play.today(),
        "phone": "+7 701 000 00 01",
        "applicant": {key: people[0][key] for key in ("iin", "surname", "name", "born")},
        "members": [
            {key: people[1][key] for key in ("iin", "surname", "name", "born")}
            | {"relation": "child"}
        ],
    }
    raw = json.dumps(told | {"note": digest}).encode()
    found = read(raw, play.ctx.now())
    assert isinstance(found, signals.Signal)
    return found


def test_a_signal_opens_one_plan_however_often_it_comes(play: Play) -> None:
    def accept(uow: Any, ctx: Any, _: Actor, told: signals.Signal) -> cases.Taken:
        return cases.accept_signal(uow, ctx, told)

    first = play.act(accept, "admin", signal(play))
    assert first.known is None
    shown = play.shown(first.plan, "intake")
    assert (shown["iin"], shown["status_before"], shown["grounds"]) == (MOTHER, "E", ["violence"])
    again = play.act(accept, "admin", signal(play))
    assert (again.plan, again.known is None) == (first.plan, False)
    # Another signal about the same family, at intake and after it: the plan that is there.
    other = play.act(accept, "admin", signal(play, "signal-0002"))
    assert (other.plan, other.known) == (first.plan, None)
    play.work(first.plan, "intake", {**shown, **intake()})
    last = play.act(accept, "admin", signal(play, "signal-0003"))
    assert last.plan == first.plan
    with play.reading() as uow:
        found = records.signals(uow.session, "fsc.47.1")
    assert sorted(one.state for one in found) == ["accepted", "duplicate", "duplicate"]


def test_late_measures_are_told_to_body_centre_and_in_the_end_the_superior(play: Play) -> None:
    case = play.planned(row("social", "Money", term="2026-09-14"), row("sport", "A section"))
    number = f"{case.number}/1"
    play.work(number, "acceptance", {"decision": "accept"})
    play.until(datetime(2026, 9, 14, 18, 1, tzinfo=ZONE))
    for login in ("sb.social.47", "sb.social.47-head", "fsc.47.1-1"):
        assert "support_late" in play.told(login), login
    assert "support_superior" not in play.told("leo.47")
    play.until(datetime(2026, 9, 21, 18, 1, tzinfo=ZONE))
    assert "support_superior" in play.told("leo.47")
    play.report(number)
    assert play.measures(case.number)["1"].was_late


def test_a_report_belongs_to_the_body_whose_measure_it_is(play: Play) -> None:
    case = play.planned(row("social", "Money"), row("sport", "A section"))
    number = f"{case.number}/1"
    play.work(number, "acceptance", {"decision": "accept"})
    task = play.open_task(play.instance(number), "work")
    play.claim(task)
    for login in ("sb.sport.47", "sb.social.61", "fsc.61.1-1", "leo.47"):
        with pytest.raises(NotFound):
            play.complete(play.actor(login), task.id, {"decision": "report", "said": "Done"})
    assert play.states(case.number)["1"] == "in_work"


def test_a_report_after_the_mark_is_refused(play: Play) -> None:
    case = play.planned(row("social", "Money"))
    number = f"{case.number}/1"
    play.work(number, "acceptance", {"decision": "accept"})
    task = play.open_task(play.instance(number), "work")
    body = play.claim(task)
    play.complete(body, task.id, {"decision": "report", "said": "Done"})
    play.work(number, "review", {"decision": "accept"})
    complete(play, case)
    play.clock.advance(timedelta(days=1))
    with pytest.raises(TaskClosed):
        play.complete(body, task.id, {"decision": "report", "said": "Done again, otherwise"})
    assert play.states(case.number) == {"1": "done"}


def test_a_process_carries_nothing_of_people(play: Play) -> None:
    """Law 6: whatever stands in variables and states are ids, codes, dates and decisions."""
    case = amended(play)
    number = case.number
    play.work(number, "amendment", amendment(play, number))
    play.work(f"{number}/1", "work", {"decision": "ask", "asked": "Aruzhan is afraid?"})
    words = ("Сәрсен", "Дана", MOTHER, DAUGHTER, "Ақтау", "Help of", "Much has", "afraid", "August")
    with play.reading() as uow:
        ids = [row.id for row in uow.session.execute(select(instance.c.id))]
        carried = {one: (uow.instances.variables(one), uow.instances.state(one)) for one in ids}
    assert len(carried) == 5
    assert any(number.encode() in state for _, state in carried.values()), "states are readable"
    for variables, state in carried.values():
        for word in words:
            assert word not in repr(variables), word
            assert word.encode() not in state, word


def test_the_unified_system_is_told_states_and_days_and_no_texts(play: Play) -> None:
    case = play.planned(row("social", "Money", service="soc.assistance", term=""))
    play.done(f"{case.number}/1")
    complete(play, case)
    with play.reading() as uow:
        stands = plan_state(uow.session, case.number)
        answers = people.answers(uow.session, case.number)
    assert stands is not None
    assert (stands.result, stands.completed_on) == ("full", play.plan(case.number).completed_on)
    (told,) = stands.measures
    assert (told.number, told.service, told.status) == (
        f"{case.number}/1",
        "soc.assistance",
        "done",
    )
    assert (told.body, told.done_on) == ("sb.social.47", stands.completed_on)
    assert "Money" not in repr(stands)
    # The sandbox knows nobody of this stage's family; but it was asked and told.
    assert {"unified_system", "family_card"} <= {one.system for one in answers}


def test_the_plan_begins_with_what_the_systems_know(play: Play) -> None:
    """S-4.8: level and running support stand in the form before anybody types."""
    found = next(one for one in hardships() if one.support)
    family = found.family
    applicant, *others = [
        person(
            one.person.surname,
            one.person.name,
            one.person.iin or "",
            one.person.born.isoformat() if one.person.born else "",
            sex=one.person.sex,
            relationship=one.relationship.value,
        )
        for one in family.members
    ]
    case = play.open()
    play.work(case.number, "intake", intake(**applicant, members=others))
    shown = play.shown(case.number, "plan")
    assert shown["level"] in {"A", "B", "C", "D", "E"}
    codes = {one.code for one in found.support}
    assert {one["code"] for one in shown["support"]} == codes
    assert {one["value"] for one in shown["supports"]} == codes
    assert all(one["whom"] for one in shown["support"])
    assert codes <= set(services.SUPPORT)
