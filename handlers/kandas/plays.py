"""What order 170 brings to rehearsals: invented families, opening a case, what people say.

Options of an opening: ``destination``, the region of settlement; left out, the family's own.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from engine.demo import Stage
from engine.model.people import Actor
from engine.rehearsing.plays import Act, Family, Opening
from handlers.kandas import cases, regions
from handlers.kandas.face import PROCESS
from handlers.kandas.rehearsal import Case, Rehearsal, usual
from handlers.registries.sandbox.families import families


class KandasPlays:
    """Families that want to settle elsewhere; see `engine.rehearsing.plays.Plays`."""

    processes: Sequence[str] = (PROCESS,)
    acts: Mapping[str, Act] = {}
    messages: Collection[str] = ("kandas.withdrawn", "kandas.appeared", "kandas.vacancy_found")

    def families(self, process: str) -> Sequence[Family]:
        """Return the sandbox's families."""
        return [
            Family(
                number=one.number,
                title=f"{one.applicant.surname} {one.applicant.name}, {len(one.members)}",
            )
            for one in families()
        ]

    def opener(self, process: str) -> str:
        """Return the role at career centres."""
        return cases.OPENER

    def home(self, process: str, family: int) -> str:
        """Return the career centre of the region that a family leaves."""
        return f"cc.{families()[family - 1].origin}.1"

    def open(self, stage: Stage, opening: Opening) -> str:
        """Have the family turn up at a career centre."""
        family = families()[opening.family - 1]
        centre = opening.office or self.home(opening.process, opening.family)
        case = Rehearsal.on(stage).open(family, centre, _destination(opening))
        return case.number

    def usual(
        self, stage: Stage, opening: Opening, row: Any, actor: Actor
    ) -> Mapping[str, object] | None:
        """Return what is said at a step of the chain; None: it is no step of ours."""
        family = families()[opening.family - 1]
        case = Case(
            family=family,
            number=row.business_key,
            instance=row.instance_id,
            origin=regions.region_of(opening.office or self.home(opening.process, opening.family)),
            destination=_destination(opening),
        )
        try:
            return usual(Rehearsal.on(stage), case, row.element, row.id, actor)
        except KeyError:
            return None


def _destination(opening: Opening) -> str:
    said = opening.options.get("destination")
    return str(said) if said else families()[opening.family - 1].destination


def plays() -> KandasPlays:
    """Return what the order brings."""
    return KandasPlays()
