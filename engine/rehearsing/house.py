"""The rehearsals of the workshop: each in a folder, opened by whichever process is asked.

The folder is the truth: ``about.json`` says whose it is, the database holds the rest, clock and
acts included. So several web processes of one machine may serve one rehearsal; what one of them
keeps open (database, sandbox) it can lose. Nothing of it stands in the installation's database.
"""

import json
import re
import secrets
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from engine.config import Settings
from engine.errors import Conflict, NotFound, ValueRefused, ZholdamaError
from engine.model.people import Candidate
from engine.model.text import text
from engine.rehearsing import acting, filling, journal
from engine.rehearsing.acting import local
from engine.rehearsing.ground import AUTHORITY, KEYS, Ground, build, inside, open_ground
from engine.rehearsing.journal import Journal
from engine.rehearsing.people import copied
from engine.rehearsing.plays import Family, Opening, of_process
from engine.rehearsing.running import deployable
from engine.services import bundles, definitions
from engine.services.workshop.scenarios import Scenario
from engine.store import Keys
from engine.store.rehearsed import Rehearsed

#: File that tells of a rehearsal.
ABOUT = "about.json"
#: A rehearsal that nobody ends goes after this.
KEPT = timedelta(days=7)
#: Rehearsals of one analyst at a time; open in one process.
MOST, OPEN = 5, 12
#: What each act takes, so that no two share a moment.
MINUTE = timedelta(minutes=1)
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, kw_only=True)
class About:
    """What a rehearsal is."""

    #: Id.
    id: str
    #: Account id of whose it is.
    owner: str
    #: Branch whose files it runs.
    branch: str
    #: Key of the process it was begun for.
    process: str
    #: When it was begun (UTC, by the installation's clock).
    began: datetime


class Rehearsal:
    """A rehearsal as pages use it: an installation, and the acts of whoever directs it."""

    #: A rehearsal has none of its own.
    rehearsals = None

    def __init__(self, about: About, ground: Ground, settings: Settings) -> None:
        """Take a ground that is open."""
        self.about = about
        self.ground = ground
        self.settings = settings
        self.database = ground.database
        self.context = ground.context

    # Acts.

    def begin(self, opening: Opening) -> str:
        """Open a case; return its business key."""
        with self._written() as witness:
            witness.on = False
            at = local(self.ground.clock.now())
            key = acting.begin(self.ground, opening)
            with self.database.begin() as uow:
                journal.begun(uow, key, opening, at)
                uow.commit()
        self.settle()
        return key

    @contextmanager
    def _written(self) -> Iterator[Journal]:
        witness = self.context.witness
        if not isinstance(witness, Journal):
            raise TypeError("a rehearsal has a journal")
        try:
            yield witness
        finally:
            witness.on = True

    def settle(self) -> None:
        """Do what is due after an act, let a minute pass, note where the cases wait."""
        with self.ground.lock:
            self.ground.later(MINUTE)
            with self.database.begin() as uow:
                keys = journal.openings(uow)
                waits = {key: list(acting.waits(self.ground, key)) for key in keys}
                journal.note_waits(uow, waits)
                uow.commit()

    def move(self, to: datetime) -> None:
        """Move the clock; what becomes due on the way happens."""
        self._note({"until": local(to).isoformat()})
        self.ground.move(to)
        self.settle()

    def switch(self, system: str, mode: str) -> None:
        """Have an outside system behave otherwise."""
        self.ground.switch(system, mode)
        self._note({"switch": {system: mode}})
        self.settle()

    def _note(self, act: Mapping[str, Any]) -> None:
        with self.database.begin() as uow:
            journal.add(uow, act)
            uow.commit()

    def take(self, task_id: str) -> str:
        """Have whoever may do a task claim it; return her account. `NotFound`."""
        row = next((one for one in self.open_tasks() if one.id == task_id), None)
        if row is None:
            raise NotFound(text("This task is already completed or withdrawn"))
        return acting.take(self.ground, row, None).account

    def fill(self, task_id: str, account: str) -> bool:
        """Put what is usual into a task's draft; False: nobody knows what that is."""
        row = next((one for one in self.open_tasks() if one.id == task_id), None)
        if row is None:
            return False
        with self.database.reading() as uow:
            opening = journal.opening_of(uow, row.business_key)
        actor = self.ground.stage.load(account)
        said: Mapping[str, object] = {}
        if opening is not None:
            with suppress(ZholdamaError):
                said = acting.usual(self.ground, opening, row, actor)
        return filling.fill(self.ground, actor, task_id, said)

    def play(self, role: str) -> str:
        """Return the account of somebody who holds ``role@office``; she is invented if need be."""
        try:
            return self.ground.holder(Candidate.parse(role))
        except ValueError as error:
            raise NotFound(text("There is no role {name}", name=role)) from error

    def keep(self, key: str, name: str, about: str = "") -> Scenario:
        """Return what was done to a case as a scenario, with the way it went."""
        with self.database.reading() as uow:
            made = journal.scenario(uow, self.ground.plays, key, name)
        path = acting.paths(self.ground, key)
        return journal.finished(made, path, acting.end_of(self.ground, key), about)

    def first(self, process: str) -> Opening:
        """Return how a first case of a process would be opened."""
        return self.opening(process, 1 if self.families(process) else 0, "")

    def opening(self, process: str, family: int, office: str) -> Opening:
        """Return how a case would be opened; `ValueRefused` for a family or office unknown here."""
        plays, offices = of_process(self.ground.plays, process), self.offices(process)
        if plays is None:
            return Opening(process=process)
        if family not in {one.number for one in plays.families(process)}:
            raise ValueRefused(text("Choose a family"))
        home = plays.home(process, family)
        where = office or (home if home in offices else next(iter(offices), ""))
        if where not in offices:
            raise ValueRefused(text("No office here opens such cases"))
        return Opening(process=process, family=family, office=where)

    def families(self, process: str) -> Sequence[Family]:
        """Return the invented families of whom a case may be; none: it needs none."""
        plays = of_process(self.ground.plays, process)
        return plays.families(process) if plays else ()

    def offices(self, process: str) -> Sequence[str]:
        """Return the offices at which a case may be opened."""
        plays = of_process(self.ground.plays, process)
        if plays is None:
            return ()
        role = plays.opener(process)
        with self.database.reading() as uow:
            held = {one for roles in uow.accounts.held() for one in roles}
        return sorted(one.organisation for one in held if one.role == role)

    # What there is.

    def anybody(self, role: str) -> str:
        """Return somebody who holds a role anywhere; anybody at all if nobody does."""
        with self.database.reading() as uow:
            held = {one for roles in uow.accounts.held() for one in roles}
        fits = sorted(one for one in held if one.role == role) or sorted(held)
        if not fits:
            raise NotFound(text("There is no role {name}", name=role))
        return self.ground.holder(fits[0])

    def element_names(self, process: str) -> Mapping[str, Mapping[str, str]]:
        """Return the names of a process's elements, by language."""
        with self.database.reading() as uow:
            found = definitions.latest(uow, process)
            bundle = bundles.of_definition(uow, self.context, found.id)
        elements = bundle.definition(process).process.elements
        return {one: element.names for one, element in elements.items()}

    def passed(self, instance_id: str) -> Sequence[str]:
        """Return the elements that a case has left."""
        with self.database.reading() as uow:
            return list(uow.events.elements(instance_id, "left"))

    def standing(self, instance_id: str) -> Sequence[str]:
        """Return the elements that a case has entered and not left."""
        gone = set(self.passed(instance_id))
        with self.database.reading() as uow:
            return [one for one in uow.events.elements(instance_id, "entered") if one not in gone]

    def stopped(self, instance_id: str) -> Sequence[str]:
        """Return the elements at which a case has failed."""
        with self.database.reading() as uow:
            return [row.element for row in uow.incidents.open(instance_id)]

    def open_tasks(self) -> Sequence[Any]:
        """Return all open tasks."""
        with self.database.reading() as uow:
            return Rehearsed(uow).open_tasks()

    def cases(self) -> Sequence[Any]:
        """Return all cases."""
        with self.database.reading() as uow:
            return Rehearsed(uow).cases()

    def waiting(self) -> Sequence[Any]:
        """Return what will become due."""
        with self.database.reading() as uow:
            return Rehearsed(uow).waiting()

    def begun(self) -> Mapping[str, Opening]:
        """Return how each case was begun, by business key."""
        with self.database.reading() as uow:
            return journal.openings(uow)

    def acts(self) -> Sequence[Mapping[str, Any]]:
        """Return what was done, oldest first."""
        with self.database.reading() as uow:
            return journal.acts(uow)

    def close(self) -> None:
        """Close what is open."""
        self.ground.close()


class Rehearsals:
    """All rehearsals of an installation; what `engine.web` knows as its port."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        """Keep rehearsals in a folder, which is made when it is needed."""
        self._folder = folder
        self._settings = settings
        self._open: OrderedDict[str, Rehearsal] = OrderedDict()
        self._lock = threading.RLock()

    def begin(
        self,
        uow: Any,
        owner: str,
        branch: str,
        files: Mapping[str, bytes],
        process: str,
        at: datetime,
    ) -> str:
        """Make a rehearsal of these files; return its id.

        Offices, roles, calendar and settings are copied from `uow`, which is only read. Raises
        `DefinitionRefused` for files with errors; `Conflict` if the analyst has enough of them.
        """
        self.sweep(at)
        if len(self.of(owner)) >= MOST:
            raise Conflict(text("You have {count} rehearsals: end one first", count=MOST))
        about = About(
            id=secrets.token_hex(8), owner=owner, branch=branch, process=process, began=at
        )
        folder = self._folder / about.id
        folder.mkdir(parents=True, mode=0o700)
        try:
            found = copied(uow)
            kept = inside(found.settings, self._settings.extensions)
            build(folder, deployable(files), replace(found, settings=kept), at)
            said = {**about.__dict__, "began": at.isoformat()}
            (folder / ABOUT).write_text(json.dumps(said), encoding="utf-8")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return about.id

    def of(self, owner: str) -> list[About]:
        """Return the rehearsals of an analyst, the newest first."""
        found = [about for about in self._all() if about.owner == owner]
        return sorted(found, key=lambda about: about.began, reverse=True)

    def _all(self) -> Iterator[About]:
        for path in self._folder.glob(f"*/{ABOUT}"):
            with suppress(OSError, ValueError, TypeError):
                yield _read(path)

    def open(self, rehearsal_id: str, owner: str) -> Rehearsal:
        """Return a rehearsal at the moment it has reached; `NotFound` but for its owner."""
        path = self._folder / rehearsal_id / ABOUT
        try:
            about = _read(path) if _ID.fullmatch(rehearsal_id) else None
        except (OSError, ValueError):
            about = None
        if about is None or about.owner != owner:
            raise NotFound(text("There is no such rehearsal"))
        with self._lock:
            found = self._open.get(about.id) or self._opened(about)
            self._open[about.id] = found
            self._open.move_to_end(about.id)
        found.ground.sync()
        return found

    def _opened(self, about: About) -> Rehearsal:
        while len(self._open) >= OPEN:
            self._open.popitem(last=False)[1].close()
        folder = self._folder / about.id
        witness = Journal()
        ground = open_ground(
            folder, self._settings.extensions, self._settings.values, witness=witness
        )
        witness.context = ground.context
        keys = Keys.load(folder / KEYS)
        settings = replace(
            self._settings,
            database_url=str(ground.database.url),
            keys="",
            key_file=folder / KEYS,
            secret_key=keys.blind("session cookies"),
            demo=False,
            demo_password="",
            authority=folder / AUTHORITY,
            values=ground.context.settings,
        )
        return Rehearsal(about, ground, settings)

    def end(self, rehearsal_id: str, owner: str) -> None:
        """Remove a rehearsal with everything in it; `NotFound` but for its owner."""
        self.open(rehearsal_id, owner)
        self._remove(rehearsal_id)

    def _remove(self, rehearsal_id: str) -> None:
        with self._lock:
            found = self._open.pop(rehearsal_id, None)
        if found is not None:
            found.close()
        shutil.rmtree(self._folder / rehearsal_id, ignore_errors=True)

    def sweep(self, now: datetime) -> int:
        """Remove rehearsals that were begun too long ago; return how many."""
        old = [about.id for about in self._all() if about.began < now - KEPT]
        for one in old:
            self._remove(one)
        return len(old)

    def close(self) -> None:
        """Close what this process has open; the folders stay."""
        with self._lock:
            for found in self._open.values():
                found.close()
            self._open.clear()


def _read(path: Path) -> About:
    said = json.loads(path.read_text(encoding="utf-8"))
    return About(**{**said, "began": datetime.fromisoformat(said["began"])})
