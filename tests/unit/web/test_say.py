"""Dates, terms and Kazakh endings as people say them."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.calendar import ZONE, WorkingCalendar
from engine.web import say
from engine.web.kazakh import Case, number_with, time_with

CALENDAR = WorkingCalendar(days_off=frozenset({date(2026, 12, 16)}))
#: Wednesday, 14:32 in Almaty.
NOW = datetime(2026, 11, 25, 14, 32, tzinfo=ZONE).astimezone(UTC)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("said", "case", "expected"),
    [
        ("18:00", Case.DATIVE, "18:00-ге"),
        ("16:30", Case.DATIVE, "16:30-ға"),
        ("09:05", Case.DATIVE, "09:05-ке"),
        ("09:40", Case.DATIVE, "09:40-қа"),
        ("14:32", Case.LOCATIVE, "14:32-де"),
        ("14:40", Case.LOCATIVE, "14:40-та"),
        ("10:26", Case.LOCATIVE, "10:26-да"),
        ("14:05", Case.ABLATIVE, "14:05-тен"),
        ("14:10", Case.ABLATIVE, "14:10-нан"),
        ("14:20", Case.ABLATIVE, "14:20-дан"),
        ("14:50", Case.ABLATIVE, "14:50-ден"),
    ],
)
def test_the_last_spoken_word_decides_the_ending(said: str, case: Case, expected: str) -> None:
    assert time_with(time.fromisoformat(said), case) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [(2, "2-ден"), (5, "5-тен"), (6, "6-дан"), (10, "10-нан"), (80, "80-нен"), (100, "100-ден")],
)
def test_numbers_take_their_ending_too(number: int, expected: str) -> None:
    assert number_with(number, Case.ABLATIVE) == expected


@given(st.times(), st.sampled_from(Case))
def test_every_minute_has_an_ending_that_keeps_vowel_harmony(when: time, case: Case) -> None:
    ending = time_with(when, case).rpartition("-")[2]
    soft = when.minute % 10 not in {0, 6, 9} or when.minute in {0, 50}
    assert ("е" in ending) is soft
    assert ("а" in ending) is not soft


@pytest.mark.parametrize(
    ("due", "kind", "kk", "ru", "en"),
    [
        (at(25, 18), "soon", "бүгін 18:00-ге дейін", "сегодня до 18:00", "today until 18:00"),
        (at(26, 18), "calm", "1 жұмыс күні", "1 рабочий день", "1 working day"),
        (at(27, 18), "calm", "2 жұмыс күні", "2 рабочих дня", "2 working days"),
        (at(30, 18), "calm", "3 жұмыс күні", "3 рабочих дня", "3 working days"),
        (at(25, 11, 30), "late", "3 сағатқа кешікті", "опоздание 3 часа", "3 hours late"),
        (at(25, 14, 31), "late", "1 минутқа кешікті", "опоздание 1 минута", "1 minute late"),
        (at(24, 18), "late", "1 күнге кешікті", "опоздание 1 день", "1 day late"),
        (at(20, 18), "late", "3 күнге кешікті", "опоздание 3 дня", "3 days late"),
    ],
)
def test_a_deadline_says_what_is_left(due: datetime, kind: str, kk: str, ru: str, en: str) -> None:
    for language, words in (("kk", kk), ("ru", ru), ("en", en)):
        chip = say.due(due, NOW, CALENDAR, language)
        assert (chip.kind, chip.words) == (kind, words)


def test_a_deadline_on_a_day_off_says_the_day() -> None:
    saturday = datetime(2026, 11, 28, 12, 0, tzinfo=ZONE)
    friday = datetime(2026, 11, 27, 20, 0, tzinfo=ZONE)
    chip = say.due(saturday.astimezone(UTC), friday.astimezone(UTC), CALENDAR, "kk")
    assert chip.words == "сб, 28 қар., 12:00"


def test_on_the_task_page_working_time_left_is_added() -> None:
    assert say.due(at(25, 18), NOW, CALENDAR, "kk", long=True).words == (
        "бүгін 18:00-ге дейін · 3 сағ 28 мин"
    )


def test_each_kind_of_deadline_has_an_icon_of_its_own_shape() -> None:
    dues = [at(24, 18), at(25, 18), at(27, 18)]
    icons = {say.due(when, NOW, CALENDAR, "kk").icon for when in dues}
    assert len(icons | {say.done(NOW, "kk", NOW).icon}) == 4


def test_moments_are_said_in_the_countrys_time() -> None:
    assert say.moment(at(25, 18), "kk") == "ср, 25 қар., 18:00"
    assert say.moment(at(25, 18), "kk", now=NOW) == "бүгін 18:00"
    assert say.moment(at(25, 18), "ru") == "ср, 25 нояб., 18:00"
    assert say.since(at(25, 14, 5), "kk", NOW) == "14:05-тен бері"
    assert say.saved_at(NOW, "kk") == "Жоба 14:32-де сақталды"
    assert say.day(date(2025, 3, 1), "kk", today=date(2026, 1, 1)) == "сб, 1 нау. 2025"
    # 19:30 UTC is already the next day in Almaty.
    late = datetime(2026, 11, 24, 19, 30, tzinfo=UTC)
    assert say.day_heading(late, "kk", NOW) == "Бүгін, ср, 25 қар."


def test_numbers_of_people_follow_the_plurals_of_the_language() -> None:
    assert [say.people(n, "ru") for n in (1, 2, 5, 21)] == [
        "1 человек",
        "2 человека",
        "5 человек",
        "21 человек",
    ]
    assert say.people(5, "kk") == "5 адам"


def test_names_and_numbers_are_shortened_without_giving_more_away() -> None:
    assert say.short_name("Тоқтар Гүлдана Серікқызы") == "Тоқтар Г."
    assert say.short_name("") == ""
    assert say.initials("Байжанова Сәуле") == "БС"
    assert say.masked_iin("860502304417") == "•••• 4417"
    assert say.masked_iin("") == ""
    assert say.span(timedelta(minutes=28), "kk") == "28 мин"
    assert say.size(212_000, "ru") == "207 КБ"
    assert say.size(5_400_000, "kk") == "5,1 МБ"


@pytest.mark.parametrize(
    ("seen", "kind", "words"),
    [
        (at(22, 12), "calm", "0 of 9 working days since registration"),
        (NOW, "calm", "2 of 9 working days since registration"),
        (at(25, 12) + timedelta(days=8), "soon", "8 of 9 working days since registration"),
        (at(25, 17, 59) + timedelta(days=9), "soon", "9 of 9 working days since registration"),
        (at(25, 18) + timedelta(days=9), "late", "9 of 9 working days since registration"),
        (at(25, 12) + timedelta(days=12), "late", "10 of 9 working days since registration"),
    ],
)
def test_a_whole_case_counts_from_the_working_day_it_came_on(
    seen: datetime, kind: str, words: str
) -> None:
    registered = at(21, 12)  # Saturday: it counts as come on Monday
    found = say.total(registered, CALENDAR.due(registered, 9), seen, CALENDAR, "en")
    assert (found.kind, found.words) == (kind, words)
