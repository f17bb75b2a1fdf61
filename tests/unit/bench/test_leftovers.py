"""Whatever ends a bench: no folder and no process of it stays behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from engine.bench import leftovers

#: A bench that makes itself at home on PostgreSQL, says so, and works until it is ended.
BENCH = """
import sys
import time
from engine.cli.grounds import cleared, throw_away
with cleared(), throw_away(sys.argv[1]) as (url, folder):
    print(folder, flush=True)
    time.sleep(60)
"""
ROOT = Path(__file__).parents[3]


@pytest.fixture(params=["postgresql"])
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """A bench under way in a folder of its own, with a server of its own on PostgreSQL."""
    mine = {name: said for name, said in os.environ.items() if not name.startswith("ZHOLDAMA")}
    started = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", BENCH, request.param],
        cwd=tmp_path,
        env=mine | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    yield started
    started.kill()
    started.wait()
    leftovers.sweep(tmp_path / "var")


def settled(started: subprocess.Popen[str], folder: Path) -> Path:
    assert started.stdout is not None
    found = folder / started.stdout.readline().strip()
    started.stdout.close()
    assert found.is_dir()
    return found


def gone(pids: set[int], patience: float = 15.0) -> bool:
    end = monotonic() + patience
    while any(leftovers._runs(pid) for pid in pids) and monotonic() < end:
        sleep(0.05)
    return not any(leftovers._runs(pid) for pid in pids)


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("bench", "number"),
    [("postgresql", signal.SIGTERM), ("sqlite", signal.SIGINT)],
    indirect=["bench"],
)
def test_a_bench_that_is_stopped_leaves_nothing(
    bench: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    found = settled(bench, tmp_path)
    theirs = set(leftovers.members(found))
    bench.send_signal(number)
    assert bench.wait(60) != 0
    assert not found.exists()
    assert gone(theirs)


@pytest.mark.postgresql
def test_what_a_killed_bench_left_the_next_one_clears(
    bench: subprocess.Popen[str], tmp_path: Path
) -> None:
    found = settled(bench, tmp_path)
    theirs = set(leftovers.members(found))
    assert theirs, "its server runs"
    assert leftovers.sweep(found.parent) == [], "it still runs"
    bench.kill()
    bench.wait()
    assert leftovers.sweep(found.parent) == [found]
    assert not found.exists()
    assert gone(theirs)


def test_a_child_is_known_by_the_folder_it_was_given(tmp_path: Path) -> None:
    with leftovers.folder(tmp_path / "var") as found:
        child = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(60)"],
            env={leftovers.VARIABLE: str(found.absolute())},
        )
        assert leftovers.members(found) == {child.pid: signal.SIGTERM}
        assert not leftovers.members(tmp_path), "another folder's are another's"
    assert child.wait(10) == -signal.SIGTERM
    assert list((tmp_path / "var").iterdir()) == []


def test_a_folder_that_was_just_made_is_nobodys_leftover(tmp_path: Path) -> None:
    young, old = tmp_path / "bench-young", tmp_path / "bench-old"
    for one in (young, old):
        one.mkdir()
    os.utime(old, (0, 0))
    assert leftovers.sweep(tmp_path) == [old]
    assert [one.name for one in tmp_path.iterdir()] == ["bench-young"]
