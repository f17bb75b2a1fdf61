"""What a domain adds to the engine: handlers of external topics, and adapters of forms.

A module of `handlers/` registers itself by import; `engine.bootstrap` imports the packages that the
setting ``extensions`` names and hands the registries on. A duplicate fails at start-up.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar, get_type_hints, runtime_checkable
from uuid import UUID

from pydantic import BaseModel

from engine.model.people import Actor, Candidate
from engine.model.sight import Sight
from engine.model.text import Text


class RetryLater(Exception):
    """Raised by a handler: the outside system cannot answer now. Costs an attempt; backs off."""

    def __init__(
        self, reason: str | Text, after: timedelta | None = None, request: str = ""
    ) -> None:
        """Say why (no personal data: it is shown to admins) and, if known, when to come again.

        A `Text` is shown to each in her language. `request`: what the outside system knows the
        request by, for asking its operators.
        """
        super().__init__(str(reason))
        self.said = reason if isinstance(reason, Text) else None
        self.after = after
        self.request = request


class BpmnError(Exception):
    """Raised by a handler: a business outcome for a boundary event, not a fault. Never retried."""

    def __init__(self, code: str, message: str = "") -> None:
        """Name the error code of the diagram."""
        super().__init__(message or code)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """An open task of the case, as a handler sees it at the `Desk`."""

    #: Task id.
    task: str
    #: Element id.
    element: str
    #: Account id of who has it; empty: free.
    assignee: str
    #: Who may claim it.
    candidates: tuple[Candidate, ...]
    #: Deadline (UTC).
    due: datetime | None


class Desk(Protocol):
    """What a handler may have the engine do, inside the transaction that records its result."""

    @property
    def session(self) -> Any:
        """The session, for `records` modules."""
        ...

    def open_tasks(self) -> Sequence[Waiting]:
        """Return the open tasks of the case as they are now."""
        ...

    def tell(
        self,
        kind: str,
        *,
        accounts: Iterable[str] = (),
        candidates: Iterable[Candidate] = (),
        task: str = "",
        params: Mapping[str, object] | None = None,
    ) -> int:
        """Tell people, each once; `kind` is one of the face's `notices`. Return how many."""
        ...

    def void_signatures(self, reason: str) -> int:
        """Void all standing signatures of the case; return how many."""
        ...

    def holders(self, candidate: Candidate) -> int:
        """Return how many active accounts hold a role: 0 means that a task of it is nobody's."""
        ...

    def day_end(self, day: date) -> datetime:
        """Return the end (UTC) of the working day on a local date; a day off: of the next one."""
        ...

    def publish(
        self,
        name: str,
        *,
        business_key: str = "",
        correlation: str = "",
        payload: Mapping[str, object] | None = None,
        ttl: timedelta | None = None,
    ) -> None:
        """Send a message after this transaction, as a throw event does: never in the same lock.

        To the case that waits with `correlation`, or with `business_key` (empty: this case's own);
        if none waits, to the start event of that name. Kept for `ttl` until somebody waits (None:
        thirty days; zero: not at all).
        """
        ...


class Call(Protocol):
    """What a handler gets besides its input. No transaction is open while it runs (law 2)."""

    #: Same for every attempt of this job: hand it to the outside system.
    idempotency_key: str
    #: Attempts so far, this one included; from 1.
    attempt: int
    #: Instance id.
    instance: str
    #: Business key of the instance (case number).
    business_key: str
    #: Element id.
    element: str
    #: The engine's clock, UTC.
    now: datetime
    #: Settings by name, e.g. addresses of outside systems.
    settings: Mapping[str, str]

    def records(self) -> AbstractContextManager[Any]:
        """Open a read-only session for a `records` module; close it before calling out."""
        ...

    def on_finish(self, save: Callable[[Any], None]) -> None:
        """Have `save(session)` run inside the fenced transaction that records the result."""
        ...

    def at_desk(self, act: Callable[[Desk], None]) -> None:
        """Have `act(desk)` run inside that same transaction, with what a `Desk` can do."""
        ...


def plain(value: Any) -> Any:
    """Return what a model holds as values a process may hold: enums and ids become text.

    Dates, moments, durations and decimals stay what they are: FEEL compares them.
    """
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    return str(value) if isinstance(value, UUID) else value


Body = Callable[[Any, Call], BaseModel | None]
BodyT = TypeVar("BodyT", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Handler:
    """A registered handler of an external topic."""

    #: Topic, e.g. ``registries.gbd_fl.person``.
    topic: str
    #: The function.
    body: Body
    #: Pydantic model of the inputs.
    takes: type[BaseModel]
    #: Pydantic model of the outputs; None: returns nothing.
    gives: type[BaseModel] | None
    #: Default retries: ``R5/PT5M`` or a list ``PT1M,PT5M``.
    retry: str
    #: Time one attempt may take.
    timeout: timedelta
    #: First paragraph of the function's docstring, for the documentation page.
    about: str


@dataclass(frozen=True, kw_only=True)
class Work:
    """A task as its form's adapter sees it."""

    #: Task id.
    task: str
    #: Instance id.
    instance: str
    #: Business key (case number).
    business_key: str
    #: Process key.
    process: str
    #: Element id.
    element: str
    #: Properties of the element.
    properties: Mapping[str, str] = field(default_factory=dict)
    #: Process variables, read only.
    variables: Mapping[str, object] = field(default_factory=dict)
    #: The engine's clock, UTC.
    now: datetime


class FormAdapter:
    """Between a form and the domain's records. The base keeps everything in process variables."""

    #: What `save` returns, for the check of diagrams: FEEL's type by name, with ``?`` where it is
    #: not always returned: ``{"decision": "string", "version": "number?"}``. None: not told.
    gives: ClassVar[Mapping[str, str] | None] = None

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Return the values known before anybody typed: what the form is filled with."""
        return {}

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Save checked values inside the step's transaction; return variables for the process.

        Raises `engine.errors.FormRefused` with errors by field for what only the domain can know.
        """
        return dict(values)

    def shown(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Return what of the form's values may be seen by who sees the task but has it not.

        Asked for the open form of a colleague and for what was sent; the base keeps nothing back.
        """
        return values

    def document(self, session: Any, work: Work) -> bytes | None:
        """Return the canonical XML that this task signs; None if there is nothing to sign."""
        return None


#: Makes variables with any values: an example of what they are called and hold.
Sample = Callable[[], Mapping[str, object]]


class Extensions:
    """The registries. One instance, `extensions`, is filled by the decorators below."""

    def __init__(self) -> None:
        """Start empty."""
        self.handlers: dict[str, Handler] = {}
        self.forms: dict[str, FormAdapter] = {}
        #: Makes the variables that a domain starts a case with, by process key.
        self.begins: dict[str, Sample] = {}
        #: Messages that a domain's code sends: their variables, as `begins` or `gives` have them.
        self.sends: dict[str, Sample | Mapping[str, str]] = {}
        #: Names of the country's regions by code and language.
        self.regions: dict[str, Mapping[str, str]] = {}
        #: Roles that people of the domains hold; named ``role:…`` in their catalogues.
        self.roles: set[str] = set()

    def add_handler(self, found: Handler) -> None:
        """Register; `ValueError` if the topic is taken."""
        if found.topic in self.handlers:
            raise ValueError(f"two handlers for topic {found.topic}")
        self.handlers[found.topic] = found

    def add_form(self, key: str, adapter: FormAdapter) -> None:
        """Register; `ValueError` if the form key is taken."""
        if key in self.forms:
            raise ValueError(f"two adapters for form {key}")
        self.forms[key] = adapter

    def add_begin(self, process: str, sample: Sample) -> None:
        """Declare what cases of a process begin with; `ValueError` if that was done before."""
        if process in self.begins:
            raise ValueError(f"two declarations of what {process} begins with")
        self.begins[process] = sample

    def add_message(self, name: str, payload: Sample | Mapping[str, str]) -> None:
        """Declare a message that code sends; `ValueError` if that was done before."""
        if name in self.sends:
            raise ValueError(f"two declarations of the message {name}")
        self.sends[name] = payload

    def handler_of(self, topic: str) -> Handler | None:
        """Return the handler of a topic; None: nobody does it."""
        return self.handlers.get(topic)

    def __iter__(self) -> Iterator[Handler]:
        """Walk the handlers in order of topic."""
        return iter(sorted(self.handlers.values(), key=lambda found: found.topic))


extensions = Extensions()


def _models(body: Callable[..., Any]) -> tuple[type[BaseModel], type[BaseModel] | None]:
    hints = get_type_hints(body)
    first = next(iter(inspect.signature(body).parameters))
    return hints[first], None if hints.get("return") in (None, type(None)) else hints["return"]


def handler(
    topic: str, *, retry: str = "R5/PT5M", timeout: timedelta = timedelta(seconds=20)
) -> Callable[[BodyT], BodyT]:
    """Register a function ``(query: Model, call: Call) -> Model | None`` for an external topic."""

    def register(body: BodyT) -> BodyT:
        takes, gives = _models(body)
        about = (inspect.getdoc(body) or "").split("\n\n", 1)[0]
        found = Handler(
            topic=topic,
            body=body,
            takes=takes,
            gives=gives,
            retry=retry,
            timeout=timeout,
            about=about,
        )
        extensions.add_handler(found)
        return body

    return register


AdapterT = TypeVar("AdapterT", bound=FormAdapter)


def form_adapter(key: str) -> Callable[[type[AdapterT]], type[AdapterT]]:
    """Register a `FormAdapter` class for a form key."""

    def register(adapter: type[AdapterT]) -> type[AdapterT]:
        extensions.add_form(key, adapter())
        return adapter

    return register


def begins(process: str, sample: Sample) -> None:
    """Declare what the domain's code starts cases of a process with, for the check of diagrams.

    `sample` is the function that makes the variables, with any values: names and types are taken
    from what it returns.
    """
    extensions.add_begin(process, sample)


def sends(message: str, payload: Sample | Mapping[str, str] | None = None) -> None:
    """Declare a message that the domain's code sends.

    `payload`: FEEL's types of its variables, or the function that makes them as in `begins`.
    """
    extensions.add_message(message, payload or {})


def roles(*names: str) -> None:
    """Declare roles that people of the domain hold; a catalogue names each: ``role:clerk``."""
    extensions.roles.update(names)


def regions(named: Mapping[str, Mapping[str, str]]) -> None:
    """Declare the regions of the country: names by code and language."""
    extensions.regions.update(named)


@dataclass(frozen=True, kw_only=True)
class CaseCard:
    """How a case is recognised at a glance, in lists, tasks and case pages."""

    #: The family's name, e.g. «Төлеухан Ардақтың отбасы».
    title: str
    #: From, to: short names of the regions; empty where there is none.
    origin: str = ""
    #: Where to.
    destination: str = ""
    #: Number of people.
    heads: int = 0
    #: Round of rework, from 1.
    round: int = 1
    #: Labels of the strip's groups, e.g. ``{"origin": "Абай облысы"}``.
    groups: Mapping[str, str] = field(default_factory=dict)
    #: When it was registered (UTC).
    registered: datetime | None = None


class CaseFace(Protocol):
    """What a domain tells the engine's pages about its cases; registered per process key."""

    def cards(self, session: Any, keys: list[str], actor: Actor) -> Mapping[str, CaseCard]:
        """Return cards by business key, for one page of a list (one query).

        In the actor's language, and with no more of people than this actor may see.
        """
        ...

    def find(self, session: Any, words: str) -> list[str]:
        """Return business keys that fit a person's name or IIN (blind index), at most 200.

        Of its own cases only: who may see which is asked of the face that found them.
        """
        ...

    def notices(self) -> Mapping[str, Text]:
        """Return the sentences of this domain's notifications by kind."""
        ...


@runtime_checkable
class Sighted(Protocol):
    """A face whose domain keeps cases from some of those who had work in them, or administer."""

    def sights(self, session: Any, keys: list[str], actor: Actor) -> Mapping[str, Sight]:
        """Return how much of some cases a person sees, by business key; one query.

        It can only narrow: a key that is left out is `Sight.WHOLE`.
        """
        ...


@runtime_checkable
class Forgetful(Protocol):
    """A face whose domain keeps records of people beside its cases."""

    def forget(self, session: Any, keys: list[str]) -> None:
        """Delete all records of some cases, by business key, and of people in no other case.

        Called in the transaction that removes the cases, once their time to be kept is over.
        """
        ...


#: Faces by process key.
faces: dict[str, CaseFace] = {}

#: Folders of diagrams that domains bring, in order.
folders: dict[Path, None] = {}
#: What lies in them besides what is deployed.
_BESIDE = ("law.toml", "scenarios.toml")


def brings(folder: Path) -> None:
    """Name a folder of diagrams: the table of the law and the scenarios are looked for there."""
    folders[folder.resolve()] = None


def beside() -> dict[str, bytes]:
    """Return what lies beside the diagrams, by name: tables of the law, scenarios.

    Empty where the program was installed without its folders.
    """
    return {
        file.relative_to(folder.parent).as_posix(): file.read_bytes()
        for folder in folders
        if folder.is_dir()
        for name in _BESIDE
        for file in sorted(folder.rglob(name))
    }
