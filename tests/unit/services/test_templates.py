"""Element templates: valid for the editors, typed, in three languages, and true to the handlers."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Literal
from xml.sax.saxutils import escape

import pytest
from pydantic import BaseModel

from engine import bpmn, config
from engine.bootstrap import load_domains
from engine.handling import Call, Extensions, Handler
from engine.model.problems import Severity
from engine.services import readings, shapes, templates
from engine.services.context import Context
from tests.unit.bpmn.drawing import end, extension, file, service, start, way

ROOT = Path(__file__).parents[3]
NODE = shutil.which("node")
VALIDATOR = ROOT / "node_modules" / "@bpmn-io" / "element-templates-validator"
LANGUAGES = ("kk", "ru", "en")


@pytest.fixture(scope="module")
def extensions() -> Extensions:
    load_domains(config.domains())
    return Context().extensions


@pytest.mark.skipif(
    NODE is None or not VALIDATOR.exists(),
    reason="needs node and the browser packages: make assets",
)
def test_the_modelers_own_validator_takes_them(extensions: Extensions, tmp_path: Path) -> None:
    made = [templates.templates(extensions, language) for language in LANGUAGES]
    broken = [{**made[0][0], "appliesTo": "bpmn:ServiceTask"}]
    for number, each in enumerate([*made, broken]):
        (tmp_path / f"{number}.json").write_text(json.dumps(each), encoding="utf-8")
    program = (
        f"const {{ validateAll }} = require({json.dumps(str(VALIDATOR))});"
        "for (const file of process.argv.slice(1)) {"
        "  const all = JSON.parse(require('fs').readFileSync(file));"
        "  const { valid, results } = validateAll(all);"
        "  const bad = results.filter((one) => !one.valid).map((one) => one.errors);"
        "  console.log(JSON.stringify({ valid, count: results.length, bad }));"
        "}"
    )
    names = [str(tmp_path / f"{number}.json") for number in range(4)]
    done = subprocess.run(
        [str(NODE), "-e", program, *names], capture_output=True, text=True, check=True, timeout=60
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["valid"] for one in found] == [True, True, True, False], found
    assert found[0]["count"] == len(list(extensions)) + 1


def written(template: Mapping[str, Any], kinds: Mapping[str, str]) -> str:
    """Return the task that a modeler draws of a template: defaults, and variables for the rest."""
    inner, task = "", {}
    for one in template["properties"]:
        binding, value = one["binding"], one.get("value")
        if binding["type"] == "property":
            task[binding["name"].replace(":", "_")] = value
        elif binding["type"] == "camunda:inputParameter":
            name = binding["name"]
            text = escape(f"${{{name}}}" if value is None else value)
            inner += f'<camunda:inputParameter name="{name}">{text}</camunda:inputParameter>'
        elif binding["type"] == "camunda:outputParameter":
            source = binding["source"]
            inner += f'<camunda:outputParameter name="{value}">{source}</camunda:outputParameter>'
    declared = escape(", ".join(f"{name}: {kind}" for name, kind in kinds.items()))
    begins = f'<camunda:property name="starts-with" value="{declared}"/>'
    io = extension(f"<camunda:inputOutput>{inner}</camunda:inputOutput>")
    task = {
        key: value for key, value in task.items() if key not in {"camunda_type", "camunda_topic"}
    }
    drawn = service("x", template["id"].partition(".")[2], io, **task)
    top = extension(f"<camunda:properties>{begins}</camunda:properties>")
    return top + start() + drawn + end() + way("s x e")


def test_a_task_made_of_a_template_has_nothing_wrong(extensions: Extensions) -> None:
    for found in extensions:
        template = templates.templates(_only(found), "en")[0]
        kinds = {name: str(kind) for name, kind in shapes.fields_of(found.takes).items()}
        files = {"t.bpmn": file(written(template, kinds))}
        reading = readings.read(files, extensions)
        wrong = [one for one in reading.problems if one.severity is Severity.ERROR]
        assert wrong == [], (found.topic, [str(one.message) for one in wrong])


def _only(found: Handler) -> Extensions:
    made = Extensions()
    made.add_handler(found)
    return made


class Size(Enum):
    """A few values."""

    SMALL = "small"
    LARGE = "large"


class Asked(BaseModel):
    """Every kind of field."""

    name: str
    size: Size
    way: Literal["air", "rail"] = "rail"
    urgent: bool = False
    count: int = 3
    note: str = ""
    rows: list[str] = []
    other: str | None = None


class Told(BaseModel):
    """A result."""

    number: str


def handler(takes: type[BaseModel] = Asked, about: str = "Ask.") -> Handler:
    def body(asked: Any, call: Call) -> Told:
        raise NotImplementedError

    return Handler(
        topic="z.ask",
        body=body,
        takes=takes,
        gives=Told,
        retry="R3/PT1M",
        timeout=timedelta(seconds=1),
        about=about,
    )


def _fields(template: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {
        one["binding"].get("name", one["binding"].get("source")): one
        for one in template["properties"]
        if one["binding"]["type"] == kind
    }


def test_fields_follow_the_types() -> None:
    template = templates.templates(_only(handler()), "en")[0]
    inputs = _fields(template, "camunda:inputParameter")
    assert inputs["name"]["constraints"] == {"notEmpty": True}
    assert [one["value"] for one in inputs["size"]["choices"]] == ["small", "large"]
    assert [one["value"] for one in inputs["way"]["choices"]] == ["air", "rail"]
    assert [one["value"] for one in inputs["urgent"]["choices"]] == ["= true", "= false"]
    assert {name: one.get("value") for name, one in inputs.items()} == {
        "name": None,
        "size": None,
        "way": "rail",
        "urgent": "= false",
        "count": "3",
        "note": '= ""',
        "rows": "= []",
        "other": "= null",
    }
    (output,) = _fields(template, "camunda:outputParameter").values()
    assert (output["value"], output["binding"]["source"]) == ("number", "${number}")
    assert _fields(template, "camunda:property")["retry"]["value"] == "R3/PT1M"


def test_the_version_follows_the_content_and_not_the_words() -> None:
    class Other(Asked):
        more: str = "x"

    def version(found: Handler, language: str = "en") -> int:
        made: int = templates.templates(_only(found), language)[0]["version"]
        return made

    assert version(handler()) == version(handler(), "kk") == version(handler(about="Other."))
    assert version(handler()) != version(handler(Other))
    assert templates.versions(_only(handler()))["zholdama.z.ask"] == version(handler())


def test_a_retry_that_a_template_wrote_is_read() -> None:
    told = (
        '<camunda:properties><camunda:property name="retry" value="R2/PT9M"/></camunda:properties>'
    )
    read = bpmn.draft(
        file(start() + service("x", "t", extension(told)) + end() + way("s x e")), "f"
    )
    assert read.drawn[0].scope.nodes["x"].retry == "R2/PT9M"


def test_a_term_is_chosen_in_working_days(extensions: Extensions) -> None:
    (template,) = [
        one for one in templates.templates(extensions, "ru") if one["id"].endswith("working-days")
    ]
    due = _fields(template, "property")["camunda:dueDate"]
    assert due["choices"][3] == {"name": "3 раб. дн.", "value": "${working_days(3)}"}
    known = bpmn.Known(functions=bpmn.CALENDAR_FUNCTIONS)
    for each in _fields(template, "property").values():
        for choice in each["choices"]:
            body = start() + service("x") + end() + way("s x e")
            body = body.replace("serviceTask", "userTask").replace(
                'camunda:type="external"', f'camunda:dueDate="{choice["value"]}"'
            )
            told = bpmn.parse(file(body), "f", known=known).problems
            assert not [one for one in told if one.severity is Severity.ERROR], choice
