"""One attempt of a handler: inputs checked, body called, whatever comes out told as data.

Nothing escapes `attempt`: an outcome is data, because it crosses from the handler's thread to the
executor's and then into a transaction of its own.
"""

import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any

from pydantic import BaseModel, ValidationError

from engine.errors import ZholdamaError
from engine.handling import BpmnError, Desk, Handler, RetryLater, plain
from engine.jobs import tracing
from engine.model.text import Text, text
from engine.services.desk import AtDesk

#: Longest text of a failure that is kept.
_LONGEST = 500

Save = Callable[[Any], None]


@dataclass(frozen=True, kw_only=True)
class Succeeded:
    """The handler returned."""

    #: Raw outputs; the step applies the element's output mapping.
    outputs: Mapping[str, object] = field(default_factory=dict)
    #: What the handler wants saved in the transaction that records the result.
    saves: tuple[Save, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Errored:
    """The handler raised a `BpmnError`: a business outcome, for the diagram to deal with."""

    #: Error code.
    code: str
    #: What happened.
    message: str = ""
    #: What the handler wants saved all the same.
    saves: tuple[Save, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Failed:
    """The attempt failed."""

    #: Why, without personal data.
    reason: Text
    #: Not before this much time, if the handler knows.
    after: timedelta | None = None
    #: True: another attempt cannot help; an incident at once.
    hopeless: bool = False
    #: Where in the code it failed, masked and bounded; empty: nothing was raised.
    trace: str = ""
    #: What the outside system knows the request by; empty: none was made, or nobody said so.
    request: str = ""


Outcome = Succeeded | Errored | Failed


@dataclass(kw_only=True)
class HandlerCall:
    """What a handler gets besides its input; see `engine.handling.Call`."""

    #: Same for every attempt of this job.
    idempotency_key: str
    #: This attempt, from 1.
    attempt: int
    #: Instance id.
    instance: str
    #: Business key of the instance.
    business_key: str
    #: Element id.
    element: str
    #: The engine's clock, UTC.
    now: datetime
    #: Settings by name.
    settings: Mapping[str, str]
    #: Opens a read-only session.
    reading: Callable[[], AbstractContextManager[Any]]
    #: What was handed to `on_finish`.
    saves: list[Save] = field(default_factory=list)

    def records(self) -> AbstractContextManager[Any]:
        """Open a read-only session for a `records` module; close it before calling out."""
        return self.reading()

    def on_finish(self, save: Save) -> None:
        """Have `save(session)` run inside the fenced transaction that records the result."""
        self.saves.append(save)

    def at_desk(self, act: Callable[[Desk], None]) -> None:
        """Have `act(desk)` run inside that same transaction, with what a `Desk` can do."""
        self.saves.append(AtDesk(act))


def attempt(handler: Handler, inputs: Mapping[str, object], call: HandlerCall) -> Outcome:
    """Check the inputs, call the handler, check what it returns; never raises."""
    try:
        query = handler.takes.model_validate(dict(inputs))
    except ValidationError as error:
        return Failed(
            reason=text("The inputs do not fit: {places}", places=_places(error)), hopeless=True
        )
    try:
        return _called(handler, query, call)
    except BpmnError as error:
        return Errored(code=error.code, message=masked(str(error)), saves=tuple(call.saves))
    except RetryLater as error:
        why = text("To be tried later: {reason}", reason=masked(str(error)))
        said = _masked_values(error.said) if error.said else why
        trace = tracing.traced(error, inputs)
        return Failed(reason=said, after=error.after, trace=trace, request=error.request)
    except Exception as error:  # noqa: BLE001  whatever a handler raises is its failure, not ours
        return Failed(reason=described(error, inputs), trace=tracing.traced(error, inputs))


def _called(handler: Handler, query: BaseModel, call: HandlerCall) -> Outcome:
    found = handler.body(query, call)
    saves = tuple(call.saves)
    if handler.gives is None:
        if found is None:
            return Succeeded(saves=saves)
        return Failed(reason=_wrong(found, "None"))
    if not isinstance(found, handler.gives):
        return Failed(reason=_wrong(found, handler.gives.__name__))
    return Succeeded(outputs=plain(found.model_dump()), saves=saves)


def _wrong(found: object, promised: str) -> Text:
    kind = type(found).__name__
    return text("The handler returned {found} instead of {promised}", found=kind, promised=promised)


def _places(error: ValidationError) -> str:
    """Tell which fields are wrong and why, never with which values."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    places = (f"{'.'.join(map(str, item['loc'])) or '-'} {item['type']}" for item in found)
    return masked("; ".join(places))


def masked(reason: str) -> str:
    """Return the text as a trace's is masked (law 6), cut to a length a table cell bears."""
    return tracing.masked(reason)[:_LONGEST]


def _masked_values(said: Text) -> Text:
    """Return a sentence with its values masked; the sentence itself names nobody."""
    values = {
        name: masked(value) if isinstance(value, str) else value
        for name, value in said.params.items()
    }
    return Text(said.msgid, values)


def described(error: BaseException, inputs: Mapping[str, object] | None = None) -> Text:
    """Say what was raised and where: ``KeyError: (client.py:41)``; ours say it themselves.

    What the inputs hold is hidden, as in a trace.
    """
    if isinstance(error, ZholdamaError):
        return _masked_values(error.text)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({PurePath(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    said = _places(error) if isinstance(error, ValidationError) else str(error)
    reason = masked(f"{type(error).__name__}: {tracing.hide(said, inputs or {})}{place}")
    return text("The handler failed: {reason}", reason=reason)
