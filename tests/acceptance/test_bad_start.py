"""Commands that cannot work: a wrong database, wrong keys, a wrong clock, a file that is taken.

Each is one sentence, in the language asked for, without a stack trace, with exit code 1.
"""

import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from engine.cli.main import run as typed
from engine.cli.opening import opened
from engine.clock import SystemClock
from engine.config import Settings, domains
from engine.errors import Unavailable
from engine.processes import Child, free_port
from engine.store import Keys
from engine.store.reach import explained, parsed
from engine.watching import clocks
from tests.acceptance.test_cli import Run, environment, one_sentence, running
from tests.acceptance.test_cli import run as process
from tests.watching import logging_as

__all__ = ["process"]

#: What opens an installation, in each of its ways: to serve, to work, to look, to upgrade.
COMMANDS = (("serve", "--port", "0"), ("worker",), ("audit", "verify"), ("db", "upgrade"))
ONLY_OPEN = COMMANDS[:3]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in an empty folder, in English, in this process: it is to fail at once."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        with monkeypatch.context() as patched, logging_as("text", "error"):
            for name in [*os.environ]:
                if name.startswith("ZHOLDAMA"):
                    patched.delenv(name)
            for name, value in ({"ZHOLDAMA_LANG": "en"} | more).items():
                patched.setenv(name, value)
            capsys.readouterr()
            code = typed(arguments)
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, code, out, err)

    return run


def said(run: Run, *arguments: str, **more: str) -> str:
    """Return the sentence in English, having heard it in the other two languages."""
    heard = {
        language: one_sentence(run(*arguments, **(more | {"ZHOLDAMA_LANG": language})))
        for language in ("kk", "ru", "en")
    }
    assert len(set(heard.values())) == 3, heard
    return heard["en"]


@pytest.fixture
def made(run: Run, tmp_path: Path) -> Path:
    """A folder with keys and an empty installation on SQLite."""
    assert run("db", "upgrade").returncode == 0
    return tmp_path


def name_of(url: str) -> str:
    return url.split("@/", maxsplit=1)[1].split("?", maxsplit=1)[0]


# The address.


@pytest.mark.parametrize("address", ["mysql://u@h/d", "nonsense", "postgres://u@h/d"])
def test_another_scheme(run: Run, made: Path, address: str) -> None:
    for command in (*COMMANDS, ("doctor",)):
        done = run(*command, ZHOLDAMA_DATABASE_URL=address)
        assert done.returncode == 1, command
        assert "sqlite:/// or postgresql://" in done.stdout + done.stderr, command
        assert "Traceback" not in done.stderr


def test_an_address_that_cannot_be_read_shows_no_password(run: Run, made: Path) -> None:
    for command in (*COMMANDS, ("doctor",), ("db", "backup", "x")):
        done = run(*command, ZHOLDAMA_DATABASE_URL="postgresql://u:secret@host:port/d")
        assert done.returncode == 1, command
        assert "ZHOLDAMA_DATABASE_URL" in done.stdout + done.stderr, command
        assert "secret" not in done.stdout + done.stderr, command


# SQLite.


def test_a_file_that_is_not_there_is_not_made_by_looking(run: Run, made: Path) -> None:
    (made / "var/zholdama.db").unlink()
    for command in ONLY_OPEN:
        assert "db upgrade" in one_sentence(run(*command))
    assert "db upgrade" in said(run, "worker")
    assert not (made / "var/zholdama.db").exists()


def test_a_folder_that_is_not_there(run: Run, made: Path) -> None:
    address = f"sqlite:///{made}/nowhere/z.db"
    for command in COMMANDS:
        assert str(made / "nowhere") in one_sentence(run(*command, ZHOLDAMA_DATABASE_URL=address))
    assert "no folder" in said(run, "db", "upgrade", ZHOLDAMA_DATABASE_URL=address)


def test_a_folder_for_a_file(run: Run, made: Path) -> None:
    (made / "a.db").mkdir()
    assert "is a folder" in said(run, "serve", ZHOLDAMA_DATABASE_URL=f"sqlite:///{made}/a.db")


def test_a_file_that_is_no_database(run: Run, made: Path) -> None:
    (made / "var/zholdama.db").write_bytes(b"%PDF-1.7 a scan of a passport" * 200)
    for command in (*COMMANDS, ("doctor",)):
        done = run(*command)
        assert done.returncode == 1, command
        assert "is not a SQLite database" in done.stdout + done.stderr, command
    said(run, "worker")


def test_a_file_without_a_schema(run: Run, made: Path) -> None:
    file = made / "var/zholdama.db"
    file.write_bytes(b"")
    for command in ONLY_OPEN:
        expected = "The database has no schema yet; run 'zholdama db upgrade'"
        assert one_sentence(run(*command)) == expected
    said(run, "worker")


@pytest.mark.parametrize("locked", ["the file", "the folder"])
def test_what_may_not_be_written(made: Path, locked: str) -> None:
    """Tried as nobody, for root may write everywhere; in this process, for it may not read all."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to become nobody")
    file = made / "var/zholdama.db"
    file.chmod(0o644 if locked == "the file" else 0o666)
    file.parent.chmod(0o777 if locked == "the file" else 0o755)
    closed = [(one, one.stat().st_mode) for one in (made, *made.parents) if one.owner() == "root"]
    for one, mode in closed[:-1]:
        one.chmod(mode | 0o011)
    os.seteuid(65534)
    try:
        with pytest.raises(Unavailable, match="No permission to write") as refused:
            explained(parsed(f"sqlite:///{file}"), make=False).__enter__()
    finally:
        os.seteuid(0)
        for one, mode in closed[:-1]:
            one.chmod(mode)
    assert str(file) in str(refused.value)


# PostgreSQL.


def test_a_server_that_is_not_there(run: Run, made: Path) -> None:
    for place in (f"127.0.0.1:{free_port()}", "nobody.invalid:5432"):
        address = f"postgresql://u:secret@{place}/d"
        for command in COMMANDS[1:3]:
            told = one_sentence(run(*command, ZHOLDAMA_DATABASE_URL=address))
            assert place in told
            assert "secret" not in told
    assert "No PostgreSQL server answers" in said(run, "worker", ZHOLDAMA_DATABASE_URL=address)
    socket = f"postgresql:///d?host={made}"
    assert str(made) in said(run, "db", "upgrade", ZHOLDAMA_DATABASE_URL=socket)


@pytest.mark.postgresql
def test_a_database_that_is_not_there(run: Run, made: Path, postgres_url: str) -> None:
    address = postgres_url.replace(name_of(postgres_url), "zh_nowhere")
    told = said(run, "worker", ZHOLDAMA_DATABASE_URL=address)
    assert "no database zh_nowhere" in told
    assert "zholdama db upgrade" in told


@pytest.mark.postgresql
def test_a_database_without_a_schema(run: Run, made: Path, postgres_server: str) -> None:
    name = f"zh_empty_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        address = postgres_server.replace("/postgres?", f"/{name}?")
        try:
            told = said(run, "worker", ZHOLDAMA_DATABASE_URL=address)
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    assert told == "The database has no schema yet; run 'zholdama db upgrade'"


@pytest.fixture
def locked_user(postgres_server: str) -> Iterator[str]:
    """Somebody who needs a password, on a server that asks nobody else for one."""
    name = f"zh_locked_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        found = connection.execute("SHOW hba_file").fetchone()
        file = Path(str(found[0])) if found else Path()
        if not file.is_file():
            pytest.skip("the server is on another machine")
        before = file.read_text()
        connection.execute(f"CREATE ROLE \"{name}\" LOGIN PASSWORD 'right'")
        file.write_text(
            f"local all {name} scram-sha-256\nhost all {name} all scram-sha-256\n{before}"
        )
        connection.execute("SELECT pg_reload_conf()")
        yield name
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(line for line in lines if name not in line))
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(f'DROP ROLE "{name}"')


@pytest.mark.postgresql
def test_a_wrong_password_and_a_missing_right(
    run: Run, made: Path, postgres_url: str, locked_user: str
) -> None:
    server, name = postgres_url.split("@")[1], name_of(postgres_url)
    wrong = f"postgresql://{locked_user}:wrong-one@{server}"
    told = said(run, "worker", ZHOLDAMA_DATABASE_URL=wrong)
    assert locked_user in told
    assert name in told
    assert "ZHOLDAMA_DATABASE_URL" in told
    assert "wrong-one" not in told
    right = f"postgresql://{locked_user}:right@{server}"
    assert "has not the rights" in said(run, "worker", ZHOLDAMA_DATABASE_URL=right)


# The keys.


def other_keys(made: Path) -> None:
    file = made / "var/zholdama.keys"
    file.rename(made / "kept.keys")
    file.write_text(Keys.generate())
    file.chmod(0o600)


def test_keys_of_another_installation(run: Run, made: Path) -> None:
    other_keys(made)
    # Nothing is sealed yet: they are as good as any.
    assert run("audit", "verify").returncode == 0
    shutil.move(made / "kept.keys", made / "var/zholdama.keys")
    added = run("user", "add", "aigerim", "--name", "A", "--password", "a long password")
    assert added.returncode == 0, added.stderr
    other_keys(made)
    for command in COMMANDS:
        assert "The keys do not open" in one_sentence(run(*command)), command
    assert "zholdama.keys" in said(run, "worker")
    # Keys that were lost are not replaced by new ones, which would make it two problems.
    (made / "var/zholdama.keys").unlink()
    assert "The keys do not open" in one_sentence(run("db", "upgrade"))
    assert not (made / "var/zholdama.keys").exists()


def test_an_index_key_of_another_installation(run: Run, made: Path) -> None:
    add = ("user", "add", "aigerim", "--name", "A", "--password", "a long password")
    assert run(*add, "--iin", "860502304418").returncode == 0
    file = made / "var/zholdama.keys"
    index = Keys.generate().splitlines()[0]
    file.write_text("\n".join([index, *file.read_text().splitlines()[1:]]))
    assert "The keys do not open" in one_sentence(run("worker"))
    assert "index key" in run("doctor").stdout


# The clock.


def off(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """Have this machine's clock be wrong: the database's stays right."""
    wrong = SimpleNamespace(now=lambda: SystemClock().now() + by)
    monkeypatch.setattr(clocks, "SystemClock", lambda: wrong)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("pg", marks=pytest.mark.postgresql)])
def test_a_clock_that_is_off(
    run: Run,
    made: Path,
    kind: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    more = {}
    if kind == "pg":
        more["ZHOLDAMA_DATABASE_URL"] = request.getfixturevalue("postgres_url")
        assert run("db", "upgrade", **more).returncode == 0
    off(monkeypatch, timedelta(hours=-1))
    told = said(run, "worker", **more)
    assert re.search(r"is 3(600|599|601) s behind", told), told
    off(monkeypatch, timedelta(seconds=75))
    assert re.search(r"is 7\d s ahead", one_sentence(run("serve", "--port", "0", **more)))
    # Who looks, or comes to mend it, is not kept out.
    assert run("audit", "verify", **more).returncode == 0
    assert "clock" in run("doctor", **more).stdout


@pytest.mark.parametrize(("seconds", "demo"), [(50, False), (-50, False), (3600, True)])
def test_a_clock_that_is_a_little_off_is_logged(
    made: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    seconds: int,
    demo: bool,
) -> None:
    """The demo's too, however far it is off."""
    off(monkeypatch, timedelta(seconds=seconds))
    settings = Settings(extensions=domains(), demo=demo)
    with opened(settings, works=True):
        pass
    assert f"{seconds:+d}." in caplog.text or f"{seconds - 1:+d}.9" in caplog.text


# Two on one file.


def test_two_executors_on_one_file_are_refused(run: Run, process: Run, made: Path) -> None:
    (made / "link.db").symlink_to(made / "var/zholdama.db")
    with running(made, "serve", "--port", str(free_port()), until="listens on"):
        for address in ("sqlite:///var/zholdama.db", f"sqlite:///{made}/link.db"):
            for command in (("worker",), ("serve", "--port", "0")):
                told = one_sentence(run(*command, ZHOLDAMA_DATABASE_URL=address))
                assert "(zholdama serve --port" in told
        said(run, "worker")
        assert run("audit", "verify").returncode == 0, "who only looks may"
    with running(made, "worker", until="Working as"):
        pass


def test_a_killed_executor_leaves_its_file_free(run: Run, made: Path) -> None:
    first = Child("first", ["worker"], folder=made, environment=environment())
    first.start()
    try:
        first.wait_ready()
        assert str(first.pid) in one_sentence(run("worker"))
        first.kill()
        with running(made, "worker", until="Working as"):
            pass
    finally:
        first.stop()


@pytest.mark.postgresql
def test_any_number_may_work_on_postgresql(run: Run, made: Path, postgres_url: str) -> None:
    from_environment = {
        "ZHOLDAMA_DATABASE_URL": postgres_url,
        "ZHOLDAMA_KEY_FILE": str(made / "other.keys"),
    }
    assert run("db", "upgrade", **from_environment).returncode == 0
    pair = [
        Child(name, ["worker"], folder=made, environment=environment() | from_environment)
        for name in ("one", "two")
    ]
    try:
        for one in pair:
            one.start()
        for one in pair:
            one.wait_ready()
        assert all(one.alive() for one in pair)
    finally:
        assert [one.stop() for one in pair] == [0, 0]
