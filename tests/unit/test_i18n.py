"""Sentences in three languages."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

from engine.i18n import Translations, translate
from engine.model.text import Text, text


def test_english_is_the_sentence_itself() -> None:
    said = text("Task {name} is closed", name="K-9")
    assert str(said) == "Task K-9 is closed"
    assert translate(said, "en") == "Task K-9 is closed"


def test_what_has_no_translation_stays_readable() -> None:
    assert translate(Text("No catalogue knows {this}", {"this": 7}), "kk") == (
        "No catalogue knows 7"
    )


def test_a_value_may_be_a_sentence_of_its_own() -> None:
    assert translate(text("{a}!", a=text("inner {b}", b=1)), "en") == "inner 1!"


def test_templates_read_the_same_catalogue() -> None:
    assert Translations("en").gettext("anything") == "anything"


ROOT = Path(__file__).parents[2]
ENTRY = re.compile(r'^msgid ((?:".*"\n)+)msgstr ((?:".*"\n?)+)', re.MULTILINE)


def joined(lines: str) -> str:
    return "".join(str(ast.literal_eval(one)) for one in lines.split("\n") if one)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_sentence_is_said_in_one_way_whoever_is_imported_first(language: str) -> None:
    said: defaultdict[str, set[str]] = defaultdict(set)
    for top in ("engine", "handlers"):
        for path in (ROOT / top).rglob(f"locale/{language}/*.po"):
            for entry in ENTRY.finditer(path.read_text(encoding="utf-8")):
                said[joined(entry[1])].add(joined(entry[2]))
    twice = {key: ways for key, ways in said.items() if key and len(ways) > 1}
    assert not twice
