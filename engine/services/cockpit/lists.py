"""The lists of which rows can be chosen for a batch."""

from collections.abc import Mapping

from engine.errors import NotFound
from engine.model.text import text
from engine.services.cockpit import carriage, deadlines, incidents, jobs, search
from engine.services.cockpit.operations import Subject
from engine.services.cockpit.selecting import Listing

#: All lists by the name that forms give.
LISTS: Mapping[str, Listing] = {
    "cases": Listing(subject=Subject.CASE, walk=search.walk, title=text("Cases")),
    "incidents": Listing(subject=Subject.INCIDENT, walk=incidents.walk, title=text("Incidents")),
    "jobs": Listing(subject=Subject.JOB, walk=jobs.walk, title=text("Jobs")),
    "deadlines": Listing(
        subject=Subject.CASE, walk=deadlines.walk, title=text("Cases whose deadlines change")
    ),
    "versions": Listing(
        subject=Subject.CASE, walk=carriage.walk, title=text("Cases on an older version")
    ),
}


def listing(name: str) -> Listing:
    """Return a list; `NotFound`."""
    found = LISTS.get(name)
    if found is None:
        raise NotFound(text("There is no such list"))
    return found
