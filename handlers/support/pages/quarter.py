"""The quarter: numbers, charts, conclusion; on a page, on paper, as a workbook (S-13, S-14).

Who may see which quarter the records decide (`seen.conclusion_seen`): a centre its own from the
first day, the region and the family-policy body what was sent.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine.errors import Forbidden, NotFound
from engine.model.people import SUPERVISOR
from engine.model.text import text
from engine.services import signatures
from engine.services.views import CaseView, TaskView
from engine.web import rendering, state
from engine.web.extension import Link, Panel
from engine.web.files import XLSX
from engine.web.policy import allow, roles
from handlers.support import content, paper
from handlers.support.figures import EFFECTS, Figures, decimal, figures, quarter_name
from handlers.support.offices import HEAD, OVERSEER, POLICY, SPECIALIST
from handlers.support.pages.blueprint import blueprint
from handlers.support.records import Conclusion, earlier, seen
from handlers.support.records.conclusions import case_of

#: Who has to do with quarters; of which ones, the queries decide.
READERS = roles(SPECIALIST, HEAD, SUPERVISOR, OVERSEER, POLICY)


def _seen(uow: Any, number: str) -> Conclusion:
    found = seen.conclusion_seen(uow.session, state.actor(), number)
    if found is None:
        raise NotFound(text("There is no such quarter, or it is not yours to see"))
    return found


def _figures(uow: Any, found: Conclusion) -> Figures | None:
    return figures(found, earlier(uow.session, found.centre, found.quarter), state.language())


def shown(uow: Any, found: Conclusion) -> Mapping[str, object]:
    """Return what templates show of a quarter."""
    language = state.language()
    drawn = _figures(uow, found)
    effect = EFFECTS.get(str(found.content.get("effect")))
    return {
        "found": found,
        "figures": drawn,
        "quarter": quarter_name(found.quarter, language),
        "centre": rendering.office_name(found.centre, language),
        "effect": state.said(effect) if effect else "",
        "findings": str(found.content.get("findings") or ""),
        "shortcomings": content.points(found.content, "shortcomings"),
        "proposals": content.points(found.content, "proposals"),
        # Drawn by `engine.paper.charts`, which escapes every word in it.
        "pictures": {one.key: Markup(one.svg) for one in drawn.charts} if drawn else {},  # noqa: S704
        "decimal": _decimal,
    }


def _decimal(value: float | None) -> str:
    return decimal(value, state.language())


@blueprint.get("/quarters/<number>")
@allow(READERS)
def quarter(number: str) -> ResponseReturnValue:
    """Show a centre's quarter: numbers, charts, what the centre concludes."""
    with state.reading() as uow:
        found = _seen(uow, number)
        known = shown(uow, found)
    return render_template("support/quarter.html", **known)


@blueprint.get("/quarters/<number>/conclusion.pdf")
@allow(READERS)
def quarter_pdf(number: str) -> ResponseReturnValue:
    """Print the quarter: what the centre concludes, numbers, charts, tables."""
    with state.reading() as uow:
        found = _seen(uow, number)
        data = paper.conclusion(
            found,
            _figures(uow, found),
            centre=rendering.office_name(found.centre, state.language()),
            language=state.language(),
            at=state.now(),
            signatures=_signatures(uow, found),
        )
    return send(data, "application/pdf", f"conclusion-{found.quarter}.pdf", "inline")


@blueprint.get("/quarters/<number>/conclusion.xlsx")
@allow(READERS)
def quarter_xlsx(number: str) -> ResponseReturnValue:
    """Return the quarter as a workbook."""
    with state.reading() as uow:
        found = _seen(uow, number)
        data = paper.book(
            found,
            _figures(uow, found),
            centre=rendering.office_name(found.centre, state.language()),
            language=state.language(),
            at=state.now(),
        )
    return send(data, XLSX, f"conclusion-{found.quarter}.xlsx", "attachment")


def send(data: bytes, mime: str, name: str, how: str) -> Response:
    """Return a file; `how`: ``inline`` or ``attachment``."""
    headers = {"Content-Disposition": f'{how}; filename="{name}"'}
    return Response(data, mimetype=mime, headers=headers)


def _signatures(uow: Any, found: Conclusion) -> list[paper.Signed]:
    """Return the signatures that stand, as far as they are for the reader's eyes."""
    case = case_of(uow.session, found.number)
    if not case:
        return []
    with suppress(NotFound, Forbidden):
        chain = signatures.list_signatures(uow, state.context(), state.actor(), case)
        return [
            paper.Signed(
                name=one.who,
                office=rendering.pick(one.organisation, state.language()),
                at=one.at,
            )
            for one in chain
            if one.voided is None and one.valid and found.at and one.at >= found.at
        ]
    return []


def task_panels(uow: Any, view: TaskView, language: str) -> Sequence[Panel]:
    """Return the quarter's numbers and charts, over the form that concludes from them."""
    return _panels(uow, view.business_key, "above")


def sections(uow: Any, view: CaseView, language: str) -> Sequence[Panel]:
    """Return the same for the case of a quarter."""
    return _panels(uow, view.business_key, "main")


def _panels(uow: Any, number: str, place: str) -> list[Panel]:
    found = seen.conclusion_seen(uow.session, state.actor(), number)
    if found is None:
        return []
    return [Panel(template="support/panel_quarter.html", context=shown(uow, found), place=place)]


def links(uow: Any, view: CaseView, language: str) -> Sequence[Link]:
    """Return the quarter's page, its print and its workbook."""
    found = seen.conclusion_seen(uow.session, state.actor(), view.business_key)
    if found is None:
        return []
    number = found.number
    return [
        Link(
            label=text("The quarter"),
            href=url_for("support.quarter", number=number),
            icon="chart-bar",
        ),
        Link(
            label=text("Print"), href=url_for("support.quarter_pdf", number=number), icon="printer"
        ),
        Link(
            label=text("Workbook"),
            href=url_for("support.quarter_xlsx", number=number),
            icon="file-spreadsheet",
        ),
    ]
