"""History as people tell it: what happened, when, by whom; the engine's inner moves left out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from engine.i18n import known, translate
from engine.model.text import Text, text
from engine.services.views import CommentView, HistoryRow
from engine.web import rendering, say

#: Kinds of elements at which something happens that people know of.
TOLD = {
    "userTask",
    "manualTask",
    "serviceTask",
    "sendTask",
    "receiveTask",
    "businessRuleTask",
    "callActivity",
    "intermediateCatchEvent",
    "boundaryEvent",
}
WORDS: dict[str, Text] = {
    "started": text("The case was started"),
    "ended": text("The case ended"),
    "cancelled": text("withdrawn"),
    "entered": text("arrived"),
    "left": text("done"),
    "claimed": text("claimed"),
    "released": text("given back to the queue"),
    "assigned": text("assigned"),
    "completed": text("completed"),
    "signed": text("signed"),
    "voided": text("Signatures voided"),
    "commented": text("comment"),
    "message": text("message received"),
    "returned": text("returned for rework"),
    "incident": text("stopped by an incident"),
    "retried": text("tried again"),
    "deadline-changed": text("deadline changed"),
    "moved": text("moved elsewhere by an administrator"),
    "variables": text("a variable changed by an administrator"),
}
#: Acts on the case as a whole, which no element tells of.
WHOLE: dict[str, Text] = {
    "cancelled": text("The case was cancelled"),
    "suspended": text("The case was suspended"),
    "active": text("The case was resumed"),
    "message-sent": text("An administrator sent a message"),
    "message-kept": text("An administrator left a message for the case"),
    "signal-sent": text("An administrator sent a signal"),
    "deadlines-recomputed": text("The deadlines were worked out again"),
    "migrated": text("The case goes on in another version of the process"),
    "restarted": text("The case was begun anew"),
}
#: A completion and its remarks are written within one transaction.
SAME_ACT = timedelta(seconds=5)
#: Acts of people; the rest the engine does by itself.
PEOPLES = frozenset({*WORDS, *WHOLE}) - {"entered", "left", "ended", "incident", "message"}
#: Shape of the dot.
MARKS = {"returned": "ret", "voided": "ret", "completed": "ok", "signed": "ok", "left": "ok"}


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One entry of the timeline."""

    #: Time of day.
    time: str
    #: What it was about: the step's name, or the act itself.
    title: str
    #: What happened there, and by whom.
    words: str
    #: Class of its dot.
    mark: str
    #: Id of the completed task whose submission it leads to; empty: none.
    task_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Day:
    """The entries of one day, newest first."""

    #: Heading.
    title: str
    #: Its entries.
    moments: tuple[Moment, ...]


def _is_told(row: HistoryRow) -> bool:
    if row.what in WHOLE and not row.element:
        return True
    if row.kind == "userTask" and row.what == "left":
        return False  # "completed" says it, with the person
    if row.what == "cancelled" and row.kind.endswith("Event"):
        return False  # a timer that is no longer needed has not fired
    if row.what in {"entered", "left", "cancelled"}:
        return row.kind in TOLD and not (row.what == "entered" and row.kind != "userTask")
    if row.what == "ended":
        return not row.element or bool(row.names.get("kk"))
    return row.what in WORDS or known(f"history:{row.what}", "kk")


def _act(row: HistoryRow, language: str) -> str:
    if row.detail.get("decision") == "return":
        return translate(WORDS["returned"], language)
    if row.what in WHOLE and not row.element:
        return translate(WHOLE[row.what], language)
    if row.what in WORDS:
        return translate(WORDS[row.what], language)
    return translate(f"history:{row.what}", language)


def _who(row: HistoryRow, language: str) -> str:
    """Return the author, and in whose place she acted."""
    other = row.detail.get("in_place_of")
    if not isinstance(other, str) or not other:
        return row.who
    return translate(text("{name} in the place of {other}", name=row.who, other=other), language)


def _moment(row: HistoryRow, language: str) -> Moment:
    name, act = rendering.pick(row.names, language), _act(row, language)
    # Who sent a case on did not do what the engine did next.
    who = _who(row, language) if row.by == "person" and row.what in PEOPLES else ""
    reason = row.detail.get("reason")
    quoted = f"«{translate(reason, language)}»" if isinstance(reason, str) and reason else ""
    title, said = (name, act) if name and row.element else (act[:1].upper() + act[1:], "")
    words = " · ".join(part for part in (said, who, quoted) if part)
    returned = row.detail.get("decision") == "return"
    mark = "ret" if returned else MARKS.get(row.what, "")
    return Moment(
        time=say.clock_time(row.at), title=title, words=words, mark=mark, task_id=row.task_id
    )


def with_returns(
    rows: Iterable[HistoryRow], comments: Sequence[CommentView]
) -> Iterator[HistoryRow]:
    """Call a completion a return where remarks were written with it, and quote the first."""
    remarks = [one for one in comments if one.kind == "remark"]
    for row in rows:
        fits = row.what == "completed" and next(
            (
                one
                for one in remarks
                if one.element == row.element and abs(one.at - row.at) <= SAME_ACT
            ),
            None,
        )
        if fits:
            yield replace(row, detail={**row.detail, "decision": "return", "reason": fits.body})
        elif row.what != "commented":  # comments stand in a panel of their own
            yield row


def condensed(rows: Iterable[HistoryRow]) -> Iterator[HistoryRow]:
    """Leave out what a later row says better: a completed step's arrival and claim.

    Rows come newest first. A signature stands for the completion it belongs to.
    """
    over: set[str] = set()
    for row in rows:
        if row.what == "signed":
            over.add(row.element)
            yield row
        elif row.what == "completed":
            if row.element not in over:
                yield row
            over.add(row.element)
        elif row.element not in over or row.what not in {"entered", "claimed", "assigned"}:
            yield row
        elif row.what == "entered":
            over.discard(row.element)  # further down lies an earlier round


def story(rows: Iterable[HistoryRow], comments: Sequence[CommentView]) -> Iterator[HistoryRow]:
    """Return what a page tells of a case's history."""
    return condensed(with_returns(rows, comments))


def people_only(rows: Iterable[HistoryRow]) -> Iterator[HistoryRow]:
    """Leave out what the engine did by itself; a task's arrival stays."""
    return (
        row
        for row in rows
        if row.what in PEOPLES or (row.what == "entered" and row.kind == "userTask")
    )


def draw(rows: Iterable[HistoryRow], language: str, now: datetime, most: int = 200) -> list[Day]:
    """Return the timeline, newest first, by day."""
    told = [row for row in rows if _is_told(row)][:most]
    return [
        Day(
            title=say.day_heading(next(iter(found)).at, language, now),
            moments=tuple(_moment(row, language) for row in found),
        )
        for found in (
            list(one) for _, one in groupby(told, key=lambda row: say.local(row.at).date())
        )
    ]
