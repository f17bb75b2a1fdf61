"""Comments and remarks."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class CommentView:
    """A comment or a remark."""

    #: Comment id.
    id: str
    #: ``comment`` or ``remark`` (a reason for a return).
    kind: str
    #: What was written.
    body: str
    #: Path of the form field a remark is tied to; may be empty.
    field: str
    #: Element id at which it was written; may be empty.
    element: str
    #: Round of rework it belongs to.
    round: int
    #: Author's name.
    who: str
    #: When.
    at: datetime
