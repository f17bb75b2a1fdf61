"""The pages of the editors of tables and forms, and a form as typed drawn as staff will see it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from engine.model.people import SYSTEM, Candidate
from engine.services import accounts
from tests.sample_office import NAME, PASSWORD, Office
from tests.unit.web.conftest import Person

ADDRESS = "/workshop/preview"
SCRIPT = {"X-Requested-With": "fetch"}
SELECT: dict[str, object] = {
    "type": "select",
    "id": "Field_region",
    "key": "region",
    "label": "Өңір",
    "valuesKey": "regions",
}


@pytest.fixture
def analyst(person: Callable[[str], Person], office: Office) -> Person:
    """An analyst at a browser."""
    with office.database.begin() as uow:
        accounts.create(
            uow,
            office.context,
            SYSTEM,
            login="analyst",
            password=PASSWORD,
            name="Қасымова Әсем",
            memberships=[Candidate("analyst", "cc.1")],
        )
        uow.commit()
    return person("analyst")


def _form(*components: dict[str, Any], **more: object) -> str:
    whole = {"type": "default", "id": "f", "schemaVersion": 19, "components": components, **more}
    return json.dumps(whole, ensure_ascii=False)


def _ask(who: Person, **body: object) -> TestResponse:
    headers = {**SCRIPT, "X-CSRFToken": who.token(who.get("/inbox/"))}
    return who.client.post(ADDRESS, json=body, headers=headers)


def _drawn(who: Person, content: str, **body: object) -> dict[str, Any]:
    answer = _ask(who, content=content, **body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


@pytest.mark.parametrize(
    ("language", "label"),
    [("kk", "Аты-жөні"), ("ru", "Фамилия, имя"), ("en", "Full name")],
)
def test_a_form_is_drawn_in_the_language_that_is_asked_for(
    analyst: Person, language: str, label: str
) -> None:
    page = _drawn(analyst, _form(NAME), language=language)["html"]
    assert label in page
    assert f'<html lang="{language}">' in page


def test_an_unknown_language_is_the_readers_own(analyst: Person) -> None:
    assert "Аты-жөні" in _drawn(analyst, _form(NAME), language="xx")["html"]


def test_the_forms_name_heads_it_in_its_language(analyst: Person) -> None:
    named = _form(NAME, properties={"name": "Екінші қол", "name:ru": "Вторая подпись"})
    assert "<h1>Вторая подпись</h1>" in _drawn(analyst, named, language="ru")["html"]


def test_what_is_filled_in_stays_and_is_not_checked_unasked(analyst: Person) -> None:
    answer = _drawn(analyst, _form(NAME), values=[["name", "Тоқтар"]])
    assert 'value="Тоқтар"' in answer["html"]
    assert (answer["errors"], answer["sent"]) == (0, None)


def test_the_server_tells_what_it_would_tell_staff(analyst: Person) -> None:
    answer = _drawn(analyst, _form(NAME), values=[["name", ""]], check=True, language="en")
    assert answer["errors"] == 1
    assert answer["sent"] is None
    assert "Nothing is sent here: this is a preview." in answer["html"]
    assert 'href="#f-name"' in answer["html"]


def test_what_is_right_shows_what_would_reach_the_diagram(analyst: Person) -> None:
    answer = _drawn(analyst, _form(NAME), values=[["name", " Тоқтар "]], check=True)
    assert json.loads(answer["sent"]) == {"name": "Тоқтар"}


def test_answers_that_come_from_the_case_are_made_up(analyst: Person) -> None:
    page = _drawn(analyst, _form(SELECT), language="ru")["html"]
    assert 'value="regions_1"' in page
    assert "regions: пример 2" in page


def test_what_somebody_wrote_into_a_label_is_text(analyst: Person) -> None:
    nasty = {**NAME, "label": "<script>alert(1)</script>"}
    page = _drawn(analyst, _form(nasty))["html"]
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "null",
        '{"components": 1}',
        _form({"type": "html", "id": "x", "content": "<b>"}),
        _form({**NAME, "conditional": {"hide": "=open("}}),
        "[" * 100_000,
    ],
)
def test_what_is_no_form_of_ours_is_told_in_a_sentence(analyst: Person, content: str) -> None:
    answer = _ask(analyst, content=content)
    assert 400 <= answer.status_code < 500
    assert len(answer.get_json()["error"]) > 10


@pytest.mark.parametrize(
    "body",
    [{}, {"content": 1}, {"content": "x" * 5_000_001}],
    ids=["nothing", "number", "huge"],
)
def test_a_question_without_a_form_is_refused(analyst: Person, body: dict[str, object]) -> None:
    answer = _ask(analyst, **body)
    assert answer.status_code in {400, 413}
    assert answer.get_json()["error"]


def test_values_that_are_none_are_left_out(analyst: Person) -> None:
    values = [["name"], "x", ["name", 1], [1, "name"], ["stranger", "x"], ["name", "Тоқтар"]]
    answer = _drawn(analyst, _form(NAME), values=values, check=True)
    assert json.loads(answer["sent"]) == {"name": "Тоқтар"}


def test_only_analysts_ask(person: Callable[[str], Person]) -> None:
    assert _ask(person("aigul"), content=_form(NAME)).status_code == 403


@pytest.mark.parametrize(
    ("language", "step"), [("kk", "Сауалнаманы тексеру"), ("ru", "Проверить анкету")]
)
def test_a_form_is_told_where_it_is_shown_and_who_reads_what_it_gives(
    analyst: Person, language: str, step: str
) -> None:
    analyst.speak(language)
    found = analyst.get("/workshop/b/main/uses?name=forms/sample/check.json").get_json()
    assert found["steps"] == [step]
    assert list(found["readers"]) == ["decision"]
    assert found["readers"]["decision"][0].startswith("Ескерту")


@pytest.mark.parametrize("asked", ["?name=forms/sample/new.json", "?name=", ""])
def test_a_form_of_no_step_is_used_nowhere(analyst: Person, asked: str) -> None:
    found = analyst.get(f"/workshop/b/main/uses{asked}").get_json()
    assert found == {"steps": [], "readers": {}}


@pytest.mark.parametrize(
    ("name", "script"), [("forms/sample/request.json", "formeditor"), ("x.dmn", "tables")]
)
def test_an_editors_page_loosens_the_policy_for_styles_only(
    analyst: Person, app: Flask, name: str, script: str
) -> None:
    page = analyst.get(f"/workshop/b/main/edit/{name}")
    policy = page.headers["Content-Security-Policy"]
    assert f"{script}.js" in page.text
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in analyst.get("/inbox/").headers["Content-Security-Policy"]
