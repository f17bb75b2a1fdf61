"""The page of the diagrams' editor: addresses, words, policy. What it does, Chromium shows."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.model.people import SYSTEM, Candidate
from engine.services import accounts
from engine.web.workshop.words import EDITOR_WORDS, FRAME_WORDS
from tests.sample_office import PASSWORD, Office
from tests.unit.web.conftest import Person

SCRIPTS = Path(__file__).parents[3] / "engine" / "web" / "assets" / "js" / "workshop"
#: Scripts of the frame and of the diagrams' editor.
FRAME = ("bench", "drafts", "problems", "words")
EDITOR = ("editor", "fields", "marks", "mending", "office", "sight", "templates", "trial")
PAGE = "/workshop/b/main/edit/sample.bpmn"


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


def _source(names: tuple[str, ...]) -> str:
    return "\n".join((SCRIPTS / f"{name}.js").read_text(encoding="utf-8") for name in names)


def test_every_sentence_of_the_scripts_is_sent_to_them() -> None:
    asked = set(re.findall(r'said\("(\w+)"', _source(FRAME)))
    assert len(asked) > 25
    assert asked <= set(FRAME_WORDS)
    own = set(re.findall(r'said\("(\w+)"', _source(EDITOR)))
    assert len(own) > 25
    assert own <= {*FRAME_WORDS, *EDITOR_WORDS}


def test_no_sentence_is_sent_that_no_script_says() -> None:
    source = _source((*FRAME, *EDITOR))
    assert not {key for key in (*FRAME_WORDS, *EDITOR_WORDS) if f'"{key}"' not in source}


@pytest.mark.parametrize(
    ("language", "said"),
    [("kk", "Мәселе жоқ."), ("ru", "Замечаний нет."), ("en", "No problems.")],
)
def test_the_words_come_in_the_language_of_the_page(
    analyst: Person, language: str, said: str
) -> None:
    analyst.speak(language)
    page = analyst.get(PAGE)
    found = re.search(r'<script type="application/json" id="words">(.*?)</script>', page.text)
    assert found
    words = json.loads(found[1])
    assert words["no_problems"] == said
    assert "{time}" in words["state_kept"], "the script fills the moment in"


def test_the_policy_lets_in_one_style_attribute_and_nothing_else(analyst: Person) -> None:
    policy = analyst.get(PAGE).headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert policy.count("sha256-") == 1


def test_the_page_carries_what_its_script_asks(analyst: Person) -> None:
    page = analyst.get(PAGE).text
    for name, address in {
        "file": "/workshop/b/main/files/sample.bpmn",
        "copy": "/workshop/b/main/copies/sample.bpmn",
        "check": "/workshop/b/main/check",
        "mend": "/workshop/b/main/mend",
    }.items():
        assert f'data-{name}="{address}"' in page


def test_a_name_from_an_address_stays_a_name(analyst: Person) -> None:
    page = analyst.get('/workshop/b/main/edit/a"><script>b</script>%26?.bpmn')
    assert page.status_code in {200, 404}
    assert "<script>b" not in page.text
    answer = analyst.get("/workshop/b/main/edit/ә%20b%23.bpmn")
    assert 'data-file="/workshop/b/main/files/%D3%99%20b%23.bpmn"' in answer.text


def test_there_is_no_editor_in_a_branch_that_is_not(analyst: Person) -> None:
    assert analyst.get("/workshop/b/nowhere/edit/sample.bpmn").status_code == 404


def test_only_analysts_come_here(person: Callable[[str], Person]) -> None:
    assert person("aigul").get(PAGE).status_code == 403


def test_a_new_file_that_was_typed_and_not_saved_is_given_back(analyst: Person) -> None:
    address = "/workshop/b/main/files/processes/fresh.bpmn"
    script = {"X-Requested-With": "fetch", "X-CSRFToken": analyst.token(analyst.get("/inbox/"))}
    assert analyst.get(address, headers=script).status_code == 404
    typed = {"content": "<typed/>", "base": 0}
    kept = analyst.client.put(address.replace("files", "copies"), json=typed, headers=script)
    assert kept.status_code == 200
    found = analyst.get(address, headers=script).get_json()
    assert (found["content"], found["revision"], found["copy"]["content"]) == ("", 0, "<typed/>")
