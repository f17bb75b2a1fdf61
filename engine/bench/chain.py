"""The diagram of the bench: user tasks in a row, each with a timer at its border and a way back.

The shape is that of the figures the design compares with: start; n times a user task with a
non-interrupting boundary timer, then an exclusive gateway that may return to the first; end.
"""

import json

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' id="bench" targetNamespace="bench">'
    '<process id="bench_chain" name="bench" isExecutable="true">'
)
_TAIL = "</process></definitions>"
#: Who may do the tasks: role at organisation.
CANDIDATE = "clerk@bench"
#: Key of the process, and of its one form.
PROCESS, FORM = "bench_chain", "bench/done"
#: The form: one box to tick.
FORM_JSON = json.dumps(
    {
        "type": "default",
        "id": "bench_done",
        "schemaVersion": 18,
        "components": [
            {"type": "checkbox", "id": "rework", "key": "rework", "label": "rework"},
        ],
    }
).encode()


def _flow(name: str, source: str, target: str, condition: str = "") -> str:
    inner = (
        f'<conditionExpression xsi:type="tFormalExpression">{condition}</conditionExpression>'
        if condition
        else ""
    )
    ends = f'sourceRef="{source}" targetRef="{target}"'
    return f'<sequenceFlow id="{name}" {ends}>{inner}</sequenceFlow>'


def _nodes(k: int, day: str) -> str:
    return (
        f'<userTask id="task{k}" name="task {k}" camunda:candidateGroups="{CANDIDATE}"'
        f' camunda:formKey="{FORM}"/>'
        f'<boundaryEvent id="late{k}" attachedToRef="task{k}" cancelActivity="false">'
        '<timerEventDefinition><timeDuration xsi:type="tFormalExpression">'
        + day
        + "</timeDuration>"
        "</timerEventDefinition></boundaryEvent>"
        f'<endEvent id="told{k}"/>'
        f'<exclusiveGateway id="choice{k}" default="on{k}"/>'
    )


def _flows(k: int, n: int, rework: str) -> str:
    following = f"task{k + 1}" if k + 1 < n else "finish"
    return (
        _flow(f"tell{k}", f"late{k}", f"told{k}")
        + _flow(f"done{k}", f"task{k}", f"choice{k}")
        + _flow(f"back{k}", f"choice{k}", "task0", rework)
        + _flow(f"on{k}", f"choice{k}", following)
    )


def chain(n: int = 8, *, plain: bool = False) -> bytes:
    """Return the diagram with `n` user tasks; completing one sets the variable ``rework``.

    `plain`: with Python's expressions, as SpiffWorkflow runs it by itself.
    """
    day, rework = ('"P1D"', "rework") if plain else ("P1D", "${rework}")
    nodes = "".join(_nodes(k, day) for k in range(n))
    flows = _flow("begin", "begun", "task0") + "".join(_flows(k, n, rework) for k in range(n))
    ends = '<startEvent id="begun"/><endEvent id="finish"/>'
    return f"{_HEAD}{ends}{nodes}{flows}{_TAIL}".encode()
