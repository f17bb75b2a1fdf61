"""What happens to the families of the demo: plans at every stage, act by act.

An act is a word, with the measure's place or something else it needs after a colon: ``report:2``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.support import sayings
from handlers.support.sayings import OFFERS, REMARKS

Said = Mapping[str, object] | None
#: What happens at a measure: name → acts in turn. Each is done when its task is open.
FATES: Mapping[str, tuple[str, ...]] = {
    "sent": (),
    "in_work": ("accept",),
    "held": ("accept", "hold"),
    "asked": ("accept", "ask"),
    "answered": ("question", "answer", "accept", "hold"),
    "unwanted": ("not_ours",),
    "kept": ("not_ours", "keep", "accept"),
    "transferred": ("not_ours", "transfer", "accept"),
    "review": ("accept", "report"),
    "done": ("accept", "report", "mark"),
    "returned": ("accept", "report", "return"),
    "redone": ("accept", "report", "return", "report", "mark"),
    "escalated": ("accept", "report", "return", "report", "return"),
    "settled": ("accept", "report", "return", "report", "return", "step_in", "report", "mark"),
    "late_done": ("accept", "wait:18", "report", "mark"),
    "long_done": ("accept", "wait:64", "report", "mark"),
    "refused": ("accept", "refuse", "mark"),
    "impossible": ("accept", "impossible", "mark"),
    "nobody": (),
}
#: Acts at a measure: name → element, and what is said instead of the usual.
AT_MEASURE: Mapping[str, tuple[str, Said]] = {
    "accept": ("acceptance", None),
    "question": ("acceptance", {"decision": "ask", "asked": REMARKS["ask"]}),
    "answer": ("answer", None),
    "not_ours": ("acceptance", {"decision": "not_ours", "reason": REMARKS["not_ours"]}),
    "keep": ("transfer", None),
    "ask": ("work", {"decision": "ask", "asked": REMARKS["ask"]}),
    "report": ("work", None),
    "refuse": ("work", {"decision": "refused_by_person", "reason": REMARKS["refused"]}),
    "impossible": ("work", {"decision": "impossible", "reason": REMARKS["impossible"]}),
    "mark": ("review", None),
    "return": ("review", {"decision": "return", "reason": REMARKS["review"]}),
    "step_in": ("escalation", None),
}
#: Acts at the plan, the same way.
AT_PLAN: Mapping[str, tuple[str, Said]] = {
    "intake": ("intake", None),
    "no_consent": ("intake", sayings.not_opened("no_consent")),
    "plan": ("plan", None),
    "family_refuses": (
        "plan",
        {"decision": "family_refuses", "reason": REMARKS["family_refuses"]},
    ),
    "approve": ("approval", None),
    "send_back": ("approval", {"decision": "return", "remark": REMARKS["approval"]}),
    "approve_change": ("amendment_approval", None),
    "take_over": ("takeover", None),
    "complete": ("completion", None),
    "stable": ("followup", None),
    "relapsed": ("followup", {"result": "relapsed", "note": REMARKS["relapsed"]}),
}
#: Working days of a quarter, at most.
QUARTER = 66
#: Beginnings of stories.
OPENED = ("come", "intake")
RUNNING = (*OPENED, "plan", "approve")


@dataclass(frozen=True, kw_only=True)
class Story:
    """What happens to one family."""

    #: Number of the family, in `hardships`.
    family: int
    #: Centre.
    centre: str
    #: Measures and what becomes of each: keys of `OFFERS` and `FATES`.
    measures: Sequence[tuple[str, str]] = ()
    #: What happens before the measures run.
    before: Sequence[str] = RUNNING
    #: What happens after all that.
    after: Sequence[str] = ()
    #: Working days since the last act.
    idle: float = 0.2

    @property
    def planned(self) -> list[tuple[str, str]]:
        """Return the measures in the order of the plan: those for a child come first (S-7.2)."""
        return sorted(self.measures, key=lambda one: not OFFERS[one[0].partition("@")[0]].child)

    def acts(self) -> list[str]:
        """Return everything that happens, act by act; bodies work side by side.

        What waits for days goes on when the others are through.
        """
        quick: list[list[str]] = []
        slow: list[str] = []
        for place, (_, fate) in enumerate(self.planned, 1):
            way = [act if act.startswith("wait") else f"{act}:{place}" for act in FATES[fate]]
            pause = next((turn for turn, act in enumerate(way) if act.startswith("wait")), len(way))
            quick.append(way[:pause])
            slow += way[pause:]
        longest = max(map(len, quick), default=0)
        turns = [way[turn] for turn in range(longest) for way in quick if turn < len(way)]
        return [*self.before, *turns, *slow, *self.after]


STORIES = (
    # The family of the drawings: five measures, each elsewhere on its way.
    Story(
        family=1,
        centre="fsc.10.1",
        measures=(
            ("meals", "done"),
            ("psychologist@2", "in_work"),
            ("assistance", "review"),
            ("housing", "returned"),
            ("job", "asked"),
        ),
    ),
    Story(
        family=2,
        centre="fsc.47.1",
        measures=(("meals", "held"), ("assistance", "done"), ("prevention", "done")),
        idle=11,
    ),
    Story(
        family=3,
        centre="fsc.10.1",
        measures=(("psychologist", "done"), ("assistance", "redone"), ("art", "done")),
        after=("complete", "stable"),
        idle=3,
    ),
    Story(
        family=4,
        centre="fsc.61.1",
        measures=(("preschool", "done"), ("rehabilitation", "sent"), ("camp", "nobody")),
    ),
    Story(
        family=7,
        centre="fsc.10.1",
        measures=(("meals", "done"), ("assistance", "in_work"), ("housing", "sent")),
        after=("move:fsc.47.1", "take_over", "plan", "approve", "accept:2"),
    ),
    Story(family=8, centre="fsc.10.2", before=(*OPENED, "family_refuses"), idle=2),
    Story(
        family=9,
        centre="fsc.10.1",
        before=("signal", "intake", "plan", "approve"),
        measures=(("home_help", "done"), ("rehabilitation", "refused"), ("aid", "done")),
        after=("complete",),
        idle=4,
    ),
    Story(
        family=10,
        centre="fsc.47.1",
        measures=(
            ("identity", "done"),
            ("mentor", "transferred"),
            ("job", "answered"),
            ("lawyer", "kept"),
        ),
    ),
    Story(
        family=11,
        centre="fsc.10.2",
        measures=(("identity", "settled"), ("housing", "unwanted"), ("job", "in_work")),
    ),
    Story(
        family=12,
        centre="fsc.61.1",
        measures=(
            ("psychologist", "done"),
            ("assistance", "escalated"),
            ("prevention", "in_work"),
            ("housing", "review"),
        ),
    ),
    Story(
        family=14,
        centre="fsc.47.1",
        measures=(("assistance", "done"), ("sport", "done"), ("meals", "late_done")),
        after=("complete",),
        idle=38,
    ),
    Story(family=17, centre="fsc.10.2", measures=(("job", "sent"),), before=(*OPENED, "plan")),
    Story(family=18, centre="fsc.47.1", before=("signal",)),
    Story(
        family=19,
        centre="fsc.10.2",
        measures=(("rehabilitation@1", "in_work"), ("meals", "done"), ("assistance", "in_work")),
        after=("die:1",),
        idle=1,
    ),
    Story(family=20, centre="fsc.61.1", before=(*OPENED, "hold")),
    Story(family=22, centre="fsc.47.1", before=("come", "no_consent"), idle=5),
    Story(
        family=25,
        centre="fsc.10.2",
        measures=(("meals", "done"), ("aid", "redone"), ("school_year", "long_done")),
        idle=2.5,
    ),
    Story(
        family=26,
        centre="fsc.47.1",
        measures=(("rehabilitation", "done"), ("sport", "in_work"), ("aid", "in_work")),
        after=("add:mentor", "approve_change", "accept:4", "change:1"),
    ),
    Story(
        family=30,
        centre="fsc.47.1",
        measures=(("rehabilitation", "impossible"), ("grant", "refused"), ("aid", "done")),
        after=("complete",),
        idle=60,
    ),
    Story(
        family=29,
        centre="fsc.47.1",
        measures=(("meals", "done"), ("assistance", "in_work"), ("counselling", "in_work")),
        after=("move:fsc.10.2",),
        idle=0.6,
    ),
    Story(
        family=34,
        centre="fsc.47.1",
        measures=(("preschool", "sent"), ("prevention", "sent"), ("counselling", "sent")),
    ),
    Story(
        family=35,
        centre="fsc.10.1",
        measures=(("preschool", "done"), ("assistance", "done"), ("counselling", "late_done")),
        after=(
            "complete",
            "relapsed",
            "relapse",
            "intake",
            "plan",
            "approve",
            "accept:2",
            "accept:1",
            "report:1",
        ),
    ),
    Story(
        family=36,
        centre="fsc.61.1",
        measures=(("assistance", "done"), ("school_year", "in_work")),
        after=("wait:62", "close"),
        idle=6,
    ),
    Story(
        family=38,
        centre="fsc.47.1",
        measures=(("preschool", "sent"), ("job", "sent")),
        before=(*OPENED, "plan", "send_back"),
    ),
)
