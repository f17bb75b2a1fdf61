"""The live part of an instance: SpiffWorkflow's tasks and workflows, kept small (law 3).

SpiffWorkflow keeps every task that ever ran in one tree and walks it at each completion. Here a
task leaves the tree the moment it is finished, and what came out of it hangs below the root: the
tree holds what is unfinished and nothing else. Joins ask the tokens that wait at them, never
ancestors, so no past round can be counted again, not even within one step. Three more cures of
the design's list of traps: no log extras are built, no task data are copied (variables live in
`Scopes`), and no walk is recursive.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.formulas import Environment
from engine.bpmn.journal import Journal
from engine.bpmn.noscripts import NO_SCRIPTS
from engine.bpmn.scopes import Scopes
from engine.errors import StepFailed
from engine.model.text import text

if TYPE_CHECKING:
    from engine.bpmn.specs import NodeSpec, ScopeSpec

#: Elements that one step may run through; more means that it goes round without resting.
MAX_ELEMENTS_PER_STEP = 50_000


class LiveTask(Task):
    """A token at an element."""

    task_spec: "NodeSpec"
    workflow: "Instance | Inner"

    def __init__(
        self,
        workflow: "Instance | Inner",
        task_spec: "NodeSpec",
        parent: "LiveTask | None" = None,
        state: int = TaskState.FUTURE,
        id: UUID | None = None,
    ) -> None:
        """Hang a token into the tree. (Task's own constructor reads the wall clock.)"""
        self.id = id or uuid4()
        self.workflow = workflow
        self.task_spec = task_spec
        self._parent = None if parent is None else parent.id
        #: As SpiffWorkflow's list, but leaving is not a search.
        self._children: dict[UUID, None] = {}  # type: ignore[assignment]
        self._state = state
        self.triggered = False
        self.thread_id = 0
        self.data: dict[str, object] = {}
        #: What the element has to remember, in JSON's kinds; kept by the codec.
        self.internal_data: dict[str, Any] = {}
        #: Moment of arrival, seconds since 1970.
        self.last_state_change = 0.0
        #: Sequence flow it came by.
        self.via = ""
        workflow.tasks[self.id] = self
        if parent is not None:
            parent._children[self.id] = None

    def _set_state(self, value: int) -> None:
        """Set the state without building log extras for nobody."""
        self._state = value

    @property
    def live(self) -> "Instance":
        """Return the instance."""
        top: Instance = self.workflow.top_workflow
        return top

    @property
    def host(self) -> "LiveTask | None":
        """Return the unfinished task this one depends on, or None below the root."""
        parent = self.workflow.tasks.get(self._parent) if self._parent else None
        return None if parent is self.workflow.task_tree else parent

    @property
    def dependents(self) -> "list[LiveTask]":
        """Return the unfinished tasks that depend on this one: boundary events, iterations."""
        tasks = self.workflow.tasks
        return [tasks[child] for child in self._children if child in tasks]

    def sprout(self, spec: "NodeSpec", via: str = "") -> "LiveTask":
        """Put a token on a following element."""
        child = LiveTask(self.workflow, spec, self)
        child.via = via
        child.last_state_change = self.live.moment
        return child

    def detach(self) -> None:
        """Hang the token below the root: nothing it depended on matters any more."""
        root = self.workflow.task_tree
        parent = self.workflow.tasks.get(self._parent) if self._parent else None
        if parent is not None:
            parent._children.pop(self.id, None)
        self._parent = root.id
        root._children[self.id] = None


class _Tree(ABC):
    """What `Instance` and `Inner` add to SpiffWorkflow's workflows."""

    spec: "ScopeSpec"
    tasks: dict[UUID, LiveTask]
    task_tree: LiveTask
    #: Waits for the starts of event subprocesses: they do not keep a scope open.
    listeners: set[UUID]

    def _plant(self) -> None:
        self.listeners = set()
        self.task_tree = LiveTask(self, self.spec.start, None, TaskState.COMPLETED)  # type: ignore[arg-type]

    def tokens(self) -> Iterator[LiveTask]:
        """Walk the unfinished tasks."""
        root = self.task_tree
        return (task for task in list(self.tasks.values()) if task is not root)

    def drop(self, task: LiveTask) -> None:
        """Take a finished task out of the tree; what hangs below it goes below the root."""
        self.listeners.discard(task.id)
        if self.tasks.pop(task.id, None) is None:
            return
        parent = self.tasks.get(task._parent) if task._parent else None
        if parent is not None:
            parent._children.pop(task.id, None)
        root = self.task_tree
        for child in task._children:
            found = self.tasks.get(child)
            if found is not None:
                found._parent = root.id
                root._children[child] = None
        task._children = {}

    @property
    def busy(self) -> bool:
        """Tell whether anything is unfinished here."""
        return len(self.tasks) - 1 > len(self.listeners)

    def _task_completed_notify(self, task: LiveTask) -> None:
        """Forget a completed task (SpiffWorkflow would walk the whole tree here)."""
        self.drop(task)
        self.close_if_idle()

    @abstractmethod
    def close_if_idle(self) -> None:
        """End the scope when no token is left in it."""


class Inner(_Tree, BpmnSubWorkflow):  # type: ignore[misc]
    """The inside of a running subprocess."""

    def __init__(self, spec: "ScopeSpec", container: LiveTask) -> None:
        """Open the scope of a subprocess at its container's token."""
        #: Token of the subprocess in the scope around.
        self.container = container
        super().__init__(spec, container.id, container.live, deserializing=True)
        self._plant()
        container.live.subprocesses[container.id] = self

    def _calculate_depth(self) -> int:
        """Return 0: SpiffWorkflow's own loop, which sorts by depth, is not used."""
        return 0

    @property
    def parent_workflow(self) -> "Instance | Inner":
        """Return the workflow around, without searching for it."""
        return self.container.workflow

    def close_if_idle(self) -> None:
        """Complete the subprocess when its last token is gone."""
        live = self.container.live
        if self.busy or self.container.id not in live.subprocesses:
            return
        live.withdraw(list(self.tokens()))
        del live.subprocesses[self.container.id]
        self.container.task_spec.finish(self.container, {})


class Instance(_Tree, BpmnWorkflow):  # type: ignore[misc]
    """A running process: its tokens, its variables, and what the present step has done."""

    def __init__(self, spec: "ScopeSpec", env: Environment) -> None:
        """Open an empty instance."""
        super().__init__(spec, script_engine=NO_SCRIPTS, deserializing=True)
        self._plant()
        self.env = env
        #: The step's moment in seconds since 1970.
        self.moment = env.now.timestamp()
        self.scopes = Scopes()
        self.journal = Journal()
        self.agenda: deque[LiveTask] = deque()
        #: End event reached last in the process's own scope.
        self.end = ""
        #: Why it failed.
        self.failure = ""
        #: Element at work, for messages.
        self.at = ""
        self._spent = 0

    @property
    def container(self) -> None:
        """Return None: nothing is around a process."""
        return

    def everything(self) -> Iterator[LiveTask]:
        """Walk all unfinished tasks, those of subprocesses included."""
        yield from self.tokens()
        for inner in list(self.subprocesses.values()):
            yield from inner.tokens()

    def find(self, token: UUID) -> LiveTask | None:
        """Return the task that waits under a token."""
        found = self.tasks.get(token)
        for inner in self.subprocesses.values():
            found = found or inner.tasks.get(token)
        return found if found is not None and found._state == TaskState.STARTED else None

    def settle(self) -> None:
        """Run until nothing is ready. Inclusive joins look round only when all others rest."""
        while self.agenda or self._inclusive():
            while self.agenda:
                task = self.agenda.popleft()
                if task._state == TaskState.READY:
                    self._spend(task)
                    task.run()
        self._see_that_something_waits()

    def _inclusive(self) -> bool:
        """Let one inclusive join pass that has nothing more to wait for."""
        return any(
            task.task_spec.pass_if_complete(task)
            for task in self.everything()
            if task._state == TaskState.WAITING
        )

    def _spend(self, task: LiveTask) -> None:
        self.at = task.task_spec.node.id
        self._spent += 1
        if self._spent > MAX_ELEMENTS_PER_STEP:
            raise StepFailed(
                text(
                    "The process goes round without ever waiting: {limit} elements in one step",
                    limit=MAX_ELEMENTS_PER_STEP,
                ),
                self.at,
            )

    def _see_that_something_waits(self) -> None:
        """Refuse a step after which nothing could ever happen again."""
        held = [task for task in self.everything() if task._state == TaskState.WAITING]
        if held and not any(
            task._state == TaskState.STARTED and task.task_spec.can_be_acted_on
            for task in self.everything()
        ):
            names = sorted({task.task_spec.node.id for task in held})
            raise StepFailed(
                text("Nothing can go on: tokens wait in vain at {names}", names=", ".join(names)),
                names[0],
            )

    def withdraw(self, tasks: Iterable[LiveTask]) -> None:
        """Cancel tasks with all that depends on them: boundary events, iterations, insides."""
        # Whether a task is part of history shows in what it hangs on: asked before that is dropped.
        stack = [(task, task.task_spec.hushed(task)) for task in tasks]
        while stack:
            task, hushed = stack.pop()
            if task.id not in task.workflow.tasks:
                continue
            inner = self.subprocesses.pop(task.id, None)
            below = [*(inner.tokens() if inner is not None else ()), *task.dependents]
            stack += [(other, other.task_spec.hushed(other)) for other in below]
            if task._state == TaskState.STARTED and not hushed:
                self.journal.cancelled(task)
            self.close(task)
            task._set_state(TaskState.CANCELLED)
            task.workflow.drop(task)

    def close(self, task: LiveTask) -> None:
        """Forget what a task had opened: its rows and its local variables."""
        self.journal.opened.pop(task.id, None)
        self.scopes.locals.pop(task.id, None)

    def close_if_idle(self) -> None:
        """Withdraw what only listens when the last token of the process is gone."""
        if not self.busy:
            self.withdraw(list(self.tokens()))

    def fail(self, failure: str) -> None:
        """End the instance with an error that nothing caught."""
        self.failure = failure
        self.withdraw(list(self.tokens()))
        self.agenda.clear()

    @property
    def now(self) -> datetime:
        """Return the moment of the step."""
        return self.env.now
