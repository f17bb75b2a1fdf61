"""Item definitions → FEEL types, with allowed values and constraints."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.dmn.elements import Definitions, child, children, text_of, type_ref
from engine.feel import types as t
from engine.feel.errors import FeelError
from engine.feel.expression import UnaryTests, compile_unary
from engine.feel.lexer import normal_name
from engine.feel.runtime import DEFAULT_CONTEXT, Run
from engine.xml import Element

Report = Callable[[Element, Exception], None]


class ItemTypes(Mapping[str, t.Type]):
    """The types of one model by name: its own, and imported ones as ``import.type``."""

    def __init__(
        self,
        definitions: Definitions,
        imported: Mapping[str, Mapping[str, t.Type]],
        spaces: Mapping[str, Mapping[str, t.Type]],
        report: Report,
    ) -> None:
        self._elements = {normal_name(item.get("name") or ""): item for item in definitions.items}
        self._made: dict[str, t.Type] = {}
        self._open: set[str] = set()
        self._imported = imported
        self._spaces = {**spaces, definitions.namespace: self}
        self._report = report

    def __len__(self) -> int:
        return len(self._elements)

    def __iter__(self) -> Iterator[str]:
        return iter(self._elements)

    def __getitem__(self, name: str) -> t.Type:
        if name in self._made:
            return self._made[name]
        found = self._elsewhere(name)
        if found is not None:
            return found
        element = self._elements[name]
        if name in self._open:  # a type that holds itself: taken as anything at that point
            return t.ANY
        self._open.add(name)
        made = self._type_of(element, name)
        self._open.discard(name)
        self._made[name] = made
        return made

    def _elsewhere(self, name: str) -> t.Type | None:
        if name.startswith("{"):
            space, _, rest = name[1:].partition("}")
            return self._spaces.get(space, {}).get(rest)
        if name in self._elements:
            return None
        for prefix, types in self._imported.items():
            if name.startswith(prefix + "."):
                return types.get(name.removeprefix(prefix + "."))
        return None

    def find(self, ref: str) -> t.Type | None:
        """The type a typeRef names; None if there is none. No typeRef is Any."""
        if not ref:
            return t.ANY
        return self.get(ref) or t.BUILT_IN.get(ref)

    def components(self) -> Iterator[str]:
        """The names of all components, at every depth."""
        for item in self._elements.values():
            for part in item.iter():
                if isinstance(part.tag, str) and part.tag.endswith("}itemComponent"):
                    yield normal_name(part.get("name") or "")

    def _type_of(self, element: Element, name: str) -> t.Type:
        kind = self._base(element, name)
        allowed, constraint = child(element, "allowedValues"), child(element, "typeConstraint")
        many = element.get("isCollection") == "true"
        if allowed is not None:
            kind = self._constrained(name, kind, allowed)
        if many:
            kind = t.ListType("list", kind)
        if constraint is not None:
            kind = self._constrained(name, kind, constraint)
        return kind

    def _base(self, element: Element, name: str) -> t.Type:
        parts = list(children(element, "itemComponent"))
        if parts:
            fields = {normal_name(p.get("name") or ""): self._type_of(p, "") for p in parts}
            return t.ContextType("context", fields)
        function = child(element, "functionItem")
        if function is not None:
            return self._function(function)
        return self._known(element, type_ref(element))

    def _known(self, element: Element, ref: str) -> t.Type:
        found = self.find(ref)
        if found is None:
            self._report(element, KeyError(ref))
        return found or t.ANY

    def _function(self, element: Element) -> t.Type:
        parameters = tuple(self._known(p, type_ref(p)) for p in children(element, "parameters"))
        result = self._known(element, normal_name(element.get("outputTypeRef") or ""))
        return t.FunctionType("function", parameters, result)

    def _constrained(self, name: str, base: t.Type, element: Element) -> t.Type:
        words = text_of(element).strip()
        if not words:
            return base
        try:
            tests = compile_unary(words)
        except FeelError as exc:
            self._report(element, exc)
            return base
        return t.Constrained(name, base, _passes(tests), words)


def _passes(tests: UnaryTests) -> Callable[[object], bool]:
    return lambda value: tests.holds(value, {}, Run(DEFAULT_CONTEXT)) is True
