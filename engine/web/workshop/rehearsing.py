"""The pages of a rehearsal: all of the real ones, a bar above them, and a page to direct it from.

Who plays is signed in by the rehearsal itself; after every act what became due is done at once.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user

from engine.errors import NotFound, ValueRefused
from engine.model.calendar import ZONE
from engine.model.people import ADMIN, LANGUAGES, Actor, Candidate
from engine.model.text import text
from engine.services import access, definitions, signing_in
from engine.services.workshop.likeness import Likeness
from engine.services.workshop.scenarios import Scenario
from engine.web import gate, rendering, say, state
from engine.web.application import create_app
from engine.web.guard import User
from engine.web.policy import PUBLIC, allow

blueprint = Blueprint("rehearsing", __name__)

#: How far the clock may be moved at once.
FURTHEST = timedelta(days=400)
#: Ways in which outside systems behave that one may want to see.
MODES = {
    "ok": text("answers"),
    "down": text("is down"),
    "not_found": text("knows nothing"),
    "malformed": text("answers with half an answer"),
    "other_person": text("answers about somebody else"),
    "wrong_signature": text("signs wrongly"),
    "slow": text("is too slow"),
}
MOVES = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}


def pages(rehearsal: Any) -> Flask:
    """Return the application of a rehearsal."""
    app = create_app(rehearsal)
    app.extensions["zholdama.rehearsal"] = rehearsal
    app.config.update(
        SESSION_COOKIE_NAME="zholdama-rehearsal",
        SESSION_COOKIE_PATH=f"/workshop/rehearsals/{rehearsal.about.id}/",
    )
    app.register_blueprint(blueprint, url_prefix="/rehearsal")
    # Before the guard: whoever comes is let in by the installation, and plays somebody.
    app.before_request_funcs.setdefault(None, []).insert(0, _arrive)
    app.after_request(_settle)
    app.context_processor(lambda: {"rehearsal": _Bar(rehearsal)})
    return app


def _here() -> Any:
    return current_app.extensions["zholdama.rehearsal"]


def _arrive() -> ResponseReturnValue | None:
    """Lead to the page to direct from, and sign somebody in who may see something."""
    if session.get("language") not in LANGUAGES:
        session["language"] = request.environ.get("zholdama.language", LANGUAGES[0])
    if request.endpoint == "frame.front_door":
        return redirect(url_for("rehearsing.show"))
    if not current_user.is_authenticated and request.endpoint != "assets.send":
        _play(_someone())
    return None


def _someone() -> str:
    """Return who plays first: the first who has something to do, else an administrator."""
    found = _here()
    waiting = [row for row in found.open_tasks() if row.role]
    if waiting:
        return str(found.play(f"{waiting[0].role}@{waiting[0].organisation}"))
    return str(found.anybody(ADMIN))


def _play(account: str) -> Actor:
    with state.reading() as uow:
        actor = signing_in.load(uow, account)
        number = signing_in.session_of(uow, actor)
    login_user(User(actor, number))
    return actor


def _settle(answer: Response) -> Response:
    """After an act on one of the real pages: do what it led to."""
    own = (request.endpoint or "").startswith("rehearsing.")
    onward = answer.status_code in {302, 303} or "HX-Redirect" in answer.headers
    if request.method == "POST" and onward and not own:
        _here().settle()
    return answer


class _Bar:
    """What the bar above every page shows; asked only where it is drawn."""

    def __init__(self, rehearsal: Any) -> None:
        self._rehearsal = rehearsal
        self.about = rehearsal.about

    @property
    def now(self) -> datetime:
        """Return the rehearsal's moment."""
        return state.now()

    @property
    def who(self) -> str:
        """Return who plays."""
        someone = state.signed_in()
        return someone.name if someone else ""

    @property
    def roles(self) -> list[dict[str, Any]]:
        """Return the roles that have something to do, each with how much."""
        counted: dict[str, int] = {}
        for row in self._rehearsal.open_tasks():
            if row.role:
                name = f"{row.role}@{row.organisation}"
                counted[name] = counted.get(name, 0) + 1
        return [_role(name, count) for name, count in counted.items()]

    @property
    def task(self) -> str:
        """Return the task whose page this is; empty: it is another page."""
        said = (request.view_args or {}).get("task_id", "")
        return str(said) if request.endpoint == "task.show" else ""

    @property
    def directing(self) -> bool:
        """Tell whether this is the page to direct from."""
        return request.endpoint == "rehearsing.show"


def _role(name: str, count: int) -> dict[str, Any]:
    role, _, office = name.partition("@")
    someone = state.signed_in()
    return {
        "value": name,
        "role": rendering.role_name(role, state.language()),
        "office": _office(office),
        "count": count,
        "here": bool(someone and Candidate(role, office) in someone.memberships),
    }


def _office(code: str) -> str:
    try:
        return rendering.office_name(code, state.language())
    except NotFound:
        return code


@blueprint.get("/")
@allow(PUBLIC)
def show() -> ResponseReturnValue:
    """Show the page to direct the rehearsal from."""
    found = _here()
    cases = [row for row in found.cases() if row.parent_id is None]
    chosen = request.args.get("case", "")
    case = next((row for row in found.cases() if row.id == chosen), cases[0] if cases else None)
    return render_template(
        "workshop/rehearsal.html",
        about=found.about,
        tasks=[_task(row) for row in found.open_tasks()],
        cases=cases,
        case=case,
        diagram=_diagram(case) if case else None,
        timer=found.ground.next_timer(),
        waiting=[_coming(row) for row in found.waiting()[:8]],
        switches=found.ground.switches(),
        modes={mode: state.said(said) for mode, said in MODES.items()},
        branch_page=f"{request.script_root.rpartition('/rehearsals/')[0]}/b/{found.about.branch}/",
        begun=found.begun(),
        acts=_acts(),
        processes=_processes(),
        families=found.families(found.about.process),
        offices=[(code, _office(code)) for code in found.offices(found.about.process)],
    )


def _task(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "step": _name(row.process, row.element),
        "key": row.business_key,
        "role": rendering.role_name(row.role, state.language()) if row.role else "",
        "office": _office(row.organisation) if row.organisation else "",
        "due": None if row.due_at.year >= 9000 else row.due_at,
    }


def _name(process: str, element: str) -> str:
    """Return what an element is called in the newest version of its process."""
    found = _here().element_names(process).get(element)
    return rendering.pick(found, state.language()) or element


def _processes() -> list[tuple[str, str]]:
    with state.reading() as uow:
        found = definitions.list_latest(uow)
    return [(one.key, rendering.pick(one.names, state.language()) or one.key) for one in found]


def _diagram(case: Any) -> Mapping[str, Any]:
    """Return where a case stands, as the drawing's script reads it."""
    found = _here()
    here = [row.element for row in found.open_tasks() if row.instance_id == case.id]
    return {
        "src": url_for("rehearsing.diagram", instance_id=case.id),
        "here": here or found.standing(case.id),
        "passed": found.passed(case.id),
        "incidents": found.stopped(case.id),
    }


def _coming(row: Any) -> dict[str, Any]:
    """Return what will become due, as the page tells it."""
    name = _name(row.process, row.element) if row.process else row.topic or row.element
    return {"at": row.due_at, "name": name, "key": row.business_key, "attempts": row.attempts}


def _acts() -> list[dict[str, str]]:
    """Return what was done, each with who did it."""
    found = _here()
    processes = {row.business_key: row.process for row in found.cases()}
    return [_act(one, processes.get(one.get("key", ""), "")) for one in found.acts()]


def _act(act: Mapping[str, Any], process: str) -> dict[str, str]:
    role, _, office = str(act.get("by", "")).partition("@")
    who = f"{rendering.role_name(role, state.language())}, {_office(office)}" if role else ""
    if "do" in act:
        return {"what": _name(process, act["do"]) if process else act["do"], "who": who}
    if "tell" in act:
        return {"what": act["tell"], "who": who}
    if "until" in act:
        moment = datetime.fromisoformat(act["until"]).replace(tzinfo=ZONE)
        said = say.moment(moment, state.language())
        return {"what": state.said(text("The clock was moved to {moment}", moment=said)), "who": ""}
    (system, mode), *_ = act["switch"].items()
    return {"what": f"{system}: {state.said(MODES.get(mode, mode))}", "who": ""}


@blueprint.get("/cases/<instance_id>/diagram.bpmn")
@allow(PUBLIC)
def diagram(instance_id: str) -> ResponseReturnValue:
    """Send the diagram on which a case runs."""
    with state.reading() as uow:
        row = uow.instances.find(instance_id)
        if row is None:
            raise access.no_case()
        data = definitions.diagram(uow, row.definition_id)
    return Response(data, mimetype="application/xml")


@blueprint.post("/play")
@allow(PUBLIC)
def play() -> ResponseReturnValue:
    """Go on as somebody who holds a role."""
    _play(_here().play(request.form.get("role", "")))
    return redirect(url_for("inbox.show"), code=303)


@blueprint.post("/tasks/<task_id>")
@allow(PUBLIC)
def take(task_id: str) -> ResponseReturnValue:
    """Become whoever may do a task, take it and open it; filled in, if that is asked."""
    found = _here()
    account = found.take(task_id)
    _play(account)
    if request.form.get("fill") and not found.fill(task_id, account):
        flash(state.said(text("This step has no form: send it on when it is done.")), "soon")
    return redirect(url_for("task.show", task_id=task_id), code=303)


@blueprint.post("/clock")
@allow(PUBLIC)
def move() -> ResponseReturnValue:
    """Move the clock: by an hour, a day, a week, to what is due next, or to a moment."""
    found = _here()
    found.move(_moment(found, request.form.get("to", "")))
    return redirect(gate.local_path(request.form.get("next", "")), code=303)


def _moment(found: Any, said: str) -> datetime:
    now: datetime = found.ground.clock.now()
    if said in MOVES:
        return now + MOVES[said]
    if said == "next":
        due: datetime | None = found.ground.next_timer()
        if due is None:
            raise ValueRefused(text("Nothing is waited for that the clock would bring"))
        return due
    try:
        to = datetime.fromisoformat(said).replace(tzinfo=ZONE)
    except ValueError as error:
        raise ValueRefused(text("This is no moment")) from error
    if not now <= to <= now + FURTHEST:
        raise ValueRefused(text("The clock goes forward only, at most {n} days", n=FURTHEST.days))
    return to


@blueprint.post("/switch")
@allow(PUBLIC)
def switch() -> ResponseReturnValue:
    """Have an outside system of the sandbox behave otherwise."""
    _here().switch(request.form.get("system", ""), request.form.get("mode", ""))
    return redirect(url_for("rehearsing.show") + "#outside", code=303)


@blueprint.post("/cases")
@allow(PUBLIC)
def begin() -> ResponseReturnValue:
    """Open another case."""
    asked, found = request.form, _here()
    said = asked.get("family", "")
    family = int(said) if said.isascii() and said.isdigit() and len(said) < 6 else 0
    found.begin(found.opening(asked.get("process", ""), family, asked.get("office", "")))
    return redirect(url_for("rehearsing.show"), code=303)


@blueprint.post("/like")
@allow(PUBLIC)
def like() -> ResponseReturnValue:
    """Have an invented family go the way of a real case that is the analyst's to see."""
    number = request.form.get("number", "").strip()[:255]
    look: Callable[[str], Likeness] = request.environ["zholdama.like"]
    hindered = _here().begin_like(look(number))
    if hindered is None:
        flash(state.said(text("An invented family has gone the way of the real case.")), "ok")
    else:
        flash(state.said(hindered), "soon")
    return redirect(url_for("rehearsing.show"), code=303)


@blueprint.post("/keep")
@allow(PUBLIC)
def keep() -> ResponseReturnValue:
    """Keep what was done to a case as a scenario, in the branch."""
    asked, found = request.form, _here()
    name = asked.get("name", "").strip()[:200]
    if not name:
        raise ValueRefused(text("Give the scenario a name"))
    made = found.keep(asked.get("case", ""), name, asked.get("about", "").strip()[:1000])
    keeper: Callable[[str, Scenario], str] = request.environ["zholdama.keep"]
    file = keeper(found.about.branch, made)
    flash(state.said(text("The scenario is kept in {file}", file=file)), "ok")
    return redirect(url_for("rehearsing.show"), code=303)


@blueprint.post("/end")
@allow(PUBLIC)
def end() -> ResponseReturnValue:
    """End the rehearsal."""
    leave: Callable[[], None] = request.environ["zholdama.end"]
    top = request.script_root.rpartition("/")[0]
    session.clear()
    leave()
    return redirect(f"{top}/", code=303)
