"""Small diagrams for the trials of jobs, in the product's dialect."""

from itertools import pairwise

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">'
)


def process(key: str, *parts: str, more: str = "") -> bytes:
    inside = "".join(parts)
    return (
        f'{HEAD}{more}<process id="{key}" name="{key}" isExecutable="true">{inside}</process>'
        "</definitions>"
    ).encode()


def flow(*ids: str) -> str:
    """Flows from each element to the next."""
    return "".join(
        f'<sequenceFlow id="f_{a}_{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in pairwise(ids)
    )


def service(id_: str, topic: str, retry: str = "", **inputs: str) -> str:
    given = "".join(
        f'<camunda:inputParameter name="{name}">{value}</camunda:inputParameter>'
        for name, value in inputs.items()
    )
    mapping = f"<camunda:inputOutput>{given}</camunda:inputOutput>" if given else ""
    cycle = (
        f"<camunda:failedJobRetryTimeCycle>{retry}</camunda:failedJobRetryTimeCycle>"
        if retry
        else ""
    )
    return (
        f'<serviceTask id="{id_}" camunda:type="external" camunda:topic="{topic}">'
        f"<extensionElements>{mapping}{cycle}</extensionElements></serviceTask>"
    )


def user(id_: str, who: str = "clerk@office") -> str:
    return f'<userTask id="{id_}" camunda:candidateGroups="{who}"/>'


def timer(duration: str, kind: str = "timeDuration") -> str:
    return (
        f'<timerEventDefinition><{kind} xsi:type="tFormalExpression">{duration}</{kind}>'
        "</timerEventDefinition>"
    )


def boundary(id_: str, host: str, inside: str, *, interrupting: bool = True) -> str:
    cancel = "true" if interrupting else "false"
    return (
        f'<boundaryEvent id="{id_}" attachedToRef="{host}" cancelActivity="{cancel}">{inside}'
        "</boundaryEvent>"
    )


START, END = '<startEvent id="begun"/>', '<endEvent id="done"/>'

#: begun → asking (handler) → reading (user) → done; a business error leads to refused.
ASKING = process(
    "asking",
    START,
    service("ask", "test.ask", "R3/PT1M", key="${key}"),
    boundary("unknown", "ask", '<errorEventDefinition errorRef="none"/>'),
    user("reading"),
    user("refused"),
    END,
    '<endEvent id="refusal"/>',
    flow("begun", "ask", "reading", "done"),
    flow("unknown", "refused", "refusal"),
    more='<error id="none" errorCode="none"/>',
)

#: begun → fork → three handlers side by side → join → done.
THREE = process(
    "three",
    START,
    '<parallelGateway id="fork"/><parallelGateway id="join"/>',
    *(service(f"ask{n}", "test.ask", "R3/PT1M", key=f"${{key}}-{n}") for n in range(3)),
    user("reading"),
    END,
    flow("begun", "fork"),
    *(flow("fork", f"ask{n}", "join") for n in range(3)),
    flow("join", "reading", "done"),
)

#: begun → waiting (timer event, one day) → after (user) → done.
WAITING = process(
    "waiting",
    START,
    f'<intermediateCatchEvent id="day">{timer("P1D")}</intermediateCatchEvent>',
    user("after"),
    END,
    flow("begun", "day", "after", "done"),
)

#: begun → work (user, each day a non-interrupting timer → note (handler) → noted) → done.
NAGGING = process(
    "nagging",
    START,
    user("work"),
    boundary("late", "work", timer("R3/P1D", "timeCycle"), interrupting=False),
    service("note", "test.ask", key="late"),
    '<endEvent id="noted"/>',
    END,
    flow("begun", "work", "done"),
    flow("late", "note", "noted"),
)

#: Starts by itself every hour.
HOURLY = process(
    "hourly",
    f'<startEvent id="hour">{timer("R/PT1H", "timeCycle")}</startEvent>',
    user("look"),
    END,
    flow("hour", "look", "done"),
)

#: begun → sub (calls `child`) → after (user) → done.
PARENT = process(
    "parent",
    START,
    '<callActivity id="sub" calledElement="child"><extensionElements>'
    '<camunda:in source="key" target="key"/><camunda:out source="answer" target="answer"/>'
    "</extensionElements></callActivity>",
    user("after"),
    END,
    flow("begun", "sub", "after", "done"),
)
CHILD = process(
    "child",
    START,
    service("ask", "test.ask", key="${key}"),
    END,
    flow("begun", "ask", "done"),
)

#: Throws a message, which another case waits for.
THROWER = process(
    "thrower",
    START,
    '<intermediateThrowEvent id="throw"><messageEventDefinition messageRef="m"/>'
    "</intermediateThrowEvent>",
    END,
    flow("begun", "throw", "done"),
    more='<message id="m" name="news"/>',
)
CATCHER = process(
    "catcher",
    START,
    '<intermediateCatchEvent id="catch"><messageEventDefinition messageRef="m"/>'
    "</intermediateCatchEvent>",
    user("read"),
    END,
    flow("begun", "catch", "read", "done"),
    more='<message id="m" name="news"/>',
)

#: begun → work (user, due in two hours, reminder after one) → done.
REMINDING = process(
    "reminding",
    START,
    '<userTask id="work" camunda:candidateGroups="clerk@office" camunda:dueDate="PT2H"'
    ' camunda:followUpDate="PT1H"/>',
    END,
    flow("begun", "work", "done"),
)
