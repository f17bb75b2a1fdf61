"""What order 74 brings to rehearsals: families in difficulty, opening a plan, what people say.

Options of an opening: ``measures``, names of what is planned (keys of `sayings.OFFERS`), and
``added``, of what an amendment adds; left out, one each. ``signal``: true where the family card
signals the family, nobody having come.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from engine.demo import Stage
from engine.model.people import Actor
from engine.rehearsing.plays import Act, Family, Opening
from handlers.registries.sandbox.hardships import hardships
from handlers.support import cases, offices
from handlers.support.face import AFTER, FOLLOW_UP, MEASURE, PLAN
from handlers.support.rehearsal import Case, Rehearsal

#: What is planned unless it is said.
WANTED = ("assistance",)
#: What an amendment adds unless it is said.
ADDED = ("prevention",)
#: A reason that nobody wrote down.
REASON = "Сценарий бойынша"
OURS = frozenset({PLAN, MEASURE, FOLLOW_UP})


class SupportPlays:
    """Families that get a plan; see `engine.rehearsing.plays.Plays`."""

    processes: Sequence[str] = (PLAN,)
    messages: Collection[str] = ()

    @property
    def acts(self) -> Mapping[str, Act]:
        """Return what happens to plans besides tasks, by name and by message."""
        return _ACTS

    def families(self, process: str) -> Sequence[Family]:
        """Return the sandbox's families."""
        return [
            Family(number=one.number, title=f"{_name(one)}, {len(one.family.members)}")
            for one in hardships()
        ]

    def opener(self, process: str) -> str:
        """Return the role at family support centres."""
        return cases.OPENER

    def home(self, process: str, family: int) -> str:
        """Return the first centre of the region where a family lives."""
        return offices.centre(hardships()[family - 1].family.origin)

    def open(self, stage: Stage, opening: Opening) -> str:
        """Have the family come to a centre, or its card signal it."""
        played = Rehearsal.on(stage)
        come = hardships()[opening.family - 1]
        opened = played.signal if opening.options.get("signal") else played.open
        return opened(come, _centre(opening)).number

    def usual(
        self, stage: Stage, opening: Opening, row: Any, actor: Actor
    ) -> Mapping[str, object] | None:
        """Return what is said at a step of a plan, a measure or a look back; None: not ours."""
        if row.process not in OURS:
            return None
        come = hardships()[opening.family - 1]
        number, _, place = row.business_key.removesuffix(AFTER).partition("/")
        case = Case(
            come=come,
            number=number,
            instance=row.instance_id,
            centre=_centre(opening),
            place=come.family.place,
            wanted=opening.options.get("measures", WANTED),
        )
        measure, played = int(place) if place.isdecimal() else 0, Rehearsal.on(stage)
        if row.element == "amendment":
            known = played.known_values(actor, row.id)
            return played.amendment(case, known, {}, opening.options.get("added", ADDED))
        try:
            return played.usual(case, row.element, measure, row.id, actor)
        except KeyError:
            return None


def _name(come: Any) -> str:
    return f"{come.family.applicant.surname} {come.family.applicant.name}"


def _centre(opening: Opening) -> str:
    origin = hardships()[opening.family - 1].family.origin
    return opening.office or offices.centre(origin)


def _act(done: Callable[..., None], *said: str) -> Act:
    """Return an act of `handlers.support.cases` that takes these of what is said, in order."""

    def act(stage: Stage, actor: Actor, key: str, details: Mapping[str, Any]) -> None:
        with stage.begin() as uow:
            done(uow, stage.ctx, actor, key, *(str(details.get(name) or REASON) for name in said))
            uow.commit()
        stage.run_due()

    return act


def _died(stage: Stage, actor: Actor, key: str, details: Mapping[str, Any]) -> None:
    """Write that the member at a place of the family (``member``, from 0) has died."""
    played = Rehearsal.on(stage)
    case = Case(come=hardships()[0], number=key, instance="", centre="", place="")
    person = played.people(case)[int(details["member"])]
    _act(cases.person_died, "person")(stage, actor, key, {"person": person})


_ACTS: Mapping[str, Act] = {
    "amend": _act(cases.start_amendment),
    "move_family": _act(cases.move_family, "to", "reason"),
    "close_plan": _act(cases.close_plan, "reason"),
    "person_died": _died,
    # As the journal of a rehearsal knows them.
    "support.plan.amendment": _act(cases.start_amendment),
    "support.plan.closed": _act(cases.close_plan, "reason"),
    "support.family.moved": _act(cases.move_family, "to", "reason"),
}


def plays() -> SupportPlays:
    """Return what the order brings."""
    return SupportPlays()
