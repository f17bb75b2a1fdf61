"""Measures one database: an empty one, upgraded, of which nobody else takes notice."""

from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter

from engine.bench.chain import CANDIDATE, FORM, FORM_JSON, PROCESS, chain
from engine.bench.figures import Figures, Spread
from engine.bench.plan import Plan
from engine.bpmn.baseline import steps
from engine.errors import NotFound
from engine.model.people import SYSTEM, Actor, Candidate
from engine.model.text import text
from engine.services import accounts, definitions, instances, organisations, signing_in, tasks
from engine.services.context import Context, Database
from engine.store.counting import counting, touch

#: Instances that are started and completed for the medians, and user tasks in each.
INSTANCES, TASKS = 40, 8
#: Rounds at either end that the growth compares, and those before them that warm everything up.
EDGE, WARM = 200, 50
#: Runs of the raw costs.
RAW_INSTANCES, RAW_COMMITS = 20, 300


class Stopwatch:
    """Collects the milliseconds of what runs under it."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.times: list[float] = []

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Time the block."""
        began = perf_counter()
        yield
        self.times.append((perf_counter() - began) * 1000)


class Bench:
    """One clerk who completes what the chain offers."""

    def __init__(self, database: Database, ctx: Context) -> None:
        """Deploy the chain and hire the clerk."""
        self._database = database
        self._ctx = ctx
        with database.begin() as uow:
            organisations.create(
                uow, ctx, SYSTEM, code="bench", names={"kk": "bench"}, kind="bench"
            )
            account = accounts.create(
                uow,
                ctx,
                SYSTEM,
                login="bench",
                password="measured by the bench",  # noqa: S106  an account of a throw-away database
                name="Bench",
                memberships=[Candidate.parse(CANDIDATE)],
            )
            files = {"processes/chain.bpmn": chain(TASKS), f"forms/{FORM}.json": FORM_JSON}
            definitions.deploy(uow, ctx, SYSTEM, files, "bench")
            uow.settings.set("bench", "new")
            uow.commit()
        with database.reading() as uow:
            self._clerk: Actor = signing_in.load(uow, account)

    def measure(self, plan: Plan) -> Figures:
        """Measure everything."""
        self._whole_cases(3)
        starting, completing, statements, commits = self._whole_cases(INSTANCES)
        growing = self._rework(plan)
        edge = min(EDGE, max(2, len(growing) // 3))
        growth = median(growing[-edge:]) / median(growing[:edge])
        return Figures(
            complete_ms=Spread.of(completing),
            start_ms=Spread.of(starting),
            statements=statements,
            commits=commits,
            growth_ratio=round(growth, 3),
            raw_step_ms=round(self._raw_step(), 3),
            raw_commit_ms=round(self._raw_commit(), 3),
        )

    def _whole_cases(self, number: int) -> tuple[list[float], list[float], int, int]:
        """Run cases from start to end; return times, and the most statements and commits."""
        starting, completing = Stopwatch(), Stopwatch()
        statements = commits = 0
        with counting(self._database) as count:
            for k in range(number):
                self._start(f"B-{number}-{k}", starting)
                for _ in range(TASKS):
                    task = self._next()
                    count.reset()
                    with completing():
                        self._complete(task, rework=False)
                    statements = max(statements, count.statements)
                    commits = max(commits, count.commits)
        return starting.times, completing.times, statements, commits

    def _rework(self, plan: Plan) -> list[float]:
        """Send one case back again and again; return the times after the warm-up, in order."""
        watch = Stopwatch()
        self._start("B-rework", Stopwatch())
        for _ in range(WARM + plan.rounds):
            task = self._next()
            with watch():
                self._complete(task, rework=True)
            plan.tick()
        return watch.times[WARM:]

    def _start(self, key: str, watch: Stopwatch) -> None:
        with watch(), self._database.begin() as uow:
            instances.start(uow, self._ctx, self._clerk, PROCESS, key, {"rework": False})
            uow.commit()

    def _next(self) -> str:
        with self._database.begin() as uow:
            task = tasks.claim_next(uow, self._ctx, self._clerk)
            uow.commit()
        if task is None:
            raise NotFound(text("The bench's diagram offered no task"))
        return task

    def _complete(self, task: str, *, rework: bool) -> None:
        with self._database.begin() as uow:
            tasks.complete(uow, self._ctx, self._clerk, task, {"rework": rework})
            uow.commit()

    def _raw_step(self) -> float:
        return median(steps(chain(TASKS, plain=True), PROCESS, RAW_INSTANCES))

    def _raw_commit(self) -> float:
        watch = Stopwatch()
        for number in range(RAW_COMMITS):
            with watch(), self._database.begin() as uow:
                touch(uow, "bench", number)
                uow.commit()
        return median(watch.times)
