"""The editor of diagrams in a real Chromium: typed, kept, told what is wrong, mended, published."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from engine.bootstrap import App
from engine.model.people import SYSTEM
from engine.services.workshop import branches, tending
from tests.browser.workshop_stage import OTHER, Analyst

pytestmark = pytest.mark.browser

FILE = "processes/kandas/approval.bpmn"


def test_what_is_typed_is_kept_and_published(analyst: Callable[..., Analyst], shop: App) -> None:
    me = analyst().draw(FILE)
    expect(me.problems()).to_have_count(0)
    me.find("consultation")
    me.page.fill("#z-z-name-kk", "Бірінші кеңес беру")
    me.state("kept")
    me.page.reload()
    me.page.wait_for_selector("[data-bench][data-complete]")
    assert me.drawn("consultation") == "Бірінші кеңес беру"
    me.page.keyboard.press("Control+s")
    me.state("published")
    with shop.database.reading() as uow:
        assert "Бірінші кеңес беру" in branches.files(uow, "main")[FILE].decode()
    assert me.complaints == []


def test_a_join_that_hangs_is_shown_with_its_way_and_mended_in_one_step(
    analyst: Callable[..., Analyst],
) -> None:
    me = analyst().draw(FILE)
    page = me.page
    me.find("documents_there")
    page.locator('.djs-context-pad [data-action="replace"]').click()
    page.locator('[data-id="replace-with-parallel-gateway"]').click()
    expect(me.problems()).to_have_count(1)
    problem = me.problems().first
    numbers = problem.locator("[data-step]").count()
    assert numbers > 3
    problem.locator(".prob-say").click()
    expect(page.locator(".z-step")).to_have_count(numbers)
    expect(page.locator("[data-part=deploy]")).to_have_attribute("aria-disabled", "true")
    me.shot("editor-problem-1280", whole=False)

    assert me.axe() == []
    problem.locator(".prob-mend").first.click()
    expect(problem.locator(".prob-prev li").first).to_be_visible()
    me.shot("editor-mend-1280", whole=False)
    problem.locator(".prob-prev .btn-primary").click()
    expect(me.problems()).to_have_count(0)
    page.locator("[data-do=undo]").click()
    expect(me.problems()).to_have_count(1)
    page.locator("[data-do=redo]").click()
    expect(me.problems()).to_have_count(0)
    assert me.complaints == []


def test_an_expression_is_completed_and_answered_and_tokens_are_tried(
    analyst: Callable[..., Analyst],
) -> None:
    me = analyst().draw(FILE)
    me.find("to_rework_from_return_target")
    field = me.page.locator("#z-conditionExpression")
    field.click()
    me.page.keyboard.press("Control+a")
    me.page.keyboard.type("${limi")
    expect(me.page.locator(".offer-z li").first).to_contain_text("limits")
    me.page.keyboard.press("Enter")
    expect(field).to_have_value("${limits")
    expect(me.page.locator(".told-field.error").first).to_be_visible()
    assert me.page.evaluate("document.activeElement.id") == "z-conditionExpression"
    me.page.keyboard.press("Control+a")
    me.page.keyboard.type('${back_to == "career_centre"}')
    me.page.keyboard.press("Escape")
    expect(me.page.locator(".told-field.error")).to_have_count(0)
    me.page.locator("[data-tab=try]").click()
    me.page.locator("[data-do=try]").click()
    # Its own button may be out of sight: the drawing stays where one was.
    me.page.locator("#trial .bts-context-pad").first.dispatch_event("click")
    expect(me.page.get_by_text("Процесс басталды").first).to_be_attached()
    me.page.locator("[data-do=try]").click()
    expect(me.page.locator("#canvas")).to_be_visible()
    assert me.complaints == [], "tokens too keep to the policy"


def test_who_saves_second_is_shown_both_and_loses_nothing(
    analyst: Callable[..., Analyst],
) -> None:
    me, other = analyst().draw(FILE), analyst("analyst2").draw(FILE)
    other.find("consultation")
    other.page.fill("#z-z-name-kk", "Екінші адамдікі")
    other.state("kept")
    other.page.locator("[data-part=save]").click()
    other.state("published")
    me.find("consultation")
    me.page.fill("#z-z-name-kk", "Бірінші адамдікі")
    me.state("kept")
    expect(me.page.locator("[data-part=others]")).to_contain_text(OTHER)
    me.page.locator("[data-part=save]").click()
    dialog = me.page.locator("dialog[data-part=conflict]")
    expect(dialog).to_be_visible()
    assert "b=mine" in (dialog.locator("[data-compare]").get_attribute("href") or "")
    dialog.locator("[data-act=theirs]").click()
    me.state("published")
    assert me.drawn("consultation") == "Екінші адамдікі"
    me.page.locator("[data-do=undo]").click()
    me.state("kept")
    assert me.drawn("consultation") == "Бірінші адамдікі"


def test_what_is_typed_without_a_connection_is_there_again_afterwards(
    analyst: Callable[..., Analyst],
) -> None:
    me = analyst("analyst2").draw(FILE)
    me.find("consultation")
    context = me.page.context
    context.set_offline(True)
    me.page.fill("#z-z-name-kk", "Байланыссыз")
    me.state("away")
    me.page.close()
    context.set_offline(False)
    again = Analyst(context.new_page(), me.address).draw(FILE)
    assert again.drawn("consultation") == "Байланыссыз"
    again.state("kept")


def test_on_a_phone_the_properties_are_a_page_of_their_own(
    analyst: Callable[..., Analyst],
) -> None:
    me = analyst(width="390").draw(FILE)
    page = me.page
    page.locator('[data-element-id="consultation"]').first.click()
    page.locator("[data-do=props]").click()
    expect(page.locator("#z-z-name-ru")).to_be_visible()
    assert me.axe() == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    me.shot("editor-properties-390", whole=False)
    page.locator("[data-do=stage]").click()
    expect(page.locator("#canvas")).to_be_visible()
    assert me.complaints == []


def test_a_branch_that_is_closed_meanwhile_takes_no_more_and_says_so(
    analyst: Callable[..., Analyst], shop: App
) -> None:
    with shop.database.begin() as uow:
        tending.make(uow, shop.context, SYSTEM, "closing")
        uow.commit()
    me = analyst().draw(FILE, branch="closing")
    with shop.database.begin() as uow:
        tending.close(uow, shop.context, SYSTEM, "closing")
        uow.commit()
    me.find("consultation")
    me.page.fill("#z-z-name-kk", "Кеш қалған атау")
    me.state("refused")
    expect(me.page.locator(".djs-palette")).to_be_hidden()
    kept = me.page.evaluate("Object.values(localStorage).some((one) => one.includes('Кеш қалған'))")
    assert kept, "what was typed last is in this browser"
    me.page.fill("#z-z-name-ru", "Больше нельзя")
    me.page.locator('[data-element-id="application"]').first.click()
    me.find("consultation")
    expect(me.page.locator("#z-z-name-ru")).not_to_have_value("Больше нельзя")
