"""What the audit log's acts and subjects are called.

An entry names an act and ids; here they become a sentence: “Moved the token of case Қ-26-00012 from
… to …”. Acts of the cockpit that have no sentence of their own are called what their button says.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from engine.errors import ZholdamaError
from engine.model.text import Text, Words, text
from engine.services import bundles
from engine.services.cockpit.catalogue import operations
from engine.services.cockpit.operations import act_of
from engine.services.context import Context, UnitOfWork
from engine.store.administered import Reach

#: Kinds of subjects that belong to a case.
_PLACED = ("task", "job", "incident", "document")
_CASES = ("case", "instance")
#: Details that the sentence tells already, or that tell people nothing.
_TOLD = frozenset({"batch", "in_place_of", "token", "reason", "status", "element", "from", "to"})
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
#: Longest value that is shown.
LONGEST = 200

#: Act → sentence. ``{subject}`` is what it was about, ``{element}`` the step, ``{x}`` a detail.
SENTENCES: Mapping[str, Text] = {
    "instance.started": text("Began {subject}"),
    "instance.completed": text("Completed “{element}”, {subject}"),
    "instance.error": text("Ended “{element}” with an error, {subject}"),
    "instance.finished": text("The handler of “{element}” finished, {subject}"),
    "instance.fired": text("The timer of “{element}” fired, {subject}"),
    "instance.message": text("A message came, {subject}"),
    "instance.migrated": text("Took to version {to}, {subject}"),
    "instance.moved": text("The token went from “{from}” to “{to}”, {subject}"),
    "instance.variables": text("The variable {variable} was changed, {subject}"),
    "case.claimed": text("Took into work: {subject}"),
    "case.released": text("Gave back to the queue: {subject}"),
    "case.assigned": text("Assigned: {subject}"),
    "case.cancelled": text("Cancelled {subject}"),
    "case.suspended": text("Suspended {subject}"),
    "case.active": text("Let go on: {subject}"),
    "case.deadline-changed": text("Changed the deadline, {subject}"),
    "case.deadlines-recomputed": text("Worked out {count} deadlines again, {subject}"),
    "case.restarted": text("Was begun anew, {subject}"),
    "case.incident": text("An incident arose, {subject}"),
    "case.retried": text("Had it tried again: {subject}"),
    "case.inputs-changed": text("Changed what a handler is told, {subject}"),
    "case.resolved": text("Resolved an incident, {subject}"),
    "case.by-hand": text("Completed a failed step by hand, {subject}"),
    "case.job-suspended": text("Held a job back, {subject}"),
    "case.job-resumed": text("Let a job go on, {subject}"),
    "case.job-postponed": text("Moved a job to another time, {subject}"),
    "case.timer-moved": text("Moved a timer, {subject}"),
    "case.message-kept": text("Kept the message {name}, {subject}"),
    "case.message-sent": text("Sent the message {name}, {subject}"),
    "case.signal-sent": text("Sent the signal {name}, {subject}"),
    "case.voided": text("Voided the signatures, {subject}"),
    "case.commented": text("Wrote a comment, {subject}"),
    "case.attached": text("Attached a file, {subject}"),
    "case.removed": text("Removed a case whose time to be kept is over"),
    "case.migrate": text("Took from version {from} to {to}, {subject}"),
    "case.migrate-undo": text("Took back from version {from} to {to}, {subject}"),
    "case.move-token": text("Moved the token from “{from}” to “{to}”, {subject}"),
    "case.restart": text("Began anew from “{at}”, {subject}"),
    "case.set-variable": text("Set the variable {variable}, {subject}"),
    "case.remove-variable": text("Removed the variable {variable}, {subject}"),
    "case.send-message": text("Sent the message {name}, {subject}"),
    "case.send-signal": text("Sent the signal {name}, {subject}"),
    "access.read": text("Looked at {subject}"),
    "access.refused": text("Was not let see: {subject}"),
    "search.person": text("Searched for a person"),
    "account.create": text("Made the account {subject}"),
    "account.password": text("Set the password of {subject}"),
    "account.active": text("Opened or closed the account {subject}"),
    "account.memberships": text("Changed the roles of {subject}"),
    "account.change": text("Changed the name or the language of {subject}"),
    "account.sessions": text("Ended all sessions of {subject}"),
    "account.sign_out": text("Ended all sessions of {subject}"),
    "organisation.put": text("Wrote down the office {subject}"),
    "deployment.create": text("Deployed {processes}"),
    "deployment.schedule": text("Scheduled a deployment of {processes}"),
    "deployment.activate": text("A scheduled deployment took effect"),
    "deployment.withdraw": text("Withdrew a scheduled deployment"),
    "calendar.override": text("Set the day {subject} of the working calendar"),
    "setting.change": text("Changed the setting {subject} from {before} to {after}"),
    "filter.share": text("Changed with whom a filter is shared"),
    "filter.remove": text("Removed a shared filter"),
    "sandbox.switch": text("Switched {subject} of the sandbox to {to}"),
    "clock.move": text("Moved the demo's clock"),
    "message.buffered": text("Kept the message {name} for a case that does not wait for it yet"),
    "signal.not-started": text("The signal {name} did not start {subject}, which is suspended"),
    "substitution.set": text("Put somebody in place of another"),
    "substitution.end": text("Ended a substitution"),
    "substitution.over": text("A substitution was over"),
    "branch.make": text("Made the branch {name}"),
    "branch.save": text("Saved to a branch"),
    "branch.rename": text("Renamed a branch"),
    "branch.close": text("Closed the branch {name}"),
    "rehearsal.begin": text("Began a rehearsal"),
    "rehearsal.copy": text("Took into a rehearsal: {subject}"),
    "incident": text("An incident arose, {subject}"),
    "retry": text("Had it tried again: {subject}"),
    "batch.start": text("Began a batch: {operation}, {total} in all"),
    "batch.stop": text("Stopped a batch"),
    "batch.go-on": text("Let a batch go on"),
    "audit.export": text("Took away the audit log of {subject}"),
    "statistics.export": text("Took away the event log of {cases} cases"),
}
#: Everything else.
_OTHER = text("{act}: {subject}")
_PLAIN = text("{act}")


class Names:
    """What the ids of some entries lead to, read in one go for each kind."""

    def __init__(
        self, uow: UnitOfWork, ctx: Context, rows: Sequence[Any], reach: Reach = None
    ) -> None:
        """Read what these rows name; cases only where the offices in reach had work."""
        self._uow, self._ctx = uow, ctx
        named = [pair for row in rows for pair in _pairs(row)]
        ids = {kind: {one for what, one in named if what == kind} for kind, _ in named}
        self._placed = {kind: uow.trail.placed(kind, ids.get(kind, ())) for kind in _PLACED}
        cases = {one for kind in _CASES for one in ids.get(kind, ())}
        cases |= {row.instance_id for rows in self._placed.values() for row in rows.values()}
        cases = {one for one in cases if one}
        if reach is not None:
            cases = uow.reachable.worked_at(cases, reach)
        self._cases = uow.trail.cases(cases)
        people = {row.actor for row in rows if row.actor_kind == "person"}
        people |= {str(row.detail.get("in_place_of", "")) for row in rows}
        self._people = uow.accounts.names(sorted({*people, *ids.get("account", ())} - {""}))
        offices = uow.organisations.some(sorted(ids.get("organisation", ())))
        self._offices = {row.code: row.names for row in offices}
        self._versions = uow.trail.versions(ids.get("definition", ()))

    def account(self, account_id: str) -> str:
        """Return a person's name; the id of one who is not there."""
        return self._people.get(account_id, account_id)

    def case_of(self, subject: str) -> str:
        """Return the id of the case that a subject is, or belongs to; empty: of none there is."""
        for kind, one in pairs(subject):
            found = one if kind in _CASES else ""
            placed = self._placed.get(kind, {}).get(one)
            found = placed.instance_id or "" if placed is not None else found
            if found in self._cases:
                return found
        return ""

    def element(self, subject: str, element: str) -> Text | Words | str:
        """Return what an element of a subject's case is called."""
        case = self._cases.get(self.case_of(subject))
        if case is None or not element:
            return element
        try:
            bundle = bundles.of_definition(self._uow, self._ctx, case.definition_id)
            found = bundle.definition(case.process).process.elements.get(element)
        except ZholdamaError:
            return element
        return _words(found.names, element) if found else element

    def subject(self, subject: str) -> Text | Words | str:
        """Return what a subject is called."""
        parts = [self._called(kind, one) for kind, one in pairs(subject)]
        return parts[0] if parts else subject

    def _called(self, kind: str, one: str) -> Text | Words | str:
        if kind in _CASES:
            case = self._cases.get(one)
            return text("case {number}", number=case.business_key if case else one[:12])
        if kind in _PLACED:
            return self._step(kind, one)
        if kind == "account":
            return self.account(one)
        if kind == "organisation":
            return _words(self._offices.get(one, {}), one)
        if kind == "definition":
            return self._version(one)
        return _day(one) if kind == "day" else one

    def _step(self, kind: str, one: str) -> Text:
        placed = self._placed[kind].get(one)
        case = self._cases.get(placed.instance_id) if placed is not None else None
        if placed is None or case is None:
            return text("{kind} {id}", kind=kind, id=one[:12])
        element = getattr(placed, "element", "")
        if not element:
            return text("case {number}", number=case.business_key)
        named = self.element(f"{kind}:{one}", element)
        return text("“{element}”, case {number}", element=named, number=case.business_key)

    def _version(self, one: str) -> Text | str:
        found = self._versions.get(one)
        if found is None:
            return one[:12]
        named = _words(found.names or {}, found.key)
        return text("{process}, version {number}", process=named, number=found.version)


def _day(written: str) -> str:
    try:
        return f"{date.fromisoformat(written):%d.%m.%Y}"
    except ValueError:
        return written


def _words(names: Mapping[str, str], otherwise: str) -> Words | str:
    if not names:
        return otherwise
    return Words(
        kk=names.get("kk") or next(iter(names.values())),
        ru=names.get("ru", ""),
        en=names.get("en", ""),
    )


def pairs(subject: str) -> Iterator[tuple[str, str]]:
    """Yield kinds and ids that a subject names: ``task:…``, or a view's name before some."""
    for part in subject.split(" "):
        kind, mark, one = part.partition(":")
        if mark and one:
            yield kind, one


def _pairs(row: Any) -> Iterator[tuple[str, str]]:
    yield from pairs(row.subject)
    # An incident of old is named by its bare id.
    if row.act in {"incident", "retry"} and ":" not in row.subject:
        yield "incident", row.subject


def said(row: Any, names: Names) -> Text:
    """Return what a row tells, as a sentence."""
    subject = names.subject(_spoken(row))
    element = names.element(row.subject, str(row.detail.get("element", "")))
    sentence = SENTENCES.get(row.act)
    if sentence is None:
        return _other(row, subject)
    values = {
        **{name: _value(value) for name, value in row.detail.items()},
        **{
            name: names.element(row.subject, str(row.detail[name]))
            for name in ("from", "to", "at")
            if name in row.detail
        },
        "subject": subject,
        "element": element or "?",
    }
    # What an older release did not tell is a dash.
    wanted = _PLACEHOLDER.findall(sentence.msgid)
    return Text(sentence.msgid, {name: values.get(name, "–") for name in wanted})


def _spoken(row: Any) -> str:
    return f"incident:{row.subject}" if row.act in {"incident", "retry"} else str(row.subject)


def _other(row: Any, subject: object) -> Text:
    act = _titles().get(row.act, row.act)
    bare = not any(True for _ in pairs(row.subject)) and ":" in str(row.subject)
    return Text((_PLAIN if bare else _OTHER).msgid, {"act": act, "subject": subject})


@cache
def _titles() -> Mapping[str, Text]:
    """Return what the buttons of administrators' acts say, by act."""
    return {act_of(one): one.title for one in operations().values()}


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))[:LONGEST]
    return str(value)[:LONGEST]


def rest(row: Any) -> Iterator[tuple[str, str]]:
    """Yield what a row keeps besides, name and value."""
    spoken = SENTENCES.get(row.act)
    for name, value in row.detail.items():
        told = spoken is not None and f"{{{name}}}" in spoken.msgid
        if name not in _TOLD and not told and value not in ("", [], {}, None):
            yield name, _value(value)


def known_acts(acts: Iterable[str]) -> Iterator[tuple[str, Text]]:
    """Yield acts with what their filter is called: their button, or their sentence with gaps."""
    for act in acts:
        yield act, _titles().get(act) or _gaps(SENTENCES.get(act, Text(act)))


def _gaps(sentence: Text) -> Text:
    return Text(sentence.msgid, dict.fromkeys(_PLACEHOLDER.findall(sentence.msgid), "…"))
