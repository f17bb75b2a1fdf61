"""Whether a case can end from where its tokens stand after one of them was moved by hand.

The play of `engine.bpmn.ahead` tells whether a token could wait for ever. It knows one token at a
place: where a move would bring a second one, nothing is known of what comes after, and while a join
is ahead that is refused.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from SpiffWorkflow.util.task import TaskState

from engine.bpmn import ahead
from engine.bpmn.live import Inner, Instance
from engine.bpmn.parsing import Definition
from engine.bpmn.placing import flows_on
from engine.errors import MoveRefused
from engine.model.elements import Process
from engine.model.text import Text, Words, text

#: How the elements of a way, and those of a list, are put one after the other.
ARROW, COMMA = "{first} → {rest}", "{first}, {rest}"
#: Most elements of a way that are named.
NAMED = 8


def said(process: Process, element: str) -> Words:
    """Return what people call an element: its name, otherwise its id."""
    found = process.elements.get(element)
    return Words.named(found.names if found is not None else None, element)


def chain(process: Process, elements: Sequence[str], between: str = ARROW) -> Text:
    """Return the names of elements, one after the other; of many the last."""
    made: Text | None = None
    for element in reversed(elements[-NAMED:]):
        name = text("{name}", name=said(process, element))
        made = name if made is None else Text(between, {"first": name, "rest": made})
    return made if made is not None else text("{name}", name="")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a case stood before a token was moved."""

    #: Its tokens.
    tokens: frozenset[UUID] = frozenset()
    #: Elements to which two tokens could come from there, although joins are ahead.
    twice: frozenset[str] = frozenset()


def standing(live: Instance) -> Standing:
    """Note where a case stands."""
    tokens = frozenset(task.id for task in live.everything())
    risks = (_at_risk(one) for one in (live, *live.subprocesses.values()))
    return Standing(tokens=tokens, twice=frozenset(name for some, _ in risks for name in some))


def _at_risk(workflow: Instance | Inner) -> tuple[frozenset[str], str]:
    """Return elements to which two tokens could come, and a join that could leave one of them."""
    scope, there = workflow.spec.scope, _that_join(workflow)
    found = ahead.twice_from(scope, there)
    join = ahead.join_behind(scope, found) or ahead.join_behind(scope, there)
    return found, join


def _that_join(workflow: Instance | Inner) -> Mapping[str, int]:
    """Count the tokens of a scope that have a join ahead; see `places`.

    The others cannot hinder them: a term's timer that runs twice ends twice, and no more.
    """
    scope = workflow.spec.scope
    return {
        name: count for name, count in places(workflow).items() if ahead.join_behind(scope, [name])
    }


def refuse_if_stuck(definition: Definition, live: Instance, before: Standing) -> None:
    """Raise `MoveRefused` if a token could wait for ever where the case rests now.

    Also where two tokens could come to one element while a join is ahead: nothing can be said of
    what happens then, and it might take one of them and leave the other.
    """
    for workflow in (live, *live.subprocesses.values()):
        found = ahead.stuck_from(workflow.spec.scope, _that_join(workflow))
        if found is not None:
            raise _stuck(definition.process, workflow, found, before.tokens)
        twice, join = _at_risk(workflow)
        for element in sorted(twice - before.twice):
            raise _doubled(definition.process, element, join)


def _doubled(process: Process, element: str, join: str) -> MoveRefused:
    refused = text(
        "Two tokens could come to {element} then, and one of them wait for ever at {join}",
        element=said(process, element),
        join=said(process, join),
    )
    return MoveRefused(refused, join=join, trace=(element, join))


def _stuck(
    process: Process,
    workflow: Instance | Inner,
    found: tuple[str, tuple[str, ...]],
    before: frozenset[UUID],
) -> MoveRefused:
    join, trace = found
    scope = workflow.spec.scope
    ways = {
        token.task_spec.node.id: ahead.way_to(scope, token.task_spec.node.id, join)
        for token in workflow.tokens()
        if flows_on(token)
    }
    stayed = {token.task_spec.node.id for token in workflow.tokens() if token.id in before}
    vain = sorted(name for name, there in ways.items() if there and name in stayed)
    way = ways[vain[0]] if vain else next(filter(None, ways.values()), trace)
    if not vain:
        said_so = text(
            "From there the case could wait for ever at {join}: {way}",
            join=said(process, join),
            way=chain(process, way),
        )
    else:
        said_so = text(
            "From there the case could wait for ever at {join}: {way}. In vain would be: {names}",
            join=said(process, join),
            way=chain(process, way),
            names=chain(process, vain, COMMA),
        )
    return MoveRefused(said_so, join=join, trace=way, vain=tuple(vain))


def places(workflow: Instance | Inner) -> Mapping[str, int]:
    """Count the tokens of a scope by element and, of those that wait at a join, by flow."""
    return Counter(
        token.via if token._state == TaskState.WAITING else token.task_spec.node.id
        for token in workflow.tokens()
        if flows_on(token)
    )


def twice(live: Instance) -> frozenset[str]:
    """Return the elements to which two tokens could come from where the case rests."""
    workflows = (live, *live.subprocesses.values())
    found = (ahead.twice_from(one.spec.scope, places(one)) for one in workflows)
    return frozenset(name for some in found for name in some)
