"""The conclusion on a quarter on paper, and as a workbook: the same numbers as its page."""

from handlers.support.paper.book import book, roll_up
from handlers.support.paper.printed import Signed, conclusion

__all__ = ["Signed", "book", "conclusion", "roll_up"]
