"""What is known of the variables at one place of a diagram: which are set, and of which type."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from engine.bpmn.shapes import Given
from engine.feel.fitting import common
from engine.feel.types import ANY, Type


@dataclass(frozen=True, kw_only=True, slots=True)
class Variable:
    """A variable at a place."""

    #: Type of its value; ``Any`` if unknown.
    type: Type = ANY
    #: Whether it is set on every way that leads here.
    sure: bool = True
    #: Elements that may have set it; the process's id for what a case starts with.
    sources: frozenset[str] = frozenset()
    #: Activity whose local variable it is; empty: the case's own.
    local: str = ""


State = Mapping[str, Variable]


def begun(values: Mapping[str, Given], source: str) -> State:
    """Return the state that some given values make."""
    return {
        name: Variable(type=one.type, sure=one.sure, sources=frozenset({source}))
        for name, one in values.items()
    }


def written(state: State, name: str, one: Given, source: str) -> State:
    """Return the state after a variable was written where its name is, otherwise at the top."""
    before = state.get(name)
    made = Variable(type=one.type, sure=one.sure, sources=frozenset({source}))
    if before is not None and one.sure:
        made = replace(made, local=before.local)
    elif before is not None:
        made = replace(
            before, type=common(before.type, one.type), sources=before.sources | {source}
        )
    return {**state, name: made}


def localised(state: State, name: str, kind: Type, owner: str) -> State:
    """Return the state inside an activity with a local variable of its own."""
    made = Variable(type=kind, sources=frozenset({owner}), local=owner)
    return {**state, name: made}


def without_locals(state: State, owner: str, outside: State) -> State:
    """Return the state when an activity is over: what its locals hid is seen again."""
    kept = {name: one for name, one in state.items() if one.local != owner}
    hidden = {name for name, one in state.items() if one.local == owner}
    return kept | {name: outside[name] for name in hidden if name in outside}


def merged(states: Iterable[State], *, every: bool = False) -> State:
    """Return what is known where ways meet: sure is what all of them set.

    `every`: they all come (a parallel join), so that what one of them set is set.
    """
    found = list(states)
    if len(found) == 1:
        return found[0]
    names = {name for state in found for name in state}
    return {name: _met([state.get(name) for state in found], every=every) for name in names}


def _met(ways: list[Variable | None], *, every: bool) -> Variable:
    there = [one for one in ways if one is not None]
    kind, sources = there[0].type, there[0].sources
    for one in there[1:]:
        if one is not there[0]:
            kind = kind if one.type == kind else common(kind, one.type)
            sources = sources | one.sources
    surely = [one is not None and one.sure for one in ways]
    return Variable(
        type=kind,
        sure=any(surely) if every else all(surely),
        sources=sources,
        local=there[0].local,
    )


def types(state: State) -> Mapping[str, Type]:
    """Return the types by name."""
    return {name: one.type for name, one in state.items()}
