"""Words of the pages of order 74: in three languages, with their placeholders, one for each."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from engine.i18n import add_catalogues, catalogue, plurals

SUPPORT = Path(__file__).parents[3] / "handlers/support"
KEY = re.compile(r"^[a-z]+:\w")


def spoken() -> Iterator[str]:
    for path in SUPPORT.glob("pages/*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            call = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "text"
            if call and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value)
    for path in SUPPORT.glob("templates/**/*.html"):
        for found in re.findall(r"""(?<!\w)_\("([^"]+)"[,)]|_\('([^']+)'[,)]""", path.read_text()):
            yield found[0] or found[1]


def counted() -> Iterator[str]:
    for path in SUPPORT.glob("templates/**/*.html"):
        yield from re.findall(r'n_\("([^"]+)"', path.read_text("utf-8"))


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_every_sentence_is_translated(language: str) -> None:
    add_catalogues("handlers.people")
    add_catalogues("handlers.support")
    found = catalogue(language)
    assert sorted({one for one in spoken() if one not in found}) == []
    assert sorted({one for one in counted() if one not in plurals(language)}) == []
    for one in spoken():
        assert set(re.findall(r"{(\w+)}", found[one])) == set(re.findall(r"{(\w+)}", one)), one


def test_keys_that_are_no_sentences_have_english_words_too() -> None:
    add_catalogues("handlers.support")
    assert [one for one in spoken() if KEY.match(one) and one not in catalogue("en")] == []


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_rooms_agree_on_a_sentence_that_both_say(language: str) -> None:
    said: dict[str, str] = {}
    for path in sorted((SUPPORT / "locale" / language).glob("*.po")):
        with path.open("rb") as file:
            for one in read_po(file, locale=language):
                key = one.id if isinstance(one.id, str) else str(one.id[0])
                if key:
                    assert said.setdefault(key, str(one.string)) == str(one.string), key
