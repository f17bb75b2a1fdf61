"""Numbers and dates that the order leaves open, as named settings (digest §6, §10).

They are copied into the process when a case starts, so that a case keeps the limits it began with
(law 4). A setting ``kandas.<name>`` overrides the default; `engine.limits` says how they are read.
`processes/kandas/README.md` has the table of them for the Ministry.
"""

from dataclasses import dataclass

from engine.limits import Parameters, day, duration, one_of, switch, whole


@dataclass(frozen=True, kw_only=True)
class Limits(Parameters):
    """One family's limits."""

    prefix = "kandas"

    #: Working days for registering in the Portal: 0, the same working day (K-7, A-02). Unconfirmed.
    registration_days: int = whole(0, least=0, most=30)
    #: Working days for routing to an employee: 0, the same day (K-11, A-06). Unconfirmed.
    assignment_days: int = whole(0, least=0, most=30)
    #: Working days for reworking what was returned, by analogy with K-8 (A-04). Unconfirmed.
    rework_days: int = whole(1, least=0, most=30)
    #: Attempts to reach the kandas before the outcome «unreachable» (A-09; not in the order).
    contact_attempts: int = whole(3, least=1, most=50)
    #: Working days an unreachable kandas has to turn up before the case is closed (A-09).
    unreachable_days: int = whole(10, least=1, most=250)
    #: Working days of looking for a job before K-18: paragraph 23 of order 214, whose text the
    #: Ministry has to supply (A-10). Unconfirmed.
    job_search_days: int = whole(10, least=0, most=250)
    #: How long registries are waited for before a scan is asked for (ISO 8601 duration, A-31).
    registry_wait: str = duration("PT10M")
    #: Births registered here before this day are asked for as scans (K-6).
    birth_from: str = day("2007-08-13")
    #: The same for marriages; the year is inferred (A-30). Unconfirmed.
    marriage_from: str = day("2008-06-01")
    #: The same for deaths of children (K-6).
    death_from: str = day("2008-05-01")
    #: Whom K-13 returns to: ``career_centre``, ``mobility_origin`` or ``leo_origin`` (A-07).
    return_target: str = one_of("career_centre", "mobility_origin", "leo_origin")
    #: Whether origin and settlement may lie in one region (A-37).
    same_region: bool = switch(default=False)
