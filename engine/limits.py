"""What a law leaves open, as named settings: typed, bounded, refused at the start.

A domain declares a frozen dataclass whose fields are made by the functions below::

    @dataclass(frozen=True, kw_only=True)
    class Limits(Parameters):
        prefix = "example"
        #: Working days for a rework.
        rework_days: int = whole(1, least=0, most=30)

With `Means` (paragraph and sentence), and `offer(Limits)` beside them, they stand on the
administrators' page of settings, to be changed there while the installation runs.
`Limits.read` takes ``<prefix>.<field>`` of the installation's settings over the defaults,
`Limits.check` refuses misspelt names too; `variables` is what a case copies when it starts, so that
it keeps the limits it began with (law 4).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import Enum
from typing import Any, ClassVar, Self

from engine.errors import ValueRefused
from engine.model.text import Text, text

_DURATION = re.compile(r"P(?=.)(\d{1,4}D)?(T(?=\d)(\d{1,4}H)?(\d{1,4}M)?(\d{1,4}S)?)?", re.ASCII)
_SWITCH = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


class _Wanted(Exception):
    """A value cannot be; carries what was wanted."""

    def __init__(self, wanted: Text) -> None:
        super().__init__(wanted)
        self.wanted = wanted


#: Hours of the day, or never.
_HOURS = re.compile(r"never|([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", re.ASCII)


class Kind(Enum):
    """How a parameter is written."""

    WHOLE = "whole"
    WHOLES = "wholes"
    SWITCH = "switch"
    WORD = "word"
    DURATION = "duration"
    DAY = "day"
    HOURS = "hours"


@dataclass(frozen=True, kw_only=True)
class Means:
    """What a parameter is about: the paragraphs it fills, and a sentence for administrators."""

    #: Paragraphs and ambiguities of the digest, with spaces between: ``K-7 A-02``.
    law: str = ""
    #: What it says.
    about: Text


@dataclass(frozen=True, kw_only=True)
class _Rule:
    kind: Kind
    #: What may be written.
    wanted: Text
    reader: Callable[[str], object]
    means: Means | None
    choices: tuple[str, ...] = ()


def _limit(default: object, rule: _Rule) -> Any:
    return field(default=default, metadata={"rule": rule})


def whole(default: int, *, least: int, most: int, means: Means | None = None) -> Any:
    """Declare a whole number with its bounds, both included."""
    wanted = text("a whole number from {least} to {most}", least=least, most=most)

    def reader(said: str) -> int:
        # Not `isdecimal` alone: it takes the digits of other scripts, and numbers of any length.
        if not re.fullmatch(r"\d{1,6}", said, re.ASCII) or not least <= int(said) <= most:
            raise _Wanted(wanted)
        return int(said)

    return _limit(default, _Rule(kind=Kind.WHOLE, wanted=wanted, reader=reader, means=means))


def wholes(default: tuple[int, ...], *, least: int, most: int, means: Means | None = None) -> Any:
    """Declare whole numbers, rising, separated by commas; nothing: none of them."""
    wanted = text("numbers from {least} to {most} such as 3,12, or nothing", least=least, most=most)

    def reader(said: str) -> tuple[int, ...]:
        parts = [one.strip() for one in said.split(",") if one.strip()]
        for part in parts:
            if not re.fullmatch(r"\d{1,6}", part, re.ASCII) or not least <= int(part) <= most:
                raise _Wanted(wanted)
        return tuple(sorted({int(part) for part in parts}))

    return _limit(default, _Rule(kind=Kind.WHOLES, wanted=wanted, reader=reader, means=means))


def switch(*, default: bool, means: Means | None = None) -> Any:
    """Declare a switch: ``1`` or ``0`` (also true, false, yes, no)."""
    wanted = text("1 or 0")

    def reader(said: str) -> bool:
        if said.lower() not in _SWITCH:
            raise _Wanted(wanted)
        return _SWITCH[said.lower()]

    return _limit(default, _Rule(kind=Kind.SWITCH, wanted=wanted, reader=reader, means=means))


def one_of(default: str, *others: str, means: Means | None = None) -> Any:
    """Declare a word out of some; an empty one may be among them."""
    words = (default, *others)
    wanted = text("one of: {found}", found=" · ".join(word or "—" for word in words))

    def reader(said: str) -> str:
        if said not in words:
            raise _Wanted(wanted)
        return said

    rule = _Rule(kind=Kind.WORD, wanted=wanted, reader=reader, means=means, choices=words)
    return _limit(default, rule)


def duration(default: str, *, means: Means | None = None) -> Any:
    """Declare a duration (ISO 8601, days to seconds)."""
    wanted = text("a duration such as PT10M (ten minutes)")
    return _limit(default, _pattern(Kind.DURATION, wanted, _DURATION.fullmatch, means))


def day(default: str, *, means: Means | None = None) -> Any:
    """Declare a date (ISO 8601)."""
    wanted = text("a date such as 2008-06-01")
    return _limit(default, _pattern(Kind.DAY, wanted, _is_day, means))


def hours(default: str, *, means: Means | None = None) -> Any:
    """Declare hours of the day (local time) such as ``22:00-06:00``, or ``never``."""
    wanted = text("hours such as 22:00-06:00, or never")
    return _limit(default, _pattern(Kind.HOURS, wanted, _HOURS.fullmatch, means))


def _pattern(kind: Kind, wanted: Text, fits: Callable[[str], object], means: Means | None) -> _Rule:
    def reader(said: str) -> str:
        if not fits(said):
            raise _Wanted(wanted)
        return said

    return _Rule(kind=kind, wanted=wanted, reader=reader, means=means)


def _is_day(said: str) -> bool:
    try:
        return date.fromisoformat(said).isoformat() == said
    except ValueError:
        return False


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One declared parameter, as the page of settings shows it."""

    #: Name of the setting: ``example.rework_days``.
    name: str
    #: Paragraphs it fills; empty: none.
    law: tuple[str, ...]
    #: What it says.
    about: Text
    #: Its default, as it would be written.
    default: str
    #: What may be written.
    wanted: Text
    #: How it is written.
    kind: Kind
    #: The words to choose from; empty: it is no such word.
    choices: tuple[str, ...]
    #: Reads what is written.
    reader: Callable[[str], object]

    def fits(self, said: str) -> bool:
        """Tell whether a value can be."""
        try:
            self.reader(said.strip())
        except _Wanted:
            return False
        return True


def as_written(value: object) -> str:
    """Return a limit's value as it is written into a setting."""
    if isinstance(value, bool):
        return str(int(value))
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Base of a domain's limits: a frozen dataclass of fields made by the functions above."""

    #: How the names of its settings begin, before the dot.
    prefix: ClassVar[str]

    @classmethod
    def read(cls, settings: Mapping[str, str]) -> Self:
        """Return the limits with the installation's settings over the defaults.

        Raises `ValueRefused` that names the setting as it stands in the environment.
        """
        found: dict[str, object] = {}
        for name, reader in cls._readers().items():
            if name in settings:
                found[name.partition(".")[2]] = _read(name, settings[name].strip(), reader)
        return cls(**found)

    @classmethod
    def check(cls, settings: Mapping[str, str]) -> None:
        """Refuse a setting ``<prefix>.<name>`` that there is none of, or whose value cannot be.

        Raises `ValueRefused`.
        """
        known = cls._readers()
        for name in sorted(settings):
            if name.startswith(f"{cls.prefix}.") and name not in known:
                raise ValueRefused(text("There is no setting {name}", name=written(name)))
        cls.read(settings)

    @classmethod
    def _readers(cls) -> dict[str, Callable[[str], object]]:
        return {f"{cls.prefix}.{one.name}": one.metadata["rule"].reader for one in fields(cls)}

    @classmethod
    def declared(cls) -> tuple[Parameter, ...]:
        """Return what is declared, in order; those without `Means` are nobody's to change."""
        return tuple(
            _parameter(f"{cls.prefix}.{one.name}", one.default, one.metadata["rule"], means)
            for one in fields(cls)
            if (means := one.metadata["rule"].means) is not None
        )

    def variables(self) -> dict[str, object]:
        """Return the limits as a process sees them: numbers, words, truths and lists."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in found.items()
        }


def _parameter(name: str, default: object, rule: _Rule, means: Means) -> Parameter:
    return Parameter(
        name=name,
        law=tuple(means.law.split()),
        about=means.about,
        default=as_written(default),
        wanted=rule.wanted,
        kind=rule.kind,
        choices=rule.choices,
        reader=rule.reader,
    )


#: Parameters that administrators may change, by their prefixes.
offered: dict[str, type[Parameters]] = {}


def offer(found: type[Parameters]) -> None:
    """Show parameters on the page of settings; `ValueError` if others have the prefix."""
    if offered.setdefault(found.prefix, found) is not found:
        raise ValueError(f"two declarations of settings {found.prefix}.…")


def _read(name: str, said: str, reader: Callable[[str], object]) -> object:
    try:
        return reader(said)
    except _Wanted as refused:
        told = text(
            "{setting} must be {wanted}, not “{said}”",
            setting=written(name),
            wanted=refused.wanted,
            said=said,
        )
        raise ValueRefused(told) from None


def written(name: str) -> str:
    """Return a setting's name as it stands in the environment."""
    return f"ZHOLDAMA__{name.upper().replace('.', '__')}"
