"""The administrators' cockpit in a browser: a bad night, and the hands to mend it.

The migration portal is down and twelve registrations have failed. The administrator finds the one
cause behind them, holds the handler, writes down what she heard, lets it go when the portal is
back, and tries all twelve again in one batch; for one of them the clerk asked to have the
registration back, so its token is moved, and the batch says by name that it left this case alone.
Then she takes forty cases to a new version: one stays, and the page says why. The audit log has all
of it. Everything is real, as in `test_approval_chain`.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.chain_stage import Running, running
from tests.browser.clerk import Clerk
from tests.browser.cockpit_stage import EARLY, FAILED, NIGHT, PORTAL, TOPIC, Night
from tests.browser.story import Story

pytestmark = pytest.mark.browser

PEOPLE = {"admin": "admin"}
HEARD = "Порталдың кезекшісі: жөндеу бітті, 02:40-тан бері жауап береді"
BACK = "Отбасы құрамы қате тіркелген: орталық тіркеуді қайта толтырады"


@pytest.fixture(scope="module")
def night() -> Night:
    """Nobody has done anything yet."""
    return Night()


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, night: Night) -> Iterator[Running]:
    """An installation after that night."""
    with running(tmp_path_factory.mktemp("cockpit"), before=night, start=NIGHT) as found:
        yield found


@pytest.fixture
def story(chromium: Browser, installation: Running) -> Iterator[Story]:
    """The administrator at her window."""
    found = Story(chromium, installation, PEOPLE, "kandas")
    yield found
    found.close()


def test_a_bad_night_is_mended(story: Story, installation: Running, night: Night) -> None:
    admin = story.who("admin")
    the_cause_is_found(admin)
    the_handler_is_held(admin)
    what_was_heard_is_written_down(admin)
    installation.sandbox.switch(PORTAL, "ok")
    the_handler_is_let_go(admin)
    batch = all_are_to_be_tried_again(admin)
    moved = a_token_is_moved_back(admin, night)
    eleven_succeed_and_one_is_named(admin, batch, moved)
    forty_go_to_the_new_version(admin, night)
    the_audit_log_says_who_did_what(admin, moved)
    assert not story.complaints()


def rows(page: Page) -> Locator:
    """Return the rows of the page's first table."""
    return page.locator("main table").first.locator("tbody tr")


def act(page: Page, title: str) -> Locator:
    """Return the form of an act, which opened beside the page."""
    form = page.locator("#act-form")
    expect(form.get_by_role("heading", level=1)).to_have_text(title)
    return form


def do(form: Locator, why: str = "") -> None:
    """Say why, where that is asked, and do it."""
    if why:
        form.get_by_label("Себебі").fill(why)
    form.locator(".act-b .btn").first.click()
    expect(form).to_have_count(0)
    expect(form.page.locator(".flash.ok").first).to_be_visible()


def the_cause_is_found(admin: Clerk) -> None:
    """Twelve incidents, one cause; the trace and the request's number at the portal."""
    page = admin.open("/admin/incidents/?view=causes")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text(TOPIC)
    rows(page).get_by_role("link", name=str(FAILED), exact=True).first.click()
    page.wait_for_load_state("networkidle")
    expect(rows(page)).to_have_count(FAILED)
    admin.both("cockpit-incidents")
    rows(page).first.get_by_role("link", name="жауап бермейді").click()
    beside = page.get_by_role("dialog").filter(has_text="Осындай тағы 11 инцидент")
    expect(beside).to_contain_text("RegistryFault")
    expect(beside).to_contain_text("Сыртқы жүйедегі сұрау")
    admin.shot("cockpit-incident-beside-1280", whole=False)


def the_handler_is_held(admin: Clerk) -> None:
    """Nothing asks the portal any more until somebody says so."""
    page = admin.open("/admin/handlers/")
    handler(page).get_by_role("link", name="Өңдегішті кідірту").click()
    form = act(page, "Өңдегішті кідірту")
    expect(form).to_contain_text("кідіртілген")
    admin.shot("cockpit-act-1280", whole=False)
    do(form, "Портал жауап бермейді")
    expect(handler(page)).to_contain_text("Портал жауап бермейді")
    admin.both("cockpit-handlers")


def handler(page: Page) -> Locator:
    """Return the portal's row among the handlers."""
    return page.locator("tr", has=page.get_by_text(TOPIC, exact=True))


def what_was_heard_is_written_down(admin: Clerk) -> None:
    """A note at the incident, for whoever comes next."""
    page = admin.open("/admin/incidents/")
    rows(page).first.get_by_role("link", name="жауап бермейді").click()
    page.get_by_role("link", name="Ескертпе").click()
    form = act(page, "Ескертпе жазу")
    form.get_by_label("Ескертпе").fill(HEARD)
    do(form)
    expect(page.locator("body")).to_contain_text(HEARD)


def the_handler_is_let_go(admin: Clerk) -> None:
    """The portal answers again."""
    page = admin.open("/admin/handlers/")
    handler(page).get_by_role("link", name="Жалғастыру").click()
    do(act(page, "Өңдегішті жалғастыру"), "Портал қайта іске қосылды")
    expect(handler(page)).not_to_contain_text("Портал жауап бермейді")


def all_are_to_be_tried_again(admin: Clerk) -> str:
    """Choose all; see what exactly is touched; return the batch's address. Nothing happens yet."""
    page = admin.open("/admin/incidents/")
    expect(rows(page)).to_have_count(FAILED)
    page.get_by_label("Осы беттегі барлық жолды таңдау").check()
    page.get_by_label("Әрекеттер").select_option(label="Қайталау")
    page.get_by_role("button", name="Алдымен қарау").click()
    page.get_by_role("button", name="Тізімді жасау").click()
    page.wait_for_url(re.compile(r"/admin/batches/\w+$"))
    expect(page.locator("main")).to_contain_text(f"{FAILED} жазба үшін іске қосу")
    admin.both("cockpit-batch-drawn")
    return page.url


def a_token_is_moved_back(admin: Clerk, night: Night) -> str:
    """One family was registered wrongly: the clerk gets the step back. Return the case's number."""
    moved = night.failed[4]
    page = admin.open("/admin/incidents/")
    page.get_by_role("link", name=moved, exact=True).click()
    page.wait_for_load_state("networkidle")
    admin.picture("cockpit")
    admin.both("cockpit-case")
    page.get_by_role("link", name="Токенді жылжыту").click()
    form = act(page, "Токенді жылжыту")
    form.get_by_label("Элементке").select_option("registration")
    expect(form.locator("#act-preview")).to_contain_text("кері алынады")
    expect(form.locator("#act-preview")).to_contain_text("мансап орталығының қызметкері")
    admin.both("cockpit-move")
    do(form, BACK)
    expect(page.locator("main")).to_contain_text("Өтінішті тіркеу")
    return moved


def eleven_succeed_and_one_is_named(admin: Clerk, batch: str, moved: str) -> None:
    """What was moved meanwhile is left alone, and said so."""
    page = admin.page
    page.goto(batch)
    page.get_by_label("Себебі").fill("Портал қайта іске қосылды")
    page.get_by_role("button", name=f"{FAILED} жазба үшін іске қосу").click()
    count(page, "орындалды", FAILED - 1)
    count(page, "осы арада өзгерген", 1)
    left = page.locator("tr", has_text=moved)
    expect(left).to_contain_text("осы арада өзгерген")
    expect(left).to_contain_text("сол күйінде қалды")
    admin.both("cockpit-batch-done")
    nothing_is_broken(admin)


def count(page: Page, what: str, wanted: int) -> None:
    """Wait until a batch has come to a figure."""
    figure = page.locator("dl.numbers > div", has=page.get_by_text(what, exact=True))
    expect(figure.locator("dd")).to_have_text(str(wanted), timeout=15_000)


def nothing_is_broken(admin: Clerk) -> None:
    """Every registration went through: the executor did what the batch gave back."""
    page = admin.page
    for _ in range(40):
        admin.open("/admin/incidents/")
        if not rows(page).count():
            break
        page.wait_for_timeout(250)
    expect(page.locator("main")).to_contain_text("Тоқтап тұрған ештеңе жоқ")


def forty_go_to_the_new_version(admin: Clerk, night: Night) -> None:
    """Choose them by where they stand; one stays because somebody has its task open."""
    page = admin.open("/admin/cases/?element=consultation&element=application")
    expect(rows(page)).to_have_count(EARLY + 1)
    admin.both("cockpit-cases", whole=False)
    page.get_by_label("Осы беттегі барлық жолды таңдау").check()
    page.get_by_label("Әрекеттер").select_option(label="Басқа нұсқаға көшіру")
    page.get_by_role("button", name="Алдымен қарау").click()
    page.get_by_label("Қай нұсқаға").select_option(label="2-нұсқа")
    page.get_by_role("button", name="Тізімді жасау").click()
    page.wait_for_url(re.compile(r"/admin/batches/\w+$"))
    expect(page.locator("tr", has_text=night.held)).to_contain_text("жұмыс істеп жатыр")
    admin.both("cockpit-migration", whole=False)
    page.get_by_label("Себебі").fill("Өтінішті енді директор қабылдайды")
    page.get_by_role("button", name=f"{EARLY + 1} жазба үшін іске қосу").click()
    count(page, "орындалды", EARLY)
    expect(page.locator("tr", has_text=night.held)).to_contain_text("жұмыс істеп жатыр")
    admin.open("/admin/processes/kandas_approval/")
    admin.both("cockpit-process")


def the_audit_log_says_who_did_what(admin: Clerk, moved: str) -> None:
    """Every act of that night stands there with its author; the chain holds."""
    acts = {
        "Өңдегіштермен әрекеттер: бәрі": (2, TOPIC),
        "Ескертпе жазу": (1, "«Порталға енгізу»"),
        "Қайталау": (FAILED - 1, "топтама"),
        "Токенді жылжыту": (1, moved),
        "Басқа нұсқаға көшіру": (EARLY, "2-нұсқа"),
    }
    page = admin.open("/admin/audit/")
    for act_, (times, words) in acts.items():
        page.get_by_label("Кім істеді").fill(admin.name())
        page.locator("main [name=act]").select_option(label=act_)
        page.get_by_role("button", name="Көрсету").click()
        page.wait_for_load_state("networkidle")
        expect(rows(page)).to_have_count(times)
        expect(rows(page).first).to_contain_text(words)
    admin.both("cockpit-audit", whole=False)
    page.get_by_role("button", name="Тізбекті тексеру").click()
    expect(page.locator(".flash.ok")).to_be_visible()
