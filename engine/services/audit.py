"""The audit log: a hash chain over every change."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.model.calendar import ZONE
from engine.model.people import Actor
from engine.model.text import Text, text
from engine.services.context import Context, UnitOfWork
from engine.services.heads import Head
from engine.services.views import AuditReport, AuditRow
from engine.store.audit import BEGINNING, chain, digest_of

#: Links after which it is told how far the walk is.
STRIDE = 1000


def append(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    act: str,
    subject: str,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Add a link in the caller's transaction. No personal data in `detail`.

    Who acts in somebody's place is told with that person's account (``in_place_of``).

    It is written by the commit, as the last thing before it: all writers share the chain's head.
    """
    stead = actor.in_place_of
    told = {"in_place_of": stead.account} if stead else {}
    uow.audit.add(
        {
            "at": ctx.now(),
            "actor_kind": actor.kind.value,
            "actor": actor.account or actor.name,
            "act": act,
            "subject": subject,
            "detail": {**(detail or {}), **told},
        }
    )


def verify(
    uow: UnitOfWork, heads: Sequence[Head] = (), told: Callable[[int], None] | None = None
) -> AuditReport:
    """Walk the chain in batches; name the first link that does not fit.

    A cut tail is found by the head that is kept beside the chain. Whoever can write both is found
    by `heads`, published outside (`engine.services.heads`), oldest first: the number is then that
    of the first link that is not known to be what it was. `told` is called with how many more links
    were looked at.
    """
    walk = _Walk(uow, heads)
    for row in uow.audit.walk():
        if not walk.step(row):
            break
        if told is not None and walk.count % STRIDE == 0:
            told(STRIDE)
    return walk.report()


class _Walk:
    """Holds links against each other, the head beside them and published heads."""

    def __init__(self, uow: UnitOfWork, heads: Sequence[Head]) -> None:
        self.count = 0
        self._last = BEGINNING
        self._number, self._head = uow.audit.head()
        self._heads = heads
        #: How many of the heads were reached, and the first link after the last of those that fit.
        self._passed, self._after = 0, 1
        self._broken = 0
        self._trouble: Text | None = None

    def step(self, row: Any) -> bool:
        """Take the next link; False: it does not fit."""
        self.count += 1
        if row.number != self.count:
            return self._breaks(self.count, text("Entry {number} is missing", number=self.count))
        digest = digest_of(row.at, row.actor_kind, row.actor, row.act, row.subject, row.detail)
        self._last = chain(self._last, digest)
        if bytes(row.hash) != self._last:
            return self._breaks(row.number, text("Entry {number} was changed", number=row.number))
        return self._fits_heads()

    def _breaks(self, number: int, trouble: Text) -> bool:
        self._broken, self._trouble = number, trouble
        return False

    def _fits_heads(self) -> bool:
        while self._passed < len(self._heads) and self._heads[self._passed].number == self.count:
            head = self._heads[self._passed]
            if head.hash != self._last.hex():
                return self._breaks(self._after, self._rewritten(head))
            self._passed += 1
            self._after = self.count + 1
        return True

    def _rewritten(self, head: Head) -> Text:
        return text(
            "Entries from {first} on are not those of which the head was published on {day}: "
            "entry {last} had another hash then",
            first=self._after,
            last=head.number,
            day=_day(head),
        )

    def report(self) -> AuditReport:
        """Return what was found; the end of the chain is looked at, too."""
        if not self._broken:
            self._look_at_end()
        return AuditReport(
            count=self.count,
            broken=self._broken,
            head=self._head.hex(),
            trouble=self._trouble,
            heads=self._passed,
        )

    def _look_at_end(self) -> None:
        ends = text("the chain ends with entry {number}", number=self.count)
        if self._number > self.count:
            missing = self._number - self.count
            cut = text(
                "The last entries are missing, {count} of them: {ends}", count=missing, ends=ends
            )
            self._breaks(self.count + 1, cut)
        elif (self._number, self._head) != (self.count, self._last):
            self._breaks(
                self.count + 1,
                text("The head kept beside the chain does not fit: {ends}", ends=ends),
            )
        elif self._passed < len(self._heads):
            self._breaks(self.count + 1, self._cut(self._heads[-1], ends))

    def _cut(self, newest: Head, ends: Text) -> Text:
        first = self._heads[self._passed]
        return text(
            "The tail was cut, {count} entries at least: {ends}, and on {day} the head was entry "
            "{number}",
            count=newest.number - self.count,
            ends=ends,
            day=_day(first),
            number=first.number,
        )


def _day(head: Head) -> str:
    return f"{head.at.astimezone(ZONE):%d.%m.%Y %H:%M}"


def list_rows(
    uow: UnitOfWork, *, subject: str = "", before: int = 0, size: int = 100
) -> tuple[AuditRow, ...]:
    """Return links newest first."""
    return tuple(
        AuditRow(
            number=row.number,
            at=row.at,
            by=row.actor_kind,
            who=row.actor,
            act=row.act,
            subject=row.subject,
            detail=row.detail,
        )
        for row in uow.audit.page(subject=subject, before=before, size=size)
    )
