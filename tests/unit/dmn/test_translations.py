"""Every sentence of the two rooms has its Kazakh and Russian form, with the same placeholders."""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

#: Endings of sentences that are put together elsewhere than where they stand.
COMPOSED = ("{message}", "where {found}")
ENGINE = Path(__file__).parents[3] / "engine"


def sentences(room: str) -> set[str]:
    """Constants given to `text` and `Text`, and constants with a {message} in them."""
    found: set[str] = set()
    for path in (ENGINE / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("text", "Text"):
                found |= set(constants([*node.args[:1]]))
            found |= {words for words in constants([node]) if words.endswith(COMPOSED)}
    return found


def constants(nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("room", ["feel", "dmn"])
def test_every_sentence_is_translated(room: str, language: str) -> None:
    known: dict[str, str] = {}
    for name in ("feel", "dmn"):
        with (ENGINE / "locale" / language / f"{name}.po").open("rb") as stream:
            known |= {str(m.id): str(m.string) for m in read_po(stream) if m.id}
    found = sentences(room)
    assert len(found) > 25
    for sentence in found:
        assert known.get(sentence), sentence
        assert placeholders(known[sentence]) == placeholders(sentence)
