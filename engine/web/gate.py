"""The sign-in page, also in the middle of work: what somebody typed waits behind it.

When a form arrives without a session, the page that asks to sign in carries the form's fields with
it. After signing in they become the task's draft, and the task opens with everything in place.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.model.text import Text, text
from engine.services import accounts, organisations
from engine.services.views import AccountView
from engine.web import rendering, state

#: A form larger than this is not carried along; no form of ours comes near.
KEPT_LIMIT = 400_000
TASK = re.compile(r"/tasks/([0-9A-Za-z-]{1,64})(?:/|$)")


@dataclass(frozen=True, kw_only=True)
class DemoPerson:
    """An account that the demo offers at sign-in."""

    #: Login.
    login: str
    #: Full name.
    name: str
    #: Role in words.
    role: str
    #: Office in words.
    office: str
    #: Region of the office; empty: the whole country.
    region: str


def local_path(address: str) -> str:
    """Return an address inside this server, or the inbox's: nobody is sent elsewhere."""
    parts = urlsplit(address)
    inside = address.startswith("/") and not address.startswith(("//", "/\\"))
    if not inside or parts.scheme or parts.netloc or "\\" in address:
        return url_for("inbox.show")
    return address


def demo_people() -> list[tuple[str, list[DemoPerson]]]:
    """Return the demo's accounts by office; nothing outside the demo.

    Offices of the whole country come first, then region by region.
    """
    if not state.installation().settings.demo:
        return []
    with state.reading() as uow:
        found = accounts.list_accounts(uow)
        regions = {one.code: one.region for one in organisations.list_organisations(uow)}
    people = [_demo_person(one, regions) for one in found if one.active]
    people.sort(key=lambda one: (one.region, one.office, one.name))
    return [(office, list(group)) for office, group in groupby(people, key=lambda one: one.office)]


def _demo_person(account: AccountView, regions: Mapping[str, str]) -> DemoPerson:
    language = state.language()
    roles = sorted({held.role for held in account.memberships if held.role != "supervisor"})
    offices = sorted({held.organisation for held in account.memberships})
    return DemoPerson(
        login=account.login,
        name=account.name,
        role=", ".join(rendering.role_name(role, language) for role in roles),
        office=rendering.office_name(offices[0], language) if offices else "",
        region=regions.get(offices[0], "") if offices else "",
    )


def page(
    *, aim: str = "", kept: str = "", login: str = "", error: Text | None = None, status: int = 200
) -> ResponseReturnValue:
    """Draw the sign-in page; `aim` is where one goes on, `kept` a form that waits."""
    body = render_template(
        "sign_in.html", aim=aim, kept=kept, login=login, error=error, offices=demo_people()
    )
    return body, status


def keep_and_ask() -> ResponseReturnValue:
    """Ask to sign in and carry the posted form along."""
    pairs = [(key, value) for key, value in request.form.items(multi=True) if key != "csrf_token"]
    kept = urlencode(pairs)
    aim = request.path
    task = TASK.match(aim)
    if task:
        aim = f"/tasks/{task[1]}"
    fits = task is not None and len(kept) <= KEPT_LIMIT
    return page(
        aim=aim if task else url_for("inbox.show"),
        kept=kept if fits else "",
        error=text("Your session is over. Sign in again; what you typed is kept.")
        if fits
        else text("Your session is over. Sign in again."),
        status=401,
    )


def kept_task(aim: str) -> str:
    """Return the id of the task that a kept form belongs to; empty: none."""
    found = TASK.match(aim)
    return found[1] if found else ""


def unpack(kept: str) -> Sequence[tuple[str, str]]:
    """Return the fields of a kept form."""
    return parse_qsl(kept[:KEPT_LIMIT], keep_blank_values=True)
