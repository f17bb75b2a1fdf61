"""Variables followed through a diagram: what is set where, of which type, what is told of it."""

import tracemalloc
from collections.abc import Mapping
from time import process_time
from typing import Any

import pytest

from engine import bpmn
from engine.bpmn.shapes import read_declared
from engine.errors import ExpressionError
from engine.feel import types as t
from engine.model.problems import Severity
from tests.unit.bpmn.drawing import (
    boundary,
    end,
    extension,
    file,
    flow,
    gateway,
    mapping,
    node,
    script,
    service,
    start,
    timer,
    user,
    way,
)

#: A task whose term reads a variable.
READS = {"camunda_dueDate": "${working_days(days)}"}
CALENDAR: Mapping[str, Any] = {"functions": bpmn.CALENDAR_FUNCTIONS}


def found(body: str, *, before: str = "", after: str = "", **known: Any) -> list[tuple[str, str]]:
    """Return code and element of what is told about variables."""
    data = file(body, before=before, after=after)
    parsed = bpmn.parse(data, "f.bpmn", known=bpmn.Known(**{**CALENDAR, **known}))
    quiet = ("bpmn.no-law", "bpmn.no-translation")
    return [(one.code, one.element) for one in parsed.problems if one.code not in quiet]


def begins(**types: str) -> str:
    """Return the declaration of what a case begins with."""
    written = ", ".join(f"{name}: {kind}" for name, kind in types.items())
    return extension(
        f'<camunda:properties><camunda:property name="starts-with" value="{written}"/>'
        "</camunda:properties>"
    )


def followed(body: str, **known: Any) -> Any:
    read = bpmn.draft(file(body), "f.bpmn")
    assert not [one for one in read.problems if one.severity is Severity.ERROR], read.problems
    return bpmn.Together(read.drawn, bpmn.Known(**{**CALENDAR, **known})).analysis("p")


# --- set, perhaps set, never set ----------------------------------------------------------------


def test_what_nothing_sets_is_an_error_where_it_is_known_what_a_case_begins_with() -> None:
    body = start() + user("u", **READS) + end() + way("s u e")
    assert found(begins(other="string") + body) == [("bpmn.unset", "u")]
    assert found(begins(days="number") + body) == []
    assert found(body, starts={"p": {"days": bpmn.Given(type=t.NUMBER)}}) == []


def test_without_a_declaration_it_is_a_warning_once_for_all_its_readers() -> None:
    body = start() + user("u", "v", **READS) + end() + way("s u v e")
    assert found(body) == [("bpmn.undeclared", "u")]


def choice(left: str, right: str) -> str:
    """Return a split with a script on each side, then a task that reads ``days``."""
    body = begins(big="boolean") + start() + gateway("exclusive", "g", default="g_r")
    body += script("l", left) + script("r", right) + user("u", **READS) + end()
    return body + flow("g", "l", "= big") + way("s g r u e") + way("l u")


def test_what_one_way_leaves_unset_is_a_warning_that_shows_the_way() -> None:
    assert found(choice("days = 1", "other = 1")) == [("bpmn.maybe-unset", "u")]
    data = file(choice("days = 1", "other = 1"))
    parsed = bpmn.parse(data, "f.bpmn", known=bpmn.Known(**CALENDAR))
    (told,) = [one for one in parsed.problems if one.code == "bpmn.maybe-unset"]
    assert told.severity is Severity.WARNING
    assert told.trace == ("s", "g", "r", "u")
    assert found(choice("days = 1", "days = 2")) == []


def test_a_loop_that_sets_too_late_is_seen() -> None:
    body = begins(big="boolean") + start() + user("u", **READS) + script("x", "days = 2")
    body += gateway("exclusive", "g", default="g_e") + end() + way("s u x g e")
    assert found(body + flow("g", "u", "= big")) == [("bpmn.maybe-unset", "u")]


def test_after_a_parallel_join_all_branches_have_set_theirs() -> None:
    body = begins() + start() + gateway("parallel", "f", "j")
    body += script("a", "days = 1") + script("b", "more = 1") + user("u", **READS) + end()
    assert found(body + way("s f a j u e") + way("f b j")) == []


def test_a_branch_beside_may_not_have_set_it_yet() -> None:
    body = begins(x="number") + start() + gateway("parallel", "f", "j") + script("a", "days = 1")
    body += user("u", **READS) + end() + way("s f a j e") + way("f u j")
    assert found(body) == [("bpmn.maybe-unset", "u")]


def test_asking_whether_a_variable_is_there_needs_no_variable() -> None:
    body = begins(big="boolean") + start() + gateway("exclusive", "g", "h", default="g_a")
    body = body.replace('<exclusiveGateway id="h" default="g_a">', '<exclusiveGateway id="h">')
    body += script("a", "late = true") + end() + flow("g", "h", "= big") + way("s g a h e")
    assert found(body.replace('= big"', '= late = true"')) == []
    asked = body + node("userTask", "u", camunda_candidateGroups="a@b") + flow("h", "u", "= late")
    assert ("bpmn.maybe-unset", "h") in found(asked + way("u e"))
    assert ("bpmn.maybe-unset", "h") not in found(asked.replace("= late<", "= late = true<"))


# --- scopes -------------------------------------------------------------------------------------


def test_inputs_are_seen_inside_and_gone_outside() -> None:
    inner = start("s2") + user("w", **READS) + end("e2") + way("s2 w e2")
    inside = extension(mapping({"days": "= 3"})) + inner
    body = begins() + start() + node("subProcess", "sub", inside) + user("u", **READS)
    assert found(body + end() + way("s sub u e")) == [("bpmn.maybe-unset", "u")]


def test_a_local_variable_hides_the_case_s_own_until_the_activity_is_over() -> None:
    inside = extension(mapping({"days": "= 3"})) + start("s2") + script("w", 'days = "x"')
    body = begins(days="number") + start() + node("subProcess", "sub", inside + end("e2"))
    body = body.replace("</subProcess>", way("s2 w e2") + "</subProcess>")
    analysis = followed(body + user("u", **READS) + end() + way("s sub u e"))
    assert analysis.inside["u"]["days"].type is t.NUMBER
    assert analysis.left["w"]["days"].type is t.STRING
    assert analysis.left["w"]["days"].local == "sub"


def test_an_item_is_seen_in_each_round_and_its_type_is_the_list_s() -> None:
    each = extension("") + (
        '<multiInstanceLoopCharacteristics camunda:collection="${all}" '
        'camunda:elementVariable="one"/>'
    )
    body = begins(all="list&lt;number&gt;") + start() + user("u", inner=each) + end() + way("s u e")
    analysis = followed(body)
    assert analysis.inside["u"]["one"].type is t.NUMBER
    assert "one" not in analysis.left["u"]
    assert found(body.replace("list&lt;number&gt;", "string")) == [("bpmn.collection-type", "u")]


def test_what_a_repeated_task_sets_is_not_sure_for_there_may_be_no_item() -> None:
    each = extension(mapping(outputs={"days": "= 1"})) + (
        '<multiInstanceLoopCharacteristics camunda:collection="${all}"/>'
    )
    body = begins(all="list") + start() + user("m", inner=each) + user("u", **READS) + end()
    assert found(body + way("s m u e")) == [("bpmn.maybe-unset", "u")]


def test_an_interrupted_activity_has_set_nothing_yet() -> None:
    inner = start("s2") + script("x", "days = 1") + user("w") + end("e2") + way("s2 x w e2")
    body = begins() + start() + node("subProcess", "sub", inner) + user("u", **READS) + end()
    body += boundary("b", "sub", timer("PT1H")) + way("s sub u e") + way("b u")
    assert found(body) == [("bpmn.maybe-unset", "u")]


def test_a_side_way_that_does_not_interrupt_takes_nothing_from_the_main_one() -> None:
    inner = start("s2") + user("w") + script("x", "days = 1") + end("e2", "e3") + way("s2 w x e2")
    inner += boundary("b", "w", timer("PT1H"), interrupting=False) + user("v") + way("b v e3")
    body = begins() + start() + node("subProcess", "sub", inner) + user("u", **READS) + end()
    assert found(body + way("s sub u e")) == []


def test_a_boundary_event_s_timer_sees_its_activity_s_inputs() -> None:
    inner = extension(mapping({"term": '= duration("PT1H")'}))
    body = begins() + start() + user("u", inner=inner) + end("e", "e2") + way("s u e")
    assert found(body + boundary("b", "u", timer("${term}")) + way("b e2")) == []
    assert found(body + boundary("b", "u", timer("${terms}")) + way("b e2")) == [
        ("bpmn.unset", "b")
    ]


# --- handlers, forms, decisions, calls, messages ------------------------------------------------

HANDLER = bpmn.HandlerShape(
    required=["day", "name"],
    outputs=["days"],
    takes={"day": t.DATE, "name": t.STRING},
    gives={"days": t.NUMBER},
)


def handled(day: str, name: str, *, types: Mapping[str, str], outputs: str = "") -> Any:
    io = extension(mapping({"day": day, "name": name}, {"days": outputs} if outputs else {}))
    body = begins(**types) + start() + service("x", "t", io) + user("u", **READS) + end()
    return found(body + way("s x u e"), topics={"t": HANDLER})


def test_a_handler_s_outputs_are_variables_unless_they_are_mapped() -> None:
    assert handled("${d}", "n", types={"d": "date"}) == []
    assert handled("${d}", "n", types={"d": "date"}, outputs="${days}") == []


def test_types_of_inputs_are_compared() -> None:
    assert handled("${d}", "${n}", types={"d": "string", "n": "string"}) == []
    assert handled("${d}", "${n}", types={"d": "number", "n": "string"}) == [
        ("bpmn.input-type", "x")
    ]
    assert handled("${d}", "${n}", types={"d": "date and time", "n": "boolean"}) == [
        ("bpmn.input-type", "x")
    ]
    assert handled("${d}", "${n}", types={"d": "Any", "n": "Any"}) == []


def test_a_form_s_field_of_another_type_is_named_with_its_form() -> None:
    form = bpmn.FormShape(gives={"n": bpmn.Given(type=t.NUMBER)}, fields={"n": t.NUMBER})
    io = extension(mapping({"day": "2026-01-31", "name": "${n}"}))
    body = begins() + start() + user("u", camunda_formKey="f") + service("x", "t", io) + end()
    known = bpmn.Known(topics={"t": HANDLER}, forms=["f"], form_shapes={"f": form})
    parsed = bpmn.parse(file(body + way("s u x e")), "f.bpmn", known=known)
    (told,) = [one for one in parsed.problems if one.severity is Severity.ERROR]
    assert (told.code, told.element) == ("bpmn.input-type", "x")
    assert str(told.message) == (
        "The field n of the form f gives number, and the handler of t takes name as string; "
        "change one of them"
    )


def test_a_form_whose_adapter_does_not_say_what_it_gives_opens_everything() -> None:
    body = begins() + start() + user("f", camunda_formKey="f") + user("u", **READS) + end()
    shape = {"f": bpmn.FormShape(gives=None)}
    assert found(body + way("s f u e"), forms=["f"], form_shapes=shape) == [
        ("bpmn.undeclared", "u")
    ]
    told = {"f": bpmn.FormShape(gives={})}
    assert found(body + way("s f u e"), forms=["f"], form_shapes=told) == [("bpmn.unset", "u")]


def test_a_form_s_condition_reads_a_field_or_a_variable() -> None:
    shape = {"f": bpmn.FormShape(gives={}, reads={"days", "more"})}
    body = start() + user("u", camunda_formKey="f") + end() + way("s u e")
    known: Mapping[str, Any] = {"forms": ["f"], "form_shapes": shape}
    assert found(begins(days="number") + body, **known) == [("bpmn.form-condition", "u")]
    assert found(begins(days="number", more="string") + body, **known) == []


def test_a_decision_s_inputs_are_variables() -> None:
    rule = node("businessRuleTask", "r", camunda_decisionRef="d", camunda_resultVariable="days")
    shape = {"d": bpmn.DecisionShape(takes={"age": t.NUMBER}, gives=t.NUMBER)}
    body = start() + rule + user("u", **READS) + end() + way("s r u e")
    known: Mapping[str, Any] = {"decisions": ["d"], "decision_shapes": shape}
    assert found(begins(age="number") + body, **known) == []
    assert found(begins(age="string") + body, **known) == [("bpmn.decision-type", "r")]
    assert found(begins(years="number") + body, **known) == [("bpmn.unset", "r")]


def test_a_called_process_begins_with_what_it_is_given() -> None:
    inner = start("s2") + user("w", **READS) + end("e2") + way("s2 w e2")
    called = f'<process id="q" isExecutable="true">{inner}</process>'

    def calling(handed: str) -> str:
        call = node("callActivity", "c", extension(handed), calledElement="q")
        return begins(days="number") + start() + call + end() + way("s c e")

    known: Mapping[str, Any] = {"processes": ["p", "q"]}
    fine = '<camunda:in source="days" target="days"/>'
    assert found(calling(fine), after=called, **known) == []
    assert found(calling('<camunda:in variables="all"/>'), after=called, **known) == []
    other = '<camunda:in source="days" target="hours"/>'
    assert found(calling(other), after=called, **known) == [("bpmn.unset", "w")]


MESSAGES = '<message id="m1" name="go"/><message id="m2" name="stay"/>'


def message(ref: str) -> str:
    return f'<messageEventDefinition messageRef="{ref}"/>'


def test_a_message_brings_what_whoever_sends_it_gives() -> None:
    inner = start("s2", message("m1")) + user("w", **READS) + end("e2") + way("s2 w e2")
    other = f'<process id="q" isExecutable="true">{inner}</process>'

    def sending(name: str) -> str:
        io = extension(mapping({name: "= 3"}))
        throw = node("endEvent", "e", io + message("m1"))
        return begins() + start() + user("x") + throw + way("s x e")

    assert found(sending("days"), before=MESSAGES, after=other) == []
    assert found(sending("hours"), before=MESSAGES, after=other) == [("bpmn.unset", "w")]
    coded: Mapping[str, Any] = {"messages": {"go": {"hours": bpmn.Given()}}}
    assert found(sending("days"), before=MESSAGES, after=other, **coded) == [
        ("bpmn.maybe-unset", "w")
    ]


def test_messages_that_nobody_sends_or_waits_for_are_told() -> None:
    catch = node("intermediateCatchEvent", "c", message("m1"))
    throw = node("endEvent", "e", message("m2"))
    body = begins() + start() + catch + throw + way("s c e")
    assert found(body, before=MESSAGES) == [("bpmn.unsent", "c"), ("bpmn.uncaught", "e")]
    known: Mapping[str, Any] = {"messages": {"go": {}}}
    assert found(body, before=MESSAGES, **known) == [("bpmn.uncaught", "e")]


# --- expressions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("y = n + 1", False),
        ("y = s + 1", True),
        ("y = c.there", False),
        ("y = c.missing", True),
        ("y = l + 1", True),
        ("y = if b then n else 0", False),
        ("y = if n then 1 else 0", True),
        ("y = s < n", True),
    ],
)
def test_types_of_variables_are_used_in_expressions(line: str, wrong: bool) -> None:
    kinds = begins(n="number", s="string", b="boolean", l="list", c="context&lt;there: string&gt;")
    line = line.replace("<", "&lt;")
    codes = found(kinds + start() + script("x", line) + end() + way("s x e"))
    assert codes == ([("bpmn.type", "x")] if wrong else [])


def test_a_condition_that_can_never_be_true_is_told() -> None:
    body = begins(n="number") + start() + gateway("exclusive", "g", default="g_e")
    body += user("u") + end() + way("s g e") + way("u e")
    assert found(body + flow("g", "u", "= n")) == [("bpmn.condition-type", "g")]
    assert found(body + flow("g", "u", "= n &gt; 1")) == []


def test_a_declaration_that_cannot_be_read_is_told() -> None:
    body = start() + user("u") + end() + way("s u e")
    assert found(begins(n="colour") + body) == [("bpmn.starts-with", "p")]
    assert found(begins(n="number?") + body) == []


def test_declared_types() -> None:
    read = read_declared("a, b: list<context<x: number, y: date>>, c: string?, d:boolean")
    assert {name: str(one.type) for name, one in read.items()} == {
        "a": "Any",
        "b": "list<context<x: number, y: date>>",
        "c": "string",
        "d": "boolean",
    }
    assert [name for name, one in read.items() if not one.sure] == ["c"]
    with pytest.raises(ExpressionError):
        read_declared("1x: number")


# --- who and what -------------------------------------------------------------------------------


def test_a_role_that_nobody_can_hold_is_an_error() -> None:
    body = begins(office="string") + start() + end() + way("s u e")
    wrong = user("u", camunda_candidateGroups="clerk@a,chief@${office}")
    assert found(body + wrong, roles=["clerk", "head"]) == [("bpmn.unknown-role", "u")]
    assert found(body + wrong) == []
    fine = user("u", camunda_candidateGroups="clerk@a,${role}@b").replace("${role}", "${office}")
    assert found(body + fine, roles=["clerk", "head"]) == []


def words(**properties: str) -> str:
    inner = "".join(
        f'<camunda:property name="{name.replace("_", ":")}" value="{value}"/>'
        for name, value in properties.items()
    )
    return extension(f"<camunda:properties>{inner}</camunda:properties>")


def told(first: str, second: str, **attributes: str) -> list[tuple[str, str]]:
    body = start() + user("a", inner=first, **attributes) + user("b", inner=second, **attributes)
    parsed = bpmn.parse(file(body + end() + way("s a b e")), "f.bpmn", known=bpmn.Known())
    return [(one.code, one.element) for one in parsed.problems]


def test_an_element_without_paragraph_is_told_where_others_have_one() -> None:
    assert told(words(law="K-1"), words(law="K-2")) == [("bpmn.no-law", "s")]
    assert told(words(law="K-1"), "") == [("bpmn.no-law", "s"), ("bpmn.no-law", "b")]
    assert told("", "") == [("bpmn.no-law", "p")]


def test_a_name_in_one_language_is_told_where_others_have_three() -> None:
    three = words(law="K", name_ru="Имя", name_en="Name")
    two = words(law="K", name_ru="Имя")
    law = ("bpmn.no-law", "s")
    assert told(three, three, name="Аты") == [law]
    assert told(three, two, name="Аты") == [law, ("bpmn.no-translation", "b")]
    assert told(words(law="K"), words(law="K"), name="Аты") == [("bpmn.no-translation", "p"), law]
    assert told(words(law="K"), words(law="K")) == [law]


def test_an_element_of_an_older_template_is_told() -> None:
    at = {"camunda_modelerTemplate": "z.t", "camunda_modelerTemplateVersion": "1"}
    body = begins() + start() + service("x", "t", **at) + end() + way("s x e")
    known: Mapping[str, Any] = {"topics": {"t": bpmn.HandlerShape()}}
    assert found(body, templates={"z.t": 2}, **known) == [("bpmn.old-template", "x")]
    assert found(body, templates={"z.t": 1}, **known) == []
    assert found(body, **known) == []


def test_a_process_that_never_settles_is_said_not_to_be_followed() -> None:
    body = begins(x="Null") + start() + script("a", "x = {a: x}") + user("u")
    body += gateway("exclusive", "g", default="g_e") + end() + way("s a u g e")
    assert not followed(body + flow("g", "a", "= x.a != null")).settled
    assert found(body + flow("g", "a", "= x.a != null")) == [("bpmn.not-followed", "s")]


def test_thousands_of_variables_are_not_followed_for_ever() -> None:
    names = [f"v{number}" for number in range(1500)]
    body = begins() + start() + "".join(script(name, f"{name} = 1") for name in names) + end()
    read = bpmn.draft(file(body + way(" ".join(["s", *names, "e"]))), "f.bpmn")
    tracemalloc.start()
    began = process_time()
    analysis = bpmn.Together(read.drawn, bpmn.Known()).analysis("p")
    spent, (_, most) = process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert analysis is not None
    assert not analysis.settled
    assert spent < 10
    assert most < 150 * 1024 * 1024
