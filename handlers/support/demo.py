"""The demo: 25 plans at every stage, made by playing their way under a clock of its own.

Nothing is inserted: centres and bodies claim, fill in, sign, return and ask through the services,
timers fire, registries answer from the sandbox, in the order of the clock, up to the present. The
oldest stories began two quarters ago, so that a quarter is over and its conclusions are written.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.demo import Cast, Stage
from handlers.registries.sandbox.hardships import hardships
from handlers.support import cases, offices, staff
from handlers.support.rehearsal import Case, Rehearsal
from handlers.support.sayings import REMARKS
from handlers.support.stories import AT_MEASURE, AT_PLAN, QUARTER, STORIES, Story

#: Working minutes in a day.
DAY = 540
#: Working days of history: a plan, three months after it the look back, and the plan after that.
DAYS = 110
#: Acts that wait for a day that the calendar decides, three months after a plan's completion.
LATER = frozenset({"stable", "relapsed"})
#: How far the conclusion on the last quarter comes at each centre: the first step not done.
CONCLUDED: Mapping[str, str] = {
    "fsc.10.1": "",
    "fsc.10.2": "conclusion",
    "fsc.47.1": "acquaintance",
    "fsc.61.1": "conclusion_approval",
}
#: The centre whose head returns the conclusion once.
RETURNED = "fsc.47.1"


@dataclass(kw_only=True)
class Script:
    """Plays one story."""

    #: What happens.
    story: Story
    #: The case, once it is open.
    case: Case | None = field(default=None, init=False)
    #: Number of the next act.
    place: int = field(default=0, init=False)

    @property
    def idle(self) -> int:
        """Return the working minutes from the last act to the present."""
        return int(self.story.idle * DAY)

    @property
    def length(self) -> int:
        """Return the working minutes from the first act to the last."""
        acts = self.story.acts()
        later = sum(QUARTER * DAY for act in acts if act in LATER)
        return later + sum(self.gap(number) for number in range(len(acts)))

    def gap(self, number: int) -> int:
        """Return the working minutes that an act takes: from half an hour to half a day."""
        name, _, days = self.story.acts()[number].partition(":")
        if name == "wait":
            return int(days) * DAY
        return 30 + (self.story.family * 37 + number * 53) % 170

    def act(self, stage: Stage, step: int) -> int | None:
        """Let one thing happen; None: the case is where it is to be left."""
        acts = self.story.acts()
        if self.place == len(acts):
            return None
        name, _, what = acts[self.place].partition(":")
        played = Rehearsal.on(stage)
        if name in LATER and not self._due(played):
            return DAY
        self._do(played, name, what)
        self.place += 1
        return self.gap(self.place - 1)

    def _due(self, stage: Rehearsal) -> bool:
        return self.case is not None and any(
            row.element == "followup" for row in stage.waiting(self.case)
        )

    def _do(self, stage: Rehearsal, name: str, what: str) -> None:
        if self.case is None:
            self.case = self._begun(stage, name)
        elif name in AT_MEASURE:
            element, said = AT_MEASURE[name]
            stage.work(self.case, element, said, measure=int(what))
        elif name in AT_PLAN:
            element, said = AT_PLAN[name]
            stage.work(self.case, element, said)
        else:
            _BESIDES[name](stage, self.case, what)

    def _begun(self, stage: Rehearsal, name: str) -> Case:
        come, wanted = hardships()[self.story.family - 1], [one for one, _ in self.story.planned]
        opened = stage.signal if name == "signal" else stage.open
        case = opened(come, self.story.centre, wanted)
        if offices.place_of(self.story.centre) != come.family.origin:
            case.place = staff.CENTRES[self.story.centre]
        return case


def _nothing(stage: Rehearsal, case: Case, what: str) -> None:
    """Let days pass."""


def _hold(stage: Rehearsal, case: Case, what: str) -> None:
    stage.take(case, "work" if what else "plan", int(what or 0))


def _transfer(stage: Rehearsal, case: Case, what: str) -> None:
    """Give a measure that a body does not want to the body of social protection."""
    body = offices.body("social", offices.place_of(case.centre))
    stage.work(case, "transfer", {"decision": "transfer", "body": body}, measure=int(what))


def _add(stage: Rehearsal, case: Case, what: str) -> None:
    stage.amend(case, added=[what])


def _change(stage: Rehearsal, case: Case, what: str) -> None:
    stage.amend(case, {int(what): {"act": "withdraw"}})


def _die(stage: Rehearsal, case: Case, what: str) -> None:
    person = stage.people(case)[int(what)]
    stage.act(case, cases.person_died, offices.SPECIALIST, person)


def _move(stage: Rehearsal, case: Case, what: str) -> None:
    stage.act(case, cases.move_family, offices.SPECIALIST, what, REMARKS["moved"])
    case.centre, case.place = what, staff.CENTRES[what]


def _close(stage: Rehearsal, case: Case, what: str) -> None:
    stage.act(case, cases.close_plan, offices.HEAD, REMARKS["closed"])


def _relapse(stage: Rehearsal, case: Case, what: str) -> None:
    """Go on with the plan that follows."""
    again = stage.after(case)
    case.number, case.instance = again.number, again.instance


_BESIDES: Mapping[str, Callable[[Rehearsal, Case, str], None]] = {
    "wait": _nothing,
    "hold": _hold,
    "transfer": _transfer,
    "add": _add,
    "change": _change,
    "die": _die,
    "move": _move,
    "close": _close,
    "relapse": _relapse,
}


@dataclass(kw_only=True)
class Conclusions:
    """The centres' conclusions, day by day; those of the last quarter are left at many stages."""

    #: Cases whose conclusion was returned.
    returned: set[str] = field(default_factory=set, init=False)
    idle = 60
    length = (DAYS - 2) * DAY

    def act(self, stage: Stage, step: int) -> int | None:
        """Have everybody do what waits this day; None: the present has come."""
        left = DAYS - 2 - step
        if left < 0:
            return None
        played = Rehearsal.on(stage)
        for row in played.quarters():
            centre = row.business_key.split("-", 3)[3]
            if left > QUARTER or self._before(row.element, CONCLUDED[centre]):
                self._do(played, row, centre)
        return DAY

    @staticmethod
    def _before(element: str, stop: str) -> bool:
        steps: Sequence[str] = ("conclusion", "conclusion_approval", "acquaintance", "")
        return steps.index(element) < steps.index(stop)

    def _do(self, stage: Rehearsal, row: object, centre: str) -> None:
        key = getattr(row, "business_key", "")
        first = centre == RETURNED and key not in self.returned
        if getattr(row, "element", "") == "conclusion_approval" and first:
            self.returned.add(key)
            remark = REMARKS["conclusion_approval"]
            stage.conclude(row, {"decision": "return", "remark": remark})
        else:
            stage.conclude(row)


def cast() -> Cast:
    """Return what order 74 brings to the demo."""
    return Cast(
        offices=list(staff.offices()),
        officers=list(staff.officers()),
        scripts=[*(Script(story=one) for one in STORIES), Conclusions()],
        days=DAYS,
    )
