"""Part ``inbox``: the first page of a list and a deep one, among a million open tasks.

Asked are the clerks with the busiest roles of the largest offices, the heads of these, and people
with many roles at many offices, each in turn; who has less work is answered sooner. Measured is
what `services.inbox.page` does for the page, counts and strips included, and then the whole page
as the application answers it: signed in, rendered, in this process.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median
from time import perf_counter, process_time
from typing import Any

from engine.bench.crowd import Crowd
from engine.bench.domains import Ground, Measured
from engine.bench.figures import p95
from engine.bench.offices import LARGE, Country
from engine.bootstrap import App
from engine.errors import NotFound
from engine.model.people import Actor, Candidate
from engine.model.text import text
from engine.services import inbox, tasks
from engine.services.cursors import cursor
from engine.services.views import Box, InboxQuery, Sort
from engine.store.asked import Filter
from engine.store.counting import counting
from engine.web import create_app

#: Goal of the design, milliseconds of 95 pages in 100.
MOST = 30.0
#: People asked of each kind, and how often each, after once to warm up.
PEOPLE, ASKED = 5, 10
#: Which page is the deep one, of how many rows each.
DEEP, SIZE = 200, 50
#: Steps taken among all that work.
STEPS = 60
#: Who is asked, by kind.
People = Mapping[str, Sequence[Actor]]
#: Every other list: its name and what is asked for.
_OTHERS = {
    "mine": InboxQuery(box=Box.MINE, size=SIZE),
    "newest": InboxQuery(box=Box.OFFICE, sort=Sort.NEWEST, size=SIZE),
    "free": InboxQuery(box=Box.OFFICE, free=True, size=SIZE),
    "overdue": InboxQuery(box=Box.OVERDUE, size=SIZE),
    "done": InboxQuery(box=Box.DONE, size=SIZE),
}


def measure(ground: Ground) -> Iterator[Measured]:
    """Write the crowd, then read its lists and take a few steps in it."""
    country = Country()
    country.move_in(ground.app)
    began = perf_counter()
    Crowd(ground, country).write(ground.plan.tasks)
    yield Measured(name="open_tasks", value=float(ground.plan.tasks))
    yield Measured(name="written_s", value=round(perf_counter() - began, 1))
    yield from Lists(ground.app, country).measure()


class Lists:
    """Reads the lists of some people."""

    def __init__(self, app: App, country: Country) -> None:
        """Choose whom to ask."""
        self._app = app
        self._people = chosen(app, country)
        self._marks = {
            actor.account: self.deep(actor) for some in self._people.values() for actor in some
        }

    def measure(self) -> Iterator[Measured]:
        """Measure everything."""
        first = {kind: self._first(some) for kind, some in self._people.items()}
        deep = {kind: self._deep(some) for kind, some in self._people.items()}
        yield from _spread("first", first)
        yield from _spread("deep", deep)
        for name, asked in _OTHERS.items():
            yield Measured(name=f"{name}_p95_ms", value=p95(self._listed(asked)), most=MOST)
        yield from self._pages()
        yield from self._steps()

    def deep(self, actor: Actor) -> str:
        """Return the cursor before a person's deep page, or before her last one."""
        with self._app.database.reading() as uow:
            rows = uow.inbox.page(actor, Filter(office=True), after=None, size=(DEEP - 1) * SIZE)
        last = rows[: max(1, len(rows) - SIZE)][-1]
        return cursor(last.due_at, last.id)

    def _first(self, people: Sequence[Actor]) -> list[float]:
        return self._times(people, lambda _: InboxQuery(box=Box.OFFICE, size=SIZE))

    def _deep(self, people: Sequence[Actor]) -> list[float]:
        return self._times(
            people,
            lambda one: InboxQuery(box=Box.OFFICE, size=SIZE, after=self._marks[one.account]),
        )

    def _listed(self, asked: InboxQuery) -> list[float]:
        people = [one for some in self._people.values() for one in some]
        return self._times(people, lambda _: asked)

    def _times(self, people: Sequence[Actor], asked: Callable[[Actor], InboxQuery]) -> list[float]:
        """Return milliseconds of what the service takes for a page."""
        times = []
        for number in range(ASKED + 1):
            for actor in people:
                began = perf_counter()
                with self._app.database.reading() as uow:
                    inbox.page(uow, self._app.context, actor, asked(actor))
                if number:
                    times.append((perf_counter() - began) * 1000)
        return times

    def _pages(self) -> Iterator[Measured]:
        """Measure whole pages, and what this process computes for them."""
        pages = create_app(self._app)
        clients = {
            actor.account: _signed_in(pages, actor)
            for some in self._people.values()
            for actor in some
        }
        for name, aim in (
            ("first", lambda _: f"/inbox/?box=office&size={SIZE}"),
            ("deep", lambda one: f"/inbox/?box=office&size={SIZE}&after={self._marks[one]}"),
        ):
            times, computed = _asked(clients, aim)
            yield Measured(name=f"page_{name}_p95_ms", value=p95(times), most=MOST)
            yield Measured(name=f"page_{name}_cpu_p95_ms", value=p95(computed))

    def _steps(self) -> Iterator[Measured]:
        """Measure a step among all that work: claim what comes next, complete it."""
        clerk, database = self._people["clerk"][0], self._app.database
        times, most = [], 0
        with counting(database) as count:
            for _ in range(STEPS):
                with database.begin() as uow:
                    token = tasks.claim_next(uow, self._app.context, clerk)
                    uow.commit()
                if token is None:
                    break  # a small crowd leaves her little
                count.reset()
                began = perf_counter()
                with database.begin() as uow:
                    tasks.complete(uow, self._app.context, clerk, token, {"note": "seen"})
                    uow.commit()
                times.append((perf_counter() - began) * 1000)
                most = max(most, count.statements)
        if not times:
            raise NotFound(text("The bench's diagram offered no task"))
        yield Measured(name="complete_ms", value=round(median(times), 2))
        yield Measured(name="complete_statements", value=float(most))


def chosen(app: App, country: Country) -> People:
    """Return who is asked, by kind: ``clerk``, ``head``, ``many``."""
    busiest: dict[str, Candidate] = {}
    for place in country.places:
        busiest.setdefault(place.organisation, place)
    offices = list(busiest)[: min(PEOPLE, LARGE)]
    ids = {
        "clerk": [country.clerks[busiest[code]][-1] for code in offices],
        "head": [country.heads[code] for code in offices],
        "many": country.many[:PEOPLE],
    }
    with app.database.reading() as uow:
        return {kind: [country.actor(uow, app, one) for one in some] for kind, some in ids.items()}


def _spread(name: str, times: Mapping[str, Sequence[float]]) -> Iterator[Measured]:
    """Yield the figure of a page for everybody, and for each kind of person."""
    whole = [one for some in times.values() for one in some]
    yield Measured(name=f"{name}_p95_ms", value=p95(whole), most=MOST)
    for kind, some in times.items():
        yield Measured(name=f"{name}_{kind}_p95_ms", value=p95(some))


def _signed_in(pages: Any, actor: Actor) -> Any:
    client = pages.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = actor.account
    return client


def _asked(
    clients: Mapping[str, Any], aim: Callable[[str], str]
) -> tuple[list[float], list[float]]:
    """Ask each client in turn; return milliseconds of time and of computing."""
    times, computed = [], []
    for number in range(ASKED + 1):
        for account, client in clients.items():
            began, idle = perf_counter(), process_time()
            answer = client.get(aim(account))
            if answer.status_code != 200:
                raise RuntimeError(f"{answer.request.path} answers {answer.status}")
            if number:
                computed.append((process_time() - idle) * 1000)
                times.append((perf_counter() - began) * 1000)
    return times, computed
