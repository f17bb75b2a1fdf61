"""What a new version means for the cases that run: which can go, which stay and why, one tried.

The address carries what differs from the mapping that suggests itself, as ``map=old:new``; an empty
new id says that nothing stands for the old one. Taking cases over is the administrators' act; here
one is taken and put back.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import MigrationRefused, NotFound
from engine.model.migrations import Obstacle
from engine.model.people import ADMIN, ANALYST
from engine.model.text import Text
from engine.services.workshop import migration
from engine.services.workshop.migrationviews import Choice, Preview, Trial
from engine.services.workshop.saying import EFFECTS, type_of
from engine.web import state
from engine.web.asking import choice
from engine.web.policy import allow, roles

blueprint = Blueprint("workshop_migration", __name__)

#: Who may look at figures about running cases.
LOOKERS = roles(ANALYST, ADMIN)
#: Parameter of the address for one pair of the mapping.
PARAMETER = "map"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the address asks for."""

    #: Process key.
    process: str
    #: Definition ids; empty: the page chooses.
    source: str
    target: str
    #: What differs from the default mapping.
    mapping: Mapping[str, str]

    def query(self, **more: str) -> dict[str, Any]:
        """Return the parameters of an address that asks the same."""
        pairs = [f"{old}:{new}" for old, new in sorted(self.mapping.items())]
        return {"from": self.source, "to": self.target, PARAMETER: pairs, **more}


def _asked(key: str, versions: tuple[Choice, ...]) -> Asked:
    values = request.values
    target = values.get("to", "")[:32] or versions[0].id
    others = [one for one in versions if one.id != target]
    busiest = max(others, key=lambda one: (one.cases, one.number), default=None)
    source = values.get("from", "")[:32] or (busiest.id if busiest else "")
    return Asked(process=key, source=source, target=target, mapping=dict(_pairs()))


def _pairs() -> Iterator[tuple[str, str]]:
    for said in request.values.getlist(PARAMETER)[:500]:
        old, _, new = said[:600].partition(":")
        if old:
            yield old, new


@dataclass(frozen=True, kw_only=True)
class Place:
    """Whose page it is: the analysts' in the workshop, the administrators' in the cockpit."""

    #: Name of the blueprint, which has views of the same names.
    name: str
    #: Template around it.
    frame: str
    #: Template of what can be done there besides; empty: nothing.
    act: str = ""

    def at(self, view: str, **values: Any) -> str:
        """Return the address of a view."""
        return url_for(f"{self.name}.{view}", **values)


WORKSHOP = Place(name="workshop_migration", frame="base.html")


@blueprint.get("/processes/<key>/migration")
@allow(LOOKERS)
def show(key: str) -> ResponseReturnValue:
    """Show what a version means for the cases of another."""
    return shown(WORKSHOP, key)


@blueprint.post("/processes/<key>/migration")
@allow(LOOKERS)
def remap(key: str) -> ResponseReturnValue:
    """Lead to the preview with the mapping that was chosen."""
    return remapped(WORKSHOP, key)


@blueprint.post("/processes/<key>/migration/trial")
@allow(LOOKERS)
def attempt(key: str) -> ResponseReturnValue:
    """Take one case over, look, and undo it."""
    return attempted(WORKSHOP, key)


@blueprint.get("/processes/<key>/migration/cases")
@allow(LOOKERS)
def cases(key: str) -> ResponseReturnValue:
    """List the cases that one thing holds, or those that can go, page by page."""
    return listed(WORKSHOP, key)


def shown(place: Place, key: str) -> ResponseReturnValue:
    """Draw the page."""
    with state.reading() as uow:
        versions, asked, seen = looked(uow, key)
    return _page(place, versions, asked, seen)


def looked(uow: Any, key: str) -> tuple[tuple[Choice, ...], Asked, Preview | None]:
    """Return the versions, what the address asks for, and what it means; None: one version."""
    versions = migration.choices(uow, state.actor(), key)
    asked = _asked(key, versions)
    if not asked.source:
        return versions, asked, None
    seen = migration.preview(
        uow, state.context(), state.actor(), asked.source, asked.target, asked.mapping
    )
    return versions, asked, seen


def _page(
    place: Place,
    versions: tuple[Choice, ...],
    asked: Asked,
    seen: Preview | None,
    trial: Trial | None = None,
    problem: Text | None = None,
) -> str:
    """Draw the page with what was looked at, and with a trial or why there is none."""
    return render_template(
        "workshop/migration.html",
        place=place,
        key=asked.process,
        versions=versions,
        asked=asked,
        seen=seen,
        effects=EFFECTS,
        type_of=type_of,
        trial=trial,
        problem=problem,
        decide=[pair for pair in seen.pairs if not pair.plain] if seen else [],
        plain=[pair for pair in seen.pairs if pair.plain] if seen else [],
    )


def remapped(place: Place, key: str) -> ResponseReturnValue:
    """Lead to the address that says the mapping which was chosen."""
    with state.reading() as uow:
        versions = migration.choices(uow, state.actor(), key)
    asked = _asked(key, versions)
    chosen = {
        name.removeprefix("m."): value[:255]
        for name, value in request.form.items()
        if name.startswith("m.") and request.form.get(f"d.{name[2:]}") != value
    }
    named = Asked(process=key, source=asked.source, target=asked.target, mapping=chosen)
    return redirect(place.at("show", key=key, **named.query()), code=303)


def attempted(place: Place, key: str) -> ResponseReturnValue:
    """Take one case over, draw the page with what came of it, and undo it."""
    trial, problem = None, None
    with state.writing() as uow:
        versions, asked, seen = looked(uow, key)
        try:
            trial = migration.trial(
                uow, state.context(), state.actor(), asked.source, asked.target, asked.mapping
            )
        except (MigrationRefused, NotFound) as exc:
            problem = exc.text
        # Nothing is committed: leaving undoes what is left.
    return _page(place, versions, asked, seen, trial, problem)


def listed(place: Place, key: str) -> ResponseReturnValue:
    """Draw the list of the cases that one thing holds, or of those that can go."""
    obstacle = choice(Obstacle, request.args.get("why", ""), None)
    element = request.args.get("element", "")[:255]
    with state.reading() as uow:
        versions, asked, seen = looked(uow, key)
        if seen is None:
            return _page(place, versions, asked, seen)
        found = migration.standing(
            uow,
            state.context(),
            state.actor(),
            asked.source,
            asked.target,
            asked.mapping,
            obstacle=obstacle,
            element=element,
            after=request.args.get("after", "")[:32],
        )
    named = (one.hindrance for one in seen.reasons)
    why = next((one for one in named if (one.obstacle, one.element) == (obstacle, element)), None)
    return render_template(
        "workshop/migration_cases.html",
        place=place,
        key=key,
        asked=asked,
        seen=seen,
        page=found,
        why=why,
        obstacle=obstacle,
        element=element,
        may_open=state.actor().holds(ADMIN),
    )
