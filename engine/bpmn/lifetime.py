"""``camunda:historyTimeToLive`` of a process: for how long a case is kept after its end."""

import re

from engine.bpmn.findings import Findings, camunda
from engine.model.text import text
from engine.xml import Element

#: A number of days, or an ISO duration in days, weeks or years, as Camunda's users write it.
_WRITTEN = re.compile(r"(?P<plain>\d{1,6})|P(?P<number>\d{1,6})(?P<unit>[DWY])")
_DAYS = {"D": 1, "W": 7, "Y": 366}


def days_kept(process: Element, findings: Findings) -> int | None:
    """Return the days; None for none. What cannot be read is an error, not "for ever"."""
    said = camunda(process, "historyTimeToLive").strip()
    if not said:
        return None
    found = _WRITTEN.fullmatch(said)
    if found is None:
        findings.error(
            process,
            "bpmn.time-to-live",
            text(
                "historyTimeToLive is {said}; write days, e.g. 3660, or a duration, e.g. P3660D",
                said=said,
            ),
        )
        return None
    if found["plain"]:
        return int(found["plain"])
    return int(found["number"]) * _DAYS[found["unit"]]
