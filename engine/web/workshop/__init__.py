"""The analysts' workshop: edit, check, compare, try, deploy. A module here is a group of pages."""

from flask import Blueprint

#: Blueprints of the workshop; each module's routes begin with ``/workshop``.
BLUEPRINTS: tuple[Blueprint, ...] = ()
