"""Bad input of every kind, through the real services, jobs and pages of the approval chain.

Each is refused in words that differ in Kazakh, Russian and English; nothing is lost, nothing half
done. What the order itself refuses stands in `test_kandas_bad_input`.
"""

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from engine.bootstrap import App
from engine.config import Settings
from engine.errors import DefinitionRefused, ValueRefused
from engine.handling import Call
from engine.i18n import add_catalogues, translate
from engine.model.people import SYSTEM
from engine.model.problems import Severity
from engine.model.text import Text, text, unpacked
from engine.services import audit, definitions
from engine.store import Database, Keys
from engine.store.counting import rows
from engine.web.application import create_app
from handlers.kandas.rehearsal import Case, usual
from handlers.registries.sandbox.server import Sandbox
from tests.acceptance.kandas_stage import (
    PASSWORD,
    Stage,
    files,
    make_template,
    on_stage,
    start_sandbox,
)
from tests.acceptance.test_access import Browser
from tests.acceptance.test_kandas import begun, go
from tests.concurrency.jobs_diagrams import ASKING
from tests.concurrency.jobs_world import Answer, Question, World

LANGUAGES = ("kk", "ru", "en")
CHAIN = "processes/kandas/approval.bpmn"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = start_sandbox(tmp_path_factory.mktemp("authority"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Path:
    return make_template(tmp_path_factory.mktemp("bad-input"), keys)


@pytest.fixture
def stage(template: Path, tmp_path: Path, keys: Keys, sandbox: Sandbox) -> Iterator[Stage]:
    for system in sandbox.server.switches.modes():
        sandbox.switch(system, "ok")
    with on_stage(template, tmp_path, keys, sandbox) as found:
        yield found


def spoken(said: Text) -> None:
    """Whoever reads it reads it in her own language."""
    add_catalogues("handlers.registries")
    heard = [translate(said, language) for language in LANGUAGES]
    assert len(set(heard)) == 3, heard
    assert not any(re.search(r"\{\w*\}|Traceback", one) for one in heard), heard


# Diagrams.

DOCTYPE = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


def _chain(old: str, new: str) -> bytes:
    data = files()[CHAIN]
    assert old.encode() in data, old
    return data.replace(old.encode(), new.encode(), 1)


def _inside(data: bytes, what: bytes) -> bytes:
    head, mark, tail = data.partition(b"?>")
    return head + mark + what + tail


SCRIPT = (
    '<bpmn:scriptTask id="x" scriptFormat="python"><bpmn:script>import os</bpmn:script>'
    "</bpmn:scriptTask>"
)
BAD_DIAGRAMS = {
    "not XML": lambda: b"not a diagram",
    "cut off": lambda: files()[CHAIN][:-300],
    "empty": lambda: b"",
    "DOCTYPE": lambda: _inside(files()[CHAIN], DOCTYPE),
    "6 MB": lambda: files()[CHAIN] + b"<!--" + b"x" * 6_000_000 + b"-->",
    "unknown topic": lambda: _chain("registries.migration_portal.register", "registries.nobody"),
    "unknown form": lambda: _chain('formKey="kandas/consultation"', 'formKey="kandas/none"'),
    "missing input": lambda: re.sub(
        rb'<camunda:inputParameter name="kind">[^<]*</camunda:inputParameter>',
        b"",
        files()[CHAIN],
        count=1,
    ),
    "python": lambda: _chain("${working_days(1)}", "${__import__('os').system('id')}"),
    "attributes": lambda: _chain("${working_days(1)}", "${''.__class__.__subclasses__()}"),
    "unknown name": lambda: _chain("${working_days(1)}", "${wrking_days(1)}"),
    "half an expression": lambda: _chain("${working_days(1)}", "${working_days(1}"),
    "python of its own": lambda: _chain("</bpmn:process>", f"{SCRIPT}</bpmn:process>"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD_DIAGRAMS)
def test_a_bad_diagram_is_refused_whole(stage: Stage, kind: str) -> None:
    with stage.reading() as uow:
        there = definitions.latest(uow, "kandas_approval").id
        count = len(rows(uow, "deployment"))
    started = time.monotonic()
    with stage.begin() as uow, pytest.raises(DefinitionRefused) as refused:
        definitions.deploy(uow, stage.ctx, SYSTEM, {**files(), CHAIN: BAD_DIAGRAMS[kind]()}, "bad")
    assert time.monotonic() - started < 30
    found = [one for one in refused.value.problems if one.severity is Severity.ERROR]
    assert found
    assert any(one.file == CHAIN for one in found)
    for problem in found:
        spoken(problem.message)
        assert "root:" not in str(problem.message)
    spoken(refused.value.text)
    with stage.reading() as uow:
        assert definitions.latest(uow, "kandas_approval").id == there
        assert len(rows(uow, "deployment")) == count


# Forms, over the pages.


@pytest.fixture
def pages(stage: Stage) -> Any:
    settings = Settings(
        secret_key="x" * 40,
        extensions=("handlers.kandas", "handlers.people", "handlers.registries"),
    )
    found = App(
        settings=settings, database=stage.database, context=stage.ctx, executor=stage.executor
    )
    return create_app(found)


class Desk(Browser):
    """Somebody at the first task of a case."""

    def __init__(self, pages: Any, stage: Stage, case: Case, language: str = "kk") -> None:
        super().__init__(pages)
        self.stage, self.case = stage, case
        self.actor = stage.take(case, "consultation")
        self.task = stage.task(case, "consultation").id
        with self.client.session_transaction() as session:
            session["_user_id"] = self.actor.account
            session["language"] = language

    def usual(self) -> dict[str, Any]:
        return dict(usual(self.stage, self.case, "consultation", self.task, self.actor))

    def revision(self) -> str:
        page = self.get(f"/tasks/{self.task}").text
        found = re.search(r'name="_revision" value="(\d+)"', page)
        assert found
        return found[1]

    def send(self, **form: Any) -> Any:
        said = {"_act": "send", "_revision": self.revision(), **self.usual(), **form}
        return self.post(f"/tasks/{self.task}", said)


WRONG = {
    "a date that is none": ({"date": "2026-02-30"}, "30.02.2026"),
    "a date that is a list": ({"date": ["2026-09-07", "x"]}, None),
    "an unknown option": ({"topics": ["quota", "bribe"]}, None),
    "a number with a wrong check digit": ({"iin": "850312300019"}, "850312300019"),
    "letters for a number": ({"iin": "DROP TABLE"}, "DROP TABLE"),
    "nothing": ({"surname": "", "name": ""}, None),
    "far too much": ({"surname": "ә" * 20_000}, None),
    "a zero byte": ({"surname": "Сер\0ік"}, None),
    "a direction": ({"surname": "\u202eкіреС\u2066"}, None),
}


#: What a text may hold, or a form may post, without being wrong.
HARMLESS = {"a date that is a list", "a direction", "a zero byte"}


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_values_come_back_at_their_fields(pages: Any, stage: Stage, kind: str) -> None:
    case = begun(stage)
    form, kept = WRONG[kind]
    heard = set()
    for language in LANGUAGES:
        desk = Desk(pages, stage, case, language)
        answer = desk.send(**form)
        if kind in HARMLESS and answer.status_code == 303:
            return  # taken as a text like any other
        assert answer.status_code == 400, answer.status_code
        assert 'class="errors"' in answer.text
        assert re.search(r'class="f[^"]* err"', answer.text)
        assert desk.usual()["phone"] in answer.text.replace(" ", ""), "what was right stays"
        if kept:
            assert f'value="{kept}"' in answer.text
        heard.add(" ".join(re.findall(r"data-error>\s*(.*?)\s*</p>", answer.text, re.DOTALL)))
    assert len(heard) == 3
    assert stage.open_elements(case) == ["consultation"]
    assert desk.send().status_code == 303, "and once it is right, it goes on"
    assert stage.open_elements(case) == ["application"]


def test_a_stale_form_twice_sent_and_a_foreign_one(pages: Any, stage: Stage) -> None:
    case = begun(stage)
    said = set()
    for language in LANGUAGES:
        desk = Desk(pages, stage, case, language)
        old = desk.revision()
        kept = desk.post(f"/tasks/{desk.task}/draft", {**desk.usual(), "_revision": old})
        assert kept.status_code == 200
        answer = desk.send(_revision=old, surname="Басқа терезе")
        assert answer.status_code == 400
        assert "Басқа терезе" in answer.text
        assert stage.open_elements(case) == ["consultation"]
        said.add(re.findall(r"data-focus><h2>(.*?)</h2>", answer.text)[0])
    assert len(said) == 3, said
    form = {"_act": "send", "_revision": desk.revision(), **desk.usual()}
    answers = [desk.post(f"/tasks/{desk.task}", form) for _ in range(3)]
    assert [(one.status_code, one.location) for one in answers] == [(303, answers[0].location)] * 3
    assert stage.open_elements(case) == ["application"]
    completed = [row for row in stage.view(case).history if row.what == "completed"]
    assert len(completed) == 1


def test_what_was_typed_without_a_session_is_there_after_it(pages: Any, stage: Stage) -> None:
    case = begun(stage)
    desk = Desk(pages, stage, case)
    typed = {**desk.usual(), "surname": "Жаңа <b>тек</b>", "_act": "send", "_revision": "1"}
    desk.client.delete_cookie("zholdama")
    heard = set()
    for language in LANGUAGES:
        desk.client.post("/language", data={"csrf_token": desk.token(), "code": language})
        asked = desk.client.post(f"/tasks/{desk.task}", data=typed)
        assert asked.status_code == 401
        heard.add(re.sub(r'value="[^"]*"', "", asked.text))
    assert len(heard) == 3
    kept = re.search(r'name="kept" value="([^"]*)"', asked.text)
    assert kept
    login = next(one for one, account in stage.logins.items() if account == desk.actor.account)
    back = desk.post(
        "/sign-in",
        {"login": login, "password": PASSWORD, "next": f"/tasks/{desk.task}",
         "kept": kept[1].replace("&amp;", "&")},
    )  # fmt: skip
    assert back.location == f"/tasks/{desk.task}"
    assert "Жаңа &lt;b&gt;тек&lt;/b&gt;" in desk.get(back.location).text
    assert stage.open_elements(case) == ["consultation"]


FILES = {
    "too large": b"%PDF-1.4\n" + b"x" * (20 * 1024 * 1024),
    "far too large": b"%PDF-1.4\n" + b"x" * (23 * 1024 * 1024),
    "a program": b"MZ" + b"\0" * 100,
    "a page": b"<html><script>alert(1)</script>",
    "a zip": b"PK\x03\x04" + b"\0" * 100,
    "a drawing": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "nothing": b"",
}


def _body(token: str, data: bytes) -> bytes:
    said = {"csrf_token": token, "field": "scans"}
    parts = [
        f'--edge\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in said.items()
    ]
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="../../scan.pdf"\r\n'
    kind = b"Content-Type: application/pdf\r\n\r\n"
    return b"".join([*parts, head, kind, data, b"\r\n--edge--\r\n"])


@pytest.mark.parametrize("kind", FILES)
def test_a_bad_file_is_refused_and_the_form_stays(pages: Any, stage: Stage, kind: str) -> None:
    case = begun(stage)
    heard = set()
    for language in LANGUAGES:
        desk = Desk(pages, stage, case, language)
        desk.post(f"/tasks/{desk.task}/draft", {**desk.usual(), "surname": "Сақталған"})
        answer = desk.client.post(
            f"/tasks/{desk.task}/files",
            data=_body(desk.token(), FILES[kind]),
            content_type="multipart/form-data; boundary=edge",
        )
        assert answer.status_code in {400, 413}
        heard.add(answer.json["error"] if answer.is_json else answer.text)
        assert "Сақталған" in desk.get(f"/tasks/{desk.task}").text
    assert len(heard) == 3
    assert stage.view(case).documents == ()


# Registries that misbehave.


@pytest.mark.parametrize("mode", ["malformed", "other_person", "wrong_signature", "down", "slow"])
def test_a_registry_that_misbehaves_stops_nobody_and_is_told(stage: Stage, mode: str) -> None:
    if mode == "slow":
        stage.ctx.settings["registries.timeout"] = "0.2"
    stage.sandbox.switch("gbd_fl", mode)
    case = begun(stage)
    stage.work(case, "consultation")
    stage.work(case, "application")
    assert stage.open_elements(case) == []
    stage.later(minutes=11)
    assert stage.open_elements(case) == ["scans"], "the case goes on by the scan"
    if mode != "slow":
        for _ in range(7):
            stage.later(minutes=6)
        (found,) = stage.view(case).incidents
        spoken(unpacked(found.message))
    with stage.reading() as uow:
        written = repr([row.last_error for row in rows(uow, "job")])
        written += repr([row.message for row in rows(uow, "incident")])
        assert not audit.verify(uow).broken
    for member in case.family.members:
        assert str(member.person.iin) not in written
        assert member.person.surname not in written
    stage.sandbox.switch("gbd_fl", "ok")
    go(stage, case, "registration")


# Handlers that misbehave.


class Odd(BaseModel):
    """What nobody asked for."""

    count: int = 0


def _raises(query: Question, call: Call) -> Answer:
    raise RuntimeError("Серікова 850312300012")


def _refuses(query: Question, call: Call) -> Answer:
    raise ValueRefused(text("The login {login} is taken", login="850312300012"))


def _wrong(query: Question, call: Call) -> Any:
    return {"answer": "850312300012"}


def _odd(query: Question, call: Call) -> Any:
    return Odd()


def _hangs(query: Question, call: Call) -> Answer:
    time.sleep(1.0)
    return Answer(answer="too late")


@pytest.mark.parametrize("body", [_raises, _refuses, _wrong, _odd, _hangs])
def test_a_handler_that_misbehaves_is_an_incident_in_words(
    sqlite: Database, clock: Any, body: Any
) -> None:
    world = World(sqlite, clock)
    world.handler(body, retry="R1/PT1M", timeout=0.2 if body is _hangs else 20)
    world.deploy(ASKING)
    case = world.start("asking", "K-7")
    before = world.variables(case)
    executor = world.executor()
    for _ in range(4):
        executor.run_due()
        clock.advance(timedelta(minutes=2))
    if body is _hangs:
        time.sleep(1.0)
        executor.run_due()
    (found,) = world.incidents()
    spoken(unpacked(found.message))
    assert "850312300012" not in found.message
    assert world.variables(case) == before
    assert world.elements(case) == []
    assert world.chain_holds()


# A clock that was moved back.


def test_a_clock_that_was_moved_back_loses_nothing(pages: Any, stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "registration")
    with stage.reading() as uow:
        timers = [(row.id, row.due_at) for row in rows(uow, "job", kind="timer", state="ready")]
    told = len(stage.view(case).history)
    stage.clock.advance(timedelta(days=-400))
    assert stage.executor.run_due(1000) == 0, "nothing fires early"
    with stage.reading() as uow:
        assert [
            (row.id, row.due_at) for row in rows(uow, "job", kind="timer", state="ready")
        ] == timers
    desk = Browser(pages)
    actor = stage.take(case, "registration")
    with desk.client.session_transaction() as session:
        session["_user_id"] = actor.account
    here, task = f"/cases/{case.instance}", f"/tasks/{stage.task(case, 'registration').id}"
    for address in ("/inbox/", "/cases/", "/notifications/", here, f"{here}/history", task):
        assert desk.get(address).status_code == 200, address
    stage.work(case, "registration")
    assert stage.open_elements(case) == ["recheck"]
    view = stage.view(case)
    assert len(view.history) > told
    assert [row.number for row in view.history] == sorted(
        (row.number for row in view.history), reverse=True
    ), "history keeps the order in which things happened"
    stage.clock.advance(timedelta(days=400))
    go(stage, case, "head_check")
    with stage.reading() as uow:
        assert not audit.verify(uow).broken
