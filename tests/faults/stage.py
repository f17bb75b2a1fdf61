"""An installation whose processes may die and whose database may go away."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.jobs import cluster
from tests.concurrency.crashing import check
from tests.concurrency.jobs_diagrams import END, START, flow, process, service, timer
from tests.faults.outer import ADDRESS, HANDLER, TOPIC
from tests.faults.outside import Outside
from tests.faults.site import Site

#: begun → a second passes → call (handler, an outside system) → work (user, one form) → done.
ERRAND = process(
    "errand",
    START,
    f'<intermediateCatchEvent id="moment">{timer("PT1S")}</intermediateCatchEvent>',
    service("call", TOPIC, key="${key}"),
    '<userTask id="work" camunda:candidateGroups="clerk@office" camunda:formKey="work"/>',
    END,
    flow("begun", "moment", "call", "work", "done"),
)
#: The same without waiting.
AT_ONCE = process(
    "at_once",
    START,
    service("call", TOPIC, key="${key}"),
    '<userTask id="work" camunda:candidateGroups="clerk@office" camunda:formKey="work"/>',
    END,
    flow("begun", "call", "work", "done"),
)
FORM = b"""{"type": "default", "id": "work", "schemaVersion": 19, "components": [
 {"type": "textarea", "id": "A", "key": "note", "label": "note", "validate": {"required": true}}
]}"""


class Stage(Site):
    """A site with an outside system."""

    outside: Outside

    def open(self, instance: str) -> list[Any]:
        return self.table("user_task", status="open", instance_id=instance)

    def jobs(self, state: str = "", **equal: object) -> list[Any]:
        return self.table("job", **({"state": state} if state else {}), **equal)

    def consistent(self) -> None:
        """Check that the state of each case and the rows agree, each row once, and the chain."""
        check(self)  # type: ignore[arg-type]

    def states(self) -> Counter[str]:
        """Count the jobs of the handler by state."""
        return Counter(row.state for row in self.jobs(kind="handler"))


@contextmanager
def staged(url: str, folder: Path, outside: Outside, **environment: str) -> Iterator[Stage]:
    """Set the office up; `environment` is its processes'."""
    folder.mkdir(exist_ok=True)
    site = Stage(url, folder, keys=environment.get("ZHOLDAMA_KEYS", ""))
    site.outside = outside
    site.ctx.extensions.add_handler(HANDLER)
    site.environment |= {
        "ZHOLDAMA_EXTENSIONS": "tests.faults.outer",
        "ZHOLDAMA__" + ADDRESS.upper().replace(".", "__"): outside.address,
        **environment,
    }
    if site.database.dialect == "postgresql":
        cluster.install(site.database)
        site.environment["ZHOLDAMA_JOBS"] = "clustered"
    try:
        site.deploy(ERRAND, AT_ONCE, forms={"forms/work.json": FORM})
        yield site
    finally:
        site.close()
