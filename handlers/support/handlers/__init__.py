"""Service tasks of order 74 that are the engine's and the records' own business."""

from handlers.support.handlers.changes import apply, withdraw_of_deceased
from handlers.support.handlers.measures import overdue
from handlers.support.handlers.plans import centre_overdue, close

__all__ = ["apply", "centre_overdue", "close", "overdue", "withdraw_of_deceased"]
