"""Numbers that order 74 leaves open, as named settings (digest §9, B-07 … B-13).

They are copied into the process when a plan is opened, so that it keeps the limits it began with
(law 4). A setting ``support.<name>`` overrides the default; `check` refuses what cannot be at the
start of the installation.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from engine.errors import ValueRefused
from engine.model.text import Text, text

#: How the settings begin.
PREFIX = "support."
#: The least and the most a number may be.
BOUNDS: Mapping[str, tuple[int, int]] = {
    "intake_days": (0, 30),
    "plan_days": (0, 60),
    "approval_days": (0, 30),
    "takeover_days": (0, 30),
    "acceptance_days": (0, 30),
    "answer_days": (0, 30),
    "late_rework_days": (0, 30),
    "rounds": (1, 20),
    "longest_term": (1, 120),
    "monitoring_day": (1, 28),
    "conclusion_days": (0, 60),
}
_DURATION = re.compile(r"P(?=.)(\d{1,4}D)?(T(?=\d)(\d{1,4}H)?(\d{1,4}M)?(\d{1,4}S)?)?", re.ASCII)
_SWITCH = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """One plan's limits."""

    #: Working days for the intake (not in the order; S-2 says "from the moment of detection").
    intake_days: int = 1
    #: How long registries are waited for before the plan is drawn up without them (ISO 8601).
    registry_wait: str = "PT10M"
    #: Working days for drawing the plan up: in order 256-НҚ, whose text is missing (B-02).
    plan_days: int = 5
    #: Whether the head approves the plan with a signature (B-08).
    approval_signed: bool = True
    #: Working days for the approval (not in the order).
    approval_days: int = 1
    #: Working days for a new centre to take over a plan of a family that moved (not in the order).
    takeover_days: int = 2
    #: Working days for a body to accept a measure (not in the order).
    acceptance_days: int = 1
    #: Working days for the centre to answer a body's question (not in the order).
    answer_days: int = 1
    #: Working days for rework when the plan's term is over already (B-10).
    late_rework_days: int = 1
    #: Returns of one measure after which it is escalated (B-10).
    rounds: int = 2
    #: Months ahead that the centre may set a measure's term, at most (not in the order).
    longest_term: int = 24
    #: Day of the month after the quarter on which monitoring is due (B-11).
    monitoring_day: int = 15
    #: Working days for the conclusion (not in the order).
    conclusion_days: int = 5
    #: Whether the head approves the conclusion with a signature (B-08).
    conclusion_signed: bool = True
    #: Months after completion at which the centre looks at the family again; empty: never (B-13).
    followup_months: tuple[int, ...] = (3, 12)

    def variables(self) -> dict[str, object]:
        """Return the limits as the process sees them."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return found | {"followup_months": list(self.followup_months)}


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
    """Refuse a setting ``support.<name>`` that there is none of, or whose value cannot be.

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
    return _months(name, said) if isinstance(default, tuple) else _duration(name, said)


def _number(name: str, said: str) -> int:
    least, most = BOUNDS[name]
    # Not `isdecimal` alone: it takes the digits of other scripts, and numbers of any length.
    if not re.fullmatch(r"\d{1,6}", said, re.ASCII) or not least <= int(said) <= most:
        wanted = text("a whole number from {least} to {most}", least=least, most=most)
        raise _refused(name, said, wanted)
    return int(said)


def _months(name: str, said: str) -> tuple[int, ...]:
    parts = [one.strip() for one in said.split(",") if one.strip()]
    if not all(re.fullmatch(r"[1-9]\d?", one, re.ASCII) for one in parts):
        raise _refused(name, said, text("months such as 3,12, or nothing"))
    return tuple(sorted({int(one) for one in parts}))


def _duration(name: str, said: str) -> str:
    if not _DURATION.fullmatch(said):
        raise _refused(name, said, text("a duration such as PT10M (ten minutes)"))
    return said


def _refused(name: str, said: str, wanted: Text) -> ValueRefused:
    return ValueRefused(
        text(
            "{setting} must be {wanted}, not “{said}”",
            setting=written(f"{PREFIX}{name}"),
            wanted=wanted,
            said=said,
        )
    )
