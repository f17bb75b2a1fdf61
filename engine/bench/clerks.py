"""An office for the bench: clerks who sign in, cases for them, processes that serve them."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from engine.bench.chain import CANDIDATE, FORM, FORM_JSON, PROCESS, chain
from engine.bench.domains import Ground
from engine.bench.visitor import Visitor
from engine.errors import Conflict
from engine.model.people import SYSTEM, Candidate
from engine.model.text import text
from engine.processes import Child
from engine.services import accounts, definitions, instances, organisations
from engine.store.counting import completions, settle

#: User tasks in a case.
TASKS = 8
#: Clerks of the office.
CLERKS = 4
#: Cases started in one transaction.
_BATCH = 50
_PASSWORD = "measured by the bench"  # noqa: S105  of a throw-away database


class Office:
    """The installation of a measurement, as its clerks find it."""

    def __init__(self, ground: Ground) -> None:
        """Deploy the chain and hire the clerks."""
        self._app = ground.app
        self._ground = ground
        self._cases = 0
        self._logins = [f"bench{number}" for number in range(CLERKS)]
        hashed = accounts.prepare(_PASSWORD)
        ctx = self._app.context
        with self._app.database.begin() as uow:
            organisations.create(
                uow, ctx, SYSTEM, code="bench", names={"kk": "bench"}, kind="bench"
            )
            for login in self._logins:
                accounts.create(
                    uow,
                    ctx,
                    SYSTEM,
                    login=login,
                    password=hashed,
                    name=login.title(),
                    memberships=[Candidate.parse(CANDIDATE)],
                )
            files = {"processes/chain.bpmn": chain(TASKS), f"forms/{FORM}.json": FORM_JSON}
            definitions.deploy(uow, ctx, SYSTEM, files, "bench")
            uow.commit()

    def start(self, number: int) -> list[str]:
        """Start cases; return the ids of their first tasks, in the order of the cases."""
        keys = [f"H-{self._cases + k}" for k in range(number)]
        self._cases += number
        started: list[str] = []
        for first in range(0, number, _BATCH):
            with self._app.database.begin() as uow:
                for key in keys[first : first + _BATCH]:
                    values = {"rework": False}
                    case = instances.start(uow, self._app.context, SYSTEM, PROCESS, key, values)
                    started.append(case)
                uow.commit()
        settle(self._app.database)
        with self._app.database.reading() as uow:
            return [task.id for case in started for task in uow.tasks.open_of(case)]

    def refuse_unless_once(self, tasks: Sequence[str]) -> None:
        """Raise `Conflict` unless each of these tasks is completed, and became so once."""
        with self._app.database.reading() as uow:
            found = completions(uow, tasks)
        wrong = [task for task in tasks if found.get(task, 0) != 1]
        if wrong or len(set(tasks)) != len(tasks):
            raise Conflict(text("Tasks not completed once each: {count}", count=len(wrong)))

    def child(self, name: str, *arguments: str, **environment: str) -> Child:
        """Return a process of this installation; it is not started."""
        return Child(
            name,
            arguments,
            environment={**self._ground.environment(), **environment},
            log=self._ground.folder / f"{name}.log",
        )

    @contextmanager
    def visitors(self, ports: Sequence[int]) -> Iterator[list[Visitor]]:
        """Yield a clerk for each of these ports, signed in there; at most `CLERKS`."""
        with ExitStack() as stack:
            found: list[Visitor] = []
            for port, login in zip(ports, self._logins, strict=False):
                one = Visitor(port)
                stack.callback(one.close)
                one.sign_in(login, _PASSWORD)
                found.append(one)
            yield found


@contextmanager
def running(children: Sequence[Child]) -> Iterator[None]:
    """Have processes run, all of them ready."""
    try:
        for one in children:
            one.start()
        for one in children:
            one.wait_ready()
        yield
    finally:
        for one in children:
            one.stop()
