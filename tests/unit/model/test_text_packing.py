"""Sentences in a column of text: what is read is what was written."""

import pytest

from engine.model.text import Text, Words, packed, text, unpacked


@pytest.mark.parametrize(
    "said",
    [
        Text("Plain"),
        text("With {what}", what='a {brace} and a "quote"'),
        text("Outer {inner}", inner=text("of {n}", n="7")),
    ],
)
def test_a_sentence_comes_back(said: Text) -> None:
    assert unpacked(packed(said)) == said


def test_what_an_analyst_wrote_keeps_its_languages() -> None:
    said = text("{step} waits", step=Words(kk="Тексеру", ru="Проверка", en="Check"))
    assert unpacked(packed(said)) == said


def test_what_nobody_packed_stays_readable() -> None:
    assert str(unpacked("boom {x} [y]")) == "boom {x} [y]"
    assert str(unpacked("")) == ""
