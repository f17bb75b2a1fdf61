"""The pages of order 74, as a browser's requests meet them: every route × every role, and acts."""

import io
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from engine.bootstrap import App
from engine.config import Settings
from engine.jobs.executor import Executor
from engine.signing import enveloped
from engine.store import Database, Keys
from engine.web.application import create_app
from handlers.registries.sandbox.server import Sandbox
from handlers.support import cases, records
from handlers.support.pages.board import terms
from handlers.support.pages.drawing import look_of
from handlers.support.records import PlanState, desks, overviews, seen
from tests.acceptance.kandas_stage import start_sandbox
from tests.acceptance.support_stage import (
    DAUGHTER,
    MOTHER,
    Case,
    Play,
    intake,
    make_template,
    on_stage,
    person,
    prepare,
    row,
    wired,
)

SignIn = Callable[[str], FlaskClient]
#: Modules whose routes are walked here; those of quarters and regions have tests of their own.
MODULES = {f"handlers.support.pages.{one}" for one in ("acts", "board", "plans", "prints")}
SPECIALIST, COLLEAGUE, HEAD = "fsc.47.1-1", "fsc.47.1-2", "fsc.47.1-head"
OTHER, OTHER_HEAD = "fsc.61.1-1", "fsc.61.1-head"
BODY, BODY_HEAD, OTHER_BODY = "sb.housing.47", "sb.housing.47-head", "sb.social.47"
EVERYBODY = (
    *(SPECIALIST, COLLEAGUE, HEAD, OTHER, OTHER_HEAD, BODY, BODY_HEAD, OTHER_BODY),
    *("leo.47", "leo.61", "policy", "admin"),
)
NOTE = "The former husband threatens her"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = start_sandbox(tmp_path_factory.mktemp("authority"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Path:
    return make_template(tmp_path_factory.mktemp("pages"), keys)


@pytest.fixture
def play(template: Path, tmp_path: Path, keys: Keys, sandbox: Sandbox) -> Iterator[Play]:
    with on_stage(template, tmp_path, keys, sandbox) as found:
        yield found


def pages(play: Play) -> Flask:
    settings = Settings(
        secret_key="x" * 40,
        extensions=("handlers.support", "handlers.people", "handlers.registries"),
    )
    executor = Executor(play.database, play.ctx)
    made = App(settings=settings, database=play.database, context=play.ctx, executor=executor)
    return create_app(made)


@pytest.fixture
def app(play: Play) -> Flask:
    return pages(play)


@pytest.fixture
def sign_in(play: Play, app: Flask) -> SignIn:
    def enter(login: str) -> FlaskClient:
        client = app.test_client()
        with client.session_transaction() as session:
            session["_user_id"] = play.logins[login]
        return client

    return enter


def token(client: FlaskClient) -> str:
    found: str = (client.get("/session").json or {})["csrf"]
    return found


def post(client: FlaskClient, address: str, **said: str) -> tuple[int, str, str]:
    """Return status, page and where it leads."""
    answer = client.post(address, data={"csrf_token": token(client), **said})
    return answer.status_code, answer.text, answer.headers.get("Location", "")


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def printed(data: bytes) -> str:
    """Return the text of a PDF, its lines joined."""
    pages = PdfReader(io.BytesIO(data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def plan_of(case: Case) -> str:
    """Return the address of a plan as links write it."""
    return f"/support/plans/{quote(case.number)}"


RISKS = {"risks": ["relapse"], "risk_level": "high", "risk_note": NOTE}


def begun(play: Play) -> Case:
    """Bring a mother and a daughter to a running plan of three measures; hers comes first."""
    return play.planned(
        row("housing", "A place to live"),
        row("education", "A place at school", person="daughter"),
        row("social", "Help with money"),
        **RISKS,
    )


# ── every route × every role, own and foreign office ──────────────────────────────────────

#: Endpoint and method → who gets through to a plan of centre fsc.47.1, with which status.
CENTRE = dict.fromkeys((SPECIALIST, COLLEAGUE, HEAD), 200)
STEPS: Mapping[tuple[str, str], Mapping[str, int]] = {
    ("support.plans", "GET"): {**CENTRE, OTHER: 200, OTHER_HEAD: 200},
    ("support.find", "POST"): {
        **dict.fromkeys((*CENTRE, OTHER, OTHER_HEAD, BODY_HEAD), 303),
    },
    ("support.new", "GET"): dict.fromkeys((SPECIALIST, COLLEAGUE, OTHER), 200),
    ("support.open_case", "POST"): dict.fromkeys((SPECIALIST, COLLEAGUE), 303),
    ("support.board", "GET"): {**CENTRE, "admin": 200},
    ("support.measure", "GET"): {**CENTRE, BODY: 200, BODY_HEAD: 200, "admin": 200},
    ("support.answer", "GET"): CENTRE,
    # A body has one measure of it, an administrator no names: neither has a print.
    ("support.plan_pdf", "GET"): CENTRE,
    ("support.ask", "GET"): CENTRE,
    # Nothing is typed: refused with the page itself, and nothing is done.
    ("support.carry_out", "POST"): dict.fromkeys(CENTRE, 400),
}


def test_every_route_is_expected(app: Flask) -> None:
    there = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if app.view_functions[rule.endpoint].__module__ in MODULES
    }
    assert there == set(STEPS), "say in STEPS who may ask for a new route"


def addresses(play: Play, case: Case) -> dict[str, str]:
    with play.reading() as uow:
        answer = records_answers(uow.session, case.number)
    plan = f"/support/plans/{case.number}"
    return {
        "support.plans": "/support/",
        "support.find": "/support/find",
        "support.new": "/support/new",
        "support.open_case": "/support/new",
        "support.board": plan,
        "support.measure": f"{plan}/2",
        "support.answer": f"{plan}/answers/{answer}",
        "support.plan_pdf": f"{plan}/plan.pdf",
        "support.ask": f"{plan}/moved",
        "support.carry_out": f"{plan}/moved",
    }


def records_answers(session: object, number: str) -> str:
    from handlers.people import records as people  # noqa: PLC0415

    return people.answers(session, number)[0].id  # type: ignore[arg-type]


def test_roles_keep_to_their_routes_and_offices_to_their_plans(play: Play, sign_in: SignIn) -> None:
    case = begun(play)
    assert play.measures(case.number)["2"].body == BODY
    found = addresses(play, case)
    for login in EVERYBODY:
        client = sign_in(login)
        for (endpoint, method), expected in STEPS.items():
            form = {"centre": "fsc.47.1", "q": ""} if endpoint != "support.carry_out" else {}
            if method == "GET":
                answer = client.get(found[endpoint])
                pdf = answer.mimetype == "application/pdf"
                status, page = answer.status_code, printed(answer.data) if pdf else answer.text
            else:
                status, page, _ = post(client, found[endpoint], **form)
            wanted = {expected[login]} if login in expected else {403, 404}
            assert status in wanted, (login, endpoint, status, words(page)[:400])
            if login not in expected:
                assert "Сәрсен" not in page, (login, endpoint)
    assert play.plan(case.number).state is PlanState.RUNNING


def test_the_street_gets_to_the_sign_in_page(play: Play, app: Flask) -> None:
    case = begun(play)
    for address in set(addresses(play, case).values()):
        if address != "/support/find":
            answer = app.test_client().get(address)
            assert (answer.status_code, answer.location[:8]) == (302, "/sign-in"), address


# ── what who sees (S-7.3) ─────────────────────────────────────────────────────────────────


def test_the_board_shows_children_first_and_every_state(play: Play, sign_in: SignIn) -> None:
    case = begun(play)
    play.done(f"{case.number}/1")
    play.work(f"{case.number}/2", "acceptance", {"decision": "accept"})
    play.until(datetime(2026, 10, 8, 5, 0, tzinfo=UTC))
    page = sign_in(SPECIALIST).get(f"/support/plans/{case.number}").text
    board = words(page[page.index('class="board"') :])
    for said in ("орындалды", "кешікті 3 күнге 5 қаз.", "бала мүддесі алдымен"):
        assert said in board
    assert board.index("A place at school") < board.index("A place to live")
    assert "Аружан, 10 жас" in board
    assert "Орындалды: 1 / 3 іс-шара" in words(page)
    # What is expected of whom leads to the task or to the measure.
    assert f'href="{plan_of(case)}/2"' in page
    play.report(f"{case.number}/2")
    page = sign_in(SPECIALIST).get(f"/support/plans/{case.number}").text
    task = play.open_task(play.instance(f"{case.number}/2"), "review").id
    assert f'href="/tasks/{task}"' in page
    assert "тексеруде" in words(page)


def test_a_rework_is_late_by_its_own_term(play: Play, sign_in: SignIn) -> None:
    case = begun(play)
    number = f"{case.number}/2"
    play.work(number, "acceptance", {"decision": "accept"})
    play.report(number, said="Half of it")
    play.work(number, "review", {"decision": "return", "reason": "The other half"})
    client, address = sign_in(SPECIALIST), f"/support/plans/{case.number}"
    assert "қайтарылды 2-айналым 9 қыр." in words(client.get(address).text)
    play.until(datetime(2026, 9, 11, 5, 0, tzinfo=UTC))
    assert "кешікті 2 күнге 2-айналым 9 қыр." in words(client.get(address).text)


def test_a_done_measure_tells_how_often_it_came_back(play: Play, sign_in: SignIn) -> None:
    case = begun(play)
    number = f"{case.number}/2"
    play.work(number, "acceptance", {"decision": "accept"})
    for reason in ("The other half", "And the rest"):
        play.report(number)
        play.work(number, "review", {"decision": "return", "reason": reason})
    play.work(number, "escalation", {"decision": "go_on", "said": "I see to it"})
    play.report(number)
    play.work(number, "review", {"decision": "accept"})
    client, address = sign_in(SPECIALIST), f"/support/plans/{case.number}"
    assert "орындалды 2 рет қайтты" in words(client.get(address).text)
    page = client.get(f"{address}/2").text
    assert page.count('class="kin"') == 2
    assert page.count('class="kin fine"') == 1


def test_an_administrator_sees_states_and_no_names(play: Play, sign_in: SignIn) -> None:
    case = begun(play)
    client = sign_in("admin")
    for address in (f"/support/plans/{case.number}", f"/support/plans/{case.number}/1"):
        page = client.get(address).text
        assert "жіберілді" in words(page)
        for secret in ("Сәрсен", "Аружан", "A place at school", "+77010000001", NOTE):
            assert secret not in page


def test_a_body_sees_its_own_measure_and_whom_it_is_for(play: Play, sign_in: SignIn) -> None:
    case = begun(play)
    play.done(f"{case.number}/3")
    client = sign_in("sb.education.47")
    task = play.open_task(play.instance(f"{case.number}/1"), "acceptance").id
    for address in (f"/support/plans/{case.number}/1", f"/tasks/{task}"):
        page = words(client.get(address).text)
        for said in ("Сәрсен Аружан", "Сәрсен Дана", "+77010000001", "Ақтау, 5-1-10"):
            assert said in page, (address, said)
        for secret in ("Help with money", "A place to live", NOTE, "Without a home", DAUGHTER):
            assert secret not in page, (address, secret)
    assert client.get(f"/support/plans/{case.number}/2").status_code == 404
    assert client.get(f"/support/plans/{case.number}").status_code == 404


@pytest.mark.parametrize(("login", "sees"), [(SPECIALIST, True), (HEAD, True), (COLLEAGUE, False)])
def test_risks_are_for_the_head_and_who_leads_the_plan(
    play: Play, sign_in: SignIn, login: str, sees: bool
) -> None:
    case = begun(play)
    client = sign_in(login)
    page = client.get(f"/cases/{case.instance}").text
    assert "Сәрсен Аружан" in page
    assert "A place to live" in page
    assert (NOTE in page) is sees


def test_the_interior_body_sees_the_risks_of_its_member(play: Play, sign_in: SignIn) -> None:
    case = play.planned(row("interior", "Watch over her"), row("social", "Money"), **RISKS)
    page = sign_in("sb.interior.47").get(f"/support/plans/{case.number}/1").text
    assert NOTE in page
    assert NOTE not in sign_in(OTHER_BODY).get(f"/support/plans/{case.number}/2").text


def test_a_measure_tells_rounds_questions_and_documents(play: Play, sign_in: SignIn) -> None:
    case = begun(play)
    number = f"{case.number}/2"
    play.work(number, "acceptance", {"decision": "ask", "asked": "Which district?"})
    play.work(number, "answer", {"said": "The third one"})
    play.work(number, "acceptance", {"decision": "accept"})
    task = play.open_task(play.instance(number), "work")
    scan = play.scan(play.claim(task), task.id, "documents", "Order")
    play.report(number, said="Put into the queue", documents=[scan])
    play.work(number, "review", {"decision": "return", "reason": "Which place in it?"})
    for login in (SPECIALIST, BODY):
        page = sign_in(login).get(f"/support/plans/{case.number}/2").text
        for said in (
            *("Which district?", "The third one", "Put into the queue", "Which place in it?"),
            *("Орталық қайтарды", "1-айналым", "Order.pdf", f"/{scan}"),
        ):
            assert said in page, (login, said)
    assert "Order.pdf" not in sign_in("admin").get(f"/support/plans/{case.number}/2").text


def test_the_head_sees_what_a_new_version_changes(play: Play, sign_in: SignIn) -> None:
    case = play.open()
    play.work(case.number, "intake", intake())
    play.draw_up(case.number, row("social", "Help with money"))
    play.work(case.number, "approval", {"decision": "return", "remark": "Think of the child"})
    task = play.open_task(play.instance(case.number), "plan").id
    assert "Think of the child" in sign_in(SPECIALIST).get(f"/tasks/{task}").text
    measures = [
        {**row("social", "Help with money", term="2026-10-09"), "_was": 0},
        row("education", "A place at school"),
    ]
    values = {"decision": "submit", "aims": ["adaptation"], "measures": measures, "involved": True}
    play.work(case.number, "plan", values)
    task = play.open_task(play.instance(case.number), "approval").id
    page = sign_in(HEAD).get(f"/tasks/{task}").text
    panel = words(page[page.index('id="chg-h"') :])
    assert "2-нұсқа: ескертуден кейін" in panel
    assert "өзгерді : Help with money 05.10.2026 → 09.10.2026" in panel
    assert "қосылды : A place at school, Білім беру" in panel
    assert "Without a home since August" in words(page)


def test_completion_shows_every_measure_with_its_result(play: Play, sign_in: SignIn) -> None:
    case = play.planned(row("social", "Money"), row("housing", "A flat"))
    play.done(f"{case.number}/1")
    play.work(f"{case.number}/2", "acceptance", {"decision": "accept"})
    play.work(f"{case.number}/2", "work", {"decision": "impossible", "reason": "None is left"})
    play.work(f"{case.number}/2", "review", {"decision": "accept"})
    task = play.open_task(play.instance(case.number), "completion").id
    page = sign_in(SPECIALIST).get(f"/tasks/{task}").text
    panel = words(page[page.index('id="mes-h"') :])
    assert "1. Money" in panel
    assert "мүмкін емес" in panel
    assert "None is left" in panel


# ── the plan on paper (S-8) ───────────────────────────────────────────────────────────────


def test_a_plan_is_printed_with_family_measures_and_who_signed_it(
    play: Play, sign_in: SignIn
) -> None:
    case = begun(play)
    play.done(f"{case.number}/2")
    client, address = sign_in(SPECIALIST), f"{plan_of(case)}/plan.pdf"
    for page in (f"/support/plans/{case.number}", f"/cases/{case.instance}"):
        assert f'href="{address}"' in client.get(page).text, page
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    said = printed(answer.data)
    for word in (
        f"Жеке жұмыс жоспары № {case.number}",
        "1-нұсқа, орындалуда",
        "Сәрсен Аружан 12.04.2016 бала кәмелетке толмаған",
        "балалардың заңды өкілі: ата-ана",
        "тұрмыстық зорлық-зомбылық",
        "Without a home since August",
        "E – шұғыл",
        "әлеуметтік бейімдеу",
        "A place at school A place at school: done Білім беру",
        "05.10.2026 жіберілді",
        "05.10.2026 орындалды 07.09.2026",
        "1-нұсқа: алғашқы жоспар. Бекітілді:",
    ):
        assert word in said, (word, said)
    assert NOTE not in said
    assert DAUGHTER not in said
    assert said.index("A place at school") < said.index("A place to live")
    with play.reading() as uow:
        made = records.version(uow.session, case.number, 1)
        row_ = uow.signatures.of_instance(case.instance)[0]
        serial = enveloped.last_serial(uow.signatures.papers(row_.id)[1])
    assert made
    assert serial
    assert f"Сертификат: {serial}" in said
    assert made.digest in said


def test_an_unapproved_plan_is_printed_as_a_draft_and_an_amendment_once_approved(
    play: Play, sign_in: SignIn
) -> None:
    case = play.open()
    play.work(case.number, "intake", intake())
    play.draw_up(case.number, row("social", "Help with money"))
    client, address = sign_in(SPECIALIST), f"{plan_of(case)}/plan.pdf"
    said = printed(client.get(address).data)
    assert "ЖОБА: жоспар әлі бекітілген жоқ." in said
    assert "Help with money" in said
    assert "ЭЦҚ" not in said
    play.work(case.number, "approval", {"decision": "approve"})
    play.act(cases.start_amendment, SPECIALIST, case.number)
    kept = [{**one, "_was": "0"} for one in play.shown(case.number, "amendment")["changes"]]
    values = {
        "decision": "submit",
        "reason": "The daughter begins school",
        "changes": kept,
        "added": [row("education", "A place at school")],
    }
    play.work(case.number, "amendment", values)
    said = printed(client.get(address).data)
    assert "2-нұсқа әлі бекітілген жоқ; мұнда бекітілгені тұр." in said
    assert "A place at school" not in said
    play.work(case.number, "amendment_approval", {"decision": "approve"})
    said = printed(client.get(address).data)
    assert "әлі бекітілген жоқ" not in said
    assert "2-нұсқа: жоспар өзгерді. The daughter begins school" in said
    assert "қосылды: A place at school" in said
    assert said.count("ЭЦҚ:") == 2


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_page_speaks_three_languages(play: Play, sign_in: SignIn, language: str) -> None:
    case = begun(play)
    client = sign_in(HEAD)
    post(client, "/language", code=language)
    heads = {"kk": "ӨҚЖ жоспарлары", "ru": "Планы ТЖС", "en": "Work plans"}
    plan = f"/support/plans/{case.number}"
    for address in ("/support/", plan, f"{plan}/1", f"{plan}/close", f"/cases/{case.instance}"):
        page = client.get(address).text
        assert heads[language] in page
        left = re.findall(
            r">\s*((?:measure|plan|task|relation|answer|source|risk|level):\w+)", page
        )
        assert left == [], address


# ── the list ──────────────────────────────────────────────────────────────────────────────


def listed(page: str) -> list[str]:
    found = re.findall(r'class="who-t"><a href="/support/plans/([^"]+)"', page)
    return [unquote(one) for one in found]


def test_the_list_is_narrowed_and_searched(play: Play, sign_in: SignIn) -> None:
    case = begun(play)
    second = play.open()
    client = sign_in(SPECIALIST)
    both = [second.number, case.number]
    assert listed(client.get("/support/").text) == both
    assert listed(client.get("/support/?state=running").text) == [case.number]
    assert listed(client.get("/support/?field=housing").text) == [case.number]
    assert listed(client.get("/support/?body=sb.sport.47").text) == []
    assert listed(client.get("/support/?waiting=1").text) == [second.number]
    assert listed(client.get("/support/?late=1").text) == []
    assert listed(client.get("/support/?over=1").text) == []
    for wanted in ("Сәрсен", MOTHER, case.number, case.number[-5:]):
        status, _, where = post(client, "/support/find", q=wanted, centre="fsc.47.1")
        assert status == 303
        assert wanted not in where
        assert listed(client.get(where).text) == [case.number], wanted
    play.until(datetime(2026, 10, 8, 5, 0, tzinfo=UTC))
    assert listed(client.get("/support/?late=1&body=sb.housing.47").text) == [case.number]
    page = words(client.get("/support/").text)
    assert "Ең ұзақ кешіккендер" in page
    assert "A place to live" in page


def test_a_foreign_centre_finds_nothing_of_them(play: Play, sign_in: SignIn) -> None:
    case = begun(play)
    client = sign_in(OTHER)
    assert listed(client.get("/support/").text) == []
    assert client.get("/support/?centre=fsc.47.1").status_code == 404
    _, _, where = post(client, "/support/find", q=MOTHER)
    page = client.get(where).text
    assert listed(page) == []
    assert case.number not in page


def test_an_iin_does_not_stay_in_an_address(sign_in: SignIn) -> None:
    answer = sign_in(SPECIALIST).get(f"/support/?q={MOTHER}")
    assert answer.status_code == 303
    assert MOTHER not in answer.location


def test_pages_of_the_list_follow_each_other(
    play: Play, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.support.pages.plans.SIZE", 2)
    numbers = [play.open().number for _ in range(5)]
    client, address, seen = sign_in(SPECIALIST), "/support/", list[str]()
    while address:
        page = client.get(address, headers={"HX-Request": "true"} if seen else {}).text
        seen += listed(page)
        more = re.search(r'class="more-z" href="([^"]+)"', page)
        address = more[1].replace("&amp;", "&") if more else ""
    assert seen == sorted(numbers, reverse=True)


@pytest.mark.parametrize(
    "asked", ["state=x", "field=%00", "body=sb.x.1", "after=zzz", "after=%27--", "late=2", "q=~zz"]
)
def test_what_nobody_can_ask_for_is_as_if_not_asked(sign_in: SignIn, asked: str) -> None:
    assert sign_in(SPECIALIST).get(f"/support/?{asked}").status_code == 200


# ── acts ──────────────────────────────────────────────────────────────────────────────────


def test_a_plan_is_opened_and_its_intake_lies_on_the_desk(sign_in: SignIn) -> None:
    client = sign_in(SPECIALIST)
    status, _, where = post(client, "/support/new", centre="fsc.47.1")
    assert status == 303
    page = client.get(where).text
    assert 'name="surname"' in page
    assert post(client, "/support/new", centre="fsc.61.1")[0] == 403
    assert post(client, "/support/new")[0] == 403


def test_an_amendment_begins_with_its_task(play: Play, sign_in: SignIn) -> None:
    case = begun(play)
    client, address = sign_in(SPECIALIST), f"/support/plans/{case.number}/amend"
    assert "A place to live" in client.get(address).text
    status, _, where = post(client, address)
    assert (status, where[:7]) == (303, "/tasks/")
    task = play.open_task(play.instance(case.number), "amendment")
    assert where == f"/tasks/{task.id}"
    assert task.assignee == play.logins[SPECIALIST]


def test_a_family_moves_and_nothing_typed_is_lost_on_the_way(play: Play, sign_in: SignIn) -> None:
    case = begun(play)
    client, address = sign_in(SPECIALIST), f"/support/plans/{case.number}/moved"
    status, page, _ = post(client, address, reason="Moves to her sister")
    assert status == 400
    assert "Отбасы көшетін орталықты таңдаңыз." in page
    assert ">Moves to her sister</textarea>" in page
    status, page, _ = post(client, address, to="fsc.47.1", reason="Moves to her sister")
    assert status == 400
    assert ">Moves to her sister</textarea>" in page
    status, page, _ = post(client, address, to="fsc.99.1", reason="Moves to her sister")
    assert status == 400
    assert play.plan(case.number).centre == "fsc.47.1"
    assert post(client, address, to="fsc.61.1", reason="Moves to her sister")[0] == 303
    play.run_due()
    assert play.plan(case.number).centre == "fsc.61.1"
    # The former centre does not see it any more, the new one has it with the reason.
    assert client.get(f"/support/plans/{case.number}").status_code == 404
    task = play.open_task(play.instance(case.number), "takeover").id
    page = words(sign_in(OTHER).get(f"/tasks/{task}").text)
    assert "Moves to her sister" in page
    assert "A place to live" in page


def test_a_death_withdraws_what_was_for_that_person(play: Play, sign_in: SignIn) -> None:
    case = begun(play)
    client, address = sign_in(SPECIALIST), f"/support/plans/{case.number}/died"
    page = client.get(address).text
    daughter = re.search(r'value="(\w+)"[^>]*><span>Сәрсен Аружан', page)
    assert daughter
    assert "1 ашық іс-шара алынады: 1. A place at school" in words(page)
    assert post(client, address)[0] == 400
    assert post(client, address, person="nobody")[0] == 400
    assert set(play.states(case.number).values()) == {"sent"}
    assert post(client, address, person=daughter[1])[0] == 303
    play.run_due()
    assert play.states(case.number) == {"1": "withdrawn", "2": "sent", "3": "sent"}
    assert "қайтыс болған" in words(client.get(f"/cases/{case.instance}").text)
    # She can not die twice; whoever sends the form again is told so.
    assert post(client, address, person=daughter[1])[0] == 400


def test_only_the_head_closes_a_plan_and_says_why(play: Play, sign_in: SignIn) -> None:
    case = begun(play)
    address = f"{plan_of(case)}/close"
    assert address not in sign_in(SPECIALIST).get(f"/support/plans/{case.number}").text
    status, page, _ = post(sign_in(SPECIALIST), address, reason="Enough")
    assert status == 403
    head = sign_in(HEAD)
    assert address in head.get(f"/support/plans/{case.number}").text
    assert post(head, address, reason="   ")[0] == 400
    assert play.plan(case.number).state is PlanState.RUNNING
    assert post(head, address, reason="The family has left the country")[0] == 303
    play.run_due()
    assert play.plan(case.number).state is PlanState.CLOSED
    page = head.get(f"/support/plans/{case.number}").text
    assert "The family has left the country" in page
    assert post(head, address, reason="Again")[0] == 409
    for act in ("amend", "moved", "died"):
        said = {"to": "fsc.61.1", "person": "x", "reason": "Too late"}
        status, page, _ = post(head, f"/support/plans/{case.number}/{act}", **said)
        assert status == 409, act
        assert "Ештеңе жасалған жоқ" in page


def test_a_finished_plan_is_followed_by_one_that_knows_the_family(
    play: Play, sign_in: SignIn
) -> None:
    case = play.planned(row("social", "Money"))
    client, address = sign_in(SPECIALIST), f"{plan_of(case)}/again"
    assert client.get(address).status_code == 409
    assert post(client, address)[0] == 409
    play.done(f"{case.number}/1")
    values = {"decision": "complete", "completed_on": play.today()}
    play.work(case.number, "completion", values)
    assert address in client.get(f"/support/plans/{case.number}").text
    status, _, where = post(client, address)
    assert status == 303
    page = client.get(where).text
    assert 'value="Сәрсен"' in page
    assert case.number in page
    with play.reading() as uow:
        following = records.after(uow.session, case.number)
    assert play.plan(following).previous == case.number
    assert following in client.get(f"/support/plans/{case.number}").text
    assert post(client, address)[0] == 409


@pytest.mark.parametrize("act", ["amend", "moved", "died", "close", "again"])
def test_nobody_acts_on_a_foreign_plan(play: Play, sign_in: SignIn, act: str) -> None:
    case = begun(play)
    said = {"to": "fsc.61.1", "person": "x", "reason": "Mine now"}
    for login in (OTHER, OTHER_HEAD, BODY_HEAD):
        address = f"/support/plans/{case.number}/{act}"
        assert sign_in(login).get(address).status_code == 404
        assert post(sign_in(login), address, **said)[0] == 404
    assert play.plan(case.number).state is PlanState.RUNNING


def test_markup_that_somebody_typed_stays_text(play: Play, sign_in: SignIn) -> None:
    evil = "<script>alert(74)</script>"
    case = play.open()
    play.work(case.number, "intake", intake(situation=evil, **{**RISKS, "risk_note": evil}))
    play.draw_up(case.number, row("social", evil))
    play.work(case.number, "approval", {"decision": "approve"})
    head = sign_in(HEAD)
    plan = f"/support/plans/{case.number}"
    for address in (plan, f"{plan}/1", f"{plan}/close", "/support/", f"/cases/{case.instance}"):
        page = head.get(address).text
        assert evil not in page
    assert "&lt;script&gt;" in head.get(plan).text


def test_a_longer_list_asks_the_database_no_oftener(play: Play, sign_in: SignIn) -> None:
    assert cases.OPENER == "centre_specialist"
    client = sign_in(SPECIALIST)
    counts = []
    for upto in (2, 12):
        while len(listed(client.get("/support/").text)) < upto:
            play.open()
        counts.append(_statements(play, lambda: client.get("/support/")))
    assert counts[0] == counts[1]


def _statements(play: Play, look: Callable[[], object]) -> int:
    from sqlalchemy import event  # noqa: PLC0415

    said: list[str] = []

    def note(*parts: object) -> None:
        said.append(str(parts[2]))

    engine = play.database.reader
    event.listen(engine, "before_cursor_execute", note)
    look()
    event.remove(engine, "before_cursor_execute", note)
    return len(said)


def test_people_of_one_name_are_told_apart(play: Play, sign_in: SignIn) -> None:
    assert person("Сәрсен", "Дана", MOTHER, "1992-11-30")["iin"] == MOTHER
    case = begun(play)
    page = sign_in(SPECIALIST).get(f"/cases/{case.instance}").text
    assert f"•••• {MOTHER[-4:]}" in page
    assert MOTHER not in page


def test_lists_and_sums_count_a_rework_by_its_own_term(
    database: Database, sandbox: Sandbox
) -> None:
    """Sooner than the plan's term, and later than one that is over: as the board says it."""
    prepare(database)
    play = wired(database, sandbox)
    case = begun(play)
    number = f"{case.number}/2"
    play.work(number, "acceptance", {"decision": "accept"})
    play.report(number)
    play.work(number, "review", {"decision": "return", "reason": "The other half"})
    assert counted(play, case) == (0, 0, 0, 0)
    play.until(datetime(2026, 9, 11, 5, 0, tzinfo=UTC))
    assert counted(play, case) == (1, 1, 1, 1)
    play.until(datetime(2026, 10, 8, 5, 0, tzinfo=UTC))
    assert counted(play, case) == (3, 3, 3, 3)
    play.report(number)
    play.work(number, "review", {"decision": "return", "reason": "Still not all"})
    assert counted(play, case) == (2, 2, 2, 2)
    play.until(datetime(2026, 10, 13, 5, 0, tzinfo=UTC))
    assert counted(play, case) == (3, 3, 3, 3)


def counted(play: Play, case: Case) -> tuple[int, ...]:
    """Return what is late by the board, the list, the centre's sums and those of the region."""
    now, actor = play.clock.now(), play.actor(SPECIALIST)
    with play.reading() as uow:
        session = uow.session
        board = seen.board(session, actor, case.number)
        steps = desks.steps(session, actor, [case.number]).get(case.number, [])
        overview = overviews.overview(session, actor, "fsc.47.1", now)
        region = overviews.region_overview(session, play.actor("leo.47"), "47", now)
        plan = overviews.plans_of(session, actor, "fsc.47.1", now)[0]
        bodies = [one.code for one in overview.bodies] if overview else []
        latest = desks.latest(session, actor, "fsc.47.1", now, 9, bodies)
        late = overviews.late(session, actor, "fsc.47.1", now)
        narrowed = desks.narrowed(session, actor, "fsc.47.1", now, desks.Narrowed(late=True))
    assert board
    assert overview
    assert region
    looks = [look_of(one, now, terms(steps)) for one in board.measures]
    assert [one.measure.number for one in late] == [one.measure.number for one in latest]
    assert all(one.due and one.due < now for one in latest)
    assert len(narrowed) == bool(late)
    assert plan.late == len(late)
    assert sum(one.late for one in overview.bodies) == sum(one.late for one in overview.fields)
    sums = (sum(one.late for one in found.centres) for found in (overview, region))
    return (looks.count("late"), len(late), *sums)


def test_the_lists_and_the_board_on_both_databases(database: Database, sandbox: Sandbox) -> None:
    prepare(database)
    play = wired(database, sandbox)
    case = begun(play)
    second = play.open()
    play.until(datetime(2026, 10, 8, 5, 0, tzinfo=UTC))
    client = pages(play).test_client()
    with client.session_transaction() as session:
        session["_user_id"] = play.logins[SPECIALIST]
    both = [second.number, case.number]
    for asked, wanted in (
        ("", both),
        ("?state=running", both[1:]),
        ("?late=1", both[1:]),
        ("?late=1&body=sb.housing.47", both[1:]),
        ("?field=housing", both[1:]),
        ("?body=sb.sport.47", []),
        ("?waiting=1", both[:1]),
        (f"?after={quote(second.number)}", both[1:]),
    ):
        page = client.get(f"/support/{asked}")
        assert (page.status_code, listed(page.text)) == (200, wanted), asked
    _, _, where = post(client, "/support/find", q="Сәрсен")
    assert listed(client.get(where).text) == both[1:]
    page = client.get("/support/").text
    latest = words(page[page.index('id="late-h"') :])
    assert "A place to live" in latest
    assert "3 күнге кешікті" in latest
    for address in (plan_of(case), f"{plan_of(case)}/2", f"/cases/{case.instance}"):
        assert client.get(address).status_code == 200
    for address in ("a%00b", "%27", f"{case.number}%00", f"{case.number}/99", "Ж-26-٠٠٠٠١"):
        assert client.get(f"/support/plans/{address}").status_code == 404, address
    assert client.get(f"{plan_of(case)}/answers/a%00b").status_code == 404
    assert post(client, "/support/plans/a%00b/amend")[0] == 404
    _, _, where = post(client, "/support/find", q="Сәр\0сен")
    assert listed(client.get(where).text) == both[1:]
    said = {"to": "fsc.\0.1", "person": "\0", "reason": "\0"}
    for act in ("moved", "died"):
        assert post(client, f"{plan_of(case)}/{act}", **said)[0] == 400
    status, _, where = post(client, f"{plan_of(case)}/amend")
    assert (status, where[:7]) == (303, "/tasks/")
    assert client.get(where).status_code == 200
