"""Service tasks of the approval chain that are the engine's and the records' own business."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from engine.handling import Call, Desk, Waiting, handler
from engine.model.people import Candidate
from engine.model.text import text
from handlers.kandas import records
from handlers.registries import migration_portal


class ReworkNote(BaseModel):
    """A return, as `processes/kandas/return.dmn` decided it."""

    #: Who gets it back.
    back: str
    #: Offices on the way that are told.
    inform: list[str] = []
    #: Office that returned it.
    returned_by: str
    #: Round so far.
    round: int
    #: Offices of the case.
    offices: dict[str, str]


#: Office in the decision table → role and office of the case that are told.
HEADS = {
    "career_centre": ("career_specialist", "origin_cc"),
    "mobility_origin": ("mobility_head", "origin_mc"),
    "leo_origin": ("leo_head", "origin_leo"),
}


@handler("kandas.rework.note")
def note_rework(note: ReworkNote, call: Call) -> None:
    """Count the round and tell the offices on the way.

    K-9, K-10 (A-05), K-13 (A-07).
    """

    def act(desk: Desk) -> None:
        records.update(desk.session, call.business_key, round=note.round + 1)
        told = [_candidate(HEADS[office], note.offices) for office in note.inform]
        desk.tell("kandas_rework", candidates=told)
        desk.tell("returned", candidates=[_candidate(HEADS[note.back], note.offices)])

    call.at_desk(act)


def _candidate(held: tuple[str, str], offices: dict[str, str]) -> Candidate:
    role, office = held
    return Candidate(role, offices[office])


#: Why signatures are void; translated where it is shown.
CHANGED = text("The data of the application were changed")


class VoidCommand(BaseModel):
    """Which version takes the place of the one that was signed."""

    #: Number of the new version.
    version: int


@handler("kandas.signatures.void")
def void_signatures(command: VoidCommand, call: Call) -> None:
    """Void all signatures: the data they stand under have changed.

    The chain signs the new version from K-8 on.
    """
    call.at_desk(_voided)


def _voided(desk: Desk) -> None:
    desk.void_signatures(CHANGED.msgid)


class Overdue(BaseModel):
    """A missed term."""

    #: Element ids of the tasks that share the term, separated by commas.
    task: str
    #: ``role@organisation`` of the head of the office that has it.
    head: str
    #: ``role@organisation`` of the head of the next office.
    next: str

    def elements(self) -> frozenset[str]:
        """Return the element ids."""
        return frozenset(one.strip() for one in self.task.split(","))


@handler("kandas.deadline.overdue")
def overdue(late: Overdue, call: Call) -> None:
    """Tell the person, the head and the next office's head that a term was missed.

    Digest §10. Told again at the end of each working day until the task is done.
    """
    heads = [Candidate.parse(late.head), Candidate.parse(late.next)]
    elements = late.elements()

    def act(desk: Desk) -> None:
        for waiting in desk.open_tasks():
            if waiting.element in elements:
                _tell_late(desk, waiting, heads)

    call.at_desk(act)


def _tell_late(desk: Desk, waiting: Waiting, heads: Sequence[Candidate]) -> None:
    own = [] if waiting.assignee else list(waiting.candidates)
    accounts = [waiting.assignee] if waiting.assignee else []
    desk.tell("kandas_overdue", accounts=accounts, candidates=[*own, *heads], task=waiting.task)


class Everybody(BaseModel):
    """The offices of the case."""

    #: By their part in it.
    offices: dict[str, str]


@handler("kandas.deadline.total")
def total_overdue(case: Everybody, call: Call) -> None:
    """Tell the heads of all offices that the nine working days are over."""
    heads = [Candidate("supervisor", found) for found in case.offices.values() if found]
    call.at_desk(lambda desk: _tell(desk, "kandas_total", heads))


def _tell(desk: Desk, kind: str, candidates: Sequence[Candidate]) -> None:
    desk.tell(kind, candidates=candidates)


@handler("kandas.contact.unreachable")
def unreachable(case: Everybody, call: Call) -> None:
    """Tell the career centre that accepted the application that its family cannot be reached.

    A-09: it knows them best and has other ways to ask.
    """
    told = [
        Candidate("career_specialist", case.offices["origin_cc"]),
        Candidate("supervisor", case.offices["dest_mc"]),
    ]
    call.at_desk(lambda desk: _tell(desk, "kandas_unreachable", told))


@migration_portal.tells("move")
def move_told(session: Any, case_number: str) -> dict[str, str]:
    """Return the move as K-17 enters it in the Portal, with the vacancy that the kandas chose.

    Empty until the move is determined.
    """
    found = records.move(session, case_number)
    if found is None:
        return {}
    chosen = [one for one in records.offers(session, case_number) if one.wanted][-1:]
    vacancy = {"vacancy": chosen[0].position, "employer": chosen[0].employer} if chosen else {}
    return vacancy | {
        "locality": found.locality,
        "route": found.route,
        "date": found.day.isoformat(),
        "transport": found.transport,
        "heads": str(found.heads),
        "terms": found.terms,
    }


#: Outcome → what the offices are told (`handlers.kandas.face.NOTICES`).
ENDED = {
    "withdrawn": "kandas_withdrawn",
    "unreachable": "kandas_given_up",
    "unemployed": "kandas_unemployed",
}


class Closing(BaseModel):
    """How a case ends."""

    #: ``withdrawn``, ``unreachable`` or ``unemployed``.
    outcome: str
    #: The offices of the case.
    offices: dict[str, str]


@handler("kandas.case.close")
def close(closing: Closing, call: Call) -> None:
    """Write the outcome and tell the offices concerned.

    A-09; for K-18 the mobility centre, to which the draft decision went.
    """
    offices = closing.offices
    told = [Candidate("career_specialist", offices["origin_cc"])]
    if offices.get("dest_mc"):
        told.append(Candidate("mobility_specialist", offices["dest_mc"]))

    def act(desk: Desk) -> None:
        records.settle(desk.session, call.business_key, closing.outcome)
        desk.tell(ENDED.get(closing.outcome, "completed"), candidates=told)

    call.at_desk(act)
