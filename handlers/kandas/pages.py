"""Pages of order 170: opening a case, panels beside a task, sections of a case, print."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import Conflict, Forbidden, NotFound
from engine.model.people import SUPERVISOR, Candidate
from engine.model.text import text
from engine.services import (
    access,
    bundles,
    definitions,
    instances,
    organisations,
    signatures,
    tasks,
)
from engine.services.views import CaseState, CaseView, TaskView
from engine.signing import enveloped
from engine.web import state
from engine.web.extension import Link, Panel, Term, WebExtension
from engine.web.policy import STAFF, allow, roles
from handlers.kandas import attachments, cases, printing, records, showing
from handlers.kandas.face import PROCESS
from handlers.kandas.findings import findings
from handlers.kandas.regions import offices
from handlers.people import records as people

blueprint = Blueprint("kandas", __name__, url_prefix="/kandas")
#: Steps at which the signer looks at people and answers before signing.
CHECKING = frozenset({"recheck", "head_check", "origin_check", "completeness"})
#: Steps at which somebody talks with the family.
TALKING = frozenset(
    {"scans", "contact", "advice", "vacancies", "move", "unemployment_draft", "plan_draft"}
)
#: Gateways that wait for news from outside: element → what the button says and does.
NEWS = {
    "unreachable_wait": ("kandas.appeared", text("The family has turned up")),
    "job_search": ("kandas.vacancy_found", text("A vacancy has come up")),
}


@blueprint.get("/new")
@allow(roles(cases.OPENER))
def new() -> ResponseReturnValue:
    """Ask at which career centre the family turned up."""
    centres = sorted(state.actor().organisations(cases.OPENER))
    with state.reading() as uow:
        found = [organisations.load(uow, code) for code in centres]
        suspended = definitions.suspended(uow, PROCESS)
    return render_template("kandas/new.html", centres=found, suspended=suspended)


@blueprint.post("/new")
@allow(roles(cases.OPENER))
def open_case() -> ResponseReturnValue:
    """Open a case and go to its first task (K-5)."""
    centre = request.form.get("centre", "")
    with state.writing() as uow:
        _, instance = cases.open_case(uow, state.context(), state.actor(), centre)
        first = instances.view(uow, state.context(), state.actor(), instance).tasks[0]
        tasks.claim(uow, state.context(), state.actor(), first.task_id)
        uow.commit()
    return redirect(url_for("task.show", task_id=first.task_id), code=303)


def _case(uow: Any, instance_id: str) -> CaseView:
    """Return a case of order 170 that the reader may see; `NotFound`, also for one of another."""
    view = instances.view(uow, state.context(), state.actor(), instance_id)
    if view.process != PROCESS:
        raise access.no_case()
    return view


@blueprint.post("/<instance_id>/withdraw")
@allow(roles(cases.OPENER, "mobility_specialist", "supervisor"))
def withdraw(instance_id: str) -> ResponseReturnValue:
    """Close the case: the kandas withdraws the application (A-09)."""
    return _news(instance_id, cases.withdraw, "")


@blueprint.post("/<instance_id>/appeared")
@allow(roles(cases.OPENER, "mobility_specialist", "supervisor"))
def appeared(instance_id: str) -> ResponseReturnValue:
    """Go back to K-14: the family has turned up."""
    return _news(instance_id, cases.appeared, "unreachable_wait")


@blueprint.post("/<instance_id>/vacancy")
@allow(roles("mobility_specialist", "supervisor"))
def vacancy(instance_id: str) -> ResponseReturnValue:
    """Go back to K-16: a vacancy has come up."""
    return _news(instance_id, cases.vacancy_found, "job_search")


def _news(instance_id: str, tell: Any, waiting: str) -> ResponseReturnValue:
    """Pass on what the family said, by an office that talks with it, where the case waits."""
    with state.writing() as uow:
        view = _case(uow, instance_id)
        if not _talks_with_family(uow, view):
            raise Forbidden(text("Only the offices that talk with the family may do this"))
        # A message that nobody waits for would lie there and be taken at the wrong moment.
        if waiting and waiting not in view.here:
            raise Conflict(text("The case does not wait for this any more"))
        tell(uow, state.context(), state.actor(), view.business_key)
        uow.commit()
    return redirect(url_for("cases.show", instance_id=instance_id), code=303)


@blueprint.get("/<instance_id>/application.pdf")
@allow(STAFF)
def application(instance_id: str) -> ResponseReturnValue:
    """Print the application: annex 2, word for word."""
    with state.reading() as uow:
        view = _case(uow, instance_id)
        data = printing.application(
            uow.session, view, state.now(), lambda signature: _serial(uow, signature)
        )
    name = f'inline; filename="application-{view.started:%Y%m%d}.pdf"'
    return Response(data, mimetype="application/pdf", headers={"Content-Disposition": name})


def _serial(uow: Any, signature: str) -> str:
    """Return the serial number of the certificate inside a stored signature."""
    signed = signatures.signed_document(uow, state.context(), state.actor(), signature)
    return enveloped.last_serial(signed)


@blueprint.get("/<instance_id>/answers/<answer_id>")
@allow(STAFF)
def answer(instance_id: str, answer_id: str) -> ResponseReturnValue:
    """Show what was asked and answered, as it went over the wire."""
    with state.reading() as uow:
        view = _case(uow, instance_id)
        found = people.answer_text(uow.session, answer_id)
    if found is None or found[0] != view.business_key:
        raise NotFound(text("There is no such answer in this case."))
    return render_template("kandas/answer.html", case=view, request_text=found[1], answer=found[2])


def task_panels(uow: Any, view: TaskView, language: str) -> Sequence[Panel]:
    """Return what a task's page shows beside its form."""
    session, number = uow.session, view.business_key
    family = people.family(session, number)
    panels: list[Panel] = []
    if view.element.id in CHECKING and family:
        found = showing.members(session, family, number, language)
        panels.append(
            Panel(template="kandas/family.html", context={"people": found}, place="above")
        )
        panels += _version_panel(session, view)
    if view.element.id in TALKING and family:
        found = showing.members(session, family, number, language)
        panels += _contacts(session, found, number, language)
    panels += _since(session, number, language)
    panels += _findings(uow, view, language)
    answers = showing.answers(session, number, language)
    if answers:
        panels.append(_answers_panel(answers, view.instance_id))
    return panels


def _findings(
    uow: Any, view: TaskView | CaseView, language: str, *, place: str = "aside"
) -> list[Panel]:
    """Return what the offices before wrote down: whoever signs next knows it."""
    bundle = bundles.of_definition(uow, state.context(), view.definition_id)
    portal = str(_variables(uow, view).get("portal_number") or "")
    found = findings(uow.session, bundle, view.business_key, language, portal=portal)
    if not found:
        return []
    return [Panel(template="kandas/findings.html", context={"findings": found}, place=place)]


def _variables(uow: Any, view: TaskView | CaseView) -> Mapping[str, object]:
    """Return the case's variables; a case's view has them for administrators alone."""
    found: Mapping[str, object] = view.variables or uow.instances.variables(view.instance_id)
    return found


def _version_panel(session: Any, view: TaskView) -> list[Panel]:
    """Return what will be signed: number and checksum of the version, scans in it."""
    found = records.application(session, view.business_key)
    version = records.version(session, view.business_key, found.version) if found else None
    if version is None:
        return []
    context = {
        "version": version,
        "scans": len(version.documents),
        "voided": sum(one.voided is not None for one in view.signatures),
        "href": url_for("kandas.application", instance_id=view.instance_id),
    }
    return [Panel(template="kandas/version.html", context=context, place="above")]


def _contacts(
    session: Any, family: Sequence[showing.Member], number: str, language: str
) -> list[Panel]:
    """Return how the family is reached; its people too, where no table shows them."""
    application = records.application(session, number)
    reached = showing.contacts(application, language) if application else []
    context = {"reached": reached, "people": family}
    return [Panel(template="kandas/contacts.html", context=context)] if reached else []


def _since(session: Any, number: str, language: str) -> list[Panel]:
    rounds = showing.rounds(session, number, language)
    changes = showing.changed(session, number, language)
    if not (rounds or changes):
        return []
    context = {"rounds": rounds, "changes": changes}
    return [Panel(template="kandas/since.html", context=context)]


def _answers_panel(answers: Sequence[showing.Answer], instance_id: str) -> Panel:
    context = {
        "answers": answers,
        "attention": sum(one.attention for one in answers),
        "instance_id": instance_id,
    }
    return Panel(template="kandas/answers.html", context=context)


def case_sections(uow: Any, view: CaseView, language: str) -> Sequence[Panel]:
    """Return what a case's page shows of the family."""
    session, number = uow.session, view.business_key
    family = people.family(session, number)
    panels: list[Panel] = []
    if family:
        found = showing.members(session, family, number, language)
        panels.append(Panel(template="kandas/family.html", context={"people": found}, place="main"))
    acts = {
        "move": records.move(session, number),
        "offers": records.offers(session, number),
        "attempts": records.attempts(session, number),
        "plan": records.plan(session, number),
        "decision": records.decision(session, number),
    }
    panels += _findings(uow, view, language, place="main")
    if any(acts.values()):
        panels.append(Panel(template="kandas/acts.html", context=acts, place="main"))
    panels += _contacts(session, [], number, language)
    panels += _since(session, number, language)
    answers = showing.answers(session, number, language)
    if answers:
        panels.append(_answers_panel(answers, view.instance_id))
    if view.state is CaseState.ACTIVE:
        panels.append(_news_panel(uow, view))
    return panels


def _talks_with_family(uow: Any, view: CaseView) -> bool:
    """Tell whether the actor works at, or heads, the case's first or last office (A-09)."""
    found = records.application(uow.session, view.business_key)
    if found is None:
        return False
    places = offices(found.origin_centre, found.destination)
    talkers = {
        Candidate(cases.OPENER, places["origin_cc"]),
        Candidate("mobility_specialist", places["dest_mc"]),
        Candidate(SUPERVISOR, places["origin_cc"]),
        Candidate(SUPERVISOR, places["dest_mc"]),
    }
    return not talkers.isdisjoint(state.actor().memberships)


def _news_panel(uow: Any, view: CaseView) -> Panel:
    routes = {"kandas.appeared": "kandas.appeared", "kandas.vacancy_found": "kandas.vacancy"}
    found = [
        {"href": url_for(routes[NEWS[one][0]], instance_id=view.instance_id), "label": NEWS[one][1]}
        for one in view.here
        if one in NEWS
    ]
    context = {
        "news": found,
        "withdraw": url_for("kandas.withdraw", instance_id=view.instance_id),
        "may": _talks_with_family(uow, view),
    }
    return Panel(template="kandas/news.html", context=context)


def case_links(uow: Any, view: CaseView, language: str) -> Sequence[Link]:
    """Return the print of the application once there is one."""
    found = records.application(uow.session, view.business_key)
    if found is None or not found.version:
        return []
    href = url_for("kandas.application", instance_id=view.instance_id)
    return [Link(label=text("Print the application"), href=href, icon="printer")]


def case_term(uow: Any, view: TaskView | CaseView) -> Term | None:
    """Return the nine working days that run from registration (K-7); None before it."""
    variables = _variables(uow, view)
    since, due = variables.get("registered_at"), variables.get("total_due")
    if not isinstance(since, datetime) or not isinstance(due, datetime):
        return None
    return Term(since=since, due=due)


def menu() -> Sequence[Link]:
    """Return the menu's line for opening a case, for who may."""
    someone = state.signed_in()
    if someone is None or not someone.holds(cases.OPENER):
        return []
    return [Link(label=text("New family"), href=url_for("kandas.new"), icon="user-plus")]


def admin_links() -> Sequence[Link]:
    """Return the demo's link to the page of switches of the outside systems' sandbox."""
    installation = state.installation()
    address = installation.context.settings.get("registries.url", "")
    if not (installation.settings.demo and address):
        return []
    href = f"{address}/?lang={state.language()}"
    return [Link(label=text("Outside systems"), href=href, icon="settings")]


page_extension = WebExtension(
    name="kandas",
    blueprint=blueprint,
    task_panels={"kandas/": task_panels},
    case_sections={PROCESS: case_sections},
    case_links={PROCESS: case_links},
    case_terms={PROCESS: case_term},
    document_names={PROCESS: attachments.names},
    menu=menu,
    admin_links=admin_links,
    templates=Path(__file__).parent / "templates",
)
