"""A form that was read: what it asks for, and the operations on a submission."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from engine.forms import keeping, posting, submission
from engine.forms.definition import LISTS, Field, FileRules, Kind
from engine.forms.keeping import Sent
from engine.forms.submission import Checked, State
from engine.model.text import Words

#: What a value is called towards diagrams, by component.
_KINDS = {
    Kind.NUMBER: "number",
    Kind.CHECKBOX: "boolean",
    Kind.DATETIME: "date",
    Kind.DYNAMICLIST: "list",
    Kind.EXPRESSION: "any",
} | dict.fromkeys(LISTS, "list")


@dataclass(frozen=True, kw_only=True)
class Form:
    """A form, read and without errors. Immutable; one object serves all threads."""

    #: Form key, e.g. ``people/contact``; empty where it was not said.
    key: str
    #: Id inside the file.
    id: str
    #: Its components.
    fields: tuple[Field, ...]
    #: Its name (properties of the form itself: ``name``, ``name:ru``, ``name:en``).
    title: Words

    @cached_property
    def keys(self) -> frozenset[str]:
        """Return the names on the first level of the values."""
        return frozenset(field.path[0] for field in self.scoped())

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """Return what a checked submission may hold, by name on the first level.

        Kinds: ``text number boolean date list context any``.
        """
        return {
            field.path[0]: "context" if len(field.path) > 1 else _KINDS.get(field.kind, "text")
            for field in self.scoped()
        }

    def scoped(self) -> Iterator[Field]:
        """Yield what has a value or rows on the form's own level, groups opened."""
        for field in self.fields:
            yield from field.scoped

    def walk(self) -> Iterator[Field]:
        """Yield every component, those inside groups and lists too, in order."""
        queue = list(self.fields)
        while queue:
            field = queue.pop(0)
            yield field
            queue[:0] = field.fields

    def file_rules(self, path: str) -> FileRules | None:
        """Return the limits of the filepicker at a path such as ``members.0.scans``."""
        names = [part for part in path.split(".") if not part.isdigit()]
        for field in self.walk():
            if field.kind is Kind.FILEPICKER and names[-len(field.path) :] == list(field.path):
                return field.file
        return None

    def initial(self, known: Mapping[str, object]) -> dict[str, object]:
        """Return what the form is filled with: the known values, defaults where none is known."""
        return submission.initial(self.fields, known)

    def decode(self, pairs: Iterable[tuple[str, str]]) -> dict[str, object]:
        """Turn a posted HTML form into nested values, wrong ones as they were typed.

        Names are paths; names that the form does not have are dropped. `FormRefused` when there
        are more names than any form of ours has.
        """
        return posting.decode(self.fields, pairs)

    def edited(self, pairs: Iterable[tuple[str, str]]) -> dict[str, object] | None:
        """Return the values after the row button that was pressed; None if none was."""
        return posting.edited(self.fields, pairs)

    def attach(self, values: Mapping[str, object], path: str, document: str) -> dict[str, object]:
        """Return the values with an uploaded document's id at a filepicker's path."""
        return posting.attach(self.fields, values, path.split("."), document)

    def check(
        self,
        data: Mapping[str, object],
        *,
        now: datetime,
        context: Mapping[str, object] | None = None,
        documents: Collection[str] = frozenset(),
    ) -> Checked:
        """Check a submission; see `engine.forms` for what is done to it.

        `now` is aware. `context` is what the server knows: values of readonly fields, options,
        and names for conditions. `documents` are the ids that may be named as files.
        """
        return submission.check(
            self.fields, data, now=now, context=context or {}, documents=documents
        )

    def sent(self, checked: Checked, context: Mapping[str, object]) -> Sent:
        """Return what to keep of a checked submission, so that it can be shown as it was sent."""
        return keeping.keep(self.fields, checked, context)

    def hidden(
        self,
        data: Mapping[str, object],
        *,
        now: datetime,
        context: Mapping[str, object] | None = None,
    ) -> frozenset[str]:
        """Return the paths of the fields, groups and lists that are hidden now.

        A component without a value is named by its id, inside a row ``members.0.#Text_1``.
        """
        return self.state(data, now=now, context=context).hidden

    def state(
        self,
        data: Mapping[str, object],
        *,
        now: datetime,
        context: Mapping[str, object] | None = None,
    ) -> State:
        """Return what is hidden and readonly now, for drawing the form."""
        return submission.state(self.fields, data, now=now, context=context or {})

    def places(self, language: str) -> list[tuple[str, str]]:
        """Return path and name of every field that can bear a remark, rows as ``members``."""
        return [
            (field.key, field.label.said(language))
            for field in self.scoped()
            if not field.undrawn and field.label
        ]
