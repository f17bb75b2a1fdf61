"""The audit log: who did what, who looked at whose data, and the proof that nothing was changed."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import ValueRefused
from engine.i18n import translate_count
from engine.model.calendar import ZONE
from engine.model.substitution import begins
from engine.model.text import Text, text
from engine.services import access, audit, auditfiles, heads, search
from engine.services.cockpit import trail
from engine.services.cockpit.trailwords import known_acts
from engine.web import asking, rendering, searching, state
from engine.web.files import attachment
from engine.web.policy import ADMINS, allow

blueprint = Blueprint("cockpit_audit", __name__)

#: Groups of acts in the filter, by the first part of their names.
GROUPS = {
    "instance": text("What cases did"),
    "case": text("Acts on cases"),
    "task": text("Acts on tasks"),
    "job": text("Acts on jobs"),
    "incident": text("Acts on incidents"),
    "definition": text("Acts on versions"),
    "handler": text("Acts on handlers"),
    "batch": text("Batches"),
    "access": text("Looks at data"),
    "account": text("Accounts"),
    "deployment": text("Deployments"),
    "setting": text("Settings"),
}
#: What the address says of a filter.
ASKED = ("who", "act", "q", "subject", "batch", "looks", "since", "until")


@blueprint.get("/audit/")
@allow(ADMINS)
def show() -> ResponseReturnValue:
    """Show a page of the log, newest first."""
    cleaned = searching.cleaned("cockpit_audit.show")
    if cleaned is not None:
        return cleaned
    before = asking.whole(request.args.get("before", ""), 0, least=0, most=10**9)
    ctx, actor = state.context(), state.actor()
    with state.reading() as uow:
        asked, words = _asked(uow)
        found = trail.page(uow, ctx, actor, asked, before=before)
        acts = list(known_acts(trail.acts(uow, actor)))
        proven = _proven(uow) if access.reach(uow, actor) is None else None
    return render_template(
        "cockpit/audit.html",
        page=found,
        asked=asked,
        words=words,
        acts=_grouped(acts),
        proven=proven,
        link=_link,
        case_href=_case_href,
        args=request.args,
        today=state.now().astimezone(ZONE).date(),
    )


@blueprint.post("/audit/find")
@allow(ADMINS)
def find() -> ResponseReturnValue:
    """Filter: lead to the list with what was typed of a person sealed in its address."""
    return searching.led("cockpit_audit.show")


@blueprint.post("/audit/verify")
@allow(ADMINS)
def verify() -> ResponseReturnValue:
    """Walk the whole chain, hold it against the published heads, and say whether all of it fits."""
    ctx, actor = state.context(), state.actor()
    settings = state.installation().settings
    file = heads.file_of(settings.values, settings.own_key_file)
    with state.reading() as uow:
        access.everywhere(uow, actor)
        try:
            known = heads.load(uow, file).heads if file else ()
        except (ValueRefused, OSError) as problem:
            flash(state.said(_why(problem)), "late")
            return redirect(rendering.address("cockpit_audit.show"), code=303)
        report = audit.verify(uow, known)
    with state.writing() as uow:
        heads.remember(uow, ctx, report)
        uow.commit()
    if report.trouble is not None:
        flash(state.said(text("{trouble}.", trouble=report.trouble)), "late")
    else:
        flash(_holds(report), "ok")
    return redirect(rendering.address("cockpit_audit.show"), code=303)


def _why(problem: ValueRefused | OSError) -> Text:
    if isinstance(problem, ValueRefused):
        return problem.text
    return text("The file of the published heads cannot be read")


def _holds(report: Any) -> str:
    fits = translate_count(
        "{n} link, all of them fit. Head: {head}",
        "{n} links, all of them fit. Head: {head}",
        report.count,
        state.language(),
        head=report.head[:16],
    )
    held = translate_count(
        "Held against {n} published head.",
        "Held against {n} published heads.",
        report.heads,
        state.language(),
    )
    return f"{fits} {held}"


@blueprint.get("/audit/days/<day>.jsonl")
@allow(ADMINS)
def export(day: str) -> ResponseReturnValue:
    """Send a day of the log as a sealed file."""
    asked = asking.day(day, None)
    if asked is None:
        raise ValueRefused(text("Write the date as a day of the calendar."))
    ctx, actor = state.context(), state.actor()
    with state.writing() as uow:
        access.everywhere(uow, actor)
        audit.append(uow, ctx, actor, "audit.export", f"day:{asked.isoformat()}")
        uow.commit()
    database = state.installation().database

    def flow() -> Iterator[str]:
        with database.reading() as uow:
            yield from auditfiles.day(uow, asked)

    return attachment(flow(), f"audit-{asked}.jsonl", "application/x-ndjson")


def _asked(uow: Any) -> tuple[trail.Query, str]:
    args = request.args
    words = search.opened(uow, args.get("q", ""))
    query = trail.Query(
        who=args.get("who", "").strip()[:100],
        act=args.get("act", "")[:64],
        words=words,
        subject=args.get("subject", "")[:300],
        batch=args.get("batch", "")[:32],
        looks=args.get("looks") == "1",
        since=_moment(args.get("since", ""), 0),
        until=_moment(args.get("until", ""), 1),
    )
    return query, words


def _moment(said: str, later: int) -> datetime | None:
    found = asking.day(said, None)
    return None if found is None else begins(found + timedelta(days=later))


def _link(**more: Any) -> str:
    """Return this page's address with some of its filters changed; empty ones are left out."""
    said = {name: request.args.get(name, "") for name in ASKED} | more
    return rendering.address(
        "cockpit_audit.show", **{name: value for name, value in said.items() if value}
    )


def _case_href(instance_id: str) -> str:
    return rendering.address("cockpit_case.show", instance_id=instance_id)


def _grouped(acts: list[tuple[str, Text]]) -> list[tuple[Text, str, list[tuple[str, Text]]]]:
    """Return acts under the headings of the filter; what belongs to none stands at the end."""
    found = [
        (title, f"{part}.", [one for one in acts if one[0].startswith(f"{part}.")])
        for part, title in GROUPS.items()
    ]
    rest = [one for one in acts if one[0].partition(".")[0] not in GROUPS]
    return [one for one in [*found, (text("Other acts"), "", rest)] if one[2]]


def _proven(uow: Any) -> dict[str, Any]:
    """Return the last published head and the last look at the chain, as the page tells them."""
    told = uow.settings.get(heads.VERIFIED)
    looked = json.loads(told) if told else None
    if looked is not None:
        looked["at"] = datetime.fromisoformat(looked["at"])
    number, _ = uow.audit.head()
    return {"published": heads.last_published(uow), "looked": looked, "number": number}
