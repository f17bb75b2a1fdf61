"""The pages in a real browser: by keys alone, by phone, with a lost session, for axe's eyes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from engine.clock import TestClock
from engine.services import comments, notifications, tasks
from tests.browser.desk import Desk
from tests.sample_office import Office

pytestmark = pytest.mark.browser
Opened = Callable[..., Desk]
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"

#: Name of the picture → who looks, where.
VIEWS = {
    "sign-in": ("", "/sign-in"),
    "inbox": ("aigul", "/inbox/"),
    "inbox-empty": ("aigul", "/inbox/?box=mine"),
    "inbox-nothing": ("aigul", "/inbox/?q=жоқ"),
    "preview": ("aigul", "/inbox/tasks/{task}/preview"),
    "task-free": ("bolat", "/tasks/{task}"),
    "task": ("aigul", "/tasks/{mine}"),
    "return": ("saule", "/tasks/{check}?act=return"),
    "cases": ("aigul", "/cases/"),
    "case": ("aigul", "/cases/{case}"),
    "history": ("aigul", "/cases/{case}/history"),
    "signatures": ("aigul", "/cases/{case}/signatures"),
    "office": ("bolat", "/office/"),
    "notifications": ("aigul", "/notifications/"),
    "incidents": ("root", "/admin/incidents/"),
    "calendar": ("root", "/admin/calendar/"),
    "audit": ("root", "/admin/audit/"),
    "missing": ("aigul", "/no/such/page"),
}


def work(office: Office) -> dict[str, str]:
    """Have some work done; return the ids of what there is to look at."""
    ctx, ids = office.context, office.open_tasks()
    aigul, saule = office.actor("aigul"), office.actor("saule")
    with office.database.begin() as uow:
        case = tasks.look(uow, ctx, aigul, ids[0]).instance_id
        for task in ids[:2]:
            tasks.claim(uow, ctx, aigul, task)
        tasks.complete(uow, ctx, aigul, ids[0], {"name": "Төлеухан Ардақ"})
        comments.add(uow, ctx, aigul, case, "Отбасымен сөйлестім, бейсенбіде келеді.")
        notifications.tell(uow, ctx, "overdue", accounts=[aigul.account], instance_id=case)
        uow.commit()
    (check,) = office.open_tasks("saule")
    with office.database.begin() as uow:
        tasks.claim(uow, ctx, saule, check)
        uow.commit()
    return {"task": ids[2], "mine": ids[1], "check": check, "case": case}


@pytest.mark.parametrize("width", ["1280", "390"])
def test_every_page_is_sound_for_axe_and_fits(desk: Opened, office: Office, width: str) -> None:
    ids, desks, found = work(office), {}, {}
    for name, (login, path) in VIEWS.items():
        if login not in desks:
            desks[login] = desk(login, width=width)
        one = desks[login]
        one.open(path.format(**ids))
        if name == "case":
            one.page.wait_for_selector("#diagram[data-drawn]")
        one.shot(f"{name}-{width}", whole=name != "inbox")
        troubles = one.axe() + one.complaints
        one.complaints = []
        if one.overflow() > 0:
            troubles.append(f"{one.overflow()} px too wide")
        if troubles:
            found[name] = troubles
    assert not found


def test_dark_pages_have_enough_contrast(desk: Opened, office: Office) -> None:
    ids, one, found = work(office), desk("aigul", dark=True), {}
    for name in ("inbox", "task", "case", "cases"):
        one.open(VIEWS[name][1].format(**ids))
        one.shot(f"{name}-1280-dark", whole=name != "inbox")
        if troubles := one.axe():
            found[name] = troubles
    assert not found


def test_a_task_is_done_by_keys_alone(desk: Opened, office: Office) -> None:
    one = desk("aigul")
    page = one.page
    page.wait_for_selector("#preview h1")
    first = page.get_attribute("a.case[aria-current]", "data-task")
    page.keyboard.press("j")
    second = page.get_attribute("a.case[aria-current]", "data-task")
    assert first != second
    page.keyboard.press("k")
    assert page.get_attribute("a.case[aria-current]", "data-task") == first
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog#keys")).to_be_hidden()
    page.keyboard.press("c")
    page.wait_for_url(f"**/tasks/{first}")
    page.focus("[name=name]")
    page.keyboard.type("Төлеухан Ардақ")
    expect(page.locator("[data-saved]")).to_contain_text("сақталды", timeout=8000)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('[data-main]')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/**")
    expect(page.locator(".flash.ok")).to_contain_text("қадам орындалды")
    assert len(office.open_tasks("saule")) == 1
    assert not one.complaints


def test_many_are_ticked_and_claimed_by_keys(desk: Opened, office: Office) -> None:
    page = desk("aigul").page
    page.wait_for_selector("#preview h1")
    for key in ("x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator(".bulk")).to_be_visible()
    page.click(".bulk .btn-primary")
    page.wait_for_url("**box=mine")
    expect(page.locator("a.case")).to_have_count(2)


def test_new_work_is_told_and_nothing_moves(desk: Opened, office: Office, clock: TestClock) -> None:
    page = desk("aigul").page
    before = page.locator("a.case").count()
    clock.advance(timedelta(minutes=1))
    for number in (21, 22, 23):
        office.start(f"Т-26-{number:05}")
    expect(page.locator("#fresh")).to_contain_text("3 жаңа", timeout=20000)
    assert page.locator("a.case").count() == before
    page.click("#fresh a")
    expect(page.locator("a.case")).to_have_count(before + 3)


def test_the_list_keeps_its_place(desk: Opened, office: Office) -> None:
    for number in range(30, 50):
        office.start(f"Т-26-{number:05}")
    page = desk("aigul").page
    page.reload()
    page.wait_for_selector("#preview h1")
    for _ in range(15):
        page.keyboard.press("j")
    chosen = page.get_attribute("a.case[aria-current]", "data-task")
    scrolled = page.evaluate("document.getElementById('cases').scrollTop")
    assert scrolled > 0
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tasks/{chosen}")
    page.click("a[data-inbox]")
    page.wait_for_url("**/inbox/**")
    page.wait_for_selector("a.case[aria-current]")
    assert page.get_attribute("a.case[aria-current]", "data-task") == chosen
    assert abs(page.evaluate("document.getElementById('cases').scrollTop") - scrolled) < 80


def test_on_a_phone_the_preview_is_a_page_of_its_own(desk: Opened, office: Office) -> None:
    one = desk("aigul", width="390")
    page = one.page
    page.locator("a.case").first.click()
    page.wait_for_url("**/preview")
    expect(page.locator(".pre h1")).to_be_visible()
    page.click(".back")
    page.wait_for_url("**/inbox/**")
    page.locator("a.case").first.click()
    page.wait_for_url("**/preview")
    page.click(".bar .btn-primary")
    page.wait_for_url("**/tasks/*")
    page.fill("[name=name]", "Телефоннан")
    page.click("[data-main]")
    page.wait_for_url("**/inbox/**")
    assert len(office.open_tasks("saule")) == 1


def test_a_session_that_ends_while_one_types_loses_nothing(desk: Opened, office: Office) -> None:
    ids, one = work(office), desk("aigul")
    page = one.open(f"/tasks/{ids['mine']}")
    page.context.clear_cookies()
    page.fill("[name=name]", "Жазылып жатқан мәтін")
    expect(page.locator(".saved a")).to_be_visible(timeout=8000)
    with page.context.expect_page() as opened:
        page.click(".saved a")
    second = Desk(opened.value, one.address)
    second.page.fill("#login", "aigul")
    second.page.fill("#password", "sample password")
    second.page.keyboard.press("Enter")
    expect(second.page.locator("h1")).to_have_text("Сіз кірдіңіз")
    second.page.close()
    page.bring_to_front()
    page.type("[name=name]", " жалғасы")
    expect(page.locator("[data-saved]")).to_contain_text("сақталды", timeout=12000)
    page.click("[data-main]")
    page.wait_for_url("**/inbox/**")


def test_sending_after_the_session_ended_comes_back_filled_in(desk: Opened, office: Office) -> None:
    ids, one = work(office), desk("aigul")
    page = one.open(f"/tasks/{ids['mine']}")
    page.context.clear_cookies()
    page.fill("[name=name]", "Жіберілген мәтін")
    page.click("[data-main]")
    page.wait_for_selector("#password")
    expect(page.locator(".flash.late")).to_contain_text("енгізгеніңіз сақтаулы")
    page.fill("#login", "aigul")
    page.fill("#password", "sample password")
    page.click("form.panel .btn-primary >> nth=0")
    page.wait_for_url(f"**/tasks/{ids['mine']}")
    expect(page.locator("[name=name]")).to_have_value("Жіберілген мәтін")
    page.click("[data-main]")
    page.wait_for_url("**/inbox/**")


def test_files_are_uploaded_at_once_and_survive_errors(desk: Opened, office: Office) -> None:
    ids, one = work(office), desk("aigul")
    page = one.open(f"/tasks/{ids['mine']}")
    page.set_input_files(
        "input[type=file]", {"name": "куәлік.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    expect(page.locator("#form")).to_contain_text("куәлік.pdf")
    page.click("[data-main]")
    expect(page.locator(".errors")).to_be_visible()
    one.shot("task-errors-1280")
    assert page.evaluate("document.activeElement.closest('.errors') !== null")
    page.click(".errors a >> nth=0")
    assert page.evaluate("document.activeElement.name") == "name"
    expect(page.locator("#form")).to_contain_text("куәлік.pdf")
    page.fill("[name=name]", "Төлеухан Ардақ")
    page.click("[data-main]")
    page.wait_for_url("**/inbox/**")


def test_a_case_goes_back_with_remarks_tied_to_fields(desk: Opened, office: Office) -> None:
    ids = work(office)
    before = set(office.open_tasks())
    page = desk("saule").open(f"/tasks/{ids['check']}")
    page.fill("[name=note]", "қаралды")
    page.click("button[value=ask-return]")
    page.wait_for_url("**act=return**")
    expect(page.locator("[name=note]")).to_have_value("қаралды")
    page.select_option("[name='remarks.0.field']", "name")
    page.fill("[name='remarks.0.text']", "Тегі қате жазылған")
    page.click("button[value=return]")
    page.wait_for_url("**/inbox/**")
    expect(page.locator(".flash.ok")).to_contain_text("пысықтауға қайтарылды")
    (back,) = set(office.open_tasks()) - before
    view = desk("aigul")
    page = view.open(f"/tasks/{back}")
    page.click("[data-main]")
    page.wait_for_load_state()
    expect(page.locator("#form")).to_contain_text("Тегі қате жазылған")
    view.shot("remarks-1280")


def test_the_diagram_shows_where_the_case_is(desk: Opened, office: Office) -> None:
    ids, one = work(office), desk("aigul")
    page = one.open(f"/cases/{ids['case']}")
    page.wait_for_selector("#diagram[data-drawn]")
    assert "z-here" in str(page.get_attribute("[data-element-id=check]", "class"))
    assert "z-passed" in str(page.get_attribute("[data-element-id=accept]", "class"))
    expect(page.locator(".z-token")).to_have_text("1")
    expect(page.locator(".bjs-powered-by")).to_be_visible()
    page.click(".side .langs button[value=ru]")
    page.wait_for_selector("html[lang=ru]")
    page.wait_for_selector("#diagram[data-drawn]")
    expect(page.locator("#diagram")).to_contain_text("Проверить")
    assert not one.complaints


def test_pages_print_without_their_frame(desk: Opened, office: Office) -> None:
    ids, one = work(office), desk("aigul")
    page = one.open(f"/cases/{ids['case']}")
    page.emulate_media(media="print")
    expect(page.locator("nav.side")).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
    page = one.open(f"/tasks/{ids['mine']}")
    expect(page.locator(".bar")).to_be_hidden()
    assert len(page.pdf()) > 10_000


def test_it_all_works_without_scripts(chromium: Browser, address: str, office: Office) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("#login", "aigul")
    page.fill("#password", "sample password")
    page.click("form.panel .btn-primary >> nth=0")
    page.click("a.case >> nth=0")
    page.click(".bar .btn-primary")
    page.fill("[name=name]", "Скриптсіз")
    page.click("[data-main]")
    assert "қадам орындалды" in page.inner_text(".flash.ok")
    assert len(office.open_tasks("saule")) == 1
    context.close()
