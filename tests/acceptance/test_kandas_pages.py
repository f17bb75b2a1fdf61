"""The chain's own pages, as a browser's requests meet them."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from flask.testing import FlaskClient

from engine.bootstrap import App
from engine.config import Settings
from engine.services import definitions
from engine.services.views import CaseState
from engine.store import Keys
from engine.web.application import create_app
from handlers.kandas import records
from handlers.registries.sandbox.families import families
from handlers.registries.sandbox.server import Sandbox
from tests.acceptance.kandas_stage import PASSWORD, Stage, make_template, on_stage, start_sandbox
from tests.acceptance.test_kandas import REMARKS, a_family, begun, go, reworked

SignIn = Callable[[str], FlaskClient]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = start_sandbox(tmp_path_factory.mktemp("authority"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Path:
    return make_template(tmp_path_factory.mktemp("pages"), keys)


@pytest.fixture
def stage(template: Path, tmp_path: Path, keys: Keys, sandbox: Sandbox) -> Iterator[Stage]:
    with on_stage(template, tmp_path, keys, sandbox) as found:
        yield found


def token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def speak(client: FlaskClient, language: str) -> None:
    data = {"code": language, "csrf_token": token(client.get("/inbox/").text)}
    assert client.post("/language", data=data).status_code == 303


@pytest.fixture
def sign_in(stage: Stage) -> SignIn:
    """Return a function that signs somebody in."""
    settings = Settings(
        secret_key="x" * 40,
        demo=True,
        extensions=("handlers.kandas", "handlers.people", "handlers.registries"),
    )
    pages = create_app(
        App(
            settings=settings,
            database=stage.database,
            context=stage.ctx,
            executor=stage.executor,
        )
    )
    pages.testing = True

    def enter(login: str) -> FlaskClient:
        client = pages.test_client()
        data = {"login": login, "password": PASSWORD}
        data["csrf_token"] = token(client.get("/sign-in").text)
        assert client.post("/sign-in", data=data).status_code == 302
        return client

    return enter


def test_an_administrator_finds_the_switches_of_the_sandbox(stage: Stage, sign_in: SignIn) -> None:
    address = stage.ctx.settings["registries.url"]
    page = sign_in("admin").get("/admin/sandbox/").text
    [link] = set(re.findall(rf'href="({address}/[^"]*)"', page))
    assert "migration_portal" in httpx.get(link).text
    assert address not in sign_in("cc47-1").get("/inbox/").text


def test_a_case_is_opened_and_lies_on_the_desk(sign_in: SignIn) -> None:
    client = sign_in("cc47-1")
    asked = client.get("/kandas/new")
    assert "Маңғыстау облысы, мансап орталығы" in asked.text
    data = {"centre": "cc.47.1", "csrf_token": token(asked.text)}
    opened = client.post("/kandas/new", data=data)
    assert opened.status_code == 303
    task = client.get(opened.headers["Location"])
    assert task.status_code == 200
    assert 'name="surname"' in task.text
    assert "Жаңа отбасы" in task.text


def test_while_the_process_is_suspended_the_page_says_so_and_nothing_is_opened(
    stage: Stage, sign_in: SignIn
) -> None:
    with stage.begin() as uow:
        version = definitions.latest(uow, "kandas_approval").id
        uow.definitions.pause(version, since=stage.ctx.now(), by="admin", reason="Бұйрық 7")
        uow.commit()
    client = sign_in("cc47-1")
    asked = client.get("/kandas/new")
    assert "Жаңа іс басталмайды" in asked.text
    data = {"centre": "cc.47.1", "csrf_token": token(asked.text)}
    refused = client.post("/kandas/new", data=data)
    assert refused.status_code == 409
    assert "Қазір жаңа іс басталмайды" in refused.text


def test_nobody_opens_a_case_at_another_centre(sign_in: SignIn) -> None:
    client = sign_in("cc47-1")
    data = {"centre": "cc.10.1", "csrf_token": token(client.get("/kandas/new").text)}
    assert client.post("/kandas/new", data=data).status_code == 403
    assert sign_in("mc47-head").get("/kandas/new").status_code == 403


def test_the_signer_sees_people_answers_and_what_differs(stage: Stage, sign_in: SignIn) -> None:
    case = begun(stage)
    go(stage, case, "head_check")
    client = sign_in("mc47-head")
    page = client.get(f"/tasks/{stage.task(case, 'head_check').id}").text
    for member in case.family.members:
        assert member.person.full_name in page
        assert member.person.iin not in page
        assert f"•••• {member.person.iin[-4:]}" in page
    assert "«Жеке тұлғалар» МДБ" in page
    assert "Отбасының цифрлық картасы" in page
    assert re.search(r"\d\d:\d\d:\d\d", page)
    with stage.reading() as uow:
        version = records.version(uow.session, case.number, 1)
    assert version is not None
    assert f"sha256 {version.digest}" in page


def test_relatives_whom_only_the_card_knows_stand_first(stage: Stage, sign_in: SignIn) -> None:
    family = next(one for one in families() if one.apart and len(one.members) > 2)
    case = stage.open(family, "cc.47.1", "10")
    go(stage, case, "head_check")
    page = sign_in("mc47-head").get(f"/tasks/{stage.task(case, 'head_check').id}").text
    panel = page[page.index('id="ans-h"') :]
    first = panel[: panel.index("</li>")]
    assert family.apart[0].person.full_name in first


def test_after_rework_remark_answer_and_change_stand_together(
    stage: Stage, sign_in: SignIn
) -> None:
    case = begun(stage)
    go(stage, case, "head_check")
    stage.work(case, "head_check", {"decision": "return", **REMARKS})
    task = stage.take(case, "rework")
    client = sign_in(next(k for k, v in stage.logins.items() if v == task.account))
    form = client.get(f"/tasks/{stage.task(case, 'rework').id}").text
    assert "Елді мекенді нақтылаңыз" in form
    reworked(stage, case, "Тайынша")
    go(stage, case, "head_check")
    page = sign_in("mc47-head").get(f"/tasks/{stage.task(case, 'head_check').id}").text
    since = page[page.index('id="since-h"') :]
    assert "Елді мекенді нақтылаңыз" in since
    assert "Нақтыланды" in since
    assert "<ins>Тайынша</ins>" in since


def test_the_case_shows_everything_and_prints(stage: Stage, sign_in: SignIn) -> None:
    case = begun(stage)
    go(stage, case, "plan_draft")
    stage.work(case, "plan_draft")
    client = sign_in("mc10-1")
    page = client.get(f"/cases/{case.instance}")
    assert page.status_code == 200
    for words in ("Отбасы мүшелері", "Қоныстандыру", "Көшу", "Жеке жоспардың жобасы"):
        assert words in page.text
    printed = client.get(f"/kandas/{case.instance}/application.pdf")
    assert printed.mimetype == "application/pdf"
    assert printed.data.startswith(b"%PDF")


def plain(page: str) -> str:
    """Return the text of a panel's list, without its tags."""
    return " ".join(re.sub("<[^>]+>", " ", page).split())


def found_panel(page: str) -> str:
    panel = page[page.index('id="fnd-h"') :]
    return plain(panel[: panel.index("</section>")])


def test_the_later_signer_reads_what_the_earlier_ones_wrote_down(
    stage: Stage, sign_in: SignIn
) -> None:
    case = begun(stage)
    go(stage, case, "head_check")
    said = {"relatives": "yes", "relatives_reason": "Ағасы Омбыда қалады"}
    said |= {"questionnaire": "differs", "differences": "Мекенжайы ескі"}
    stage.work(case, "head_check", {**said, "decision": "forward"})
    stage.work(case, "origin_check", {"note": "Мұрағатта бар", "decision": "forward"})
    go(stage, case, "completeness")
    account = stage.take(case, "completeness").account
    client = sign_in(next(k for k, v in stage.logins.items() if v == account))
    task = stage.task(case, "completeness").id
    seen = found_panel(client.get(f"/tasks/{task}").text)
    number = stage.view(case).variables["portal_number"]
    history = stage.view(case).history
    who = {row.element: row.who for row in history if row.what == "completed"}
    assert number
    for words in (
        "Түсіндірілген тақырыптар: 11 ішінен 8 Өңірлік квотаға енгізу",
        f"Порталдағы тіркеу нөмірі: {number}",
        "Өтінішке кірмеген жақын туысы бар ма? Бар",
        "Ол өтінішке неге кірмеген? Ағасы Омбыда қалады",
        "Сауалнама ОЦК деректеріне сәйкес пе? Сәйкес емес жері бар",
        "Айырмашылық пен оның себебі: Мекенжайы ескі",
        "Қызметтік белгі: Мұрағатта бар",
        *(who[one] for one in ("consultation", "head_check", "origin_check")),
    ):
        assert words in seen
    speak(client, "ru")
    russian = found_panel(client.get(f"/tasks/{task}").text)
    assert "Есть ли близкий родственник, не вошедший в заявление?" in russian
    assert "Расхождение и его причина: Мекенжайы ескі" in russian


def test_of_a_step_that_was_done_again_the_latest_stands_with_its_round(
    stage: Stage, sign_in: SignIn
) -> None:
    case = begun(stage)
    go(stage, case, "head_check")
    differing = {"relatives": "no", "questionnaire": "differs", "differences": "Пәтері жоқ"}
    stage.work(case, "head_check", {**differing, "decision": "forward"})
    stage.work(case, "origin_check", {"note": "Хат келді", "decision": "return", **REMARKS})
    client = sign_in("mc47-head")
    seen = found_panel(client.get(f"/cases/{case.instance}").text)
    assert "Пәтері жоқ" in seen
    assert "пысықтауға қайтарылды Қызметтік белгі: Хат келді" in seen
    reworked(stage, case, "Тайынша")
    go(stage, case, "head_check")
    stage.work(case, "head_check")
    seen = found_panel(client.get(f"/cases/{case.instance}").text)
    assert "Пәтері жоқ" not in seen
    assert "Хат келді" in seen
    assert "2-айналым · " in seen


def test_the_case_tells_checks_and_advice_to_the_end(stage: Stage, sign_in: SignIn) -> None:
    case = begun(stage)
    go(stage, case, "assignment")
    account = stage.logins["leo10-1"]
    stage.work(case, "assignment", {"assigned": account, "note": "Бүгін тексеріңіз"})
    go(stage, case, "vacancies")
    said = {"offers": [], "reaction": "none", "measures": ["training"], "note": "Курсқа келісті"}
    stage.work(case, "vacancies", said)
    seen = found_panel(sign_in("mc10-1").get(f"/cases/{case.instance}").text)
    assert account not in seen
    for words in (
        "Тапсырма: Бүгін тексеріңіз",
        "Белсенді шаралар: Кәсіптік оқыту",
        "Белгі: Курсқа келісті",
        "Қандас пен отбасы мүшелерінің деректері толық",
        "6-тармақтағы құжаттар бар (жүйеден немесе скан)",
        "Дербес деректерге келісім бар",
        "Түсіндірілген шарттар: Өңірдің ерекшелігі, Тұрғын үй, Көшу, Жұмыс пен оқу",
    ):
        assert words in seen


def term_of(page: str) -> tuple[str, str]:
    """Return colour and words of the term of the whole case."""
    found = re.search(r'class="say (\w+)"><svg.*?</svg>(тіркелгеннен бері[^<(]+)', page, re.DOTALL)
    assert found, plain(page)[:3000]
    return found[1], found[2].strip()


def test_the_nine_working_days_count_from_registration(stage: Stage, sign_in: SignIn) -> None:
    case = begun(stage)
    client = sign_in("cc47-1")
    go(stage, case, "registration")
    assert "тіркелгеннен бері" not in client.get(f"/cases/{case.instance}").text
    stage.until(datetime(2026, 9, 9, 5, 0, tzinfo=UTC))  # Wednesday, two days after K-5
    go(stage, case, "completeness")
    address = f"/cases/{case.instance}"
    assert term_of(client.get(address).text) == ("calm", "тіркелгеннен бері: 0 / 9 жұмыс күні")
    assert "22 қыр., 18:00" in client.get(address).text
    stage.until(datetime(2026, 9, 14, 5, 0, tzinfo=UTC))
    task = sign_in("leo10-head").get(f"/tasks/{stage.task(case, 'completeness').id}").text
    assert term_of(task) == ("calm", "тіркелгеннен бері: 3 / 9 жұмыс күні")
    stage.until(datetime(2026, 9, 22, 5, 0, tzinfo=UTC))
    assert term_of(client.get(address).text) == ("soon", "тіркелгеннен бері: 9 / 9 жұмыс күні")
    stage.until(datetime(2026, 9, 23, 5, 0, tzinfo=UTC))
    assert term_of(client.get(address).text) == ("late", "тіркелгеннен бері: 10 / 9 жұмыс күні")


def test_a_registrys_answer_is_shown_as_it_came(stage: Stage, sign_in: SignIn) -> None:
    case = begun(stage)
    go(stage, case, "head_check")
    client = sign_in("mc47-head")
    page = client.get(f"/tasks/{stage.task(case, 'head_check').id}").text
    links = re.findall(rf"/kandas/{case.instance}/answers/(\w+)", page)
    shown = client.get(f"/kandas/{case.instance}/answers/{links[0]}")
    assert shown.status_code == 200
    other = stage.open(a_family(1), "cc.47.1", "10")
    assert client.get(f"/kandas/{other.instance}/answers/{links[0]}").status_code == 404


@pytest.mark.parametrize("page", ["application.pdf", "answers/0123"])
def test_another_region_sees_nothing(stage: Stage, sign_in: SignIn, page: str) -> None:
    case = begun(stage)
    go(stage, case, "head_check")
    assert sign_in("cc61-1").get(f"/kandas/{case.instance}/{page}").status_code == 404


def test_an_office_that_only_signs_withdraws_nobody(stage: Stage, sign_in: SignIn) -> None:
    case = begun(stage)
    go(stage, case, "origin_check")
    head = sign_in("leo47-head")
    page = head.get(f"/cases/{case.instance}").text
    assert f"/kandas/{case.instance}/withdraw" not in page
    data = {"csrf_token": token(page)}
    assert head.post(f"/kandas/{case.instance}/withdraw", data=data).status_code == 403
    assert stage.view(case).state is CaseState.ACTIVE


def test_withdrawal_by_a_button(stage: Stage, sign_in: SignIn) -> None:
    case = begun(stage)
    go(stage, case, "registration")
    foreign = sign_in("cc61-1")
    data = {"csrf_token": token(foreign.get("/kandas/new").text)}
    assert foreign.post(f"/kandas/{case.instance}/withdraw", data=data).status_code == 404
    client = sign_in("cc47-1")
    page = client.get(f"/cases/{case.instance}").text
    assert f"/kandas/{case.instance}/withdraw" in page
    data = {"csrf_token": token(page)}
    # Nobody waits for the family to turn up: the news would lie there for a wrong moment.
    assert client.post(f"/kandas/{case.instance}/appeared", data=data).status_code == 409
    assert client.post(f"/kandas/{case.instance}/withdraw", data=data).status_code == 303
    stage.run_due()
    assert stage.view(case).state is CaseState.COMPLETED
    assert f"/kandas/{case.instance}/withdraw" not in client.get(f"/cases/{case.instance}").text


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_page_speaks_three_languages(stage: Stage, sign_in: SignIn, language: str) -> None:
    case = begun(stage)
    go(stage, case, "head_check")
    client = sign_in("mc47-head")
    speak(client, language)
    page = client.get(f"/tasks/{stage.task(case, 'head_check').id}")
    words = {"kk": "Тізілім жауаптары", "ru": "Ответы реестров", "en": "Answers of registries"}
    assert words[language] in page.text


def test_a_return_asks_for_remarks_alone(stage: Stage, sign_in: SignIn) -> None:
    case = begun(stage)
    go(stage, case, "head_check")
    stage.take(case, "head_check")
    client = sign_in("mc47-head")
    address = f"/tasks/{stage.task(case, 'head_check').id}"
    page = client.get(address).text
    assert 'name="relatives"' in page
    revision = re.search(r'name="_revision" value="(\d+)"', page)
    action = re.search(r'<form[^>]*id="form"[^>]*action="([^"]+)"', page)
    assert revision
    assert action
    data = {"csrf_token": token(page), "_revision": revision[1], "decision": "return"}
    data |= {"remarks.0.field": "members", "remarks.0.text": "Баласының аты қате"}
    sent = client.post(action[1], data={**data, "_act": "return"})
    assert sent.status_code in {302, 303}, re.sub("<[^>]+>", " ", sent.text)[:2000]
    assert stage.view(case).variables["decision"] == "return"
    with stage.reading() as uow:
        (remark,) = records.remarks(uow.session, case.number)
    assert (remark.office, remark.field, remark.said) == (
        "mobility_origin",
        "members",
        "Баласының аты қате",
    )
    stage.run_due()
    assert stage.open_elements(case) == ["rework"]


def press(client: FlaskClient, case: str, what: str) -> int:
    """Press a button of the case's page; it must be there."""
    page = client.get(f"/cases/{case}").text
    address = f"/kandas/{case}/{what}"
    assert f'action="{address}"' in page
    return client.post(address, data={"csrf_token": token(page)}).status_code


def test_a_family_that_turns_up_is_brought_back_by_a_button(stage: Stage, sign_in: SignIn) -> None:
    case = begun(stage)
    go(stage, case, "contact")
    for _ in range(3):
        said = {"channel": "phone", "date": stage.today(), "result": "no_answer"}
        stage.work(case, "contact", said)
    assert press(sign_in("mc10-1"), case.instance, "appeared") == 303
    assert stage.open_elements(case) == ["contact"]


def test_a_vacancy_that_comes_up_brings_the_case_back_by_a_button(
    stage: Stage, sign_in: SignIn
) -> None:
    case = begun(stage)
    go(stage, case, "vacancies")
    stage.work(case, "vacancies", {"offers": [], "reaction": "none"})
    assert press(sign_in("mc10-2"), case.instance, "vacancy") == 303
    assert stage.open_elements(case) == ["vacancies"]
