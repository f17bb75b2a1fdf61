"""The command line as a person types it: real processes, a folder of one's own."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest

from tests.concurrency.jobs_diagrams import WAITING

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).parent / "zholdama"
LINE = re.compile(r"^\S+:\d+ \S+: .+$")

Run = Callable[..., subprocess.CompletedProcess[str]]


def environment(**more: str) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("ZHOLDAMA")}
    return ours | {"ZHOLDAMA_LANG": "en"} | more


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command in an empty folder, in English; returns code, output, errors."""

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, *arguments],
            cwd=tmp_path,
            env=environment(**more),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_check_of_the_projects_own_processes_finds_no_error() -> None:
    done = subprocess.run(
        [PROGRAM, "check", "processes/"],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    *findings, summary = done.stdout.splitlines()
    assert all(LINE.match(line) for line in findings), findings
    assert "no errors" in summary


def test_check_names_file_line_element_and_remedy(run: Run, tmp_path: Path) -> None:
    bad = WAITING.replace(b"P1D", b"tomorrow").replace(b"<userTask", b"\n\n<userTask")
    (tmp_path / "bad.bpmn").write_bytes(bad.replace(b"camunda:candidateGroups", b"camunda:formKey"))
    done = run("check", "bad.bpmn")
    assert done.returncode == 1
    *findings, summary = done.stdout.splitlines()
    assert all(LINE.match(line) for line in findings), findings
    assert any(line.startswith("bad.bpmn:3 after: ") for line in findings), findings
    assert re.match(r"^\d+ errors, \d+ warnings\.$", summary)
    as_json = run("check", "bad.bpmn", "--json")
    assert as_json.returncode == 1
    report = json.loads(as_json.stdout)
    assert report["errors"] == sum(one["severity"] == "error" for one in report["problems"])
    problem = next(one for one in report["problems"] if one["element"] == "after")
    assert set(problem) == {"file", "line", "element", "code", "severity", "message", "trace"}
    assert (problem["file"], problem["line"]) == ("bad.bpmn", 3)
    in_kazakh = run("--lang", "kk", "check", "bad.bpmn")
    assert "қате" in in_kazakh.stdout.lower()


def test_a_hostile_file_is_a_finding_not_a_crash(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.bpmn").write_bytes(b'<!DOCTYPE x [<!ENTITY a "b">]><definitions/>')
    (tmp_path / "b.bpmn").write_bytes(b"not xml at all")
    (tmp_path / "c.bpmn").write_bytes(b"<a>" + b" " * 6_000_000 + b"</a>")
    (tmp_path / "d.dmn").write_bytes(b"\x00\xff")
    (tmp_path / "e.json").write_bytes(b"[1,")
    done = run("check", ".")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for name in ("a.bpmn", "b.bpmn", "c.bpmn", "d.dmn", "e.json"):
        assert any(line.startswith(f"{name}:") for line in done.stdout.splitlines()), name


def test_from_nothing_to_a_verified_installation(run: Run, tmp_path: Path) -> None:
    assert "db upgrade" in one_sentence(run("audit", "verify"))
    assert run("db", "upgrade").returncode == 0
    again = run("db", "upgrade")
    assert again.stdout.strip() == "The schema is up to date."
    (tmp_path / "processes").mkdir()
    (tmp_path / "processes/waiting.bpmn").write_bytes(WAITING)
    first = run("deploy", "processes", "--note", "first")
    assert first.returncode == 0, first.stderr
    again = run("deploy", "processes")
    made = first.stdout.partition(" as ")[2].partition(".")[0]
    assert again.stdout.strip() == f"Nothing changed: {made} stands."
    added = run("user", "add", "aigerim", "--name", "Айгерім", "--password", "a long password")
    assert added.returncode == 0, added.stderr
    taken = run("user", "add", "aigerim", "--name", "Айгерім", "--password", "a long password")
    assert "aigerim" in one_sentence(taken)
    said = one_sentence(
        run("user", "add", "x", "--name", "X", "--role", "clerk", "--password", "y")
    )
    assert said == "Write a role as role@organisation, not clerk."
    verified = run("audit", "verify")
    assert verified.returncode == 0
    assert verified.stdout.startswith("The chain holds: ")
    with sqlite3.connect(tmp_path / "var/zholdama.db") as database:
        database.execute("UPDATE audit SET actor = 'somebody else' WHERE number = 1")
    broken = run("audit", "verify")
    assert broken.returncode == 1
    assert broken.stdout.splitlines() == [
        "The chain is broken at entry 1.",
        "Entry 1 was changed.",
    ]


def test_the_calendar_is_seeded_shown_and_overridden(run: Run) -> None:
    run("db", "upgrade")
    shown = run("calendar", "list", "2026")
    assert "2026-03-23" in shown.stdout  # Nauryz, 21 to 23 March
    done = run("calendar", "set", "2026-07-04", "--working", "--source", "Order 1")
    assert done.returncode == 0, done.stderr
    assert run("calendar", "seed", "2026").returncode == 0
    line = next(
        row for row in run("calendar", "list", "2026").stdout.splitlines() if "07-04" in row
    )
    assert "working day" in line
    assert "Order 1" in line


def test_what_is_not_there_is_one_sentence(run: Run) -> None:
    assert one_sentence(run("check", "nowhere")) == "There is no file or folder nowhere."
    run("db", "upgrade")
    assert "Traceback" not in run("signatures", "verify", "Қ-26-00001").stderr
    one_sentence(run("signatures", "verify", "Қ-26-00001"))
    said = one_sentence(run("db", "upgrade", ZHOLDAMA_DATABASE_URL="mysql://x"))
    assert "sqlite:///" in said
    assert "ZHOLDAMA_PROT" in one_sentence(run("db", "upgrade", ZHOLDAMA_PROT="80"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_one_sentence(run: Run, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "No permission" in one_sentence(run("db", "upgrade"))


def test_decisions_on_the_command_line(run: Run) -> None:
    table = str(next((ROOT / "processes").rglob("return.dmn")))
    assert run("dmn", "eval", table, "--decision", "nothing_of_that_name").returncode == 1
    assert "not JSON" in one_sentence(run("dmn", "eval", table, "--decision=x", "--input={"))
    assert "JSON object" in one_sentence(run("dmn", "eval", table, "--decision=x", "--input=[1]"))


# What runs until it is stopped.


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def running(folder: Path, *arguments: str, until: str, **more: str) -> Iterator[list[str]]:
    """Run a command until the block ends; enters when its output says `until`."""
    output = folder / "output.txt"
    with output.open("w") as stream:
        process = subprocess.Popen(
            [PROGRAM, *arguments],
            cwd=folder,
            env=environment(PYTHONUNBUFFERED="1", **more),
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    said: list[str] = []
    try:
        end = monotonic() + 90
        while until not in output.read_text():
            assert process.poll() is None, output.read_text()
            assert monotonic() < end, output.read_text()
            sleep(0.05)
        yield said
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
        said += output.read_text().splitlines()
    assert code == 0, said


def test_a_port_in_use_is_one_sentence(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = one_sentence(run("serve", "--demo", "--port", str(port)))
    assert said == f"Port {port} is in use; choose another one with --port."


def test_serve_answers_and_stops_when_told(tmp_path: Path, run: Run) -> None:
    run("db", "upgrade")
    port = free_port()
    with running(tmp_path, "serve", "--port", str(port), until="listens on") as said:
        assert httpx.get(f"http://127.0.0.1:{port}/health", timeout=10).text == "ok\n"
        with socket.socket() as other, pytest.raises(OSError):  # noqa: PT011
            other.connect((socket.gethostbyname(socket.gethostname()), port)) if (
                socket.gethostbyname(socket.gethostname()) != "127.0.0.1"
            ) else other.connect(("127.0.0.2", port))
    assert said[-1] == "Stopped."


def test_a_worker_does_the_jobs_of_a_database_that_others_write(tmp_path: Path, run: Run) -> None:
    run("db", "upgrade")
    shutil.rmtree(tmp_path / "processes", ignore_errors=True)
    (tmp_path / "processes").mkdir()
    every_second = WAITING.replace(
        b'<startEvent id="begun"/>',
        b'<startEvent id="begun"><timerEventDefinition>'
        b'<timeCycle xsi:type="tFormalExpression">R1/PT1S</timeCycle>'
        b"</timerEventDefinition></startEvent>",
    )
    (tmp_path / "processes/waiting.bpmn").write_bytes(every_second)
    with running(tmp_path, "worker", until="Working as"):
        assert run("deploy", "processes").returncode == 0
        end = monotonic() + 20
        while not started(tmp_path):
            assert monotonic() < end, "the timer start event never fired"
            sleep(0.1)
    assert started(tmp_path) == 1


def started(folder: Path) -> int:
    with sqlite3.connect(folder / "var/zholdama.db") as database:
        found: int = database.execute("SELECT count(*) FROM instance").fetchone()[0]
        return found


def test_bench_writes_the_figures_under_their_names(run: Run, tmp_path: Path) -> None:
    only = ("--only", "step", "--only", "domains", "--only", "feel")
    done = run("bench", *only, "--rounds", "20", "--database", "sqlite", "--json", "figures.json")
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "figures.json").read_text())["sqlite"]
    assert set(figures) == {
        "complete_ms",
        "start_ms",
        "statements",
        "commits",
        "growth_ratio",
        "raw_step_ms",
        "raw_commit_ms",
    }
    assert set(figures["complete_ms"]) == set(figures["start_ms"]) == {"median", "p95"}
    assert figures["commits"] == 1
    assert figures["statements"] <= 10
    assert not list((tmp_path / "var").glob("bench-*")), "nothing is left behind"


def test_a_demo_is_there_after_one_command_and_again_without_doubles(
    tmp_path: Path, run: Run
) -> None:
    for folder in ("processes", "forms"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    port = free_port()
    counts = []
    for _ in range(2):
        with running(tmp_path, "serve", "--demo", "--port", str(port), until="listens on") as said:
            page = httpx.get(f"http://127.0.0.1:{port}/sign-in", timeout=20)
            assert page.status_code == 200
        counts.append(started(tmp_path))
    assert counts[0] == counts[1] >= 40
    assert any("Sign in with password" in line for line in said)
    assert run("audit", "verify").returncode == 0


def test_a_demo_that_was_broken_off_says_so(tmp_path: Path, run: Run) -> None:
    for folder in ("processes", "forms"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    run("db", "upgrade")
    with sqlite3.connect(tmp_path / "var/zholdama.db") as database:
        database.execute("INSERT INTO setting (name, value) VALUES ('demo', 'filling')")
    said = one_sentence(run("serve", "--demo", "--port", str(free_port())))
    assert said.startswith("The making of the demo was broken off.")
