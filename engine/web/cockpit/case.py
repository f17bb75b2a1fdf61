"""The page of one case: where it stands, what it went through, and everything that belongs to it.

``/cases/<id>/?tab=jobs&element=check``: every tab and every element has an address of its own and
works without scripts; with them htmx fetches the tab (target ``tab``) or the panel of the element
(target ``side``) alone.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.i18n import known, translate
from engine.model.people import ANALYST
from engine.model.text import text
from engine.services import definitions
from engine.services.cockpit import casetabs, casevalues, inspecting, jobs
from engine.services.cockpit.caseviews import EventLine
from engine.services.workshop.saying import type_of
from engine.web import lists, rendering, state, timeline
from engine.web.cockpit import drawing
from engine.web.cockpit.casepages import TABS, TASK_STATES, row_number
from engine.web.cockpit.jobs import STATES
from engine.web.cockpit.offered import BUTTONS, act_href, acts_of
from engine.web.policy import ADMINS, allow

blueprint = Blueprint("cockpit_case", __name__)

#: What happened at an element, where a page for everybody would not tell it.
HAPPENED = {
    "finished": text("the handler has answered"),
    "error": text("ended with an error"),
    "fired": text("the timer has fired"),
}
KINDS = {
    "person": text("person"),
    "timer": text("timer"),
    "handler": text("handler"),
    "system": text("system"),
}


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
        "job_states": STATES,
        "job_kinds": {one.value: said for one, said in jobs.KINDS.items()},
        "task_states": TASK_STATES,
        "case_states": lists.CASE_STATES,
        "type_of": type_of,
        "happened": lambda line: happened(line, state.language()),
        "author": lambda line: author(line, state.language()),
        "days": lambda length, day: drawing.in_days(length, day, state.language()),
        "many": drawing.many,
        "some": drawing.some,
        "spent": lambda length: drawing.seconds(length, state.language()),
        "written": casevalues.written,
        "act_href": act_href,
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
    after = row_number("after")
    language = state.language()
    with state.reading() as uow:
        case = inspecting.seen(uow, state.context(), state.actor(), instance_id)
        rows, following = casetabs.playback(uow, case, after=after)
    steps = [
        drawing.step(row, happened(row, language), author(row, language), language) for row in rows
    ]
    return {"steps": steps, "next": following}
