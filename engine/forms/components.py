"""Components of form-js's JSON → `Field`s, collecting problems instead of stopping at the first."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from engine.forms.definition import KEYED, ONE_OF, SOME_OF, Field, Kind, Option
from engine.forms.findings import Findings
from engine.forms.formulas import SPECIAL, Formula
from engine.forms.limits import Raw, file_of, part, properties_of, rows_of, rules_of, said
from engine.forms.values import option_of, words
from engine.model.text import Text, Words, text

#: Components of one form, and how deep they may be nested.
_MOST, _DEEPEST = 600, 6
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}(\.[A-Za-z][A-Za-z0-9_]{0,63}){0,4}", re.ASCII)
_KINDS = {kind.value: kind for kind in Kind}
_SUBTYPES = ("date", "time", "datetime")
#: Attributes that would take answers from an expression or an address.
_FOREIGN = ("valuesExpression", "source", "url", "dataSource")


class Reader:
    """Reads the components of one file."""

    def __init__(self, found: Findings) -> None:
        """Keep where to put problems."""
        self._found = found
        self._ids: set[str] = set()

    def fields(self, components: object, prefix: str = "", depth: int = 1) -> tuple[Field, ...]:
        """Read a list of components; `prefix` is the path of the groups around it."""
        if not isinstance(components, list):
            return ()
        if depth > _DEEPEST:
            message = text("Components are nested more than {n} deep", n=_DEEPEST)
            self._found.error("", "form.deep", message)
            return ()
        read = (self._field(raw, prefix, depth) for raw in components)
        return tuple(field for field in read if field is not None)

    def _field(self, raw: object, prefix: str, depth: int) -> Field | None:
        if not isinstance(raw, Mapping):
            message = text("A component must be an object in braces")
            self._found.error("", "form.component", message)
            return None
        name = self._id(raw)
        kind = _KINDS.get(str(raw.get("type")))
        if kind is not None:
            return self._known(raw, name, kind, prefix, depth)
        message = text(
            "Components of type {type} are not allowed; allowed are: {allowed}",
            type=str(raw.get("type"))[:80],
            allowed=", ".join(_KINDS),
        )
        self._found.error(name, "form.unknown-component", message)
        return None

    def _known(self, raw: Raw, name: str, kind: Kind, prefix: str, depth: int) -> Field:
        path = self._path(raw, name, kind, prefix)
        inner = "" if kind is Kind.DYNAMICLIST else ".".join(path)
        return Field(
            id=name,
            kind=kind,
            path=() if kind is Kind.GROUP else path,
            label=self._words(raw, name, "label"),
            description=self._words(raw, name, "description"),
            content=self._words(raw, name, "text"),
            suffix=self._suffix(raw),
            rules=rules_of(raw, self._found),
            options=self._options(raw, name, kind),
            options_key=said(raw, "valuesKey"),
            hide=self._hide(raw, name),
            readonly=self._flag(raw, name, "readonly"),
            disabled=raw.get("disabled") is True,
            fields=self.fields(raw.get("components"), inner, depth + 1),
            subtype=self._subtype(raw, name, kind),
            offset=said(raw, "timeSerializingFormat") in ("utc_offset", "utc_normalized"),
            default=raw.get("defaultValue"),
            formula=self._expression(raw, name, kind),
            file=file_of(raw, self._found),
            rows=rows_of(raw, kind, self._found),
            layout_row=said(part(raw, "layout"), "row"),
            columns=_columns(part(raw, "layout").get("columns")),
            properties=properties_of(raw),
            line=self._found.line_of(name),
        )

    def _id(self, raw: Raw) -> str:
        name = said(raw, "id")
        if not name:
            self._found.error(said(raw, "key"), "form.id", text("A component has no id"))
        elif name in self._ids:
            self._found.error(name, "form.id", text("Two components have the id {id}", id=name))
        elif len(self._ids) == _MOST:
            message = text("A form has at most {most} components", most=_MOST)
            self._found.error(name, "form.large", message)
        self._ids.add(name)
        return name

    def _path(self, raw: Raw, name: str, kind: Kind, prefix: str) -> tuple[str, ...]:
        needed = kind in KEYED or kind is Kind.DYNAMICLIST
        if not needed and kind is not Kind.GROUP:
            return ()
        own = said(raw, "key" if kind in KEYED else "path")
        if needed and not own:
            self._found.error(name, "form.key", text("This component has no key"))
        elif own and not _NAME.fullmatch(own):
            message = text("The key {key} may have Latin letters, digits and _ only", key=own)
            self._found.error(name, "form.key", message)
        return tuple(step for step in f"{prefix}.{own}".split(".") if step)

    def _words(self, raw: Raw, name: str, attribute: str) -> Words:
        found = words({**properties_of(raw), attribute: raw.get(attribute)}, attribute)
        if found.kk.startswith("=") or "{{" in found.kk:
            message = text("Expressions in a {attribute} are not allowed", attribute=attribute)
            self._found.error(name, "form.template", message)
        if found.kk and not (found.ru and found.en):
            message = text(
                "Translations are missing: add the properties {attribute}:ru and {attribute}:en",
                attribute=attribute,
            )
            self._found.warn(name, "form.translation", message)
        return found

    def _suffix(self, raw: Raw) -> Words:
        adorner = part(raw, "appearance").get("suffixAdorner")
        return words({**properties_of(raw), "suffix": adorner}, "suffix")

    def _hide(self, raw: Raw, name: str) -> Formula | None:
        condition = part(raw, "conditional").get("hide")
        return self._found.formula(str(condition), name, "conditional.hide") if condition else None

    def _flag(self, raw: Raw, name: str, attribute: str) -> bool | Formula:
        expression = said(raw, attribute)
        if expression:
            return self._found.formula(expression, name, attribute) or False
        return raw.get(attribute) is True

    def _expression(self, raw: Raw, name: str, kind: Kind) -> Formula | None:
        if kind is not Kind.EXPRESSION:
            return None
        return self._found.formula(said(raw, "expression"), name, "expression")

    def _subtype(self, raw: Raw, name: str, kind: Kind) -> str:
        if kind is not Kind.DATETIME:
            return ""
        return self._found.one_of(said(raw, "subtype"), name, "subtype", _SUBTYPES) or "date"

    # ── answers ──────────────────────────────────────────────────────────────────────────

    def _options(self, raw: Raw, name: str, kind: Kind) -> tuple[Option, ...]:
        if kind not in ONE_OF | SOME_OF:
            return ()
        given = raw.get("values")
        items = given if isinstance(given, list) else []
        for problem in _wrong_answers(raw, items):
            self._found.error(name, "form.options", problem)
        for item in items:
            self._check_answer(item, name)
        return tuple(option_of(item) for item in items)

    def _check_answer(self, item: object, name: str) -> None:
        value = item.get("value") if isinstance(item, Mapping) else item
        if not isinstance(value, str):
            message = text("The value of an answer must be a text")
            self._found.error(name, "form.options", message)
        elif isinstance(item, Mapping) and not (item.get("label:ru") and item.get("label:en")):
            message = text("The answer {value} lacks label:ru or label:en", value=value)
            self._found.warn(name, "form.translation", message)

    # ── the whole ────────────────────────────────────────────────────────────────────────

    def finish(self, fields: Iterable[Field]) -> None:
        """Check what only shows when all components are known: keys that meet in one scope."""
        self._scope([inner for field in fields for inner in field.scoped])

    def _scope(self, fields: Sequence[Field], above: frozenset[str] = frozenset()) -> None:
        names = above | {field.path[0] for field in fields if field.path}
        taken: dict[tuple[str, ...], str] = {}
        for field in fields:
            self._claim(field, taken)
            if field.path and field.path[0] in SPECIAL:
                message = text("The key {key} has a meaning already", key=field.key)
                self._found.error(field.id, "form.key", message)
            if field.kind is Kind.DYNAMICLIST:
                self._row(field, names)

    def _row(self, field: Field, above: frozenset[str]) -> None:
        inner = [part for child in field.fields for part in child.scoped]
        own = {part.path[0] for part in inner if part.path} - above
        within = {part.id for child in field.fields for part in _everything(child)}
        for component, attribute, formula in self._found.formulas:
            for name in sorted(own & formula.compiled.names if component in within else ()):
                message = text(
                    "{attribute}: inside a row write this.{name} instead of {name}",
                    attribute=attribute,
                    name=name,
                )
                self._found.error(component, "form.expression", message)
        self._scope(inner, above)

    def _claim(self, field: Field, taken: dict[tuple[str, ...], str]) -> None:
        for path, owner in taken.items():
            short = min(len(path), len(field.path))
            if path[:short] == field.path[:short]:
                message = text("The key {key} is already taken by {id}", key=field.key, id=owner)
                self._found.error(field.id, "form.duplicate-key", message)
        taken[field.path] = field.id


def _everything(field: Field) -> Iterator[Field]:
    yield field
    for child in field.fields:
        yield from _everything(child)


def _wrong_answers(raw: Raw, items: Sequence[object]) -> Iterable[Text]:
    for attribute in _FOREIGN:
        if raw.get(attribute):
            yield text("{attribute} is not allowed", attribute=attribute)
    if not items and not raw.get("valuesKey"):
        yield text("There are no answers to choose from")
    values = [option_of(item).value for item in items]
    if len(set(values)) < len(values) or "" in values:
        yield text("Every answer needs a value of its own")


def _columns(given: object) -> int:
    return given if isinstance(given, int) and 0 < given <= 16 else 0
