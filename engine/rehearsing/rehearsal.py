"""One rehearsal, as pages use it: an installation, and the acts of whoever directs it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.config import Settings
from engine.errors import NotFound, ValueRefused, ZholdamaError
from engine.model.people import Actor, Candidate
from engine.model.text import Text, text
from engine.rehearsing import acting, filling, journal
from engine.rehearsing.acting import local
from engine.rehearsing.ground import Ground
from engine.rehearsing.journal import Journal
from engine.rehearsing.plays import Family, Opening, of_process
from engine.services import bundles, definitions
from engine.services.workshop.likeness import Act, Likeness
from engine.services.workshop.scenarios import Scenario
from engine.store.rehearsed import Rehearsed

#: What each act takes, so that no two share a moment.
MINUTE = timedelta(minutes=1)
#: A pause of a real case that is gone through too.
LONG = timedelta(hours=1)


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

    def begin_like(self, like: Likeness) -> Text | None:
        """Have an invented family go the way of a real case; say where it can't, None: all of it.

        Raises `ValueRefused` if no case of that process can be opened here.
        """
        offices = self.offices(like.process)
        family = 1 if self.families(like.process) else 0
        office = like.office if like.office in offices else ""
        key = self.begin(self.opening(like.process, family, office))
        for act in like.acts:
            if act.after > LONG:
                self.move(self.ground.clock.now() + act.after)
            hindered = self._do_like(act, key)
            if hindered is not None:
                return hindered
            self.settle()
        return None

    def _do_like(self, act: Act, key: str) -> Text | None:
        rows = [row for row in self.open_tasks() if row.business_key == key + act.case]
        row = next((row for row in rows if row.element == act.element), None)
        if row is None:
            return text(
                "Here it goes another way than the real case: nobody is waited for at {element}",
                element=act.element,
            )
        try:
            actor = acting.take(self.ground, row, None)
            usual = self._usual(row, actor)
            filling.complete(self.ground, actor, row.id, filling.overlaid(usual, act.chosen))
        except ZholdamaError as error:
            return text("{element}: {why}", element=act.element, why=error.text)
        return None

    def _usual(self, row: Any, actor: Actor) -> Mapping[str, object]:
        with self.database.reading() as uow:
            opening = journal.opening_of(uow, row.business_key)
        if opening is not None:
            with suppress(ZholdamaError):
                return acting.usual(self.ground, opening, row, actor)
        return {}

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
        actor = self.ground.stage.load(account)
        return filling.fill(self.ground, actor, task_id, self._usual(row, actor))

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
        acting.refuse_unless_known(plays, Opening(process=process, family=family))
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
