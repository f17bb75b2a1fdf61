"""Coming and going: sign-in, sign-out, the choice of language."""

import contextlib

from flask import Blueprint, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import TooManyRequests

from engine.errors import Forbidden, ValueRefused, ZholdamaError
from engine.model.people import LANGUAGES
from engine.model.text import text
from engine.services import accounts, signing_in
from engine.web import attempts, drafting, gate, state
from engine.web.guard import User
from engine.web.policy import PUBLIC, STAFF, allow

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/sign-in")
@allow(PUBLIC)
def show() -> ResponseReturnValue:
    """Show the sign-in page."""
    if state.signed_in():
        return redirect(gate.local_path(request.args.get("next", "")))
    return gate.page(aim=request.args.get("next", ""))


@blueprint.post("/sign-in")
@allow(PUBLIC)
def enter() -> ResponseReturnValue:
    """Sign in: a new session, whatever the old one held."""
    login, aim = request.form.get("login", "").strip(), request.form.get("next", "")
    kept, counted = request.form.get("kept", ""), attempts.rules_of(login)
    # Before any password is hashed, which costs 155 ms.
    if not attempts.take(counted):
        raise TooManyRequests
    try:
        with state.writing() as uow:
            actor = signing_in.authenticate(
                uow, state.context(), login, request.form.get("password", "")
            )
            number = signing_in.session_of(uow, actor)
            attempts.take_back(uow, counted)
            uow.commit()
    except Forbidden:
        wrong = text("Login or password is wrong. Check both and try again.")
        return gate.page(aim=aim, kept=kept, login=login, error=wrong, status=403)
    language = session.get("language")
    session.clear()
    if language in LANGUAGES:
        session["language"] = language
    session.permanent = True
    login_user(User(actor, number))
    state.remember(actor)
    aim = gate.local_path(aim)
    if kept and gate.kept_task(aim):
        _bring_back(gate.kept_task(aim), kept)
    return redirect(aim)


def _bring_back(task_id: str, kept: str) -> None:
    """Make a draft of the form that waited; somebody else's task stays as it is."""
    with contextlib.suppress(ZholdamaError):
        drafting.keep(task_id, gate.unpack(kept))


@blueprint.post("/sign-out")
@allow(STAFF)
def leave() -> ResponseReturnValue:
    """Sign out, with every copy of the session; the language stays."""
    language = session.get("language")
    with state.writing() as uow:
        signing_in.end_sessions(uow, state.context(), state.actor())
        uow.commit()
    logout_user()
    session.clear()
    if language in LANGUAGES:
        session["language"] = language
    return redirect(url_for("sign_in.show"))


@blueprint.post("/language")
@allow(PUBLIC)
def choose_language() -> ResponseReturnValue:
    """Change the language, and keep it with the account."""
    code = request.form.get("code", "")
    if code not in LANGUAGES:
        raise ValueRefused(text("There is no such language."))
    session["language"] = code
    someone = state.signed_in()
    if someone:
        with state.writing() as uow:
            accounts.set_language(uow, someone, code)
            uow.commit()
    return redirect(gate.local_path(request.form.get("next", "")), code=303)


@blueprint.get("/signed-in")
@allow(STAFF)
def ready() -> ResponseReturnValue:
    """Tell who signed in again in a second window that she can go on in the first."""
    return render_template("signed_in.html")


@blueprint.get("/session")
@allow(PUBLIC)
def session_state() -> ResponseReturnValue:
    """Tell a page that stayed open whether one is signed in, and its new token."""
    return jsonify(signed_in=state.signed_in() is not None, csrf=generate_csrf())
