"""A small office for tests of the pages: two offices, four people, one process with a way back.

Everything is real: database, services, engine, signing left out. `furnish` fills a fresh database,
`serve` puts the pages on a free port of this machine.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.clock import Clock
from engine.handling import CaseCard, Extensions
from engine.model.people import SYSTEM, Actor, Candidate
from engine.model.text import Text
from engine.services import accounts, definitions, instances, organisations, signing_in, tasks
from engine.services.context import Context
from engine.services.views import Box, InboxQuery
from engine.store import Database
from engine.web.application import create_app
from tests.serving import served

PASSWORD = "sample password"
PROCESS = "sample_request"
KK_RU_EN = ("kk", "ru", "en")

PEOPLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "aigul": ("Сейтова Айгүл", ("clerk@cc.1",)),
    "bolat": ("Ахметжан Болат", ("clerk@cc.1", "supervisor@cc.1")),
    "saule": ("Байжанова Сәуле", ("head@mc.1",)),
    "talgat": ("Жақсыбай Талғат", ("head@mc.1",)),
    "root": ("Әкімші Ерлан", ("admin@mc.1",)),
    "stranger": ("Бөтен Бек", ("clerk@cc.9",)),
}
OFFICES = {
    "cc.1": ("Семей мансап орталығы", "Карьерный центр Семея", "Semey career centre"),
    "mc.1": ("Абай еңбек мобильділігі орталығы", "Центр мобильности Абай", "Abai mobility centre"),
    "cc.9": ("Бөтен орталық", "Чужой центр", "Foreign centre"),
}


def _lane(key: str, name: str, way: str, nodes: str) -> str:
    refs = "".join(f"<bpmn:flowNodeRef>{node}</bpmn:flowNodeRef>" for node in nodes.split())
    return (
        f'<bpmn:lane id="{key}" name="{name}"><bpmn:extensionElements><camunda:properties>'
        f'<camunda:property name="way" value="{way}"/>'
        f'<camunda:property name="name:ru" value="{name} (ru)"/>'
        f'<camunda:property name="name:en" value="{name} (en)"/>'
        f"</camunda:properties></bpmn:extensionElements>{refs}</bpmn:lane>"
    )


def _task(key: str, name: str, ru: str, form: str, who: str, days: int, flows: str) -> str:
    return (
        f'<bpmn:userTask id="{key}" name="{name}" camunda:formKey="{form}" '
        f'camunda:candidateGroups="{who}" camunda:dueDate="${{working_days({days})}}">'
        f"<bpmn:documentation>Өтініш деректері тексеріледі.</bpmn:documentation>"
        f"<bpmn:extensionElements><camunda:properties>"
        f'<camunda:property name="law" value="T-{days}"/>'
        f'<camunda:property name="term" value="{days}"/>'
        f'<camunda:property name="name:ru" value="{ru}"/>'
        f'<camunda:property name="name:en" value="{key.title()}"/>'
        f"</camunda:properties></bpmn:extensionElements>{flows}</bpmn:userTask>"
    )


def _ends(incoming: str, outgoing: str) -> str:
    return "".join(f"<bpmn:incoming>{one}</bpmn:incoming>" for one in incoming.split()) + "".join(
        f"<bpmn:outgoing>{one}</bpmn:outgoing>" for one in outgoing.split()
    )


def _shape(key: str, x: int, y: int, width: int, height: int) -> str:
    return (
        f'<bpmndi:BPMNShape id="{key}_di" bpmnElement="{key}">'
        f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/></bpmndi:BPMNShape>'
    )


def _edge(key: str, *points: tuple[int, int]) -> str:
    way = "".join(f'<di:waypoint x="{x}" y="{y}"/>' for x, y in points)
    return f'<bpmndi:BPMNEdge id="{key}_di" bpmnElement="{key}">{way}</bpmndi:BPMNEdge>'


def diagram() -> bytes:
    """Return the process: accept → check → (return | end)."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
 xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
 xmlns:di="http://www.omg.org/spec/DD/20100524/DI"

 xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="urn:sample">
<bpmn:process id="{PROCESS}" name="Өтініш" isExecutable="true">
<bpmn:laneSet id="lanes">
{_lane("cc", "Мансап орталығы", "origin", "begin accept")}
{_lane("mc", "Еңбек мобильділігі орталығы", "settlement", "check fork done")}
</bpmn:laneSet>
<bpmn:startEvent id="begin" name="Өтініш келді">{_ends("", "f1")}</bpmn:startEvent>
{
        _task(
            "accept",
            "Өтінішті қабылдау",
            "Принять заявление",
            "sample/request",
            "clerk@cc.1",
            1,
            _ends("f1 f4", "f2"),
        )
    }
{
        _task(
            "check",
            "Сауалнаманы тексеру",
            "Проверить анкету",
            "sample/check",
            "head@mc.1",
            2,
            _ends("f2", "f3"),
        )
    }
<bpmn:exclusiveGateway id="fork" name="Ескерту бар ма?" default="f5">{_ends("f3", "f4 f5")}
</bpmn:exclusiveGateway>
<bpmn:endEvent id="done" name="Аяқталды">{_ends("f5", "")}</bpmn:endEvent>
<bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="accept"/>
<bpmn:sequenceFlow id="f2" sourceRef="accept" targetRef="check"/>
<bpmn:sequenceFlow id="f3" sourceRef="check" targetRef="fork"/>
<bpmn:sequenceFlow id="f4" name="бар" sourceRef="fork" targetRef="accept">
<bpmn:conditionExpression>${{decision == 'return'}}</bpmn:conditionExpression>
</bpmn:sequenceFlow>
<bpmn:sequenceFlow id="f5" name="жоқ" sourceRef="fork" targetRef="done"/>
</bpmn:process>
<bpmndi:BPMNDiagram id="di"><bpmndi:BPMNPlane id="plane" bpmnElement="{PROCESS}">
{_shape("cc", 0, 0, 760, 140)}{_shape("mc", 0, 140, 760, 160)}
{_shape("begin", 60, 52, 36, 36)}{_shape("accept", 160, 30, 120, 80)}
{_shape("check", 340, 180, 120, 80)}{_shape("fork", 520, 195, 50, 50)}
{_shape("done", 660, 202, 36, 36)}
{_edge("f1", (96, 70), (160, 70))}{_edge("f2", (280, 70), (310, 70), (310, 220), (340, 220))}
{_edge("f3", (460, 220), (520, 220))}{_edge("f5", (570, 220), (660, 220))}
{_edge("f4", (545, 195), (545, 20), (220, 20), (220, 30))}
</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>""".encode()


def _words(kk: str, ru: str, en: str, **more: str) -> dict[str, object]:
    return {"label": kk, "properties": {"label:ru": ru, "label:en": en, **more}}


def _form(name: str, components: list[dict[str, object]]) -> bytes:
    whole = {"type": "default", "id": name, "schemaVersion": 19, "components": components}
    return json.dumps(whole, ensure_ascii=False).encode()


NAME: dict[str, object] = {
    "type": "textfield",
    "id": "Field_name",
    "key": "name",
    "validate": {"required": True, "maxLength": 60},
    **_words("Аты-жөні", "Фамилия, имя", "Full name"),
}
IIN: dict[str, object] = {
    "type": "textfield",
    "id": "Field_iin",
    "key": "iin",
    **_words("ЖСН", "ИИН", "IIN", check="iin"),
}
SCANS: dict[str, object] = {
    "type": "filepicker",
    "id": "Field_scans",
    "key": "scans",
    "accept": ".pdf,.png",
    "multiple": True,
    **_words("Скандар", "Сканы", "Scans"),
}
DECISION: dict[str, object] = {
    "type": "radio",
    "id": "Field_decision",
    "key": "decision",
    "validate": {"required": True},
    "values": [{"value": "forward", "label": "Жіберу"}, {"value": "return", "label": "Қайтару"}],
    **_words("Шешім", "Решение", "Decision"),
}
REMARKS: dict[str, object] = {
    "type": "dynamiclist",
    "id": "List_remarks",
    "path": "remarks",
    "isRepeating": True,
    "allowAddRemove": True,
    "defaultRepetitions": 0,
    "components": [
        {
            "type": "select",
            "id": "Field_place",
            "key": "field",
            "validate": {"required": True},
            "values": [{"value": "name", "label": "Аты-жөні"}, {"value": "iin", "label": "ЖСН"}],
            **_words("Нені", "Что", "What"),
        },
        {
            "type": "textarea",
            "id": "Field_text",
            "key": "text",
            "validate": {"required": True},
            **_words("Ескерту мәтіні", "Текст замечания", "Remark"),
        },
    ],
    **_words("Ескертулер", "Замечания", "Remarks", row="Ескерту"),
}
FILES = {
    "sample.bpmn": diagram(),
    "forms/sample/request.json": _form("request", [NAME, IIN, SCANS]),
    "forms/sample/check.json": _form(
        "check",
        [
            {
                "type": "textfield",
                "id": "Field_note",
                "key": "note",
                "validate": {"required": True},
                **_words("Қорытынды", "Заключение", "Conclusion"),
            },
            DECISION,
            REMARKS,
        ],
    ),
}


class Face:
    """Cards of the sample's cases: the case number says the name."""

    def cards(self, session: Any, keys: list[str], actor: Actor) -> dict[str, CaseCard]:
        """Return a card for each key."""
        return {
            key: CaseCard(
                title=f"Төлеухан Ардақ {key[-2:]}",
                origin="Абай",
                destination="СҚО",
                heads=5,
                groups={"origin": "Абай облысы", "settlement": "Солтүстік Қазақстан облысы"},
            )
            for key in keys
        }

    def find(self, session: Any, words: str) -> list[str]:
        """Find nothing by name."""
        return []

    def notices(self) -> dict[str, Text]:
        """Add no sentences."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the pages ask of the installation's settings."""

    secret_key: str = "for tests only"
    https: bool = False
    demo: bool = True
    demo_password: str = PASSWORD
    extensions: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    own_key_file: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Office:
    """A furnished installation."""

    #: The database.
    database: Database
    #: What services take.
    context: Context
    #: Settings of the pages.
    settings: Settings = field(default_factory=Settings)

    def actor(self, login: str) -> Actor:
        """Return a person."""
        with self.database.reading() as uow:
            found = next(one for one in accounts.list_accounts(uow) if one.login == login)
            return signing_in.load(uow, found.id)

    def open_tasks(self, login: str = "aigul") -> list[str]:
        """Return the ids of the open tasks, by case number."""
        query = InboxQuery(box=Box.OFFICE, size=200)
        with self.database.reading() as uow:
            page = tasks.inbox(uow, self.context, self.actor(login), query)
        rows = sorted(page.rows, key=lambda row: row.business_key)
        return [row.task_id for row in rows]

    def start(self, number: str) -> str:
        """Start a case; return its id."""
        with self.database.begin() as uow:
            case = instances.start(uow, self.context, SYSTEM, PROCESS, number, {})
            uow.commit()
        return case


def context_of(clock: Clock) -> Context:
    """Return what services take."""
    return Context(clock=clock, extensions=Extensions(), faces={PROCESS: Face()})


def furnish(database: Database, clock: Clock, *, cases: int = 3) -> Office:
    """Fill a fresh database with offices, people, the process and some cases."""
    context = context_of(clock)
    office = Office(database=database, context=context)
    with database.begin() as uow:
        for code, names in OFFICES.items():
            organisations.create(
                uow,
                context,
                SYSTEM,
                code=code,
                names=dict(zip(KK_RU_EN, names, strict=True)),
                kind=code[:2],
            )
        for login, (name, held) in PEOPLE.items():
            accounts.create(
                uow,
                context,
                SYSTEM,
                login=login,
                password=PASSWORD,
                name=name,
                memberships=[Candidate.parse(one) for one in held],
            )
        definitions.deploy(uow, context, SYSTEM, FILES)
        uow.commit()
    for number in range(1, cases + 1):
        office.start(f"Т-26-{number:05}")
    return office


@contextmanager
def serve(office: Office) -> Iterator[str]:
    """Put the pages on a free port; yield their address."""
    with served(create_app(office)) as address:
        yield address
