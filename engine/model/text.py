"""A sentence for people, kept untranslated until somebody's language is known."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Text:
    """An English sentence with ``{placeholders}`` and the values for them.

    The sentence is the key of the gettext catalogues in ``locale/<language>/*.po``; `engine.i18n`
    turns it into Kazakh, Russian or English. A value may itself be a `Text`
    or `Words`.
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


@dataclass(frozen=True)
class Words:
    """What an analyst wrote in a diagram, table or form, in up to three languages.

    Unlike a `Text` it is no key of a catalogue: the translations stand beside it.
    """

    #: Kazakh, the language of the definitions.
    kk: str
    #: Russian; empty: the Kazakh words are shown.
    ru: str = ""
    #: English; empty: the Kazakh words are shown.
    en: str = ""

    @classmethod
    def named(cls, names: Mapping[str, str] | None, otherwise: str) -> "Words":
        """Return names by language; what has none in Kazakh is called `otherwise`."""
        found = names or {}
        return cls(found.get("kk") or otherwise, found.get("ru", ""), found.get("en", ""))

    def said(self, language: str) -> str:
        """Return the words in a language, in Kazakh where they were not translated."""
        return {"ru": self.ru, "en": self.en}.get(language) or self.kk

    def __str__(self) -> str:
        """Return the English words."""
        return self.said("en")

    def __bool__(self) -> bool:
        """Tell whether anything was written."""
        return bool(self.kk)


def packed(said: Text) -> str:
    """Write a sentence into a column of text, so that it can be translated when it is read."""
    if not said.params:
        return said.msgid
    params = {key: _packed(value) for key, value in said.params.items()}
    return json.dumps([said.msgid, params], ensure_ascii=False)


def _packed(value: object) -> object:
    if isinstance(value, Text):
        return {"": packed(value)}
    if isinstance(value, Words):
        # The first is for programs of a release that knows sentences only.
        return {"": value.kk, "kk": value.kk, "ru": value.ru, "en": value.en}
    return str(value)


def _unpacked(value: Any) -> object:
    if not isinstance(value, dict):
        return value
    if "kk" in value:
        return Words(kk=value["kk"], ru=value["ru"], en=value["en"])
    return unpacked(value[""])


def unpacked(written: str) -> Text:
    """Read what `packed` wrote; any other text is a sentence of its own."""
    if not written.startswith('["'):
        return text("{said}", said=written) if "{" in written else Text(written)
    msgid, params = json.loads(written)
    return Text(msgid, {key: _unpacked(value) for key, value in params.items()})
