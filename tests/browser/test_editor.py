"""The editor of diagrams in a real Chromium: typed, kept, told what is wrong, mended, published."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.bootstrap import App, build
from engine.clock import SystemClock
from engine.config import Settings, domains
from engine.model.people import SYSTEM, Candidate
from engine.services import accounts
from engine.services.workshop import branches, tending
from engine.store import Keys
from engine.web import create_app
from handlers.kandas.staff import MINISTRY
from tests.acceptance.kandas_stage import PASSWORD, make_template
from tests.browser.conftest import AXE, SHOTS, WIDTHS
from tests.serving import served

pytestmark = pytest.mark.browser

FILE = "processes/kandas/approval.bpmn"
EDITOR = f"/workshop/b/main/edit/{FILE}"
#: Of our own server and scripts nothing may be wrong; the library tells its own past of one call.
KNOWN = ("ContextPad#getPad is deprecated", "Failed to load resource")
OTHER = "Қасымова Әсем"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An installation with the orders' files and two analysts."""
    folder = tmp_path_factory.mktemp("editor")
    written = Keys.generate()
    path = make_template(folder, Keys.parse(written))
    settings = Settings(
        database_url=f"sqlite:///{path}",
        keys=written,
        demo=True,
        demo_password=PASSWORD,
        authority=folder / "authority",
        extensions=domains(),
    )
    built = build(settings, clock=SystemClock())
    with built.database.begin() as uow:
        accounts.create(
            uow,
            built.context,
            SYSTEM,
            login="analyst2",
            password=PASSWORD,
            name=OTHER,
            memberships=[Candidate("analyst", MINISTRY)],
        )
        uow.commit()
    yield built
    built.close()


@pytest.fixture(scope="module")
def address(app: App) -> Iterator[str]:
    """Address of its pages."""
    with served(create_app(app)) as found:
        yield found


class Analyst:
    """Somebody before the editor; notes what the browser complains of."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._note)

    def _note(self, message: Any) -> None:
        if message.type in {"error", "warning"} and not any(one in message.text for one in KNOWN):
            self.complaints.append(message.text)

    def sign_in(self, login: str) -> "Analyst":
        self.page.goto(f"{self.address}/sign-in")
        self.page.fill("#login", login)
        self.page.fill("#password", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/inbox/**")
        return self

    def open(self, path: str = EDITOR) -> "Analyst":
        self.page.goto(self.address + path)
        self.page.wait_for_selector("[data-bench][data-complete]")
        return self

    def find(self, element: str) -> None:
        """Select an element as people do: Ctrl+F, some letters, Enter."""
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("Control+f")
        self.page.keyboard.type(element)
        self.page.locator(".djs-search-result").first.wait_for()
        self.page.keyboard.press("Enter")
        # A flow that runs straight is as high as nothing: attached is all one can ask.
        chosen = self.page.locator(f'[data-element-id="{element}"].selected').first
        chosen.wait_for(state="attached")

    def state(self, kind: str) -> None:
        self.page.wait_for_selector(f"[data-part=state][data-kind={kind}]")

    def drawn(self, element: str) -> str:
        """Return the words on an element."""
        shape = self.page.locator(f'[data-element-id="{element}"] .djs-visual text').first
        return shape.text_content() or ""

    def shot(self, name: str) -> None:
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png")

    def axe(self) -> list[str]:
        """Return what axe-core finds serious."""
        script = AXE.read_text(encoding="utf-8")
        return list(
            self.page.evaluate(
                f"{script}; axe.run().then((found) => found.violations"
                ".filter((one) => ['serious', 'critical'].includes(one.impact))"
                ".map((one) => one.id + ': ' + one.nodes.map((node) => node.target).join(' ')))"
            )
        )

    def problems(self) -> Any:
        return self.page.locator("[data-part=problems] .prob.e")


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, address: str) -> dict[str, Any]:
    """Cookies of both, by login: to hash passwords for each test takes seconds."""
    found = {}
    for login in ("analyst", "analyst2"):
        context = chromium.new_context()
        Analyst(context.new_page(), address).sign_in(login)
        found[login] = context.storage_state()
        context.close()
    return found


@pytest.fixture
def analyst(
    chromium: Browser, address: str, signed_in: dict[str, Any]
) -> Iterator[Callable[..., Analyst]]:
    """Sit somebody down before a window of her own."""
    contexts = []

    def seated(login: str = "analyst", width: str = "1280") -> Analyst:
        wide, high = WIDTHS[width]
        context = chromium.new_context(
            viewport={"width": wide, "height": high}, storage_state=signed_in[login]
        )
        contexts.append(context)
        return Analyst(context.new_page(), address)

    yield seated
    for context in contexts:
        context.close()


def test_what_is_typed_is_kept_and_published(analyst: Callable[..., Analyst], app: App) -> None:
    me = analyst().open()
    expect(me.problems()).to_have_count(0)
    me.find("consultation")
    me.page.fill("#z-z-name-kk", "Бірінші кеңес беру")
    me.state("kept")
    me.page.reload()
    me.page.wait_for_selector("[data-bench][data-complete]")
    assert me.drawn("consultation") == "Бірінші кеңес беру"
    me.page.keyboard.press("Control+s")
    me.state("published")
    with app.database.reading() as uow:
        assert "Бірінші кеңес беру" in branches.files(uow, "main")[FILE].decode()
    assert me.complaints == []


def test_a_join_that_hangs_is_shown_with_its_way_and_mended_in_one_step(
    analyst: Callable[..., Analyst],
) -> None:
    me = analyst().open()
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
    me.shot("editor-problem-1280")

    assert me.axe() == []
    problem.locator(".prob-mend").first.click()
    expect(problem.locator(".prob-prev li").first).to_be_visible()
    me.shot("editor-mend-1280")
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
    me = analyst().open()
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
    me, other = analyst().open(), analyst("analyst2").open()
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
    me = analyst("analyst2").open()
    me.find("consultation")
    context = me.page.context
    context.set_offline(True)
    me.page.fill("#z-z-name-kk", "Байланыссыз")
    me.state("away")
    me.page.close()
    context.set_offline(False)
    again = Analyst(context.new_page(), me.address).open()
    assert again.drawn("consultation") == "Байланыссыз"
    again.state("kept")


def test_on_a_phone_the_properties_are_a_page_of_their_own(
    analyst: Callable[..., Analyst],
) -> None:
    me = analyst(width="390").open()
    page = me.page
    page.locator('[data-element-id="consultation"]').first.click()
    page.locator("[data-do=props]").click()
    expect(page.locator("#z-z-name-ru")).to_be_visible()
    assert me.axe() == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    me.shot("editor-properties-390")
    page.locator("[data-do=stage]").click()
    expect(page.locator("#canvas")).to_be_visible()
    assert me.complaints == []


def test_a_branch_that_is_closed_meanwhile_takes_no_more_and_says_so(
    analyst: Callable[..., Analyst], app: App
) -> None:
    with app.database.begin() as uow:
        tending.make(uow, app.context, SYSTEM, "closing")
        uow.commit()
    me = analyst().open(f"/workshop/b/closing/edit/{FILE}")
    with app.database.begin() as uow:
        tending.close(uow, app.context, SYSTEM, "closing")
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
