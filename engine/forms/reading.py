"""Form-js JSON → `Form`, with everything that is wrong on the way."""

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NoReturn

from engine.errors import DefinitionRefused
from engine.forms.components import Reader
from engine.forms.definition import Field
from engine.forms.findings import Findings
from engine.forms.form import Form
from engine.forms.values import words
from engine.model.problems import Problem, Severity
from engine.model.text import Text, Words, text

#: Bytes of a definition.
_LARGEST = 1_000_000
#: Version of the schema that is understood; older ones mean the same for our components.
_NEWEST = 19


def load(data: bytes | Mapping[str, object], *, key: str = "") -> Form:
    """Read a form, from a file's bytes or its parsed JSON; read ones are kept.

    `DefinitionRefused` with its problems if there are errors.
    """
    return _loaded(data if isinstance(data, bytes) else json.dumps(data).encode(), key)


@lru_cache(maxsize=256)
def _loaded(data: bytes, key: str) -> Form:
    file = f"{key}.json" if key else "form"
    form, found = _read(data, file, key)
    errors = [problem for problem in found if problem.severity is Severity.ERROR]
    if form is None or errors:
        raise DefinitionRefused(
            text("The form {form} has errors: {first}", form=file, first=errors[0].message), errors
        )
    return form


def load_anew(data: bytes, *, key: str = "") -> Form:
    """Read a form as `load` does, for a text that is read once: nothing is kept."""
    return _loaded.__wrapped__(data, key)


def problems(data: bytes, file: str) -> list[Problem]:
    """Return what is wrong with a form: errors that stop a deployment, and warnings."""
    return _read(data, file, "")[1]


def _read(data: bytes, file: str, key: str) -> tuple[Form | None, list[Problem]]:
    try:
        source = data.decode("utf-8-sig")
        content = _parsed(data, source)
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        line = getattr(error, "lineno", 0)
        return None, [_not_json(file, line, error)]
    if not isinstance(content, Mapping) or not isinstance(content.get("components"), list):
        return None, [_problem(file, 1, text("This is no form: its list “components” is missing"))]
    found = Findings(file, _lines(source))
    _check_version(content, found)
    reader = Reader(found)
    fields = reader.fields(content["components"])
    reader.finish(fields)
    return _form(content, key, fields), sorted(found.found, key=lambda one: one.line)


def _form(content: Mapping[str, object], key: str, fields: tuple[Field, ...]) -> Form:
    properties = content.get("properties")
    title = words(properties, "name") if isinstance(properties, Mapping) else Words("")
    return Form(key=key, id=str(content.get("id", "")), fields=fields, title=title)


def _parsed(data: bytes, source: str) -> object:
    if len(data) > _LARGEST:
        raise ValueError(f"larger than {_LARGEST} bytes")
    content = json.loads(source, parse_constant=_no_constant)
    if "\\u" in source:
        # Half a letter, written as an escape, can be read and never be sent to anybody.
        json.dumps(content, ensure_ascii=False).encode()
    return content


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _not_json(file: str, line: int, error: Exception) -> Problem:
    said = "nested too deep" if isinstance(error, RecursionError) else str(error)
    return _problem(file, line, text("This file is not readable as JSON: {reason}", reason=said))


def _problem(file: str, line: int, message: Text) -> Problem:
    return Problem(file=file, line=line, element="", code="form.json", message=message)


def _check_version(content: Mapping[str, object], found: Findings) -> None:
    version = content.get("schemaVersion", _NEWEST)
    if not isinstance(version, int) or version > _NEWEST:
        found.warn(
            str(content.get("id", "")),
            "form.version",
            text("This form was written for a newer form-js (schema {version})", version=version),
        )


def _lines(source: str) -> Callable[[str], int]:
    """Return a function: component id → line on which it stands; 0 if it can't be found."""

    def line_of(component: str) -> int:
        found = re.search(rf'"id"\s*:\s*{re.escape(json.dumps(component))}', source) or re.search(
            rf'"id"\s*:\s*"{re.escape(component)}"', source
        )
        return source.count("\n", 0, found.start()) + 1 if found and component else 0

    return line_of
