"""Every sentence of forms is said in Kazakh and Russian."""

import ast
import re
from pathlib import Path

import pytest

from engine.i18n import catalogue

ROOT = Path(__file__).parents[3]
CODE = [
    *(ROOT / "engine/forms").glob("*.py"),
    ROOT / "engine/model/numbers.py",
    *(ROOT / "engine/web").glob("form*.py"),
]
TEMPLATES = (ROOT / "engine/web/templates/form").glob("*.html")


def sentences() -> set[str]:
    found: set[str] = set()
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("text", "Text"):
                first = node.args[0] if node.args else None
                found |= {first.value} if isinstance(first, ast.Constant) else set()
    for path in TEMPLATES:
        source = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"""_\(["']([^"']+)["']""", source))
    return found - {"{words}"}


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_every_sentence_is_translated_with_its_placeholders(language: str) -> None:
    said = catalogue(language)
    found = sentences()
    assert len(found) > 80
    missing = {one for one in found if one not in said}
    assert not missing, f"add to engine/locale/{language}/forms.po: {missing}"
    for one in found:
        places = set(re.findall(r"\{(\w+)\}", one))
        assert set(re.findall(r"\{(\w+)\}", said[one])) == places, one
