"""The administrators' page of one case: every tab, every element, nothing of people, any length."""

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from pydantic import BaseModel
from sqlalchemy import update

from engine.handling import Handler
from engine.model.people import SYSTEM
from engine.model.text import packed, text
from engine.services import comments, definitions, documents, instances
from engine.services import history as acts
from engine.services.cockpit import casetabs
from engine.store.tables import job
from engine.web.cockpit.casepages import TABS
from tests.sample_office import Office
from tests.unit.web.conftest import Person

Enter = Callable[[str], Person]

#: An IIN that is right, and the same with a hyphen and a space.
IIN = "850312300012"
WRITTEN = (IIN, "850312-300012", "850312 300012")
TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:t">
<decision id="sort" name="Іріктеу"><decisionTable id="sorted" hitPolicy="FIRST">
<input id="i1" label="Белгі"><inputExpression id="e1" typeRef="string"><text>mark</text>
</inputExpression></input><output id="o1" name="lane" typeRef="string"/>
<annotation name="Неге"/>
<rule id="r1"><inputEntry id="a1"><text>"x"</text></inputEntry>
<outputEntry id="b1"><text>"slow"</text></outputEntry>
<annotationEntry><text>баяу жол</text></annotationEntry></rule>
<rule id="r2"><inputEntry id="a2"><text>-</text></inputEntry>
<outputEntry id="b2"><text>"quick"</text></outputEntry>
<annotationEntry><text>жедел жол</text></annotationEntry></rule>
</decisionTable></decision></definitions>"""
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="urn:test">
<message id="M" name="answer"/>
"""


def _flow(key: str, source: str, target: str) -> str:
    return f'<sequenceFlow id="{key}" sourceRef="{source}" targetRef="{target}"/>'


def diagram(more: str = "") -> str:
    """Return a process with one of everything that the page tells of."""
    branches = ("work", "ask", "wait", "call")
    return (
        HEAD
        + """<process id="whole" name="Бәрі" isExecutable="true"><startEvent id="begin"/>
<businessRuleTask id="sorting" name="Іріктеу" camunda:decisionRef="sort"
 camunda:resultVariable="lane" camunda:mapDecisionResult="singleEntry"/>
<parallelGateway id="fork"/><parallelGateway id="join"/><endEvent id="over"/>
<userTask id="work" name="Жұмыс" camunda:candidateGroups="clerk@cc.1"
 camunda:dueDate="${working_days(2)}"><extensionElements>
 <camunda:inputOutput><camunda:inputParameter name="near">= whose</camunda:inputParameter>
 </camunda:inputOutput>
 <camunda:properties><camunda:property name="law" value="T-1"/>
 <camunda:property name="term" value="2"/></camunda:properties></extensionElements></userTask>
<boundaryEvent id="late" attachedToRef="work" cancelActivity="false"><timerEventDefinition>
<timeDuration xsi:type="tFormalExpression">P1D</timeDuration></timerEventDefinition></boundaryEvent>
<endEvent id="told"/><serviceTask id="ask" name="Сұрау" camunda:type="external"
 camunda:topic="test.ask"/>
<intermediateCatchEvent id="wait" name="Жауап"><messageEventDefinition messageRef="M"
 camunda:correlationKey="= whose"/></intermediateCatchEvent>
<callActivity id="call" name="Шақыру" calledElement="small"/>"""
        + more
        + "".join(
            [_flow("f1", "begin", "sorting"), _flow("f2", "sorting", "fork")]
            + [_flow(f"to_{one}", "fork", one) for one in branches]
            + [_flow(f"of_{one}", one, "join") for one in branches]
            + [_flow("f3", "join", "over"), _flow("f4", "late", "told")]
        )
        + """</process>
<process id="small" name="Кіші" isExecutable="true"><startEvent id="s1"/>
<userTask id="little" name="Кіші жұмыс" camunda:candidateGroups="clerk@cc.1"/><endEvent id="s2"/>"""
        + _flow("g1", "s1", "little")
        + _flow("g2", "little", "s2")
        + "</process></definitions>"
    )


class Query(BaseModel):
    """What the handler takes: nothing."""


class Answer(BaseModel):
    """What it gives: nothing."""


def deploy(office: Office, more: str = "") -> None:
    """Deploy the process; its handler is declared and never called."""
    if office.context.extensions.handler_of("test.ask") is None:
        found = Handler(
            topic="test.ask",
            body=None,
            takes=Query,
            gives=Answer,
            retry="R5/PT5M",
            timeout=timedelta(seconds=1),
            about="",
        )
        office.context.extensions.add_handler(found)
    with office.database.begin() as uow:
        files = {"whole.bpmn": diagram(more).encode(), "sort.dmn": TABLE.encode()}
        definitions.deploy(uow, office.context, SYSTEM, files)
        uow.commit()


@pytest.fixture
def case(office: Office) -> str:
    """A case that stands at four places and has an IIN wherever one can be put."""
    deploy(office)
    clerk, ctx = office.actor("aigul"), office.context
    given = {"mark": IIN, "whose": IIN, "n": int(IIN), "deep": {"in": [WRITTEN[2]]}, "plain": 7}
    with office.database.begin() as uow:
        made = instances.start(uow, ctx, clerk, "whole", "W-1", given)
        comments.add(uow, ctx, clerk, made, f"Ол {WRITTEN[1]} емес пе?")
        data = b"%PDF-1.7 " + IIN.encode()
        documents.add(uow, ctx, clerk, made, name=f"{IIN}.pdf", mime="", data=data)
        acts.note(uow, ctx, clerk, made, "claimed", {"of": IIN}, reason=f"себебі {IIN}")
        said = packed(text("The handler failed: {reason}", reason=f"no {IIN}"))
        asked = next(one for one in uow.jobs.of_instance(made) if one.topic == "test.ask")
        uow.execute(update(job).where(job.c.id == asked.id).values(last_error=said, attempts=2))
        uow.incidents.add(
            instance_id=made, job_id=asked.id, element="ask", message=said, at=ctx.now()
        )
        uow.commit()
    return made


def page(person: Person, case: str, **asked: str) -> str:
    """Return the page as somebody sees it."""
    answer = person.get(f"/admin/cases/{case}/", query_string=asked)
    assert answer.status_code == 200, answer.text[:2000]
    return answer.text


def test_no_tab_no_element_and_no_step_of_the_history_shows_an_iin(
    person: Enter, case: str
) -> None:
    admin = person("root")
    shown = [page(admin, case, tab=tab) for tab in TABS]
    for element in ("work", "ask", "wait", "call", "sorting", "late"):
        shown.append(page(admin, case, element=element))
    shown.append(admin.get(f"/admin/cases/{case}/history.json").text)
    for one in shown:
        assert not any(written in one for written in WRITTEN)
    veiled = [tab for tab, one in zip(TABS, shown, strict=False) if "••••••••••••" in one]
    assert {"variables", "comments", "papers", "history", "waits", "decisions"} <= set(veiled)


def test_every_tab_tells_what_it_is_for(person: Enter, case: str) -> None:
    admin = person("root")
    told = {
        "tasks": ("Жұмыс", "Семей мансап орталығы", "бос"),
        "jobs": ("test.ask", "2 / ", "таймер"),
        "variables": ("plain", "number", "near"),
        "history": ("Іріктеу", "Сейтова Айгүл"),
        "audit": ("instance.started",),
        "waits": ("answer", "Жауап"),
        "decisions": ("Іріктеу", "2-ереже", "жедел жол", "Белгі", "quick"),
        "papers": (".pdf",),
        "comments": ("емес пе?",),
        "tree": (),
        "version": ("v1",),
    }
    assert set(told) == set(TABS)
    for tab, words in told.items():
        whole = page(admin, case, tab=tab).replace("<wbr>", "")
        alone = admin.get(
            f"/admin/cases/{case}/?tab={tab}", headers={"HX-Request": "true", "HX-Target": "tab"}
        ).text.replace("<wbr>", "")
        assert alone.lstrip().startswith('<section class="panel tab-k" id="tab"')
        assert not [one for one in words if one not in whole or one not in alone], tab


def test_the_page_begins_with_where_the_case_stands(person: Enter, case: str) -> None:
    whole = page(person("root"), case)
    drawn = json.loads(re.search(r'id="inspect-standing">(.*?)</script>', whole)[1])
    assert drawn["here"] == dict.fromkeys(("work", "ask", "wait", "call"), 1)
    assert drawn["stopped"] == {"ask": 1}
    assert set(drawn["flows"]) == {"f1", "f2", "to_work", "to_ask", "to_wait", "to_call"}
    assert set(drawn["passed"]) == {"begin", "sorting", "fork"}
    assert list(drawn["timers"]) == ["late"]
    assert "1 инцидент" in whole
    assert "W-1" in whole


def test_an_element_has_a_panel_with_its_tasks_jobs_and_incident(person: Enter, case: str) -> None:
    admin = person("root")
    asked = {"HX-Request": "true", "HX-Target": "side"}
    side = admin.get(f"/admin/cases/{case}/?element=work", headers=asked).text
    assert "<html" not in side
    assert "Жұмыс" in side
    assert "2 жұмыс күні" in side
    stopped = admin.get(f"/admin/cases/{case}/?element=ask", headers=asked).text
    assert "test.ask" in stopped
    assert "no ••••••••••••" in stopped
    assert admin.get(f"/admin/cases/{case}/?element=nowhere").status_code == 404


def test_the_history_can_be_played_from_beginning_to_end(
    person: Enter, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = person("root")
    monkeypatch.setattr(casetabs, "PLAYED", 4)
    steps, after = [], 0
    while True:
        found = admin.get(f"/admin/cases/{case}/history.json?after={after}").json
        steps += found["steps"]
        after = found["next"]
        if not after:
            break
    assert [one["n"] for one in steps] == sorted({one["n"] for one in steps})
    standing = {}
    for one in steps:
        if one["what"] == "entered":
            standing[one["token"]] = one["element"]
        elif one["what"] in {"left", "ended", "cancelled"}:
            standing.pop(one["token"], None)
    assert {"work", "ask", "wait", "call"} <= set(standing.values())
    assert steps[0]["who"] == "Сейтова Айгүл"


def test_called_cases_are_listed_page_by_page_with_their_state(
    person: Enter, case: str, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with office.database.begin() as uow:
        token = next(one.token for one in uow.jobs.of_instance(case) if one.element == "call")
        made = [
            instances.start(
                uow, office.context, SYSTEM, "small", f"W-1-{n}", {}, parent=(case, token)
            )
            for n in range(3)
        ]
        uow.commit()
    monkeypatch.setattr(casetabs, "PAGE", 2)
    admin = person("root")
    first = page(admin, case, tab="tree")
    assert [one for one in made if f"/admin/cases/{one}/" in first] == made[:2]
    second = page(admin, case, tab="tree", after=made[1])
    assert [one for one in made if f"/admin/cases/{one}/" in second] == made[2:]
    assert f"/admin/cases/{case}/" in page(admin, made[0], tab="tree")


def test_a_case_on_an_older_version_says_what_differs(
    person: Enter, case: str, office: Office
) -> None:
    deploy(office, '<textAnnotation id="new_note"><text>жаңа</text></textAnnotation>')
    shown = page(person("root"), case, tab="version")
    assert "v1" in shown
    assert "v2" in shown
    assert "жаңа" in shown


def test_only_administrators_look_and_every_look_is_written_down(
    person: Enter, case: str, office: Office
) -> None:
    assert person("aigul").get(f"/admin/cases/{case}/").status_code == 403
    admin = person("root")
    assert admin.get("/admin/cases/no-such-case/").status_code == 404
    page(admin, case)
    with office.database.reading() as uow:
        rows = [(row.act, row.subject) for row in uow.audit.page(size=10)]
    assert ("access.read", f"cockpit_case.show instance:{case}") in rows
    assert ("access.refused", "cockpit_case.show instance:no-such-case") in rows
    assert f"cockpit_case.show instance:{case}" in page(admin, case, tab="audit")


def test_a_case_of_a_foreign_region_is_not_there(person: Enter, case: str, office: Office) -> None:
    with office.database.begin() as uow:
        for code, region in (("cc.1", "100000000"), ("mc.1", "150000000")):
            row = uow.organisations.find(code)
            uow.organisations.put(code, row.names, row.kind, region, row.bin)
        uow.commit()
    admin = person("root")
    for address in ("", "?tab=audit", "?element=work", "diagram.bpmn", "history.json"):
        assert admin.get(f"/admin/cases/{case}/{address}").status_code == 404


def test_a_case_that_has_ended_or_cannot_be_read_is_shown_all_the_same(
    person: Enter, case: str, office: Office
) -> None:
    admin = person("root")
    with office.database.begin() as uow:
        row = uow.instances.find(case)
        sealed = uow.keys.seal(b"Z9{}", f"instance.state:{row.id}")
        uow.connection.exec_driver_sql("UPDATE instance SET state = ? WHERE id = ?", (sealed, case))
        uow.commit()
    for tab in TABS:
        assert "Бұл істің күйін оқу мүмкін емес" in page(admin, case, tab=tab)
    with office.database.begin() as uow:
        instances.cancel(uow, office.context, office.actor("root"), case, f"қате {IIN}")
        uow.commit()
    for tab in TABS:
        assert IIN not in page(admin, case, tab=tab)
