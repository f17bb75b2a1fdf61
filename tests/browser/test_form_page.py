"""A form in a real browser: with and without scripts, on a wide screen and a phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from engine.forms import load
from engine.web.formrender import render
from tests.browser.forms_site import REGIONS, ROOT, Site, family, opened, running

pytestmark = pytest.mark.browser

KNOWN: dict[str, object] = {
    "regions": REGIONS,
    "case_number": "Қ-26-00417",
    "office": "Семей қ. мансап орталығы",
    "name": "Төлеухан Ардақ Сәбитұлы",
    "members": [
        {"person": "p1", "name": "Қабиқызы Маржан", "kin": "spouse", "age": 37},
        {"person": "p2", "name": "Төлеухан Нұрасыл", "kin": "child", "age": 12, "school": "№ 5"},
    ],
}
SIZES = [(1280, 900), (390, 844)]
DIGITS = "850312300012"


@pytest.fixture
def site() -> Iterator[Site]:
    """A server with the form that has every component."""
    with running(Site(form=family(), context=dict(KNOWN))) as site:
        yield site


@pytest.fixture
def page(site: Site, chromium: Browser) -> Iterator[Page]:
    """The form, opened; what the policy or a script complains of fails the test."""
    with opened(chromium, viewport={"width": 1280, "height": 900}) as page:
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: "Security" in said.text and faults.append(said.text))
        page.goto(f"{site.address}/form")
        yield page
        assert faults == []


@pytest.fixture
def plain(site: Site, chromium: Browser) -> Iterator[Page]:
    """The form in a browser that runs no scripts."""
    with opened(chromium, java_script_enabled=False) as page:
        page.goto(f"{site.address}/form")
        yield page


def fill(page: Page) -> None:
    """Answer everything that must be answered."""
    page.fill("[name=iin]", DIGITS)
    page.fill("[name=birth]", "12.03.1985")
    page.check("[name=kin][value=no]")
    page.select_option("[name=region]", "59")
    page.check("[name=topics][value=quota]")
    page.fill("[name='contact.phone']", "8 701 000 00 00")
    page.check("[name=consent]")


def send(page: Page) -> None:
    with page.expect_navigation():
        page.click("#send")


SENT = {
    "case_number": "Қ-26-00417",
    "iin": DIGITS,
    "birth": "1985-03-12",
    "kin": "no",
    "region": "59",
    "topics": ["quota"],
    "heads": 3,
    "consent": True,
}


def test_a_form_is_filled_in_and_sent(page: Page, site: Site) -> None:
    fill(page)
    send(page)
    [values] = site.sent
    assert values.items() >= SENT.items()
    assert values["contact"] == {"phone": "+77010000000", "mail": "", "visit": None}
    assert [row["person"] for row in values["members"]] == ["p1", "p2"]
    assert "kin_reason" not in values


def test_a_form_is_filled_in_and_sent_without_scripts(plain: Page, site: Site) -> None:
    fill(plain)
    plain.click("button[name='_add:members']")
    plain.fill("[name='members.2.name']", "Төлеухан Әміре")
    plain.select_option("[name='members.2.kin']", "child")
    plain.fill("[name='members.2.age']", "5")
    plain.fill("[name='members.2.school']", "балабақша")
    plain.click("button[name='_remove:members.0']")
    assert plain.locator("[data-row]").count() == 2
    plain.click("#send")
    [values] = site.sent
    assert values.items() >= SENT.items()
    assert [row["person"] for row in values["members"]] == ["p2", None]
    assert values["members"][1]["school"] == "балабақша"


def test_without_scripts_every_question_stands_open(plain: Page) -> None:
    assert plain.locator("[name=kin_reason]").is_visible()
    assert plain.locator("[name='members.0.school']").is_visible()


def test_errors_stand_at_the_top_and_at_the_field(page: Page, site: Site) -> None:
    page.fill("[name=birth]", "31.02.1985")
    page.check("[name=kin][value=yes]")
    send(page)
    assert site.sent == []
    summary = page.locator(".errors")
    assert page.evaluate("document.activeElement.className") == "errors"
    assert "Күнтізбеде мұндай күн жоқ" in summary.inner_text()
    assert page.input_value("[name=birth]") == "31.02.1985", "what was typed is shown again"
    for link in summary.locator("a").all():
        target = page.locator(f"[id='{(link.get_attribute('href') or '')[1:]}']")
        assert target.count() == 1, link.inner_text()
    page.click(".errors a[href='#f-kin_reason']")
    assert page.evaluate("document.activeElement.name") == "kin_reason"
    field = page.locator("[name=birth]")
    assert field.get_attribute("aria-invalid") == "true"
    assert "e-birth" in (field.get_attribute("aria-describedby") or "")
    assert "Күнтізбеде" in page.locator("#e-birth").inner_text()


def test_questions_come_and_go_with_the_answer(page: Page) -> None:
    reason = page.locator("[name=kin_reason]")
    assert reason.is_hidden()
    page.check("[name=kin][value=yes]")
    assert reason.is_visible()
    page.check("[name=kin][value=no]")
    assert reason.is_hidden()
    school = page.locator("[name='members.0.school']")
    assert school.is_hidden()
    page.select_option("[name='members.0.kin']", "child")
    assert school.is_visible()


def test_what_only_the_server_can_tell_comes_with_the_draft(page: Page) -> None:
    job = page.locator("[name='members.1.job']")
    assert job.is_hidden()
    page.fill("[name='members.1.age']", "17")
    page.locator("[name='members.1.age']").blur()
    job.wait_for(state="visible")


def test_a_mistyped_iin_is_told_at_the_field(page: Page) -> None:
    page.fill("[name=iin]", "850312300019")
    page.locator("[name=iin]").blur()
    told = page.locator("#e-iin")
    assert "соңғы цифры" in told.inner_text()
    page.fill("[name=iin]", "850312 300012")
    page.locator("[name=iin]").blur()
    assert told.is_hidden()
    page.fill("[name='members.0.iin']", "12")
    page.locator("[name='members.0.iin']").blur()
    assert page.locator("[id='e-members.0.iin']").inner_text() == "ЖСН 12 цифрдан тұрады"


def test_words_that_appear_do_not_move_what_is_being_pressed(page: Page) -> None:
    page.fill("[name=iin]", "850312300019")
    page.click("[name=kin][value=yes]")
    assert page.is_checked("[name=kin][value=yes]")
    page.locator("#e-iin").wait_for(state="visible")


def test_rows_are_added_removed_and_counted_anew(page: Page, site: Site) -> None:
    page.click("[data-add]")
    page.fill("[name='members.2.name']", "Үшінші")
    page.click("[data-row]:nth-child(1) [data-remove]")
    assert page.input_value("[name='members.1.name']") == "Үшінші"
    assert page.locator("[data-row] legend[data-title]").all_inner_texts() == [
        "Отбасы мүшесі 1",
        "Отбасы мүшесі 2",
    ]
    page.locator("label[for='f-members.1.name']").click()
    assert page.evaluate("document.activeElement.name") == "members.1.name"
    page.select_option("[name='members.1.kin']", "child")
    assert page.locator("[name='members.1.school']").is_visible()
    fill(page)
    page.fill("[name='members.1.age']", "3")
    page.fill("[name='members.1.school']", "жоқ")
    send(page)
    [values] = site.sent
    assert [row["person"] for row in values["members"]] == ["p2", None]


def test_a_draft_is_saved_as_one_types(page: Page, site: Site) -> None:
    page.fill("[name=note]", "Ескерту")
    page.locator("text=Жоба 14:32-де сақталды").wait_for()
    assert site.drafts[-1]["note"] == "Ескерту"
    assert page.input_value("[name=_revision]") == "2"


@pytest.mark.parametrize("status", [401, 500])
def test_what_could_not_be_saved_is_still_there(page: Page, site: Site, status: int) -> None:
    site.draft_status = status
    page.click("[data-add]")
    page.fill("[name='members.2.name']", "Үшінші")
    page.fill("[name=note]", "жоғалмайды")
    page.check("[name=kin][value=yes]")
    page.locator(".saved.off-z").wait_for()
    page.reload()
    assert page.input_value("[name=note]") == "жоғалмайды"
    assert page.input_value("[name='members.2.name']") == "Үшінші"
    assert page.is_checked("[name=kin][value=yes]")
    assert page.locator("[name=kin_reason]").is_visible()
    site.draft_status = 200
    page.fill("[name=note]", "енді сақталды")
    page.locator("text=Жоба 14:32-де сақталды").wait_for()
    assert page.evaluate("sessionStorage.length") == 0


def test_nothing_personal_stays_in_the_browser_once_sent(page: Page) -> None:
    fill(page)
    send(page)
    page.goto(page.url)
    assert page.evaluate("sessionStorage.length") == 0


def test_a_file_is_uploaded_at_once_and_survives_an_error(
    page: Page, site: Site, tmp_path: Path
) -> None:
    scan, bad = tmp_path / "куәлік.pdf", tmp_path / "a.exe"
    scan.write_bytes(b"%PDF-1.7")
    bad.write_bytes(b"MZ")
    page.set_input_files("[name='_file:scans']", scan)
    page.locator(".files-z a").wait_for()
    page.set_input_files("[name='_file:scans']", bad)
    page.locator("#e-scans:has-text('қабылданбайды')").wait_for()
    send(page)
    assert page.locator(".files-z a").is_visible()
    fill(page)
    send(page)
    assert site.sent[0]["scans"] == ["doc-1"]


def test_a_file_too_large_is_not_even_sent(page: Page, site: Site) -> None:
    page.evaluate("document.querySelector('[data-max]').dataset.max = '0.00001'")
    big = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"x" * 100}
    page.set_input_files("[name='_file:scans']", big)  # type: ignore[arg-type]
    page.locator("#e-scans:has-text('үлкен')").wait_for()
    assert site.files == {}


def test_the_keyboard_alone_is_enough(page: Page, site: Site) -> None:
    page.focus("[name=iin]")
    page.keyboard.type(DIGITS)
    page.keyboard.press("Tab")
    page.keyboard.type("12031985")
    assert page.input_value("[name=birth]") == "12.03.1985"
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.is_checked("[name=kin][value=yes]")
    page.keyboard.press("Tab")
    page.keyboard.type("Семейде қалады")
    page.keyboard.press("Enter")
    page.locator("text=Жоба 14:32-де сақталды").wait_for()
    # A draft of what was typed before may have been kept first.
    for _ in range(100):
        if site.drafts[-1]["kin_reason"]:
            break
        page.wait_for_timeout(50)
    assert site.sent == [], "Enter in a field keeps the draft; it does not send"
    assert site.drafts[-1]["kin_reason"] == "Семейде қалады"


LOAD_AXE = """() => new Promise((done) => {
  const script = document.createElement("script");
  script.src = "/axe.js";
  script.onload = done;
  document.head.append(script);
})"""


def axe(page: Page) -> list[str]:
    page.evaluate(LOAD_AXE)
    found = page.evaluate("axe.run()")["violations"]
    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    return [f"{one['id']}: {node['html'][:200]}" for one in grave for node in one["nodes"]]


@pytest.mark.parametrize(
    ("language", "size", "scheme"),
    [
        ("kk", SIZES[0], "light"),
        ("kk", SIZES[1], "dark"),
        ("ru", SIZES[1], "light"),
        ("en", SIZES[0], "dark"),
    ],
)
def test_nothing_serious_for_who_cannot_see_and_nothing_overflows(
    site: Site, chromium: Browser, size: tuple[int, int], language: str, scheme: str
) -> None:
    site.language = language
    width, height = size
    with opened(chromium, viewport={"width": width, "height": height}, color_scheme=scheme) as page:
        page.goto(f"{site.address}/form")
        page.check("[name=kin][value=yes]")
        page.click("[data-add]")
        assert axe(page) == []
        send(page)
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    "path", sorted((ROOT / "forms").rglob("*.json")), ids=lambda path: path.stem
)
def test_every_form_of_ours_can_be_drawn(site: Site, chromium: Browser, path: Path) -> None:
    site.form, site.context = load(path.read_bytes()), {}
    with opened(chromium, viewport={"width": 390, "height": 844}) as page:
        page.goto(f"{site.address}/form")
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        site.readonly = True
        page.goto(f"{site.address}/form")
        assert axe(page) == []


def test_remarks_and_what_changed_stand_at_the_field(site: Site) -> None:
    html = render(
        site.form,
        {"name": "Жаңа", "kin": "no"},
        {},
        "ru",
        remarks={"name": ["Как в удостоверении <b>"]},
        before={"name": "Ескі", "kin": "yes"},
    )
    assert "Как в удостоверении &lt;b&gt;" in html
    assert "<del>Ескі</del>" in html
    assert "<del>Есть</del>" in html
