"""Who looked at risks and restricted answers (S-7.3): every page that shows them says so.

The engine's audit log keeps who, when and at which page; what is named here is whose they are.
"""

from collections.abc import Iterable, Mapping

from engine.services.views import TaskView
from engine.web import recording
from handlers.support.pages.telling import Answer
from handlers.support.records.seen import Board, MeasureSeen

#: Names of fields that speak of risks.
FIELDS = ("risks", "risk_level", "risk_note")


def of_plan(found: Board) -> None:
    """Note a look at the risks of a plan's people."""
    for person in sorted({one.person for one in found.risks}):
        recording.restricted("risks", f"plan:{found.plan.number}", f"person:{person}")


def of_measure(found: MeasureSeen) -> None:
    """Note a look at the risks of whom a measure is for, also in its reports."""
    if found.risks or any(one.risks for one in found.reports):
        person = found.measure.person or (found.member.id if found.member else "")
        recording.restricted("risks", f"measure:{found.measure.number}", f"person:{person}")


def of_answers(number: str, found: Iterable[Answer]) -> None:
    """Note a look at a list with restricted answers of a plan."""
    for one in found:
        if one.restricted:
            of_answer(number, one.id)


def of_answer(number: str, answer: str) -> None:
    """Note a look at a restricted answer."""
    recording.restricted("answer", f"plan:{number}", f"answer:{answer}")


def of_task(view: TaskView) -> None:
    """Note a look at risks in what was sent, or in a colleague's open form."""
    said = view.sent.values if view.sent else {} if view.mine else view.values
    if any(_speaks(row) for row in (said, *_rows(said))):
        recording.restricted("risks", f"case:{view.business_key}", f"task:{view.task_id}")


def _rows(said: Mapping[str, object]) -> list[Mapping[str, object]]:
    found = said.get("members")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _speaks(row: Mapping[str, object]) -> bool:
    return any(row.get(name) for name in FIELDS)
