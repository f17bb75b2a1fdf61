"""The pages over a real database with the sample office in it; one person per client."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.clock import TestClock
from engine.store import Database, Keys
from engine.web.application import create_app
from tests.conftest import NOW
from tests.sample_office import PASSWORD, Office, context_of, furnish

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"|name="csrf" content="([^"]+)"')


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, keys: Keys) -> Path:
    """A file with the sample office, to copy from: hashing its passwords takes a second."""
    path = tmp_path_factory.mktemp("office") / "office.db"
    shutil.copyfile(sqlite_template, path)
    database = Database(f"sqlite:///{path}", keys)
    furnish(database, TestClock(NOW))
    database.close()
    return path


@pytest.fixture
def office(furnished: Path, tmp_path: Path, keys: Keys, clock: TestClock) -> Iterator[Office]:
    """A fresh sample office."""
    path = tmp_path / "office.db"
    shutil.copyfile(furnished, path)
    database = Database(f"sqlite:///{path}", keys)
    yield Office(database=database, context=context_of(clock))
    database.close()


@pytest.fixture
def app(office: Office) -> Flask:
    """The pages."""
    return create_app(office)


class Person:
    """Somebody at a browser without scripts: keeps cookies, sends tokens."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()

    def token(self, answer: TestResponse | None = None) -> str:
        answer = answer or self.client.get("/sign-in", follow_redirects=True)
        found = TOKEN.search(answer.text)
        assert found, answer.text[:500]
        return found[1] or found[2]

    def sign_in(self, login: str, password: str = PASSWORD, **more: str) -> TestResponse:
        form = {"login": login, "password": password, "csrf_token": self.token(), **more}
        return self.client.post("/sign-in", data=form)

    def get(self, address: str, **more: Any) -> TestResponse:
        return self.client.get(address, **more)

    def speak(self, language: str, **more: str) -> TestResponse:
        return self.post("/language", {"code": language, **more})

    def post(self, address: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        form = {"csrf_token": self.token(), **(data or {})}
        return self.client.post(address, data=form, **more)


@pytest.fixture
def person(app: Flask, office: Office) -> Callable[[str], Person]:
    """Sit somebody down, signed in already: hashing a password for each test takes too long."""

    def enter(login: str = "") -> Person:
        found = Person(app)
        if login:
            with found.client.session_transaction() as session:
                session["_user_id"] = office.actor(login).account
        return found

    return enter


@pytest.fixture
def task_ids(office: Office) -> list[str]:
    """Ids of the open tasks, oldest case first."""
    return office.open_tasks()
