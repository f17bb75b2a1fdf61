"""What people typed into forms, read and refused: what the adapters of every order share."""

from collections.abc import Mapping, Sequence
from datetime import date

from engine.errors import FormRefused
from engine.model.text import Text, text

Values = Mapping[str, object]
Row = Mapping[str, object]


class Errors:
    """Collects errors by field path and refuses if there is one."""

    def __init__(self) -> None:
        """Start without errors."""
        self.found: dict[str, list[Text]] = {}

    def add(self, path: str, said: Text | None) -> None:
        """Keep an error; None is none."""
        if said is not None:
            self.found.setdefault(path, []).append(said)

    def refuse(self) -> None:
        """Raise `FormRefused` if anything was found."""
        if self.found:
            raise FormRefused(text("Something is not right yet: nothing was sent."), self.found)


def refused(path: str, said: Text) -> FormRefused:
    """Return the refusal of a single field."""
    return FormRefused(said, {path: (said,)})


def word(values: Values, key: str) -> str:
    """Return a value as stripped text; empty if there is none."""
    found = values.get(key)
    return str(found).strip() if found is not None and found is not False else ""


def rows(values: Values, key: str) -> list[Row]:
    """Return the rows of a list."""
    found = values.get(key)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def words(values: Values, key: str) -> list[str]:
    """Return a list of texts: ticked options, document ids."""
    found = values.get(key)
    return [str(one) for one in found] if isinstance(found, list) else []


def day(values: Values, key: str) -> date | None:
    """Return a date; None if there is none."""
    said = word(values, key)
    return date.fromisoformat(said[:10]) if said else None


def options(found: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """Return value and label pairs as options of a form's list."""
    return [{"value": value, "label": label} for value, label in found]
