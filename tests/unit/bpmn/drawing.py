"""Drawing small diagrams in tests, and walking a case through them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from engine import bpmn
from engine.model.acts import CompleteTask, Deliver, FinishHandler, FireTimer, RaiseError
from engine.model.calendar import WorkingCalendar
from engine.model.problems import Severity
from engine.model.steps import ElementEvent, Happened, Status, Step

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
NAMESPACES = (
    'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)


def file(body: str, *, before: str = "", after: str = "", key: str = "p") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<definitions {NAMESPACES} targetNamespace="t" '
        f'id="d">\n{before}<process id="{key}" isExecutable="true">\n{body}\n</process>{after}'
        "</definitions>"
    ).encode()


def flow(source: str, target: str, condition: str = "", name: str = "") -> str:
    inner = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
    name = name or f"{source}_{target}"
    ends = f'sourceRef="{source}" targetRef="{target}"'
    return f'<sequenceFlow id="{name}" {ends}>{inner}</sequenceFlow>\n'


def way(path: str) -> str:
    """``"a b c"`` → the flows a→b→c."""
    names = path.split()
    return "".join(flow(one, two) for one, two in pairwise(names))


def node(kind: str, name: str, inner: str = "", /, **attributes: str) -> str:
    written = " ".join(
        f'{key.replace("camunda_", "camunda:")}="{value}"' for key, value in attributes.items()
    )
    return f'<{kind} id="{name}" {written}>{inner}</{kind}>\n'


def user(*names: str, inner: str = "", **attributes: str) -> str:
    attributes.setdefault("camunda_candidateGroups", "clerk@office")
    return "".join(node("userTask", name, inner, **attributes) for name in names)


def service(name: str, topic: str = "t", inner: str = "", **attributes: str) -> str:
    return node(
        "serviceTask", name, inner, camunda_type="external", camunda_topic=topic, **attributes
    )


def start(name: str = "s", inner: str = "") -> str:
    return node("startEvent", name, inner)


def end(*names: str, inner: str = "") -> str:
    return "".join(node("endEvent", name, inner) for name in names or ("e",))


def gateway(kind: str, *names: str, **attributes: str) -> str:
    return "".join(node(f"{kind}Gateway", name, **attributes) for name in names)


def script(name: str, source: str) -> str:
    return node("scriptTask", name, f"<script>{source}</script>", scriptFormat="feel")


def extension(inner: str) -> str:
    return f"<extensionElements>{inner}</extensionElements>"


def mapping(inputs: Mapping[str, str] = {}, outputs: Mapping[str, str] = {}) -> str:
    inner = "".join(
        f'<camunda:{kind}Parameter name="{name}">{value}</camunda:{kind}Parameter>'
        for kind, values in (("input", inputs), ("output", outputs))
        for name, value in values.items()
    )
    return f"<camunda:inputOutput>{inner}</camunda:inputOutput>"


def timer(value: str, kind: str = "Duration") -> str:
    return f"<timerEventDefinition><time{kind}>{value}</time{kind}></timerEventDefinition>"


def boundary(name: str, host: str, inner: str, *, interrupting: bool = True) -> str:
    flag = "true" if interrupting else "false"
    return node("boundaryEvent", name, inner, attachedToRef=host, cancelActivity=flag)


def parse(data: bytes, key: str = "p", **known: Any) -> bpmn.Definition:
    parsed = bpmn.parse(data, "test.bpmn", **known)
    errors = [problem for problem in parsed.problems if problem.severity is Severity.ERROR]
    assert not errors, [(p.line, p.element, str(p.message)) for p in errors]
    return parsed.processes[key]


def errors(data: bytes, **known: Any) -> list[tuple[str, str]]:
    parsed = bpmn.parse(data, "test.bpmn", **known)
    found = [p for p in parsed.problems if p.severity is Severity.ERROR]
    assert bool(found) == (not parsed.processes)
    return [(p.code, p.element) for p in found]


def warnings(data: bytes) -> list[tuple[str, str]]:
    parsed = bpmn.parse(data, "test.bpmn")
    return [(p.code, p.element) for p in parsed.problems if p.severity is Severity.WARNING]


class Case:
    """An instance; every act loads and saves."""

    def __init__(
        self,
        data: bytes | bpmn.Definition,
        /,
        element: str = "",
        payload: Any = None,
        decide: Any = None,
        **variables: object,
    ) -> None:
        self.definition = parse(data) if isinstance(data, bytes) else data
        self.now = START
        self.decide = decide
        self.steps: list[Step] = []
        self.opened: dict[UUID, Any] = {}
        state, step = bpmn.start(
            self.definition, variables, self.env, element=element, payload=payload
        )
        self._took(state, step)

    @property
    def env(self) -> bpmn.Environment:
        functions = bpmn.calendar_functions(WorkingCalendar(), self.now)
        if self.decide:
            return bpmn.Environment(now=self.now, functions=functions, decide=self.decide)
        return bpmn.Environment(now=self.now, functions=functions)

    def _took(self, state: bytes, step: Step) -> None:
        self.state, self.step = state, step
        self.steps.append(step)
        for kind in (step.tasks, step.timers, step.handlers, step.waits, step.calls):
            for item in kind:
                assert item.token not in self.opened, "one token, one row"
                self.opened[item.token] = item
        for token in step.closed:
            self.opened.pop(token, None)
        live = {open_.token for open_ in bpmn.overview(self.definition, state)}
        assert set(self.opened) <= live, "a row without a token"

    def act(self, act: Any) -> Step:
        state, step = bpmn.advance(self.definition, self.state, act, self.env)
        self._took(state, step)
        return step

    @property
    def open(self) -> list[str]:
        """Elements that wait for an act from outside, sorted."""
        return sorted(item.element for item in self.opened.values())

    def token(self, element: str, which: int = 0) -> UUID:
        return [item.token for item in self.opened.values() if item.element == element][which]

    def complete(self, element: str, which: int = 0, **variables: object) -> Step:
        return self.act(CompleteTask(token=self.token(element, which), variables=variables))

    def finish(self, element: str, which: int = 0, **outputs: object) -> Step:
        return self.act(FinishHandler(token=self.token(element, which), outputs=outputs))

    def error(self, element: str, code: str, message: str = "", **variables: object) -> Step:
        token = self.token(element)
        return self.act(RaiseError(token=token, code=code, message=message, variables=variables))

    def fire(self, element: str) -> Step:
        item = self.opened[self.token(element)]
        self.now = max(self.now, item.due)
        return self.act(FireTimer(token=item.token, due=item.due))

    def deliver(self, element: str, which: int = 0, **payload: object) -> Step:
        item = self.opened[self.token(element, which)]
        return self.act(Deliver(token=item.token, name=item.name, payload=payload))

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    @property
    def variables(self) -> Mapping[str, object]:
        return self.step.variables

    @property
    def done(self) -> bool:
        return self.step.status is Status.COMPLETED

    def history(self, *kinds: Happened) -> list[str]:
        """Elements in the order in which that happened to them."""
        return [event.element for event in self.events(*kinds)]

    def events(self, *kinds: Happened) -> list[ElementEvent]:
        return [e for step in self.steps for e in step.events if not kinds or e.happened in kinds]
