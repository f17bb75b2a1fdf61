"""The analysts' workshop in a browser: a step more in the chain, from the idea to the case.

An analyst adds a second signature after the consultation, with a form made on the spot; is told of
a join that would hang, sees the way there, has it mended; plays it through, looks at what she
changed, deploys it with a note. A family that came before goes the old way, the next one the new.
Everything is real, as in `test_approval_chain`.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from handlers.registries.sandbox.families import families
from tests.browser.chain_stage import Running, running
from tests.browser.clerk import Clerk
from tests.browser.desk import SHOTS
from tests.browser.story import Story
from tests.browser.workshop_stage import KNOWN, Analyst

pytestmark = pytest.mark.browser

PEOPLE = {"analyst": "analyst", "reception": "cc47-1", "director": "cc47-head"}
FILE = "processes/kandas/approval.bpmn"
KEY, STEP = "kandas/second_signature", "Екінші қол қою"
NOTE = "Консультациядан кейін директор да қол қояды"
#: What the director is asked, in three languages.
QUESTION = ("Консультациямен таныстым", "С консультацией ознакомлен", "I know what was said")
#: Where the second signature is wanted.
CONDITION = '${offices.origin_cc == "cc.47.1"}'


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An installation with offices and people, and no case yet."""
    with running(tmp_path_factory.mktemp("workshop")) as found:
        yield found


@pytest.fixture
def story(chromium: Browser, installation: Running) -> Iterator[Story]:
    """People at their windows."""
    found = Story(chromium, installation, PEOPLE, "kandas")
    yield found
    found.close()


def test_a_step_more_in_the_approval_chain(story: Story) -> None:
    before = a_family_turns_up(story, 35)
    drawing = Drawing(story.who("analyst"))
    drawing.draw(FILE)
    the_step_is_drawn(drawing)
    who_does_it_and_with_which_form(drawing)
    the_form_is_made(story)
    the_join_would_hang_and_is_mended(drawing)
    it_is_rehearsed(drawing)
    it_is_compared(drawing)
    it_is_deployed(drawing)
    the_old_case_goes_the_old_way(story, before)
    the_new_case_goes_the_new_way(story, a_family_turns_up(story, 34))
    assert not [one for one in story.complaints().get("analyst", []) if KNOWN not in one]


class Drawing(Analyst):
    """The editor of diagrams under an analyst's mouse."""

    def __init__(self, clerk: Clerk) -> None:
        super().__init__(clerk.page, clerk.address)
        self.clerk = clerk
        #: Ids of what was drawn, by name.
        self.ids: dict[str, str] = {}

    def find(self, element: str) -> None:
        """Select an element, if it is one of ours by our name for it."""
        super().find(self.ids.get(element, element))

    def element(self, name: str) -> Locator:
        return self.page.locator(f'[data-element-id="{self.ids.get(name, name)}"]').first

    def middle(self, name: str) -> tuple[float, float]:
        """Return where an element's middle is in the window."""
        box = self.element(name).bounding_box()
        assert box is not None, f"{name} is not drawn"
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def pad(self, action: str) -> None:
        """Press a button beside the chosen element."""
        self.page.locator(f'.djs-context-pad.open [data-action="{action}"]').click()

    def pull(self, start: tuple[float, float], right: float, down: float) -> None:
        """Pull with the left button."""
        mouse, (x, y) = self.page.mouse, start
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + right / 4, y + down / 4, steps=4)
        mouse.move(x + right, y + down, steps=8)
        mouse.up()

    def drop(self, name: str, tool: str, x: float, y: float) -> None:
        """Take a shape from the palette and set it down; it is called `name` from now on."""
        there = set(self.shapes())
        self.page.locator(f'.djs-palette [data-action="{tool}"]').click()
        self.page.mouse.move(x - 4, y - 4)
        self.page.mouse.move(x, y, steps=4)
        self.page.mouse.click(x, y)
        self.page.keyboard.press("Escape")
        (self.ids[name],) = {
            one
            for one in set(self.shapes()) - there
            if one.startswith(("Activity_", "Gateway_")) and not one.endswith("_label")
        }

    def shapes(self) -> list[str]:
        """Return the ids of everything on the drawing."""
        found: list[str] = self.page.eval_on_selector_all(
            "#canvas .djs-element", "all => all.map(one => one.dataset.elementId)"
        )
        return found

    def turn(self, name: str, into: str) -> None:
        """Make another kind of element of one."""
        self.find(name)
        self.pad("replace")
        self.page.locator(f'[data-id="{into}"]').click()

    def join(self, one: str, other: str) -> str:
        """Draw a flow between two elements; return its id."""
        there = set(self.shapes())
        self.find(one)
        self.pad("connect")
        x, y = self.middle(other)
        self.page.mouse.move(x - 6, y)
        self.page.mouse.move(x, y, steps=4)
        self.page.mouse.click(x, y)
        (flow,) = (name for name in set(self.shapes()) - there if name.startswith("Flow_"))
        return flow

    def flow(self, one: str, other: str) -> str:
        """Return the id of the flow between two elements, as the file's text has it."""
        self.page.click("[data-tab=text]")
        text = self.page.locator("[data-part=text]").inner_text()
        self.page.click("[data-tab=problems]")
        ends = f'sourceRef="{self.ids[one]}" targetRef="{self.ids[other]}"'
        (line,) = (line for line in text.splitlines() if ends in line)
        return line.split('id="')[1].split('"')[0]

    def say(self, field: str, words: str) -> None:
        """Fill in a field of the properties."""
        self.page.fill(f"#z-z-{field}", words)


def a_family_turns_up(story: Story, number: int) -> str:
    """Have a family come to the career centre; return its case's number."""
    clerk, family = story.who("reception"), families()[number]
    clerk.open("/inbox/")
    clerk.page.get_by_role("link", name="Жаңа отбасы").first.click()
    clerk.page.get_by_role("button", name="Консультацияны бастау").click()
    clerk.page.wait_for_url("**/tasks/*")
    case = clerk.page.locator(".crumbs a").last.inner_text()
    person = family.applicant
    clerk.answer(
        "consultation",
        {
            "surname": person.surname,
            "name": person.name,
            "patronymic": person.patronymic,
            "iin": person.iin,
            "phone": family.phone.replace(" ", ""),
            "topics": ["quota", "region", "housing", "aid", "contract", "moving", "services"],
            "date": story.today(),
        },
    )
    return case


def the_step_is_drawn(drawing: Drawing) -> None:
    """Make room after the consultation; set down a way there, the step, a way back."""
    drawing.find("consultation")
    box = drawing.element("consultation").bounding_box()
    assert box is not None
    drawing.page.keyboard.press("Escape")
    drawing.page.locator('.djs-palette [data-action="space-tool"]').click()
    drawing.pull((box["x"] + box["width"] + 8, box["y"] + box["height"] + 60), 300, 0)
    _, level = drawing.middle("consultation")
    edge = drawing.middle("consultation")[0] + box["width"] / 2
    drawing.drop("step", "create.task", edge + 160, level)
    drawing.drop("split", "create.exclusive-gateway", edge + 55, level)
    drawing.drop("join", "create.exclusive-gateway", edge + 262, level)
    drawing.page.keyboard.press("Escape")
    drawing.pull(drawing.middle("step"), 0, 110)
    drawing.turn("step", "replace-with-user-task")
    drawing.turn("join", "replace-with-parallel-gateway")
    drawing.ids["past"] = drawing.join("split", "join")


def who_does_it_and_with_which_form(drawing: Drawing) -> None:
    """Fill in the step's properties: names, paragraph, form, office, days."""
    page = drawing.page
    drawing.find("split")
    drawing.say("name-kk", "Екінші қол керек пе?")
    drawing.say("name-ru", "Нужна ли вторая подпись?")
    drawing.say("name-en", "Is a second signature needed?")
    drawing.find("step")
    drawing.say("name-kk", STEP)
    drawing.say("name-ru", "Вторая подпись")
    drawing.say("name-en", "Second signature")
    drawing.say("law", "K-5")
    page.select_option("#z-z-form", label="Жаңа нысан…")
    page.locator("[data-entry-id=z-form] input").fill(KEY)
    page.keyboard.press("Enter")
    who = page.locator("[data-entry-id=z-who] select")
    who.nth(0).select_option(label="мансап орталығының директоры")
    who.nth(1).select_option(label="Мансап орталығы, шығу өңірі")
    page.select_option("#z-z-due", label="жұмыс күні")
    drawing.say("due-n", "2")
    drawing.clerk.shot("workshop-step-1280", whole=False)


def the_form_is_made(story: Story) -> None:
    """Follow the link beside the form's name to an empty form; ask one thing there."""
    page = story.who("analyst").page
    with page.context.expect_page() as opened:
        page.locator("[data-entry-id=z-form] a.pick-open").click()
    made = opened.value
    made.wait_for_selector("[data-bench][data-ready]")
    made.click('#palette [data-field-type="checkbox"]')
    made.click("[data-tab=languages]")
    row = made.locator("[data-part=texts] tr").nth(1).locator("input")
    for number, said in enumerate(QUESTION):
        row.nth(number).fill(said)
    shown = made.frame_locator("[data-part=preview] iframe[data-shown]")
    expect(shown.get_by_label(QUESTION[0])).to_be_visible()
    made.wait_for_selector("[data-part=state][data-kind=kept]")
    made.screenshot(path=SHOTS / "workshop-form-1280.png")
    made.keyboard.press("Control+s")
    made.wait_for_selector("[data-part=state][data-kind=published]")
    made.close()


def the_join_would_hang_and_is_mended(drawing: Drawing) -> None:
    """Say when the step is taken; be told that the join waits for ever; take the cure."""
    page = drawing.page
    drawing.find("past")
    drawing.pad("replace")
    page.locator('[data-id="replace-with-default-flow"]').click()
    drawing.find(drawing.flow("split", "step"))
    page.fill("#z-conditionExpression", CONDITION)
    page.keyboard.press("Escape")
    problem = drawing.problems().first
    expect(problem).to_contain_text("біріктіруі ешқашан толмайды")
    expect(page.locator("[data-part=deploy]")).to_have_attribute("aria-disabled", "true")
    problem.locator(".prob-say").click()
    steps = problem.locator("[data-step]").count()
    assert steps >= 4
    expect(page.locator(".z-step")).to_have_count(steps)
    drawing.clerk.shot("workshop-trace-1280", whole=False)
    drawing.clerk.picture("workshop")
    problem.locator(".prob-mend").first.click()
    expect(problem.locator(".prob-prev li").first).to_be_visible()
    problem.locator(".prob-prev .btn-primary").click()
    expect(drawing.problems()).to_have_count(0)
    page.keyboard.press("Control+s")
    drawing.state("published")
    drawing.clerk.shot("workshop-mended-1280", whole=False)


def it_is_rehearsed(drawing: Drawing) -> None:
    """Play it: the family's clerk, then the director; the step is offered, and left again."""
    page = drawing.page
    page.locator(".vbar [data-part=rehearse] button").click()
    page.wait_for_url("**/rehearsal/")
    top = page.url
    for step in ("Бастапқы консультация беру", STEP):
        expect(page.locator("main")).to_contain_text(step)
        page.locator("main button[name=fill]").first.click()
        page.wait_for_url("**/tasks/*")
        expect(page.locator("h1")).to_contain_text(step)
        page.click("[data-main]")
        page.wait_for_load_state("networkidle")
        page.goto(top)
    expect(page.locator("#diagram")).to_have_attribute("data-drawn", "1")
    expect(page.locator(".rz-acts li")).to_have_count(2)
    drawing.clerk.shot("workshop-rehearsal-1280")
    page.get_by_role("button", name="Репетицияны аяқтау").click()
    page.wait_for_load_state("networkidle")


def it_is_compared(drawing: Drawing) -> None:
    """See what was added, beside what is deployed."""
    page = drawing.page
    drawing.draw(FILE)
    page.get_by_role("link", name="Салыстыру").first.click()
    page.wait_for_load_state("networkidle")
    expect(page.locator("main")).to_contain_text(STEP)
    drawing.clerk.both("workshop-compare")


def it_is_deployed(drawing: Drawing) -> None:
    """Say why, and put it to work."""
    page = drawing.page
    drawing.draw(FILE)
    page.locator("[data-part=deploy]").click()
    page.wait_for_url("**/deploy")
    drawing.clerk.both("workshop-deploy")
    page.fill("[name=note]", NOTE)
    page.locator("main form button[type=submit], main form .btn-primary").last.click()
    page.wait_for_load_state("networkidle")
    page.goto(f"{drawing.clerk.address}/workshop/processes/kandas_approval/")
    expect(page.locator("main")).to_contain_text(NOTE)
    drawing.clerk.both("workshop-versions")


def the_old_case_goes_the_old_way(story: Story, case: str) -> None:
    """What came before is on the old version: after the consultation comes the application."""
    story.who("reception").take(case).send("қадам орындалды")
    expect(story.who("reception").find(case)).to_contain_text("Өтінішті қабылдау")


def the_new_case_goes_the_new_way(story: Story, case: str) -> None:
    """The next family waits for the director before the application is taken."""
    story.who("reception").send("қадам орындалды")
    director = story.who("director")
    expect(director.find(case)).to_contain_text(STEP)
    director.take(case)
    director.page.get_by_label(QUESTION[0]).check()
    director.both("workshop-second-signature")
    director.send("қадам орындалды")
    expect(story.who("reception").find(case)).to_contain_text("Өтінішті қабылдау")
