"""All errors the engine raises.

ZholdamaError
├── Refused                     the input is wrong; nothing was changed
│   ├── DefinitionRefused       a deployment with errors (``problems``)
│   ├── XmlRefused              not well-formed, a DOCTYPE, too large, against the schema
│   ├── ExpressionError         FEEL or ${…}: syntax, unknown name, limit reached
│   ├── MigrationRefused        a case cannot go to another version (``hindrances``)
│   ├── MoveRefused             a token cannot be moved there (``join``, ``trace``, ``vain``)
│   ├── FormRefused             values against the form (``errors`` by field)
│   └── ValueRefused            any other single wrong value
├── NotFound                    no such thing, or not for this person's eyes
├── Forbidden                   the person may not do this
├── Conflict                    somebody was faster
│   ├── TaskTaken               the task has another assignee (``owner``)
│   ├── TaskClosed              the task is completed or withdrawn
│   ├── StaleRevision           the row changed since it was read
│   │   └── SavedMeanwhile      another analyst saved the file (``revision``, ``content``, ``by``)
│   ├── LeaseLost               another executor has the job now
│   ├── CalledCase              another case called this one and waits for it (``caller``)
│   ├── StartsSuspended         no new case of this process is started at the moment (``since``)
│   └── AmbiguousMessage        a message fits more than one case (``instances``)
├── StepFailed                  the engine could not take the step; becomes an incident
├── SignatureRefused            certificate, signer or signed bytes do not fit
└── Unavailable                 database or outside system out of reach; try again
    ├── Damaged                 a stored value cannot be read; trying again is vain
    └── InDoubt                 the database went away during the commit: done, or not

Each carries a `Text` that can be shown to the person in her language. Foreign errors are mapped
to these at the border of the package that meets them, ``from`` the original.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from engine.model.migrations import Hindrance
from engine.model.problems import Problem
from engine.model.text import Text


class ZholdamaError(Exception):
    """Base of all errors; `text` is what the person is told."""

    def __init__(self, text: Text) -> None:
        """Keep the sentence; ``str()`` of the error is its English form."""
        super().__init__(str(text))
        self.text = text


class Refused(ZholdamaError):
    """The input is wrong; nothing was changed."""


class DefinitionRefused(Refused):
    """A deployment has errors."""

    def __init__(self, text: Text, problems: Sequence[Problem]) -> None:
        """Keep what the check found."""
        super().__init__(text)
        self.problems = tuple(problems)


class XmlRefused(Refused):
    """A document is not well-formed, has a DOCTYPE, is too large or breaks its schema."""

    def __init__(self, text: Text, line: int = 0) -> None:
        """Keep the line, from 1; 0 if unknown."""
        super().__init__(text)
        self.line = line


class ExpressionError(Refused):
    """An expression cannot be parsed, names what does not exist, or reached a limit."""


class MigrationRefused(Refused):
    """A case, or a mapping between two versions, cannot be taken to another version."""

    def __init__(self, text: Text, hindrances: Sequence[Hindrance]) -> None:
        """Keep what stands in the way."""
        super().__init__(text)
        self.hindrances = tuple(hindrances)


class MoveRefused(Refused):
    """A token cannot be moved there, or a case not begin there."""

    def __init__(
        self,
        text: Text,
        *,
        join: str = "",
        trace: Sequence[str] = (),
        vain: Sequence[str] = (),
    ) -> None:
        """Keep the join that would wait for ever, the way to it, and the elements left in vain."""
        super().__init__(text)
        self.join = join
        self.trace = tuple(trace)
        self.vain = tuple(vain)


class FormRefused(Refused):
    """Values do not fit the form."""

    def __init__(self, text: Text, errors: Mapping[str, Sequence[Text]]) -> None:
        """Keep the errors by field path, e.g. ``members.0.iin``."""
        super().__init__(text)
        self.errors = {path: tuple(found) for path, found in errors.items()}


class ValueRefused(Refused):
    """A single value is wrong."""


class NotFound(ZholdamaError):
    """There is no such thing, or it is not for this person's eyes."""


class Forbidden(ZholdamaError):
    """The person may not do this."""


class Conflict(ZholdamaError):
    """Somebody was faster."""


class TaskTaken(Conflict):
    """The task has another assignee."""

    def __init__(self, text: Text, owner: str) -> None:
        """Keep the name of who has it."""
        super().__init__(text)
        self.owner = owner


class TaskClosed(Conflict):
    """The task is completed or withdrawn."""


class StaleRevision(Conflict):
    """The row changed since it was read."""


class SavedMeanwhile(StaleRevision):
    """Another analyst saved the file since this one began; both texts are kept."""

    def __init__(
        self, text: Text, *, revision: int, content: bytes | None, by: str, at: datetime
    ) -> None:
        """Keep what stands there now: None: she took the file away. `by` is her name."""
        super().__init__(text)
        self.revision = revision
        self.content = content
        self.by = by
        self.at = at


class LeaseLost(Conflict):
    """Another executor has the job now, or it was withdrawn; what this one did is dropped."""


class CalledCase(Conflict):
    """Another case called this one and waits for it: it cannot be ended alone."""

    def __init__(self, text: Text, caller: str) -> None:
        """Keep the id of the topmost case of the calls."""
        super().__init__(text)
        self.caller = caller


class StartsSuspended(Conflict):
    """An administrator has the process start no new cases for a while."""

    def __init__(self, text: Text, since: datetime) -> None:
        """Keep since when."""
        super().__init__(text)
        self.since = since


class AmbiguousMessage(Conflict):
    """A message fits more than one case."""

    def __init__(self, text: Text, instances: Sequence[str]) -> None:
        """Keep the ids of the cases."""
        super().__init__(text)
        self.instances = tuple(instances)


class StepFailed(ZholdamaError):
    """The engine could not take a step; the caller records an incident."""

    def __init__(self, text: Text, element: str = "") -> None:
        """Keep the id of the element at which it happened."""
        super().__init__(text)
        self.element = element


class SignatureRefused(ZholdamaError):
    """Certificate, signer or signed bytes do not fit."""


class Unavailable(ZholdamaError):
    """Database or outside system is out of reach; trying again may help."""


class Damaged(Unavailable):
    """A stored value cannot be read: its key is missing, or it was changed. Trying again is vain.

    Whoever waits for a database must not wait for this.
    """


class InDoubt(Unavailable):
    """The database went away while it was committing; whether that stands, only a look tells."""
