"""The database goes away in the middle of a page, or has no connection left.

A person gets a page in her language that says so (503, never 500) and when to come back; what she
typed is on it, and sending it again is the same act. Nothing is half written.
"""

import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from html import unescape
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.clock import TestClock
from engine.store import Database
from engine.store import database as store
from engine.web.application import create_app
from tests.sample_office import Office, furnish

TYPED = "Төлеухан <Ардақ> & co"
WORDS = {
    "kk": "Жүйе қазір қолжетімсіз",
    "ru": "Система сейчас недоступна",
    "en": "The system is not available at the moment",
}


class Person:
    """Somebody signed in."""

    def __init__(self, app: Flask, office: Office, login: str = "aigul") -> None:
        self.client: FlaskClient = app.test_client()
        with self.client.session_transaction() as session:
            session["_user_id"] = office.actor(login).account
        self.client.get("/inbox/")
        self.token = (self.client.get("/session").json or {})["csrf"]

    def speak(self, language: str) -> None:
        with self.client.session_transaction() as session:
            session["language"] = language

    def post(self, address: str, **form: str) -> TestResponse:
        return self.client.post(address, data={"csrf_token": self.token, **form})


@pytest.fixture
def office(database: Database, clock: TestClock) -> Office:
    return furnish(database, clock, cases=2)


@pytest.fixture
def app(office: Office) -> Flask:
    return create_app(office)


@pytest.fixture
def person(app: Flask, office: Office) -> Person:
    found = Person(app, office)
    for task in office.open_tasks():
        assert found.post(f"/inbox/tasks/{task}/claim").status_code == 303
    return found


def form_of(person: Person, task: str) -> dict[str, str]:
    """Return the fields as the page has them, filled in."""
    page = person.client.get(f"/tasks/{task}").text
    revision = re.search(r'name="_revision" value="(\d+)"', page)
    assert revision
    return {"name": TYPED, "_act": "send", "_revision": revision[1]}


def kept_on(answer: TestResponse) -> dict[str, str]:
    """Return the fields that the page of an error carries along."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer.text)
    return {name: unescape(value) for name, value in found}


def away(answer: TestResponse) -> None:
    assert answer.status_code == 503, (answer.status_code, answer.text[:2000])
    assert int(answer.headers["Retry-After"]) <= 60
    assert "Traceback" not in answer.text


def still_open(office: Office, task: str) -> bool:
    return task in office.open_tasks()


# PostgreSQL ends the connection between two statements.


@contextmanager
def cut_after(database: Database, server: str, number: int) -> Iterator[list[int]]:
    """Have the server end the connection of the n-th statement from now; yield how many ran."""
    ran: list[int] = []

    def count(connection: Any, *_rest: object) -> None:
        ran.append(1)
        if len(ran) == number:
            pid = connection.connection.driver_connection.info.backend_pid
            with psycopg.connect(server, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    engines = (database.engine, database.reader)
    for engine in engines:
        sa.event.listen(engine, "after_cursor_execute", count)
    try:
        yield ran
    finally:
        for engine in engines:
            sa.event.remove(engine, "after_cursor_execute", count)


#: The kind of database that has a server to end connections.
with_a_server = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.mark.postgresql
@with_a_server
@pytest.mark.parametrize("address", ["/inbox/", "/tasks/{task}", "/cases/?q=K"])
def test_a_page_whose_connection_breaks(
    office: Office, person: Person, postgres_server: str, address: str
) -> None:
    task = office.open_tasks()[0]
    answers, number = set(), 0
    while True:
        number += 1
        with cut_after(office.database, postgres_server, number) as ran:
            answer = person.client.get(address.format(task=task))
        if len(ran) < number:
            break
        answers.add(answer.status_code)
        assert answer.status_code in {200, 503}, (number, answer.status_code)
        if answer.status_code == 503:
            away(answer)
    assert number > 2
    assert 503 in answers
    assert person.client.get(address.format(task=task)).status_code == 200


@pytest.mark.postgresql
@with_a_server
def test_a_form_whose_connection_breaks_is_sent_once(
    office: Office, person: Person, postgres_server: str
) -> None:
    """At each statement in turn; sent again as the page offers it, it is one act."""
    number, lost = 0, 0
    while True:
        number += 1
        case = f"Т-26-9{number:04}"
        office.start(case)
        task = office.open_tasks()[-1]
        assert person.post(f"/inbox/tasks/{task}/claim").status_code == 303
        form = form_of(person, task)
        with cut_after(office.database, postgres_server, number) as ran:
            answer = person.post(f"/tasks/{task}", **form)
        if len(ran) < number:
            assert answer.status_code == 303
            break
        assert answer.status_code in {303, 503}, (number, answer.status_code, answer.text[:900])
        if answer.status_code == 503:
            away(answer)
            lost += 1
            again = kept_on(answer)
            if still_open(office, task):
                assert TYPED in unescape(answer.text), number
            said = {**form, **{name: again[name] for name in again if name != "csrf_token"}}
            assert person.post(f"/tasks/{task}", **said).status_code == 303, number
        assert not still_open(office, task)
    assert lost >= 3
    with office.database.engine.connect() as connection:
        asked = sa.text("SELECT count(*) FROM event WHERE what = 'completed' GROUP BY token")
        assert {row[0] for row in connection.execute(asked)} == {1}


# SQLite's file.


@pytest.fixture
def file(
    sqlite_url: str, keys: Any, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Office, Path]]:
    """A sample office on a file whose lock is waited for only a moment."""
    monkeypatch.setattr(store, "PATIENCE", 0.3)
    database = Database(sqlite_url, keys)
    yield furnish(database, clock, cases=2), Path(sqlite_url.removeprefix("sqlite:///"))
    database.close()


def claimed(office: Office) -> tuple[Person, str]:
    person, task = Person(create_app(office), office), office.open_tasks()[0]
    assert person.post(f"/inbox/tasks/{task}/claim").status_code == 303
    return person, task


def test_a_file_that_somebody_else_holds(file: tuple[Office, Path]) -> None:
    """Reading goes on; what was typed comes back in its form, and is sent when the file is free."""
    office, path = file
    person, task = claimed(office)
    form = form_of(person, task)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for language, words in WORDS.items():
            person.speak(language)
            answer = person.post("/inbox/tasks/x/claim")
            away(answer)
            assert words in unescape(answer.text)
        answer = person.post(f"/tasks/{task}", **form)
        away(answer)
        assert f'value="{TYPED}"' in unescape(answer.text)
        assert person.client.get("/inbox/").status_code == 200
    assert still_open(office, task)
    assert person.post(f"/tasks/{task}", **form).status_code == 303


def gone(path: Path) -> None:
    for one in path.parent.glob(f"{path.name}*"):
        one.rename(one.with_name(f"away-{one.name}"))


def back(path: Path) -> None:
    for one in path.parent.glob(f"away-{path.name}*"):
        one.rename(one.with_name(one.name.removeprefix("away-")))


def spoilt(path: Path) -> None:
    gone(path)
    path.write_bytes(b"this is no database at all, not a bit " * 500)


@pytest.mark.parametrize("spoil", [gone, spoilt])
def test_a_file_that_is_gone_or_spoilt(
    file: tuple[Office, Path], spoil: Callable[[Path], None]
) -> None:
    office, path = file
    person, task = claimed(office)
    form = form_of(person, task)
    office.database.close()
    spoil(path)
    for address in ("/inbox/", f"/tasks/{task}", "/sign-in?next=/"):
        answer = person.client.get(address)
        if not address.startswith("/sign-in"):
            away(answer)
    answer = person.post(f"/tasks/{task}", **form)
    away(answer)
    assert kept_on(answer)["name"] == TYPED
    assert path.exists() is (spoil is spoilt), "an empty file in its place would look like no data"
    path.unlink(missing_ok=True)
    back(path)
    office.database.close()
    said = {name: value for name, value in kept_on(answer).items() if name != "csrf_token"}
    assert person.post(f"/tasks/{task}", **said).status_code == 303
    assert not still_open(office, task)


def test_a_password_is_never_carried_along(file: tuple[Office, Path]) -> None:
    office, path = file
    stranger = create_app(office).test_client()
    token = (stranger.get("/session").json or {})["csrf"]
    office.database.close()
    gone(path)
    form = {"csrf_token": token, "login": "aigul", "password": "a long secret"}
    answer = stranger.post("/sign-in", data=form)
    away(answer)
    assert "a long secret" not in answer.text
    back(path)


# All connections are in use.


@contextmanager
def all_in_use(database: Database) -> Iterator[None]:
    """Have forty threads hold a connection each."""
    free, ready = threading.Event(), threading.Barrier(41)

    def hold() -> None:
        with database.reading() as uow:
            uow.database_now()
            ready.wait(30)
            free.wait(30)

    threads = [threading.Thread(target=hold) for _ in range(40)]
    try:
        for one in threads:
            one.start()
        ready.wait(30)
        assert database.connections()["reading"] == 40
        yield
    finally:
        free.set()
        for one in threads:
            one.join(30)


def test_a_full_pool(office: Office, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is there in a few seconds, and says so; nothing is half written."""
    task = office.open_tasks()[0]
    form = form_of(person, task)
    for pool in (office.database.engine.pool, office.database.reader.pool):
        assert getattr(pool, "_timeout", None) == store.POOL_PATIENCE <= 5
        monkeypatch.setattr(pool, "_timeout", 0.5)
    before, began = counts(office), monotonic()
    with all_in_use(office.database):
        for language, words in WORDS.items():
            person.speak(language)
            answer = person.client.get("/inbox/")
            away(answer)
            assert words in unescape(answer.text)
        answer = person.post(f"/tasks/{task}", **form)
        away(answer)
        assert kept_on(answer)["name"] == TYPED
    assert monotonic() - began < 10
    assert counts(office) == before
    assert person.post(f"/tasks/{task}", **form).status_code == 303


def counts(office: Office) -> dict[str, int]:
    with ExitStack() as stack:
        connection = stack.enter_context(office.database.engine.connect())
        return {
            name: connection.execute(sa.text(f"SELECT count(*) FROM {name}")).scalar_one()
            for name in ("event", "audit", "job", "user_task", "instance")
        }
