"""What editors ask while somebody types: problems, mends, pickers, element templates. JSON."""

from collections.abc import Mapping
from time import process_time
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from engine.errors import ValueRefused
from engine.model.people import LANGUAGES
from engine.model.problems import Problem
from engine.model.text import text
from engine.services import templates
from engine.services.workshop import branches, catalogue, checking
from engine.web import state
from engine.web.policy import ANALYSTS, allow

blueprint = Blueprint("workshop_checks", __name__)


@blueprint.post("/b/<branch>/check")
@allow(ANALYSTS)
def check(branch: str) -> ResponseReturnValue:
    """Answer with what is wrong with a file as it is typed, among the branch's others."""
    began = process_time()
    said = _body()
    name, content = _word(said, "name"), _typed(said)
    with state.reading() as uow:
        files = {**branches.files(uow, branch), name: content}
        found = checking.check(uow, state.context(), files, name)
    problems = [_problem(one) for one in found]
    return {"problems": problems, "ms": round(1000 * (process_time() - began))}


def _problem(one: Problem) -> dict[str, object]:
    return {
        "file": one.file,
        "line": one.line,
        "element": one.element,
        "code": one.code,
        "severity": one.severity.value,
        "message": state.said(one.message),
        "trace": list(one.trace),
        "mends": [{"id": mend.id, "title": state.said(mend.title)} for mend in one.mends],
    }


@blueprint.post("/b/<branch>/mend")
@allow(ANALYSTS)
def mend(branch: str) -> ResponseReturnValue:
    """Answer with the file as it would be after a mend; nothing is saved."""
    said = _body()
    with state.reading() as uow:
        branches.find(uow, branch)
    done = checking.mended(_typed(said), element=_word(said, "element"), mend=_word(said, "mend"))
    return {"content": done.decode()}


@blueprint.get("/b/<branch>/catalogue")
@allow(ANALYSTS)
def pickers(branch: str) -> ResponseReturnValue:
    """Answer with what can be chosen in a file, as this person has typed the branch."""
    with state.reading() as uow:
        files = branches.mine(uow, state.actor(), branch)
        name = request.args.get("name", "")
        found = catalogue.catalogue(uow, state.context(), files, name, state.language())
    return jsonify(found)


@blueprint.get("/templates.json")
@allow(ANALYSTS)
def element_templates() -> ResponseReturnValue:
    """Send all element templates; ``?lang=`` chooses a language, ``?download=1`` saves them."""
    asked = request.args.get("lang", "")
    language = asked if asked in LANGUAGES else state.language()
    answer: Response = jsonify(templates.templates(state.context().extensions, language))
    if request.args.get("download"):
        answer.headers["Content-Disposition"] = "attachment; filename=zholdama-templates.json"
    return answer


def _body() -> Mapping[str, Any]:
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise ValueRefused(text("The request cannot be understood"))
    return found


def _typed(said: Mapping[str, Any]) -> bytes:
    found = said.get("content")
    if not isinstance(found, str):
        raise ValueRefused(text("The request cannot be understood"))
    try:
        return found.encode()
    except UnicodeEncodeError as problem:
        raise ValueRefused(text("The text has halves of letters in it")) from problem


def _word(said: Mapping[str, Any], name: str) -> str:
    found = said.get(name)
    if not isinstance(found, str) or not found:
        raise ValueRefused(text("The request cannot be understood"))
    return found
