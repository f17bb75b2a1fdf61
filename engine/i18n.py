"""Languages: gettext catalogues of every room, merged; English sentences are the keys."""

import gettext
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from engine.model.text import Text, Words

#: Packages whose ``locale`` folder is read; domains are added by `engine.bootstrap`.
_packages: list[str] = ["engine"]


def add_catalogues(package: str) -> None:
    """Read ``<package>/locale/<language>/*.po`` too."""
    if package not in _packages:
        _packages.append(package)
        catalogue.cache_clear()
        plurals.cache_clear()


def _files(language: str) -> list[Path]:
    found: list[Path] = []
    for name in _packages:
        origin = import_module(name).__file__
        if origin:
            found += sorted((Path(origin).parent / "locale" / language).glob("*.po"))
    return found


def _messages(language: str) -> Iterator[Message]:
    for path in _files(language):
        with path.open("rb") as file:
            yield from (found for found in read_po(file, locale=language) if found.id)


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return sentence → translation. English has lines only for keys that are no sentences."""
    merged: dict[str, str] = {}
    for message in _messages(language):
        if message.string and isinstance(message.id, str):
            merged[message.id] = str(message.string)
    return merged


@cache
def plurals(language: str) -> Mapping[str, tuple[str, ...]]:
    """Return singular sentence → its translations by plural form."""
    return {
        message.id[0]: tuple(message.string)
        for message in _messages(language)
        if isinstance(message.id, tuple) and message.string and all(message.string)
    }


def _form(language: str, n: int) -> int:
    """Return which plural form a number takes, in the order of ``msgstr[0]``, ``msgstr[1]``…"""
    if language != "ru":
        return int(n != 1)
    if n % 10 == 1 and n % 100 != 11:
        return 0
    return 1 if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else 2


def translate_count(one: str, many: str, n: int, language: str, /, **params: object) -> str:
    """Return a sentence about `n` things, with ``{n}`` and the other placeholders filled in."""
    forms = plurals(language).get(one, (one, many))
    return forms[min(_form(language, n), len(forms) - 1)].format(n=n, **params)


def known(msgid: str, language: str) -> bool:
    """Tell whether a key that is no sentence (``role:clerk``) has words in a language."""
    return msgid in catalogue(language)


def translate(said: Text | str, language: str) -> str:
    """Return a sentence in a language, placeholders filled in; untranslated ones stay English."""
    whole = Text(said) if isinstance(said, str) else said
    sentence = catalogue(language).get(whole.msgid, whole.msgid)
    if not whole.params:
        return sentence
    return sentence.format_map(
        {key: _filled(value, language) for key, value in whole.params.items()}
    )


def _filled(value: object, language: str) -> str:
    if isinstance(value, Text):
        return translate(value, language)
    return value.said(language) if isinstance(value, Words) else str(value)


class Translations(gettext.NullTranslations):
    """The catalogue as Jinja's ``i18n`` extension wants it."""

    def __init__(self, language: str) -> None:
        """Choose the language."""
        super().__init__()
        self._language = language

    def gettext(self, message: str) -> str:
        """Translate one sentence."""
        return catalogue(self._language).get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Translate a sentence about `n` things; placeholders stay."""
        forms = plurals(self._language).get(msgid1, (msgid1, msgid2))
        return forms[min(_form(self._language, n), len(forms) - 1)]
