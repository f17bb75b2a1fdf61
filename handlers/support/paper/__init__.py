"""A plan and the conclusion on a quarter on paper, the quarter as a workbook too."""

from handlers.support.paper.book import book, roll_up
from handlers.support.paper.plan import Edition, Line, Person, PlanPaper, plan
from handlers.support.paper.printed import Signed, conclusion

__all__ = [
    "Edition",
    "Line",
    "Person",
    "PlanPaper",
    "Signed",
    "book",
    "conclusion",
    "plan",
    "roll_up",
]
