"""The analysts' pages as a browser's requests meet them: drafts, uploads, deploying, versions."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.bootstrap import App
from engine.config import Settings
from engine.model.people import ANALYST, SYSTEM, Candidate
from engine.services import accounts, audit, definitions
from engine.services.workshop import branches, releases, taking
from engine.services.workshop.comparing import normal
from engine.store import Keys
from engine.store.counting import rows
from engine.web.application import create_app
from handlers.registries.sandbox.server import Sandbox
from tests.acceptance.kandas_stage import PASSWORD, Stage, make_template, on_stage, start_sandbox
from tests.acceptance.test_bad_input import BAD_DIAGRAMS

CHAIN, CONTACT = "processes/kandas/approval.bpmn", "forms/kandas/contact.json"
KEY = "kandas_approval"
FETCH = {"X-Requested-With": "fetch"}
#: Read, and wrong: kept in a branch, stopped at deploying.
READABLE = {
    "unknown topic",
    "unknown form",
    "missing input",
    "python",
    "attributes",
    "unknown name",
    "half an expression",
    "python of its own",
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = start_sandbox(tmp_path_factory.mktemp("authority"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Path:
    return make_template(tmp_path_factory.mktemp("workshop"), keys)


@pytest.fixture
def stage(template: Path, tmp_path: Path, keys: Keys, sandbox: Sandbox) -> Iterator[Stage]:
    with on_stage(template, tmp_path, keys, sandbox) as found:
        found.logins["local"] = _hire(found, "local", "cc.10.1")
        found.logins["second"] = _hire(found, "second", "mlsp")
        yield found


def _hire(stage: Stage, login: str, office: str) -> str:
    with stage.begin() as uow:
        made = accounts.create(
            uow,
            stage.ctx,
            SYSTEM,
            login=login,
            password=PASSWORD,
            name=f"Талдаушы {login}",
            memberships=[Candidate(ANALYST, office)],
        )
        uow.commit()
    return made


@pytest.fixture
def pages(stage: Stage) -> Flask:
    settings = Settings(
        secret_key="x" * 40,
        extensions=("handlers.kandas", "handlers.people", "handlers.registries"),
    )
    found = App(
        settings=settings, database=stage.database, context=stage.ctx, executor=stage.executor
    )
    return create_app(found)


class Analyst:
    """Somebody at a browser."""

    def __init__(self, pages: Flask, account: str) -> None:
        self.client: FlaskClient = pages.test_client()
        with self.client.session_transaction() as session:
            session["_user_id"] = account
        self.csrf = str((self.client.get("/session").json or {})["csrf"])

    def page(self, address: str) -> str:
        answer = self.client.get(f"/workshop{address}")
        assert answer.status_code == 200, (address, answer.status_code)
        return answer.text

    def post(self, address: str, **form: Any) -> TestResponse:
        return self.client.post(f"/workshop{address}", data={"csrf_token": self.csrf, **form})

    def ask(self, method: str, address: str, body: object = None) -> TestResponse:
        headers = {**FETCH, "X-CSRFToken": self.csrf}
        return self.client.open(f"/workshop{address}", method=method, json=body, headers=headers)

    def file(self, name: str) -> dict[str, Any]:
        answer = self.ask("GET", f"/b/main/files/{name}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json or {}
        return found

    def save(self, name: str, content: str, base: int) -> TestResponse:
        return self.ask("POST", f"/b/main/files/{name}", {"content": content, "base": base})

    def deploy(self, **more: str) -> TestResponse:
        page = self.page("/b/main/deploy")
        found = re.search(r'name="seen" value="([^"]*)"', page)
        assert found
        return self.post("/b/main/deploy", **{"note": "Жаңа қадам", "seen": found[1], **more})


@pytest.fixture
def ann(pages: Flask, stage: Stage) -> Analyst:
    return Analyst(pages, stage.logins["analyst"])


@pytest.fixture
def bea(pages: Flask, stage: Stage) -> Analyst:
    return Analyst(pages, stage.logins["second"])


def starred(content: str) -> str:
    """Return a form with a star at its first label."""
    form = json.loads(content)
    labelled = next(one for one in form["components"] if one.get("label"))
    labelled["label"] += " *"
    return normal(CONTACT, json.dumps(form).encode()).decode()


def changed(analyst: Analyst) -> None:
    """Save a change of a form in the branch."""
    there = analyst.file(CONTACT)
    answer = analyst.save(CONTACT, starred(there["content"]), there["revision"])
    assert answer.status_code == 200, answer.text


def newest(stage: Stage) -> int:
    with stage.reading() as uow:
        return definitions.latest(uow, KEY).version


# Drafts.


def test_what_is_typed_comes_back_and_nobody_else_sees_it(ann: Analyst, bea: Analyst) -> None:
    typed = {"content": "{ half", "base": 0, "element": "Field_1"}
    kept = ann.ask("PUT", f"/b/main/copies/{CONTACT}", typed).json or {}
    assert kept["revision"] == 0
    assert kept["others"] == []
    assert ann.file(CONTACT)["copy"]["content"] == "{ half"
    seen = bea.file(CONTACT)
    assert seen["copy"] is None
    assert [one["element"] for one in seen["others"]] == ["Field_1"]
    assert ann.ask("DELETE", f"/b/main/copies/{CONTACT}").status_code == 200
    assert ann.file(CONTACT)["copy"] is None


def test_the_second_to_save_gets_both_texts(ann: Analyst, bea: Analyst) -> None:
    first = ann.file(CONTACT)["content"]
    changed(ann)
    answer = bea.save(CONTACT, first.replace('"type"', '"type" ', 1), 0)
    told = answer.json or {}
    assert answer.status_code == 409
    assert (told["revision"], told["content"]) == (1, starred(first))
    assert told["compare"].startswith("/workshop/compare?branch=main&name=forms")
    assert bea.client.get(told["compare"]).status_code == 200
    assert bea.file(CONTACT)["copy"]["content"] == first.replace('"type"', '"type" ', 1)
    assert bea.file(CONTACT)["content"] == starred(first)


def test_scripts_are_answered_in_sentences(ann: Analyst, pages: Flask, stage: Stage) -> None:
    clerk = Analyst(pages, stage.logins["cc47-1"])
    answers = {
        400: ann.save(CHAIN, "<definitions", 0),
        403: clerk.save(CONTACT, "{}", 0),
        404: ann.ask("GET", "/b/none/files/x.bpmn"),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.is_json
        assert (answer.json or {})["error"]
        assert "<html" not in answer.text


NONSENSE: tuple[object, ...] = (
    [],
    {"content": 5},
    {"content": "{}", "base": -1},
    {"content": "{}", "base": "x"},
    {"content": "\ud800", "base": 0},
    "x",
)


def test_nonsense_is_refused(ann: Analyst) -> None:
    for body in NONSENSE:
        answer = ann.ask("POST", f"/b/main/files/{CONTACT}", body)
        assert answer.status_code == 400, body
        assert (answer.json or {})["error"]


# Files in and out.


@pytest.mark.parametrize("kind", sorted(READABLE))
def test_a_wrong_diagram_is_kept_told_of_and_not_deployed(
    stage: Stage, ann: Analyst, kind: str
) -> None:
    bad = BAD_DIAGRAMS[kind]()
    answer = ann.post("/b/main/upload", file=(io.BytesIO(bad), "approval.bpmn"))
    assert answer.status_code == 200
    assert "#alert-circle" in answer.text
    assert ann.file(CHAIN)["revision"] == 1
    assert ann.deploy().status_code == 400
    assert newest(stage) == 1


def test_what_cannot_be_read_is_neither_uploaded_nor_saved(ann: Analyst) -> None:
    before = ann.file(CHAIN)
    for kind in sorted(set(BAD_DIAGRAMS) - READABLE):
        bad = BAD_DIAGRAMS[kind]()
        if len(bad) < 500_000:  # Werkzeug's client leaves the files open in which it keeps more
            answer = ann.post("/b/main/upload", file=(io.BytesIO(bad), "approval.bpmn"))
            assert answer.status_code == 200, kind
            assert "root:" not in answer.text
        assert ann.file(CHAIN) == before, kind
        refused = ann.save(CHAIN, bad.decode(), 0)
        assert refused.status_code == 400, kind
        assert (refused.json or {})["error"]
        assert ann.file(CHAIN)["revision"] == 0, kind


def test_files_are_uploaded_each_for_itself(ann: Analyst) -> None:
    good = starred(ann.file(CONTACT)["content"]).encode()
    sent = [(io.BytesIO(good), "contact.json"), (io.BytesIO(b"<x"), "new.bpmn")]
    page = ann.post("/b/main/upload", file=sent).text
    assert ann.file(CONTACT)["content"].encode() == good
    assert "processes/new.bpmn" in page
    assert ann.ask("GET", "/b/main/files/processes/new.bpmn").status_code == 404


def test_what_is_too_much_at_once_is_named(ann: Analyst, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "MOST", 1)
    good = starred(ann.file(CONTACT)["content"]).encode()
    sent = [(io.BytesIO(good), "contact.json"), (io.BytesIO(good), "more.json")]
    page = ann.post("/b/main/upload", file=sent).text
    assert ann.file(CONTACT)["content"].encode() == good
    assert "more.json" in page
    assert "Бір жолы 1 файл қабылданады" in page


def test_an_upload_does_not_overwrite_what_another_saved(
    stage: Stage, ann: Analyst, bea: Analyst
) -> None:
    page = bea.page("/b/main/")
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen
    old = bea.file(CONTACT)["content"]
    stage.later(seconds=5)
    changed(ann)
    bea.post("/b/main/upload", seen=seen[1], file=(io.BytesIO(old.encode()), "contact.json"))
    assert ann.file(CONTACT)["content"] == starred(old)


def test_a_branch_comes_as_an_archive_and_a_file_alone(ann: Analyst) -> None:
    changed(ann)
    whole = ann.client.get("/workshop/b/main/download").data
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.read(CONTACT).decode() == ann.file(CONTACT)["content"]
        assert CHAIN in archive.namelist()
    alone = ann.client.get(f"/workshop/b/main/files/{CONTACT}/raw")
    assert alone.text == ann.file(CONTACT)["content"]
    assert "contact.json" in alone.headers["Content-Disposition"]


@pytest.mark.parametrize("name", ["forms/new/one.json", "processes/new.bpmn", "processes/n.dmn"])
def test_a_new_file_begins_with_what_can_be_read(ann: Analyst, name: str) -> None:
    answer = ann.post("/b/main/new", name=name, title="Екінші «қол» & қою")
    assert answer.status_code == 303, answer.text
    assert answer.location == f"/workshop/b/main/edit/{name}"
    assert ann.client.get(answer.location).status_code == 200
    checked = ann.ask("POST", "/b/main/check", {"name": name, **_content(ann, name)})
    assert checked.status_code == 200
    assert ann.post("/b/main/new", name=name).status_code == 409
    assert ann.post("/b/main/new", name="../x.bpmn").status_code == 400


def _content(ann: Analyst, name: str) -> dict[str, str]:
    return {"content": ann.file(name)["content"]}


def test_branches_are_made_named_and_closed(ann: Analyst) -> None:
    assert ann.post("/branches", name="second-signature").status_code == 303
    assert ann.post("/branches", name="second-signature").status_code == 409
    assert ann.post("/branches", name="Екінші").status_code == 400
    assert ann.post("/b/second-signature/rename", name="signature").status_code == 303
    assert ann.client.get("/workshop/b/second-signature/").status_code == 404
    assert "signature" in ann.page("/")
    assert ann.post("/b/signature/close").status_code == 303
    assert ann.client.get("/workshop/b/signature/").status_code == 404
    assert ann.post("/b/main/close").status_code == 400


def test_files_are_renamed_taken_away_and_put_back(ann: Analyst) -> None:
    ann.post("/b/main/new", name="forms/new/one.json")
    moved = ann.post("/b/main/move", name="forms/new/one.json", new="forms/new/two.json", base="1")
    assert moved.status_code == 303, moved.text
    assert ann.ask("GET", "/b/main/files/forms/new/one.json").status_code == 404
    assert ann.post("/b/main/remove", name=CONTACT, base="0").status_code == 303
    assert ann.ask("GET", f"/b/main/files/{CONTACT}").status_code == 404
    assert ann.post("/b/main/remove", name="forms/new/two.json", base="7").status_code == 409
    assert ann.post("/b/main/settle", name=CONTACT, base="1", act="take").status_code == 303
    assert ann.file(CONTACT)["state"] == "same"


# Deploying.


def test_a_deployment_from_the_first_look_to_the_way_back(stage: Stage, ann: Analyst) -> None:
    old = stage.open(*_a_case())
    changed(ann)
    page = ann.page("/b/main/deploy")
    assert CONTACT in page
    assert 'aria-disabled="true"' not in page
    assert ann.deploy(tag="2027-1").status_code == 303
    assert newest(stage) == 2
    new = stage.open(*_a_case(2))
    with stage.reading() as uow:
        running = [uow.instances.find(one.instance).definition_id for one in (old, new)]
        versions = [definitions.load(uow, one).version for one in running]
        found = releases.versions(uow, KEY)
    assert versions == [1, 2]
    assert [(one.version, one.running, one.tag) for one in found] == [(2, 1, "2027-1"), (1, 1, "")]
    assert ann.file(CONTACT)["state"] == "same"
    assert "2027-1" in ann.page(f"/processes/{KEY}/")
    back = ann.post(f"/processes/{KEY}/roll-back", definition=found[1].id, note="Қате")
    assert back.status_code == 303, back.text
    assert newest(stage) == 3
    assert not ann.file(CONTACT)["content"].count(" *")
    again = ann.post(f"/processes/{KEY}/roll-back", definition=found[1].id, note="Қате")
    assert again.status_code == 409


def _a_case(number: int = 1) -> tuple[Any, ...]:
    from tests.acceptance.test_kandas import a_family  # noqa: PLC0415

    return a_family(number), "cc.47.1", "59"


def test_an_analyst_of_another_office_is_told_whom_to_ask(
    stage: Stage, pages: Flask, ann: Analyst
) -> None:
    """She edits, checks and sees what it would change; the page and the service keep her back."""
    local = Analyst(pages, stage.logins["local"])
    changed(local)
    page = local.page("/b/main/deploy")
    assert 'aria-disabled="true"' in page
    assert "Еңбек және халықты әлеуметтік қорғау министрлігі" in page
    answer = local.deploy()
    assert answer.status_code == 403
    assert "Еңбек және халықты әлеуметтік қорғау министрлігі" in answer.text
    assert "Жаңа қадам" in answer.text, "what she typed is still there"
    assert newest(stage) == 1
    assert ann.deploy().status_code == 303


def test_whose_the_process_is_the_settings_may_say(stage: Stage, pages: Flask) -> None:
    stage.ctx.settings["deploy.owner.kandas_approval"] = "cc.10.1"  # type: ignore[index]
    try:
        local, other = (Analyst(pages, stage.logins[one]) for one in ("local", "analyst"))
        changed(local)
        assert other.deploy().status_code == 403
        assert local.deploy().status_code == 303
    finally:
        del stage.ctx.settings["deploy.owner.kandas_approval"]  # type: ignore[attr-defined]


def test_somebody_deploys_while_i_deploy(stage: Stage, ann: Analyst, bea: Analyst) -> None:
    changed(ann)
    page = bea.page("/b/main/deploy")
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen
    assert ann.deploy().status_code == 303
    there = bea.file(CHAIN)["content"]
    bea.save(CHAIN, there.replace("<bpmn:endEvent id=", "<bpmn:endEvent  id=", 1), 0)
    bea.save(CONTACT, starred(bea.file(CONTACT)["content"]), bea.file(CONTACT)["revision"])
    answer = bea.post("/b/main/deploy", note="x", seen=seen[1])
    assert answer.status_code == 409
    assert newest(stage) == 2
    assert bea.deploy().status_code == 303
    assert newest(stage) == 3


def test_it_takes_effect_at_its_moment_or_is_withdrawn(stage: Stage, ann: Analyst) -> None:
    changed(ann)
    assert ann.deploy(active_from="2027-01-01T00:00").status_code == 303
    assert newest(stage) == 1
    with stage.reading() as uow:
        [coming] = releases.scheduled(uow)
    assert coming.at.isoformat() == "2026-12-31T19:00:00+00:00"
    assert coming.processes == (KEY,)
    assert ann.post(f"/deployments/{coming.id}/withdraw").status_code == 303
    assert ann.post(f"/deployments/{coming.id}/withdraw").status_code == 409
    assert ann.deploy(active_from="2027-01-01T00:00").status_code == 303
    stage.until(coming.at + timedelta(seconds=1))
    assert newest(stage) == 2
    assert ann.file(CONTACT)["state"] == "same"


@pytest.mark.parametrize("form", [{"note": " "}, {"active_from": "soon"}])
def test_a_deployment_without_reason_or_with_no_moment(
    stage: Stage, ann: Analyst, form: dict[str, str]
) -> None:
    changed(ann)
    assert ann.deploy(**form).status_code == 400
    assert newest(stage) == 1


def test_two_lines_of_work_are_told_of_and_settled(stage: Stage, ann: Analyst) -> None:
    first = ann.file(CONTACT)["content"]
    changed(ann)
    theirs = starred(starred(first)).encode()
    with stage.begin() as uow:
        whole = {**branches.deployed_files(uow), CONTACT: theirs}
        definitions.deploy(uow, stage.ctx, SYSTEM, whole, "from the command line")
        uow.commit()
    assert ann.file(CONTACT)["stale"] is True
    assert "ws-stale" in ann.page("/b/main/")
    assert ann.post("/b/main/settle", name=CONTACT, base="1", act="keep").status_code == 303
    assert ann.file(CONTACT)["stale"] is False
    assert ann.file(CONTACT)["content"] == starred(first)
    assert ann.post("/b/main/settle", name=CONTACT, base="2", act="take").status_code == 303
    assert ann.file(CONTACT)["content"].encode() == theirs


def test_every_act_is_in_the_audit_log(stage: Stage, ann: Analyst) -> None:
    changed(ann)
    ann.post("/branches", name="b")
    ann.post("/b/b/close")
    ann.deploy()
    with stage.reading() as uow:
        said = {row.act for row in audit.list_rows(uow, size=50)}
        assert audit.verify(uow).broken == 0
        assert len(rows(uow, "deployment")) == 2
    wanted = {"branch.save", "branch.make", "branch.close", "deployment.create"}
    assert wanted <= said


def test_pages_are_whole_in_every_language(ann: Analyst) -> None:
    changed(ann)
    for language in ("kk", "ru", "en"):
        ann.client.post("/language", data={"code": language, "csrf_token": ann.csrf})
        for address in (
            "/",
            "/b/main/",
            "/b/main/problems",
            "/b/main/deploy",
            f"/processes/{KEY}/",
        ):
            page = ann.page(address)
            bare = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
            assert not re.search(r"\{[a-z_]+\}", bare), address
            assert f'<html lang="{language}"' in page


def test_who_is_no_analyst_sees_no_workshop(stage: Stage, pages: Flask) -> None:
    clerk = Analyst(pages, stage.logins["cc47-1"])
    assert clerk.client.get("/workshop/").status_code == 403
    assert "/workshop/" not in clerk.client.get("/inbox/").text
