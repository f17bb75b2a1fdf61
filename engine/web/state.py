"""What a view asks for: the running installation, who is signed in, the time, a unit of work.

The only module that reads Flask's globals for the others.
"""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from flask import current_app, g, session

from engine.clock import Clock
from engine.errors import Forbidden
from engine.i18n import translate
from engine.model.calendar import WorkingCalendar
from engine.model.people import LANGUAGES, Actor
from engine.model.text import Text, text
from engine.services import calendar

#: Where the session keeps the account's language: a page that says that the database is away
#: cannot ask for it.
OWN_LANGUAGE = "own_language"


class Transactions(Protocol):
    """The database, as far as pages know it."""

    #: ``sqlite``, which has one web process, or ``postgresql``.
    dialect: str

    def begin(self) -> AbstractContextManager[Any]:
        """Open a unit of work; leaving it without commit rolls back."""
        ...

    def reading(self) -> AbstractContextManager[Any]:
        """Open a unit of work that changes nothing."""
        ...

    def glance(self) -> AbstractContextManager[Any]:
        """Open a unit of work for one statement that changes nothing."""
        ...

    def check_schema(self) -> None:
        """Raise `Unavailable` unless the schema is the program's."""
        ...


class Installation(Protocol):
    """What `engine.bootstrap` wires together, as far as pages know it."""

    #: The database.
    database: Transactions
    #: Clock, extensions, signer: handed to every service.
    context: Any
    #: Settings of the installation.
    settings: Any
    #: Rehearsals of the workshop (`engine.rehearsing`); None: this is one.
    rehearsals: Any


def installation() -> Installation:
    """Return the running installation."""
    found: Installation = current_app.extensions["zholdama"]
    return found


def reading() -> AbstractContextManager[Any]:
    """Open a read-only unit of work."""
    return installation().database.reading()


def glance() -> AbstractContextManager[Any]:
    """Open a unit of work for one statement that only reads."""
    return installation().database.glance()


def writing() -> AbstractContextManager[Any]:
    """Open a unit of work; the view commits it."""
    return installation().database.begin()


def context() -> Any:
    """Return what every service takes as ``ctx``."""
    return installation().context


def clock() -> Clock:
    """Return the engine's clock."""
    found: Clock = installation().context.clock
    return found


def now() -> datetime:
    """Return the present moment, aware, in UTC; the same all through a request."""
    if "now" not in g:
        g.now = clock().now()
    found: datetime = g.now
    return found


def working_calendar(uow: Any) -> WorkingCalendar:
    """Return the working calendar."""
    return calendar.load(uow, context())


def remember(someone: Actor | None) -> None:
    """Note who is asking; called once, before the view."""
    g.actor = someone
    g.pop("language", None)


def signed_in() -> Actor | None:
    """Return who is signed in; None: nobody."""
    found: Actor | None = g.get("actor")
    return found


def actor() -> Actor:
    """Return who is signed in; the policy has let nobody else through."""
    found = signed_in()
    if found is None:
        raise Forbidden(text("Sign in first."))
    return found


def language() -> str:
    """Return the language to answer in: chosen in this session, else the account's, else Kazakh."""
    found: str | None = g.get("language")
    if found is None:
        someone = signed_in()
        own = someone.language if someone else session.get(OWN_LANGUAGE)
        asked = (session.get("language"), own, LANGUAGES[0])
        g.language = found = next(code for code in asked if code in LANGUAGES)
    return found


def said(sentence: Text | str) -> str:
    """Return a sentence in the language of the request."""
    return translate(sentence, language())
