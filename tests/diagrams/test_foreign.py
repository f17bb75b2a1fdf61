"""`zholdama check` on what other tools draw, and on what nobody should send: it names the place.

Everything runs as a process of its own with a bound on its memory and its time.
"""

import copy
import json
import random
import resource
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from engine import bpmn
from tests.faults.conftest import FULL
from tests.unit.bpmn.drawing import Case, end, file, flow, gateway, node, start, user, way

HERE = Path(__file__).parent
MEGABYTE = 1024 * 1024
#: What a check may use: of memory (resident), of address space, seconds of CPU.
MOST_MEMORY, MOST_SPACE, MOST_SECONDS = 256 * MEGABYTE, 1536 * MEGABYTE, 60
#: What is run: the command, which writes down at its end how much memory it has had resident. What
#: the system counts for a child begins with what its parent had.
COMMAND = """
import sys
from pathlib import Path
peak = Path(sys.argv.pop(1))
from engine.cli import main
try:
    main()
finally:
    lines = Path("/proc/self/status").read_text().splitlines()
    peak.write_text(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""


@dataclass
class Run:
    """A check that ended."""

    code: int
    memory: int
    report: dict[str, Any]

    @property
    def problems(self) -> list[dict[str, Any]]:
        return list(self.report["problems"])


def bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_SPACE, MOST_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def check(place: Path, out: Path) -> Run:
    """Run ``zholdama check --json``; whatever it writes is kept in a file."""
    peak = out.with_suffix(".peak")
    with out.open("wb") as told:
        child = subprocess.run(
            [sys.executable, "-c", COMMAND, str(peak), "check", "--json", str(place)],
            stdout=told,
            stderr=subprocess.STDOUT,
            preexec_fn=bounded,
            check=False,
        )
    said = out.read_text(encoding="utf-8")
    assert said.startswith("{"), said[-2000:]
    return Run(child.returncode, int(peak.read_text()) * 1024, json.loads(said))


def test_diagrams_of_other_tools_are_refused_with_line_and_element(tmp_path: Path) -> None:
    run = check(HERE / "foreign", tmp_path / "told.json")
    expected = tomllib.loads((HERE / "foreign.toml").read_text(encoding="utf-8"))
    assert len(expected) >= 10
    found: dict[str, list[str]] = {name: [] for name in expected}
    for one in run.problems:
        if one["severity"] == "error":
            code, element = one["code"].removeprefix("bpmn."), one["element"] or "-"
            found[Path(one["file"]).stem].append(f"{code} {element} {one['line']}")
            assert one["message"]
    assert found == expected
    assert run.code == 1
    assert run.memory < MOST_MEMORY


# --- what nobody should send ----------------------------------------------------------------------


def definitions(inner: str) -> bytes:
    head = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">'
    return f"{head}{inner}</definitions>".encode()


def row(kind: str, number: int) -> str:
    names = [f"n{at}" for at in range(number)]
    drawn = "".join(node(kind, name) for name in names)
    return start() + drawn + end() + way(" ".join(["s", *names, "e"]))


def web(number: int) -> str:
    """Gateways that lead to each other at random."""
    chance = random.Random(11)
    names = [f"g{at}" for at in range(number)]
    kinds = [chance.choice(["exclusive", "parallel", "inclusive"]) for _ in names]
    drawn = "".join(gateway(kind, name) for kind, name in zip(kinds, names, strict=True))
    flows = "".join(flow(one, two) for one, two in pairwise(names))
    for at in range(number):
        flows += flow(names[at], chance.choice(names), "x", name=f"w{at}")
    return start() + drawn + end() + flow("s", names[0]) + flows + flow(names[-1], "e", "x")


def choices(number: int) -> str:
    """An inclusive split with more subsets than there are seconds."""
    names = [f"u{at}" for at in range(number)]
    drawn = start() + gateway("inclusive", "f") + gateway("parallel", "j") + user(*names) + end()
    return (
        drawn + way("s f") + "".join(flow("f", n, "x") + flow(n, "j") for n in names) + way("j e")
    )


def nested(depth: int) -> str:
    inner = start("s_0") + end("e_0") + way("s_0 e_0")
    for at in range(1, depth):
        inner = start(f"s_{at}") + node("subProcess", f"p_{at}", inner) + end(f"e_{at}")
        inner += way(f"s_{at} p_{at} e_{at}")
    return inner


def evil() -> Iterator[tuple[str, bytes]]:
    fine = file(start() + user("a") + end() + way("s a e"))
    chance = random.Random(5)
    yield "empty", b""
    yield "binary", chance.randbytes(100_000)
    yield "picture", b"\x89PNG\r\n\x1a\n" + chance.randbytes(1000)
    yield "zeros", b"\0" * 1_000_000
    yield "truncated", fine[: len(fine) // 2]
    yield "cut-in-a-letter", "<a>Қ".encode()[:-1]
    yield "too-large", b"<a>" + b" " * (6 * MEGABYTE) + b"</a>"
    yield "long-attribute", fine.replace(b'id="a"', b'id="a" name="' + b"x" * 5_000_000 + b'"')
    yield "long-id", fine.replace(b'"a"', b'"' + b"i" * 100_000 + b'"')
    yield "deep", b"<a>" * 100_000 + b"</a>" * 100_000
    yield "itself-inside", file(start() + node("subProcess", "p", nested(3)) + end() + way("s p e"))
    yield (
        "calls-itself",
        file(start() + node("callActivity", "c", calledElement="p") + end() + way("s c e")),
    )
    bomb = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    yield "bomb", f'<!DOCTYPE a [<!ENTITY l0 "ha">{bomb}]><a>&l11;</a>'.encode()
    yield "file-entity", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'
    yield "bomb-in-utf-16", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode("utf-16")
    yield "wrong-encoding", fine.replace(b'id="a"', 'id="a" name="Кезек"'.encode("cp1251"))
    yield "said-utf-16", fine.replace(b"UTF-8", b"UTF-16")
    yield "unknown-encoding", fine.replace(b"UTF-8", b"EBCDIC-CP-XX")
    yield from evil_diagrams(fine)


def evil_diagrams(fine: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what is a diagram, or nearly."""
    yield (
        "one-id-twice",
        definitions('<process id="p" isExecutable="true"><startEvent id="s"/></process>' * 2),
    )
    yield "nested-subprocesses", file(nested(200))
    yield "many-elements", definitions("<message/>" * 120_000)
    yield "many-tasks", file(row("userTask", 6000))
    yield "many-gateways", file(row("exclusiveGateway", 2000))
    yield "web-of-gateways", file(web(2000))
    yield "all-subsets", file(choices(60))
    condition = b"<conditionExpression>" + b"(" * 50_000 + b"</conditionExpression>"
    yield "deep-condition", fine.replace(b"></sequence", b">" + condition + b"</sequence", 1)
    yield (
        "flows-to-nowhere",
        file(start() + end() + "".join(flow("s", f"x{n}") for n in range(9000))),
    )
    yield "namespaces", definitions("".join(f'<x:a xmlns:x="urn:{n}"/>' for n in range(20_000)))


#: Of these nothing has to be an error: large, odd, and yet a diagram.
FINE = {"long-attribute", "calls-itself", "many-gateways", "long-id"}


def held(run: Run, names: set[str]) -> None:
    told = {name: [p for p in run.problems if Path(p["file"]).stem == name] for name in names}
    for name in names - FINE:
        errors = [one for one in told[name] if one["severity"] == "error"]
        assert errors, f"{name} is let through"
        assert all(one["message"] for one in errors)
    assert run.memory < MOST_MEMORY, f"{run.memory / MEGABYTE:.0f} MB"


def test_no_file_makes_the_check_crash_or_hang_or_eat_memory(tmp_path: Path) -> None:
    files = dict(evil())
    folder = tmp_path / "processes"
    folder.mkdir()
    for name, data in files.items():
        (folder / f"{name}.bpmn").write_bytes(data)
    began = time.monotonic()
    run = check(folder, tmp_path / "told.json")
    assert run.code == 1
    held(run, set(files))
    assert time.monotonic() - began < 2 * MOST_SECONDS


@pytest.mark.skipif(not FULL, reason="a process for each file takes a minute")
@pytest.mark.parametrize("name", [name for name, _ in evil()])
def test_each_file_by_itself(name: str, tmp_path: Path) -> None:
    place = tmp_path / f"{name}.bpmn"
    place.write_bytes(dict(evil())[name])
    held(check(place, tmp_path / "told.json"), {name})


def test_damaged_diagrams_of_other_tools_never_break_the_reader() -> None:
    """Elements left out, doubled, put elsewhere, attributes exchanged: findings, never an error."""
    sources = [path.read_bytes() for path in sorted((HERE / "foreign").glob("*.bpmn"))]
    sources += [path.read_bytes() for path in sorted((HERE / "soundness").glob("*.bpmn"))[::6]]
    chance, whole = random.Random(3), 0
    for _ in range(3000 if FULL else 150):
        root = ET.fromstring(chance.choice(sources))
        for _ in range(chance.randint(1, 4)):
            damage(root, chance)
        parsed = bpmn.parse(ET.tostring(root, encoding="utf-8"), "damaged.bpmn")
        whole += bool(parsed.processes)
        assert parsed.problems or parsed.processes
        assert all(one.code and one.line >= 0 for one in parsed.problems)
    assert whole, "some damage does no harm"


def damage(root: ET.Element, chance: random.Random) -> None:
    above = [item for item in root.iter() if len(item)] or [root]
    one, two = chance.choice(above), chance.choice(above)
    item = chance.choice(list(one) or [root])
    kind = chance.randrange(4)
    if kind == 0 and item is not root:
        one.remove(item)
    elif kind == 1:
        two.append(copy.deepcopy(item))
    elif kind == 2 and item is not root:
        item.tag = chance.choice(list(two) or [root]).tag
    elif item.attrib:
        name = chance.choice(list(item.attrib))
        values = [value for other in two for value in other.attrib.values()]
        item.set(name, chance.choice([*values, "", "-1", "x" * 1000]))


def test_six_hundred_elements_in_a_row_are_checked_and_run() -> None:
    began = time.process_time()
    case = Case(file(row("userTask", 600)))
    assert time.process_time() - began < 3
    for at in range(600):
        case.complete(f"n{at}")
    assert case.done
