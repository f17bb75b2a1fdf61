"""The analysts' workshop: edit, check, compare, try, deploy. A module here is a group of pages."""

from flask import Blueprint

from engine.web.workshop import (
    checks,
    compare,
    coverage,
    drafts,
    formeditor,
    heat,
    home,
    migration,
    rehearsals,
    releases,
)

#: Blueprints of the workshop; each module's routes begin with ``/workshop``.
BLUEPRINTS: tuple[Blueprint, ...] = (
    checks.blueprint,
    compare.blueprint,
    coverage.blueprint,
    drafts.blueprint,
    formeditor.blueprint,
    heat.blueprint,
    home.blueprint,
    migration.blueprint,
    rehearsals.blueprint,
    releases.blueprint,
)
