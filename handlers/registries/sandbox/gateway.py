"""The sandbox's GBD FL: answers of the gateway as SOAP messages."""

from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from engine.errors import SignatureRefused
from engine.signing import Authority
from engine.signing import soap as security
from handlers.people.facts import PersonFacts
from handlers.people.iin import FEMALE
from handlers.registries import soap
from handlers.registries.base import GATEWAY_BIN, GATEWAY_NAME
from handlers.registries.gbd_fl import COUNTRY, SUCCESS
from handlers.registries.sandbox.families import Family
from handlers.registries.sandbox.names import COUNTRIES, REGIONS
from handlers.registries.sandbox.switches import Mode
from handlers.registries.sandbox.world import World

NUMERIC = {alpha: numeric for numeric, alpha in COUNTRY.items()}
COUNTRY_NAMES = {country.code: (country.kk, country.ru) for country in COUNTRIES} | {
    "KAZ": ("Қазақстан", "Казахстан")
}


def _word(name: str, code: str, ru: str, kk: str) -> str:
    """Write a value of the register's dictionaries."""
    content = soap.fields({"code": code, "nameRu": ru, "nameKz": kk})
    return soap.tag(name, content)


def person(found: PersonFacts, family: Family) -> str:
    """Write ``person`` as the register does."""
    born = f"{found.born:%Y-%m-%d}"
    kk, ru = COUNTRY_NAMES[found.citizenship]
    female = found.sex == FEMALE
    about = soap.fields(
        {
            "iin": found.iin or "",
            "surname": found.surname,
            "name": found.name,
            "patronymic": found.patronymic,
            "birthDate": born,
        }
    )
    words = (
        _word("gender", "2" if female else "1", "Женский" if female else "Мужской", "")
        + _word("nationality", "005", "КАЗАХ", "ҚАЗАҚ")
        + _word("citizenship", NUMERIC[found.citizenship], ru, kk)
        + _word("lifeStatus", "0", "Нормальный", "Қалыпты")
    )
    return soap.tag("person", about, words, _status(family), _address(family), _documents(found))


def _status(family: Family) -> str:
    if not family.status_number:
        return ""
    content = _word("repatriationStatus", "1", "Кандас", "Қандас") + soap.fields(
        {
            "repatriationDate": family.status_on.isoformat(),
            "repatriationNumber": family.status_number,
        }
    )
    return soap.tag("repatriationStatus", content)


def _address(family: Family) -> str:
    region = REGIONS[family.origin]
    street, _, house = family.address.partition(", ")
    rest = soap.fields(
        {
            "city": family.place,
            "street": street,
            "building": house,
            "beginDate": family.status_on.isoformat(),
        }
    )
    country = _word("country", "398", "Казахстан", "Қазақстан")
    # The register's own region codes are not published; clients go by the name.
    return soap.tag("regAddress", country, _word("region", "0", region.ru, region.kk), rest)


def _documents(found: PersonFacts) -> str:
    kind = _word("type", "003", "Иностранный паспорт", "Шетел паспорты")
    if found.citizenship == "KAZ":
        kind = _word("type", "002", "Удостоверение личности", "Жеке куәлік")
    document = soap.tag("document", kind, soap.fields({"number": found.document}))
    return soap.tag("documents", document)


class Gateway:
    """Reads questions, checks their signature, writes signed answers."""

    def __init__(self, authority: Authority, world: World) -> None:
        """Answer from `world`, with keys of the demo authority."""
        self._authority = authority
        self._world = world

    def answer(self, message: bytes, mode: Mode) -> tuple[int, bytes]:
        """Return status and body; a question that cannot be read or believed gets a fault."""
        try:
            asked = _Question(message, self._authority)
        except (ValueError, SignatureRefused) as error:
            return 500, fault(str(error))
        iin = asked.iin
        if mode is Mode.OTHER_PERSON:
            iin = self._world.somebody_else(iin)
        found = None if mode is Mode.NOT_FOUND else self._world.person(iin)
        family = self._world.family(iin)
        people = person(found, family) if found and family else ""
        body = security.sign(
            _response(asked.label, asked.at, people),
            self._authority.system(GATEWAY_BIN, GATEWAY_NAME, asked.at),
        )
        return 200, _spoiled(body, mode)


def _spoiled(body: bytes, mode: Mode) -> bytes:
    if mode is Mode.MALFORMED:
        return body[: len(body) // 2]
    if mode is Mode.WRONG_SIGNATURE:
        return body.replace(b"processed successfully", b"processed")
    return body


def _response(label: str, at: datetime, people: str) -> bytes:
    stamp = {"messageId": f"a-{label}", "correlationId": label, "responseDate": at.isoformat()}
    status = soap.fields(
        {"code": soap.PROCESSED, "message": "Message has been processed successfully"}
    )
    info = soap.tag("responseInfo", soap.fields(stamp), soap.tag("status", status))
    result = soap.tag("messageResult", soap.fields({"code": SUCCESS, "nameRu": "Успешно"}))
    about = soap.fields({"messageId": label, "messageDate": at.isoformat()})
    data = soap.tag("data", about, result, soap.tag("persons", people))
    whole = soap.tag("response", info, soap.tag("responseData", data), xmlns="")
    content = f'<typ:SendMessageResponse xmlns:typ="{soap.TYPES}">{whole}</typ:SendMessageResponse>'
    return soap.envelope(content, label)


def fault(reason: str) -> bytes:
    """Write a SOAP fault with the gateway's ``ErrorInfo``."""
    detail = soap.tag(
        "detail",
        soap.tag("errorInfo", soap.fields({"errorCode": "SCSE003", "errorMessage": reason})),
    )
    content = soap.fields({"faultcode": "soapenv:Server", "faultstring": escape(reason)})
    return soap.envelope(soap.tag("soapenv:Fault", content, detail), "fault")


class _Question:
    """What a signed question says; `ValueError` or `SignatureRefused` if it says nothing."""

    def __init__(self, message: bytes, authority: Authority) -> None:
        # The date is read first: certificates are judged at the asker's clock, which in a
        # demonstration may be days ahead.
        stamp = message.partition(b"<messageDate>")[2].partition(b"<")[0].decode("ascii", "replace")
        self.at = datetime.fromisoformat(stamp)
        body, _ = security.verify(message, authority.trust(self.at), self.at)
        request: Any = soap.child(body, "SendMessage", "request")
        if request is None:
            raise ValueError("no request")
        self.label = soap.value(request, "requestInfo", "messageId")
        self.iin = soap.value(request, "requestData", "data", "iin")
