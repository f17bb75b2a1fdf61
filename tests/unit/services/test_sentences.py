"""Every sentence these rooms can say is there in Kazakh and Russian, placeholders included."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.i18n import catalogue

ROOT = Path(__file__).parents[3] / "engine"
PLACES = re.compile(r"\{\w+\}")


def sentences() -> Iterator[str]:
    files = [*ROOT.glob("services/*.py"), *ROOT.glob("store/*.py")]
    for path in [*files, ROOT / "config.py", ROOT / "bootstrap.py"]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        uses_texts = "engine.model.text" in ast.dump(tree)
        for node in ast.walk(tree):
            if not (uses_texts and isinstance(node, ast.Call) and node.args):
                continue
            name, first = getattr(node.func, "id", ""), node.args[0]
            if name in {"text", "sentence", "Text"} and isinstance(first, ast.Constant):
                yield str(first.value)


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_nothing_is_left_untranslated(language: str) -> None:
    said = set(sentences())
    assert len(said) > 60, "the search itself must work"
    known = catalogue(language)
    assert sorted(said - set(known)) == []


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_translations_keep_the_placeholders(language: str) -> None:
    known = catalogue(language)
    for sentence in sentences():
        assert set(PLACES.findall(sentence)) == set(PLACES.findall(known[sentence])), sentence
