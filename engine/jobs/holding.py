"""What an executor holds: jobs whose leases it keeps, by a thread of their own.

A step that waits at a locked case costs nobody else's lease; an executor that hangs keeps none.
"""

import logging
import threading
from collections.abc import Iterable
from datetime import timedelta
from time import monotonic

from engine.errors import Unavailable
from engine.services import claims
from engine.services.claims import Claimed
from engine.services.context import Context, Database

log = logging.getLogger(__name__)

#: Leases are renewed for so many times their length without a sign of life of the executor's loop.
#: Then it hangs, and others had better take over.
STILL_ALIVE = 4


class Holding:
    """The leases of one executor."""

    def __init__(self, database: Database, ctx: Context, owner: str, lease: timedelta) -> None:
        """Hold nothing yet, for an owner; a lease is renewed at a third of its length."""
        self._database = database
        self._ctx = ctx
        self._owner = owner
        self._lease = lease
        self._held: set[str] = set()
        self._ended = threading.Event()
        self._renewed = self._alive = monotonic()

    def take(self, claimed: Iterable[Claimed]) -> None:
        """Hold what was claimed."""
        self._held.update(job.id for job in claimed)

    def drop(self, job_id: str) -> None:
        """Hold a job no longer: it is recorded, or given back."""
        self._held.discard(job_id)

    def live(self) -> None:
        """Show that the executor's loop goes round."""
        self._alive = monotonic()

    def start(self) -> None:
        """Renew in a thread until `end`."""
        threading.Thread(target=self._keep, name="leases", daemon=True).start()

    def end(self) -> None:
        """Renew nothing any more."""
        self._ended.set()

    def _keep(self) -> None:
        lease = self._lease.total_seconds()
        while not self._ended.wait(lease / 6):
            if monotonic() - self._alive > STILL_ALIVE * lease:
                continue
            try:
                self.renew()
            # As in the executor's loop: the next try may find the database again.
            except Unavailable:
                log.warning("leases could not be renewed: the database is away")
            except Exception:
                log.exception("leases could not be renewed")

    def renew(self) -> None:
        """Lengthen the leases of what is held, if a third of their length is over."""
        if monotonic() - self._renewed < self._lease.total_seconds() / 3:
            return
        held = sorted(self._held.copy())
        if held:
            with self._database.begin() as uow:
                claims.renew(uow, self._ctx, held, self._owner, self._lease)
                uow.commit()
        self._renewed = monotonic()

    def give_back(self) -> None:
        """Give back everything, as if it had not been tried."""
        if not self._held:
            return
        with self._database.begin() as uow:
            claims.give_back(uow, sorted(self._held), self._owner)
            uow.commit()
        self._held.clear()

    def take_stock(self) -> None:
        """Give back what the table says is ours and we know nothing of.

        The database went away while a claim was being committed: it stands, but we never heard.
        """
        with self._database.begin() as uow:
            lost = claims.give_back_all_but(uow, self._owner, self._held)
            uow.commit()
        if lost:
            log.warning("%d jobs were claimed without our hearing of it, and given back", lost)
