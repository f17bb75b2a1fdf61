"""Searches of lists: posted, then led to an address that shows nobody's name or number."""

import re
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.services import search
from engine.web import state

#: What may be an IIN: it must not stay in an address even if somebody wrote it there.
NUMBER = re.compile(r"\d{12}")


def words(uow: Any) -> str:
    """Return what the address asks for."""
    return search.opened(uow, request.args.get("q", ""))


def led(endpoint: str) -> ResponseReturnValue:
    """Lead from a posted search to its list."""
    return _to(endpoint, request.form.to_dict())


def cleaned(endpoint: str) -> ResponseReturnValue | None:
    """Lead away from an address that holds what may be an IIN; None: it holds none."""
    if NUMBER.search(re.sub(r"\s", "", request.args.get("q", ""))):
        return _to(endpoint, request.args.to_dict())
    return None


def _to(endpoint: str, asked: dict[str, str]) -> ResponseReturnValue:
    kept = {key: value for key, value in asked.items() if value and key not in {"csrf_token", "q"}}
    with state.reading() as uow:
        said = search.sealed(uow, asked.get("q", ""))
    where = {**kept, **({"q": said} if said else {})}
    return redirect(url_for(endpoint, **where), code=303)  # type: ignore[arg-type]
