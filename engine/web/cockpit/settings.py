"""Settings: what the law leaves open, changed here; what the environment says, only shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import Conflict, FormRefused
from engine.i18n import known, translate
from engine.model.text import Text
from engine.services import settings
from engine.services.settings import Change, SettingView
from engine.web import state
from engine.web.policy import ADMINS, allow

blueprint = Blueprint("cockpit_settings", __name__)

#: Longest reason.
REASON = 2000


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What stands in the form: as it is, or what was sent and refused."""

    value: str
    reason: str = ""
    #: The value that was looked at.
    was: str
    #: Errors by field.
    errors: Mapping[str, Sequence[Text]] = field(default_factory=dict)
    #: Why it was not saved, if not for a field.
    trouble: Text | None = None


@blueprint.get("/settings/")
@allow(ADMINS)
def index() -> ResponseReturnValue:
    """List settings by what they belong to."""
    with state.reading() as uow:
        found = settings.list_settings(uow, state.context(), state.actor())
    groups = [(prefix, _title(prefix), rows) for prefix, rows in found.items()]
    return render_template("cockpit/settings/index.html", groups=groups, environment=_environment())


def _title(prefix: str) -> str:
    key = f"settings:{prefix}"
    return translate(key, state.language()) if known(key, state.language()) else prefix


def _environment() -> list[tuple[str, str]]:
    """Return what the environment says that holds no secret; it changes with a restart."""
    found = state.installation().settings
    return [
        ("ZHOLDAMA_JOBS", found.jobs),
        ("ZHOLDAMA_LEASE", str(int(found.lease.total_seconds()))),
        ("ZHOLDAMA_HTTPS", str(int(found.https))),
        ("ZHOLDAMA_PROXY", found.proxy),
        ("ZHOLDAMA_DEMO", str(int(found.demo))),
        ("ZHOLDAMA_EXTENSIONS", ", ".join(found.extensions)),
        ("ZHOLDAMA_LOG", found.watching.log),
        ("ZHOLDAMA_METRICS_PORT", str(found.watching.port or "")),
    ]


@blueprint.get("/settings/<setting>")
@allow(ADMINS)
def show(setting: str) -> ResponseReturnValue:
    """Show one setting with its form."""
    found = _load(setting)
    return _form(found, Typed(value=found.value, was=found.value))


def _load(name: str) -> SettingView:
    with state.reading() as uow:
        return settings.load(uow, state.context(), state.actor(), name)


def _form(found: SettingView, typed: Typed, status: int = 200) -> ResponseReturnValue:
    return render_template("cockpit/settings/setting.html", found=found, typed=typed), status


@blueprint.post("/settings/<setting>")
@allow(ADMINS)
def change(setting: str) -> ResponseReturnValue:
    """Set it, or (``back``) take back what was set here."""
    said = request.form
    typed = Typed(
        value=said.get("value", "")[: settings.LONGEST + 1],
        reason=said.get("reason", "")[:REASON],
        was=said.get("was", ""),  # Whole: what stands in the environment may be longer.
    )
    value = None if "back" in said else typed.value
    wish = Change(value=value, reason=typed.reason, was=typed.was)
    try:
        with state.writing() as uow:
            settings.change(uow, state.context(), state.actor(), setting, wish)
            uow.commit()
    except FormRefused as refused:
        return _form(_load(setting), replace(typed, errors=refused.errors), 400)
    except Conflict as refused:
        found = _load(setting)
        return _form(found, replace(typed, trouble=refused.text, was=found.value), 409)
    flash(state.said("The setting is changed; what begins from now on goes by it."), "ok")
    return redirect(url_for("cockpit_settings.index"), code=303)
