"""Makes the snapshot of a release: cases of its domains at every stage, played with its own code.

    python tests/snapshots/run_in.py TREE tests/snapshots/make.py FOLDER

``TREE`` is the code of the release, e.g. from ``git archive``. Works with every release since
ad8735b: what it asks of a rehearsal has been there since. The case number N has had N things done
to it by people; the last one of order 170 is at its end, one more was returned.
"""

import json
import lzma
import sqlite3
import sys
import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

import engine.services.accounts
from engine.store import Database, Keys
from handlers.kandas import staff
from handlers.registries.sandbox.families import families
from tests.acceptance.kandas_stage import make_template, start_sandbox, wired

#: Things that people do before a case of order 170, and a plan of order 74, is at its end.
KANDAS, SUPPORT = 17, 15
#: Nobody signs in to a snapshot.
engine.services.accounts._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def main(folder: Path) -> None:
    """Play, and write the database, its keys, the demo's authority and the list of cases."""
    folder.mkdir(parents=True)
    written = Keys.generate()
    keys = Keys.parse(written)
    there = find_spec("handlers.support") is not None
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        casts = [staff] + ([import_module("handlers.support.staff")] if there else [])
        path = make_template(place, keys, casts) if there else make_template(place, keys)
        sandbox = start_sandbox(place / "authority")
        stage = wired(Database(f"sqlite:///{path}", keys), sandbox)
        cases = [kandas(stage, number) for number in range(KANDAS)]
        cases += [returned(stage)]
        cases += [support(stage, number) for number in range(0, SUPPORT if there else 0, 2)]
        moment = stage.clock.now()
        stage.database.close()
        sandbox.stop()
        keep(path, folder)
        authority = {one.name: one.read_bytes().hex() for one in (place / "authority").iterdir()}
    whole = {"at": moment.isoformat(), "keys": written, "authority": authority, "cases": cases}
    text = json.dumps(whole, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    (folder / "cases.json").write_text(text, encoding="utf-8")


def keep(path: Path, folder: Path) -> None:
    """Write a SQLite file as small as it can be."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.execute("VACUUM")
    connection.close()
    (folder / "zholdama.db.xz").write_bytes(lzma.compress(path.read_bytes(), preset=9))


def told(order: str, number: int, case: Any) -> dict[str, object]:
    """Return what a player has to know to go on."""
    return {
        "order": order,
        "family": number,
        "number": case.number,
        "instance": case.instance,
        "origin": getattr(case, "origin", ""),
        "destination": getattr(case, "destination", ""),
        "centre": getattr(case, "centre", ""),
    }


def kandas(stage: Any, steps: int) -> dict[str, object]:
    """Play a case of order 170 for so many steps."""
    case = stage.open(families()[steps], "cc.47.1", "10")
    for _ in range(steps):
        open_ = stage.open_elements(case)
        if not open_:
            break
        stage.work(case, open_[0])
    return told("kandas", steps, case)


def returned(stage: Any) -> dict[str, object]:
    """Play a case of order 170 into its rework."""
    case = stage.open(families()[KANDAS], "cc.47.1", "10")
    while stage.open_elements(case)[0] != "head_check":
        stage.work(case, stage.open_elements(case)[0])
    said = import_module("handlers.kandas.demo")
    field, remark = said.REMARKS["head_check"]
    found = getattr(said, "FOUND", {}).get("head_check", {})
    values = {**found, "decision": "return"}
    stage.work(case, "head_check", {**values, "remarks": [{"field": field, "text": remark}]})
    return told("kandas", KANDAS, case)


def support(stage: Any, steps: int) -> dict[str, object]:
    """Play a plan of order 74 for so many steps."""
    rehearsal = import_module("handlers.support.rehearsal").Rehearsal.on(stage)
    come = import_module("handlers.registries.sandbox.hardships").hardships()[steps]
    case = rehearsal.open(come, "fsc.47.1", ["meals", "psychologist"])
    for _ in range(steps):
        waiting = rehearsal.waiting(case)
        if not waiting:
            break
        row = waiting[0]
        rehearsal.work(case, row.element, measure=int(row.business_key.partition("/")[2] or 0))
    return told("support", steps, case)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
