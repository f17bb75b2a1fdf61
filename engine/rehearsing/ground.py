"""An installation to rehearse on: own file, own keys, own clock, the sandbox for the outside."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.cli.offers import offers
from engine.clock import TestClock
from engine.demo import Officer, Stage
from engine.errors import Unavailable, ValueRefused
from engine.jobs.executor import Executor
from engine.model.people import SYSTEM, Candidate
from engine.model.text import text
from engine.rehearsing import people
from engine.rehearsing.people import Furniture
from engine.rehearsing.plays import Plays, plays_of
from engine.services import accounts, calendar, definitions, organisations
from engine.services.context import Context, Witness
from engine.signing import DemoSigner, DemoVerifier
from engine.store import Database, Keys
from engine.store.rehearsed import Rehearsed

#: Files in the folder of a rehearsal.
DATABASE, KEYS, AUTHORITY = "rehearsal.db", "keys", "authority"
#: Settings in which a rehearsal keeps its clock, and how its outside systems behave.
CLOCK, SWITCH = "rehearsal.clock", "rehearsal.switch."
#: No hash that a password fits: nobody signs in to a rehearsal.
_NOBODY = accounts.Prepared(hashed="-")
#: Moments at which something becomes due that one move of the clock stops at.
STOPS = 5_000
#: Jobs done at one of them.
AT_ONCE = 10_000


@dataclass(kw_only=True, eq=False)
class Ground:
    """A rehearsal's installation, wired; what `engine.bootstrap.App` is to one in use."""

    #: Its database.
    database: Database
    #: What services use.
    context: Context
    #: The clock, which stands until it is moved.
    clock: TestClock
    #: What domains bring.
    plays: tuple[Plays, ...]
    #: Sandboxes of the outside systems, and the authority.
    company: "Company"
    #: Whether the company stays when this ground is closed.
    keeps_company: bool = False
    #: Has people do through the services what they would do in a browser.
    stage: Stage = field(init=False)
    #: One thing at a time.
    lock: threading.RLock = field(default_factory=threading.RLock, init=False)

    def __post_init__(self) -> None:
        """Have a stage and an executor work on it."""
        self._executor = Executor(self.database, self.context)
        self.stage = Stage(
            begin=self.database.begin,
            reading=self.database.reading,
            ctx=self.context,
            run_due=self.run_due,
        )
        with self.database.reading() as uow:
            self.stage.logins = {row.login: row.id for row in uow.accounts.all()}

    def run_due(self) -> int:
        """Do what is due; return how many jobs that were."""
        return self._executor.run_due(AT_ONCE)

    # Time.

    def sync(self) -> None:
        """Follow what another process did to clock and switches."""
        with self.lock:  # not in the middle of a move: the clock would go back
            with self.database.reading() as uow:
                said = uow.settings.all()
            self.clock.set(datetime.fromisoformat(said[CLOCK]))
            for name, mode in said.items():
                if name.startswith(SWITCH):
                    self._throw(name.removeprefix(SWITCH), mode)

    def move(self, to: datetime) -> None:
        """Move the clock to a moment; whatever becomes due on the way happens at its own moment."""
        with self.lock:
            self.run_due()
            for _ in range(STOPS):
                due = self._next_due()
                if due is None or due > to:
                    break
                self.clock.set(max(due, self.clock.now()))
                if not self.run_due():
                    break
            self.clock.set(max(to, self.clock.now()))
            self.run_due()
            self._keep_clock()

    def later(self, by: timedelta) -> None:
        """Move the clock forward."""
        self.move(self.clock.now() + by)

    def next_timer(self) -> datetime | None:
        """Return when the next thing is due that moves a case; None: nothing is."""
        with self.database.reading() as uow:
            return Rehearsed(uow).next_timer(self.clock.now())

    def _next_due(self) -> datetime | None:
        with self.database.reading() as uow:
            return uow.jobs.next_due()

    def _keep_clock(self) -> None:
        """Write the moment down, unless another process has come further: time goes one way."""
        with self.database.begin() as uow:
            kept = datetime.fromisoformat(uow.settings.all()[CLOCK])
            uow.settings.set(CLOCK, max(kept, self.clock.now()).isoformat())
            uow.commit()

    def _keep(self, name: str, value: str) -> None:
        with self.database.begin() as uow:
            uow.settings.set(name, value)
            uow.commit()

    # Outside systems.

    def switch(self, system: str, mode: str) -> None:
        """Have an outside system of the sandbox behave otherwise; `ValueRefused`."""
        if not self._throw(system, mode):
            raise ValueRefused(text("There is no outside system {name}", name=system))
        self._keep(SWITCH + system, mode)

    def _throw(self, system: str, mode: str) -> bool:
        for sandbox in self.company.sandboxes:
            try:
                sandbox.switch(system, mode)
            except KeyError:
                continue
            except ValueError as error:
                raise ValueRefused(text("{mode} is no way to behave", mode=mode)) from error
            return True
        return False

    def switches(self) -> Mapping[str, str]:
        """Return how each outside system of the sandbox behaves."""
        return {
            system: mode for one in self.company.sandboxes for system, mode in one.modes().items()
        }

    # People.

    def hire(self, candidate: Candidate) -> str:
        """Invent somebody who holds a role; return the account's id."""
        with self.database.begin() as uow:
            officer = people.officer(len(uow.accounts.all()) + 1, [candidate])
            made = hired(uow, self.context, officer)
            uow.commit()
        self.stage.logins[officer.login] = made
        return made

    def holder(self, candidate: Candidate) -> str:
        """Return the account of somebody who holds a role; invent her if nobody does."""
        with self.database.reading() as uow:
            found = uow.accounts.holders(candidate)
        return str(found[0]) if found else self.hire(candidate)

    def close(self) -> None:
        """Close the database; stop the sandboxes that were started for it."""
        if not self.keeps_company:
            self.company.leave()
        self.database.close()


def hired(uow: Any, ctx: Context, officer: Officer) -> str:
    """Write somebody invented down; return the account's id."""
    return accounts.create(
        uow,
        ctx,
        SYSTEM,
        login=officer.login,
        password=_NOBODY,
        name=officer.name,
        iin=officer.iin,
        memberships=officer.memberships,
    )


def build(folder: Path, files: Mapping[str, bytes], furniture: Furniture, at: datetime) -> None:
    """Make the installation of a rehearsal in a folder that exists.

    Raises `DefinitionRefused` if the files have errors; then the folder is of no use.
    """
    keys = Keys.load(folder / KEYS, create=True)
    database = _database(folder, keys)
    try:
        database.upgrade()
        ctx = Context(clock=TestClock(at))
        with database.begin() as uow:
            _furnish(uow, ctx, furniture, at)
            definitions.deploy(uow, ctx, SYSTEM, files, "rehearsal")
            uow.settings.set(CLOCK, at.astimezone(UTC).isoformat())
            uow.commit()
    finally:
        database.close()


def _furnish(uow: Any, ctx: Context, furniture: Furniture, at: datetime) -> None:
    for name, value in furniture.settings.items():
        uow.settings.set(name, value)
    for day, working, source, note in furniture.days:
        uow.calendar.set(day, working=working, source=source, note=note)
    if not furniture.days:
        calendar.seed(uow, ctx, range(at.year - 1, at.year + 3))
    for office in furniture.offices:
        organisations.create(
            uow,
            ctx,
            SYSTEM,
            code=office.code,
            names=office.names,
            kind=office.kind,
            region=office.region,
            bin=office.bin,
        )
    for officer in furniture.officers:
        hired(uow, ctx, officer)


def _database(folder: Path, keys: Keys) -> Database:
    return Database(f"sqlite:///{(folder / DATABASE).absolute()}", keys, aside=True)


@dataclass(frozen=True, kw_only=True)
class Company:
    """What grounds may share that follow one another: making keys takes longer than a scenario."""

    #: The sandboxes of the outside systems.
    sandboxes: Sequence[Any]
    #: Folder of the demo authority that signs for officers.
    authority: Path

    @classmethod
    def of(cls, packages: Iterable[str], authority: Path) -> "Company":
        """Start the sandboxes of all packages."""
        started = [start(0) for start in offers(packages, "sandbox", "start")]
        return cls(sandboxes=started, authority=authority)

    def reset(self) -> None:
        """Have every outside system behave again."""
        for one in self.sandboxes:
            for system in one.modes():
                one.switch(system, "ok")

    def leave(self) -> None:
        """Stop the sandboxes."""
        for one in self.sandboxes:
            one.stop()


def open_ground(
    folder: Path,
    packages: Sequence[str],
    values: Mapping[str, str] | None = None,
    company: Company | None = None,
    witness: Witness | None = None,
) -> Ground:
    """Wire the installation of a rehearsal; `values` are those of the installation beside it.

    It stops the sandboxes when it is closed, unless they are a company's that comes with it.
    """
    with ExitStack() as undone:
        if company is None:
            company = Company.of(packages, folder / AUTHORITY)
            undone.callback(company.leave)
            keeps_company = False
        else:
            keeps_company = True
        clock = TestClock(datetime.min.replace(tzinfo=UTC))
        context = Context(
            clock=clock,
            signer=DemoSigner(company.authority),
            verifier=DemoVerifier(company.authority),
            settings={**inside(values or {}, packages), **_ways_in(company.sandboxes)},
            witness=witness or Witness(),
        )
        database = _database(folder, Keys.load(folder / KEYS))
        undone.callback(database.close)
        _follow_schema(database)
        ground = Ground(
            database=database,
            context=context,
            clock=clock,
            plays=plays_of(packages),
            company=company,
            keeps_company=keeps_company,
        )
        ground.sync()
        undone.pop_all()
    return ground


def _follow_schema(database: Database) -> None:
    """Bring a rehearsal that an earlier release began to the schema of this one."""
    try:
        database.check_schema()
    except Unavailable:
        database.upgrade()


def _ways_in(sandboxes: Iterable[Any]) -> dict[str, str]:
    return {name: value for one in sandboxes for name, value in one.settings.items()}


def inside(values: Mapping[str, str], packages: Iterable[str]) -> dict[str, str]:
    """Return those settings that lead nowhere outside: no address, no key of an outside system.

    A package with a sandbox says what belongs ``outside``.
    """
    checks = list(offers(packages, "sandbox", "outside"))
    return {
        name: value
        for name, value in values.items()
        if "://" not in value and not any(outside(name) for outside in checks)
    }
