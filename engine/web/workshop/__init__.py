"""The analysts' workshop: edit, check, compare, try, deploy. A module here is a group of pages."""

from flask import Blueprint

from engine.web.workshop import drafts

#: Blueprints of the workshop; each module's routes begin with ``/workshop``.
BLUEPRINTS: tuple[Blueprint, ...] = (drafts.blueprint,)
