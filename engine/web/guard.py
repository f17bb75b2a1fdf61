"""Who is asking, and may she: runs before every view."""

from urllib.parse import urlencode

from flask import Flask, Response, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user

from engine.errors import Forbidden, NotFound
from engine.model.people import Actor
from engine.model.text import text
from engine.services import signing_in
from engine.web import gate, state
from engine.web.policy import policy_of
from engine.web.security import csrf

#: Views that a page asks for by itself; they do not keep a session alive.
POLLS = {"notices.pulse", "inbox.news", "sign_in.session_state"}
#: Views for which nobody is looked up: they are the same for all, with or without a database.
BLIND = {"assets.send", "watching.healthz", "watching.readyz"}
SAFE = {"GET", "HEAD", "OPTIONS"}


class User(UserMixin):  # type: ignore[misc]
    """Flask-Login's view of an actor."""

    def __init__(self, actor: Actor, number: int = 0) -> None:
        """Keep the actor and the number of this session."""
        self.actor = actor
        self.number = number

    def get_id(self) -> str:
        """Return the account's id and the session's number: all that a cookie carries of one."""
        return f"{self.actor.account}.{self.number}"


def _load(said: str) -> User | None:
    account, _, number = said.partition(".")
    current = int(number) if number.isascii() and number.isdigit() else 0
    try:
        with state.glance() as uow:
            return User(signing_in.load(uow, account, current, at=state.now()), current)
    except NotFound:
        return None


def _recognise() -> None:
    if request.endpoint in BLIND:
        return
    someone = current_user.actor if current_user.is_authenticated else None
    state.remember(someone)
    if someone is not None and session.get(state.OWN_LANGUAGE) != someone.language:
        session[state.OWN_LANGUAGE] = someone.language
    if request.endpoint not in POLLS and session.get("_user_id"):
        session.modified = True


def ask_to_sign_in() -> ResponseReturnValue:
    """Answer somebody whose session is over, without losing what she typed."""
    if request.headers.get("HX-Request"):
        # Nothing on the page is replaced: a script says that the session is over.
        return Response(status=401, headers={"HX-Reswap": "none", "HX-Trigger": "signed-out"})
    if request.headers.get("X-Requested-With") == "fetch":
        return Response(status=401)
    if request.method in SAFE:
        return redirect(
            url_for("sign_in.show")
            + "?"
            + urlencode({"next": request.script_root + request.full_path})
        )
    return gate.keep_and_ask()


def _admit() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None
    policy = policy_of(current_app, request.endpoint)
    someone = state.signed_in()
    if policy is None:
        raise Forbidden(text("This page is not open to anybody."))
    if not policy.allows(someone):
        if someone is None:
            return ask_to_sign_in()
        raise Forbidden(text("This page is for other roles than yours."))
    if request.method not in SAFE and policy.token:
        csrf.protect()
    return None


def stand_guard(app: Flask) -> None:
    """Look at every request: who, may she, is the form ours."""
    manager = LoginManager()
    manager.user_loader(_load)
    manager.session_protection = None
    manager.init_app(app, add_context_processor=False)
    app.before_request(_recognise)
    app.before_request(_admit)
