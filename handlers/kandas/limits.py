"""Numbers and dates that the order leaves open, as named settings (digest §6, §10).

They are copied into the process when a case starts, so that a case keeps the limits it began with
(law 4). A setting ``kandas.<name>`` overrides the default.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True)
class Limits:
    """One family's limits."""

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
    """Return the limits with the installation's settings over the defaults."""
    found: dict[str, object] = {}
    for field in fields(Limits):
        said = settings.get(f"kandas.{field.name}")
        if said is not None:
            found[field.name] = _typed(field.default, said)
    return Limits(**found)  # type: ignore[arg-type]


def _typed(default: object, said: str) -> object:
    if isinstance(default, bool):
        return said.strip().lower() in {"1", "true", "yes"}
    return int(said) if isinstance(default, int) else said
