"""What a signal says: as it is sent, and as the domain gets it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, ValidationError

from engine.model.numbers import check_digit
from handlers.people.facts import MemberFacts, PersonFacts, Relationship
from handlers.people.iin import sex
from handlers.registries.contract import Wire
from handlers.registries.family_card import Relation
from handlers.registries.signals.answers import PROBLEMS, Refusal, malformed
from handlers.registries.wellbeing import Level

#: Grounds of the Social Code (article 133) as the sandbox's card calls them; other words are taken
#: too, for the card's own list is not published.
GROUNDS = (
    "orphan",
    "no_parental_care",
    "neglect",
    "special_institution",
    "early_development",
    "impairment",
    "illness",
    "self_care",
    "violence",
    "homeless",
    "released",
    "probation",
)
#: What the card calls a relative → what the member is to the applicant.
RELATIONS: Mapping[Relation, Relationship] = {
    "spouse": Relationship.SPOUSE,
    "parent": Relationship.PARENT,
    "child": Relationship.CHILD,
    "sibling": Relationship.SIBLING,
    "ward": Relationship.CHILD_FAMILY,
}


def _iin(said: str) -> str:
    if check_digit(said[:11]) != int(said[11]):
        raise ValueError("check digit")
    return said


Iin = Annotated[str, Field(pattern=r"^[0-9]{12}$"), AfterValidator(_iin)]
#: A word of a name: no control characters, which databases and papers choke on.
Word = Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Somebody(Wire):
    """A person of a signal."""

    # A number is no date here.
    model_config = ConfigDict(strict=True)

    #: IIN.
    iin: Iin
    #: Surname.
    surname: Annotated[Word, Field(min_length=1)]
    #: Given name.
    name: Annotated[Word, Field(min_length=1)]
    #: Patronymic.
    patronymic: Word = ""
    #: Date of birth.
    born: date


class Member(Somebody):
    """Somebody of the applicant's family."""

    #: What the member is to the applicant.
    relation: Relation


class Message(Wire):
    """A signal as it is sent."""

    model_config = ConfigDict(strict=True)

    #: Id, the same whenever the message is sent again.
    message_id: str = Field(pattern=r"^[A-Za-z0-9_.:-]{8,64}$")
    #: When the card made it.
    sent_at: AwareDatetime
    #: First two digits of the KATO of the region where the family lives.
    region: str = Field(pattern=r"^[0-9]{2}$")
    #: Ground of the difficult situation.
    ground: str = Field(pattern=r"^[a-z_]{2,40}$")
    #: Level of well-being.
    level: Level
    #: Day on which the card determined it.
    determined_on: date
    #: Telephone, if one is known.
    phone: str = Field(default="", pattern=r"^[0-9+() -]{0,30}$")
    #: Who is spoken to: an adult.
    applicant: Somebody
    #: The rest of the family.
    members: list[Member] = Field(default_factory=list, max_length=30)


@dataclass(frozen=True, kw_only=True)
class Signal:
    """A signal that may be believed. Who logs it logs no personal data."""

    #: Id: kept once.
    message_id: str
    #: SHA-256 of the message, hexadecimal: tells a repetition from another message.
    digest: str
    #: When the card made it (UTC).
    sent_at: datetime
    #: First two digits of the KATO.
    region: str
    #: Ground of the difficult situation.
    ground: str
    #: Level of well-being, ``A`` to ``E``.
    level: str = field(repr=False)
    #: Day on which the card determined it.
    determined_on: date
    #: Telephone; may be empty.
    phone: str = field(repr=False)
    #: The family, the applicant first; ids empty.
    people: tuple[MemberFacts, ...] = field(repr=False)

    @property
    def content(self) -> Mapping[str, object]:
        """Return what was said as plain data, to be kept encrypted; ``digest`` among it."""
        return {
            "digest": self.digest,
            "sent_at": self.sent_at.isoformat(),
            "region": self.region,
            "ground": self.ground,
            "level": self.level,
            "determined_on": self.determined_on.isoformat(),
            "phone": self.phone,
            "people": [_plain(one) for one in self.people],
        }


def _plain(one: MemberFacts) -> Mapping[str, str]:
    person = one.person
    return {
        "iin": person.iin or "",
        "surname": person.surname,
        "name": person.name,
        "patronymic": person.patronymic,
        "born": person.born.isoformat() if person.born else "",
        "relationship": one.relationship.value,
    }


def read(body: bytes, now: datetime) -> Signal | Refusal:
    """Return the signal in a message that is believed; `now` is UTC."""
    try:
        message = Message.model_validate_json(body)
    except ValidationError as error:
        return malformed(_problems(error))
    people = [message.applicant, *message.members]
    if len({one.iin for one in people}) < len(people):
        return malformed(["members: repeated"])
    # A day ahead: the card's date may be Kazakhstan's while ours is still yesterday's in UTC.
    if max(message.determined_on, *(one.born for one in people)) > now.date() + timedelta(days=1):
        return malformed(["determinedOn, born: in the future"])
    return _signal(message, body)


def _signal(message: Message, body: bytes) -> Signal:
    return Signal(
        message_id=message.message_id,
        digest=hashlib.sha256(body).hexdigest(),
        sent_at=message.sent_at.astimezone(UTC),
        region=message.region,
        ground=message.ground,
        level=message.level,
        determined_on=message.determined_on,
        phone=message.phone,
        people=(
            _facts(message.applicant, Relationship.APPLICANT),
            *(_facts(one, RELATIONS[one.relation]) for one in message.members),
        ),
    )


def _facts(one: Somebody, relationship: Relationship) -> MemberFacts:
    person = PersonFacts(
        id="",
        surname=one.surname,
        name=one.name,
        patronymic=one.patronymic,
        iin=one.iin,
        born=one.born,
        sex=sex(one.iin),
    )
    return MemberFacts(person=person, relationship=relationship)


def _problems(error: ValidationError) -> list[str]:
    """Return places and kinds of what is wrong, without the values."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [".".join(map(str, one["loc"])) + f": {one['type']}" for one in found[:PROBLEMS]]
