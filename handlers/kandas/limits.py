"""Numbers and dates that the order leaves open, as named settings (digest §6, §10).

They are copied into the process when a case starts, so that a case keeps the limits it began with
(law 4). A setting ``kandas.<name>`` overrides the default; `check` refuses what cannot be at the
start of the installation. `processes/kandas/README.md` has the table of them for the Ministry.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date

from engine.errors import ValueRefused
from engine.model.text import Text, text

#: How the settings begin.
PREFIX = "kandas."
#: Offices that K-13 may return to (`processes/kandas/return.dmn`).
TARGETS = ("career_centre", "mobility_origin", "leo_origin")
#: The least and the most a number may be; a norm of 0 working days ends with the day of arrival.
BOUNDS: Mapping[str, tuple[int, int]] = {
    "registration_days": (0, 30),
    "assignment_days": (0, 30),
    "rework_days": (0, 30),
    "contact_attempts": (1, 50),
    "unreachable_days": (1, 250),
    "job_search_days": (0, 250),
}
_DURATION = re.compile(r"P(?=.)(\d{1,4}D)?(T(?=\d)(\d{1,4}H)?(\d{1,4}M)?(\d{1,4}S)?)?", re.ASCII)
_SWITCH = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """One family's limits."""

    #: Working days for registering in the Portal: 0, the same working day (K-7, A-02). Unconfirmed.
    registration_days: int = 0
    #: Working days for routing to an employee: 0, the same day (K-11, A-06). Unconfirmed.
    assignment_days: int = 0
    #: Working days for reworking what was returned, by analogy with K-8 (A-04). Unconfirmed.
    rework_days: int = 1
    #: Attempts to reach the kandas before the outcome «unreachable» (A-09; not in the order).
    contact_attempts: int = 3
    #: Working days an unreachable kandas has to turn up before the case is closed (A-09).
    unreachable_days: int = 10
    #: Working days of looking for a job before K-18: paragraph 23 of order 214, whose text the
    #: Ministry has to supply (A-10). Unconfirmed.
    job_search_days: int = 10
    #: How long registries are waited for before a scan is asked for (ISO 8601 duration, A-31).
    registry_wait: str = "PT10M"
    #: Births registered here before this day are asked for as scans (K-6).
    birth_from: str = "2007-08-13"
    #: The same for marriages; the year is inferred (A-30). Unconfirmed.
    marriage_from: str = "2008-06-01"
    #: The same for deaths of children (K-6).
    death_from: str = "2008-05-01"
    #: Whom K-13 returns to: ``career_centre``, ``mobility_origin`` or ``leo_origin`` (A-07).
    return_target: str = "career_centre"
    #: Whether origin and settlement may lie in one region (A-37).
    same_region: bool = False

    def variables(self) -> dict[str, object]:
        """Return the limits as the process sees them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def read(settings: Mapping[str, str]) -> Limits:
    """Return the limits with the installation's settings over the defaults.

    Raises `ValueRefused` that names the setting whose value cannot be.
    """
    found: dict[str, object] = {}
    for field in fields(Limits):
        said = settings.get(f"{PREFIX}{field.name}")
        if said is not None:
            found[field.name] = _typed(field.name, field.default, said.strip())
    return Limits(**found)  # type: ignore[arg-type]


def check(settings: Mapping[str, str]) -> None:
    """Refuse a setting ``kandas.<name>`` that there is none of, or whose value cannot be.

    Raises `ValueRefused` that names it as it stands in the environment.
    """
    known = {f"{PREFIX}{field.name}" for field in fields(Limits)}
    for name in sorted(settings):
        if name.startswith(PREFIX) and name not in known:
            raise ValueRefused(text("There is no setting {name}", name=written(name)))
    read(settings)


def written(name: str) -> str:
    """Return a setting's name as it stands in the environment."""
    return f"ZHOLDAMA__{name.upper().replace('.', '__')}"


def _typed(name: str, default: object, said: str) -> object:
    if isinstance(default, bool):
        if said.lower() not in _SWITCH:
            raise _refused(name, said, text("1 or 0"))
        return _SWITCH[said.lower()]
    if isinstance(default, int):
        return _number(name, said)
    return _word(name, said)


def _number(name: str, said: str) -> int:
    least, most = BOUNDS[name]
    # Not `isdecimal` alone: it takes the digits of other scripts, and numbers of any length.
    if not re.fullmatch(r"\d{1,6}", said, re.ASCII) or not least <= int(said) <= most:
        raise _refused(
            name, said, text("a whole number from {least} to {most}", least=least, most=most)
        )
    return int(said)


def _word(name: str, said: str) -> str:
    if name == "return_target" and said not in TARGETS:
        raise _refused(name, said, text("one of: {found}", found=", ".join(TARGETS)))
    if name == "registry_wait" and not _DURATION.fullmatch(said):
        raise _refused(name, said, text("a duration such as PT10M (ten minutes)"))
    if name.endswith("_from") and not _is_day(said):
        raise _refused(name, said, text("a date such as 2008-06-01"))
    return said


def _is_day(said: str) -> bool:
    try:
        return date.fromisoformat(said).isoformat() == said
    except ValueError:
        return False


def _refused(name: str, said: str, wanted: Text) -> ValueRefused:
    return ValueRefused(
        text(
            "{setting} must be {wanted}, not “{said}”",
            setting=written(f"{PREFIX}{name}"),
            wanted=wanted,
            said=said,
        )
    )
