"""A decision model ready to decide: its graph, compiled on first use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.dmn import elements as e
from engine.dmn.boxed import Names, Reader
from engine.dmn.checking import check
from engine.dmn.compiling import BoxedCompiler
from engine.dmn.errors import DecisionFailed
from engine.dmn.itemtypes import ItemTypes
from engine.dmn.session import Session
from engine.dmn.tracing import Fired, Tracer
from engine.dmn.variables import read_names
from engine.errors import NotFound, ZholdamaError
from engine.feel import nodes as n
from engine.feel import types as t
from engine.feel.closures import Code
from engine.feel.errors import FeelLimitError
from engine.feel.runtime import CURRENT, DEFAULT_CONTEXT, Context
from engine.feel.values import export
from engine.model.problems import Problem, Severity
from engine.model.text import Text, text
from engine.xml import Element


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """A decision made."""

    #: The value in Python's kinds.
    value: object
    #: The rules that fired, of every table on the way, in order.
    fired: tuple[Fired, ...]
    #: Why parts became null, for the person who asks.
    notes: tuple[Text, ...] = ()
    #: The value as FEEL holds it.
    raw: object = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Logic:
    """A compiled expression with the parameters it takes."""

    code: Code
    node: n.Node
    parameters: tuple[str, ...] = ()
    kinds: tuple[t.Type, ...] = ()


class Model:
    """One DMN document with the documents it imports; immutable after loading."""

    def __init__(
        self, definitions: e.Definitions, find: Callable[[str], Model | None] = lambda _: None
    ) -> None:
        self.definitions = definitions
        self._problems: list[Problem] = []
        self.imports: dict[str, Model] = {}
        self._find_imports(find)
        self.by_id: dict[str, e.Drg] = {}
        self._index()
        self.types: ItemTypes = ItemTypes(
            definitions,
            {name: imported.types for name, imported in self.imports.items() if name},
            {imported.definitions.namespace: imported.types for imported in self.imports.values()},
            self._type_problem,
        )
        self._reader = Reader(self._members(), self._complain)
        self.compiler = BoxedCompiler(self.types)
        self._logic: dict[str, Logic] = {}
        self._required: dict[e.Reference, tuple[tuple[Model, e.Drg, str], ...]] = {}
        self._kinds: dict[e.Reference, t.Type] = {}
        self._current = ""
        for drg in definitions.drgs:
            self._compile(drg)

    # -- reading -------------------------------------------------------------------------

    def _find_imports(self, find: Callable[[str], Model | None]) -> None:
        for wanted in self.definitions.imports:
            model = find(wanted.namespace)
            if model is None:
                self._add(
                    wanted.line, "", "dmn.import",
                    text("The imported model {namespace} is not there", namespace=wanted.namespace),
                )  # fmt: skip
            else:
                self.imports[wanted.name] = model

    def _index(self) -> None:
        names: set[str] = set()
        for drg in self.definitions.drgs:
            if drg.name in names or drg.reference.id in self.by_id:
                self._add(
                    drg.line, drg.reference.id, "dmn.double-name",
                    text("The name or id of “{name}” comes twice", name=drg.name),
                )  # fmt: skip
            names.add(drg.name)
            self.by_id.setdefault(drg.reference.id, drg)

    def _members(self) -> set[str]:
        found = set(self.types.components())
        for model in self.imports.values():
            found |= set(model.types.components())
            found |= {drg.name for drg in model.definitions.drgs}
        return {name for name in found if not name.isidentifier()}

    def _add(self, line: int, element: str, code: str, message: Text) -> None:
        self._problems.append(
            Problem(
                file=self.definitions.source, line=line, element=element, code=code, message=message
            )
        )

    def _complain(self, element: Element, message: Text, code: str) -> None:
        line = element.sourceline or 0
        self._add(line, element.get("id") or self._current, code, message)

    def _type_problem(self, element: Element, found: Exception) -> None:
        if isinstance(found, ZholdamaError):
            self._complain(element, found.text, "feel.syntax")
            return
        name = found.args[0] if found.args else ""
        self._complain(element, text("There is no type “{name}”", name=name), "dmn.unknown-type")

    # -- graph ---------------------------------------------------------------------------

    def resolve(self, reference: e.Reference) -> tuple[Model, e.Drg, str] | None:
        """The model, the element and the name of the import it is visible under."""
        if reference.namespace in ("", self.definitions.namespace):
            found = self.by_id.get(reference.id)
            return None if found is None else (self, found, "")
        for name, model in self.imports.items():
            if model.definitions.namespace == reference.namespace:
                found = model.by_id.get(reference.id)
                return None if found is None else (model, found, name)
        return None

    def requirements(self, drg: e.Drg) -> tuple[tuple[Model, e.Drg, str], ...]:
        """What an element requires, resolved once."""
        known = self._required.get(drg.reference)
        if known is None:
            found = (self.resolve(reference) for reference in drg.requires)
            known = tuple(hit for hit in found if hit is not None)
            self._required[drg.reference] = known
        return known

    @property
    def open(self) -> bool:
        """Whether it declares no input data at all: tables drawn for Camunda 7 read variables so.

        Then every name that is not required is looked up among the inputs.
        """
        return all(drg.kind is not e.Kind.INPUT for drg in self.definitions.drgs)

    def visible(self, drg: e.Drg) -> Names:
        """Names an element's expression may use."""
        names: set[str] = set()
        for _, required, prefix in self.requirements(drg):
            names.add(prefix or required.name)
        if drg.kind is e.Kind.KNOWLEDGE:
            names.add(drg.name)
        return frozenset(names)

    def _compile(self, drg: e.Drg) -> None:
        self._current = drg.reference.id
        self._reader.name = drg.name
        for reference in drg.requires:
            if self.resolve(reference) is None:
                message = text("“{name}” requires {id}, which is not there",
                               name=drg.name, id=reference.id)  # fmt: skip
                self._complain(drg.element, message, "dmn.unknown-requirement")
        if drg.type_ref and self.types.find(drg.type_ref) is None:
            self._type_problem(drg.element, KeyError(drg.type_ref))
        if drg.kind is e.Kind.DECISION:
            node = self._reader.inner(drg.element, self.visible(drg))
            self._keep(drg, node)
        elif drg.kind is e.Kind.KNOWLEDGE:
            self._knowledge(drg)

    def _keep(
        self,
        drg: e.Drg,
        body: n.Node,
        parameters: tuple[str, ...] = (),
        kinds: tuple[t.Type, ...] = (),
    ) -> None:
        scopes = (frozenset(parameters),) if drg.kind is e.Kind.KNOWLEDGE else ()
        try:
            code = self.compiler.code(body, scopes)
        except RecursionError:
            self._complain(drg.element, text("Nested too deeply"), "dmn.depth")
            return
        self._logic[drg.reference.id] = Logic(code, body, parameters, kinds)

    def _knowledge(self, drg: e.Drg) -> None:
        element = e.child(drg.element, "encapsulatedLogic")
        if element is None:
            return
        names = self.visible(drg)
        # Read as a function box: kind, parameters and body are written alike.
        node = Reader._TABLE["functionDefinition"](self._reader, element, names)
        if not isinstance(node, n.Function) or node.external:
            return
        parameters = tuple(name for name, _ in node.parameters)
        kinds = tuple(
            t.ANY if kind is None else self.types.find(kind.name) or t.ANY
            for _, kind in node.parameters
        )
        self._keep(drg, node.body, parameters, kinds)

    def logic(self, drg: e.Drg) -> Logic | None:
        """The compiled expression of a decision or of knowledge."""
        return self._logic.get(drg.reference.id)

    def kind(self, drg: e.Drg) -> t.Type:
        """The type of an element's variable, found once."""
        known = self._kinds.get(drg.reference)
        if known is None:
            known = self._kinds[drg.reference] = self.types.find(drg.type_ref) or t.ANY
        return known

    # -- use -----------------------------------------------------------------------------

    @property
    def decisions(self) -> tuple[str, ...]:
        """Names of the decisions, in the document's order."""
        drgs = self.definitions.drgs
        return tuple(drg.name for drg in drgs if drg.kind is e.Kind.DECISION)

    @property
    def decision_ids(self) -> frozenset[str]:
        """Ids of what can be decided: decisions and decision services."""
        kinds = (e.Kind.DECISION, e.Kind.SERVICE)
        return frozenset(name for name, drg in self.by_id.items() if drg.kind in kinds)

    @property
    def services(self) -> tuple[str, ...]:
        """Names of the decision services."""
        drgs = self.definitions.drgs
        return tuple(drg.name for drg in drgs if drg.kind is e.Kind.SERVICE)

    def inputs(self, name: str) -> tuple[str, ...]:
        """Names of the input data a decision needs, its requirements' included."""
        found: dict[str, None] = {}
        seen: set[e.Reference] = set()

        def walk(model: Model, drg: e.Drg) -> None:
            if drg.reference in seen:
                return
            seen.add(drg.reference)
            if drg.kind is e.Kind.INPUT:
                found[drg.name] = None
            logic = model.logic(drg)
            if model.open and logic is not None:
                own = {*model.visible(drg), *logic.parameters}
                found.update(dict.fromkeys(sorted(read_names(logic.node) - own)))
            for required_model, required, _ in model.requirements(drg):
                walk(required_model, required)

        walk(self, self.find(name))
        return tuple(found)

    def find(self, name: str) -> e.Drg:
        """A decision, a service or knowledge by name or id; `NotFound`."""
        kinds = (e.Kind.DECISION, e.Kind.SERVICE, e.Kind.KNOWLEDGE)
        found = self.by_id.get(name)
        if found is not None and found.kind in kinds:
            return found
        for drg in self.definitions.drgs:
            if drg.name == name and drg.kind in kinds:
                return drg
        raise NotFound(text("There is no decision “{name}”", name=name))

    def decide(
        self,
        name: str,
        inputs: Mapping[Any, object],
        context: Context = DEFAULT_CONTEXT,
        *,
        strict: bool = True,
        texts: bool = True,
    ) -> Decision:
        """Make a decision (or call a service or knowledge) by name or id.

        `inputs` are Python values by the names of input data (for a service and knowledge also
        of its parameters), or by ``(namespace, name)`` for those of an imported model; a missing
        one is null. Raises `NotFound`, and with `strict` `DecisionFailed` where rules contradict
        their hit policy (without it the value is null, as the specification has it). With `texts`
        the ISO text of a date, time or duration is read where input data has that type: JSON and
        forms know no dates.
        `FeelLimitError` when a bound is reached.
        """
        drg = self.find(name)
        CURRENT.run = tracer = Tracer(context)
        session = Session(inputs, tracer, texts=texts)
        try:
            value = session.answer(self, drg)
        except RecursionError:
            raise FeelLimitError(text("Nested too deeply to be evaluated"), "depth") from None
        if strict and tracer.violations:
            raise DecisionFailed(tracer.violations[0])
        return Decision(
            value=export(value),
            fired=tuple(tracer.fired),
            notes=tuple(tracer.notes),
            raw=value,
        )

    def problems(self) -> list[Problem]:
        """Everything wrong with the model, errors first, each with its line."""
        found = [*self._problems, *check(self)]
        return sorted(found, key=lambda p: (p.severity is Severity.WARNING, p.line))

    def texts(self) -> Iterable[tuple[Element, n.Node, Names]]:
        """Every FEEL text of the model: its element, its tree, the names visible to it."""
        return self._reader.texts
