"""What the editors ask while somebody types: problems, pickers, templates; in the real pages."""

import re
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from engine.bootstrap import load_domains
from engine.i18n import known
from engine.services import definitions, shapes
from engine.services.context import Context
from engine.services.workshop import checking
from engine.store import Database
from tests.acceptance.kandas_stage import files
from tests.acceptance.rehearsal_stage import ANALYSTS, PACKAGES, Site, site
from tests.unit.bpmn.drawing import end, file, flow, gateway, start, user, way

NAME = "processes/kandas/approval.bpmn"


@pytest.fixture(scope="module")
def installation(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, keys: Any
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("live")
    path = folder / "live.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}", keys)
    with site(database, folder) as found:
        yield found


def ask(installation: Site, method: str, path: str, *, lang: str = "en", **said: Any) -> Any:
    """Ask as the editor's script does; return the answer's status and JSON."""
    browser = installation.browser()
    page = browser.get("/notifications/")
    with browser.client.session_transaction() as session:
        session["language"] = lang
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    headers = {"X-Requested-With": "fetch", "X-CSRFToken": token[1]}
    send = getattr(browser.client, method)
    answer = send(f"/workshop{path}", headers=headers, **({"json": said} if said else {}))
    return answer.status_code, answer.get_json()


def content() -> str:
    return files()[NAME].decode()


def test_what_is_deployed_has_nothing_wrong(installation: Site) -> None:
    status, found = ask(installation, "post", "/b/main/check", name=NAME, content=content())
    assert status == 200
    assert found["problems"] == []
    assert isinstance(found["ms"], int)


def test_a_slip_is_told_at_its_element_in_the_person_s_language(installation: Site) -> None:
    typed = content().replace("${asked_round == round}", "${asked_rounds == round}")
    said = {}
    for language in ("en", "ru", "kk"):
        _, found = ask(
            installation, "post", "/b/main/check", lang=language, name=NAME, content=typed
        )
        (one,) = found["problems"]
        assert (one["code"], one["element"], one["severity"]) == (
            "bpmn.unset",
            "queries_in_time",
            "error",
        )
        assert typed.splitlines()[one["line"] - 1].strip().startswith("<bpmn:exclusiveGateway")
        said[language] = one["message"]
    assert said["en"].startswith("queries_in_time reads asked_rounds, which nothing sets before")
    assert len(set(said.values())) == 3


def test_a_form_that_is_typed_is_checked_with_the_diagrams_that_use_it(installation: Site) -> None:
    form = "forms/kandas/contact.json"
    broken = files()[form].decode().replace('"type": "default"', '"type": "default", "a": ', 1)
    _, found = ask(installation, "post", "/b/main/check", name=form, content=broken)
    codes = {(one["file"], one["code"], one["element"]) for one in found["problems"]}
    assert (form, "form.json", "") in codes
    assert (NAME, "bpmn.unknown-form", "contact") in codes


@pytest.mark.parametrize(
    "typed", ["", "<a", "<definitions/>", "\x00", "<!DOCTYPE a [<!ENTITY b>]>"]
)
def test_what_is_no_diagram_is_told_and_nothing_breaks(installation: Site, typed: str) -> None:
    status, found = ask(installation, "post", "/b/main/check", name=NAME, content=typed)
    assert status == 200
    assert found["problems"]
    assert {one["severity"] for one in found["problems"]} >= {"error"}


@pytest.mark.parametrize(
    ("path", "said", "status"),
    [
        ("/b/nowhere/check", {"name": NAME, "content": "<a/>"}, 404),
        ("/b/main/check", {"name": NAME}, 400),
        ("/b/main/check", {"content": "<a/>"}, 400),
        ("/b/main/check", {"name": NAME, "content": "\ud800"}, 400),
        ("/b/main/mend", {"name": NAME, "content": "<a/>", "element": "x"}, 400),
    ],
)
def test_what_cannot_be_understood_is_refused_in_a_sentence(
    installation: Site, path: str, said: dict[str, str], status: int
) -> None:
    got, found = ask(installation, "post", path, **said)
    assert got == status
    assert set(found) == {"error"}
    assert found["error"]


HANGING = file(
    start()
    + gateway("exclusive", "split", default="split_b")
    + gateway("parallel", "join")
    + user("a", "b")
    + end()
    + flow("split", "a", "= 1 = 1")
    + way("s split b join e")
    + way("a join"),
    key="hanging",
).decode()


def test_a_cure_is_offered_with_the_way_that_hangs_and_done(installation: Site) -> None:
    name = "processes/hanging.bpmn"
    _, found = ask(installation, "post", "/b/main/check", lang="ru", name=name, content=HANGING)
    stuck = next(one for one in found["problems"] if one["mends"])
    assert stuck["trace"]
    assert all(re.search("[а-я]", one["title"]) for one in stuck["mends"])
    chosen = {"element": stuck["element"], "mend": stuck["mends"][0]["id"]}
    said = {"name": name, "content": HANGING, "code": stuck["code"], **chosen}
    status, mended = ask(installation, "post", "/b/main/mend", **said)
    assert status == 200
    _, after = ask(installation, "post", "/b/main/check", name=name, content=mended["content"])
    assert stuck["code"] not in {one["code"] for one in after["problems"]}


@pytest.mark.parametrize("typed", ["<a", "<a/>", HANGING])
def test_a_cure_that_cannot_be_done_is_refused(installation: Site, typed: str) -> None:
    said = {"name": NAME, "content": typed, "element": "nothing", "mend": "join-exclusive"}
    status, found = ask(installation, "post", "/b/main/mend", **said)
    assert 400 <= status < 500
    assert found["error"]


def test_pickers_have_what_the_branch_and_the_domains_have(installation: Site) -> None:
    status, found = ask(installation, "get", f"/b/main/catalogue?name={NAME}", lang="ru")
    assert status == 200
    forms = {one["key"]: one["title"] for one in found["forms"]}
    assert "kandas/contact" in forms
    assert {"role": "leo_head"}.items() <= _one(found["roles"], role="leo_head").items()
    assert _one(found["offices"], expression="${offices.origin_cc}")["title"] == (
        "Карьерный центр, регион выбытия"
    )
    assert any(one.get("code", "").startswith("mc.") for one in found["offices"])
    rules = _one(found["decisions"], id="kandas_return")
    assert {one["name"] for one in rules["inputs"]} >= {"returned_by"}
    assert _one(found["processes"], key="kandas_approval")["name"].startswith("Согласование")
    assert {"kandas.withdrawn", "support.detected"} <= {one["name"] for one in found["messages"]}
    topic = _one(found["topics"], topic="registries.gbd_fl.person")
    assert topic["title"] == "Запросить ГБД «Физические лица»"
    assert _one(topic["inputs"], name="patience")["type"] == "number"
    functions = {one["name"]: one for one in found["functions"]}
    assert functions["working_days"]["about"].startswith("Конец n-го рабочего дня")
    assert functions["substring"]["signature"] == "substring(string, start position, length?)"


def test_variables_are_those_known_at_the_element(installation: Site) -> None:
    _, found = ask(installation, "get", f"/b/main/catalogue?name={NAME}")
    at = found["variables"]
    assert {one["name"] for one in at["application"]} >= {"limits", "offices", "round"}
    first, late = (
        _one(at["consultation"], name="portal_number"),
        _one(at["plan_draft"], name="portal_number"),
    )
    assert (first["from"], late["type"]) == ("kandas_approval", "string")
    assert not [one for one in at["consultation"] if one["name"] == "applicant"]
    assert _one(at["application"], name="applicant")["sure"] is True
    limits = _one(at["registration"], name="limits")
    assert {"registration_days", "rework_days"} <= set(limits["members"])
    assert _one(at["contact"], name="contact_due")["type"] == "date and time"


def _one(rows: list[dict[str, Any]], **wanted: str) -> dict[str, Any]:
    (found,) = [one for one in rows if wanted.items() <= one.items()]
    return found


def test_templates_come_in_the_language_that_is_asked_for(installation: Site) -> None:
    names = {}
    for language in ("kk", "ru", "en"):
        _, found = ask(installation, "get", f"/templates.json?lang={language}", lang="en")
        names[language] = {one["id"]: one["name"] for one in found}
    wanted = "zholdama.registries.gbd_fl.person"
    assert len({names[language][wanted] for language in names}) == 3
    browser = installation.browser(ANALYSTS[1])
    browser.get("/workshop/templates.json?download=1")
    assert browser.answer is not None
    assert "attachment" in browser.answer.headers["Content-Disposition"]


# --- the check itself ---------------------------------------------------------------------------


def test_one_file_is_told_what_the_whole_check_tells_of_it() -> None:
    load_domains(PACKAGES)
    typed = dict(files())
    typed[NAME] = (
        typed[NAME]
        .replace(b"${destination}", b"${destinations}")
        .replace(b"career_director@", b"director@")
    )
    ctx = Context()
    whole = [one for one in definitions.check(typed, ctx) if one.file == NAME]
    alone = checking.problems(ctx, typed, NAME)
    assert {one.code for one in whole} == {"bpmn.unset", "bpmn.unknown-role"}
    assert [(one.code, one.element, one.line) for one in alone] == [
        (one.code, one.element, one.line) for one in whole
    ]


def test_a_process_that_another_file_has_is_told_while_typing() -> None:
    typed = dict(files())
    typed["processes/copy.bpmn"] = typed[NAME]
    for name in (NAME, "processes/copy.bpmn"):
        found = checking.problems(Context(), typed, name)
        assert "bpmn.process-twice" in {one.code for one in found}, name


def test_the_largest_diagram_is_checked_within_half_a_second_of_work() -> None:
    load_domains(PACKAGES)
    ctx, typed = Context(), dict(files())
    largest = max(
        (name for name in typed if name.endswith(".bpmn")), key=lambda one: len(typed[one])
    )
    checking.problems(ctx, typed, largest)
    spent = []
    for _ in range(3):
        typed[largest] += b"\n"
        began = process_time()
        checking.problems(ctx, typed, largest)
        spent.append(process_time() - began)
    assert min(spent) < 0.5, spent


# --- what the domains declare -------------------------------------------------------------------


def test_every_adapter_of_the_domains_says_what_it_gives() -> None:
    load_domains(PACKAGES)
    silent = [
        key
        for key, adapter in Context().extensions.forms.items()
        if key.partition("/")[0] in {"kandas", "support"} and adapter.gives is None
    ]
    assert silent == []


def test_every_declared_role_has_words_in_three_languages() -> None:
    load_domains(PACKAGES)
    declared = shapes.roles(Context().extensions)
    assert {"career_specialist", "centre_head", "supervisor"} <= declared
    for language in ("kk", "ru", "en"):
        assert [one for one in declared if not known(f"role:{one}", language)] == []


def test_every_topic_and_variable_of_the_handlers_has_words_in_three_languages() -> None:
    load_domains(PACKAGES)
    own = [
        found
        for found in Context().extensions
        if found.topic.partition(".")[0] in {"kandas", "support", "registries"}
    ]
    assert len(own) > 30
    for found in own:
        shape = shapes.handler_shape(found)
        for language in ("kk", "ru", "en"):
            assert shapes.title_of("topic", found.topic, language) != found.topic
            for name in [*shape.takes, *shape.gives]:
                assert shapes.title_of("variable", name, language) != name, (name, language)
