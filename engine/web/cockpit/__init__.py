"""The administrators' cockpit. A module here is a group of pages."""

from flask import Blueprint

from engine.web.cockpit import (
    acts,
    administration,
    audit,
    batches,
    calendar,
    case,
    choosing,
    filters,
    incidents,
    jobs,
    migration,
    offices,
    overview,
    people,
    processes,
    reference,
    sandbox,
    search,
    settings,
    statistics,
)
from engine.web.cockpit import handlers as pauses

#: Blueprints of the cockpit; each module's routes begin with ``/admin``.
BLUEPRINTS: tuple[Blueprint, ...] = (
    acts.blueprint,
    audit.blueprint,
    processes.blueprint,
    calendar.blueprint,
    batches.blueprint,
    choosing.blueprint,
    migration.blueprint,
    statistics.blueprint,
    overview.blueprint,
    search.blueprint,
    filters.blueprint,
    case.blueprint,
    incidents.blueprint,
    jobs.blueprint,
    pauses.blueprint,
    administration.blueprint,
    offices.blueprint,
    people.blueprint,
    settings.blueprint,
    reference.blueprint,
    sandbox.blueprint,
)
