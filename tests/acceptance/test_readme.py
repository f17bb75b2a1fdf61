"""What the README tells a newcomer to do, done: a handler, a form and a process of her own."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine import bootstrap, config
from engine.model.people import Actor, Candidate
from engine.services import instances, tasks

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAM = Path(sys.executable).parent / "zholdama"

HANDLER = '''
from pydantic import BaseModel

from engine.handling import Call, handler


class Bread(BaseModel):
    loaves: int


class Price(BaseModel):
    tenge: int


@handler("bakery.price")
def price(query: Bread, call: Call) -> Price:
    """Tell what the loaves cost."""
    return Price(tenge=query.loaves * 200)
'''

ADAPTER = """
from engine.handling import FormAdapter, form_adapter


@form_adapter("bakery/order")
class Order(FormAdapter):
    def save(self, session, work, values, actor):
        return {"loaves": values["loaves"], "asked_by": actor.account}
"""

FORM = {
    "type": "default",
    "schemaVersion": 19,
    "components": [
        {
            "type": "number",
            "id": "Field_loaves",
            "key": "loaves",
            "label": "Неше нан керек?",
            "validate": {"required": True, "min": 1},
            "properties": {"label:ru": "Сколько хлеба?", "label:en": "How many loaves?"},
        }
    ],
}


def named(kk: str, ru: str, en: str, more: str = "") -> str:
    return f"""<documentation>{kk}</documentation><extensionElements>{more}<camunda:properties>
      <camunda:property name="law" value="K-5"/>
      <camunda:property name="name:ru" value="{ru}"/>
      <camunda:property name="name:en" value="{en}"/></camunda:properties></extensionElements>"""


INPUT = """<camunda:inputOutput>
  <camunda:inputParameter name="loaves">${loaves}</camunda:inputParameter>
</camunda:inputOutput>"""
DIAGRAM = f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="bakery"
             xmlns:camunda="http://camunda.org/schema/1.0/bpmn">
  <process id="bakery" name="Наубайхана" isExecutable="true">
    <startEvent id="begin" name="Басы">{named("Басы", "Начало", "Begin")}</startEvent>
    <sequenceFlow id="f1" sourceRef="begin" targetRef="order"/>
    <userTask id="order" name="Тапсырыс" camunda:formKey="bakery/order"
              camunda:candidateGroups="baker@bakery.1">
      {named("Тапсырыс", "Заказ", "Order")}</userTask>
    <sequenceFlow id="f2" sourceRef="order" targetRef="price"/>
    <serviceTask id="price" name="Бағасы" camunda:type="external" camunda:topic="bakery.price">
      {named("Бағасы", "Цена", "Price", INPUT)}</serviceTask>
    <sequenceFlow id="f3" sourceRef="price" targetRef="done"/>
    <endEvent id="done" name="Соңы">{named("Соңы", "Конец", "End")}</endEvent>
  </process>
</definitions>"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with one process, form and handler, where the README says they go."""
    for name, said in {
        "processes/bakery/bakery.bpmn": DIAGRAM,
        "forms/bakery/order.json": json.dumps(FORM),
        "bakery/__init__.py": "",
        "bakery/handlers.py": HANDLER,
        "bakery/forms.py": ADAPTER,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(said, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "EXTENSIONS": "bakery",
        "LANG": "en",
        "DATABASE_URL": "sqlite:///b.db",
    }.items():
        monkeypatch.setenv(f"ZHOLDAMA_{name}", value)
    monkeypatch.setenv("ZHOLDAMA_KEY_FILE", "keys")
    return tmp_path


def type_it(command: str, project: Path) -> str:
    """Run a command of the README as it stands there."""
    assert f"`{command}`" in README, f"the README no longer says {command}"
    done = subprocess.run(
        [PROGRAM, *command.split()[1:]],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_process_a_form_and_a_handler_of_ones_own(project: Path) -> None:
    subprocess.run(
        [PROGRAM, "db", "upgrade"],
        check=True,
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project)},
        timeout=120,
    )
    assert "no errors" in type_it("zholdama check processes/ forms/", project)
    type_it("zholdama deploy processes/ forms/", project)
    app = bootstrap.build(config.from_environment())
    baker = Actor(
        account="a1", name="Baker", memberships=frozenset({Candidate("baker", "bakery.1")})
    )
    with app.database.begin() as uow:
        case = instances.start(uow, app.context, baker, "bakery", "B-1")
        [task] = uow.tasks.open_of(case)
        tasks.claim(uow, app.context, baker, task.id)
        tasks.complete(uow, app.context, baker, task.id, {"loaves": "3"})
        uow.commit()
    app.executor.run_due()
    with app.database.reading() as uow:
        seen = instances.view(uow, app.context, baker, case)
        assert seen.state.value == "completed"
        kept = instances.variables(uow, app.context, baker, case)
        assert (kept["asked_by"], kept["loaves"]) == ("a1", 3)
    app.close()


@pytest.mark.parametrize("target", re.findall(r"(?m)^make (\S+)", README))
def test_each_make_command_of_the_readme_exists(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"(?m)^{target}:.*## ", makefile), f"make {target} is not in make help"


@pytest.mark.parametrize("link", re.findall(r"\]\((?!https?:)([^)#]+)\)", README))
def test_what_the_readme_shows_is_there(link: str) -> None:
    assert (ROOT / link).exists(), f"the README shows {link}"


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`zholdama ([a-z]+)", README))))
def test_each_command_of_the_readme_exists(command: str) -> None:
    done = subprocess.run(
        [PROGRAM, command, "--help"], capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
