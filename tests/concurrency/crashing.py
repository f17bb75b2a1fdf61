"""Processes that die at a chosen moment, and what must hold whenever one has died."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from time import sleep
from typing import Any

from sqlalchemy import event

from engine import bpmn
from engine.services import bundles
from tests.concurrency.jobs_world import World

#: Exit code of a process that died where it was told to.
DIED = 77
#: After this much time another executor takes over what a dead one had.
LEASE = timedelta(seconds=31)


class Fuse:
    """Ends the process at its n-th moment: before and after each statement, before each commit."""

    def __init__(self, moment: int) -> None:
        self.left = moment

    def burn(self, *_: object) -> None:
        self.left -= 1
        if self.left == 0:
            os._exit(DIED)

    def lay(self, world: World) -> None:
        engine = world.database.engine
        for moment in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(engine, moment, self.burn)


def dies_at(world: World, moment: int, act: Callable[[], object]) -> bool:
    """Act in a process of its own that dies at a moment; tell whether it did, or lived to the end.

    A forked child, because a new interpreter for each of some hundred moments takes a second. No
    connection is open across the fork.
    """
    child = _forked(world, lambda: (Fuse(moment).lay(world), act()))
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in {0, DIED}, f"the child ended with {code}"
    return code == DIED


def side_by_side(world: World, sign: Path, acts: Sequence[Callable[[], object]]) -> list[int]:
    """Act in processes of their own, all from the moment `sign` is there; return their exit codes.

    0: it lived to the end; 1: it raised, which is printed.
    """

    def when_told(act: Callable[[], object]) -> Callable[[], object]:
        def run() -> None:
            while not sign.exists():
                sleep(0.0005)
            act()

        return run

    children = [_forked(world, when_told(act)) for act in acts]
    sign.touch()
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def _forked(world: World, act: Callable[[], object]) -> int:
    world.database.close()
    child = os.fork()
    if child:
        return child
    try:
        act()
    # Nothing may come back into the test's own frames: a second pytest would run on.
    except BaseException as error:  # noqa: BLE001
        print(f"child: {type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201
        os._exit(1)
    os._exit(0)


def check(world: World, number: str = "", *, chain: bool = True) -> None:
    """Check what must hold at any time, however many processes have died.

    The live state of every case (or of those of one number) and the rows agree: each open user
    task, timer and handler of the state has exactly one row and the other way round; each line of
    history stands once; the audit chain verifies.
    """
    lines: Counter[tuple[str, ...]] = Counter()
    for case in world.table("instance", **({"business_key": number} if number else {})):
        if case.status == "active":
            _agree(world, case.id, _standing(world, case))
        events = world.table("event", instance_id=case.id)
        lines.update((row.instance_id, row.what, row.element, row.token) for row in events)
    assert max(lines.values(), default=0) <= 1, "a line of history stands twice"
    assert not chain or world.chain_holds()


def _standing(world: World, case: Any) -> list[bpmn.OpenToken]:
    with world.database.reading() as uow:
        bundle = bundles.of_definition(uow, world.ctx, case.definition_id)
        definition = bundle.definition(case.process)
        return bpmn.overview(definition, uow.instances.state(case.id))


def _agree(world: World, case: str, standing: list[bpmn.OpenToken]) -> None:
    tasks = sorted(one.token.hex for one in standing if one.kind == "userTask")
    assert tasks == sorted(row.id for row in world.open(case))
    waiting = Counter(
        row.token
        for row in world.jobs(instance_id=case)
        if row.state in {"ready", "claimed", "dead"} and row.kind in {"handler", "timer"}
    )
    handlers = [one.token.hex for one in standing if one.kind == "serviceTask"]
    assert all(waiting[token] == 1 for token in handlers), "a service task without its one job"
    tokens = {one.token.hex for one in standing}
    assert set(waiting) <= tokens, "a job for a token that is not open"
    assert max(waiting.values(), default=0) <= 1
