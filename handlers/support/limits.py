"""Numbers that order 74 leaves open, as named settings (digest §9, B-07 … B-13).

They are copied into the process when a plan is opened, so that it keeps the limits it began with
(law 4). A setting ``support.<name>`` overrides the default; `engine.limits` says how they are read.
`processes/support/README.md` has the table of them for the Ministry.
"""

from dataclasses import dataclass

from engine.limits import Means, Parameters, duration, switch, whole, wholes
from engine.model.text import text


@dataclass(frozen=True, kw_only=True)
class Limits(Parameters):
    """One plan's limits."""

    prefix = "support"

    #: Working days for the intake (not in the order; S-2 says "from the moment of detection").
    intake_days: int = whole(
        1, least=0, most=30, means=Means(law="S-2", about=text("Working days for the intake"))
    )
    #: How long registries are waited for before the plan is drawn up without them (ISO 8601).
    registry_wait: str = duration(
        "PT10M",
        means=Means(
            law="S-8",
            about=text(
                "How long registries are waited for before the plan is drawn up without them"
            ),
        ),
    )
    #: Working days for drawing the plan up: in order 256-НҚ, whose text is missing (B-02).
    plan_days: int = whole(
        5,
        least=0,
        most=60,
        means=Means(law="S-8 B-02", about=text("Working days for drawing the plan up")),
    )
    #: Whether the head approves the plan with a signature (B-08).
    approval_signed: bool = switch(
        default=True,
        means=Means(
            law="S-8 B-08", about=text("Whether the head approves the plan with a signature")
        ),
    )
    #: Working days for the approval (not in the order).
    approval_days: int = whole(
        1,
        least=0,
        most=30,
        means=Means(law="S-8", about=text("Working days for the approval of a plan")),
    )
    #: Working days for a new centre to take over a plan of a family that moved (not in the order).
    takeover_days: int = whole(
        2,
        least=0,
        most=30,
        means=Means(
            about=text("Working days for a new centre to take over a plan of a family that moved")
        ),
    )
    #: Working days for a body to accept a measure (not in the order).
    acceptance_days: int = whole(
        1,
        least=0,
        most=30,
        means=Means(law="S-10", about=text("Working days for a body to accept a measure")),
    )
    #: Working days for the centre to answer a body's question (not in the order).
    answer_days: int = whole(
        1,
        least=0,
        most=30,
        means=Means(
            law="S-10", about=text("Working days for the centre to answer a body's question")
        ),
    )
    #: Working days for rework when the plan's term is over already (B-10).
    late_rework_days: int = whole(
        1,
        least=0,
        most=30,
        means=Means(
            law="S-11 B-10",
            about=text("Working days for rework when the plan's term is over already"),
        ),
    )
    #: Returns of one measure after which it is escalated (B-10).
    rounds: int = whole(
        2,
        least=1,
        most=20,
        means=Means(
            law="S-11 B-10", about=text("Returns of one measure after which it is escalated")
        ),
    )
    #: Months ahead that the centre may set a measure's term, at most (not in the order).
    longest_term: int = whole(
        24,
        least=1,
        most=120,
        means=Means(about=text("Months ahead that the centre may set a measure's term, at most")),
    )
    #: Day of the month after the quarter on which monitoring is due (B-11).
    monitoring_day: int = whole(
        15,
        least=1,
        most=28,
        means=Means(
            law="S-13 B-11",
            about=text("Day of the month after the quarter on which monitoring is due"),
        ),
    )
    #: Working days for the conclusion (not in the order).
    conclusion_days: int = whole(
        5,
        least=0,
        most=60,
        means=Means(law="S-14", about=text("Working days for the conclusion on a quarter")),
    )
    #: Whether the head approves the conclusion with a signature (B-08).
    conclusion_signed: bool = switch(
        default=True,
        means=Means(
            law="S-14 B-08", about=text("Whether the head approves the conclusion with a signature")
        ),
    )
    #: Months after completion when the centre looks at the family again; empty: never (B-13).
    followup_months: tuple[int, ...] = wholes(
        (3, 12),
        least=1,
        most=99,
        means=Means(
            law="B-13",
            about=text(
                "Months after completion when the centre looks at the family again; empty: never"
            ),
        ),
    )
