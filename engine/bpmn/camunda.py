"""Reading the ``camunda:`` extensions of an element (also in Operaton's namespace)."""

from engine.bpmn.diagram import Assignment, CalledProcess, Decision, Handover, Multi, Script
from engine.bpmn.findings import (
    Findings,
    camunda,
    child,
    content,
    extensions,
)
from engine.bpmn.formulas import Formula
from engine.bpmn.parameters import attribute, properties
from engine.bpmn.scripts import statements
from engine.model.text import text
from engine.xml import Element

#: Java's ways of doing a task; none runs here.
JAVA = ("class", "delegateExpression", "expression")
MAPPINGS = ("", "singleEntry", "singleResult", "collectEntries", "resultList")


def assignment(node: Element, findings: Findings) -> Assignment:
    """Return who does a user task, and by when."""
    if camunda(node, "candidateUsers"):
        findings.warn(
            node,
            "bpmn.candidate-users",
            text("camunda:candidateUsers is not used; name a role with camunda:candidateGroups"),
        )
    if camunda(node, "formRef") or any(extensions(node, "formData")):
        findings.warn(
            node,
            "bpmn.form",
            text("camunda:formRef and camunda:formData are not used; set camunda:formKey"),
        )
    return Assignment(
        candidates=attribute(node, "candidateGroups", findings),
        assignee=attribute(node, "assignee", findings),
        form=attribute(node, "formKey", findings),
        due=attribute(node, "dueDate", findings),
        follow_up=attribute(node, "followUpDate", findings),
        priority=attribute(node, "priority", findings),
    )


def retry(node: Element) -> str:
    """Return ``camunda:failedJobRetryTimeCycle``, or the property ``retry``.

    An element template of Camunda 7 can write the latter only.
    """
    written = next((content(item) for item in extensions(node, "failedJobRetryTimeCycle")), "")
    return written or properties(node).get("retry", "").strip()


def decision(node: Element, findings: Findings) -> Decision | None:
    """Return the decision of a business rule task."""
    ref = attribute(node, "decisionRef", findings)
    mapping = camunda(node, "mapDecisionResult")
    if mapping not in MAPPINGS:
        findings.error(
            node,
            "bpmn.decision",
            text(
                "mapDecisionResult is {mapping}; use one of {known}",
                mapping=mapping,
                known=", ".join(MAPPINGS[1:]),
            ),
        )
    if ref is None:
        return None
    return Decision(ref=ref, result=camunda(node, "resultVariable"), mapping=mapping)


def script(node: Element, findings: Findings) -> Script | None:
    """Return the lines of a script task; only FEEL runs."""
    said = str(node.get("scriptFormat") or "").strip()
    source = content(child(node, "script"))
    if said.lower() != "feel":
        findings.error(
            node,
            "bpmn.script-format",
            text(
                "The script of {element} is in “{language}”; only FEEL runs: set scriptFormat=feel",
                element=node.get("id"),
                language=said,
            ),
        )
        return None
    result = camunda(node, "resultVariable")
    if not source:
        findings.error(
            node,
            "bpmn.script",
            text("The script of {element} is empty; write FEEL into it", element=node.get("id")),
        )
    if result:
        found = findings.formula(node, source, bare="feel")
        return Script(lines=((result, found),)) if found else None
    lines: list[tuple[str, Formula]] = []
    for name, part in statements(source):
        compiled = findings.formula(node, part, bare="feel") if name else None
        if not name:
            findings.error(
                node,
                "bpmn.script",
                text("Line {line} is not of the form name = expression", line=part),
            )
        elif compiled is not None:
            lines.append((name, compiled))
    return Script(lines=tuple(lines))


def called_process(node: Element, findings: Findings) -> CalledProcess | None:
    """Return what a call activity calls, and what is handed over."""
    key = findings.formula(node, str(node.get("calledElement") or ""))
    if key is None:
        findings.error(
            node,
            "bpmn.called",
            text(
                "{element} calls nothing; set calledElement to a process id", element=node.get("id")
            ),
        )
        return None
    binding = camunda(node, "calledElementBinding") or "deployment"
    if binding not in {"deployment", "latest"}:
        findings.error(
            node,
            "bpmn.called",
            text(
                "The binding {binding} is not supported; use deployment or latest", binding=binding
            ),
        )
    ins = list(extensions(node, "in"))
    keys = [str(item.get("businessKey")) for item in ins if item.get("businessKey")]
    return CalledProcess(
        key=key,
        binding=binding,
        business_key=_business_key(node, keys, findings),
        ins=_handovers([item for item in ins if not item.get("businessKey")], findings),
        outs=_handovers(list(extensions(node, "out")), findings),
    )


def _business_key(node: Element, keys: list[str], findings: Findings) -> Formula | None:
    """Return the business key; Camunda's usual text for "the parent's" is the default here."""
    if not keys or "processBusinessKey" in keys[0]:
        return None
    return findings.formula(node, keys[0])


def _handovers(items: list[Element], findings: Findings) -> tuple[Handover, ...]:
    found: list[Handover] = []
    for item in items:
        if item.get("variables") == "all":
            found.append(Handover(everything=True))
            continue
        target = str(item.get("target") or "")
        value = (
            findings.formula(item, str(item.get("source") or ""), bare="feel")
            if item.get("source")
            else findings.formula(item, str(item.get("sourceExpression") or ""))
        )
        if not target or value is None:
            findings.error(
                item, "bpmn.handover", text("camunda:in and camunda:out need source and target")
            )
        else:
            found.append(Handover(target=target, value=value))
    return tuple(found)


def multi(node: Element, findings: Findings) -> Multi | None:
    """Return the multi-instance of an activity."""
    loop = child(node, "multiInstanceLoopCharacteristics")
    if loop is None:
        return None
    cardinality, done = child(loop, "loopCardinality"), child(loop, "completionCondition")
    collection = camunda(loop, "collection")
    if cardinality is None and not collection:
        findings.error(
            loop,
            "bpmn.multi",
            text(
                "{element} repeats, but has neither camunda:collection nor loopCardinality",
                element=node.get("id"),
            ),
        )
    return Multi(
        sequential=loop.get("isSequential") == "true",
        cardinality=findings.formula(loop, content(cardinality), bare="feel"),
        collection=findings.formula(loop, collection, bare="feel"),
        item=camunda(loop, "elementVariable"),
        done=findings.formula(loop, content(done), bare="feel"),
    )


def refuse_java(node: Element, findings: Findings) -> None:
    """Note what would need Java, or code beside the diagram."""
    for name in JAVA:
        if camunda(node, name):
            findings.error(
                node,
                "bpmn.java",
                text(
                    "{element} names Java code (camunda:{name}), which does not run here; "
                    "set camunda:type to external and give it a topic with a handler",
                    element=node.get("id"),
                    name=name,
                ),
            )
    for name in ("executionListener", "taskListener", "connector"):
        for item in extensions(node, name):
            findings.error(
                item,
                "bpmn.listener",
                text(
                    "camunda:{name} of {element} is not executed; draw what it does as a task",
                    name=name,
                    element=node.get("id"),
                ),
            )
