"""Order 170, K-5 … K-19, in a browser: one family, eight people, three returns, one late step.

The same as `make run` shows by hand. Everything is real: server, executor, tick, sandbox of the
registries, signatures, Chromium. Pictures of every kind of page go to ``screenshots``.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from handlers.kandas.rehearsal import application
from handlers.registries.sandbox.families import families
from tests.browser.chain_stage import Running, neighbours, running
from tests.browser.clerk import PICTURED
from tests.browser.story import Story

pytestmark = pytest.mark.browser

#: The family that moves from the region of Turkistan to the region of Abai: five heads.
FAMILY = families()[35]
ORIGIN, SETTLEMENT = "61", "10"
TOPICS = ["quota", "region", "housing", "aid", "contract", "moving", "services", "work"]
#: Who does what; the last two only look and move the clock.
PEOPLE = {
    "reception": "cc61-1",
    "signing": "cc61-2",
    "mobility_head": "mc61-head",
    "origin_body": "leo61-head",
    "body_head": "leo10-head",
    "body_employee": "leo10-1",
    "mobility": "mc10-1",
    "centre": "cc10-1",
    "director": "cc61-head",
    "admin": "admin",
}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An installation with offices and people, and no case yet."""
    # For pictures, in a centre where others wait as well.
    others = neighbours if PICTURED else None
    with running(tmp_path_factory.mktemp("chain"), before=others) as found:
        yield found


@pytest.fixture
def story(chromium: Browser, installation: Running) -> Iterator[Story]:
    """People at their windows."""
    found = Story(chromium, installation, PEOPLE, "kandas")
    yield found
    found.close()


def test_a_family_goes_through_all_offices(story: Story) -> None:
    the_family_turns_up(story)
    the_application_is_taken(story)
    the_application_is_registered_and_signed(story)
    the_mobility_centre_returns_and_nothing_changes(story)
    the_local_body_returns_and_the_data_change(story)
    the_chain_signs_again_late(story)
    the_body_of_settlement_returns_and_signs(story)
    the_mobility_centre_settles_the_family(story)
    the_plan_is_drafted(story)
    everything_is_there_in_the_end(story)
    assert not story.complaints()


def the_family_turns_up(story: Story) -> None:
    """K-5: a career centre's employee explains and writes down who came."""
    clerk, person = story.who("reception"), FAMILY.applicant
    clerk.page.get_by_role("link", name="Жаңа отбасы").first.click()
    clerk.both("chain-new")
    clerk.page.get_by_role("button", name="Консультацияны бастау").click()
    clerk.page.wait_for_url("**/tasks/*")
    story.case = clerk.page.locator(".crumbs a").last.inner_text()
    assert re.fullmatch(r"Қ-26-\d{5}", story.case)
    clerk.answer(
        "consultation",
        {
            "surname": person.surname,
            "name": person.name,
            "patronymic": person.patronymic,
            "iin": person.iin,
            "phone": FAMILY.phone.replace(" ", ""),
            "topics": TOPICS,
            "date": story.today(),
        },
    )
    clerk.both("chain-consultation")
    clerk.send("қадам орындалды")


def the_application_is_taken(story: Story) -> None:
    """K-6: the application, what is wrong with it, then scans for what no registry knows."""
    clerk = story.who("reception").claim(story.case)
    said = application(FAMILY, ORIGIN, SETTLEMENT)
    clerk.answer("application", {**said, "consent": False})
    clerk.page.click("[data-main]")
    expect(clerk.page.locator(".errors")).to_be_visible()
    clerk.both("chain-application-errors")
    clerk.answer("application", {"consent": True})
    clerk.both("chain-application")
    clerk.send("қадам орындалды")
    clerk.claim(story.case)
    rows = clerk.page.locator("[data-rows=scans] [data-row]").count()
    assert rows
    clerk.answer("scans", {"scans": [{"files": [f"скан-{n}.pdf"]} for n in range(1, rows + 1)]})
    clerk.both("chain-scans")
    clerk.send("қадам орындалды")


def the_application_is_registered_and_signed(story: Story) -> None:
    """K-7 by the one, K-8 and signature 1 by a colleague."""
    clerk = story.who("reception").claim(story.case)
    people = [{"iin": one.person.iin} for one in FAMILY.members]
    clerk.answer("registration", {"people": people, "complete": True})
    clerk.both("chain-registration")
    clerk.send("қадам орындалды")
    clerk = story.who("signing")
    clerk.preview(story.case)
    clerk.picture("inbox")
    clerk.claim(story.case).answer("recheck", {"attested": True})
    clerk.both("chain-recheck")
    clerk.send("қол қойылып, жіберілді")


def the_mobility_centre_returns_and_nothing_changes(story: Story) -> None:
    """K-9 returns; the answer changes no data: signature 1 stands, the case comes straight back."""
    head = story.who("mobility_head").claim(story.case)
    head.page.click("button[value=ask-return]")
    head.page.wait_for_url("**act=return**")
    head.both("chain-return")
    head.page.click("button[value=no-return]")
    head.give_back("head_check", "members", "Отбасының бір мүшесі картада жоқ па?")
    clerk = story.who("reception").claim(story.case)
    clerk.both("chain-rework")
    clerk.answer("application", {"answers": [{"answer": "Тексерілді: картада бар"}]})
    clerk.send("қадам орындалды")
    head.claim(story.case)
    head.answer("head_check", {"relatives": "no", "questionnaire": "match"})
    head.both("chain-head-check")
    head.send("қол қойылып, жіберілді")


def the_local_body_returns_and_the_data_change(story: Story) -> None:
    """K-10 returns; the address changes: both signatures are void."""
    body = story.who("origin_body").claim(story.case)
    body.both("chain-origin-check")
    body.give_back("leo_origin", "origin_address", "Пәтер нөмірі көрсетілмеген")
    clerk = story.who("reception").claim(story.case)
    clerk.answer(
        "application",
        {
            "answers": [{"answer": "Пәтер нөмірі қосылды"}],
            "origin_address": f"{FAMILY.place}, {FAMILY.address}, 5-пәтер",
        },
    )
    clerk.both("chain-rework-changed")
    clerk.send("қадам орындалды")


def the_chain_signs_again_late(story: Story) -> None:
    """K-8 for version 2 waits for two days: three people are told. Then three sign again."""
    clerk = story.who("signing").claim(story.case)
    clerk.page.get_by_role("link", name="Істі ашу").click()
    expect(clerk.page.locator(".chain li.void")).to_have_count(2)
    clerk.both("chain-void")
    story.move_the_clock(2, "chain-admin")
    for part in ("signing", "director", "mobility_head"):
        one = story.who(part)
        one.notified(story.case, "мерзім", FAMILY.applicant.surname, "Қайта тексеріп, қол қою")
        one.both(f"chain-notifications-{part}")
    clerk.find(story.case, "overdue")
    clerk.both("chain-inbox-overdue", whole=False)
    story.who("director").open("/office/")
    story.who("director").both("chain-office")
    clerk.open_mine(story.case).answer("recheck", {"attested": True}).send("қол қойылып")
    head = story.who("mobility_head").claim(story.case)
    head.answer("head_check", {"relatives": "no", "questionnaire": "match"})
    head.both("chain-head-check-2")
    head.picture("task")
    head.send("қол қойылып, жіберілді")
    story.who("origin_body").claim(story.case).send("қол қойылып, жіберілді")


def the_body_of_settlement_returns_and_signs(story: Story) -> None:
    """K-11 names an employee, who returns (K-13) and signs when the remark is answered."""
    head = story.who("body_head").claim(story.case)
    employee = story.who("body_employee")
    head.page.get_by_label("Орындаушы қызметкер").select_option(label=employee.name())
    head.both("chain-assignment")
    head.send("қадам орындалды")
    employee.open_mine(story.case)
    expect(employee.page.locator("#documents")).to_contain_text("Неке қию туралы куәлік")
    employee.give_back("completeness", "scans", "Туу туралы куәлік анық көрінбейді")
    clerk = story.who("reception").claim(story.case)
    clerk.answer("application", {"answers": [{"answer": "Скан анық, түпнұсқамен салыстырылды"}]})
    clerk.send("қадам орындалды")
    employee.open_mine(story.case)
    ticks = dict.fromkeys(("data_complete", "scans_there", "consent_there"), True)
    employee.answer("completeness", ticks)
    employee.both("chain-completeness")
    employee.send("қол қойылып, жіберілді")


def the_mobility_centre_settles_the_family(story: Story) -> None:
    """K-14 contact, K-15 advice, K-16 vacancies, K-17 the move."""
    clerk = story.who("mobility").claim(story.case)
    day = story.today()
    clerk.answer("contact", {"channel": "phone", "date": day, "result": "reached"})
    clerk.both("chain-contact")
    clerk.send("қадам орындалды")
    clerk.claim(story.case)
    clerk.answer("advice", {"topics": ["region", "housing", "moving", "work"], "date": day})
    clerk.both("chain-advice")
    clerk.send("қадам орындалды")
    clerk.claim(story.case)
    assert clerk.page.locator("[data-rows=offers] [data-row]").count(), "the exchange has none"
    clerk.answer("vacancies", {"offers": [{"wanted": True}], "reaction": "interested"})
    clerk.both("chain-vacancies")
    clerk.send("қадам орындалды")
    clerk.claim(story.case)
    clerk.answer(
        "move",
        {
            "locality": FAMILY.wished,
            "route": f"{FAMILY.place} – {FAMILY.wished}",
            "date": story.today(21),
            "transport": "rail",
            "heads": len(FAMILY.members),
            "terms": "Жүк контейнермен, отбасы пойызбен",
        },
    )
    clerk.both("chain-move")
    if PICTURED:
        clerk.page.get_by_role("link", name="Істі ашу").click()
        clerk.page.wait_for_selector("#diagram[data-drawn]")
        clerk.picture("case")
        clerk.page.go_back()
    clerk.send("қадам орындалды")


def the_plan_is_drafted(story: Story) -> None:
    """K-19: the career centre of settlement drafts the individual plan."""
    clerk = story.who("centre").claim(story.case)
    services = ["1", "2", "7", "9", "11", "15", "16", "20", "25"]
    clerk.answer("plan_draft", {"accepted": True, "channel": "phone", "services": services})
    clerk.both("chain-plan")
    clerk.send("қадам орындалды")


def everything_is_there_in_the_end(story: Story) -> None:
    """The case is over, its four standing signatures verify, the application prints."""
    clerk = story.who("centre")
    clerk.page.goto(f"{clerk.address}/cases/?q={story.case}")
    clerk.both("chain-cases", whole=False)
    clerk.page.get_by_role("link", name=re.compile(FAMILY.applicant.surname)).first.click()
    clerk.page.wait_for_selector("#diagram[data-drawn]")
    clerk.both("chain-case")
    page = clerk.page
    expect(page.locator(".head .due")).to_contain_text("аяқталды")
    assert "z-passed" in str(page.get_attribute("[data-element-id=plan_ready]", "class"))
    # Who signed is named, though somebody else of the office answered the last remark.
    expect(page.locator(".way li").first).to_contain_text(story.who("signing").name())
    expect(page.locator(".chain li:not(.void)")).to_have_count(4)
    expect(page.locator(".chain li.void")).to_have_count(2)
    assert FAMILY.applicant.surname in clerk.printed("Өтінішті басып шығару")
    for language, ended in (("ru", "завершено"), ("en", "completed"), ("kk", "аяқталды")):
        page.locator(f".side .langs button[value={language}]").first.click()
        page.wait_for_selector(f"html[lang={language}]")
        expect(page.locator(".head .due")).to_contain_text(ended)
        page.wait_for_selector("#diagram[data-drawn]")
        clerk.both(f"chain-case-{language}")
    page.get_by_role("link", name="Қайта тексеру").click()
    expect(page.locator("section.panel .due.ok")).to_have_count(4)
    clerk.both("chain-signatures")
    page.go_back()
    page.locator("#his-h + a").click()
    clerk.both("chain-history")
    expect(page.locator(".time")).to_contain_text("Қолтаңбалардың күші жойылды")
    expect(page.locator(".time")).not_to_contain_text("Тоғыз жұмыс күні өтті")
