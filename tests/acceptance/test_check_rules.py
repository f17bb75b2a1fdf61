"""Every rule about what diagrams refer to and how variables flow, by ``zholdama check``.

One folder holds for each rule a file that breaks it and one that keeps it; the handlers, roles and
messages are the domains' own.
"""

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_cli import PROGRAM, environment
from tests.unit.bpmn.drawing import (
    end,
    extension,
    file,
    flow,
    gateway,
    mapping,
    node,
    script,
    service,
    start,
    user,
    way,
)

DUE = {"camunda_dueDate": "${working_days(days)}"}
#: A field of a form, as its JSON has it.
FIELD = {
    "id": "Field_number",
    "key": "number",
    "label": "Нөмір",
    "properties": {"label:ru": "Номер", "label:en": "Number"},
}
MESSAGE = '<message id="m" name="{name}"/>'
THROW = node("endEvent", "e", '<messageEventDefinition messageRef="m"/>')


def properties(**values: str) -> str:
    inner = "".join(
        f'<camunda:property name="{name.replace("__", "-").replace("_", ":")}" value="{value}"/>'
        for name, value in values.items()
    )
    return f"<camunda:properties>{inner}</camunda:properties>"


def clerk(key: str = "u", inner: str = "", role: str = "leo_head@leo.10", **more: str) -> str:
    return user(key, inner=inner, camunda_candidateGroups=role, **more)


def about(inner: str = "", **values: str) -> str:
    """Return extensions that keep the rules about words, with others besides."""
    return extension(properties(law="K-1", **values) + inner)


def straight(inner: str, path: str = "s u e", begins: str = "", **more: Any) -> str:
    return about(starts__with=begins) + node("startEvent", "s", about()) + inner + end() + way(path)


CATCH = node("intermediateCatchEvent", "c", about() + '<messageEventDefinition messageRef="m"/>')


def form(kind: str, **more: object) -> bytes:
    whole = {
        "type": "default",
        "id": "f",
        "schemaVersion": 19,
        "components": [FIELD | {"type": kind} | more],
    }
    return json.dumps(whole, ensure_ascii=False).encode()


def sends(key: str) -> str:
    """Return a task with a form, then a handler that takes the form's field as a text."""
    io = about(mapping({"number": "${number}"}))
    asked = clerk(inner=about(), camunda_formKey=key)
    return straight(asked + service("x", "support.conclusion.send", io), "s u x e")


def patient(value: str) -> str:
    io = about(mapping({"patience": value}))
    return straight(service("x", "registries.probation.record", io), "s x e")


def choice(other: str) -> str:
    inner = gateway("exclusive", "g", default="g_r") + script("l", "days = 1")
    inner += script("r", other) + clerk(inner=about(), **DUE) + flow("g", "l", "= big")
    inner = inner.replace('scriptFormat="feel">', 'scriptFormat="feel">' + about())
    return straight(inner + way("l u"), "s g r u e", "big: boolean")


def circle(second: str) -> bytes:
    decisions = "".join(
        f'<decision id="{name}" name="{name}"><variable name="{name}"/><informationRequirement>'
        f'<requiredDecision href="#{needs}"/></informationRequirement><literalExpression>'
        f"<text>{needs}</text></literalExpression></decision>"
        for name, needs in (("one", "two"), ("two", second))
    )
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" '
        f'namespace="urn:d">{decisions}<decision id="three" name="three"><variable name="three"/>'
        "<literalExpression><text>1</text></literalExpression></decision></definitions>"
    ).encode()


def bpmn(body: str, key: str, before: str = "", after: str = "") -> bytes:
    return file(body, key=key, before=before, after=after)


TASK = clerk(inner=about(), **DUE)
NAMED = clerk(inner=about(name_ru="Имя", name_en="Name"), name="Аты")
#: Name of a file → what it holds, and the rules it breaks with their elements.
FILES: dict[str, tuple[bytes, set[tuple[str, str]]]] = {
    "unset.bpmn": (bpmn(straight(TASK), "unset"), {("bpmn.unset", "u")}),
    "set.bpmn": (bpmn(straight(TASK, begins="days: number"), "set"), set()),
    "perhaps.bpmn": (bpmn(choice("other = 1"), "perhaps"), {("bpmn.maybe-unset", "u")}),
    "always.bpmn": (bpmn(choice("days = 2"), "always"), set()),
    "type.bpmn": (
        bpmn(straight(TASK.replace("(days)", "(1 + days)"), begins="days: string"), "typed"),
        {("bpmn.type", "u")},
    ),
    "form_number.bpmn": (bpmn(sends("number"), "form_number"), {("bpmn.input-type", "x")}),
    "form_text.bpmn": (bpmn(sends("words"), "form_text"), set()),
    "value.bpmn": (bpmn(patient("many"), "value"), {("bpmn.input-value", "x")}),
    "value_fine.bpmn": (bpmn(patient("3"), "value_fine"), set()),
    "role.bpmn": (
        bpmn(straight(clerk(inner=about(), role="wizard@leo.10")), "role"),
        {("bpmn.unknown-role", "u")},
    ),
    "sent.bpmn": (
        bpmn(straight(CATCH, "s c e"), "sent", before=MESSAGE.format(name="nobody.sends")),
        {("bpmn.unsent", "c")},
    ),
    "sent_fine.bpmn": (
        bpmn(straight(CATCH, "s c e"), "sent_fine", before=MESSAGE.format(name="kandas.appeared")),
        set(),
    ),
    "caught.bpmn": (
        bpmn(
            straight(NAMED).replace(end(), THROW),
            "caught",
            before=MESSAGE.format(name="nobody.waits"),
        ),
        {("bpmn.uncaught", "e")},
    ),
    "law.bpmn": (
        bpmn(straight(clerk() + clerk("v", about()), "s u v e"), "law"),
        {("bpmn.no-law", "u")},
    ),
    "names.bpmn": (
        bpmn(straight(NAMED + clerk("v", about(), name="Аты"), "s u v e"), "names"),
        {("bpmn.no-translation", "v")},
    ),
    "declared.bpmn": (
        bpmn(straight(NAMED, begins="days: colour"), "declared"),
        {("bpmn.starts-with", "declared")},
    ),
    "template.bpmn": (
        bpmn(
            straight(
                service(
                    "x",
                    "registries.probation.record",
                    about(),
                    camunda_modelerTemplate="zholdama.registries.probation.record",
                    camunda_modelerTemplateVersion="7",
                ),
                "s x e",
            ),
            "template",
        ),
        {("bpmn.old-template", "x")},
    ),
    "twice.bpmn": (bpmn(straight(NAMED), "set"), {("bpmn.process-twice", "set")}),
    "ids.bpmn": (
        bpmn(
            straight(NAMED),
            "ids",
            after='<process id="ids2" isExecutable="true">' + start() + "</process>",
        ),
        {("bpmn.id", "s")},
    ),
    "circle.dmn": (circle("one"), {("dmn.circle", "one")}),
    "line.dmn": (circle("three").replace(b'id="one"', b'id="o"'), set()),
    "condition.bpmn": (
        bpmn(straight(clerk(inner=about(), camunda_formKey="asking")), "condition"),
        {("bpmn.form-condition", "u")},
    ),
    "condition_fine.bpmn": (
        bpmn(straight(clerk(inner=about(), camunda_formKey="asking"), begins="late"), "fine"),
        set(),
    ),
    "forms/asking.json": (form("number", conditional={"hide": "=late"}), set()),
    "forms/number.json": (form("number"), set()),
    "forms/words.json": (form("textfield"), set()),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("rules")
    for name, (content, _) in FILES.items():
        place = made / name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(content)
    return made


@cache
def check(folder: Path, language: str) -> list[dict[str, Any]]:
    """Return what the command finds, in a language."""
    done = subprocess.run(
        [PROGRAM, "--lang", language, "check", ".", "--json"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["problems"]
    return found


def test_each_rule_is_told_where_it_is_broken_and_nowhere_else(folder: Path) -> None:
    found = check(folder, "en")
    for name, (_, expected) in FILES.items():
        told = {
            (one["code"], one["element"])
            for one in found
            if one["file"] == name and one["code"] != "bpmn.schema"
        }
        assert expected <= told, name
        follows = {("bpmn.flow", "s"), ("bpmn.no-way-out", "s"), ("bpmn.start", "ids2")}
        assert told - expected <= follows | {("bpmn.nobody", "u")}, name
    places = [one for one in found if one["code"].startswith("bpmn.") and not one["line"]]
    assert all(one["code"] == "bpmn.process-twice" for one in places), places


def test_the_way_the_circle_and_the_form_are_named(folder: Path) -> None:
    found = check(folder, "en")
    said = {(one["file"], one["code"]): one for one in found}
    assert said["perhaps.bpmn", "bpmn.maybe-unset"]["trace"] == ["s", "g", "r", "u"]
    assert "s → g → r → u" in said["perhaps.bpmn", "bpmn.maybe-unset"]["message"]
    assert "one → two → one" in said["circle.dmn", "dmn.circle"]["message"]
    both = said["form_number.bpmn", "bpmn.input-type"]["message"]
    assert "form number gives number" in both
    assert "support.conclusion.send takes number as string" in both


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_each_rule_is_told_in_the_language(folder: Path, language: str) -> None:
    found = check(folder, language)
    english = check(folder, "en")
    for one, same in zip(found, english, strict=True):
        assert one["code"] == same["code"]
        if one["code"] != "bpmn.schema":
            assert one["message"] != same["message"]
            assert re.search("[а-яә]", one["message"]), one["message"]
            assert not re.search(r"(?<!\$)\{\w+\}", one["message"]), one["message"]
