"""Dates, terms and numbers as people say them, in three languages, made on the server.

Chromium claims to know Kazakh dates and gets them wrong, so nothing is formatted in the browser.
All moments come in UTC and are said in the country's one time.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from babel.dates import format_date

from engine.i18n import translate, translate_count
from engine.model.calendar import ZONE, WorkingCalendar
from engine.model.text import text
from engine.web.kazakh import Case, time_with

_LOCALES = {"kk": "kk", "ru": "ru", "en": "en_GB"}


def local(moment: datetime) -> datetime:
    """Return the moment in the country's time."""
    return moment.astimezone(ZONE)


@lru_cache(maxsize=4096)
def _written(when: date, pattern: str, language: str) -> str:
    """Return a date by Babel's pattern; a list says the same few days again and again."""
    return format_date(when, pattern, locale=_LOCALES[language])


def day(when: date, language: str, *, today: date | None = None, weekday: bool = True) -> str:
    """Say a day: ``ср, 25 қар.``; the year only if it is not this one."""
    said = _written(when, "d MMM", language)
    if today is not None and when.year != today.year:
        said += f" {when.year}"
    return f"{_written(when, 'EEE', language)}, {said}" if weekday else said


def moment(when: datetime, language: str, *, now: datetime | None = None) -> str:
    """Say a moment: ``ср, 25 қар., 18:00``, or ``бүгін 18:00``."""
    there = local(when)
    today = local(now).date() if now else None
    if today == there.date():
        return translate(text("today {time}", time=f"{there:%H:%M}"), language)
    return f"{day(there.date(), language, today=today)}, {there:%H:%M}"


def month(when: date, language: str) -> str:
    """Name a month, as a heading."""
    said = _written(when, "LLLL", language)
    return said[:1].upper() + said[1:]


def weekday(when: date, language: str) -> str:
    """Name a day of the week, shortly."""
    return _written(when, "EEEEEE", language)


def clock_time(when: datetime) -> str:
    """Say the time of day alone."""
    return f"{local(when):%H:%M}"


def day_heading(when: datetime, language: str, now: datetime) -> str:
    """Head a day of a timeline: ``Бүгін, ср, 25 қар.``."""
    there, today = local(when).date(), local(now).date()
    said = day(there, language, today=today)
    if there == today:
        return translate(text("Today, {day}", day=said), language)
    return said[:1].upper() + said[1:]


def until(when: datetime, language: str) -> str:
    """Say ``18:00-ге дейін``."""
    return translate(text("until {time}", time=_time_form(when, language, Case.DATIVE)), language)


def since(when: datetime, language: str, now: datetime) -> str:
    """Say ``14:05-тен бері``; with the day if it was another one."""
    there = local(when)
    if there.date() == local(now).date():
        time = _time_form(when, language, Case.ABLATIVE)
        return translate(text("since {time}", time=time), language)
    said = day(there.date(), language, today=local(now).date())
    return translate(text("since {day}", day=said), language)


def saved_at(when: datetime, language: str) -> str:
    """Say ``Жоба 14:32-де сақталды``."""
    time = _time_form(when, language, Case.LOCATIVE)
    return translate(text("Draft saved at {time}", time=time), language)


def _time_form(when: datetime, language: str, case: Case) -> str:
    there = local(when)
    return time_with(there.time(), case) if language == "kk" else f"{there:%H:%M}"


def span(left: timedelta, language: str) -> str:
    """Say a length of working time under a day: ``3 сағ 28 мин``."""
    minutes = max(0, int(left.total_seconds() // 60))
    if minutes < 60:
        return translate(text("{minutes} min", minutes=minutes), language)
    return translate(
        text("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60), language
    )


def size(octets: int, language: str) -> str:
    """Say a file's size: ``212 КБ``."""
    if octets < 1024 * 1024:
        return translate(text("{n} KB", n=max(1, round(octets / 1024))), language)
    return translate(text("{n} MB", n=decimal(octets / 1024 / 1024, language)), language)


def decimal(number: float, language: str, *, bare: bool = False) -> str:
    """Write a number with one decimal: ``2,5``; `bare`: a whole one without it."""
    written = f"{number:.1f}"
    if bare:
        written = written.removesuffix(".0")
    return written if language == "en" else written.replace(".", ",")


def in_days(spent: timedelta | None, day: timedelta, language: str) -> str:
    """Say working time: ``2,5`` in working days, below a tenth of one as ``40 мин``."""
    if spent is None:
        return ""
    count = spent / day
    return span(spent, language) if count < 0.1 else decimal(count, language)


@dataclass(frozen=True, kw_only=True)
class Due:
    """A deadline for the eye: word, icon and colour, never colour alone."""

    #: ``late``, ``soon``, ``calm`` or ``ok``: class of the chip.
    kind: str
    #: Icon: its shape differs with the kind.
    icon: str
    #: What is left, e.g. ``бүгін 18:00-ге дейін``.
    words: str
    #: The moment itself, shown on hover.
    title: str


_ICONS = {"late": "alarm", "soon": "clock", "calm": "calendar", "ok": "check"}


def _chip(kind: str, words: str, title: str) -> Due:
    return Due(kind=kind, icon=_ICONS[kind], words=words, title=title)


def due(
    when: datetime, now: datetime, calendar: WorkingCalendar, language: str, *, long: bool = False
) -> Due:
    """Say how a deadline stands; `long` adds the working time left of today."""
    title = moment(when, language)
    if when <= now:
        return _chip("late", lateness(when, now, calendar, language), title)
    if local(when).date() == local(now).date():
        words = translate(
            text("today until {time}", time=_time_form(when, language, Case.DATIVE)), language
        )
        if long:
            words += f" · {span(calendar.working_time(now, when), language)}"
        return _chip("soon", words, title)
    days = calendar.working_days_left(now, when)
    if days < 1:
        return _chip("calm", title, title)
    return _chip("calm", working_days(days, language), title)


def total(
    since: datetime, when: datetime, seen: datetime, calendar: WorkingCalendar, language: str
) -> Due:
    """Say how many of a case's working days are over: ``9 жұмыс күнінің 3-і``.

    `seen` is the present moment, or the end of a case that has ended. The day of arrival is none.
    """
    arrived = datetime.combine(calendar.arrival_day(since), calendar.opens, ZONE)
    most = calendar.working_days_left(arrived, when)
    over = max(0, calendar.working_days_left(arrived, seen))
    said = text("{n} of {most} working days since registration", n=over, most=most)
    last_day = local(when).date() <= local(seen).date()
    kind = "late" if when <= seen else "soon" if last_day or most - over <= 1 else "calm"
    return _chip(kind, translate(said, language), moment(when, language))


def lateness(when: datetime, now: datetime, calendar: WorkingCalendar, language: str) -> str:
    """Say by how much a deadline is missed: minutes and hours today, else working days."""
    if local(when).date() == local(now).date():
        minutes = max(1, int((now - when).total_seconds() // 60))
        if minutes < 60:
            return translate_count("{n} minute late", "{n} minutes late", minutes, language)
        return translate_count("{n} hour late", "{n} hours late", minutes // 60, language)
    days = max(1, -calendar.working_days_left(now, when))
    return translate_count("{n} day late", "{n} days late", days, language)


def done(when: datetime, language: str, now: datetime) -> Due:
    """Say when something was completed."""
    said = moment(when, language, now=now)
    return _chip("ok", said, moment(when, language))


def working_days(n: int, language: str) -> str:
    """Say a number of working days."""
    return translate_count("{n} working day", "{n} working days", n, language)


def people(n: int, language: str) -> str:
    """Say a number of people."""
    return translate_count("{n} person", "{n} people", n, language)


def initials(name: str) -> str:
    """Return the letters for the round sign beside a name."""
    return "".join(part[0] for part in name.split()[:2]).upper()


def short_name(name: str) -> str:
    """Return ``Тоқтар Г.`` for ``Тоқтар Гүлдана``."""
    first, *rest = name.split()[:2] or [""]
    return f"{first} {rest[0][0]}." if rest else first


def masked_iin(iin: str) -> str:
    """Return an IIN as pages show it: ``•••• 4417``."""
    return f"•••• {iin[-4:]}" if iin else ""
