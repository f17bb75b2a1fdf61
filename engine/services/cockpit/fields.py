"""The forms about variables: what is typed, what can be chosen, what stands in them before."""

import re
from collections.abc import Mapping, Sequence

from engine import bpmn
from engine.bpmn.naming import OWN
from engine.errors import FormRefused, ValueRefused
from engine.model.text import Text, text
from engine.services.cockpit import kinds, typed
from engine.services.cockpit.mendable import Mendable
from engine.services.cockpit.operations import Params, Said
from engine.services.cockpit.veiling import veiled, veiled_value

#: Longest name of a variable.
LONGEST = 100
#: How a value is written in a preview at most, characters.
SHOWN = 200
_NAME = re.compile(r"[^\W\d]\w*")


def read(said: Mapping[str, str]) -> Params:
    """Read the form: ``scope`` (token, empty: the case), ``name``, ``kind``, ``value``.

    Without the last two it is only asked which value the variable has.
    """
    params, errors = _named(said)
    if not errors and "kind" not in said and "value" not in said:
        return params
    try:
        params["value"] = kinds.read(said.get("kind", ""), said.get("value", ""))
    except ValueRefused as refused:
        field = "value" if said.get("kind", "") in kinds.NAMES else "kind"
        errors[field] = [refused.text]
    if "value" in params and veiled_value(params["value"]) != params["value"]:
        errors["value"] = [
            text("Twelve digits may be an IIN, which belongs in no variable but in the records")
        ]
    if errors:
        raise FormRefused(text("The form is not complete"), errors)
    return params


def read_removal(said: Mapping[str, str]) -> Params:
    """Read the form: ``scope``, ``name``."""
    params, errors = _named(said)
    if errors:
        raise FormRefused(text("The form is not complete"), errors)
    return params


def _named(said: Mapping[str, str]) -> tuple[dict[str, object], dict[str, Sequence[Text]]]:
    params: dict[str, object] = {name: said.get(name, "").strip() for name in ("scope", "name")}
    errors: dict[str, Sequence[Text]] = {}
    name = str(params["name"])
    if not _NAME.fullmatch(name) or len(name) > LONGEST:
        errors["name"] = [
            text("A name is letters, digits and _, and begins with a letter.")
            if name
            else text("Choose a variable, or name a new one")
        ]
    if params["scope"] and typed.token(str(params["scope"])) is None:
        errors["scope"] = [text("There is no such token")]
    return params, errors


def scopes(case: Mendable) -> list[bpmn.Named]:
    """Return the variables of a case as they are, its own first, then those of its tokens."""
    return bpmn.scopes(case.definition, case.state)


def choices(
    case: Mendable, there: Sequence[bpmn.Named]
) -> Mapping[str, Sequence[tuple[str, Said]]]:
    """Return what the form offers: scopes, names that are set, kinds."""
    own: list[tuple[str, Said]] = [("", text("The case"))]
    names = sorted({name for one in there for name in one.values} - OWN)
    return {
        "scope": own + [(one.token.hex, case.name(one.element)) for one in there if one.token],
        "name": [(name, name) for name in names],
        "kind": list(kinds.NAMES.items()),
    }


def given(there: Sequence[bpmn.Named], params: Params) -> Mapping[str, str]:
    """Return kind and value as they are, of the variable that is asked for; not of a veiled one."""
    scope = next((one for one in there if _is(one, params)), None)
    name = str(params.get("name", ""))
    if scope is None or name not in scope.values:
        return {}
    value = scope.values[name]
    said = {"kind": kinds.kind_of(value)}
    return said if veiled_value(value) != value else {**said, "value": kinds.written(value)}


def _is(one: bpmn.Named, params: Params) -> bool:
    return (one.token.hex if one.token else "") == params.get("scope", "")


def scope_of(case: Mendable, params: Params) -> bpmn.Named:
    """Return the variables among which one is meant; `FormRefused` if they are gone."""
    found = next((one for one in scopes(case) if _is(one, params)), None)
    if found is None:
        said = text("There are no variables of its own at this place any more")
        raise FormRefused(said, {"scope": [said]})
    if found.token is not None and name_of(params) in OWN:
        said = text("{name} is the engine's own: it counts with it", name=name_of(params))
        raise FormRefused(said, {"name": [said]})
    return found


def name_of(params: Params) -> str:
    """Return the name that is meant."""
    return str(params["name"])


def shown_of(there: Mapping[str, object], name: str) -> Said:
    """Return a variable's value as a preview shows it; empty: it is not set."""
    return shown(there[name]) if name in there else ""


def shown(value: object) -> str:
    """Return a value as a preview shows it: as FEEL, shortened, without what may be an IIN."""
    said = veiled(kinds.in_feel(veiled_value(value)))
    return said if len(said) <= SHOWN else f"{said[:SHOWN]}…"
