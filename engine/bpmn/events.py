"""Reading event definitions: timers, messages, signals, errors, links."""

from engine.bpmn.diagram import Event
from engine.bpmn.findings import BPMN, Findings, camunda, child, content
from engine.bpmn.formulas import Formula
from engine.bpmn.parameters import properties
from engine.model.text import Text, text
from engine.xml import Element, local, namespace

SUFFIX = "EventDefinition"
TIMERS = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}
#: Kinds of definitions by kind of event.
ALLOWED = {
    "startEvent": {"none", "timer", "message", "signal", "error"},
    "endEvent": {"none", "terminate", "error", "message", "signal"},
    "boundaryEvent": {"timer", "message", "signal", "error"},
    "intermediateCatchEvent": {"timer", "message", "signal", "link"},
    "intermediateThrowEvent": {"none", "message", "signal", "link"},
}
REMEDIES = {
    "compensate": "draw what is to be undone as tasks",
    "cancel": "use an error event",
    "escalation": "use a message, a signal or a non-interrupting timer",
    "conditional": "use a timer, or a gateway where the data change",
    "multiple": "use an event-based gateway or several boundary events",
}


class EventReader:
    """Reads what an event is about."""

    def __init__(self, root: Element, findings: Findings) -> None:
        """Collect the messages, signals and errors that events refer to."""
        self.findings = findings
        self._declared: dict[str, dict[str, Element]] = {"message": {}, "signal": {}, "error": {}}
        for item in root.iter(*(f"{{{BPMN}}}{kind}" for kind in self._declared)):
            if item.get("id"):
                self._declared[local(item)][str(item.get("id"))] = item

    def read(self, item: Element, kind: str) -> Event | None:
        """Return what an event waits for or does; None with an error if it cannot be executed."""
        found = [part for part in item if namespace(part) == BPMN and local(part).endswith(SUFFIX)]
        if not found and child(item, "eventDefinitionRef") is None:
            return self._allowed(item, kind, Event(kind="none"))
        name = local(found[0]).removesuffix(SUFFIX) if len(found) == 1 else "multiple"
        if name not in {"timer", "message", "signal", "error", "terminate", "link"}:
            self.findings.error(
                item,
                "bpmn.event",
                text(
                    "An event of kind {kind} cannot be executed; {remedy}",
                    kind=name,
                    remedy=text(REMEDIES.get(name, "use an element of the supported dialect")),
                ),
            )
            return None
        event = getattr(self, name)(found[0], item)
        return self._allowed(item, kind, event) if event else None

    def _allowed(self, item: Element, kind: str, event: Event) -> Event | None:
        if event.kind in ALLOWED[kind]:
            return event
        self.findings.error(
            item,
            "bpmn.event",
            text(
                "{place} of kind {kind} cannot be executed; possible here: {possible}",
                place=kind,
                kind=event.kind,
                possible=", ".join(sorted(ALLOWED[kind])),
            ),
        )
        return None

    def timer(self, definition: Element, item: Element) -> Event | None:
        """Read a timer: date, duration or cycle."""
        for tag, kind in TIMERS.items():
            holder = child(definition, tag)
            value = self.findings.formula(holder, content(holder)) if holder is not None else None
            if value is not None:
                return Event(kind="timer", timer=kind, value=value)
        self.findings.error(
            item,
            "bpmn.timer",
            text(
                "The timer of {element} has no value; set a date, a duration or a cycle",
                element=item.get("id"),
            ),
        )
        return None

    def message(self, definition: Element, item: Element) -> Event | None:
        """Read a message with its correlation key; a handler that sends it needs no name."""
        if camunda(definition, "topic") and definition is not item:
            return Event(kind="message")
        return self._named("message", definition, item)

    def signal(self, definition: Element, item: Element) -> Event | None:
        """Read a signal."""
        return self._named("signal", definition, item)

    def _named(self, kind: str, definition: Element, item: Element) -> Event | None:
        declared = self._declared[kind].get(str(definition.get(f"{kind}Ref") or ""))
        name = None if declared is None else str(declared.get("name") or "")
        compiled = self.findings.formula(item, name) if name else None
        if compiled is None:
            self.findings.error(item, f"bpmn.{kind}", _nameless(item, kind))
            return None
        return Event(
            kind=kind,
            name=compiled,
            correlation=self._property(item, "correlationKey"),
            business_key=self._property(item, "businessKey"),
        )

    def _property(self, item: Element, name: str) -> Formula | None:
        return self.findings.formula(item, properties(item).get(name, ""))

    def error(self, definition: Element, item: Element) -> Event | None:
        """Read an error; without a reference it catches any."""
        ref = str(definition.get("errorRef") or "")
        declared = self._declared["error"].get(ref)
        if ref and declared is None:
            self.findings.error(item, "bpmn.error", _nameless(item, "error"))
            return None
        code = "" if declared is None else str(declared.get("errorCode") or declared.get("id"))
        return Event(
            kind="error",
            name=Formula(code, None),
            code_variable=camunda(definition, "errorCodeVariable"),
            message_variable=camunda(definition, "errorMessageVariable"),
        )

    def terminate(self, definition: Element, item: Element) -> Event:
        """Read a terminate end event."""
        return Event(kind="terminate")

    def link(self, definition: Element, item: Element) -> Event | None:
        """Read a link."""
        name = str(definition.get("name") or "").strip()
        if not name:
            self.findings.error(
                item,
                "bpmn.link",
                text(
                    "The link {element} has no name; give both ends the same one",
                    element=item.get("id"),
                ),
            )
            return None
        return Event(kind="link", name=Formula(name, None))


def _nameless(item: Element, kind: str) -> Text:
    return text(
        "{element} refers to no {kind}; choose one that has a name",
        element=item.get("id"),
        kind=kind,
    )
