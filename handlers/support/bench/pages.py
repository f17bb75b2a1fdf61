"""How long pages take over a region of 9,000 plans with ten measures each (issue 4).

The real application answers its test client: routing, rights, queries, templates. Whoever asks is
signed in by the session, since hashing a password is not what is measured. Beside the time stands
what this process computed meanwhile: on a machine that others use the first says little. What
PostgreSQL computes is in the time alone.
"""

from collections.abc import Iterator
from dataclasses import replace
from statistics import quantiles
from time import perf_counter, process_time
from typing import Any
from urllib.parse import quote

from engine.bench.domains import Measured
from engine.bootstrap import App
from engine.store.counting import settle
from engine.web import create_app
from handlers.support.bench import crowd
from handlers.support.bench.office import REGION, Office

#: Plans of the region.
PLANS = 9_000
#: Requests of each page, after those that warm up.
ASKED, WARM = 60, 5
#: Goal of issue 4: milliseconds, of 95 requests in 100.
MOST = 150.0


def measure(office: Office, app: App, plans: int = PLANS, asked: int = ASKED) -> Iterator[Measured]:
    """Settle the region with so many plans, then ask so often for each of its pages."""
    crowd.settle(office, plans)
    settle(office.database)
    pages = create_app(replace(app, context=office.ctx))
    boards = [
        f"/support/plans/{quote(f'Ж-26-{crowd.FIRST + place * 97 % plans:05d}')}"
        for place in range(97)
    ]
    for name, login, addresses in (
        ("centre", "centre", ["/support/"]),
        ("board", "centre", boards),
        ("region", "overseer", [f"/support/regions/{REGION}"]),
    ):
        client = _signed_in(pages, office.logins[login])
        whole, own = _p95(client, addresses, asked)
        yield Measured(name=f"{name}_p95_ms", value=whole, most=MOST)
        yield Measured(name=f"{name}_cpu_p95_ms", value=own)


def _signed_in(pages: Any, account: str) -> Any:
    client = pages.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = account
    return client


def _p95(client: Any, addresses: list[str], asked: int) -> tuple[float, float]:
    """Ask in turn; return the 95th percentile of time and of computing, milliseconds."""
    times, computed = [], []
    for number in range(WARM + asked):
        began, idle = perf_counter(), process_time()
        answer = client.get(addresses[number % len(addresses)])
        computed.append((process_time() - idle) * 1000)
        times.append((perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{answer.request.path} answers {answer.status}")
    return _of(times[WARM:]), _of(computed[WARM:])


def _of(times: list[float]) -> float:
    return round(quantiles(times, n=20)[-1], 1)
