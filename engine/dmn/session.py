"""One evaluation of a model: every decision at most once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.dmn import elements as e
from engine.dmn.errors import DecisionFailed
from engine.dmn.tracing import Tracer
from engine.feel import types as t
from engine.feel.calls import UserFunction, by_name, invoke
from engine.feel.runtime import Env, Run
from engine.feel.values import Callback, from_python
from engine.model.text import text

if TYPE_CHECKING:
    from engine.dmn.model import Model


class Session:
    """Inputs, meters, and what was decided so far."""

    def __init__(self, inputs: Mapping[Any, object], run: Tracer, *, texts: bool = False) -> None:
        self.inputs = inputs
        self.run = run
        self.texts = texts
        self.known: dict[e.Reference, object] = {}
        self._open: set[e.Reference] = set()

    def answer(self, model: Model, drg: e.Drg) -> object:
        """The value of what was asked for: a decision, or a call with the inputs as arguments."""
        value = self.value(model, drg)
        if not isinstance(value, Callback) or drg.kind is e.Kind.DECISION:
            return value
        names: tuple[str, ...] = getattr(value, "names", ())
        arguments = [self._given(name) for name in names]
        return invoke(value, arguments, (), self.run)

    def _given(self, name: str, namespace: str = "") -> object:
        exact = self.inputs.get((namespace, name))
        return from_python(self.inputs.get(name) if exact is None else exact)

    def value(self, model: Model, drg: e.Drg) -> object:
        """The value of any element, computed once."""
        if drg.reference in self.known:
            return self.known[drg.reference]
        if drg.reference in self._open:
            raise DecisionFailed(text("“{name}” requires itself in a circle", name=drg.name))
        self._open.add(drg.reference)
        value = _VALUES[drg.kind](self, model, drg)
        self._open.discard(drg.reference)
        self.known[drg.reference] = value
        return value

    def scope(self, model: Model, drg: e.Drg) -> dict[str, object]:
        """The variables of an element's expression: what it requires, and nothing else."""
        names: dict[str, object] = self._undeclared() if model.open else {}
        for owner, required, prefix in model.requirements(drg):
            if required.reference == drg.reference:
                continue
            value = self.value(owner, required)
            if prefix:
                inner = names.setdefault(prefix, {})
                if isinstance(inner, dict):
                    inner[required.name] = value
            else:
                names[required.name] = value
        return names

    def _undeclared(self) -> dict[str, object]:
        """The inputs by plain names, for a model that declares none."""
        return {name: value for name, value in self.inputs.items() if isinstance(name, str)}

    def _input(self, model: Model, drg: e.Drg) -> object:
        value = self._given(drg.name, drg.reference.namespace)
        if self.texts:
            value = t.read_texts(value, model.kind(drg))
        return self.fitted(model, drg, value)

    def fitted(self, model: Model, drg: e.Drg, value: object) -> object:
        """The value as the type of an element's variable, or null."""
        kind = model.kind(drg)
        if isinstance(kind, t.FunctionType) and not isinstance(value, Callback):
            kind = kind.result
        if kind is t.ANY:
            return value
        found = t.convert(value, kind)
        if found is t.UNFIT:
            self.run.note(text("“{name}” is not of type {type}", name=drg.name, type=kind))
            return None
        return found

    def _decision(self, model: Model, drg: e.Drg) -> object:
        logic = model.logic(drg)
        if logic is None:
            return None
        scope = self.scope(model, drg)
        around, self.run.decision = self.run.decision, drg.name
        value = logic.code(Env(scope, self.run, {}))
        self.run.decision = around
        return self.fitted(model, drg, value)

    def _knowledge(self, model: Model, drg: e.Drg) -> object:
        logic = model.logic(drg)
        if logic is None:
            return None
        root = self.scope(model, drg)
        kind = model.kind(drg)
        result = kind.result if isinstance(kind, t.FunctionType) else kind
        env = Env(root, self.run, {})
        function = UserFunction(logic.parameters, logic.kinds, logic.code, env, result)
        root[drg.name] = function  # it may call itself; the depth is bounded
        return function

    def _service(self, model: Model, drg: e.Drg) -> object:
        return ServiceFunction(self, model, drg)


_VALUES: dict[e.Kind, Callable[[Session, Model, e.Drg], object]] = {
    e.Kind.INPUT: Session._input,
    e.Kind.DECISION: Session._decision,
    e.Kind.KNOWLEDGE: Session._knowledge,
    e.Kind.SERVICE: Session._service,
}


@dataclass(frozen=True, slots=True, eq=False)
class ServiceFunction(Callback):
    """A decision service as a function of its input decisions and input data (10.4)."""

    session: Session
    model: Model
    drg: e.Drg

    @property
    def _parameters(self) -> list[tuple[Model, e.Drg]]:
        references = (*self.drg.input_data, *self.drg.input_decisions)
        found = (self.model.resolve(reference) for reference in references)
        return [(hit[0], hit[1]) for hit in found if hit is not None]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return tuple(drg.name for _, drg in self._parameters)

    @property
    def type(self) -> t.Type:
        """Its signature."""
        kinds = tuple(model.kind(drg) for model, drg in self._parameters)
        return t.FunctionType("function", kinds, self.model.kind(self.drg))

    def call(self, arguments: Sequence[object], names: Sequence[str], run: Run) -> object:
        """The value of the one output decision, or a context of several."""
        parameters = self._parameters
        given = by_name([drg.name for _, drg in parameters], arguments, names)
        if given is None:
            return None
        inner = Session({}, self.session.run)
        for (model, drg), value in zip(parameters, given, strict=True):
            fitted = inner.fitted(model, drg, value)
            if fitted is None and value is not None:
                return None
            inner.known[drg.reference] = fitted
        run.enter()
        value = self._outputs(inner)
        run.depth -= 1
        return inner.fitted(self.model, self.drg, value)

    def _outputs(self, session: Session) -> object:
        found = [self.model.resolve(reference) for reference in self.drg.outputs]
        values = {hit[1].name: session.value(hit[0], hit[1]) for hit in found if hit is not None}
        return next(iter(values.values())) if len(values) == 1 else values
