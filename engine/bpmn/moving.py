"""Moving a token by hand: to where, what goes with it, and whether the case could end from there.

A token is moved within the subprocess it is in, out of it, and into others:

- *Out*: the subprocess is withdrawn with it. So nothing else may be at work there; who wants to
  withdraw all of it moves the token of the subprocess itself. An iteration of a multi-instance is
  not left: its siblings would be counted wrongly.
- *In*: the subprocess is opened for it: its inputs are mapped, its events and timers armed. It must
  not run already, nor be repeated, nor begin with an event: what would that event have brought?
- The target is *entered* as if a flow had led there, or the token goes on *behind* it. A join is
  not entered: which of its flows would have brought the token? Neither is what waits beside a flow.

Then the engine goes on by itself, and where the tokens rest `engine.bpmn.outlook` tells whether one
of them could wait for ever.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from engine.bpmn.live import Instance, LiveTask
from engine.bpmn.outlook import COMMA, chain, said
from engine.bpmn.parsing import Definition
from engine.bpmn.placing import flows_on
from engine.bpmn.specs.activities import ActivitySpec
from engine.bpmn.specs.base import NodeSpec, ScopeSpec
from engine.bpmn.specs.events import BoundarySpec
from engine.bpmn.specs.gateways import EventGatewaySpec, JoinSpec
from engine.bpmn.specs.multi import MultiSpec
from engine.bpmn.specs.scope import listen, put
from engine.errors import MoveRefused, TaskClosed
from engine.model.acts import MoveToken
from engine.model.elements import Process
from engine.model.text import Text, Words, text


@dataclass(frozen=True, kw_only=True)
class Aim:
    """An element to which a token may be moved."""

    #: Element id.
    element: str
    #: Whether it can be entered.
    enters: bool
    #: Whether the token can go on behind it.
    behind: bool


@dataclass(frozen=True, kw_only=True)
class _Way:
    """How a token comes to its target."""

    #: What is withdrawn: the token itself, or the outermost subprocess that it leaves.
    leaves: LiveTask
    #: Subprocesses to open, outermost first, and the target.
    through: tuple[str, ...]


# --- acting ---------------------------------------------------------------------------------------


def move(definition: Definition, live: Instance, act: MoveToken) -> None:
    """Move a token; the caller runs the case until it rests and then asks `refuse_if_stuck`.

    Raises `TaskClosed` if the token is not there, `MoveRefused` if it cannot go there.
    """
    token = _find(live, act.token)
    live.at = token.task_spec.node.id
    target = _target(definition, act.target)
    _refuse(_unlike(definition, target, behind=act.behind))
    way = _way(definition, token, target)
    workflow = way.leaves.workflow
    again = way.leaves.task_spec.node.triggered
    live.withdraw([way.leaves])
    if again:
        # An event subprocess that interrupted has withdrawn the others: they may happen again.
        listen(workflow)
    put(workflow, way.through, act.behind)


def place(definition: Definition, live: Instance, element: str, *, behind: bool) -> None:
    """Begin a case at an element; see `move`. Raises `MoveRefused`."""
    target = _target(definition, element)
    _refuse(_unlike(definition, target, behind=behind))
    through = _through(definition, target, definition.top)
    for name in through[:-1]:
        _refuse(_shut(definition.process, _target(definition, name)))
    listen(live)
    put(live, through, behind)


def _find(live: Instance, token: UUID) -> LiveTask:
    found = next((task for task in live.everything() if task.id == token), None)
    if found is None:
        raise TaskClosed(text("The token is not there any more"))
    return found


def _refuse(reason: Text | None) -> None:
    if reason is not None:
        raise MoveRefused(reason)


# --- where to -------------------------------------------------------------------------------------


def aims(definition: Definition, live: Instance, token: UUID | None) -> Iterator[Aim]:
    """Yield the elements to which a token may be moved; None: at which a case may begin.

    Whether the case could end from there shows when it is tried.
    """
    for element in definition.process.elements:
        target = _target(definition, element)
        try:
            _reach(definition, live, token, target)
        except MoveRefused:
            continue
        enters, behind = (
            _unlike(definition, target, behind=flag) is None for flag in (False, True)
        )
        if enters or behind:
            yield Aim(element=element, enters=enters, behind=behind)


def _reach(definition: Definition, live: Instance, token: UUID | None, target: NodeSpec) -> None:
    if token is not None:
        _way(definition, _find(live, token), target)
        return
    for name in _through(definition, target, definition.top)[:-1]:
        _refuse(_shut(definition.process, _target(definition, name)))


def _target(definition: Definition, element: str) -> NodeSpec:
    found = definition.process.elements.get(element)
    if found is None:
        raise MoveRefused(text("There is no element {element}", element=element))
    scope = definition.scopes[found.parent] if found.parent else definition.top
    spec = scope.task_specs[element]
    assert isinstance(spec, NodeSpec)  # noqa: S101  (what is drawn)
    return spec


def _through(definition: Definition, target: NodeSpec, within: ScopeSpec) -> tuple[str, ...]:
    """Return the subprocesses from a scope down to an element, and the element."""
    found = [target.node.id]
    inside = definition.process.elements[target.node.id].parent
    while inside and definition.scopes[inside] is not within:
        found.append(inside)
        inside = definition.process.elements[inside].parent
    return tuple(reversed(found))


def _around(definition: Definition, target: NodeSpec) -> Iterator[ScopeSpec]:
    """Yield the scope of an element and those around it."""
    inside = definition.process.elements[target.node.id].parent
    while inside:
        yield definition.scopes[inside]
        inside = definition.process.elements[inside].parent
    yield definition.top


def _way(definition: Definition, token: LiveTask, target: NodeSpec) -> _Way:
    process = definition.process
    _refuse(_tied(process, token))
    scopes = list(_around(definition, target))
    leaves = token
    while leaves.workflow.spec not in scopes:
        container = leaves.workflow.container
        assert container is not None  # noqa: S101  (the process is around everything)
        _refuse(_held(process, leaves, container))
        leaves = container
    through = _through(definition, target, leaves.workflow.spec)
    for name in through[:-1]:
        _refuse(_shut(process, _target(definition, name)))
    _refuse(_running(process, leaves, through))
    return _Way(leaves=leaves, through=through)


# --- what stands in the way -----------------------------------------------------------------------


def _tied(process: Process, token: LiveTask) -> Text | None:
    """Say why a token cannot be moved by itself."""
    if flows_on(token):
        return _beside(process, token)
    host = token.host
    return text(
        "{element} is no token of the flow: it belongs to {host}; move that one",
        element=said(process, token.task_spec.node.id),
        host=said(process, token.task_spec.node.id if host is None else host.task_spec.node.id),
    )


def _held(process: Process, leaves: LiveTask, container: LiveTask) -> Text | None:
    """Say why a token cannot leave the subprocess it is in."""
    name = said(process, container.task_spec.node.id)
    if isinstance(container.task_spec, ActivitySpec) and container.task_spec.each is not None:
        return text("{scope} is repeated: its tokens stay in their own round", scope=name)
    if _beside(process, container) is not None:
        return _beside(process, container)
    others = [t for t in leaves.workflow.tokens() if flows_on(t) and t is not leaves]
    if others:
        return text(
            "{scope} is at work elsewhere, too ({names}); move the token of {scope} itself",
            scope=name,
            names=chain(process, sorted({t.task_spec.node.id for t in others}), COMMA),
        )
    return None


def _beside(process: Process, container: LiveTask) -> Text | None:
    """Say why the token of an event subprocess that did not interrupt is not moved."""
    node = container.task_spec.node
    start = container.internal_data.get("start")
    begun = node.inside.nodes.get(start) if node.inside is not None and start else None
    if begun is None or begun.interrupting or not node.triggered:
        return None
    return text("{scope} runs beside the flow: its tokens stay in it", scope=said(process, node.id))


def _shut(process: Process, scope: NodeSpec) -> Text | None:
    """Say why a subprocess cannot be opened by hand."""
    name = said(process, scope.node.id)
    if isinstance(scope, MultiSpec):
        return text("{scope} is repeated: enter it as a whole", scope=name)
    if scope.node.triggered:
        return text("{scope} begins with an event, not by hand", scope=name)
    return None


def _running(process: Process, leaves: LiveTask, through: Sequence[str]) -> Text | None:
    """Say that the subprocess to be opened is running already."""
    if len(through) == 1 or not any(
        t.task_spec.node.id == through[0] and t is not leaves for t in leaves.workflow.tokens()
    ):
        return None
    return text(
        "{scope} is running already; move the token that is in it", scope=said(process, through[0])
    )


def _unlike(definition: Definition, target: NodeSpec, *, behind: bool) -> Text | None:
    """Say why an element cannot be entered, or gone on behind."""
    node, name = target.node, said(definition.process, target.node.id)
    if node.triggered:
        return text("{element} begins with an event, not by hand", element=name)
    if behind:
        return _no_behind(target, name)
    if isinstance(target, BoundarySpec):
        return text("{element} waits beside another element; go on behind it", element=name)
    if isinstance(target, JoinSpec) and len(node.incoming) > 1:
        return text(
            "A token comes to {element} by one of its flows; go on behind the element before it, or"
            " behind {element}",
            element=name,
        )
    if _is_alternative(definition, target):
        return text(
            "{element} waits together with others; enter the gateway before it, or go on behind"
            " {element}",
            element=name,
        )
    return None


def _no_behind(target: NodeSpec, name: Words) -> Text | None:
    if not target.follows:
        return text("Nothing comes behind {element}; enter it", element=name)
    if isinstance(target, EventGatewaySpec):
        return text("Behind {element} an event decides; go on behind that event", element=name)
    return None


def _is_alternative(definition: Definition, target: NodeSpec) -> bool:
    scope = target._wf_spec.scope
    return any(scope.nodes[f.source].kind == "eventBasedGateway" for f in target.node.incoming)
