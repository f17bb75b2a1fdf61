"""The routes of order 74: every module of this package adds its own to one blueprint."""

from flask import Blueprint

from engine.model.people import SUPERVISOR
from engine.web.policy import roles
from handlers.support.offices import HEAD, SPECIALIST

blueprint = Blueprint("support", __name__, url_prefix="/support")
#: The centres' people. Of which centre somebody sees what, the queries decide.
CENTRES = roles(SPECIALIST, HEAD, SUPERVISOR)
