"""Cases that earlier releases stored load and end (reliability, trial 14).

For ever: no folder of ``tests/snapshots`` is deleted. Each is named after the release whose own
code played it (`make.py` there). Its cases stand at every stage; the schema is brought up to date,
then people go on with today's code, on the diagrams, tables and forms that the cases are pinned to.
A long run has them go on on PostgreSQL as well, where `zholdama db copy` moved them.
"""

import json
import lzma
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from engine.services import audit, instances
from engine.services.views import CaseState
from engine.store import Database, Keys, migrate
from engine.store.moving import copy
from handlers.kandas.rehearsal import Case as KandasCase
from handlers.registries.sandbox.families import families
from handlers.registries.sandbox.hardships import hardships
from handlers.support.rehearsal import Case as SupportCase
from handlers.support.rehearsal import Rehearsal as SupportRehearsal
from tests.acceptance.kandas_stage import Stage, start_sandbox, wired
from tests.faults.conftest import FULL, Line, Report
from tests.moving.conftest import empty

__all__ = ["empty"]

HERE = Path(__file__).parents[1] / "snapshots"
RELEASES = sorted(path.parent.name for path in HERE.glob("*/cases.json"))
#: SQLite is what they were stored in; moving up as well takes as long again.
KINDS = ["sqlite", "postgresql"] if FULL else ["sqlite"]
#: Tasks that a case may have before its end; a plan has measures, and waits months between.
MOST = 120


class Stored:
    """A snapshot, unpacked and opened with today's code."""

    def __init__(self, stage: Stage, cases: list[dict[str, Any]]) -> None:
        self.stage, self.cases = stage, cases

    def of(self, order: str) -> list[dict[str, Any]]:
        return [one for one in self.cases if one["order"] == order]


@contextmanager
def stored(release: str, folder: Path, moved_to: str = "") -> Iterator[Stored]:
    """Open a snapshot, brought up to date; `moved_to`: address of a database to copy it to."""
    told = json.loads((HERE / release / "cases.json").read_text(encoding="utf-8"))
    path = folder / "zholdama.db"
    path.write_bytes(lzma.decompress((HERE / release / "zholdama.db.xz").read_bytes()))
    authority = folder / "authority"
    authority.mkdir()
    for name, data in told["authority"].items():
        (authority / name).write_bytes(bytes.fromhex(data))
    url, keys = f"sqlite:///{path}", Keys.parse(told["keys"])
    database = Database(url, keys)
    database.upgrade()
    if moved_to:
        database.close()
        copy(url, moved_to, keys)
        database = Database(moved_to, keys)
    sandbox = start_sandbox(authority)
    stage = wired(database, sandbox)
    stage.clock.set(datetime.fromisoformat(told["at"]))
    try:
        yield Stored(stage, told["cases"])
    finally:
        database.close()
        sandbox.stop()


def test_there_is_a_snapshot_of_the_first_release() -> None:
    assert "ad8735b" in RELEASES
    assert len(RELEASES) >= 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.slow
def test_every_case_of_a_release_comes_to_its_end(
    release: str, kind: str, tmp_path: Path, request: pytest.FixtureRequest, report: Report
) -> None:
    moved_to = request.getfixturevalue("empty") if kind == "postgresql" else ""
    with stored(release, tmp_path, moved_to) as found:
        assert migrate.differences(found.stage.database.engine) == []
        elements = {row for one in found.cases for row in open_elements(found.stage, one)}
        assert elements >= {"consultation", "registration", "head_check", "move", "rework"}
        for one in found.of("kandas"):
            to_the_end(found.stage, one)
        for one in found.of("support"):
            plan_to_the_end(found.stage, one)
        with found.stage.reading() as uow:
            assert audit.verify(uow).broken == 0
    report(
        Line(
            trial=14,
            database=kind,
            what=f"cases stored by release {release}, standing at {len(elements)} elements",
            figure=f"{len(found.cases)} of {len(found.cases)} loaded and came to their end",
            goal="load and finish",
        )
    )


def open_elements(stage: Stage, one: dict[str, Any]) -> list[str]:
    return [row.element for row in stage.open_tasks(one["instance"])]


def ended(stage: Stage, instance: str) -> bool:
    with stage.reading() as uow:
        view = instances.view(uow, stage.ctx, stage.actor("admin"), instance)
    assert not view.incidents, f"{view.business_key}: {view.incidents}"
    return view.state is CaseState.COMPLETED


def to_the_end(stage: Stage, one: dict[str, Any]) -> None:
    case = KandasCase(
        family=families()[one["family"]],
        number=one["number"],
        instance=one["instance"],
        origin=one["origin"],
        destination=one["destination"],
    )
    for _ in range(MOST):
        open_ = stage.open_elements(case)
        if not open_:
            break
        stage.work(case, open_[0])
    assert ended(stage, case.instance), f"{case.number} stands at {stage.open_elements(case)}"


def plan_to_the_end(stage: Stage, one: dict[str, Any]) -> None:
    rehearsal = SupportRehearsal.on(stage)
    case = SupportCase(
        come=hardships()[one["family"]],
        number=one["number"],
        instance=one["instance"],
        centre=one["centre"],
        place=hardships()[one["family"]].family.place,
        wanted=["meals", "psychologist"],
    )
    for _ in range(MOST):
        waiting = rehearsal.waiting(case)
        if not waiting and ended(stage, case.instance):
            return
        if waiting:
            row = waiting[0]
            measure = int(row.business_key.partition("/")[2] or 0)
            rehearsal.work(case, row.element, measure=measure)
        else:
            stage.later(days=1)
    pytest.fail(f"{case.number} stands at {[row.element for row in rehearsal.waiting(case)]}")
