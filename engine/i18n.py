"""Languages: gettext catalogues of every room, merged; English sentences are the keys."""

import gettext
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

from babel.messages.pofile import read_po

from engine.model.text import Text

#: Packages whose ``locale`` folder is read; domains are added by `engine.bootstrap`.
_packages: list[str] = ["engine"]


def add_catalogues(package: str) -> None:
    """Read ``<package>/locale/<language>/*.po`` too."""
    if package not in _packages:
        _packages.append(package)
        catalogue.cache_clear()


def _files(language: str) -> list[Path]:
    found: list[Path] = []
    for name in _packages:
        origin = import_module(name).__file__
        if origin:
            found += sorted((Path(origin).parent / "locale" / language).glob("*.po"))
    return found


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return sentence → translation for a language; empty for English."""
    merged: dict[str, str] = {}
    if language == "en":
        return merged
    for path in _files(language):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and message.string and isinstance(message.id, str):
                    merged[message.id] = str(message.string)
    return merged


def translate(said: Text | str, language: str) -> str:
    """Return a sentence in a language, placeholders filled in; untranslated ones stay English."""
    whole = Text(said) if isinstance(said, str) else said
    sentence = catalogue(language).get(whole.msgid, whole.msgid)
    if not whole.params:
        return sentence
    values = {
        key: translate(value, language) if isinstance(value, Text) else str(value)
        for key, value in whole.params.items()
    }
    return sentence.format_map(values)


class Translations(gettext.NullTranslations):
    """The catalogue as Jinja's ``i18n`` extension wants it."""

    def __init__(self, language: str) -> None:
        """Choose the language."""
        super().__init__()
        self._language = language

    def gettext(self, message: str) -> str:
        """Translate one sentence."""
        return catalogue(self._language).get(message, message)
