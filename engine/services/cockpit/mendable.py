"""What the acts on a case's live state look at: its version, where it stands, what a step would do.

A preview takes the step itself, in memory: the engine's steps are pure, so what it shows is what
would happen, and nothing is written.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine import bpmn
from engine.bpmn import whatif
from engine.errors import TaskClosed
from engine.model.elements import Process
from engine.model.people import Actor
from engine.model.steps import Status, Step
from engine.model.text import Text, Words, text
from engine.services import arrivals, bundles, calendar, ending, readings, shapes
from engine.services.cockpit import inspecting
from engine.services.cockpit.operations import Change, Said
from engine.services.context import Context, UnitOfWork

#: People are named by so many offices at most.
_OFFICES = 3


@dataclass(frozen=True, kw_only=True)
class Mendable:
    """A case as it stands, to be looked at; nothing of it is locked."""

    #: Row of `instance`, without state and variables.
    row: Any
    #: Its version.
    definition: bpmn.Definition
    #: Id of that version.
    definition_id: str
    #: Its live state.
    state: bytes
    #: What a step at this moment may know.
    env: bpmn.Environment
    #: Whether only the outline of it is for this person's eyes.
    outline: bool

    @property
    def process(self) -> Process:
        """Return what is known of the process without running it."""
        return self.definition.process

    @property
    def open(self) -> bool:
        """Tell whether it still goes on."""
        return self.row.status in ending.OPEN

    def name(self, element: str) -> Words:
        """Return what people call an element."""
        return named(self.process, element)


def named(process: Process, element: str) -> Words:
    """Return what people call an element, or the process itself; one without a name by its id."""
    found = process.elements.get(element)
    own = process.names if element == process.key else {}
    return Words.named(found.names if found is not None else own, element)


def look(uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str) -> Mendable:
    """Return a case (admin); `NotFound` for one that is not hers to see."""
    case = inspecting.seen(uow, ctx, actor, instance_id)
    bundle = bundles.of_definition(uow, ctx, case.row.definition_id)
    return Mendable(
        row=case.row,
        definition=case.definition,
        definition_id=case.row.definition_id,
        state=uow.instances.state(instance_id),
        env=bundle.environment(calendar.load(uow, ctx), ctx.now()),
        outline=case.outline,
    )


def onto(uow: UnitOfWork, ctx: Context, case: Mendable, definition_id: str) -> Mendable:
    """Return a case as if it were on another version of its process."""
    bundle = bundles.of_definition(uow, ctx, definition_id)
    return replace(
        case,
        definition=bundle.definition(case.row.process),
        definition_id=definition_id,
        env=bundle.environment(calendar.load(uow, ctx), ctx.now()),
    )


def refuse_ended(case: Mendable) -> None:
    """Raise `TaskClosed` for a case that has ended."""
    if not case.open:
        raise TaskClosed(ending.ENDED)


def together(uow: UnitOfWork, ctx: Context, definition_id: str) -> bpmn.Together:
    """Return the diagrams of a case's deployment, to follow its variables through them."""
    row = uow.definitions.find(definition_id)
    files = uow.definitions.files(row.deployment_id) if row is not None else {}
    deployed = frozenset(one.key for one in uow.definitions.all_latest())
    return readings.gather(files, ctx.extensions, deployed, ctx.caches.readings.get)[1]


def misfits(
    uow: UnitOfWork,
    ctx: Context,
    case: Mendable,
    name: str,
    value: object,
    standing: Iterable[str],
) -> tuple[whatif.Misfit, ...]:
    """Return where a value would not fit ahead of some elements; nothing (null) fits everywhere.

    Worked out once for a version, a type and a place: a batch asks it ten thousand times.
    """
    if value is None:
        return ()
    kind, places = shapes.value_kind(value), frozenset(standing)

    def found() -> tuple[whatif.Misfit, ...]:
        diagrams = together(uow, ctx, case.definition_id)
        among = whatif.ahead_of(diagrams, case.process.key, places)
        return whatif.misfits(diagrams, case.process.key, name, kind, among)

    key = ("misfits", uow.database_id, case.definition_id, name, str(kind), places)
    kept: tuple[whatif.Misfit, ...] = ctx.caches.readings.get(key, found)
    return kept


def readers(
    uow: UnitOfWork, ctx: Context, case: Mendable, name: str, standing: Iterable[str]
) -> list[str]:
    """Return the elements ahead of some others that need a variable."""
    diagrams, key = together(uow, ctx, case.definition_id), case.process.key
    ahead = whatif.ahead_of(diagrams, key, frozenset(standing))
    return [one for one in sorted(ahead) if name in whatif.needs(diagrams, key, one, ())]


def unset(
    uow: UnitOfWork, ctx: Context, case: Mendable, element: str, there: Iterable[str]
) -> Iterator[Text]:
    """Yield a warning for each variable that an element needs and that is not set."""
    diagrams = together(uow, ctx, case.definition_id)
    for name in sorted(whatif.needs(diagrams, case.process.key, element, set(there))):
        yield text(
            "{element} reads {name}, which is not set", element=case.name(element), name=name
        )


# --- what a step would do -------------------------------------------------------------------------


def changes(uow: UnitOfWork, case: Mendable, step: Step) -> Iterator[Change]:
    """Yield what a step would close and open, in words."""
    yield from _closed(uow, case, step)
    yield from _opened(uow, case, step)
    if step.status is not Status.ACTIVE:
        ends = text("It ends at {element}", element=case.name(step.end))
        failed = text("It ends with the error {error}", error=step.failure)
        whole = ends if step.status is Status.COMPLETED else failed
        yield Change(what=text("The case"), after=whole, element=step.end)


def _closed(uow: UnitOfWork, case: Mendable, step: Step) -> Iterator[Change]:
    closed = frozenset(step.closed)
    owners = {task.id: task for task in uow.tasks.open_of(case.row.id)}
    for token in bpmn.overview(case.definition, case.state):
        if token.token in closed:
            task = owners.get(token.token.hex)
            yield Change(
                what=case.name(token.element),
                before=_waits(case, token, task is not None),
                after=text("is withdrawn"),
                element=token.element,
            )


def _waits(case: Mendable, token: bpmn.OpenToken, task: bool) -> Text:
    if task:
        return text("an open task")
    if not token.active:
        return text("waits beside it")
    element = case.process.elements.get(token.element)
    if element is not None and element.topic:
        return text("the handler {topic} was asked", topic=element.topic)
    return text("is at work")


def _opened(uow: UnitOfWork, case: Mendable, step: Step) -> Iterator[Change]:
    for task in step.tasks:
        yield _change(case, task.element, _task(uow, task.candidates, task.due))
    for timer in step.timers:
        yield _change(case, timer.element, text("a timer until {due}", due=timer.due))
    for handler in step.handlers:
        said = text("the handler {topic} is asked", topic=handler.topic)
        yield _change(case, handler.element, said)
    for wait in step.waits:
        yield _change(case, wait.element, text("waits for {name}", name=wait.name))
    for call in step.calls:
        said = text("the process {process} is called", process=call.called)
        yield _change(case, call.element, said)
    for thrown in step.thrown:
        said = text("the message {name} is sent", name=thrown.name)
        yield _change(case, thrown.element, said)


def _change(case: Mendable, element: str, said: Text) -> Change:
    return Change(what=case.name(element), after=said, element=element)


def _task(uow: UnitOfWork, candidates: tuple[str, ...], due: datetime | None) -> Text:
    who = people(uow, candidates)
    if due is None:
        return text("a task for {who}", who=who)
    return text("a task for {who}, until {due}", who=who, due=due)


def people(uow: UnitOfWork, candidates: tuple[str, ...]) -> Said:
    """Return ``role@organisation`` strings as people say them."""
    parts = [one.partition("@") for one in candidates[:_OFFICES]]
    rows = {row.code: row.names for row in uow.organisations.some([code for _, _, code in parts])}
    languages = {
        language: ", ".join(
            _office(role, code, rows.get(code, {}), language) for role, _, code in parts
        )
        for language in ("kk", "ru", "en")
    }
    return Words(**languages) if candidates else text("whom the diagram names")


def _office(role: str, code: str, names: Mapping[str, str], language: str) -> str:
    title = shapes.title_of("role", role, language)
    office = names.get(language) or names.get("kk") or code
    return f"{title} ({office})" if office else title


def moved_tasks(uow: UnitOfWork, case: Mendable, step: Step) -> Iterator[Text]:
    """Yield a warning for each open task that somebody has begun and that would be withdrawn.

    Not for one that comes again for the same people: what was typed goes along.
    """
    gone = {token.hex for token in step.closed}
    gone -= {task.id for task in arrivals.resumed(uow, step).values()}
    for task in uow.tasks.open_of(case.row.id):
        if task.id in gone and task.draft_at is not None:
            yield text(
                "Somebody has begun {element}; what was typed there and not sent is lost",
                element=case.name(task.element),
            )
