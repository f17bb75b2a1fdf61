"""Tables and forms in a real Chromium: made, told what is wrong, seen as staff see them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from engine.bootstrap import App
from engine.dmn import difference as tables
from engine.forms import difference as forms
from engine.services.workshop import branches
from tests.browser.workshop_stage import Analyst

pytestmark = pytest.mark.browser

TERMS = "processes/support/terms.dmn"
FORM = "forms/kandas/second.json"
#: A form with a list of rows, in which form-js would like to note more than was said.
LISTED = "forms/kandas/completeness.json"
#: Kazakh, Russian and English of the two questions.
NAME = ("Екінші қол қоюшы", "Второй подписант", "Second signatory")
AGREED = ("Келісемін", "Согласен", "I agree")


def _saved(shop: App, name: str) -> str:
    with shop.database.reading() as uow:
        return branches.files(uow, "main")[name].decode()


def _preview(page: Page) -> FrameLocator:
    return page.frame_locator("[data-part=preview] iframe[data-shown]")


def _english(page: Page) -> list[str]:
    """Return the labels over a component's properties that nobody translated, groups opened."""
    page.locator("#properties .bio-properties-panel-group-header").first.wait_for()
    page.evaluate(
        "document.querySelectorAll('#properties .bio-properties-panel-group-header:not(.open)')"
        ".forEach((one) => one.click())"
    )
    labels = page.locator("#properties .bio-properties-panel-label")
    labels.nth(5).wait_for()
    said = labels.all_inner_texts()
    return [one for one in said if one.strip().isascii() and one.strip()]


def _say(page: Page, question: int, words: tuple[str, ...]) -> None:
    """Fill a question's texts in, in all languages; the form's own name is the first row."""
    inputs = page.locator("[data-part=texts] tr").nth(question).locator("input")
    for number, said in enumerate(words):
        inputs.nth(number).fill(said)


def test_a_form_is_made_and_seen_as_staff_see_it_in_two_languages_on_a_phone(
    analyst: Callable[..., Analyst], shop: App
) -> None:
    me = analyst()
    page = me.edit(f"{FORM}?new=1")
    offered = page.locator("#palette [data-field-type]:visible")
    assert page.locator('#palette [data-field-type="html"]').is_hidden()
    assert [one for one in offered.all_inner_texts() if one.isascii()] == []
    page.click('#palette [data-field-type="textfield"]')
    page.click('#palette [data-field-type="checkbox"]')
    assert _english(page) == [], "form-js's own words are exchanged"
    page.click("[data-tab=languages]")
    _say(page, 1, NAME)
    _say(page, 2, AGREED)
    expect(page.locator("[data-part=untranslated]")).to_be_empty()

    shown = _preview(page)
    expect(shown.get_by_label(NAME[0])).to_be_visible()
    expect(shown.get_by_label(AGREED[0])).to_be_visible()
    shown.get_by_label(NAME[0]).fill("Тоқтар Гүлдана")
    page.click("[data-lang=ru]")
    expect(shown.get_by_label(NAME[1])).to_have_value("Тоқтар Гүлдана")
    frame = page.locator("[data-part=preview] iframe[data-shown]")
    assert frame.evaluate("(frame) => frame.contentWindow.innerWidth") == 390
    page.click("[data-do=check]")
    expect(page.locator("[data-part=sent]")).to_contain_text("Тоқтар Гүлдана")
    me.shot("form-editor-1280", whole=False)

    me.state("kept")
    page.keyboard.press("Control+s")
    me.state("published")
    _is_kept(json.loads(_saved(shop, FORM))["components"])
    assert me.complaints == []


def _is_kept(components: list[dict[str, Any]]) -> None:
    assert [one["type"] for one in components] == ["textfield", "checkbox"]
    assert [one["label"] for one in components] == [NAME[0], AGREED[0]]
    assert components[0]["properties"] == {"label:ru": NAME[1], "label:en": NAME[2]}


def test_a_cell_that_is_changed_leaves_a_gap_which_is_told_and_undone(
    analyst: Callable[..., Analyst], shop: App
) -> None:
    me = analyst()
    page = me.edit(TERMS)
    page.click('[data-view]:has-text("support_service_days")')
    gap = page.locator("[data-part=found] li")
    expect(gap).to_have_count(0)
    cell = page.locator('td[data-element-id="support_service_days_rule2_in1"]')
    before = cell.inner_text().strip()
    # The last rule takes every code that no other has.
    cell.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text('"S99"')
    page.locator("td.rule-index").first.click()
    expect(gap.filter(has_text=before)).to_have_count(1)
    expect(gap.filter(has_text='"S99"')).to_have_count(1)
    doubtful = page.locator('td.input-cell[data-bad="warning"]')
    expect(doubtful).to_have_count(1)
    me.shot("table-editor-1280", whole=False)
    me.state("kept")
    page.click("[data-do=undo]")
    expect(gap).to_have_count(0)
    expect(cell).to_have_text(before)
    assert '"S99"' not in _saved(shop, TERMS)
    assert me.complaints == []


def test_what_somebody_changes_is_all_that_differs(
    analyst: Callable[..., Analyst], shop: App
) -> None:
    me = analyst()
    before = {name: _saved(shop, name).encode() for name in (LISTED, TERMS)}
    page = me.edit(LISTED)
    page.click("[data-tab=languages]")
    _say(page, 1, ("Бір ғана өзгеріс",))
    page.keyboard.press("Control+s")
    me.state("published")
    page = me.edit(TERMS)
    page.click('[data-view]:has-text("support_service_days")')
    page.locator("td.output-cell").first.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("77")
    page.keyboard.press("Control+s")
    me.state("published")
    (said,) = forms.compare(before[LISTED], _saved(shop, LISTED).encode()).changes
    assert said.attributes[0].new == "Бір ғана өзгеріс"
    (cell,) = tables.compare(before[TERMS], _saved(shop, TERMS).encode()).changes
    assert (cell.element, cell.attributes[0].new) == ("support_service_days_rule1", "77")
    assert me.complaints == []


def test_the_editors_fit_a_phone(analyst: Callable[..., Analyst]) -> None:
    me = analyst(width="390")
    for kind, path in (("form", "forms/kandas/contact.json"), ("table", TERMS)):
        page = me.edit(path)
        assert page.evaluate("document.documentElement.scrollWidth") == 390, path
        me.shot(f"{kind}-editor-390", whole=False)
    assert me.complaints == []
