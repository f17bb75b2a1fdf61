"""What is kept of a submission, and that it is drawn as it was whatever the server knows today."""

from typing import Any

import pytest

from engine.forms import Form, Sent, load
from engine.web.formrender import Attached, render_sent
from tests.unit.forms.conftest import NOW, made
from tests.unit.forms.test_render import HOSTILE, innocent

OFFICE = {"type": "select", "key": "office", "label": "Кеңсе", "valuesKey": "offices"}
CONTEXT = {
    "strict": True,
    "offices": [
        {"value": "a", "label": "Бірінші", "label:ru": "Первая", "label:en": "First"},
        {"value": "b", "label": "Екінші"},
    ],
}


def formed(*components: dict[str, object]) -> Form:
    return load(made(*components), key="f")


def sending(form: Form, data: dict[str, Any], context: Any = CONTEXT, **more: Any) -> Sent:
    checked = form.check(data, now=NOW, context=context, **more)
    assert not checked.errors
    return form.sent(checked, context)


def test_only_the_options_that_were_chosen_are_kept() -> None:
    row = {"type": "dynamiclist", "path": "rows", "isRepeating": True, "allowAddRemove": True}
    form = formed(OFFICE, {**row, "components": [OFFICE | {"id": "I", "key": "inner"}]})
    kept = sending(form, {"office": "a", "rows": [{"inner": "a"}]})
    assert kept.options == {"offices": CONTEXT["offices"][:1]}  # type: ignore[index]
    both = sending(form, {"office": "a", "rows": [{"inner": "b"}]})
    assert both.options == {"offices": CONTEXT["offices"]}
    assert sending(form, {"rows": []}).options == {"offices": []}


@pytest.mark.parametrize(
    ("language", "label"), [("kk", "Бірінші"), ("ru", "Первая"), ("en", "First")]
)
def test_an_answer_means_what_it_meant_then(language: str, label: str) -> None:
    form = formed(OFFICE)
    page = render_sent(form, sending(form, {"office": "a"}), language)
    assert label in page
    assert "Екінші" not in page


def test_what_was_not_asked_is_not_drawn_and_what_was_is() -> None:
    hidden = {"type": "text", "text": "Тек қатаң емес кезде", "conditional": {"hide": "=strict"}}
    asked = {"type": "text", "text": "Тек қатаң кезде", "conditional": {"hide": "=not(strict)"}}
    form = formed(hidden, asked)
    page = render_sent(form, sending(form, {}), "kk")
    assert "Тек қатаң емес кезде" not in page
    assert "Тек қатаң кезде" in page


@pytest.mark.parametrize("purpose", ["one-time-code", "current-password", "new-password"])
def test_a_secret_is_neither_kept_nor_shown(purpose: str) -> None:
    secret = {"type": "textfield", "key": "code", "properties": {"autocomplete": purpose}}
    form = formed(secret, {"type": "textfield", "key": "name"})
    kept = sending(form, {"code": "918273", "name": "Ардақ"})
    assert kept.values == {"name": "Ардақ"}
    assert "918273" not in repr(kept)
    page = render_sent(form, kept, "ru")
    assert "не показывается" in page
    assert "Ардақ" in page


def test_a_restricted_answer_is_checked_but_not_kept() -> None:
    risk = {"type": "textarea", "key": "risk", "properties": {"kept": "false"}}
    form = formed(risk, {"type": "textfield", "key": "name"})
    kept = sending(form, {"risk": "was beaten", "name": "Ардақ"})
    assert kept.values == {"name": "Ардақ"}
    assert "beaten" not in repr(kept)
    assert "не показывается" in render_sent(form, kept, "ru")


def test_files_are_ids_and_names_in_rows_too() -> None:
    files = {"type": "filepicker", "id": "P", "key": "files", "label": "Файл", "multiple": True}
    row = {"type": "dynamiclist", "path": "rows", "isRepeating": True, "allowAddRemove": True}
    form = formed(files, {**row, "components": [files | {"id": "Q"}]})
    documents = {"d1", "d2"}
    kept = sending(form, {"files": ["d1"], "rows": [{"files": ["d2", "d1"]}]}, documents=documents)
    assert kept.files == ("d1", "d2")
    there = [Attached(id="d1", name="a.pdf", href="/d/1"), Attached(id="d2", name="кетті.pdf")]
    page = render_sent(form, kept, "kk", documents=there)
    assert page.count('href="/d/1"') == 2
    assert "кетті.pdf" in page, "a file that is gone keeps its name"


def test_nothing_can_be_changed_in_it() -> None:
    tick = {"type": "checkbox", "key": "sure"}
    row = {"type": "dynamiclist", "path": "rows", "isRepeating": True, "allowAddRemove": True}
    note = {"type": "textarea", "id": "N", "key": "note", "label": "Ескерту"}
    form = formed(OFFICE, tick, note, {**row, "components": [note | {"id": "M"}]})
    sent = sending(
        form, {"office": "b", "sure": True, "note": HOSTILE, "rows": [{"note": "бір\nекі"}]}
    )
    page = innocent(render_sent(form, sent, "kk"))
    assert not {tag for tag, _ in page.tags} & {"button", "select", "textarea", "form"}
    assert all(attrs.get("type") == "hidden" for tag, attrs in page.tags if tag == "input")


def test_a_list_too_wide_for_a_table_is_drawn_row_by_row() -> None:
    row = {"type": "dynamiclist", "path": "rows", "isRepeating": True, "allowAddRemove": True}
    fields = [
        {"type": "textfield", "id": f"T{number}", "key": f"t{number}", "label": f"L{number}"}
        for number in range(7)
    ]
    for count, is_table in ((6, True), (7, False)):
        form = formed({**row, "components": fields[:count]})
        page = render_sent(form, sending(form, {"rows": [{"t0": "мәні"}]}), "kk")
        assert ("<table" in page) is is_table
        assert "мәні" in page
