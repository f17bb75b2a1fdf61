"""What diagrams may refer to, with the types of what goes in and comes out."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from engine import feel
from engine.errors import ExpressionError
from engine.feel import nodes
from engine.feel.types import ANY, BUILT_IN, Type, resolve
from engine.model.text import Text, text


@dataclass(frozen=True, kw_only=True)
class Given:
    """A variable that something gives."""

    #: Its type; ``Any`` if unknown.
    type: Type = ANY
    #: Whether it is always given.
    sure: bool = True


def given(written: str) -> Given:
    """Read how a type is declared: ``string``, ``list<number>``, ``date?`` (not always given).

    Raises `ExpressionError` for what is no type.
    """
    sure = not written.strip().endswith("?")
    name = written.strip().removesuffix("?").strip() or "Any"
    if name in BUILT_IN:
        return Given(type=BUILT_IN[name], sure=sure)
    node = feel.compile(f"null instance of {name}").node
    found = resolve(node.type, {}) if isinstance(node, nodes.Instance) else None
    if found is None:
        raise ExpressionError(text("There is no type “{name}”", name=name))
    return Given(type=found, sure=sure)


def read_declared(written: str) -> dict[str, Given]:
    """Read ``name: type, name: type?``; a name alone is of any type. Raises `ExpressionError`."""
    found: dict[str, Given] = {}
    for part in _split(written):
        name, _, kind = part.partition(":")
        if not name.strip().isidentifier():
            raise ExpressionError(text("“{name}” is no name of a variable", name=name.strip()))
        found[name.strip()] = given(kind)
    return found


def _split(written: str) -> list[str]:
    """Split at the commas that stand outside of ``<…>``."""
    parts, depth = [""], 0
    for sign in written:
        depth += (sign == "<") - (sign == ">")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part for part in parts if part.strip()]


def _anything(name: str, value: str) -> Text | None:
    return None


@dataclass(frozen=True, kw_only=True)
class HandlerShape:
    """Inputs and outputs of a handler."""

    #: Inputs it cannot do without.
    required: Collection[str] = ()
    #: Inputs it may be given.
    optional: Collection[str] = ()
    #: What it returns.
    outputs: Collection[str] = ()
    #: Types of the inputs, as far as they are known.
    takes: Mapping[str, Type] = field(default_factory=dict)
    #: Types of the outputs, as far as they are known.
    gives: Mapping[str, Type] = field(default_factory=dict)
    #: Says why a text cannot be the value of an input; None: it can.
    refuses: Callable[[str, str], Text | None] = _anything


@dataclass(frozen=True, kw_only=True)
class FormShape:
    """What a completed form gives the process."""

    #: Variables; None: its adapter does not say.
    gives: Mapping[str, Given] | None = None
    #: Types of its own fields, by key.
    fields: Mapping[str, Type] = field(default_factory=dict)
    #: Variables that its conditions read; none if an adapter hands it values nobody knows of.
    reads: Collection[str] = ()


@dataclass(frozen=True, kw_only=True)
class DecisionShape:
    """What a decision needs and gives."""

    #: Types of its input data by name.
    takes: Mapping[str, Type] = field(default_factory=dict)
    #: Type of its value.
    gives: Type = ANY


@dataclass(frozen=True, kw_only=True)
class Known:
    """What diagrams may refer to."""

    #: Shapes of handlers by external topic.
    topics: Mapping[str, HandlerShape] = field(default_factory=dict)
    #: Form keys.
    forms: Collection[str] = ()
    #: Shapes of forms by key, as far as they are known.
    form_shapes: Mapping[str, FormShape] = field(default_factory=dict)
    #: Decision keys.
    decisions: Collection[str] = ()
    #: Shapes of decisions by key, as far as they are known.
    decision_shapes: Mapping[str, DecisionShape] = field(default_factory=dict)
    #: Keys of processes that may be called.
    processes: Collection[str] = ()
    #: Names of functions besides the language's own.
    functions: Collection[str] = ()
    #: Roles that people can hold; empty: any.
    roles: Collection[str] = ()
    #: What the domain's code starts cases with, by process key.
    starts: Mapping[str, Mapping[str, Given]] = field(default_factory=dict)
    #: Payloads of the messages that the domain's code sends, by name.
    messages: Mapping[str, Mapping[str, Given]] = field(default_factory=dict)
    #: Present versions of element templates by id.
    templates: Mapping[str, int] = field(default_factory=dict)
