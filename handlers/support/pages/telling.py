"""What panels tell of a family and its plan, as plain data in one language."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.errors import NotFound
from engine.model.text import Text, text
from engine.services import definitions
from engine.web import state
from handlers.people import records as people
from handlers.people.facts import Relationship
from handlers.people.iin import masked
from handlers.registries import told
from handlers.support import services
from handlers.support.pages.drawing import Eye, body_name
from handlers.support.records import Member, Plan, Version
from handlers.support.records.seen import Board
from handlers.support.rights import Part

RELATIONSHIPS: Mapping[Relationship, Text] = {
    Relationship.APPLICANT: text("relation:applicant"),
    Relationship.SPOUSE: text("relation:spouse"),
    Relationship.PARENT: text("relation:parent"),
    Relationship.SPOUSE_PARENT: text("relation:spouse_parent"),
    Relationship.CHILD: text("relation:child"),
    Relationship.ADOPTED_CHILD: text("relation:adopted_child"),
    Relationship.CHILD_FAMILY: text("relation:child_family"),
    Relationship.SIBLING: text("relation:sibling"),
    Relationship.WARD: text("relation:ward"),
    Relationship.GUARDIAN: text("relation:guardian"),
    Relationship.OTHER_RELATIVE: text("relation:other_relative"),
}
#: Outside systems of S-4.8.
SYSTEMS: Mapping[str, Text] = {
    "family_card": text("system:family_card"),
    "unified_system": text("system:unified_system"),
    "enforcement": text("system:enforcement"),
    "probation": text("system:probation"),
}
#: What an answer says, in a word.
ANSWERS: Mapping[str, Text] = {
    "found": text("answer:found"),
    "not_found": text("answer:not_found"),
    "mismatch": text("answer:mismatch"),
    "not_asked": text("answer:not_asked"),
    "off": text("answer:off"),
}
#: Answers that need nobody's look.
CALM = frozenset({"found", "not_found", "not_asked", "off"})
#: What became of a measure in a version.
CHANGES: Mapping[str, Text] = {
    "add": text("change:add"),
    "change": text("change:change"),
    "transfer": text("change:transfer"),
    "withdraw": text("change:withdraw"),
}
#: Why there is a version.
CAUSES: Mapping[str, Text] = {
    "first": text("cause:first"),
    "returned": text("cause:returned"),
    "amendment": text("cause:amendment"),
    "takeover": text("cause:takeover"),
    "continued": text("cause:continued"),
}
#: What of a measure is compared between versions.
COMPARED = ("title", "body", "term", "expected", "whom", "service")


@dataclass(frozen=True, kw_only=True)
class Person:
    """A member of the family."""

    #: The member.
    member: Member
    #: What she or he is to the applicant.
    relationship: str
    #: Age in words.
    age: str
    #: Last digits of the IIN.
    iin: str
    #: On which ground she or he represents the children; empty: not.
    represents: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A system's answer."""

    #: Answer id.
    id: str
    #: System.
    system: str
    #: Whom it is about; empty: the family.
    about: str
    #: What it said, in a word.
    outcome: str
    #: Whether anything was asked at all: there is something to read.
    asked: bool
    #: Whether a person must look.
    attention: bool
    #: Whether only few may see it.
    restricted: bool
    #: When it answered (UTC).
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a version does to a measure."""

    #: ``add``, ``change``, ``transfer`` or ``withdraw``.
    kind: str
    #: The same in words.
    words: str
    #: The measure.
    title: str
    #: What was and what is.
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Edition:
    """A version with what it changed."""

    #: The version.
    version: Version
    #: Why there is it.
    cause: str
    #: Why, in somebody's own words.
    reason: str
    #: What it changed.
    changes: tuple[Change, ...]


def family(board: Board, eye: Eye, labels: Mapping[str, str]) -> list[Person]:
    """Return the people of a plan: the children stand first (S-7.2)."""
    found = [
        Person(
            member=one,
            relationship=eye.said(RELATIONSHIPS[one.relation]),
            age=eye.age(one.person.born),
            iin=masked(one.person.iin),
            represents=labels.get(f"represents:{one.represents}", one.represents),
        )
        for one in board.members
    ]
    return sorted(found, key=lambda one: not one.member.child)


def labels(uow: Any, definition: str, key: str, language: str) -> dict[str, str]:
    """Return the words of a form's choices: ``grounds:neglect`` → its label."""
    try:
        form = definitions.form(uow, state.context(), definition, key)
    except NotFound:
        return {}
    return dict(_labels(form, language))


def _labels(component: Mapping[str, Any], language: str) -> Iterator[tuple[str, str]]:
    key = component.get("key")
    for one in component.get("values", ()):
        said = one.get(f"label:{language}") or one.get("label", "")
        yield f"{key}:{one.get('value')}", str(said)
    for inner in component.get("components", ()):
        yield from _labels(inner, language)


def grounds(plan: Plan, known: Mapping[str, str]) -> list[str]:
    """Return the grounds of the difficult life situation."""
    found = plan.content.get("grounds")
    codes = found if isinstance(found, list) else []
    return [known.get(f"grounds:{one}", str(one)) for one in codes]


def answers(session: Any, board: Board, eye: Eye) -> list[Answer]:
    """Return the systems' answers; those about probation only to whom risks are open."""
    if Part.GROUND not in board.parts:
        return []
    names = {one.person.id: one.person.full_name for one in board.members}
    number = board.plan.number
    open_ = {one.id for one in people.answers(session, number)}
    found = people.answers(session, number, restricted=Part.RISKS in board.parts)
    return [
        Answer(
            id=one.id,
            system=eye.said(SYSTEMS.get(one.system, Text(one.system))),
            about=names.get(one.person, ""),
            outcome=eye.said(ANSWERS.get(one.outcome, text("answer:fault"))),
            asked=one.outcome not in {"off", "not_asked"},
            attention=one.outcome not in CALM,
            restricted=one.id not in open_,
            at=one.answered,
        )
        for one in found
    ]


def given(session: Any, board: Board, eye: Eye) -> list[tuple[str, str]]:
    """Return the services that the family gets already (S-4.8): name, from when to when."""
    if Part.GROUND not in board.parts:
        return []
    said = told.services(session, board.plan.number)
    return [
        (services.support_name(one.code, eye.language), _span(one.since, one.until))
        for one in (said.value if said else ())
    ]


def _span(since: date, until: date | None) -> str:
    return f"{since:%d.%m.%Y} – {until:%d.%m.%Y}" if until else f"{since:%d.%m.%Y} –"


def level(session: Any, board: Board) -> tuple[str, str]:
    """Return the level of well-being by the family card, and its day; empty: it did not say."""
    if Part.GROUND not in board.parts:
        return "", ""
    said = told.situation(session, board.plan.number)
    return (said.value.level, f"{said.value.determined_on:%d.%m.%Y}") if said else ("", "")


def editions(versions: Sequence[Version], eye: Eye) -> list[Edition]:
    """Return the versions with what each changed, the latest first."""
    found = []
    for before, one in zip([None, *versions], versions, strict=False):
        found.append(
            Edition(
                version=one,
                cause=eye.said(CAUSES[one.cause]),
                reason=str(one.content.get("reason") or ""),
                changes=tuple(changes(before, one, eye)) if before else (),
            )
        )
    return found[::-1]


def changes(before: Version, after: Version, eye: Eye) -> Iterator[Change]:
    """Yield what a version says otherwise than the one before."""
    old, new = _measures(before), _measures(after)
    for key, one in new.items():
        was, act = old.get(key), str(one.get("act") or "")
        if was is None or act == "add":
            yield _change("add", one, (), eye)
        elif act == "withdraw":
            yield _change("withdraw", one, (), eye)
        elif lines := tuple(_lines(was, one, eye)):
            moved = act == "transfer" or was.get("body") != one.get("body")
            yield _change("transfer" if moved else "change", one, lines, eye)
    if after.cause != "amendment":  # an amendment says only what is open by now
        for key, one in old.items():
            if key not in new:
                yield _change("withdraw", one, (), eye)


def _measures(found: Version) -> dict[str, Mapping[str, object]]:
    rows = found.content.get("measures")
    said = [one for one in rows if isinstance(one, Mapping)] if isinstance(rows, list) else []
    return {str(one.get("id") or one.get("number")): one for one in said}


def _change(
    kind: str, one: Mapping[str, object], lines: tuple[tuple[str, str], ...], eye: Eye
) -> Change:
    title = str(one.get("title") or "")
    said = f"{title}, {_value('body', one.get('body'), eye)}" if kind == "add" else title
    return Change(kind=kind, words=eye.said(CHANGES[kind]), title=said, lines=lines)


def _lines(
    was: Mapping[str, object], now: Mapping[str, object], eye: Eye
) -> Iterator[tuple[str, str]]:
    for name in COMPARED:
        if (was.get(name) or "") != (now.get(name) or ""):
            yield _value(name, was.get(name), eye), _value(name, now.get(name), eye)


def _value(name: str, said: object, eye: Eye) -> str:
    if not said:
        return "—"
    written = str(said)
    if name == "body":
        return body_name(written, eye.language)
    if name == "term":
        return f"{date.fromisoformat(written[:10]):%d.%m.%Y}"
    return services.name(written, eye.language) if name == "service" else written


def consented(session: Any, board: Board) -> datetime | None:
    """Return when who turned to the centre consented; None: not, or not shown."""
    if Part.GROUND not in board.parts or not board.members:
        return None
    return people.consented(session, board.members[0].person.id, board.plan.number)


def contacts(session: Any, found: Iterable[Member]) -> dict[str, dict[str, str]]:
    """Return how the adults are reached, by person id."""
    return {
        one.person.id: people.contacts(session, one.person.id) for one in found if not one.child
    }
