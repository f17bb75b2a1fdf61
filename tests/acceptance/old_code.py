"""What the release before does on the schema of today; run with its code by `test_old_release`.

    python tests/snapshots/run_in.py TREE tests/acceptance/old_code.py FOLDER

``FOLDER`` holds ``template.db``, whose schema is newer than this program, and the keys. Prints one
JSON object: what was reached.
"""

import json
import sys
from pathlib import Path

import engine
from engine.services import audit, comments, inbox, instances
from engine.services.views import Box, InboxQuery
from engine.store import Database, Keys
from handlers.registries.sandbox.families import families
from tests.acceptance.kandas_stage import prepare, start_sandbox, wired


def main(folder: Path) -> None:
    """Hire, deploy, and take a family from its first consultation to its last task."""
    keys = Keys.parse((folder / "keys").read_text())
    database = Database(f"sqlite:///{folder / 'template.db'}", keys)
    prepare(database)
    sandbox = start_sandbox(folder / "authority")
    stage = wired(database, sandbox)
    case = stage.open(families()[0], "cc.47.1", "10")
    elements = []
    while (open_ := stage.open_elements(case)) and len(elements) < 60:
        elements.append(open_[0])
        stage.work(case, open_[0])
    withdrawn = stage.open(families()[1], "cc.47.1", "10")
    admin = stage.actor("admin")
    with database.begin() as uow:
        comments.add(uow, stage.ctx, admin, withdrawn.instance, "a word")
        instances.suspend(uow, stage.ctx, admin, withdrawn.instance, "for a while")
        instances.resume(uow, stage.ctx, admin, withdrawn.instance, "again")
        instances.cancel(uow, stage.ctx, admin, withdrawn.instance, "opened by mistake")
        uow.commit()
    waiting = stage.open(families()[2], "cc.47.1", "10")
    stage.later(days=30)
    with database.reading() as uow:
        row = stage.task(waiting, stage.open_elements(waiting)[0])
        clerk = stage.holder(uow.tasks.candidates(row.id)[0])
        report = audit.verify(uow)
        told = {
            "code": str(engine.__file__),
            "elements": elements,
            "state": stage.view(case).state.value,
            "history": len(instances.history(uow, stage.ctx, admin, case.instance)),
            "inbox": len(inbox.page(uow, stage.ctx, clerk, InboxQuery(box=Box.OFFICE)).rows),
            "broken": report.broken,
            "links": report.count,
            "waiting": waiting.instance,
        }
    database.close()
    sandbox.stop()
    print(json.dumps(told))  # noqa: T201  (the answer)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
