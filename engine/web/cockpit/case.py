"""The page of one case: where it stands, what it went through, and everything that belongs to it.

``/cases/<id>/?tab=jobs&element=check``: every tab and every element has an address of its own and
works without scripts; with them htmx fetches the tab (target ``tab``) or the panel of the element
(target ``side``) alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.i18n import known, translate
from engine.model.people import ANALYST
from engine.model.text import Text, text
from engine.services import definitions
from engine.services.cockpit import casetabs, catalogue, inspecting
from engine.services.cockpit.caseviews import CaseHead, EventLine
from engine.services.cockpit.operations import Subject
from engine.services.views import CaseState
from engine.services.workshop.saying import type_of
from engine.web import lists, rendering, state, timeline
from engine.web.cockpit import drawing
from engine.web.policy import ADMINS, allow

blueprint = Blueprint("cockpit_case", __name__)

Tab = Callable[[Any, inspecting.Seen], Mapping[str, object]]


@dataclass(frozen=True, kw_only=True)
class Act:
    """A button that leads to an act."""

    #: Name of the operation.
    name: str
    #: What it says.
    title: Text
    #: Icon.
    icon: str
    #: Where it leads.
    href: str


#: Icons of acts, in the order of the buttons. What is not named here stands in the menu behind.
ICONS = {
    "suspend": "player-pause",
    "resume": "player-play",
    "move-token": "arrows-move",
    "migrate": "git-branch",
    "restart": "rotate",
    "send-message": "mail",
    "send-signal": "broadcast",
    "recompute-deadlines": "calendar-time",
    "set-variable": "pencil",
    "remove-variable": "eraser",
    "delete": "trash-x",
    "cancel": "trash",
}
#: How many of them are buttons; the rest is in the menu.
BUTTONS = 3
#: Acts that are offered elsewhere: at a variable.
ELSEWHERE = frozenset({"set-variable", "remove-variable"})
#: States in which an act makes sense; all others always do.
_FITS = {
    "suspend": {CaseState.ACTIVE},
    "resume": {CaseState.SUSPENDED},
    "cancel": {CaseState.ACTIVE, CaseState.SUSPENDED},
    "move-token": {CaseState.ACTIVE, CaseState.SUSPENDED},
    "migrate": {CaseState.ACTIVE, CaseState.SUSPENDED},
    "send-message": {CaseState.ACTIVE, CaseState.SUSPENDED},
    "send-signal": {CaseState.ACTIVE, CaseState.SUSPENDED},
    "recompute-deadlines": {CaseState.ACTIVE, CaseState.SUSPENDED},
    "delete": {CaseState.COMPLETED, CaseState.CANCELLED, CaseState.FAILED},
}
TASK_STATES = {
    "open": text("still open"),
    "completed": text("completed"),
    "cancelled": text("withdrawn"),
}
JOB_STATES = {
    "ready": text("waiting"),
    "claimed": text("running"),
    "done": text("done"),
    "dead": text("incident"),
    "cancelled": text("not needed any more"),
    "suspended": text("suspended"),
}
JOB_KINDS = {
    "timer": text("timer"),
    "handler": text("handler"),
    "message": text("message"),
    "call": text("called process"),
    "reminder": text("reminder"),
}
#: What happened at an element, where a page for everybody would not tell it.
HAPPENED = {
    "finished": text("the handler has answered"),
    "error": text("ended with an error"),
    "fired": text("the timer has fired"),
    "resolved": text("the incident was closed"),
    "variables": text("a variable was changed by hand"),
    "moved": text("a token was moved by hand"),
}
KINDS = {
    "person": text("person"),
    "timer": text("timer"),
    "handler": text("handler"),
    "system": text("system"),
}


def endpoint(name: str, /, **values: Any) -> str:
    """Return an address of another part of the cockpit; "" if that is not installed."""
    return url_for(name, **values) if name in current_app.view_functions else ""


def act_href(kind: str, subject: str, name: str, /, **values: Any) -> str:
    """Return where an act's form is, with a way back to this page; "" if there is no such act."""
    there = (Subject(kind), name) in catalogue.operations()
    if not there or "cockpit_acts.show" not in current_app.view_functions:
        return ""
    asked = {name: str(value) for name, value in values.items() if value}
    form = url_for("cockpit_acts.show", kind=kind, subject=subject, name=name)
    # Fields of an act may be called as parts of its address are.
    return f"{form}?{urlencode({**asked, 'next': rendering.here()})}"


def acts_of(case: CaseHead) -> list[Act]:
    """Return what can be done to a case, in the order of the buttons."""
    found = [
        Act(
            name=name,
            title=one.title,
            icon=ICONS.get(name, "chevron-right"),
            href=act_href("case", case.id, name),
        )
        for (subject, name), one in catalogue.operations().items()
        if subject is Subject.CASE and name not in ELSEWHERE and _fits(name, case)
    ]
    order = list(ICONS)
    return sorted(found, key=lambda act: order.index(act.name) if act.name in order else 99)


def _fits(name: str, case: CaseHead) -> bool:
    return name not in _FITS or case.state in _FITS[name]


# --- tabs ---------------------------------------------------------------------------------------


def _tasks(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    return {"tasks": casetabs.tasks(uow, case), "states": TASK_STATES}


def _jobs(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    rows, older = casetabs.jobs(uow, case, before=request.args.get("before", "")[:32])
    return {"jobs": rows, "older": older}


def _waits(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    return {"waits": casetabs.waits(uow, case)}


def _variables(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    return {"scopes": casetabs.variables(uow, case), "changed": casetabs.changed(uow, case)}


def _decisions(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    return {"decisions": casetabs.decisions(uow, case)}


def _papers(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    return {"papers": casetabs.papers(uow, case)}


def _comments(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    return {"comments": casetabs.comments(uow, case)}


def _history(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    before = _number("before")
    rows, older = casetabs.history(uow, case, before=before)
    return {"rows": rows, "older": older}


def _audit(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    before = _number("before")
    rows, older = casetabs.links(uow, state.context(), state.actor(), case, before=before)
    return {"links": rows, "older": older}


def _tree(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    after = request.args.get("after", "")[:32]
    return {
        "tree": casetabs.tree(uow, state.context(), state.actor(), case, after=after),
        "after": after,
    }


def _version(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    return {"versions": casetabs.versions(uow, case)}


def _number(name: str) -> int:
    """Return a number of the address; what is none is 0."""
    said = request.args.get(name, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else 0


@dataclass(frozen=True, kw_only=True)
class Page:
    """A tab."""

    #: What it is called.
    label: Text
    #: What it shows, for its template ``cockpit/case/<key>.html``.
    read: Tab
    #: Which number of `caseviews.Counts` stands beside it; empty: none.
    count: str = ""


TABS: Mapping[str, Page] = {
    "tasks": Page(label=text("Tasks"), read=_tasks, count="tasks"),
    "jobs": Page(label=text("Jobs"), read=_jobs, count="jobs"),
    "variables": Page(label=text("Variables"), read=_variables),
    "history": Page(label=text("History"), read=_history, count="history"),
    "audit": Page(label=text("Audit log"), read=_audit),
    "waits": Page(label=text("Messages and signals"), read=_waits, count="waits"),
    "decisions": Page(label=text("Decisions"), read=_decisions),
    "papers": Page(label=text("Documents and signatures"), read=_papers, count="papers"),
    "comments": Page(label=text("Comments"), read=_comments, count="comments"),
    "tree": Page(label=text("Called processes"), read=_tree, count="children"),
    "version": Page(label=text("Version"), read=_version),
}


# --- pages --------------------------------------------------------------------------------------


@blueprint.get("/cases/<instance_id>/")
@allow(ADMINS)
def show(instance_id: str) -> ResponseReturnValue:
    """Show a case; a tab or the panel of an element alone if a script asks for that."""
    target = request.headers.get("HX-Target", "") if request.headers.get("HX-Request") else ""
    tab = request.args.get("tab", "")
    tab = tab if tab in TABS else "tasks"
    wanted = request.args.get("element", "")[:255]
    ctx, actor = state.context(), state.actor()
    with state.reading() as uow:
        if target == "tab":
            case = inspecting.seen(uow, ctx, actor, instance_id)
            return render_template(
                "cockpit/case/tab.html",
                tab=tab,
                id=instance_id,
                counts=inspecting.counts(uow, instance_id),
                **_words(),
                **TABS[tab].read(uow, case),
            )
        if target == "side" and wanted:
            element = inspecting.element(uow, ctx, actor, instance_id, wanted)
            return render_template(
                "cockpit/case/element.html", element=element, id=instance_id, **_words()
            )
        head = inspecting.head(uow, ctx, actor, instance_id)
        case = inspecting.seen(uow, ctx, actor, instance_id)
        chosen = inspecting.element_of(uow, ctx, case, head, wanted) if wanted else None
        shown = TABS[tab].read(uow, case)
    return render_template(
        "cockpit/case.html",
        case=head,
        element=chosen,
        id=instance_id,
        tab=tab,
        counts=head.counts,
        acts=acts_of(head),
        buttons=BUTTONS,
        state_words=lists.CASE_STATES[head.state],
        drawn=drawing.standing(head, state.language(), state.now()),
        **_words(),
        **shown,
    )


def _words() -> Mapping[str, object]:
    """Return what the templates say things with."""
    return {
        "tabs": TABS,
        "may_compare": state.actor().holds(ANALYST),
        "job_states": JOB_STATES,
        "job_kinds": JOB_KINDS,
        "task_states": TASK_STATES,
        "case_states": lists.CASE_STATES,
        "type_of": type_of,
        "happened": lambda line: happened(line, state.language()),
        "author": lambda line: author(line, state.language()),
        "days": lambda length, day: drawing.in_days(length, day, state.language()),
        "many": drawing.many,
        "some": drawing.some,
        "spent": lambda length: drawing.seconds(length, state.language()),
        "written": casetabs.written,
        "act_href": act_href,
        "endpoint": endpoint,
        "office_name": lambda code: rendering.office_name(code, state.language()),
        "page_address": _address,
    }


def _address(**changes: Any) -> str:
    """Return the address of this page with something else chosen."""
    instance_id = (request.view_args or {})["instance_id"]
    kept = {name: request.args[name] for name in ("tab", "element") if request.args.get(name)}
    said = {name: value for name, value in {**kept, **changes}.items() if value}
    return url_for("cockpit_case.show", instance_id=instance_id, **said)


def happened(line: EventLine, language: str) -> str:
    """Say what happened, in words; what no catalogue knows as it is called."""
    if line.what in timeline.WHOLE and not line.element:
        return translate(timeline.WHOLE[line.what], language)
    words = HAPPENED.get(line.what) or timeline.WORDS.get(line.what)
    if words is not None:
        return translate(words, language)
    key = f"history:{line.what}"
    return translate(key, language) if known(key, language) else line.what


def author(line: EventLine, language: str) -> str:
    """Say who did it: a person by name, else what kind of machine."""
    stead = line.detail.get("in_place_of")
    if isinstance(stead, str) and stead:
        said = text("{name} in the place of {other}", name=line.who, other=stead)
        return translate(said, language)
    return line.who or translate(KINDS.get(line.by, line.by), language)


@blueprint.get("/cases/<instance_id>/diagram.bpmn")
@allow(ADMINS)
def diagram(instance_id: str) -> ResponseReturnValue:
    """Send the diagram of the version that a case runs on."""
    with state.reading() as uow:
        case = inspecting.seen(uow, state.context(), state.actor(), instance_id)
        data = definitions.diagram(uow, case.row.definition_id)
    return Response(data, mimetype="application/xml")


@blueprint.get("/cases/<instance_id>/history.json")
@allow(ADMINS)
def history(instance_id: str) -> ResponseReturnValue:
    """Send a page of history, oldest first, to be played back: after the number ``after``."""
    after = _number("after")
    language = state.language()
    with state.reading() as uow:
        case = inspecting.seen(uow, state.context(), state.actor(), instance_id)
        rows, following = casetabs.playback(uow, case, after=after)
    steps = [
        drawing.step(row, happened(row, language), author(row, language), language) for row in rows
    ]
    return {"steps": steps, "next": following}
