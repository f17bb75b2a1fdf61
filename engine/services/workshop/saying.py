"""What a difference says, in words: kinds of elements, names of attributes, words that changed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from engine.model.differences import Attribute
from engine.model.migrations import Effect
from engine.model.text import Text, text

#: What changes for a case that goes to another version.
EFFECTS: Mapping[Effect, Text] = {
    Effect.WITHDRAWN: text("is withdrawn: the new version does not have it"),
    Effect.ARMED: text("is set, counted from the day when the work came to its step"),
    Effect.CHANGED: text("is worked out anew: it says something else"),
    Effect.TASK: text("people, form or deadline are worked out anew: they say something else"),
    Effect.ASKED: text("stays as it was asked: the handler has it already"),
    Effect.CALLED: text("goes on in the version that it was started on"),
}
#: Types as people call them, by local name.
TYPES = {
    "": text("file"),
    "definitions": text("file"),
    "process": text("process"),
    "collaboration": text("collaboration"),
    "participant": text("pool"),
    "lane": text("lane"),
    "startEvent": text("start event"),
    "endEvent": text("end event"),
    "intermediateCatchEvent": text("intermediate event"),
    "intermediateThrowEvent": text("intermediate event"),
    "boundaryEvent": text("boundary event"),
    "task": text("task"),
    "userTask": text("user task"),
    "manualTask": text("manual task"),
    "serviceTask": text("service task"),
    "sendTask": text("send task"),
    "receiveTask": text("receive task"),
    "businessRuleTask": text("decision task"),
    "scriptTask": text("script task"),
    "callActivity": text("called process"),
    "subProcess": text("subprocess"),
    "exclusiveGateway": text("exclusive gateway"),
    "parallelGateway": text("parallel gateway"),
    "inclusiveGateway": text("inclusive gateway"),
    "eventBasedGateway": text("event gateway"),
    "sequenceFlow": text("sequence flow"),
    "messageFlow": text("message flow"),
    "association": text("association"),
    "textAnnotation": text("annotation"),
    "message": text("message"),
    "signal": text("signal"),
    "error": text("error of a process"),
    "decision": text("decision"),
    "inputData": text("input data"),
    "businessKnowledgeModel": text("knowledge model"),
    "itemDefinition": text("data type"),
    "input": text("input column"),
    "output": text("output column"),
    "rule": text("rule"),
    "form": text("form"),
    "textfield": text("text field"),
    "textarea": text("text area"),
    "number": text("number field"),
    "datetime": text("date and time"),
    "checkbox": text("tick box"),
    "checklist": text("several answers"),
    "taglist": text("several answers"),
    "radio": text("one answer"),
    "select": text("list of answers"),
    "filepicker": text("files field"),
    "group": text("group"),
    "dynamiclist": text("list of rows"),
    "text": text("text of a form"),
}
#: Attributes as people call them.
_NAMES = {
    "id": text("id"),
    "type": text("type"),
    "name": text("name"),
    "within": text("stands in"),
    "text": text("text"),
    "documentation": text("description"),
    "description": text("description"),
    "camunda:formKey": text("form"),
    "camunda:candidateGroups": text("who does it"),
    "camunda:assignee": text("person"),
    "camunda:dueDate": text("deadline"),
    "camunda:followUpDate": text("reminder"),
    "camunda:priority": text("priority"),
    "camunda:topic": text("handler"),
    "camunda:decisionRef": text("decision"),
    "camunda:resultVariable": text("result goes to"),
    "camunda:mapDecisionResult": text("shape of the result"),
    "camunda:failedJobRetryTimeCycle": text("attempts"),
    "calledElement": text("called process"),
    "sourceRef": text("from"),
    "targetRef": text("to"),
    "default": text("default flow"),
    "attachedToRef": text("attached to"),
    "processRef": text("process"),
    "cancelActivity": text("interrupts"),
    "isInterrupting": text("interrupts"),
    "isExecutable": text("executable"),
    "conditionExpression": text("condition"),
    "script": text("script"),
    "bounds": text("place and size"),
    "waypoints": text("line"),
    "label": text("label"),
    "label@bounds": text("place of the name"),
    "lane": text("lane"),
    "row": text("in one row"),
    "rank": text("number in the order"),
    "decisionTable@hitPolicy": text("hit policy"),
    "inputExpression/text": text("expression"),
    "inputExpression@typeRef": text("data type"),
    "typeRef": text("data type"),
    "literalExpression/text": text("expression"),
    "key": text("key"),
    "path": text("key"),
    "subtype": text("kind"),
    "dateLabel": text("label"),
    "readonly": text("only to read"),
    "valuesKey": text("answers from"),
    "validate.required": text("required"),
    "validate.maxLength": text("most characters"),
    "validate.minLength": text("least characters"),
    "validate.max": text("at most"),
    "validate.min": text("at least"),
    "validate.pattern": text("pattern"),
    "conditional.hide": text("hidden when"),
}
#: What stands in brackets: its own name, or one around it.
_NAMED = {
    "camunda:inputParameter": text("input {name}"),
    "camunda:outputParameter": text("output {name}"),
    "camunda:in": text("handed over: {name}"),
    "camunda:out": text("handed back: {name}"),
    "camunda:property": text("property {name}"),
    "input": text("column {name}"),
    "output": text("column {name}"),
    "requires": text("requires {name}"),
    "values": text("answer {name}"),
}
_PROPERTIES = {
    "law": text("paragraph"),
    "name:ru": text("name in Russian"),
    "name:en": text("name in English"),
    "doc:ru": text("description in Russian"),
    "doc:en": text("description in English"),
    "label:ru": text("label in Russian"),
    "label:en": text("label in English"),
    "text:ru": text("text in Russian"),
    "text:en": text("text in English"),
    "description:ru": text("description in Russian"),
    "description:en": text("description in English"),
}
_EVENTS = {
    "timerEventDefinition": text("timer"),
    "messageEventDefinition": text("message"),
    "signalEventDefinition": text("signal"),
    "errorEventDefinition": text("error of a process"),
    "linkEventDefinition": text("link"),
    "terminateEventDefinition": text("ends everything"),
    "multiInstanceLoopCharacteristics": text("repetition"),
}
#: What an attribute means where the file does not say it.
_UNSAID = {"decisionTable@hitPolicy": "UNIQUE", "cancelActivity": "true", "isInterrupting": "true"}
#: Attributes whose values are yes or no.
_YES = {"true": text("yes"), "false": text("no")}
_BRACKETS = re.compile(r"([^\[]+)\[(.*)\](.*)", re.DOTALL)
_WORD = re.compile(r"\s+|\w+|[^\w\s]")
#: Characters up to which words are compared one by one.
_LONGEST = 4000


def type_of(name: str) -> Text | str:
    """Return what people call a type; its own name if there is no word for it."""
    return TYPES.get(name, name)


def attribute_of(name: str) -> Text | str:
    """Return what people call an attribute; its own name if there is no word for it."""
    if name in _NAMES:
        return _NAMES[name]
    if name.endswith(":order"):
        return text("order of: {name}", name=attribute_of(name.removesuffix(":order")))
    if name.rpartition(".")[2] in _PROPERTIES and "[" not in name:
        return _PROPERTIES[name.rpartition(".")[2]]
    event = re.split(r"[/@\[]", name)[0]
    found: Text | str = _EVENTS.get(str(event), name)
    return _in_brackets(name) or found


def value_of(attribute: Attribute, value: str | None) -> Text | str | None:
    """Return a value as people read it: types, yes and no in words, what goes without saying."""
    other = attribute.new if value == attribute.old else attribute.old
    if value is None and other is not None:
        value = _UNSAID.get(attribute.name)
    if value is None:
        return None
    if attribute.name == "type":
        return type_of(value)
    return _YES.get(value, value)


def _in_brackets(name: str) -> Text | None:
    found = _BRACKETS.fullmatch(name)
    if found is None or found[1] not in _NAMED:
        return None
    if found[1] == "camunda:property" and found[2] in _PROPERTIES:
        return _PROPERTIES[found[2]]
    more = found[3].lstrip(".@/")
    inner = f"{found[2]} · {more}" if more and more != "label" else found[2]
    return Text(_NAMED[found[1]].msgid, {"name": inner})


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of a text that stayed, came or went."""

    #: ``same``, ``old`` or ``new``.
    kind: str
    #: The words.
    words: str


def pieces(old: str, new: str) -> tuple[Piece, ...]:
    """Return old and new text, laid over each other word by word."""
    if not old or not new or max(len(old), len(new)) > _LONGEST:
        return _plain(old, new)
    before, after = _WORD.findall(old), _WORD.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < 0.5:
        return _plain(old, new)
    found: list[Piece] = []
    for op, a, b, c, d in matcher.get_opcodes():
        if op == "equal":
            found.append(Piece(kind="same", words="".join(before[a:b])))
        else:
            found += _plain("".join(before[a:b]), "".join(after[c:d]))
    return tuple(found)


def _plain(old: str, new: str) -> tuple[Piece, ...]:
    both = (Piece(kind="old", words=old), Piece(kind="new", words=new))
    return tuple(piece for piece in both if piece.words)
