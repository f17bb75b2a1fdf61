"""Order 170, K-5 … K-19: a family's case through all offices, by services and sandbox."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.errors import FormRefused, NotFound, TaskTaken
from engine.services import bundles, messages, notifications, signatures, tasks
from engine.services.views import Box, CaseState, InboxQuery
from engine.store import Database, Keys
from handlers.kandas import cases, content, records, showing
from handlers.kandas.findings import Finding, findings
from handlers.kandas.records.tables import CheckRow
from handlers.kandas.rehearsal import Case
from handlers.kandas.sayings import answered, application
from handlers.people import records as people
from handlers.registries.sandbox.families import Family, families
from handlers.registries.sandbox.server import Sandbox
from tests.acceptance.kandas_stage import (
    Stage,
    make_template,
    on_stage,
    prepare,
    start_sandbox,
    wired,
)

CENTRE, SETTLEMENT = "cc.47.1", "10"
STEPS = [
    "consultation",
    "application",
    "scans",
    "registration",
    "recheck",
    "head_check",
    "origin_check",
    "assignment",
    "completeness",
    "contact",
    "advice",
    "vacancies",
    "move",
    "plan_draft",
]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = start_sandbox(tmp_path_factory.mktemp("authority"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Path:
    return make_template(tmp_path_factory.mktemp("kandas"), keys)


@pytest.fixture
def stage(template: Path, tmp_path: Path, keys: Keys, sandbox: Sandbox) -> Iterator[Stage]:
    for system in sandbox.server.switches.modes():
        sandbox.switch(system, "ok")
    with on_stage(template, tmp_path, keys, sandbox) as found:
        yield found


def told_by(stage: Stage, tell: Callable[..., None], login: str, case: Case) -> None:
    actor = stage.actor(login)
    with stage.begin() as uow:
        tell(uow, stage.ctx, actor, case.number)
        uow.commit()
    stage.run_due()


@pytest.mark.postgresql
def test_the_same_on_postgresql(postgres_url: str, keys: Keys, sandbox: Sandbox) -> None:
    database = Database(postgres_url, keys)
    try:
        prepare(database)
        stage = wired(database, sandbox)
        case = begun(stage)
        returned(stage, case, "completeness")
        reworked(stage, case, "Тайынша")
        go(stage, case, "plan_draft")
        stage.later(days=3)
        assert told(stage, "cc10-head").count("kandas_overdue") == 1
        stage.work(case, "plan_draft")
        view = stage.view(case)
        assert view.end == "plan_ready"
        standing = [one.ordinal for one in view.signatures if one.voided is None]
        assert standing == [1, 2, 3, 4]
        with stage.reading() as uow:
            assert people.cases_of(uow.session, case.family.applicant.iin) == [case.number]
    finally:
        database.close()


def a_family(number: int = 0) -> Family:
    """Return a family with a spouse and a child."""
    fits = [one for one in families() if len(one.members) >= 4 and not one.apart]
    return fits[number]


def begun(stage: Stage, number: int = 0) -> Case:
    return stage.open(a_family(number), CENTRE, SETTLEMENT)


def go(stage: Stage, case: Case, until: str) -> None:
    """Do the usual until a step is open."""
    for _ in range(40):
        here = stage.open_elements(case)
        if until in here:
            return
        stage.work(case, next(step for step in [*STEPS, "rework"] if step in here))
    raise AssertionError(f"{until} was never reached; the case is at {here}")


def test_a_case_through_all_offices(stage: Stage) -> None:
    case = begun(stage)
    done: list[str] = []
    who: set[str] = set()
    while stage.view(case).state is CaseState.ACTIVE:
        (element,) = stage.open_elements(case)
        stage.work(case, element)
        done.append(element)
    with stage.reading() as uow:
        history = stage.view(case).history
        who = {row.who for row in history if row.what == "completed"}
        found = records.application(uow.session, case.number)
        plan = records.plan(uow.session, case.number)
    assert done == STEPS
    assert len(who) == 7
    assert stage.view(case).end == "plan_ready"
    assert found is not None
    assert (found.outcome, found.version, found.round) == ("plan_draft", 1, 1)
    assert found.portal_number.startswith("KZ-2026-")
    assert stage.sandbox.server.world.steps[case.number][-2:] == ["move", "plan_draft"]
    assert plan is not None
    assert plan.services[0] == 1


def test_four_signatures_over_one_version_verify(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "contact")
    with stage.reading() as uow:
        chain = signatures.verify_chain(uow, stage.ctx, stage.actor("admin"), case.instance)
        version = records.version(uow.session, case.number, 1)
    assert [one.ordinal for one in chain] == [1, 2, 3, 4]
    assert all(one.valid and one.voided is None for one in chain)
    assert len({one.digest for one in chain}) == 1
    assert version is not None
    assert version.digest.encode() in version.document
    assert b'version="1"' in version.document
    assert len({one.who for one in chain}) == 4


def test_the_process_carries_no_personal_data(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "plan_draft")
    carried = json.dumps(dict(stage.view(case).variables), ensure_ascii=False, default=str)
    for member in case.family.members:
        for secret in (member.person.iin, member.person.surname, member.person.document):
            assert secret not in carried, secret
    assert case.family.phone.replace(" ", "") not in carried


REMARKS = {"remarks": [{"field": "destination", "text": "Елді мекенді нақтылаңыз"}]}


def returned(stage: Stage, case: Case, element: str) -> None:
    go(stage, case, element)
    stage.work(case, element, {"decision": "return", **REMARKS})
    assert stage.open_elements(case) == ["rework"]


def reworked(stage: Stage, case: Case, locality: str | None) -> None:
    """Answer the remarks; say another locality, or change nothing."""
    row = stage.task(case, "rework")
    actor = stage._whose(row, case.family.number)
    with stage.reading() as uow:
        known = dict(tasks.look(uow, stage.ctx, actor, row.id).known)
    changes = {"destination_locality": locality} if locality else {}
    said = answered(known, "Нақтыланды", **changes)
    stage.work(case, "rework", said)


def test_returned_once_by_each_office_that_may(stage: Stage) -> None:
    case = begun(stage)
    for number, element in enumerate(["head_check", "origin_check", "completeness"], 1):
        returned(stage, case, element)
        assert stage.view(case).card.round == number + 1
        reworked(stage, case, f"Ауыл {number}")
        assert stage.open_elements(case) == ["recheck"]
        standing = [one for one in stage.view(case).signatures if one.voided is None]
        assert standing == []
    go(stage, case, "plan_draft")
    stage.work(case, "plan_draft")
    view = stage.view(case)
    assert view.end == "plan_ready"
    standing = [one for one in view.signatures if one.voided is None]
    assert [(one.ordinal, one.version) for one in standing] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert len(view.signatures) == 1 + 2 + 3 + 4
    with stage.reading() as uow:
        found = records.remarks(uow.session, case.number)
        assert [one.answer for one in found] == ["Нақтыланды"] * 3
        assert [one.number for one in records.versions(uow.session, case.number)] == [1, 2, 3, 4]


def test_rework_without_a_change_keeps_signatures_and_goes_straight_back(stage: Stage) -> None:
    case = begun(stage)
    returned(stage, case, "origin_check")
    reworked(stage, case, None)
    assert stage.open_elements(case) == ["origin_check"]
    standing = [one.ordinal for one in stage.view(case).signatures if one.voided is None]
    assert standing == [1, 2]
    stage.work(case, "origin_check")
    assert stage.open_elements(case) == ["assignment"]


def test_a_return_needs_a_remark(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "head_check")
    with pytest.raises(FormRefused) as refused:
        stage.work(case, "head_check", {"decision": "return", "remarks": []})
    assert "remarks" in refused.value.errors
    assert stage.open_elements(case) == ["head_check"]


def wrote(stage: Stage, case: Case, step: str) -> Finding | None:
    """Return what the panel shows of a step."""
    definition = stage.view(case).definition_id
    with stage.reading() as uow:
        bundle = bundles.of_definition(uow, stage.ctx, definition)
        found = findings(uow.session, bundle, case.number, "en")
    return next((one for one in found if one.step == step), None)


def test_what_was_checked_is_kept_when_the_case_is_returned(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "head_check")
    differs = {"questionnaire": "differs", "differences": "Мекенжай", "decision": "return"}
    stage.work(case, "head_check", {"relatives": "no", **differs, **REMARKS})
    seen = wrote(stage, case, "head_check")
    assert seen is not None
    assert (seen.returned, seen.attention, seen.round) == (True, True, 1)
    assert [one.said for one in seen.entries] == ["No", "There are differences", "Мекенжай"]
    reworked(stage, case, "Ауыл")
    go(stage, case, "head_check")
    assert wrote(stage, case, "head_check") == seen, "the next round sees it before it answers"
    go(stage, case, "completeness")
    ticks = {"data_complete": True, "scans_there": False, "consent_there": True}
    stage.work(case, "completeness", {**ticks, "decision": "return", **REMARKS})
    seen = wrote(stage, case, "completeness")
    assert seen is not None
    assert [one.ticked for one in seen.entries] == [True, False, True]
    again = wrote(stage, case, "head_check")
    assert again is not None
    assert (again.returned, again.round) == (False, 2)


def test_a_return_may_say_nothing_but_its_remarks(stage: Stage) -> None:
    case = begun(stage)
    for step in ("head_check", "completeness"):
        returned(stage, case, step)
        reworked(stage, case, f"Ауыл {step}")
        assert wrote(stage, case, step) is None


def test_a_signature_needs_both_answers(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "head_check")
    with pytest.raises(FormRefused) as refused:
        stage.work(case, "head_check", {"decision": "forward"})
    assert set(refused.value.errors) == {"relatives", "questionnaire"}
    assert [one.ordinal for one in stage.view(case).signatures] == [1]


def told(stage: Stage, login: str) -> list[str]:
    with stage.reading() as uow:
        found = notifications.list_notifications(uow, stage.ctx, stage.actor(login))
    return [one.kind for one in found]


def test_one_step_late_is_told_to_three_people_each_working_day(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "head_check")
    row = stage.task(case, "head_check")
    assert row.due == datetime(2026, 9, 8, 13, 0, tzinfo=UTC)
    stage.until(datetime(2026, 9, 8, 12, 59, tzinfo=UTC))
    assert "kandas_overdue" not in told(stage, "mc47-head")
    stage.until(datetime(2026, 9, 8, 13, 1, tzinfo=UTC))
    for login in ("mc47-head", "leo47-head"):
        assert told(stage, login).count("kandas_overdue") == 1, login
    for day in (9, 10, 11, 12, 13):
        stage.until(datetime(2026, 9, day, 13, 1, tzinfo=UTC))
    assert told(stage, "leo47-head").count("kandas_overdue") == 4
    head = stage.actor("mc47-head")
    with stage.reading() as uow:
        late = tasks.inbox(uow, stage.ctx, head, InboxQuery(box=Box.OVERDUE))
    assert [one.business_key for one in late.rows] == [case.number]
    stage.work(case, "head_check")
    stage.until(datetime(2026, 9, 15, 13, 1, tzinfo=UTC))
    assert told(stage, "mc47-head").count("kandas_overdue") == 4


def test_a_decision_left_unsigned_is_told_to_the_director_and_two_heads(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "vacancies")
    offer = {"position": "Аспаз", "employer": "«Береке» ЖШС"}
    stage.work(case, "vacancies", {"offers": [offer], "reaction": "refused"})
    stage.work(case, "unemployment_draft")
    row = stage.task(case, "director_signature")
    assert row.due == datetime(2026, 9, 8, 13, 0, tzinfo=UTC)
    # The director is the career centre's head as well: told once a day all the same.
    assert stage._whose(row, case.family.number).account == stage.logins["cc10-head"]
    stage.until(datetime(2026, 9, 8, 12, 59, tzinfo=UTC))
    assert "kandas_overdue" not in told(stage, "cc10-head")
    stage.until(datetime(2026, 9, 8, 13, 1, tzinfo=UTC))
    stage.until(datetime(2026, 9, 9, 13, 1, tzinfo=UTC))
    for name in ("cc10-head", "mc10-head"):
        assert told(stage, name).count("kandas_overdue") == 2, name
    stage.work(case, "director_signature")
    stage.until(datetime(2026, 9, 10, 13, 1, tzinfo=UTC))
    assert told(stage, "mc10-head").count("kandas_overdue") == 2


def test_the_nine_working_days_are_told_to_all_heads(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "contact")
    stage.until(datetime(2026, 9, 18, 13, 1, tzinfo=UTC))
    for login in ("cc47-head", "mc47-head", "leo47-head", "leo10-head", "mc10-head", "cc10-head"):
        assert told(stage, login).count("kandas_total") == 1, login
    assert stage.open_elements(case) == ["contact"]


def test_one_region_is_refused(stage: Stage) -> None:
    case = begun(stage)
    stage.work(case, "consultation")
    with pytest.raises(FormRefused) as refused:
        stage.work(case, "application", application(case.family, "47", "47"))
    assert list(refused.value.errors) == ["destination_region"]
    assert stage.open_elements(case) == ["application"]
    stage.work(case, "application", application(case.family, "47", "10"))


def test_unreachable_is_told_waited_for_and_closed(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "contact")
    for _ in range(3):
        said = {"channel": "phone", "date": stage.today(), "result": "no_answer"}
        stage.work(case, "contact", said)
    assert stage.open_elements(case) == []
    assert "kandas_unreachable" in told(stage, "cc47-1")
    assert sent(stage, case, "mobile_app")["kind"] == "unreachable"
    assert stage.view(case).variables["unreachable_shown_at"]
    stage.later(days=15)
    view = stage.view(case)
    assert (view.state, view.end) == (CaseState.COMPLETED, "closed")
    with stage.reading() as uow:
        assert records.application(uow.session, case.number).outcome == "unreachable"


def test_an_app_that_is_down_does_not_keep_an_unreachable_case_open(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "contact")
    stage.sandbox.switch("mobile_app", "down")
    for _ in range(3):
        said = {"channel": "phone", "date": stage.today(), "result": "no_answer"}
        stage.work(case, "contact", said)
    assert "kandas_unreachable" in told(stage, "cc47-1")
    stage.later(days=15)
    view = stage.view(case)
    assert (view.state, view.end) == (CaseState.COMPLETED, "closed")


def test_unreachable_may_turn_up(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "contact")
    for _ in range(3):
        said = {"channel": "phone", "date": stage.today(), "result": "no_answer"}
        stage.work(case, "contact", said)
    told_by(stage, cases.appeared, "mc10-1", case)
    go(stage, case, "plan_draft")


def test_refusal_ends_with_the_directors_signature(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "vacancies")
    offer = {"position": "Аспаз", "employer": "«Береке» ЖШС"}
    stage.work(case, "vacancies", {"offers": [offer], "reaction": "refused"})
    stage.work(case, "unemployment_draft")
    remarks = [{"field": "text", "text": "Негізін жазыңыз"}]
    stage.work(case, "director_signature", {"decision": "return", "remarks": remarks})
    stage.work(case, "unemployment_draft")
    stage.work(case, "director_signature")
    view = stage.view(case)
    assert (view.state, view.end) == (CaseState.COMPLETED, "unemployment_sent")
    director = [one for one in view.signatures if one.ordinal == 5]
    assert [one.valid for one in director] == [True]
    with stage.reading() as uow:
        drafted = records.decision(uow.session, case.number)
        _, signed = uow.signatures.papers(director[0].id)
    sent = stage.sandbox.server.world.drafts[case.number]
    assert (sent.text, sent.version) == (drafted.said, 2)
    assert base64.b64decode(sent.signed) == signed
    assert "kandas_unemployed" in told(stage, "mc10-1")


def test_no_vacancy_waits_for_the_period_and_goes_to_k18(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "vacancies")
    stage.work(case, "vacancies", {"offers": [], "reaction": "none"})
    assert stage.open_elements(case) == []
    stage.later(days=20)
    assert stage.open_elements(case) == ["unemployment_draft"]


def test_withdrawn_at_any_moment(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "origin_check")
    told_by(stage, cases.withdraw, "cc47-1", case)
    stage.run_due()
    view = stage.view(case)
    assert (view.state, view.tasks) == (CaseState.COMPLETED, ())
    with stage.reading() as uow:
        assert records.application(uow.session, case.number).outcome == "withdrawn"


def test_a_withdrawal_of_another_case_reaches_only_that_one(stage: Stage) -> None:
    first, second = begun(stage, 0), begun(stage, 1)
    told_by(stage, cases.withdraw, "cc47-1", second)
    stage.run_due()
    assert stage.view(first).state is CaseState.ACTIVE
    assert stage.view(second).state is CaseState.COMPLETED
    with stage.begin() as uow:
        nobody = messages.publish(
            uow, stage.ctx, stage.actor("admin"), "kandas.appeared", business_key=first.number
        )
    assert nobody == ()


def test_a_registry_that_is_down_holds_nobody_up(stage: Stage) -> None:
    stage.sandbox.switch("gbd_fl", "down")
    case = begun(stage)
    stage.work(case, "consultation")
    stage.work(case, "application")
    assert stage.open_elements(case) == []
    stage.later(minutes=11)
    assert stage.open_elements(case) == ["scans"]
    row = stage.task(case, "scans")
    with stage.reading() as uow:
        known = tasks.look(uow, stage.ctx, stage._whose(row, case.family.number), row.id).known
    assert "identity" in [one["kind"] for one in known["scans"]]
    stage.work(case, "scans")
    go(stage, case, "head_check")
    for _ in range(8):
        stage.later(minutes=5)
    assert [one.element for one in stage.view(case).incidents] == ["query_gbd_fl"]
    go(stage, case, "plan_draft")
    stage.work(case, "plan_draft")
    assert stage.view(case).end == "plan_ready"


def sent(stage: Stage, case: Case, system: str) -> dict[str, object]:
    """Return what a system was sent last, as the log of answers keeps it."""
    with stage.reading() as uow:
        (last,) = [one for one in people.answers(uow.session, case.number) if one.system == system]
        kept = people.answer_text(uow.session, last.id)
    assert kept is not None
    found: dict[str, object] = json.loads(kept[1])["data"]
    return found


def test_the_registry_is_asked_from_the_days_that_the_case_keeps(stage: Stage) -> None:
    stage.ctx.settings["kandas.marriage_from"] = "2011-01-01"
    case = begun(stage)
    go(stage, case, "scans")
    since = {"birth": "2007-08-13", "marriage": "2011-01-01", "death": "2008-05-01"}
    assert sent(stage, case, "civil_registry")["since"] == since


def test_the_move_is_entered_in_the_portal_with_place_route_and_vacancy(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "move")
    known = stage.view(case).variables
    assert known["receipt_shown_at"]
    assert known["advice_shown_at"] >= known["receipt_shown_at"]
    stage.work(case, "move")
    with stage.reading() as uow:
        move = records.move(uow.session, case.number)
        systems = {one.system for one in people.answers(uow.session, case.number)}
    assert move is not None
    told = sent(stage, case, "migration_portal")
    assert told["status"] == "move"
    assert told["details"] == {
        "vacancy": case.family.occupation.kk,
        "employer": "«Береке» ЖШС",
        "locality": move.locality,
        "route": move.route,
        "date": move.day.isoformat(),
        "transport": "rail",
        "heads": str(len(case.family.members)),
        "terms": move.terms,
    }
    assert move.route not in json.dumps(dict(stage.view(case).variables), default=str)
    assert {"migration_portal", "mobile_app", "labour_exchange"} <= systems <= set(showing.SYSTEMS)


def test_another_office_does_not_see_the_task(stage: Stage) -> None:
    case = begun(stage)
    row = stage.task(case, "consultation")
    with stage.reading() as uow, pytest.raises(NotFound):
        tasks.look(uow, stage.ctx, stage.actor("cc61-1"), row.id)


def test_k12_belongs_to_the_employee_chosen_in_k11(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "assignment")
    chosen, other = stage.actor("leo10-1"), stage.actor("leo10-2")
    stage.work(case, "assignment", {"assigned": chosen.account})
    row = stage.task(case, "completeness")
    assert row.assignee == chosen.account
    with stage.begin() as uow, pytest.raises(TaskTaken):
        tasks.claim(uow, stage.ctx, other, row.id)


def checked(stage: Stage, case: Case, step: str) -> list[dict[str, object]]:
    """Return what was kept of a step, oldest first."""
    query = select(CheckRow.found).where(CheckRow.case_number == case.number, CheckRow.step == step)
    with stage.reading() as uow:
        return list(uow.session.scalars(query.order_by(CheckRow.id)))


def test_the_instruction_of_k11_and_the_measures_of_k16_are_kept(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "assignment")
    chosen = stage.actor("leo10-1").account
    stage.work(case, "assignment", {"assigned": chosen, "note": "Бүгін қараңыз"})
    assert checked(stage, case, "assignment") == [{"assigned": chosen, "note": "Бүгін қараңыз"}]
    go(stage, case, "vacancies")
    said = {"measures": ["training", "business"], "reaction": "none", "note": "Сенбіде келеді"}
    stage.work(case, "vacancies", {"offers": [], **said})
    (kept,) = checked(stage, case, "vacancies")
    assert kept == said


def test_cards_and_search(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "registration")
    applicant = case.family.applicant
    with stage.reading() as uow:
        for words in (applicant.surname, f"{applicant.name} {applicant.surname}", applicant.iin):
            assert people.cases_of(uow.session, words) == [case.number], words
        assert people.cases_of(uow.session, "Ешкім") == []
        view = stage.view(case)
    assert applicant.surname in view.card.title
    assert (view.card.origin, view.card.destination) == ("Маңғыстау", "Абай")
    assert view.card.heads == len(case.family.members)
    assert [stop.lane for stop in view.way] == [
        "cc_origin",
        "mc_origin",
        "leo_origin",
        "leo_settlement",
        "mc_settlement",
    ]


def test_two_children_died_and_each_has_an_act_or_a_scan_of_its_own(stage: Stage) -> None:
    family = next(one for one in families() if one.lost and one.lost[0].iin)
    case = stage.open(family, CENTRE, SETTLEMENT)
    stage.work(case, "consultation")
    values = application(family, "47", SETTLEMENT)
    (known,) = values["lost"]
    unknown = {"surname": "Сейітқали", "name": "Нұрлан", "death_date": "2012-03-02"}
    stage.work(case, "application", {**values, "lost": [known, unknown]})
    with stage.reading() as uow:
        found = records.application(uow.session, case.number)
        first, second = (str(row["person"]) for row in content.lost(found.content))
        asked = tasks.look(
            uow, stage.ctx, stage.claim(stage.task(case, "scans")), stage.task(case, "scans").id
        ).known
    assert stage.view(case).variables["deceased"] == [first, second]
    deaths = [row["person"] for row in asked["scans"] if row["kind"] == "death"]
    assert deaths == [second], "the registry knows the other one"
    assert second in {one["value"] for one in asked["people"]}
    go(stage, case, "head_check")
    with stage.reading() as uow:
        version = records.version(uow.session, case.number, 1)
        scans = records.scans(uow.session, case.number)
    assert version.document.count(b"<deceased>") == 2
    assert "Нұрлан".encode() in version.document
    assert scans[("death", second)]
    assert ("death", first) not in scans
