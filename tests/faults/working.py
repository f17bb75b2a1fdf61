"""The least that can be worked on: one task with one field; and what must stand afterwards."""

from collections import Counter
from collections.abc import Sequence

from tests.concurrency.jobs_diagrams import END, START, flow, process
from tests.faults.site import Site

#: begun → work (user, one form) → done.
WORKING = process(
    "working",
    START,
    '<userTask id="work" camunda:candidateGroups="clerk@office" camunda:formKey="work"/>',
    END,
    flow("begun", "work", "done"),
)
FORM = b"""{"type": "default", "id": "work", "schemaVersion": 19, "components": [
 {"type": "textfield", "id": "A", "key": "note", "label": "note", "validate": {"required": true}}
]}"""


def started(site: Site, number: int) -> list[str]:
    """Start cases; return their open tasks."""
    for n in range(number):
        site.start("working", f"K-{n}")
    return [row.id for row in site.table("user_task", status="open")]


def written_once(site: Site, tasks: Sequence[str]) -> None:
    """Check what the tables say: every case at its end, every act written down once."""
    assert {row.status for row in site.table("instance")} == {"completed"}
    written = Counter(
        (row.what, row.token, row.element) for row in site.table("event") if row.token
    )
    assert set(written.values()) == {1}
    assert all(
        written[what, task, "work"] == 1 for what in ("claimed", "completed") for task in tasks
    )
    assert site.chain_holds()
