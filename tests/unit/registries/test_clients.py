"""Every client against the real sandbox, in every position of its switch."""

import base64
import socket
import threading
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import pytest

from handlers.registries import (
    SYSTEMS,
    civil_registry,
    enforcement,
    family_card,
    gbd_fl,
    guardianship,
    labour_exchange,
    labour_market,
    migration_portal,
    mobile_app,
    probation,
    supreme_court,
    unified_system,
    wellbeing,
)
from handlers.registries.base import Outcome, RegistryFault, Reply, Settings
from handlers.registries.sandbox import Mode, Sandbox
from handlers.registries.sandbox.families import families
from handlers.registries.transport import MAX_ANSWER
from tests.unit.registries.conftest import AT, PATIENCE, pick, pick_hardship

FAMILY = pick(lambda family: family.wards)
ADOPTERS = pick(lambda family: family.adopted)
MARRIED = pick(
    lambda family: any(act.kind == "marriage" and act.country == "KAZ" for act in family.acts)
)
IIN = FAMILY.applicant.iin or ""
HARD = pick_hardship(lambda one: len(one.family.members) > 2)
HARD_IINS = list(HARD.family.by_iin)
WATCHED = pick_hardship(lambda one: one.watched).family.applicant.iin or ""
Ask = Callable[[Settings], Reply[object]]

#: A signed decision in miniature: the sandbox looks for the text and a signature in it.
SIGNED = b'<d xmlns:s="http://www.w3.org/2000/09/xmldsig#"><text>Register</text><s:Signature/></d>'


def draft(signed: bytes, text: str = "Register") -> labour_market.Draft:
    return labour_market.Draft(
        iin=IIN,
        case_number="Қ-26-00417",
        reason="no_job",
        text=text,
        version=1,
        signed=base64.b64encode(signed).decode(),
    )


def news(status: Literal["opened", "approved"] = "opened") -> unified_system.PlanNews:
    return unified_system.PlanNews(
        iin=HARD_IINS[0],
        plan_number="Ж-26-00122",
        status=status,
        plan=unified_system.PlanState(opened_on=AT.date()),
    )


ASKING: dict[str, Ask] = {
    "gbd_fl": lambda told: gbd_fl.Client(told).person(IIN, "message-1", AT),
    "civil_registry": lambda told: civil_registry.Client(told).acts(
        [one.person.iin or "" for one in MARRIED.members], "key-1", AT
    ),
    "guardianship": lambda told: guardianship.Client(told).wards(IIN, "key-1", AT),
    "supreme_court": lambda told: supreme_court.Client(told).adoptions(
        ADOPTERS.applicant.iin or "", ADOPTERS.adopted, "key-1", AT
    ),
    "family_card": lambda told: family_card.Client(told).relatives(IIN, "key-1", AT),
    "migration_portal": lambda told: migration_portal.Client(told).register(
        migration_portal.Registration(
            case_number="Қ-26-00417", origin="61", destination="55", members=[]
        ),
        "key-1",
        AT,
    ),
    "mobile_app": lambda told: mobile_app.Client(told).notify(
        mobile_app.Notice(iin=IIN, case_number="Қ-26-00417", kind="received"), "key-1", AT
    ),
    "labour_exchange": lambda told: labour_exchange.Client(told).vacancies(
        labour_exchange.VacanciesRequest(region="55"), "key-1", AT
    ),
    "labour_market": lambda told: labour_market.Client(told).decision(draft(SIGNED), "key-1", AT),
    "unified_system": lambda told: unified_system.Client(told).services(HARD_IINS, "key-1", AT),
    "enforcement": lambda told: enforcement.Client(told).supervision(WATCHED, "key-1", AT),
    "probation": lambda told: probation.Client(told).supervision(WATCHED, "key-1", AT),
}
#: Other questions to the same systems.
MORE: dict[str, tuple[str, Ask]] = {
    "situation": (
        "family_card",
        lambda told: wellbeing.Client(told).situation(HARD_IINS[0], "key-2", AT),
    ),
    "plan_completed": (
        "family_card",
        lambda told: wellbeing.Client(told).plan_completed(
            wellbeing.Completion(
                iin=HARD_IINS[0], plan_number="Ж-26-00122", completed_on=AT.date(), result="full"
            ),
            "key-2",
            AT,
        ),
    ),
    "statuses": (
        "family_card",
        lambda told: wellbeing.Client(told).statuses(HARD_IINS, [AT.date()], "key-2", AT),
    ),
    "plan": (
        "unified_system",
        lambda told: unified_system.Client(told).plan(news(), "key-2", AT),
    ),
}

FAULTS = {
    Mode.SLOW: Outcome.UNAVAILABLE,
    Mode.DOWN: Outcome.UNAVAILABLE,
    Mode.MALFORMED: Outcome.MALFORMED,
    Mode.WRONG_SIGNATURE: Outcome.WRONG_SIGNATURE,
    Mode.OTHER_PERSON: Outcome.OTHER_PERSON,
}


def impatient(settings: Settings) -> Settings:
    return Settings(values={**settings.values, "registries.timeout": str(PATIENCE)})


def fault(ask: Ask, settings: Settings) -> RegistryFault:
    with pytest.raises(RegistryFault) as raised:
        ask(settings)
    return raised.value


def test_every_system_is_tried() -> None:
    assert set(ASKING) == set(SYSTEMS)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_system_answers(system: str, settings: Settings) -> None:
    reply = ASKING[system](settings)
    assert reply.value is not None
    assert reply.exchange.request
    assert reply.exchange.response


@pytest.mark.parametrize("system", SYSTEMS)
def test_not_found_is_an_answer(system: str, settings: Settings, sandbox: Sandbox) -> None:
    sandbox.switch(system, Mode.NOT_FOUND)
    reply = ASKING[system](settings)
    assert reply.value is None
    assert reply.exchange.response


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("mode", FAULTS)
def test_a_fault_is_named_in_time_and_without_personal_data(
    system: str, mode: Mode, settings: Settings, sandbox: Sandbox
) -> None:
    sandbox.switch(system, mode)
    found = fault(ASKING[system], impatient(settings) if mode is Mode.SLOW else settings)
    assert found.outcome is FAULTS[mode]
    if mode is Mode.SLOW:
        assert found.exchange.took < timedelta(seconds=PATIENCE + 1)
    assert IIN not in str(found)
    assert found.exchange.request


@pytest.mark.parametrize("question", MORE)
def test_every_other_question_is_answered_or_not_found(
    question: str, settings: Settings, sandbox: Sandbox
) -> None:
    system, ask = MORE[question]
    assert ask(settings).value is not None
    sandbox.switch(system, Mode.NOT_FOUND)
    assert ask(settings).value is None


@pytest.mark.parametrize("question", MORE)
@pytest.mark.parametrize("mode", FAULTS)
def test_every_other_question_can_fail(
    question: str, mode: Mode, settings: Settings, sandbox: Sandbox
) -> None:
    system, ask = MORE[question]
    sandbox.switch(system, mode)
    found = fault(ask, impatient(settings) if mode is Mode.SLOW else settings)
    assert found.outcome is FAULTS[mode]
    assert not [iin for iin in HARD_IINS if iin in str(found)]


def test_a_system_that_is_not_there_is_unavailable(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    gone = Settings(values={**settings.values, "registries.url": f"http://127.0.0.1:{port}"})
    assert fault(ASKING["gbd_fl"], gone).outcome is Outcome.UNAVAILABLE
    nowhere = Settings(values={"registries.keys": settings.values["registries.keys"]})
    assert fault(ASKING["family_card"], nowhere).outcome is Outcome.UNAVAILABLE


def dribble(piece: bytes, pause: float) -> tuple[str, threading.Event]:
    """Serve one answer piece by piece for as long as somebody listens."""
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def run() -> None:
        with server:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                while not stop.wait(pause):
                    try:
                        connection.sendall(piece)
                    except OSError:
                        return

    threading.Thread(target=run, daemon=True).start()
    return f"http://127.0.0.1:{server.getsockname()[1]}", stop


def test_a_sender_that_dribbles_is_cut_off_in_time(settings: Settings) -> None:
    url, stop = dribble(b" ", 0.05)
    slow = Settings(values={**impatient(settings).values, "registries.url": url})
    found = fault(ASKING["guardianship"], slow)
    assert found.outcome is Outcome.UNAVAILABLE
    assert timedelta(seconds=PATIENCE) <= found.exchange.took < timedelta(seconds=PATIENCE + 1)
    stop.set()


def test_an_endless_answer_is_cut_off(settings: Settings) -> None:
    url, stop = dribble(b" " * (MAX_ANSWER // 2 + 1), 0.001)
    told = {**settings.values, "registries.url": url, "registries.timeout": "10"}
    assert fault(ASKING["guardianship"], Settings(values=told)).outcome is Outcome.MALFORMED
    stop.set()


def test_the_register_knows_what_the_family_says(settings: Settings) -> None:
    reply = gbd_fl.Client(settings).person(IIN, "message-2", AT)
    found, told = reply.value, FAMILY.applicant
    assert found is not None
    assert (found.surname, found.name, found.patronymic) == (
        told.surname,
        told.name,
        told.patronymic,
    )
    assert (found.born, found.sex, found.citizenship) == (told.born, told.sex, told.citizenship)
    assert found.kandas_number == FAMILY.status_number
    assert found.address.city == FAMILY.place
    assert gbd_fl.differences(told, found) == []


def test_the_message_is_the_gateways(settings: Settings) -> None:
    exchange = gbd_fl.Client(settings).person(IIN, "message-3", AT).exchange
    for part in (
        "<typ:SendMessage",
        "<messageId>message-3</messageId>",
        "<serviceId>GBDFL_UniversalServiceSync</serviceId>",
        'xsi:type="m:Request"',
        f"<iin>{IIN}</iin>",
        "<wsse:Security",
    ):
        assert part in exchange.request
    assert "kdpToken" not in exchange.request
    assert "<code>SCSS001</code>" in exchange.response


def test_the_token_of_the_consent_goes_along_where_it_is_demanded(settings: Settings) -> None:
    told = {
        **settings.values,
        "registries.gbd_fl.service": "GBDFLUniversal_token",
        "registries.gbd_fl.token": "consent-1",
    }
    request = gbd_fl.Client(Settings(values=told)).person(IIN, "message-4", AT).exchange.request
    assert "<serviceId>GBDFLUniversal_token</serviceId>" in request
    assert "<kdpToken>consent-1</kdpToken>" in request


def test_somebody_who_is_no_gateway_is_not_believed(settings: Settings) -> None:
    told = {**settings.values, "registries.gateway_bin": "240641000015"}
    for system in ("gbd_fl", "family_card"):
        found = fault(ASKING[system], Settings(values=told))
        assert found.outcome is Outcome.WRONG_SIGNATURE


def test_a_question_with_a_foreign_key_is_refused(settings: Settings, tmp_path: Path) -> None:
    told = Settings(values={**settings.values, "registries.keys": str(tmp_path)})
    for system in ("gbd_fl", "family_card"):
        assert fault(ASKING[system], told).outcome is Outcome.REFUSED


def test_keys_can_be_files(settings: Settings, tmp_path: Path) -> None:
    key, trust = tmp_path / "key.pem", tmp_path / "trust.pem"
    identity = settings.identity(AT)
    key.write_bytes(identity.pem())
    authority = Path(settings.values["registries.keys"]) / "authority.pem"
    trust.write_bytes(authority.read_bytes().partition(b"-----END PRIVATE KEY-----\n")[2])
    told = {
        "registries.url": settings.values["registries.url"],
        "registries.key": str(key),
        "registries.trust": str(trust),
    }
    for system in ("gbd_fl", "family_card"):
        assert ASKING[system](Settings(values=told)).value is not None


def test_only_acts_registered_here_and_late_enough_are_electronic(settings: Settings) -> None:
    for family in families():
        iins = [one.person.iin or "" for one in family.members]
        iins += [one.iin or "" for one in family.lost]
        reply = civil_registry.Client(settings).acts(iins, f"acts-{family.number}", AT)
        known = {act.number for act in reply.value.acts} if reply.value else set()
        assert known == {
            act.number
            for act in family.acts
            if act.country == "KAZ" and act.on >= civil_registry.SINCE[act.kind]
        }
    assert civil_registry.Client(settings).since("birth") == date(2007, 8, 13)


def test_a_cut_off_is_a_setting(settings: Settings) -> None:
    act = next(act for act in MARRIED.acts if act.kind == "marriage")
    iins = [one.person.iin or "" for one in MARRIED.members]
    late = {
        **settings.values,
        "registries.civil_registry.marriage_since": f"{act.on.year + 1}-01-01",
    }
    before = civil_registry.Client(settings).acts(iins, "early", AT).value
    after = civil_registry.Client(Settings(values=late)).acts(iins, "late", AT).value
    assert before is not None
    assert act.number in {one.number for one in before.acts}
    assert act.number not in {one.number for one in (after.acts if after else [])}


def test_a_repeated_key_registers_once(settings: Settings) -> None:
    client = migration_portal.Client(settings)
    asked = migration_portal.Registration(
        case_number="Қ-26-00418", origin="61", destination="55", members=[]
    )
    first, again = (client.register(asked, "once", AT).value for _ in range(2))
    other = client.register(asked, "another", AT).value
    assert first is not None
    assert other is not None
    assert first == again
    assert other.number != first.number


@pytest.mark.parametrize(
    ("signed", "text"),
    [(b"<d><text>Register</text></d>", "Register"), (SIGNED, "Something else"), (b"no", "no")],
)
def test_a_decision_without_its_signature_is_refused(
    signed: bytes, text: str, settings: Settings
) -> None:
    found = fault(
        lambda told: labour_market.Client(told).decision(draft(signed, text), "key-9", AT), settings
    )
    assert found.outcome is Outcome.REFUSED


def test_vacancies_are_of_the_region_and_the_occupation(settings: Settings) -> None:
    asked = labour_exchange.VacanciesRequest(region="55", occupation="мейіргер", limit=5)
    reply = labour_exchange.Client(settings).vacancies(asked, "vacancies", AT)
    assert reply.value is not None
    assert {one.title for one in reply.value.vacancies} == {"Мейіргер"}
    assert {one.place for one in reply.value.vacancies} == {"Павлодар", "Екібастұз", "Баянауыл"}


def test_the_card_knows_level_status_and_composition_with_their_day(settings: Settings) -> None:
    reply = wellbeing.Client(settings).situation(HARD_IINS[0], "situation", AT)
    found, stage = reply.value, HARD.stage(AT.date())
    assert found is not None
    assert stage is not None
    assert (found.level, found.determined_on) == (stage.level, stage.on)
    assert found.statuses == list(stage.statuses[HARD_IINS[0]])
    assert [one.iin for one in found.relatives] == HARD_IINS[1:]


def test_a_status_is_of_the_day_that_is_asked_about(settings: Settings) -> None:
    first, later = HARD.stages[0], HARD.stages[1]
    days = [first.on - timedelta(days=1), first.on, later.on]
    reply = wellbeing.Client(settings).statuses(HARD_IINS[:1], days, "days", AT)
    assert reply.value is not None
    assert [(one.day, one.level) for one in reply.value.standings] == [
        (first.on, first.level),
        (later.on, later.level),
    ]


def test_support_is_told_by_person_with_its_days(settings: Settings) -> None:
    reply = unified_system.Client(settings).services(HARD_IINS, "support", AT)
    assert reply.value is not None
    assert {(one.iin, one.code, one.since, one.until) for one in reply.value.services} == {
        (one.iin, one.code, one.since, one.until) for one in HARD.support
    }
    ended = unified_system.Service(
        iin=IIN, code="c", since=date(2026, 1, 1), until=date(2026, 1, 31)
    )
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1)]
    assert [ended.runs(day) for day in days] == [False, True, True, False]


def test_news_of_a_plan_count_once_per_key(settings: Settings, sandbox: Sandbox) -> None:
    client = unified_system.Client(settings)
    before = len(sandbox.server.world.care.plans.get("Ж-26-00122", []))
    first, again = (client.plan(news(), "plan-once", AT).value for _ in range(2))
    assert first == again
    assert client.plan(news("approved"), "plan-twice", AT).value is not None
    told = sandbox.server.world.care.plans["Ж-26-00122"][before:]
    assert [one.status for one in told] == ["opened", "approved"]


def test_both_adapters_say_the_same_of_one_person(settings: Settings) -> None:
    (watch,) = pick_hardship(lambda one: one.watched).watched
    by_one = enforcement.Client(settings).supervision(WATCHED, "e", AT).value
    by_other = probation.Client(settings).supervision(WATCHED, "p", AT).value
    assert by_one == by_other
    assert by_one is not None
    assert (by_one.since, by_one.until, by_one.duties) == (
        watch.since,
        watch.until,
        list(watch.duties),
    )
    assert by_one.lasts(AT.date())
    assert not by_one.lasts(watch.until + timedelta(days=1))


def test_other_proceedings_are_no_supervision() -> None:
    alimony = enforcement.Proceeding(number="26/1", kind="alimony", opened=date(2026, 1, 5))
    found = enforcement.Proceedings(iin=WATCHED, proceedings=[alimony])
    assert enforcement.supervised(found) is None
    older = enforcement.Proceeding(number="24/1", kind="probation", opened=date(2024, 1, 5))
    newer = enforcement.Proceeding(number="26/2", kind="probation", opened=date(2026, 1, 6))
    known = enforcement.supervised(
        found.model_copy(update={"proceedings": [newer, older, alimony]})
    )
    assert known is not None
    assert known.since == newer.opened
