"""What the offices wrote down on the way, for who decides after them: in the words of the forms."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from engine.i18n import translate
from engine.model.text import text
from engine.services.bundles import Bundle
from handlers.kandas import records
from handlers.kandas.face import PROCESS
from handlers.kandas.forms.base import RETURN
from handlers.kandas.records import Check, Consultation
from handlers.kandas.showing import SYSTEMS

#: Values that other panels show: the signature, the remarks, the version.
ELSEWHERE = frozenset({"decision", "remarks", "version", "attested"})
#: Answers at which the next office looks twice.
ATTENTION = frozenset({("relatives", "yes"), ("questionnaire", "differs")})
#: A list of more options than this is folded.
SHORT = 6
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
CONSULTATION, REGISTRATION = "consultation", "registration"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One answer of a form."""

    #: What was asked.
    label: str
    #: What was answered.
    said: str = ""
    #: The options ticked of a long list.
    points: tuple[str, ...] = ()
    #: How many options the long list has.
    most: int = 0
    #: True: ticked; False: not ticked; None: no tick.
    ticked: bool | None = None
    #: Whether the next office should look twice.
    attention: bool = False


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was written down at a step, the latest time."""

    #: Element id of the step.
    step: str
    #: Its name.
    title: str
    #: The answers.
    entries: tuple[Entry, ...]
    #: Who.
    by: str
    #: When (UTC); None: only the day is known.
    at: datetime | None = None
    #: Local day, where the moment is not kept.
    day: date | None = None
    #: Round of rework, from 1.
    round: int = 1
    #: Whether the case was returned with it.
    returned: bool = False

    @property
    def attention(self) -> bool:
        """Tell whether an answer of it should be looked at twice."""
        return any(one.attention for one in self.entries)


def findings(
    session: Any, bundle: Bundle, number: str, language: str, *, portal: str = ""
) -> list[Finding]:
    """Return what was written down, in the order of the way; of each step the latest.

    `portal` is the registration number, which the record has only from K-8 on.
    """
    speaker = _Speaker(bundle, language)
    held = records.consultation(session, number)
    told = (speaker.checked(one) for one in records.checks(session, number))
    latest = {one.step: one for one in told if one.entries}
    found = [speaker.consulted(held)] if held else []
    found += _registered(session, number, speaker, portal)
    return found + sorted(latest.values(), key=lambda one: one.at or _LONG_AGO)


def _registered(session: Any, number: str, speaker: "_Speaker", portal: str) -> list[Finding]:
    """Return the number that the Portal gave (K-7)."""
    found = records.application(session, number)
    said = portal or (found.portal_number if found else "")
    if found is None or not said:
        return []
    label = translate(text("Registration number in the Portal"), speaker.language)
    return [
        Finding(
            step=REGISTRATION,
            title=speaker.title(REGISTRATION),
            entries=(Entry(label=label, said=said),),
            by=translate(SYSTEMS["migration_portal"], speaker.language),
            at=found.registered_at,
        )
    ]


class _Speaker:
    """Says values in the words of the forms that the case was deployed with."""

    def __init__(self, bundle: Bundle, language: str) -> None:
        self._bundle, self.language = bundle, language
        self._elements = bundle.definition(PROCESS).process.elements

    def title(self, step: str) -> str:
        """Return the name of a step."""
        names = self._elements[step].names if step in self._elements else {}
        return names.get(self.language) or names.get("kk") or step

    def consulted(self, held: Consultation) -> Finding:
        values = {"topics": list(held.topics), "note": held.note}
        return Finding(
            step=CONSULTATION,
            title=self.title(CONSULTATION),
            entries=self._entries(CONSULTATION, values),
            by=held.officer,
            day=held.held_on,
        )

    def checked(self, check: Check) -> Finding:
        """Say a check; without entries if the case was returned before anything was checked."""
        returned = check.found.get("decision") == RETURN
        entries = self._entries(check.step, check.found)
        if returned and all(one.ticked is False for one in entries):
            # Boxes that nobody ticked before a return say nothing: they are no findings.
            entries = ()
        return Finding(
            step=check.step,
            title=self.title(check.step),
            entries=entries,
            by=check.by,
            at=check.at,
            round=check.round,
            returned=returned,
        )

    def _entries(self, step: str, values: Mapping[str, object]) -> tuple[Entry, ...]:
        element = self._elements.get(step)
        if element is None or not element.form:
            return ()
        fields = self._bundle.form(element.form).scoped()
        made = (self._entry(one, values[one.key]) for one in fields if one.key in values)
        return tuple(one for one in made if one is not None)

    def _entry(self, field: Any, value: object) -> Entry | None:
        """Return an answer in words; None: nothing was said, or another panel says it."""
        label = field.label.said(self.language)
        if field.key in ELSEWHERE or not label:
            return None
        if isinstance(value, bool):
            return Entry(label=label, ticked=value, attention=not value)
        if isinstance(value, list):
            return self._ticked(label, field.options, [str(one) for one in value])
        said = self._said(field, value)
        attention = (field.key, value) in ATTENTION
        return Entry(label=label, said=said, attention=attention) if said else None

    def _said(self, field: Any, value: object) -> str:
        raw = str(value or "").strip()
        if field.options or field.options_key:
            return "".join(self._labels(field.options, [raw]))
        return f"{date.fromisoformat(raw[:10]):%d.%m.%Y}" if raw and field.subtype else raw

    def _ticked(self, label: str, options: Sequence[Any], chosen: Sequence[str]) -> Entry | None:
        found = tuple(self._labels(options, chosen))
        if not found:
            return None
        if len(options) > SHORT:
            return Entry(label=label, points=found, most=len(options))
        return Entry(label=label, said=", ".join(found))

    def _labels(self, options: Iterable[Any], chosen: Sequence[str]) -> Iterable[str]:
        return [one.label.said(self.language) for one in options if one.value in chosen]
