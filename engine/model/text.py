"""A sentence for people, kept untranslated until somebody's language is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Text:
    """An English sentence with ``{placeholders}`` and the values for them.

    The sentence is the key of the gettext catalogues in ``locale/<language>/*.po``; `engine.i18n`
    turns it into Kazakh, Russian or English. A value may itself be a `Text`.
    """

    #: English sentence, the key of the catalogues.
    msgid: str
    #: Values of its placeholders.
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the English sentence, filled in."""
        return self.msgid.format_map({key: str(value) for key, value in self.params.items()})


def text(msgid: str, /, **params: object) -> Text:
    """Write a `Text` as one reads it: ``text("Task {name} is closed", name=…)``."""
    return Text(msgid, params)
