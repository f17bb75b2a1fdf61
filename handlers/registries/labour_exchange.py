"""The Electronic labour exchange («Электрондық еңбек биржасы»): vacancies, K-16, K-21.

No interface is published: the JSON contract of `handlers.registries.contract`, service
``vacancies``. Vacancies are no personal data and travel in the process.
"""

from datetime import datetime

from pydantic import Field

from engine.handling import Call, handler
from handlers.registries.asking import RETRY, Delivered, Query, attempt, keep, settings_of
from handlers.registries.base import RegistryFault, Reply
from handlers.registries.contract import JsonClient, Wire

SYSTEM = "labour_exchange"


class VacanciesRequest(Wire):
    """Where work is wanted."""

    #: First two digits of the region's KATO.
    region: str
    #: Words of an occupation; empty: any.
    occupation: str = ""
    #: At most so many.
    limit: int = 20


class Vacancy(Wire):
    """A vacancy."""

    #: Number at the exchange.
    number: str
    #: Occupation, Kazakh.
    title: str
    #: Occupation, Russian.
    title_ru: str = ""
    #: Occupation, English.
    title_en: str = ""
    #: Employer.
    employer: str
    #: Place.
    place: str
    #: Monthly pay, tenge.
    pay: int
    #: Whether the employer houses the worker.
    housing: bool = False


class Vacancies(Wire):
    """What the exchange offers."""

    #: Region as asked.
    region: str
    #: Open vacancies.
    vacancies: list[Vacancy]


class Client(JsonClient):
    """The exchange by the JSON contract."""

    system = SYSTEM

    def vacancies(self, asked: VacanciesRequest, key: str, at: datetime) -> Reply[Vacancies]:
        """Ask for open vacancies; `at` is UTC."""
        return self._ask(asked, Vacancies, service="vacancies", key=key, at=at)


class VacanciesQuery(Query):
    """Where work is wanted."""

    #: First two digits of the KATO of the region of settlement.
    region: str
    #: Words of an occupation; empty: any.
    occupation: str = ""
    #: At most so many.
    limit: int = Field(default=20, ge=1, le=100)


class VacanciesAnswer(Delivered):
    """What the exchange offers."""

    #: Open vacancies.
    vacancies: list[Vacancy] = Field(default_factory=list)


@handler("registries.labour_exchange.vacancies", retry=RETRY)
def vacancies(query: VacanciesQuery, call: Call) -> VacanciesAnswer:
    """Ask for open vacancies in the region of settlement.

    K-16. With the exchange down the officer enters what is known (``outcome`` says so).
    """
    asked = VacanciesRequest(region=query.region, occupation=query.occupation, limit=query.limit)
    client = Client(settings_of(call))
    reply = attempt(
        call, query.patience, lambda: client.vacancies(asked, call.idempotency_key, call.now)
    )
    answer = _answer(reply)
    keep(call, SYSTEM, answer.outcome, reply.exchange, source="system")
    return answer


def _answer(reply: Reply[Vacancies] | RegistryFault) -> VacanciesAnswer:
    if isinstance(reply, RegistryFault):
        return VacanciesAnswer(outcome=reply.outcome)
    if reply.value is None or not reply.value.vacancies:
        return VacanciesAnswer(outcome="not_found")
    return VacanciesAnswer(outcome="found", vacancies=reply.value.vacancies)
