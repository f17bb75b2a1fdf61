"""Tables of persons and families. Personal columns are encrypted; IINs and names found by HMAC."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.store import Base, Encrypted, UtcDateTime


def new_id() -> str:
    """Return a random id, 32 hexadecimal digits."""
    return uuid4().hex


class Person(Base):
    """A person; one row for one human being as far as the IIN can tell."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    iin: Mapped[str | None] = mapped_column(Encrypted("person.iin"))
    iin_index: Mapped[str | None] = mapped_column(String(64), unique=True)
    surname: Mapped[str] = mapped_column(Encrypted("person.surname"))
    name: Mapped[str] = mapped_column(Encrypted("person.name"))
    patronymic: Mapped[str] = mapped_column(Encrypted("person.patronymic"))
    born: Mapped[str | None] = mapped_column(Encrypted("person.born"))
    sex: Mapped[str] = mapped_column(String(8), default="")
    citizenship: Mapped[str] = mapped_column(String(3), default="")
    document: Mapped[str] = mapped_column(Encrypted("person.document"))
    education: Mapped[str] = mapped_column(String(40), default="")


class PersonWord(Base):
    """A word of a person's name, as a blind index: finds the person without storing the name."""

    __tablename__ = "person_word"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    word_index: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)


class Family(Base):
    """The people of one case."""

    __tablename__ = "family"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    case_number: Mapped[str] = mapped_column(String(40), unique=True)
    members: Mapped[list["FamilyMember"]] = relationship(
        order_by="FamilyMember.position", cascade="all, delete-orphan"
    )


class FamilyMember(Base):
    """A person's place in a family; the applicant stands at position 0."""

    __tablename__ = "family_member"

    family_id: Mapped[str] = mapped_column(ForeignKey("family.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    relation: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]
    person: Mapped[Person] = relationship(lazy="joined")


class Contact(Base):
    """A way to reach a person."""

    __tablename__ = "contact"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    value: Mapped[str] = mapped_column(Encrypted("contact.value"))


class Consent(Base):
    """A person's consent to the collection and processing of personal data."""

    __tablename__ = "consent"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    case_number: Mapped[str] = mapped_column(String(40), index=True)
    basis: Mapped[str] = mapped_column(String(80))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RegistryAnswer(Base):
    """What a registry was asked and what it answered, word for word, with times and source."""

    __tablename__ = "registry_answer"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    case_number: Mapped[str] = mapped_column(String(40), index=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    system: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(20))
    request: Mapped[str] = mapped_column(Encrypted("registry_answer.request"))
    response: Mapped[str] = mapped_column(Encrypted("registry_answer.response"))
    differences: Mapped[str] = mapped_column(Encrypted("registry_answer.differences"))
    #: Whether only those may see it whom the domain's rights name (`answers`).
    restricted: Mapped[bool] = mapped_column(default=False, server_default=false())
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
