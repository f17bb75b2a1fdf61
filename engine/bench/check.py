"""Part ``check``: how long the check of diagrams takes, soundness included.

The project's own diagrams together, each read anew; one of 200 elements (tasks in a row, each with
a timer beside it and a way back); one of twelve ways at once, of five tasks each with a choice to
go back. No database is asked: the figures are there once for each kind all the same.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from statistics import median
from time import perf_counter

from engine import bpmn
from engine.bench.chain import CANDIDATE, chain
from engine.bench.domains import Ground, Measured

#: Goals: milliseconds for all of ours, and for one while it is typed.
ALL, ONE = 5000.0, 500.0
#: How often each is checked.
TIMES = 5
#: Tasks of the diagram of 200 elements: each comes with a timer and a gateway.
TASKS = 50
#: Ways at once, and tasks in each.
BRANCHES, LONG = 12, 5


def measure(ground: Ground) -> Iterator[Measured]:
    """Check diagrams again and again; medians."""
    ours = {name: data for name, data in ground.files.items() if name.endswith(".bpmn")}
    if ours:
        yield Measured(name="ours_ms", value=_milliseconds(ours), most=ALL)
    yield Measured(name="elements_200_ms", value=_milliseconds({"a": chain(TASKS)}), most=ONE)
    yield Measured(name="branches_12_ms", value=_milliseconds({"a": branches()}), most=ONE)


def _milliseconds(files: Mapping[str, bytes]) -> float:
    times = []
    for _ in range(TIMES):
        began = perf_counter()
        for name, data in files.items():
            bpmn.parse(data, name)
        times.append((perf_counter() - began) * 1000)
    return round(median(times), 1)


def branches(number: int = BRANCHES, tasks: int = LONG) -> bytes:
    """Return a diagram of ways at once; each of tasks, and of a choice to do them once more."""
    parts = ['<startEvent id="begun"/><parallelGateway id="fork"/><parallelGateway id="join"/>']
    parts += ['<endEvent id="done"/>', _flow("begun", "fork"), _flow("join", "done")]
    for branch in range(number):
        names = [f"task_{branch}_{at}" for at in range(tasks)]
        choice = f"again_{branch}"
        parts += [f'<userTask id="{n}" camunda:candidateGroups="{CANDIDATE}"/>' for n in names]
        parts.append(f'<exclusiveGateway id="{choice}" default="{choice}-join"/>')
        way = ["fork", *names, choice, "join"]
        parts += [_flow(one, two) for one, two in pairwise(way)]
        parts.append(_flow(choice, names[0], "again"))
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
        ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="bench" targetNamespace="bench">'
        f'<process id="bench_branches" isExecutable="true">{"".join(parts)}</process></definitions>'
    ).encode()


def _flow(source: str, target: str, condition: str = "") -> str:
    inner = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
    ends = f'sourceRef="{source}" targetRef="{target}"'
    return f'<sequenceFlow id="{source}-{target}" {ends}>{inner}</sequenceFlow>'
