"""Every sentence of the pages has its Kazakh and Russian words, with the same placeholders."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from engine.i18n import catalogue, plurals

WEB = Path(__file__).parents[3] / "engine" / "web"
PLACEHOLDER = re.compile(r"\{(\w*)\}")
COUNTING = {"n_", "_count", "translate_count"}
SENTENCES = {"_", "text", "said", "translate"}
#: Words of which the msgid is no English sentence but a key of the domain.
DOMAIN_KEY = re.compile(r"^[a-z]+:")


def _in_templates() -> Iterator[tuple[str, str]]:
    for path in sorted((WEB / "templates").rglob("*.html")):
        tree = Environment().parse(path.read_text(encoding="utf-8"))
        for call in tree.find_all(nodes.Call):
            name = getattr(call.node, "name", "")
            first = call.args[0] if call.args else None
            if name in SENTENCES | COUNTING and isinstance(first, nodes.Const):
                yield name, str(first.value)


def _in_code() -> Iterator[tuple[str, str]]:
    for path in sorted(WEB.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call):
                name = getattr(call.func, "id", "") or getattr(call.func, "attr", "")
                first = call.args[0] if call.args else None
                said = first.value if isinstance(first, ast.Constant) else None
                if name in SENTENCES | COUNTING and isinstance(said, str):
                    yield name, said


FOUND = sorted({*_in_templates(), *_in_code()})
PLAIN = sorted({said for name, said in FOUND if name in SENTENCES and not DOMAIN_KEY.match(said)})
COUNTED = sorted({said for name, said in FOUND if name in COUNTING})


def test_the_walk_finds_sentences_of_both_kinds() -> None:
    assert len(PLAIN) > 150
    assert "{n} working day" in COUNTED


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("sentence", PLAIN)
def test_a_sentence_is_translated(sentence: str, language: str) -> None:
    said = catalogue(language).get(sentence, "")
    assert said, f"no {language} words for {sentence!r}"
    assert set(PLACEHOLDER.findall(said)) == set(PLACEHOLDER.findall(sentence))


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("sentence", COUNTED)
def test_a_counted_sentence_has_all_its_forms(sentence: str, language: str) -> None:
    forms = plurals(language).get(sentence, ())
    assert len(forms) == {"kk": 2, "ru": 3}[language], f"{language}: {sentence!r}"
    assert all("{n}" in form for form in forms)


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_catalogue_keeps_no_sentence_that_nobody_says(language: str) -> None:
    with (WEB.parent / "locale" / language / "web.po").open("rb") as file:
        kept = {one.id if isinstance(one.id, str) else one.id[0] for one in read_po(file) if one.id}
    # Sentences in tables are found by their text() call; those in lists of pages by _().
    assert not kept - {*PLAIN, *COUNTED}
