"""A form being filled in → what its templates draw."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby

from engine.forms import Field, Form, Kind, Option
from engine.forms.definition import ONE_OF, SOME_OF
from engine.forms.rules import is_asked
from engine.forms.scope import Scope, name_of
from engine.forms.submission import State
from engine.forms.values import at, options
from engine.i18n import translate
from engine.model.text import Text, Words, text
from engine.web.formviews import Attached, Block, Choice, Row, View, attributes, grouped, typed
from engine.web.formwhen import only_with, when

#: Stands in the template of a new row where its number will be.
NUMBER = "__n__"
#: The clock where nobody said the time.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Answers up to which they may stand side by side.
_WIDE = 3
#: Columns up to which rows that nobody may change are a table; more would not fit beside a case.
_TABLE = 6
Errors = Mapping[str, Sequence[Text]]
#: Questions by the answer that brings them up.
Followers = Mapping[str, Sequence[Field]]
_CHOSEN = {Kind.RADIO, Kind.SELECT, Kind.CHECKBOX}
_KINDS = {
    Kind.TEXTFIELD: "text",
    Kind.TEXTAREA: "area",
    Kind.NUMBER: "number",
    Kind.CHECKBOX: "tick",
    Kind.RADIO: "radios",
    Kind.SELECT: "select",
    Kind.CHECKLIST: "ticks",
    Kind.TAGLIST: "ticks",
    Kind.FILEPICKER: "files",
    Kind.GROUP: "group",
    Kind.TEXT: "words",
}


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """Everything that drawing one form needs."""

    #: The form.
    form: Form
    #: Values as typed.
    values: Mapping[str, object]
    #: Errors by path.
    errors: Errors
    #: Language.
    language: str
    #: What is hidden and readonly.
    state: State
    #: What the server knows.
    context: Mapping[str, object]
    #: Documents by id.
    documents: Mapping[str, Attached]
    #: Draw everything readonly.
    readonly: bool = False
    #: Remarks by path.
    remarks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: Values of the version before; None: there is none.
    before: Mapping[str, object] | None = None
    #: The clock's time.
    now: datetime = EPOCH

    # ── walking ──────────────────────────────────────────────────────────────────────────

    def blocks(self, fields: Sequence[Field], scope: Scope) -> tuple[Block, ...]:
        """Return what to draw in a scope, neighbours put together."""
        left = [part for part in fields if self._shown(part, scope.prefix + name_of(part))]
        views: list[tuple[Field, View]] = []
        while left:
            part = left.pop(0)
            followers = self._followers(part, left, scope)
            del left[: sum(len(found) for found in followers.values())]
            view = self._view(part, scope, followers)
            if view.rows or view.editable or view.kind != "rows":
                views.append((part, view))
        return tuple(_together(views))

    def _shown(self, part: Field, path: str) -> bool:
        """Tell whether to draw it: what is hidden is drawn only where it can still appear."""
        return _drawn(part) and not (self.readonly and path in self.state.hidden)

    def _followers(
        self, part: Field, after: Sequence[Field], scope: Scope
    ) -> dict[str, list[Field]]:
        """Return, by answer, the questions right after a radio that only this answer brings up."""
        found: dict[str, list[Field]] = {}
        if self._kind(part, scope.prefix + name_of(part)) != "radios":
            return found
        for follower in after:
            answer = only_with(follower.hide, part, in_row=bool(scope.prefix))
            if answer is None or follower.kind in {Kind.DYNAMICLIST, Kind.GROUP}:
                break
            found.setdefault(answer, []).append(follower)
        return found if self._answers_of(part) >= found.keys() else {}

    def _answers_of(self, part: Field) -> set[str]:
        return {option.value for option in options(part, self.context)}

    # ── one component ────────────────────────────────────────────────────────────────────

    def _view(self, part: Field, scope: Scope, followers: Followers) -> View:
        path = scope.prefix + name_of(part)
        view = self._shared(part, path, scope.prefix)
        if view.kind == "group":
            return replace(view, blocks=self.blocks(part.fields, scope))
        if view.kind == "rows":
            return self._rows(part, scope, view)
        if view.kind == "table":
            return self._table(part, scope, view)
        if view.kind == "words":
            return replace(view, value=part.content.said(self.language))
        if view.kind == "fact":
            return self._fact(part, path, scope, view)
        return self._control(part, path, scope, view, followers)

    def _kind(self, part: Field, path: str) -> str:
        if part.kind is Kind.DYNAMICLIST:
            return "table" if self._is_table(part) else "rows"
        if part.keyed and (self.readonly or path in self.state.fixed or self._always_fixed(part)):
            return "fact"
        return _KINDS.get(part.kind) or {"date": "date", "time": "time"}.get(part.subtype, "moment")

    def _always_fixed(self, part: Field) -> bool:
        return part.disabled or part.readonly is True

    def _is_table(self, part: Field) -> bool:
        inner = [child for child in part.fields if _drawn(child)]
        flat = all(
            child.keyed and child.hide is None and child.kind is not Kind.FILEPICKER
            for child in inner
        )
        fixed = all(self.readonly or self._always_fixed(child) for child in inner)
        return (
            0 < len(inner) <= _TABLE
            and flat
            and fixed
            and (self.readonly or not part.rows.editable)
        )

    def _shared(self, part: Field, path: str, prefix: str) -> View:
        name = path.replace("#", "")
        return View(
            kind=self._kind(part, path),
            name=name,
            id=f"f-{name}",
            label=part.label.said(self.language),
            hint=part.description.said(self.language),
            errors=tuple(translate(said, self.language) for said in self.errors.get(path, ())),
            remarks=tuple(self.remarks.get(path, ())),
            required=is_asked(part, {**self.context, **self.state.values}, self.now),
            suffix=part.suffix.said(self.language),
            columns=part.columns,
            cond=path if part.hide and not self.readonly else "",
            when=when(part.hide, prefix, self._asked(prefix))
            if part.hide and not self.readonly
            else "",
            covered=part.hide is not None and self._is_hidden(part, path),
        )

    def _asked(self, prefix: str) -> frozenset[str]:
        """Return the paths of the choices on the page that a condition in a scope may name."""
        roots = {one.key for one in self.form.scoped() if one.kind in _CHOSEN}
        inner = {prefix + one.key for one in self.form.walk() if one.kind in _CHOSEN}
        return frozenset(roots | (inner if prefix else set())) - self.state.fixed

    def _is_hidden(self, part: Field, path: str) -> bool:
        if NUMBER not in path:
            return path in self.state.hidden
        # A row for the browser to copy is in no submission: its condition sees an empty row.
        empty = Scope(values={child.path[0]: None for child in part.scoped}, prefix=path)
        names = empty.names({**self.context, **self.state.values})
        return part.hide is not None and part.hide.holds(names, self.now)

    # ── controls ─────────────────────────────────────────────────────────────────────────

    def _control(
        self, part: Field, path: str, scope: Scope, view: View, followers: Followers
    ) -> View:
        raw = at(scope.values, part.path)
        view = replace(
            view,
            check=part.rules.check,
            attributes=attributes(part),
            before=self._before(part, path, raw),
        )
        if part.kind in ONE_OF | SOME_OF:
            return self._choices(part, path, raw, scope, view, followers)
        if part.kind is Kind.FILEPICKER:
            return replace(view, files=tuple(self._files(raw)), editable=part.file.multiple)
        if part.kind is Kind.CHECKBOX:
            return replace(view, ticked=raw in (True, "true", "on", "1"))
        day, _, hour = typed(part, raw).partition(" ") if view.kind == "moment" else ("", "", "")
        return replace(view, value=day or typed(part, raw), clock=hour)

    def _choices(
        self, part: Field, path: str, raw: object, scope: Scope, view: View, followers: Followers
    ) -> View:
        chosen = {str(one) for one in raw} if isinstance(raw, list) else {str(raw or "")}
        offered = options(part, self.context)
        made = (
            self._choice(option, f"f-{path}{f'-{number}' if number else ''}", chosen, path)
            for number, option in enumerate(offered)
        )
        told = tuple(self._with_reveals(one, followers.get(one.value, ()), scope) for one in made)
        wide = len(offered) <= _WIDE and not followers and not any(one.hint for one in told)
        return replace(view, choices=told, editable=wide)

    def _choice(self, option: Option, name: str, chosen: set[str], path: str) -> Choice:
        return Choice(
            value=option.value,
            label=option.label.said(self.language),
            hint=option.hint.said(self.language),
            id=name,
            chosen=option.value in chosen,
            when=json.dumps({"all": [[path, "!=", option.value]]}, ensure_ascii=False),
        )

    def _with_reveals(self, choice: Choice, fields: Sequence[Field], scope: Scope) -> Choice:
        if not fields:
            return choice
        return replace(choice, reveals=self.blocks(fields, scope), covered=not choice.chosen)

    def _files(self, raw: object) -> Iterator[Attached]:
        for one in raw if isinstance(raw, list) else []:
            yield self.documents.get(str(one)) or Attached(id=str(one), name=str(one))

    def _before(self, part: Field, path: str, raw: object) -> str:
        if self.before is None or "." in path.removesuffix(part.key).strip("."):
            return ""
        was = at(self.before, part.path)
        same = self.said(part, was) == self.said(part, raw)
        return "" if same or was is None else self.said(part, was)

    # ── readonly ─────────────────────────────────────────────────────────────────────────

    def _fact(self, part: Field, path: str, scope: Scope, view: View) -> View:
        raw = self._fixed_value(path, at(scope.values, part.path))
        files = tuple(self._files(raw)) if part.kind is Kind.FILEPICKER else ()
        before = self._before(part, path, raw)
        return replace(view, value=self.said(part, raw), files=files, before=before)

    def _fixed_value(self, path: str, raw: object) -> object:
        """Return what the server knows; a page that was posted does not hold it."""
        if path not in self.state.fixed:
            return raw
        found: object = self.state.values
        for step in path.split("."):
            if isinstance(found, list):
                found = found[int(step)]
            else:
                found = found.get(step) if isinstance(found, Mapping) else None
        return raw if found is None else found

    def said(self, part: Field, value: object) -> str:
        """Return a value as a person reads it; empty if there is none."""
        if part.unkept:
            return translate(text("not shown"), self.language)
        if value is None or value == "" or value == []:
            return ""
        if isinstance(value, bool):
            return translate(text("Yes") if value else text("No"), self.language)
        if part.kind in {Kind.RADIO, Kind.SELECT, Kind.CHECKLIST, Kind.TAGLIST}:
            labels = {
                one.value: one.label.said(self.language) for one in options(part, self.context)
            }
            chosen = value if isinstance(value, list) else [value]
            return ", ".join(labels.get(str(one), str(one)) for one in chosen)
        if part.kind is Kind.NUMBER:
            shown = grouped(str(value))
            return f"{shown} {part.suffix.said(self.language)}".strip()
        return typed(part, value)

    # ── rows ─────────────────────────────────────────────────────────────────────────────

    def _table(self, part: Field, scope: Scope, view: View) -> View:
        inner = [child for child in part.fields if _drawn(child)]
        rows = tuple(
            self._cells(inner, one)
            for one in _row_scopes(part, scope, self._known_rows(part, scope))
        )
        heads = tuple(one.label.said(self.language) for one in inner)
        return replace(view, rows=rows, heads=heads)

    def _known_rows(self, part: Field, scope: Scope) -> object:
        """Return the rows to draw; those of the server where a person may not change them."""
        raw = at(scope.values, part.path)
        return at(self.state.values, part.path) if raw is None and not scope.prefix else raw

    def _rows(self, part: Field, scope: Scope, view: View) -> View:
        scopes = _row_scopes(part, scope, self._known_rows(part, scope))
        rows = tuple(self._row(part, one, number) for number, one in enumerate(scopes))
        prefix = f"{scope.prefix}{part.key}.{NUMBER}."
        fresh = Scope(prefix=prefix, values={"_was": ""}, outer=scope)
        editable = part.rows.editable and not self.readonly
        return replace(
            view,
            rows=rows,
            fresh=self._row(part, fresh, None) if editable else None,
            editable=editable,
            value=self._row_name(part),
            attributes={"data-least": str(part.rows.least), "data-most": str(part.rows.most)},
        )

    def _row_name(self, part: Field) -> str:
        name: Words = part.rows.name or part.label
        return name.said(self.language)

    def _row(self, part: Field, scope: Scope, number: int | None) -> Row:
        said = str(scope.values.get("_was", "" if number is None else number))
        shown = NUMBER if number is None else str(number + 1)
        return Row(
            path=scope.prefix.removesuffix("."),
            title=f"{self._row_name(part)} {shown}",
            was=said,
            blocks=self.blocks(part.fields, scope),
        )

    def _cells(self, inner: Sequence[Field], scope: Scope) -> Row:
        values = (
            self.said(one, self._fixed_value(scope.prefix + one.key, at(scope.values, one.path)))
            for one in inner
        )
        return Row(path=scope.prefix.removesuffix("."), title="", was="", cells=tuple(values))


def _together(views: Iterable[tuple[Field, View]]) -> Iterator[Block]:
    """Put facts, and fields of the same layout row, into one block."""
    numbered = enumerate(views)

    def mark(item: tuple[int, tuple[Field, View]]) -> str:
        number, (part, view) = item
        if view.kind == "fact" and not view.cond:
            return "facts"
        beside = part.layout_row and part.columns and part.columns < 16
        return f"row {part.layout_row}" if beside and part.keyed else f"one {number}"

    for name, found in groupby(numbered, mark):
        inner = tuple(view for _, (_, view) in found)
        kind = "facts" if name == "facts" else "cols" if len(inner) > 1 else "one"
        yield Block(kind=kind, views=inner)


def _drawn(part: Field) -> bool:
    return not part.undrawn and part.kind not in {Kind.BUTTON, Kind.SEPARATOR, Kind.SPACER}


def _row_scopes(part: Field, scope: Scope, rows: object) -> Iterator[Scope]:
    for number, row in enumerate(rows if isinstance(rows, list) else []):
        values = row if isinstance(row, Mapping) else {}
        yield Scope(prefix=f"{scope.prefix}{part.key}.{number}.", values=values, outer=scope)
