"""The scope's specification, and what every element does."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec

from engine.bpmn.diagram import Flow, Node, Scope
from engine.bpmn.formulas import Formula
from engine.errors import StepFailed
from engine.model.text import text

if TYPE_CHECKING:
    from engine.bpmn.live import LiveTask
    from engine.bpmn.specs.events import BoundarySpec, ListenerSpec

#: Name of the root task: no XML id looks like this.
ROOT = "(root)"


class ScopeSpec(BpmnProcessSpec):
    """A process, or the inside of a subprocess.

    SpiffWorkflow's constructor adds tasks named ``Start``, ``End`` and ``….EndJoin``, with which a
    diagram's own ids collide; none of them is needed here, so any id may be used.
    """

    def __init__(self, scope: Scope) -> None:
        """Make an empty specification; `engine.bpmn.build` adds the elements."""
        WorkflowSpec.__init__(self, name=scope.id)
        self.scope = scope
        self.data_objects: dict[str, object] = {}
        self.data_stores: dict[str, object] = {}
        self.correlation_keys: dict[str, object] = {}
        self.io_specification = None
        self.bpmn_start_events: list[object] = []
        self.start: NodeSpec = NodeSpec(  # type: ignore[assignment]
            self, Node(id=ROOT, kind="root", line=0)
        )
        #: Waits that are armed when the scope opens: starts of event subprocesses.
        self.listeners: list[ListenerSpec] = []
        #: Event subprocesses that start with an error: code ("" any), spec of the start's listener.
        self.errors: list[tuple[str, ListenerSpec]] = []
        #: The none start event, if there is one.
        self.plain_start: NodeSpec | None = None


class NodeSpec(BpmnTaskSpec):
    """An element: takes a token, does something or waits, passes it on."""

    #: A multi-instance body: iterations are its children and share its local scope.
    repeats = False
    #: While it waits, an act can come for it; not so for what only holds other tokens.
    can_be_acted_on = True
    #: Armed without anybody having come to it: not part of history until it fires.
    quiet = False
    #: Does not keep its scope open: the start of an event subprocess.
    listens = False

    def __init__(self, wf_spec: ScopeSpec, node: Node, name: str = "") -> None:
        """Add the element to a scope, under its id or another name."""
        super().__init__(wf_spec, name or node.id)
        self.node = node
        self.bpmn_id = node.id
        #: Outgoing flows with the elements they lead to.
        self.follows: list[tuple[Flow, NodeSpec]] = []
        #: Boundary events that wait while this is at work.
        self.boundaries: list[BoundarySpec] = []
        #: Error boundary events: code ("" catches any) and specification.
        self.error_boundaries: list[tuple[str, BoundarySpec]] = []

    # --- SpiffWorkflow's hooks -------------------------------------------------------------

    def test(self) -> None:
        """Do nothing: `engine.bpmn.checks` looked at the connections once, at deployment."""

    def _predict(
        self, my_task: Any, seen: Any = None, looked_ahead: int = 0, mask: int = 0
    ) -> None:
        """Do nothing: no task is made before a token comes."""

    def _update_hook(self, my_task: "LiveTask") -> bool:
        """Be ready at once. (The original copies the task's data.)"""
        return True

    def _on_ready_hook(self, my_task: "LiveTask") -> None:
        my_task.live.agenda.append(my_task)

    def _run_hook(self, my_task: "LiveTask") -> bool | None:
        if not self.hushed(my_task):
            my_task.live.journal.entered(my_task)
        return self.arrive(my_task)

    def _on_complete_hook(self, my_task: "LiveTask") -> None:
        self.depart(my_task)

    def serialize(self, serializer: Any, **kwargs: Any) -> NoReturn:
        """Refuse: definitions are never written, they are parsed."""
        raise TypeError("definitions are parsed, never written")

    # --- ours ------------------------------------------------------------------------------

    def hushed(self, task: "LiveTask") -> bool:
        """Tell whether a waiting task is no part of history until it fires."""
        host = task.host
        return self.quiet or (host is not None and host.task_spec.node.kind == "eventBasedGateway")

    def arrive(self, task: "LiveTask") -> bool | None:
        """Do the element's work: True if it is done, None if it now waits."""
        return True

    def finish(self, task: "LiveTask", outputs: Mapping[str, object]) -> None:
        """Take the result of what was waited for and pass the token on."""
        task.live.scopes.write(task, outputs)
        task.complete()

    def pass_if_complete(self, task: "LiveTask") -> bool:
        """Go on if nothing more is to be waited for: only an inclusive join looks round for that.

        Asked of tokens that are held when all others rest; tells whether it went on.
        """
        return False

    def depart(self, task: "LiveTask") -> None:
        """Pass the token on along the chosen flows."""
        live = task.live
        live.close(task)
        chosen = self.choose(task)
        live.journal.left(task, self.detail(task, chosen))
        for flow, spec in chosen:
            task.sprout(spec, flow.id)

    def detail(
        self, task: "LiveTask", chosen: Sequence[tuple[Flow, "NodeSpec"]]
    ) -> dict[str, object]:
        """Return what history keeps of the departure: the flows taken, where there was a choice."""
        kept: dict[str, object] = dict(task.internal_data.get("detail", ()))
        if len(self.follows) > 1:
            kept["flows"] = [flow.id for flow, _ in chosen]
        return kept

    def choose(self, task: "LiveTask") -> Sequence[tuple[Flow, "NodeSpec"]]:
        """Return the flows a token takes: without condition, or whose holds; else the default."""
        follows = self.follows
        if len(follows) == 1 and follows[0][0].condition is None:
            return follows
        return self._that_hold(task)

    def _that_hold(self, task: "LiveTask") -> list[tuple[Flow, "NodeSpec"]]:
        chosen = [
            (flow, spec)
            for flow, spec in self.follows
            if not flow.default and (flow.condition is None or self.holds(task, flow.condition))
        ]
        return chosen or self.default(task)

    def default(self, task: "LiveTask") -> list[tuple[Flow, "NodeSpec"]]:
        """Return the default flow; `StepFailed` if there is none, with the variables' names."""
        found = [pair for pair in self.follows if pair[0].default]
        if not found and self.follows:
            raise StepFailed(
                text(
                    "No condition of the flows out of {element} is true, and none is the default",
                    element=self.node.id,
                ),
                self.node.id,
            )
        return found

    def holds(self, task: "LiveTask", condition: Formula) -> bool:
        """Evaluate a condition; only the boolean true is true."""
        return self.value(task, condition) is True

    def value(self, task: "LiveTask", formula: Formula) -> object:
        """Evaluate an expression with the variables the task sees."""
        live = task.live
        return formula.value(live.scopes.seen(task), live.env)

    def words(self, task: "LiveTask", formula: Formula | None) -> str:
        """Evaluate an expression that gives a text; nothing is the empty text."""
        if formula is None:
            return ""
        found = formula.constant if formula.constant is not None else self.value(task, formula)
        return "" if found is None else str(found)


class EventSpec(NodeSpec, ABC):
    """Waits for the clock, a message or a signal."""

    @abstractmethod
    def fire(self, task: "LiveTask", payload: Mapping[str, object]) -> None:
        """Take what was waited for."""
