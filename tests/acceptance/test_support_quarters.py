"""Quarters of order 74 (S-13, S-14): the timer after an outage, two centres, one without plans."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from pypdf import PdfReader

from engine.store import Database
from handlers.registries.sandbox.server import Sandbox
from handlers.support import offices, quarters, records
from handlers.support.records import Conclusion
from tests.acceptance.kandas_stage import start_sandbox
from tests.acceptance.quarter_stage import entrance
from tests.acceptance.support_stage import Play, prepare, row, wired

FIRST, SECOND = offices.centre("47"), offices.centre("61")
THIRD = quarters.parse("2026-3")
#: Thursday, 1 October 2026, 09:00 in Kazakhstan: the timer of the third quarter.
DUE = datetime(2026, 10, 1, 4, tzinfo=UTC)
#: The day of monitoring.
MONITORING = datetime(2026, 10, 15, 10, tzinfo=UTC)
SAID = {
    "effect": "partly",
    "findings": "Органдар бірлесіп жұмыс істеді",
    "shortcomings": [{"said": "Тұрғын үй органы кешікті"}],
    "proposals": [{"said": "Мерзімді апта сайын қарау"}, {"said": "=1+1"}],
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = start_sandbox(tmp_path_factory.mktemp("authority"))
    yield running
    running.stop()


@pytest.fixture
def play(database: Database, sandbox: Sandbox) -> Play:
    """An installation on either database."""
    prepare(database)
    return wired(database, sandbox)


def held(play: Play, quarter: quarters.Quarter = THIRD) -> dict[str, Conclusion]:
    """Return the quarters of all centres by centre."""
    with play.reading() as uow:
        return {one.centre: one for one in records.of_quarter(uow.session, quarter)}


def number(centre: str = FIRST) -> str:
    return quarters.case_number(THIRD, centre)


def begun(play: Play) -> int:
    """Return how often the timer has started the quarters of all centres."""
    admin = play.actor("admin")
    with play.reading() as uow:
        return len(uow.reachable.page(admin, process="support_quarters"))


def concluded(play: Play, centre: str = FIRST) -> None:
    """Have a centre write and its head approve the conclusion."""
    play.work(number(centre), "conclusion", SAID)
    play.work(number(centre), "conclusion_approval", {"decision": "approve"})


def test_after_three_days_of_outage_the_quarter_runs_once_and_is_the_right_one(play: Play) -> None:
    play.planned(row("social", "Money"), row("education", "A place at school"))
    # Three days in which nothing ran; it is 4 October when the executor comes back.
    play.until(DUE + timedelta(days=3))
    assert begun(play) == 1
    assert list(held(play)) == [FIRST]
    assert held(play)[FIRST].number == "Т-26-3-fsc.47.1"
    play.run_due()
    play.until(DUE + timedelta(days=4))
    assert begun(play) == 1
    assert held(play, THIRD.next) == {}
    assert play.elements(number()) == []  # until the day of monitoring
    play.until(MONITORING)
    assert play.elements(number()) == ["conclusion"]


def test_an_outage_over_two_quarters_leaves_out_neither(play: Play) -> None:
    play.planned(row("social", "Money"))
    play.until(datetime(2027, 1, 3, 4, tzinfo=UTC))
    assert begun(play) == 1  # an endless cycle starts once, however often it was missed
    assert [one.quarter for one in held(play).values()] == ["2026-3"]
    assert [one.quarter for one in held(play, THIRD.next).values()] == ["2026-4"]


def test_the_numbers_are_those_of_the_quarter_however_late_they_are_gathered(play: Play) -> None:
    case = play.planned(row("social", "Money"), row("education", "A place at school"))
    play.done(f"{case.number}/1")
    play.until(datetime(2026, 10, 2, 6, tzinfo=UTC))
    play.done(f"{case.number}/2")  # in October
    play.until(MONITORING)
    found = held(play)[FIRST].indicators
    assert found is not None
    assert (found.total.done, found.total.open, found.total.total) == (1, 1, 2)
    assert (found.opened, found.running) == (1, 1)
    assert {one.step: one.count for one in found.times} == {
        "approval": 1,
        "dispatch": 2,
        "report": 1,
        "review": 1,
    }
    # The sandbox's card knows nobody of this family.
    assert found.changes == {"people": 2, "known": 0, "improved": 0, "worsened": 0, "unchanged": 0}


def test_without_the_family_card_the_quarter_is_counted_all_the_same(play: Play) -> None:
    play.planned(row("social", "Money"))
    play.sandbox.switch("family_card", "down")
    try:
        play.until(MONITORING)
        for _ in range(3):
            play.until(play.clock.now() + timedelta(minutes=10))
    finally:
        play.sandbox.switch("family_card", "ok")
    found = held(play)[FIRST].indicators
    assert found is not None
    assert found.total.open == 1
    assert found.changes == {}
    assert play.elements(number()) == ["conclusion"]


def test_a_conclusion_goes_to_the_family_policy_body_and_comes_back_from_the_head(
    play: Play,
) -> None:
    play.planned(row("social", "Money"))
    play.until(MONITORING)
    play.work(number(), "conclusion", SAID)
    play.work(number(), "conclusion_approval", {"decision": "return", "remark": "Сандарды қосыңыз"})
    assert play.shown(number(), "conclusion")["remark"] == "Сандарды қосыңыз"
    concluded(play)
    found = held(play)[FIRST]
    assert (found.version, found.approved_by) == (2, "Somebody fsc.47.1-head")
    assert found.sent_at is not None
    assert "support_conclusion" in play.told("policy")
    assert "support_conclusion" in play.told("leo.47")
    assert "support_conclusion" not in play.told("leo.61")
    assert "support_rollup" not in play.told("leo.47")  # B-03: not before it was read
    play.work(number(), "acquaintance", {"read": True, "answer": "Қабылданды"})
    assert held(play)[FIRST].answer == "Қабылданды"
    assert play.ended(number()) == "conclusion_known"
    assert "support_rollup" in play.told("leo.47")
    assert play.told("leo.61").count("support_rollup") == 0


def test_two_centres_have_a_quarter_each_and_the_region_hears_when_its_own_are_there(
    play: Play,
) -> None:
    play.planned(row("social", "Money"))
    with play.begin() as uow:
        at = play.clock.now()
        records.begin(uow.session, "Ж-26-00900", SECOND, "61", at)
        uow.commit()
    play.until(MONITORING)
    assert sorted(held(play)) == [FIRST, SECOND]
    concluded(play, FIRST)
    concluded(play, SECOND)
    other = held(play)[SECOND].indicators
    assert other is not None
    assert (other.opened, other.total.total) == (1, 0)
    for centre in (FIRST, SECOND):
        play.work(number(centre), "acquaintance", {"read": True})
    assert play.told("leo.47").count("support_rollup") == 1
    assert play.told("leo.61").count("support_rollup") == 1


def test_a_quarter_in_which_no_centre_had_a_plan_ends_at_once(play: Play) -> None:
    play.until(DUE)
    assert begun(play) == 1
    assert held(play) == {}
    admin = play.actor("admin")
    with play.reading() as uow:
        [case] = uow.reachable.page(admin, process="support_quarters")
    assert case.status == "completed"
    assert play.told("leo.47") == []


def test_a_centre_with_an_empty_quarter_concludes_on_zeros(play: Play) -> None:
    """A plan that was opened and never approved: there is a quarter, and nothing in it."""
    play.open()
    play.until(MONITORING)
    found = held(play)[FIRST].indicators
    assert found is not None
    assert (found.opened, found.total.total, found.changes["people"]) == (1, 0, 0)
    concluded(play)
    assert held(play)[FIRST].sent_at is not None


def test_the_tasks_of_a_quarter_show_its_charts_over_their_forms(play: Play) -> None:
    play.planned(row("social", "Money"), row("education", "A place at school"))
    play.until(MONITORING)
    sign_in = entrance(play)

    def page(login: str, element: str) -> str:
        task = play.open_task(play.instance(number()), element).id
        return sign_in(login).get(f"/tasks/{task}").text

    assert page("fsc.47.1-1", "conclusion").count('class="chart"') == 4
    play.work(number(), "conclusion", SAID)
    assert "Ведомствоаралық жұмыстың тиімділігі" in page("fsc.47.1-head", "conclusion_approval")
    play.work(number(), "conclusion_approval", {"decision": "approve"})
    assert page("policy", "acquaintance").count('class="chart"') == 4
    case = sign_in("fsc.47.1-head").get(f"/cases/{play.instance(number())}").text
    assert case.count('class="chart"') == 4
    assert f"{quote(number())}/conclusion.pdf" in case
    pdf = sign_in("policy").get(f"/support/quarters/{number()}/conclusion.pdf").data
    said = " ".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf)).pages)
    said = " ".join(said.split())
    assert "ЭЦҚ: Somebody fsc.47.1-head, fsc.47.1" in said
