"""Every sentence of moving, backups and house-keeping has its Kazakh and Russian words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.i18n import catalogue

ENGINE = Path(__file__).parents[3] / "engine"
FILES = (
    *sorted((ENGINE / "store" / "moving").glob("*.py")),
    ENGINE / "store" / "migrate.py",
    ENGINE / "cli" / "database.py",
    ENGINE / "cli" / "housekeeping.py",
    ENGINE / "services" / "retention.py",
    ENGINE / "bpmn" / "lifetime.py",
)
PLACEHOLDER = re.compile(r"\{(\w*)\}")


def sentences() -> Iterator[str]:
    for path in FILES:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            said = call.args[:1] if getattr(call.func, "id", "") == "text" else []
            said += [one.value for one in call.keywords if one.arg == "help"]
            yield from (
                one.value
                for one in said
                if isinstance(one, ast.Constant) and isinstance(one.value, str)
            )


SAID = sorted({*sentences()})


def test_the_walk_finds_them() -> None:
    assert len(SAID) > 45


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("sentence", SAID)
def test_a_sentence_is_translated(sentence: str, language: str) -> None:
    said = catalogue(language).get(sentence, "")
    assert said, f"no {language} words for {sentence!r}"
    assert set(PLACEHOLDER.findall(said)) == set(PLACEHOLDER.findall(sentence))
