"""Coming and going: a new session, limited guesses, nobody told who exists, typed text kept."""

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pytest
from flask import Flask

from engine.services import signing_in
from engine.web.application import create_app
from tests.sample_office import PASSWORD, Office
from tests.unit.web.conftest import Person

Enter = Callable[[str], Person]


def test_signing_in_leads_where_one_wanted_to_go(person: Enter) -> None:
    answer = person("").sign_in("aigul", next="/cases/")
    assert (answer.status_code, answer.location) == (302, "/cases/")


@pytest.mark.parametrize(
    "aim", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_elsewhere(person: Enter, aim: str) -> None:
    assert person("").sign_in("aigul", next=aim).location == "/inbox/"
    someone = person("aigul")
    assert someone.speak("ru", next=aim).location == "/inbox/"


def test_wrong_password_and_unknown_login_look_alike(person: Enter) -> None:
    wrong = person("").sign_in("aigul", "not the password")
    unknown = person("").sign_in("nobody-at-all", "not the password")
    assert wrong.status_code == unknown.status_code == 403

    def bare(page: str) -> str:
        return re.sub(r'value="[^"]*"|content="[^"]*"', "", page)

    assert bare(wrong.text) == bare(unknown.text)
    assert "not the password" not in wrong.text


def test_a_new_session_forgets_what_the_old_one_held(app: Flask) -> None:
    someone = Person(app)
    with someone.client.session_transaction() as session:
        session["planted"] = "by an attacker"
        session["language"] = "ru"
    before = someone.token()
    assert someone.sign_in("aigul").status_code == 302
    with someone.client.session_transaction() as session:
        assert "planted" not in session
        assert session["language"] == "ru"
    assert someone.token(someone.get("/inbox/")) != before


def test_after_signing_out_nothing_is_open(person: Enter) -> None:
    someone = person("aigul")
    assert someone.post("/sign-out").status_code == 302
    assert someone.get("/inbox/").status_code == 302


def test_guesses_are_refused_before_a_password_is_hashed(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    real = signing_in.authenticate

    def counting(uow: object, ctx: object, login: str, password: str) -> object:
        hashed.append(login)
        return real(uow, ctx, login, password)  # type: ignore[arg-type]

    monkeypatch.setattr(signing_in, "authenticate", counting)
    guesser = Person(app)
    form = {"login": "aigul", "csrf_token": guesser.token()}
    codes = [
        guesser.client.post("/sign-in", data={**form, "password": f"guess {n}"}).status_code
        for n in range(1000)
    ]
    assert len(hashed) <= 10
    assert codes.count(429) >= 990
    told = guesser.client.post("/sign-in", data={**form, "password": PASSWORD})
    assert told.status_code == 429, "not even the right one, for a while"
    assert "Әрекет саны тым көп" in told.text


def test_the_demos_accounts_are_listed_in_the_demo_only(office: Office) -> None:
    shown = Person(create_app(office)).get("/sign-in").text
    assert "Сейтова Айгүл" in shown
    closed = replace(office, settings=replace(office.settings, demo=False))
    hidden = Person(create_app(closed)).get("/sign-in").text
    assert "Сейтова Айгүл" not in hidden
    assert PASSWORD not in hidden


def test_the_language_is_kept_with_the_account(person: Enter, office: Office) -> None:
    person("aigul").speak("ru")
    assert office.actor("aigul").language == "ru"
    assert '<html lang="ru">' in person("aigul").get("/inbox/").text
    assert person("aigul").speak("xx").status_code == 400


@pytest.mark.parametrize("login", ["", "aigul"])
def test_a_link_or_a_foreign_page_changes_no_language(
    person: Enter, office: Office, login: str
) -> None:
    someone = person(login)
    someone.get("/sign-in")
    for answer in (
        someone.get("/language?code=ru"),
        someone.client.post("/language", data={"code": "ru"}),
        someone.client.post("/language", data={"code": "ru", "csrf_token": "guess"}),
    ):
        assert answer.status_code in {400, 405}
    assert office.actor("aigul").language == "kk"
    with someone.client.session_transaction() as session:
        assert "language" not in session


def test_what_was_typed_survives_the_end_of_the_session(
    app: Flask, person: Enter, office: Office, task_ids: list[str]
) -> None:
    task = task_ids[0]
    assert person("aigul").post(f"/inbox/tasks/{task}/claim").status_code == 303
    lost = Person(app)
    typed = {"name": "Төлеухан <Ардақ>", "_act": "send", "_revision": "1", "csrf_token": "old"}
    asked = lost.client.post(f"/tasks/{task}", data=typed)
    assert asked.status_code == 401
    kept = unescape(re.search(r'name="kept" value="([^"]*)"', asked.text)[1])  # type: ignore[index]
    back = lost.client.post(
        "/sign-in",
        data={
            "login": "aigul",
            "password": PASSWORD,
            "csrf_token": lost.token(asked),
            "next": f"/tasks/{task}",
            "kept": kept,
        },
    )
    assert (back.status_code, back.location) == (302, f"/tasks/{task}")
    page = lost.get(f"/tasks/{task}").text
    assert 'value="Төлеухан &lt;Ардақ&gt;"' in page
    assert "Жоба 14:32-де сақталды" in page


def test_a_kept_form_does_not_touch_somebody_elses_task(
    app: Flask, person: Enter, office: Office, task_ids: list[str]
) -> None:
    task = task_ids[0]
    person("bolat").post(f"/inbox/tasks/{task}/claim")
    lost = Person(app)
    asked = lost.client.post(f"/tasks/{task}", data={"name": "чужое", "csrf_token": "old"})
    lost.sign_in("aigul", next=f"/tasks/{task}", kept="name=чужое")
    assert asked.status_code == 401
    assert "чужое" not in person("bolat").get(f"/tasks/{task}").text


def test_a_script_is_told_that_the_session_is_over(app: Flask, task_ids: list[str]) -> None:
    visitor = Person(app)
    part = visitor.get("/inbox/news", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Trigger"]) == (401, "signed-out")
    draft = visitor.client.post(
        f"/tasks/{task_ids[0]}/draft", headers={"X-Requested-With": "fetch"}
    )
    assert (draft.status_code, draft.text) == (401, "")
    assert visitor.get("/session").json["signed_in"] is False  # type: ignore[index]
