"""Client of the register, and what its answers say."""

from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape

from pydantic import BaseModel, ValidationError

from handlers.people.iin import FEMALE, MALE
from handlers.registries import base, soap
from handlers.registries.base import Outcome, RegistryFault, Reply, Settings

SYSTEM = "gbd_fl"
DATA = "http://message.persistence.interactive.nat"
SUCCESS = "00000"
#: The register's codes of sex.
SEX = {"1": MALE, "2": FEMALE}
#: Countries as ISO 3166-1 numeric → alpha-3, as far as kandas come from there.
COUNTRY = {
    "398": "KAZ",
    "860": "UZB",
    "156": "CHN",
    "795": "TKM",
    "496": "MNG",
    "643": "RUS",
    "417": "KGZ",
    "762": "TJK",
    "004": "AFG",
    "364": "IRN",
    "792": "TUR",
}


class Address(BaseModel):
    """Registered place of residence."""

    #: Kazakh name of the region; empty if none is registered.
    region: str = ""
    #: District.
    district: str = ""
    #: City or village.
    city: str = ""
    #: Street and house.
    street: str = ""
    #: Since when; None if not said.
    since: date | None = None


class Document(BaseModel):
    """An identity document."""

    #: The register's code of its kind, e.g. ``002``: identity card.
    kind: str
    #: Number.
    number: str
    #: Kazakh name of the issuer.
    issuer: str = ""
    #: Issued on.
    issued: date | None = None
    #: Valid to.
    until: date | None = None


class PersonFound(BaseModel):
    """A person as the register knows her."""

    #: IIN, 12 digits.
    iin: str
    #: Surname.
    surname: str
    #: Given name.
    name: str
    #: Patronymic.
    patronymic: str = ""
    #: Date of birth.
    born: date
    #: ``male``, ``female`` or empty.
    sex: str = ""
    #: ISO 3166-1 alpha-3; empty if the code is not known here.
    citizenship: str = ""
    #: The register's code of nationality; ``005``: Kazakh.
    nationality: str = ""
    #: Whether the register says the person lives.
    alive: bool = True
    #: Number of the kandas certificate; empty if there is no such status.
    kandas_number: str = ""
    #: Since when the person is a kandas.
    kandas_since: date | None = None
    #: Where she is registered.
    address: Address = Address()
    #: Identity documents.
    documents: list[Document] = []


class Client(base.Client):
    """The register behind the gateway."""

    def person(self, iin: str, message_id: str, at: datetime) -> Reply[PersonFound]:
        """Ask for one person; `message_id` is the same for every attempt, `at` is UTC."""
        told = self._settings
        data = _data(iin, message_id, at, told)
        message = soap.request(
            data,
            label=message_id,
            service=told.text("gbd_fl.service", "GBDFL_UniversalServiceSync"),
            sender=told.text("sender", "ZHOLDAMA"),
            at=at,
        )
        answer, response = soap.send(SYSTEM, message, label=message_id, at=at, settings=told)
        if soap.value(answer, "messageResult", "code") != SUCCESS:
            raise RegistryFault(Outcome.REFUSED, response.exchange)
        person = soap.child(answer, "persons", "person")
        if person is None:
            return Reply(value=None, exchange=response.exchange)
        try:
            found = _person(person)
        except (ValidationError, ValueError) as error:
            raise RegistryFault(Outcome.MALFORMED, response.exchange) from error
        if found.iin != iin:
            raise RegistryFault(Outcome.OTHER_PERSON, response.exchange)
        return Reply(value=found, exchange=response.exchange)


def _data(iin: str, label: str, at: datetime, told: Settings) -> str:
    content = soap.fields(
        {
            "messageId": label,
            "messageDate": at.isoformat(),
            "senderCode": told.text("sender", "ZHOLDAMA"),
            "iin": iin,
            "kdpToken": told.text("gbd_fl.token"),
        }
    )
    return f'<data xmlns:m="{escape(DATA)}" xsi:type="m:Request">{content}</data>'


def _date(text: str) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def _person(node: Any) -> PersonFound:
    status = soap.child(node, "repatriationStatus")
    return PersonFound(
        iin=soap.value(node, "iin"),
        surname=soap.value(node, "surname"),
        name=soap.value(node, "name"),
        patronymic=soap.value(node, "patronymic"),
        born=date.fromisoformat(soap.value(node, "birthDate")[:10]),
        sex=SEX.get(soap.value(node, "gender", "code"), ""),
        citizenship=COUNTRY.get(soap.value(node, "citizenship", "code"), ""),
        nationality=soap.value(node, "nationality", "code"),
        alive=soap.child(node, "deathCertificate") is None,
        kandas_number=soap.value(status, "repatriationNumber") if status is not None else "",
        kandas_since=_date(soap.value(status, "repatriationDate")) if status is not None else None,
        address=_address(soap.child(node, "regAddress")),
        documents=[_document(found) for found in _all(node, "documents")],
    )


def _all(node: Any, name: str) -> list[Any]:
    group = soap.child(node, name)
    return list(group) if group is not None else []


def _address(node: Any) -> Address:
    if node is None:
        return Address()
    return Address(
        region=soap.value(node, "region", "nameKz"),
        district=soap.value(node, "district", "nameKz"),
        city=soap.value(node, "city"),
        street=" ".join(filter(None, (soap.value(node, "street"), soap.value(node, "building")))),
        since=_date(soap.value(node, "beginDate")),
    )


def _document(node: Any) -> Document:
    return Document(
        kind=soap.value(node, "type", "code"),
        number=soap.value(node, "number"),
        issuer=soap.value(node, "issueOrganization", "nameKz"),
        issued=_date(soap.value(node, "beginDate")),
        until=_date(soap.value(node, "endDate")),
    )
