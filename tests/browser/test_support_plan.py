"""Order 74, S-2 … S-14, in a browser: a family with two children, five measures at four bodies.

One measure is returned twice and escalated, one refused by the family, one late, one added while
the plan runs; the plan is completed with exceptions, and the quarter's conclusion goes to the
family-policy body. Everything is real: server, executor, tick, sandbox of the registries,
signatures, Chromium. Pictures of every kind of page go to ``screenshots``.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, expect

from handlers.people.facts import PersonFacts
from handlers.registries.sandbox.hardships import hardships
from handlers.support import sayings
from handlers.support.sayings import OFFERS, REMARKS, USUAL
from tests.browser.chain_stage import Running, running
from tests.browser.clerk import Clerk, Values
from tests.browser.story import Story

pytestmark = pytest.mark.browser

#: Monday, 28 September 2026, 10:00 in Kazakhstan: three days before the quarter ends.
START = datetime(2026, 9, 28, 5, 0, tzinfo=UTC)
#: The family of the drawings: Сәрсен Дана with Аружан and Ерасыл.
FAMILY = hardships()[0]
MOTHER, DAUGHTER, SON = (one.person for one in FAMILY.family.members)
REGION = "10"
#: Who does what.
PEOPLE = {
    "centre": "fsc10-1",
    "head": "fsc10-head",
    "education": "education10-1",
    "education_head": "education10-head",
    "interior": "interior10-1",
    "employment": "employment10-1",
    "social": "social10-1",
    "overseer": "leo10-head",
    "policy": "family-policy",
    "admin": "admin",
}
#: Measures in the order of the plan: those for the children come first.
MEALS, LESSONS, VISITS, TRAINING, MONEY = 1, 2, 3, 4, 5
DONE, SIGNED = "қадам орындалды", "қол қойылып, жіберілді"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An installation with offices and people, and no case yet."""
    with running(tmp_path_factory.mktemp("support"), start=START) as found:
        yield found


@pytest.fixture
def story(chromium: Browser, installation: Running) -> Iterator[Story]:
    """People at their windows."""
    found = Story(chromium, installation, PEOPLE, "support")
    yield found
    found.close()


def test_many_demo_accounts_are_found_by_office_role_and_name(story: Story) -> None:
    clerk = story.people["education_head"]
    clerk.open("/sign-in")
    page = clerk.page
    assert page.locator("details:visible").count() > 50
    field = page.get_by_role("searchbox")
    field.fill("абай білім")
    expect(page.locator(".person-z:visible")).to_have_count(2)
    clerk.both("sign-in-found", whole=False)
    field.fill("ешкімжоқ")
    expect(page.locator(".person-z:visible")).to_have_count(0)
    expect(page.locator("[data-none]")).to_have_text("Мұнда ондай ешкім жоқ.")
    field.fill("EDUCATION10-head")
    page.locator(".person-z:visible").click()
    page.wait_for_url("**/inbox/**")
    assert not story.complaints()


def test_a_family_gets_support_and_the_quarter_is_concluded(story: Story) -> None:
    the_family_turns_up(story)
    the_plan_is_drawn_up_and_approved(story)
    one_measure_is_done_at_once(story)
    one_is_returned_twice_and_escalated(story)
    one_is_refused_by_the_family(story)
    one_is_late(story)
    one_is_added(story)
    the_plan_is_completed_with_exceptions(story)
    the_quarter_is_concluded(story)
    assert not story.complaints()


def measure(story: Story, place: int) -> str:
    """Return the number of a measure."""
    return f"{story.case}/{place}"


def the_family_turns_up(story: Story) -> None:
    """S-2: a specialist of the centre writes down who came, why, and with whose consent."""
    clerk = story.who("centre")
    clerk.picture("plan")
    clerk.page.get_by_role("link", name="ӨҚЖ жоспарлары").first.click()
    clerk.both("plan-list-empty")
    clerk.page.get_by_role("link", name="Жаңа отбасы").first.click()
    clerk.both("plan-new")
    clerk.page.get_by_role("button", name="Қабылдауды бастау").click()
    clerk.page.wait_for_url("**/tasks/*")
    story.case = clerk.page.locator(".crumbs a").last.inner_text()
    assert re.fullmatch(r"Ж-26-\d{5}", story.case)
    said = sayings.intake(FAMILY, "Семей", {})
    clerk.answer("intake", said)
    clerk.both("plan-intake")
    clerk.send(DONE)


def offered(name: str, whom: PersonFacts, **changes: object) -> Values:
    """Return a row of the plan as it is typed; `whom` is chosen by name."""
    offer = OFFERS[name]
    return {
        "person": re.compile(f"{whom.surname} {whom.name}"),
        "body": f"sb.{offer.field}.{REGION}",
        "service": offer.service,
        "title": offer.title,
        "expected": offer.expected,
        **changes,
    }


def the_plan_is_drawn_up_and_approved(story: Story) -> None:
    """S-8: four measures, the children's first; the head signs. S-9: the bodies get theirs."""
    clerk = story.who("centre").claim(story.case)
    rows = [
        offered("meals", DAUGHTER),
        offered("psychologist", SON, term=story.today(21)),
        offered("prevention", MOTHER, term=story.today(1)),
        offered("job", MOTHER),
    ]
    said = {"decision": "submit", "aims": ["adaptation"], "measures": rows, "involved": True}
    clerk.answer("plan", said)
    clerk.both("plan-plan")
    clerk.send(DONE)
    head = story.who("head").claim(story.case)
    head.answer("approval", {"decision": "approve"})
    head.both("plan-approval")
    head.send(SIGNED)
    for part, places in (
        ("education", (MEALS, LESSONS)),
        ("interior", (VISITS,)),
        ("employment", (TRAINING,)),
    ):
        for place in places:
            accept(story, part, place)


def accept(story: Story, part: str, place: int) -> None:
    """S-10: a body takes its measure."""
    clerk = story.who(part).claim(measure(story, place))
    clerk.answer("acceptance", {"decision": "accept"})
    if place in {MEALS, MONEY}:
        clerk.both(f"plan-acceptance-{place}")
    clerk.send(DONE)


def report(story: Story, part: str, place: int, said: Values, picture: str = "") -> None:
    """S-11(1): a body reports."""
    clerk = story.who(part).take(measure(story, place))
    clerk.answer("report", said)
    if picture:
        clerk.both(picture)
    clerk.send(DONE)


def done(name: str) -> Values:
    """Return the report of a measure that was done."""
    return {"decision": "report", "said": OFFERS[name].report, "documents": ["бұйрық.pdf"]}


def review(story: Story, place: int, said: Values, picture: str = "") -> None:
    """S-11(2), (3): the centre marks the status, or returns the measure."""
    clerk = story.who("centre").take(measure(story, place))
    clerk.answer("review", said)
    if picture:
        clerk.both(picture)
    clerk.send(DONE)


def one_measure_is_done_at_once(story: Story) -> None:
    """The daughter's meals: reported with a document, marked as done."""
    report(story, "education", MEALS, done("meals"), "plan-report")
    review(story, MEALS, {"decision": "accept"}, "plan-review")


def one_is_returned_twice_and_escalated(story: Story) -> None:
    """The lessons come back twice; then the head of the body steps in, and all above are told."""
    number = measure(story, LESSONS)
    for turn in (1, 2):
        report(story, "education", LESSONS, {"decision": "report", "said": "Екі сабақ өтті."})
        back = {"decision": "return", "reason": REMARKS["review"]}
        review(story, LESSONS, back, f"plan-review-return-{turn}")
        if turn == 1:
            story.who("education").take(number).both("plan-returned")
    story.who("overseer").notified(number)
    story.who("overseer").both("plan-notified-overseer")
    story.who("head").notified(number)
    boss = story.who("education_head").claim(number)
    boss.answer("escalation", USUAL["escalation"])
    boss.both("plan-escalation")
    boss.send(DONE)
    report(story, "education", LESSONS, done("psychologist"))
    review(story, LESSONS, {"decision": "accept"})


def one_is_refused_by_the_family(story: Story) -> None:
    """The mother does not want the training: the centre marks it as refused."""
    said = {"decision": "refused_by_person", "reason": REMARKS["refused"]}
    report(story, "employment", TRAINING, said, "plan-report-refused")
    review(story, TRAINING, {"decision": "accept"})


def board(story: Story, part: str) -> Clerk:
    """Open the plan's board."""
    clerk = story.who(part)
    clerk.open(f"/support/plans/{story.case}")
    return clerk


def one_is_late(story: Story) -> None:
    """The police have not reported by the plan's day: body and centre are told."""
    story.move_the_clock(2)
    number = measure(story, VISITS)
    for part in ("interior", "centre"):
        story.who(part).notified(number)
    board(story, "centre").both("plan-board-late")
    clerk = story.who("centre")
    clerk.page.get_by_role("link", name="ӨҚЖ жоспарлары").first.click()
    clerk.both("plan-list")
    clerk.open(f"/support/plans/{story.case}/{VISITS}")
    clerk.both("plan-measure-late")
    story.who("interior").find(number, "overdue")
    story.who("interior").both("plan-inbox-late", whole=False)
    report(story, "interior", VISITS, done("prevention"))


def one_is_added(story: Story) -> None:
    """While the late report waits for review, the centre adds assistance; the head approves."""
    clerk = board(story, "centre")
    clerk.page.get_by_role("link", name="Жоспарды өзгерту").click()
    clerk.both("plan-amend")
    clerk.page.get_by_role("button", name="Өзгерісті бастау").click()
    clerk.page.wait_for_url("**/tasks/*")
    added = offered("assistance", MOTHER)
    said = {"decision": "submit", "reason": REMARKS["amended"], "added": [added]}
    clerk.answer("amendment", said)
    clerk.both("plan-amendment")
    clerk.send(DONE)
    head = story.who("head").claim(story.case)
    head.answer("approval", {"decision": "approve"})
    head.both("plan-amendment-approval")
    head.send(SIGNED)
    accept(story, "social", MONEY)
    report(story, "social", MONEY, done("assistance"))
    review(story, MONEY, {"decision": "accept"})
    review(story, VISITS, {"decision": "accept"})


def the_plan_is_completed_with_exceptions(story: Story) -> None:
    """S-12: nothing is open; the mark with the day, the result and the family's level."""
    clerk = story.who("centre").claim(story.case)
    clerk.answer("completion", {**USUAL["completion"], "completed_on": story.today()})
    clerk.both("plan-completion")
    clerk.send(DONE)
    clerk = board(story, "centre")
    for language in ("ru", "en", "kk"):
        clerk.page.locator(f".side .langs button[value={language}]").first.click()
        clerk.page.wait_for_selector(f"html[lang={language}]")
        clerk.both(f"plan-board-{language}")
    expect(clerk.page.locator(".flash.ok").first).to_contain_text("аяқталды")
    clerk.open(f"/support/plans/{story.case}/{LESSONS}")
    clerk.both("plan-measure")
    clerk.open(f"/support/plans/{story.case}")
    clerk.page.get_by_role("link", name="Отбасы мен тарихы").first.click()
    clerk.page.wait_for_selector("#diagram[data-drawn]")
    clerk.both("plan-case")


def the_quarter_is_concluded(story: Story) -> None:
    """S-13, S-14: on the fifteenth the numbers are there; written, signed, read, printed."""
    story.move_the_clock(15)
    number = "Т-26-3-fsc.10.1"
    clerk = story.who("centre").claim(number)
    clerk.answer("conclusion", USUAL["conclusion"])
    clerk.both("quarter-conclusion")
    clerk.send(DONE)
    head = story.who("head").claim(number)
    head.answer("conclusion_approval", {"decision": "approve"})
    head.both("quarter-approval")
    head.send(SIGNED)
    policy = story.who("policy").claim(number)
    policy.answer("acquaintance", USUAL["acquaintance"])
    policy.both("quarter-acquaintance")
    policy.send(DONE)
    clerk.open(f"/support/quarters/{number}")
    clerk.both("quarter")
    said = clerk.printed("PDF")
    assert "Тұрғын үй органының есептері" in said
    assert MOTHER.surname not in said
    overseer = story.who("overseer")
    overseer.open("/support/quarters")
    overseer.both("quarters-overseer")
    assert MOTHER.surname not in overseer.page.inner_text("body")
    overseer.open(f"/support/regions/{REGION}")
    overseer.both("region")
