"""The laws of the pages: policy, headers, tokens, errors, and every page once in each language."""

import io
import re
from collections.abc import Callable

import pytest
from flask import Flask

from engine.errors import Unavailable
from engine.model.text import text
from engine.web.policy import policy_of, refuse_undeclared
from tests.sample_office import Office
from tests.unit.web.conftest import Person

Enter = Callable[[str], Person]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
#: Everything a form may send; a page that posts nothing has only these.
PAGES = {
    "/sign-in": ("", "Кіру", "/sign-in"),
    "/inbox/": ("aigul", "Кіріс тапсырмалар", "/inbox/tasks/claim-many"),
    "/inbox/?box=mine": ("aigul", "Кіріс тапсырмалар", "/inbox/tasks/claim-next"),
    "/inbox/?box=done&sort=newest": ("aigul", "Кіріс тапсырмалар", "/sign-out"),
    "/inbox/?q=жоқ+адам": ("aigul", "Кіріс тапсырмалар", "/inbox/"),
    "/tasks/{task}": ("aigul", "Өтінішті қабылдау", "/tasks/{task}"),
    "/inbox/tasks/{task}/preview": ("aigul", "Өтінішті қабылдау", "/inbox/tasks/{task}/claim"),
    "/cases/": ("aigul", "Істер", "/cases/find"),
    "/cases/{case}": ("aigul", "Төлеухан Ардақ", "/cases/{case}/comments"),
    "/cases/{case}/history": ("aigul", "Тарих", "/sign-out"),
    "/cases/{case}/signatures": ("aigul", "Қолтаңбалар тізбегі", "/sign-out"),
    "/office/": ("bolat", "Кеңсе жүктемесі", "/office/assign"),
    "/notifications/": ("aigul", "Хабарламалар", "/sign-out"),
    "/admin/incidents/": ("root", "Инциденттер", "/sign-out"),
    "/admin/calendar/": ("root", "Жұмыс күнтізбесі", "/admin/calendar/change"),
    "/admin/audit/": ("root", "Аудит журналы", "/admin/audit/verify"),
}


def filled(address: str, office: Office) -> str:
    task = office.open_tasks()[0]
    with office.database.reading() as uow:
        row, _ = uow.tasks.find(task)
    return address.format(task=task, case=row.instance_id)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_title_form_policy_and_language(
    address: str, person: Enter, office: Office
) -> None:
    login, title, action = PAGES[address]
    answer = person(login).get(filled(address, office))
    assert answer.status_code == 200
    assert title in re.search(r"<title>(.*?)</title>", answer.text)[1]  # type: ignore[index]
    assert f'action="{filled(action, office)}"' in answer.text
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["Cache-Control"] == "no-store"
    assert '<html lang="kk">' in answer.text


@pytest.mark.parametrize("address", PAGES)
def test_a_page_obeys_its_own_policy(address: str, person: Enter, office: Office) -> None:
    text = person(PAGES[address][0]).get(filled(address, office)).text
    assert not re.search(r"\sstyle=", text)
    assert not re.search(r"\son[a-z]+=", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r'(?:src|href)="https?:', text)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("address", PAGES)
def test_a_page_comes_in_each_language(
    address: str, language: str, person: Enter, office: Office
) -> None:
    someone = person(PAGES[address][0])
    someone.speak(language)
    answer = someone.get(filled(address, office))
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    if language == "en":
        kazakh = re.sub(r"<button [^>]*lang=.*?</button>|<option.*?</option>", "", answer.text)
        assert "Кіріс тапсырмалар" not in kazakh


def test_every_route_declares_a_policy(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        assert policy_of(app, rule.endpoint) is not None, rule.endpoint


def test_a_route_without_a_policy_does_not_start(app: Flask) -> None:
    app._got_first_request = False
    app.add_url_rule("/loose", "loose", lambda: "loose")
    with pytest.raises(ValueError, match="loose"):
        refuse_undeclared(app)


def test_a_route_that_slipped_in_stays_closed(app: Flask, person: Enter) -> None:
    app._got_first_request = False
    app.add_url_rule("/loose", "loose", lambda: "loose")
    assert person("root").get("/loose").status_code == 403


def test_nobody_gets_in_without_signing_in(app: Flask, person: Enter, office: Office) -> None:
    for rule in app.url_map.iter_rules():
        policy = policy_of(app, rule.endpoint)
        assert policy
        if not policy.signed_in:
            continue
        address = re.sub(r"<[^>]+>", "x", rule.rule)
        for method in (rule.methods or set()) & {"GET", "POST"}:
            answer = person("").client.open(address, method=method)
            assert answer.status_code in {302, 401}, (method, address)
            if answer.status_code == 302:
                assert answer.location.startswith("/sign-in?next=")


def test_every_unsafe_route_asks_for_a_token(app: Flask, person: Enter) -> None:
    someone = person("root")
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or set()):
            address = re.sub(r"<[^>]+>", "x", rule.rule)
            answer = someone.client.post(address, data={})
            assert answer.status_code in {400, 403, 404}, address
    assert someone.get("/inbox/").status_code == 200, "still signed in: sign-out needs it too"


@pytest.mark.parametrize("login", ["aigul", "saule", "bolat", "stranger"])
def test_roles_keep_to_their_pages(app: Flask, person: Enter, login: str, office: Office) -> None:
    someone, actor = person(login), office.actor(login)
    for rule in app.url_map.iter_rules():
        policy = policy_of(app, rule.endpoint)
        if policy and policy.roles and "GET" in (rule.methods or set()) and not rule.arguments:
            expected = 200 if policy.allows(actor) else 403
            assert someone.get(rule.rule).status_code == expected, rule.rule


def test_foreign_tasks_and_cases_do_not_exist(person: Enter, office: Office) -> None:
    stranger, task = person("stranger"), office.open_tasks()[0]
    with office.database.reading() as uow:
        row, _ = uow.tasks.find(task)
    case = row.instance_id
    for address in (
        f"/tasks/{task}",
        f"/inbox/tasks/{task}/preview",
        f"/cases/{case}",
        f"/cases/{case}/history",
        f"/cases/{case}/diagram.bpmn",
        f"/cases/{case}/signatures",
    ):
        assert stranger.get(address).status_code == 404, address
    for address in (
        f"/tasks/{task}",
        f"/tasks/{task}/draft",
        f"/tasks/{task}/files",
        f"/inbox/tasks/{task}/claim",
        f"/inbox/tasks/{task}/release",
        f"/cases/{case}/comments",
    ):
        data = {"file": (io.BytesIO(b"%PDF-1.4"), "a.pdf"), "body": "x"}
        assert stranger.post(address, data).status_code == 404, address
    with office.database.reading() as uow:
        row, _ = uow.tasks.find(task)
    assert not row.assignee


@pytest.mark.parametrize(
    ("language", "words"),
    [("kk", "Ондай бет жоқ"), ("ru", "Такой страницы нет"), ("en", "There is no such page")],
)
def test_errors_speak_the_language(person: Enter, language: str, words: str) -> None:
    someone = person("aigul")
    someone.speak(language)
    answer = someone.get("/no/such/page")
    assert answer.status_code == 404
    assert words in answer.text
    assert answer.headers["Content-Security-Policy"] == POLICY


def test_a_part_of_a_page_gets_its_error_as_a_notice(person: Enter) -> None:
    answer = person("aigul").get("/inbox/tasks/x/preview", headers={"HX-Request": "true"})
    assert answer.status_code == 404
    assert answer.headers["HX-Retarget"] == "#toast"
    assert "<html" not in answer.text


def test_an_unexpected_error_shows_no_trace(
    app: Flask, person: Enter, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**_: object) -> str:
        raise RuntimeError("860502304417 must not be seen")

    broken.policy = policy_of(app, "inbox.show")  # type: ignore[attr-defined]
    app.view_functions["notices.show"] = broken
    answer = person("aigul").get("/notifications/")
    assert answer.status_code == 500
    assert "860502304417" not in answer.text
    assert "Traceback" not in answer.text
    assert "Біздің жақтан қате кетті" in answer.text
    assert "RuntimeError" in caplog.text


def test_what_is_too_large_is_told_so(person: Enter, task_ids: list[str]) -> None:
    kind = "multipart/form-data; boundary=x"
    answer = person("aigul").client.post(
        f"/tasks/{task_ids[0]}/files", data=b"x" * (22 * 1024 * 1024), content_type=kind
    )
    assert answer.status_code == 413
    assert "Traceback" not in answer.text


def test_no_number_of_a_person_stands_in_an_address(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        assert "iin" not in rule.arguments, rule.rule


def test_assets_are_kept_for_a_year_and_nothing_else_is_sent(person: Enter) -> None:
    visitor = person("")
    with visitor.get("/static/app.css", headers={"Accept-Encoding": "br, gzip"}) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Encoding"] == "br"
        assert "immutable" in answer.headers["Cache-Control"]
    assert visitor.get("/static/manifest.json").status_code == 404
    assert visitor.get("/static/../security.py").status_code == 404
    assert visitor.get("/health").text == "ok\n"


@pytest.mark.parametrize("part", [False, True])
def test_without_the_database_people_are_told_to_try_again(
    person: Enter, office: Office, monkeypatch: pytest.MonkeyPatch, part: bool
) -> None:
    someone = person("aigul")

    def gone() -> None:
        raise Unavailable(text("The database does not answer."))

    monkeypatch.setattr(office.database, "reading", gone)
    headers = {"HX-Request": "true"} if part else {}
    answer = someone.get("/inbox/", headers=headers)
    assert answer.status_code == 503
    assert "Жүйе қазір қолжетімсіз" in answer.text or part
    assert "Traceback" not in answer.text
    assert someone.get("/health").status_code == 503


def test_a_page_remembers_no_more_than_it_must(person: Enter) -> None:
    """The session carries who, the token and the language; nothing of a case."""
    someone = person("aigul")
    someone.get("/inbox/")
    with someone.client.session_transaction() as session:
        known = {
            "_user_id",
            "_fresh",
            "_id",
            "csrf_token",
            "language",
            "own_language",
            "_permanent",
        }
        assert set(session) <= known


def test_a_page_that_asks_by_itself_keeps_no_session_alive(person: Enter) -> None:
    someone = person("aigul")
    with someone.client.session_transaction() as session:
        session.permanent = True
    someone.get("/inbox/")
    assert "Set-Cookie" in someone.get("/inbox/").headers
    for address in ("/notifications/pulse", "/inbox/news?stamp="):
        assert "Set-Cookie" not in someone.get(address).headers, address
