"""What order 74 leaves open about the outside systems, as named settings (digest §9, B-06).

The other settings of `handlers.registries.base` are addresses, keys and technical limits: they stay
in the environment. The first days of electronic acts are a case's own (``kandas.<act>_from``).
"""

from dataclasses import dataclass

from engine.limits import Means, Parameters, one_of
from engine.model.text import text


@dataclass(frozen=True, kw_only=True)
class Limits(Parameters):
    """Who is asked."""

    prefix = "registries"

    #: Who answers for data on probation; empty: nobody is asked until that is settled.
    probation_owner: str = one_of(
        "",
        "probation",
        "enforcement",
        "probation,enforcement",
        means=Means(law="S-4.8 B-06", about=text("Which system is asked for data on probation")),
    )
