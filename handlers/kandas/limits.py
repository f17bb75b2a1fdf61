"""Numbers and dates that the order leaves open, as named settings (digest §6, §10).

They are copied into the process when a case starts, so that a case keeps the limits it began with
(law 4). A setting ``kandas.<name>`` overrides the default; `engine.limits` says how they are read.
`processes/kandas/README.md` has the table of them for the Ministry.
"""

from dataclasses import dataclass

from engine.limits import Means, Parameters, day, duration, one_of, switch, whole
from engine.model.text import text


@dataclass(frozen=True, kw_only=True)
class Limits(Parameters):
    """One family's limits."""

    prefix = "kandas"

    #: Working days for registering in the Portal: 0, the same working day (K-7, A-02). Unconfirmed.
    registration_days: int = whole(
        0,
        least=0,
        most=30,
        means=Means(
            law="K-7 A-02",
            about=text("Working days for registering in the Portal; 0: the same working day"),
        ),
    )
    #: Working days for routing to an employee: 0, the same day (K-11, A-06). Unconfirmed.
    assignment_days: int = whole(
        0,
        least=0,
        most=30,
        means=Means(
            law="K-11 A-06", about=text("Working days for routing to an employee; 0: the same day")
        ),
    )
    #: Working days for reworking what was returned, by analogy with K-8 (A-04). Unconfirmed.
    rework_days: int = whole(
        1,
        least=0,
        most=30,
        means=Means(
            law="K-9 K-10 K-13 A-04", about=text("Working days for reworking what was returned")
        ),
    )
    #: Attempts to reach the kandas before the outcome «unreachable» (A-09; not in the order).
    contact_attempts: int = whole(
        3,
        least=1,
        most=50,
        means=Means(
            law="K-14 A-09",
            about=text("Attempts to reach the family before it counts as unreachable"),
        ),
    )
    #: Working days an unreachable kandas has to turn up before the case is closed (A-09).
    unreachable_days: int = whole(
        10,
        least=1,
        most=250,
        means=Means(
            law="K-14 A-09",
            about=text(
                "Working days an unreachable family has to turn up before the case is closed"
            ),
        ),
    )
    #: Working days of looking for a job before K-18: paragraph 23 of order 214, whose text the
    #: Ministry has to supply (A-10). Unconfirmed.
    job_search_days: int = whole(
        10,
        least=0,
        most=250,
        means=Means(
            law="K-18 A-10",
            about=text("Working days of looking for a job before the draft decision"),
        ),
    )
    #: How long registries are waited for before a scan is asked for (ISO 8601 duration, A-31).
    registry_wait: str = duration(
        "PT10M",
        means=Means(
            law="K-6 A-31",
            about=text("How long registries are waited for before scans are asked for"),
        ),
    )
    #: Births registered here before this day are asked for as scans (K-6).
    birth_from: str = day(
        "2007-08-13",
        means=Means(
            law="K-6", about=text("Births registered before this day are asked for as scans")
        ),
    )
    #: The same for marriages; the year is inferred (A-30). Unconfirmed.
    marriage_from: str = day(
        "2008-06-01",
        means=Means(
            law="K-6 A-30",
            about=text("Marriages registered before this day are asked for as scans"),
        ),
    )
    #: The same for deaths of children (K-6).
    death_from: str = day(
        "2008-05-01",
        means=Means(
            law="K-6",
            about=text("Deaths of children registered before this day are asked for as scans"),
        ),
    )
    #: Whom K-13 returns to: ``career_centre``, ``mobility_origin`` or ``leo_origin`` (A-07).
    return_target: str = one_of(
        "career_centre",
        "mobility_origin",
        "leo_origin",
        means=Means(law="K-13 A-07", about=text("To whom the settlement's office returns a plan")),
    )
    #: Whether origin and settlement may lie in one region (A-37).
    same_region: bool = switch(
        default=False,
        means=Means(
            law="K-10 K-11 A-37", about=text("Whether origin and settlement may lie in one region")
        ),
    )
