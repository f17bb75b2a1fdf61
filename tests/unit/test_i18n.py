"""Sentences in three languages."""

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
