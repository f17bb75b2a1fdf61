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
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from engine.config import Settings
from engine.errors import Conflict, NotFound
from engine.model.text import text
from engine.rehearsing.ground import AUTHORITY, KEYS, build, inside, open_ground
from engine.rehearsing.journal import Journal
from engine.rehearsing.people import copied
from engine.rehearsing.rehearsal import About, Rehearsal
from engine.rehearsing.running import deployable
from engine.store import Keys

#: File that tells of a rehearsal.
ABOUT = "about.json"
#: A rehearsal that nobody ends goes after this, when somebody begins another one.
KEPT = timedelta(days=7)
#: Rehearsals of one analyst at a time; open in one process.
MOST, OPEN = 5, 12
#: What reading the file of a rehearsal raises that another release or half a removal left.
_UNREADABLE = (OSError, ValueError, TypeError, KeyError)
_ID = re.compile(r"[0-9a-f]{16}")


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
            with suppress(*_UNREADABLE):
                yield _read(path)

    def open(self, rehearsal_id: str, owner: str) -> Rehearsal:
        """Return a rehearsal at the moment it has reached; `NotFound` but for its owner."""
        about = self._own(rehearsal_id, owner)
        with self._lock:
            found = self._open.get(about.id) or self._opened(about)
            self._open[about.id] = found
            self._open.move_to_end(about.id)
        found.ground.sync()
        return found

    def _own(self, rehearsal_id: str, owner: str) -> About:
        with suppress(*_UNREADABLE):
            if _ID.fullmatch(rehearsal_id):
                about = _read(self._folder / rehearsal_id / ABOUT)
                if about.owner == owner:
                    return about
        raise NotFound(text("There is no such rehearsal"))

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
        self._own(rehearsal_id, owner)
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
