"""What people were told, and the small numbers in the menu."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.i18n import known
from engine.model.people import ADMIN
from engine.model.text import Text, text
from engine.services import notifications, tasks
from engine.services.cockpit import incidents
from engine.services.views import Counts, NotificationView
from engine.web import parts, say, state
from engine.web.inbox import number
from engine.web.policy import STAFF, allow

blueprint = Blueprint("notices", __name__)

#: Sentences of the engine's own notifications; a domain's face adds its own.
OWN: dict[str, Text] = {
    "reminder": text("Half of the time for {case} is over"),
    "overdue": text("{case} is overdue"),
    "assigned": text("{case} was assigned to you"),
    "taken_back": text("{case} was taken back into the queue"),
    "returned": text("{case} came back with remarks"),
    "incident": text("{case} is stopped by an incident"),
    "completed": text("{case} is completed"),
    "case_cancelled": text("{case} was cancelled"),
    "substitution_set": text("You will work in the place of {absent} from {first} to {last}"),
    "substitution_begun": text(
        "You work in the place of {absent} until {last}. Tasks handed over: {count}"
    ),
    "substitution_absent": text("{substitute} works in your place from {first} to {last}"),
    "substitution_over": text(
        "{substitute} does not work in the place of {absent} any more. "
        "Tasks back in the queue: {count}"
    ),
}


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A notification as the page shows it."""

    #: The services' row.
    row: NotificationView
    #: Its sentence.
    said: str
    #: Where a press on it goes: it is marked as read, and opens.
    href: str


def _said(value: object) -> object:
    """Say a day as people do; all else as it is."""
    return say.day(value, state.language(), weekday=False) if type(value) is date else value


def _sentence(row: NotificationView) -> str:
    values = {"case": row.business_key, **{key: _said(one) for key, one in row.params.items()}}
    found = OWN.get(row.kind)
    for face in state.context().faces.values():
        found = face.notices().get(row.kind, found)
    if found is None:
        key = f"notice:{row.kind}"
        found = Text(key) if known(key, state.language()) else text("{case}: {kind}")
        values["kind"] = row.kind
    try:
        return state.said(Text(found.msgid, {**values, **found.params}))
    except KeyError:  # a value is missing: the number of the case is better than an error
        return row.business_key


def _href(row: NotificationView) -> str:
    return url_for("notices.follow", notification_id=row.id)


@blueprint.get("/")
@allow(STAFF)
def show() -> ResponseReturnValue:
    """Show mine, newest first."""
    with state.reading() as uow:
        found = notifications.list_notifications(uow, state.context(), state.actor(), size=100)
    said = [Notice(row=row, said=_sentence(row), href=_href(row)) for row in found]
    return render_template(
        "notices/list.html", notices=said, unread=any(not n.row.read for n in said)
    )


@blueprint.post("/<notification_id>")
@allow(STAFF)
def follow(notification_id: str) -> ResponseReturnValue:
    """Open what a notification is about, and mark it as read."""
    with state.writing() as uow:
        mine = notifications.list_notifications(uow, state.context(), state.actor(), size=100)
        notifications.mark_read(uow, state.context(), state.actor(), notification_id)
        row = next((one for one in mine if one.id == notification_id), None)
        place = _place(uow, row) if row else url_for("notices.show")
        uow.commit()
    return redirect(place, code=303)


def _place(uow: Any, row: NotificationView) -> str:
    """Return the page of what a notification is about; the list, if it is not hers any more."""
    own = parts.notice_link(row)
    if own:
        return own
    if not notifications.opens(uow, state.context(), state.actor(), row):
        told = text("The work on {case} has moved on to others.", case=row.business_key)
        flash(state.said(told), "late")
        return url_for("notices.show")
    if row.task_id:
        return url_for("task.show", task_id=row.task_id)
    if row.instance_id:
        return url_for("cases.show", instance_id=row.instance_id)
    return url_for("notices.show")


@blueprint.post("/read")
@allow(STAFF)
def read_all() -> ResponseReturnValue:
    """Mark all of mine as read."""
    with state.writing() as uow:
        notifications.mark_read(
            uow, state.context(), state.actor(), request.form.get("notification", "")
        )
        uow.commit()
    return redirect(url_for("notices.show"), code=303)


@blueprint.get("/pulse")
@allow(STAFF)
def pulse() -> ResponseReturnValue:
    """Return the numbers beside the menu's lines, for a script that puts them there."""
    with state.reading() as uow:
        counts = tasks.counts(uow, state.context(), state.actor())
        unread = notifications.count_unread(uow, state.context(), state.actor())
        failed = (
            incidents.count_open(uow, state.actor(), Counts.CAP)
            if state.actor().holds(ADMIN)
            else 0
        )
    said = {
        "inbox": number(counts.office),
        "notices": number(unread),
        "incidents": number(failed),
    }
    return "", 200, {"HX-Trigger": json.dumps({"pulse": said})}
