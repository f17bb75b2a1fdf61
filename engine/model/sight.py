"""How much of a case its domain lets somebody see."""

from enum import Enum


class Sight(Enum):
    """How much of a case a domain leaves to somebody to whom the engine would open all of it."""

    #: All of it.
    WHOLE = "whole"
    #: Where it stands and who has it: no form, file, remark or reason that anybody wrote.
    OUTLINE = "outline"
    #: Only what her own office sent with a task; the case itself does not exist for her any more.
    SENT = "sent"
