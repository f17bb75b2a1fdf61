"""What a law leaves open, as named settings: typed, bounded, refused at the start.

A domain declares a frozen dataclass whose fields are made by the functions below::

    @dataclass(frozen=True, kw_only=True)
    class Limits(Parameters):
        prefix = "example"
        #: Working days for a rework.
        rework_days: int = whole(1, least=0, most=30)

`Limits.read` takes ``<prefix>.<field>`` of the installation's settings over the defaults,
`Limits.check` refuses misspelt names too; `variables` is what a case copies when it starts, so that
it keeps the limits it began with (law 4).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
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


def _limit(default: object, reader: Callable[[str], object]) -> Any:
    return field(default=default, metadata={"reader": reader})


def whole(default: int, *, least: int, most: int) -> Any:
    """Declare a whole number with its bounds, both included."""
    wanted = text("a whole number from {least} to {most}", least=least, most=most)

    def reader(said: str) -> int:
        # Not `isdecimal` alone: it takes the digits of other scripts, and numbers of any length.
        if not re.fullmatch(r"\d{1,6}", said, re.ASCII) or not least <= int(said) <= most:
            raise _Wanted(wanted)
        return int(said)

    return _limit(default, reader)


def wholes(default: tuple[int, ...], *, least: int, most: int) -> Any:
    """Declare whole numbers, rising, separated by commas; nothing: none of them."""
    wanted = text("numbers from {least} to {most} such as 3,12, or nothing", least=least, most=most)

    def reader(said: str) -> tuple[int, ...]:
        parts = [one.strip() for one in said.split(",") if one.strip()]
        for part in parts:
            if not re.fullmatch(r"\d{1,6}", part, re.ASCII) or not least <= int(part) <= most:
                raise _Wanted(wanted)
        return tuple(sorted({int(part) for part in parts}))

    return _limit(default, reader)


def switch(*, default: bool) -> Any:
    """Declare a switch: ``1`` or ``0`` (also true, false, yes, no)."""

    def reader(said: str) -> bool:
        if said.lower() not in _SWITCH:
            raise _Wanted(text("1 or 0"))
        return _SWITCH[said.lower()]

    return _limit(default, reader)


def one_of(default: str, *others: str) -> Any:
    """Declare a word out of some."""
    words = (default, *others)

    def reader(said: str) -> str:
        if said not in words:
            raise _Wanted(text("one of: {found}", found=", ".join(words)))
        return said

    return _limit(default, reader)


def duration(default: str) -> Any:
    """Declare a duration (ISO 8601, days to seconds)."""

    def reader(said: str) -> str:
        if not _DURATION.fullmatch(said):
            raise _Wanted(text("a duration such as PT10M (ten minutes)"))
        return said

    return _limit(default, reader)


def day(default: str) -> Any:
    """Declare a date (ISO 8601)."""

    def reader(said: str) -> str:
        if not _is_day(said):
            raise _Wanted(text("a date such as 2008-06-01"))
        return said

    return _limit(default, reader)


def _is_day(said: str) -> bool:
    try:
        return date.fromisoformat(said).isoformat() == said
    except ValueError:
        return False


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
        return {f"{cls.prefix}.{one.name}": one.metadata["reader"] for one in fields(cls)}

    def variables(self) -> dict[str, object]:
        """Return the limits as a process sees them: numbers, words, truths and lists."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in found.items()
        }


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
