"""An installation with analysts, to rehearse beside: demo offices, a diagram or two, a browser."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from engine import bootstrap, config
from engine.bootstrap import App
from engine.clock import TestClock
from engine.config import Settings
from engine.demo import Officer
from engine.model.people import ANALYST, SYSTEM, Candidate
from engine.rehearsing import Rehearsals
from engine.rehearsing.ground import hired
from engine.rehearsing.running import furniture
from engine.services import calendar, definitions, organisations
from engine.services.context import Context
from engine.store import Database
from engine.store.tables import metadata
from engine.web.application import create_app
from handlers.people.iin import FEMALE
from handlers.registries.sandbox.families import make_iin
from tests.acceptance.kandas_stage import START, files

PACKAGES = config.domains()
#: Analysts of the installation.
ANALYSTS = ("analyst-1", "analyst-2")
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Browser:
    """A browser of one analyst; its cookies are those of the installation and of rehearsals."""

    client: FlaskClient
    #: Where the last page was.
    last: str = "/"
    answer: TestResponse | None = field(default=None, init=False)

    @property
    def page(self) -> str:
        """Return the last page."""
        assert self.answer is not None
        return unescape(self.answer.get_data(as_text=True))

    def get(self, path: str) -> str:
        """Ask for a page, following where it leads."""
        self.answer = self.client.get(path, follow_redirects=True)
        self.last = self.answer.request.path
        return self.page

    def post(self, path: str, /, follow: bool = True, **fields: Any) -> str:
        """Post a form with the token of the last page, and follow."""
        token = _TOKEN.search(self.page)
        assert token is not None, self.page[:300]
        data = {**fields, "csrf_token": token[1]}
        self.answer = self.client.post(path, data=data, follow_redirects=follow)
        self.last = self.answer.request.path
        return self.page


@dataclass
class Site:
    """The installation."""

    app: Flask
    wired: App
    logins: dict[str, str]
    clock: TestClock

    def browser(self, login: str = ANALYSTS[0]) -> Browser:
        """Return the browser of somebody who is signed in."""
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["_user_id"] = self.logins[login]
            session["language"] = "en"
        return Browser(client)

    def counts(self) -> dict[str, int]:
        """Return how many rows each table has, but the audit's, which is to grow."""
        with self.wired.database.reading() as uow:
            return {
                table.name: int(
                    uow.session.execute(select(func.count()).select_from(table)).scalar_one()
                )
                for table in metadata.sorted_tables
                if table.name != "audit"
            }


def furnish(database: Database) -> dict[str, str]:
    """Deploy everything, hire the demo's people and two analysts; return accounts by login."""
    bootstrap.load_domains(PACKAGES)
    found, ctx = furniture(PACKAGES), Context(clock=TestClock(START))
    analysts = [
        Officer(
            login=login,
            name=f"Талдаушы {number}",
            iin=make_iin(START.date().replace(year=1985), FEMALE, 9100 + number),
            memberships=(Candidate(ANALYST, "mlsp"),),
        )
        for number, login in enumerate(ANALYSTS)
    ]
    with database.begin() as uow:
        calendar.seed(uow, ctx, [2026, 2027])
        for one in found.offices:
            organisations.create(
                uow,
                ctx,
                SYSTEM,
                code=one.code,
                names=one.names,
                kind=one.kind,
                region=one.region,
                bin=one.bin,
            )
        definitions.deploy(uow, ctx, SYSTEM, files(), "test")
        logins = {one.login: hired(uow, ctx, one) for one in [*found.officers, *analysts]}
        uow.commit()
    return logins


@contextmanager
def site(database: Database, folder: Path, **values: str) -> Iterator[Site]:
    """Wire pages around a database; `values` are its settings for handlers."""
    logins = furnish(database)
    clock = TestClock(START)
    settings = Settings(
        database_url=str(database.url),
        secret_key="x" * 40,
        extensions=PACKAGES,
        key_file=folder / "keys",
        values={name.replace("__", "."): value for name, value in values.items()},
    )
    house = Rehearsals(folder / "rehearsals", settings)
    ctx = Context(clock=clock, settings=settings.values)
    wired = App(
        settings=settings,
        database=database,
        context=ctx,
        executor=None,  # type: ignore[arg-type]  nothing is due here
        rehearsals=house,
    )
    try:
        yield Site(app=create_app(wired), wired=wired, logins=logins, clock=clock)
    finally:
        house.close()
