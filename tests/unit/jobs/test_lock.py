"""One executor per SQLite file."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.errors import Unavailable
from engine.i18n import translate
from engine.jobs import lock

HOLDING = """
import sys
from pathlib import Path
from engine.jobs.lock import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held(file: Path) -> Iterator[subprocess.Popen[str]]:
    """Have another process hold the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that stands for a database; the lock never opens it."""
    (tmp_path / "z.db").write_bytes(b"")
    return tmp_path / "z.db"


def test_the_second_is_told_who_the_first_is(file: Path) -> None:
    with held(file) as other, pytest.raises(Unavailable) as refused, lock.alone(file):
        pytest.fail("both hold it")
    told = refused.value.text
    assert told.params["pid"] == other.pid
    assert told.params["command"] == f"-c {file}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", str(told.params["since"]))
    assert len({translate(told, language) for language in ("kk", "ru", "en")}) == 3
    with lock.alone(file):
        assert json.loads(lock.place_of(file).read_text())["pid"] == os.getpid()
    assert lock.place_of(file).read_text() == ""


def test_one_process_cannot_hold_it_twice(file: Path) -> None:
    with lock.alone(file), pytest.raises(Unavailable), lock.alone(file):
        pytest.fail("both hold it")


def test_another_path_to_the_file_is_no_way_around(file: Path, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(file)
    (tmp_path / "folder").symlink_to(tmp_path)
    with held(file):
        for other in (tmp_path / "link.db", tmp_path / "folder/z.db", tmp_path / "folder/link.db"):
            with pytest.raises(Unavailable), lock.alone(other):
                pytest.fail(f"{other} is the same file")


def test_a_killed_process_blocks_nobody(file: Path) -> None:
    with held(file) as other:
        other.send_signal(signal.SIGKILL)
        other.wait(10)
        assert lock.place_of(file).read_text(), "its note is still there"
        with lock.alone(file):
            pass


def test_an_error_inside_lets_go(file: Path) -> None:
    with pytest.raises(ValueError, match="inside"), lock.alone(file):
        raise ValueError("inside")
    with lock.alone(file):
        pass


def test_a_note_that_nobody_can_read_still_refuses(file: Path) -> None:
    with held(file):
        for nonsense in ("", "{", "[]", '{"pid": 1}'):
            lock.place_of(file).write_text(nonsense)
            with pytest.raises(Unavailable, match="Another process"), lock.alone(file):
                pytest.fail("both hold it")


def test_a_server_needs_no_lock() -> None:
    with lock.alone(None), lock.alone(None):
        pass


def test_a_system_without_locks_goes_on_and_says_so(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lock, "fcntl", None)
    with lock.alone(file), lock.alone(file):
        pass
    assert "flock" in caplog.text
