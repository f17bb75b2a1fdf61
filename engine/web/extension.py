"""What a domain adds to the pages: its own routes, panels beside a task, sections of a case.

A domain package that has pages keeps them in ``<package>/pages.py`` and names there one
`WebExtension` as ``page_extension``; `load` finds it. Its templates lie in its own folder, under a
folder of its own name (``<templates>/<name>/…``), and extend ``base.html`` or fill a panel.
Sentences in them go through ``_()``; IINs are shown by the filter ``iin`` (last four digits).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from flask import Blueprint

from engine.model.text import Text
from engine.services.views import NotificationView


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A template with its data, drawn inside a page of the engine.

    The template draws its own ``<section class="panel">``; an `aside` panel is 400 px wide.
    """

    #: Template name, e.g. ``example/answers.html``.
    template: str
    #: Its variables.
    context: Mapping[str, object] = field(default_factory=dict)
    #: ``aside`` (beside the form), ``above`` (over the form) or ``main`` (wide column of a case).
    place: str = "aside"


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link that a domain adds to a page of the engine."""

    #: What it is called.
    label: Text
    #: Address inside this server, made by `flask.url_for`.
    href: str
    #: Name of an icon of the sprite, e.g. ``printer``.
    icon: str = ""


@dataclass(frozen=True, kw_only=True)
class Term:
    """The term of a whole case, besides those of its steps."""

    #: From when it counts (UTC).
    since: datetime
    #: When it is over (UTC).
    due: datetime


#: ``(uow, view) -> term of its case``; None: it does not run yet.
TermMaker = Callable[[Any, Any], Term | None]
#: ``(uow, view, language) -> panels``: view is the `TaskView` or `InstanceView` of the services.
#: It reads within the page's own read-only unit of work and changes nothing.
PanelMaker = Callable[[Any, Any, str], Sequence[Panel]]
#: ``(uow, view, language) -> links``.
LinkMaker = Callable[[Any, Any, str], Sequence[Link]]
#: ``(notification) -> address inside this server``; empty: its task or case, as the engine has it.
NoticeLink = Callable[[NotificationView], str]
#: ``(uow, business key, language) -> names by document id``.
Namer = Callable[[Any, str, str], Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class OutsideSystem:
    """A stand-in for an outside system, as it behaves at the moment."""

    #: Its name for the switchboard.
    name: str
    #: What it is called.
    title: Text
    #: How it behaves: one of `Switchboard.modes`.
    mode: str
    #: How often it was asked.
    questions: int


class Switchboard(Protocol):
    """Has the demo's stand-ins for outside systems behave badly."""

    #: Ways to behave by name, the good one first.
    modes: Mapping[str, Text]

    def systems(self) -> Sequence[OutsideSystem]:
        """Return the systems; `Unavailable` if nobody answers."""
        ...

    def switch(self, system: str, mode: str) -> None:
        """Have a system behave in a way; `NotFound`, `Unavailable`."""
        ...


@dataclass(frozen=True, kw_only=True)
class WebExtension:
    """Everything a domain shows in the browser. All parts are optional but the name."""

    #: Short name, unique: the folder of its templates.
    name: str
    #: Its own routes; each declares a policy (`engine.web.policy`), or the server does not start.
    blueprint: Blueprint | None = None
    #: Panels of a task by the beginning of its form key, e.g. ``{"example/": panels}``. Where there
    #: are any, remarks of earlier rounds are theirs to show; without, the page shows them itself.
    task_panels: Mapping[str, PanelMaker] = field(default_factory=dict)
    #: Sections of a case by process key.
    case_sections: Mapping[str, PanelMaker] = field(default_factory=dict)
    #: Links in the head of a case by process key: printing, other views.
    case_links: Mapping[str, LinkMaker] = field(default_factory=dict)
    #: What documents are, by process key; a name stands over the file's own.
    document_names: Mapping[str, Namer] = field(default_factory=dict)
    #: The term of a whole case by process key.
    case_terms: Mapping[str, TermMaker] = field(default_factory=dict)
    #: Where a notification leads, by its kind, for people who have no page of the case itself.
    notice_links: Mapping[str, NoticeLink] = field(default_factory=dict)
    #: Links in the main menu for everyone: ``() -> links`` (called while a page is drawn).
    menu: Callable[[], Sequence[Link]] | None = None
    #: Links on the administrator's pages, e.g. the switches of a sandbox.
    admin_links: Callable[[], Sequence[Link]] | None = None
    #: Switches of the demo's stand-ins for outside systems, by the settings.
    switchboard: Callable[[Mapping[str, str]], Switchboard | None] | None = None
    #: Folder of its templates.
    templates: Path | None = None


def load(packages: Iterable[str]) -> list[WebExtension]:
    """Import ``<package>.pages`` of every extension that has one; names must differ."""
    found: dict[str, WebExtension] = {}
    for package in packages:
        if find_spec(f"{package}.pages") is None:
            continue
        extension = import_module(f"{package}.pages").page_extension
        if extension.name in found:
            raise ValueError(f"two page extensions called {extension.name}")
        found[extension.name] = extension
    return list(found.values())
