"""The analysts' workshop: edit, check, compare, try, deploy. A module here is a group of pages."""

from flask import Blueprint

from engine.web.workshop import checks, compare, drafts, formeditor, rehearsals

#: Blueprints of the workshop; each module's routes begin with ``/workshop``.
BLUEPRINTS: tuple[Blueprint, ...] = (
    checks.blueprint,
    compare.blueprint,
    drafts.blueprint,
    formeditor.blueprint,
    rehearsals.blueprint,
)
