"""Handlers as the executor calls them: a real database, a real sandbox, every kind of answer."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pydantic import BaseModel

from engine.handling import extensions
from engine.i18n import add_catalogues, translate
from engine.jobs.calling import Failed, Succeeded
from handlers.people import records
from handlers.people.facts import Relationship
from handlers.registries import SYSTEMS, base, civil_registry, labour_market
from handlers.registries.sandbox import Mode, Sandbox, page
from handlers.registries.sandbox.families import Family, families
from handlers.registries.sandbox.switches import Sending
from tests.unit.registries.conftest import AT, PATIENCE, Case, pick, save_family
from tests.unit.registries.test_clients import SIGNED

QUESTIONS = {
    "gbd_fl": "registries.gbd_fl.person",
    "civil_registry": "registries.civil_registry.acts",
    "guardianship": "registries.guardianship.wards",
    "supreme_court": "registries.supreme_court.adoptions",
    "family_card": "registries.family_card.relatives",
}
COMMANDS: dict[str, dict[str, object]] = {
    "registries.migration_portal.register": {"origin": "61", "destination": "55"},
    "registries.migration_portal.update": {"status": "reworked"},
    "registries.mobile_app.notify": {"kind": "received"},
    "registries.labour_exchange.vacancies": {"region": "55"},
    "registries.labour_market.decision": {"reason": "refusal"},
}
#: Tried in `test_order_74`.
ORDER_74 = {
    "registries.family_card.situation",
    "registries.family_card.plan_completed",
    "registries.family_card.status_changes",
    "registries.unified_system.services",
    "registries.unified_system.plan",
    "registries.enforcement.probation",
    "registries.probation.record",
}
ADOPTERS = pick(lambda family: family.adopted)


def outputs(outcome: object) -> dict[str, object]:
    assert isinstance(outcome, Succeeded), outcome
    return dict(outcome.outputs)


def test_all_topics_are_registered() -> None:
    told = {found.topic for found in extensions if found.topic.startswith("registries.")}
    assert told == {*QUESTIONS.values(), *COMMANDS, *ORDER_74}


def test_outputs_hold_nothing_that_names_a_person() -> None:
    private = {"iin", "surname", "name", "patronymic", "born"}
    for found in extensions:
        if found.topic.startswith("registries.") and found.gives is not None:
            assert not private & set(found.gives.model_fields), found.topic
            assert issubclass(found.gives, BaseModel)


def test_the_register_confirms_a_family(case: Case) -> None:
    ids = save_family(case, families()[1])
    told = outputs(case.call("registries.gbd_fl.person"))
    assert told["outcome"] == "found"
    assert told["source"] == "system"
    assert told["scans"] == []
    assert told["kandas"]
    assert told["registered"]
    assert sorted(told["known"]) == sorted(ids.values())  # type: ignore[call-overload]
    log = case.answers()
    assert {answer.person for answer in log} == set(ids.values())
    assert {answer.source for answer in log} == {"system"}


def test_the_log_keeps_both_sides_word_for_word(case: Case) -> None:
    family = families()[1]
    save_family(case, family)
    case.call("registries.gbd_fl.person")
    with case.database.reading() as uow:
        kept = records.answer_text(uow.session, case.answers()[0].id)
    assert kept is not None
    assert kept[0] == case.number
    assert "<wsse:Security" in kept[1]
    assert "SendMessageResponse" in kept[2]
    file = Path(str(case.database.url.database))
    written = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    assert len(written) > 10_000
    assert (family.applicant.iin or "").encode() not in written


def test_what_differs_is_told_and_kept(case: Case) -> None:
    family = families()[1]
    wrong = replace(
        family,
        members=(
            replace(
                family.members[0],
                person=replace(family.applicant, name="Бөтен", born=date(1990, 1, 1)),
            ),
            *family.members[1:],
        ),
    )
    ids = save_family(case, wrong)
    applicant = ids[family.applicant.iin or ""]
    told = outputs(case.call("registries.gbd_fl.person", person=applicant))
    assert (told["outcome"], told["source"], told["differences"]) == ("mismatch", "system", 2)
    (answer,) = case.answers()
    assert [(one.field, one.here, one.there) for one in answer.differences] == [
        ("name", "Бөтен", family.applicant.name),
        ("born", "1990-01-01", f"{family.applicant.born}"),
    ]


def test_a_person_without_iin_needs_a_scan(case: Case) -> None:
    family = families()[1]
    child = family.members[2]
    unnumbered = replace(child, person=replace(child.person, iin=None))
    save_family(case, replace(family, members=(*family.members[:2], unnumbered)))
    told = outputs(case.call("registries.gbd_fl.person"))
    assert told["source"] == "scan"
    assert len(told["scans"]) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize("system", QUESTIONS)
@pytest.mark.parametrize(
    ("mode", "outcome"),
    [
        (Mode.SLOW, "unavailable"),
        (Mode.DOWN, "unavailable"),
        (Mode.MALFORMED, "malformed"),
        (Mode.WRONG_SIGNATURE, "wrong_signature"),
        (Mode.OTHER_PERSON, "other_person"),
    ],
)
def test_a_fault_is_retried_and_then_the_case_goes_on_by_the_scan(
    system: str, mode: Mode, outcome: str, case: Case, sandbox: Sandbox
) -> None:
    save_family(case, ADOPTERS)
    sandbox.switch(system, mode)
    if mode is Mode.SLOW:
        case.settings["registries.timeout"] = str(PATIENCE)
    for case.attempt in (1, 2):
        failed = case.call(QUESTIONS[system])
        assert isinstance(failed, Failed)
        assert not failed.hopeless
        assert base.SENTENCES[base.Outcome(outcome)] in str(failed.reason)
        assert not any(one.person.iin in str(failed.reason) for one in ADOPTERS.members)
        assert case.answers() == []
    case.attempt = 3
    told = outputs(case.call(QUESTIONS[system]))
    assert told["outcome"] == outcome
    assert told["source"] == "scan"
    (answer,) = case.answers()[:1]
    assert (answer.outcome, answer.source, answer.system) == (outcome, "scan", system)


@pytest.mark.parametrize("system", QUESTIONS)
def test_patience_without_end_never_gives_up(system: str, case: Case, sandbox: Sandbox) -> None:
    save_family(case, ADOPTERS)
    sandbox.switch(system, Mode.DOWN)
    case.attempt = 50
    assert isinstance(case.call(QUESTIONS[system], patience=0), Failed)


@pytest.mark.parametrize("system", QUESTIONS)
def test_not_found_asks_for_scans_or_says_so(system: str, case: Case, sandbox: Sandbox) -> None:
    save_family(case, ADOPTERS)
    sandbox.switch(system, Mode.NOT_FOUND)
    told = outputs(case.call(QUESTIONS[system]))
    assert told["outcome"] == "not_found"
    assert told["scans"] or system == "family_card"
    # That somebody has no wards is an answer; everything else has to be shown some other way.
    assert told["source"] == ("system" if system == "guardianship" else "scan")


def needed(family: Family, ids: dict[str, str]) -> set[str]:
    """Say by the family's own facts which scans the civil registry leaves to be attached."""
    here = {
        (act.kind, act.iin)
        for act in family.acts
        if act.country == "KAZ" and act.on >= civil_registry.SINCE[act.kind]
    }
    wanted = set()
    if family.of(Relationship.SPOUSE) and ("marriage", family.applicant.iin) not in here:
        wanted.add("marriage")
    for child in family.of(Relationship.CHILD, Relationship.ADOPTED_CHILD):
        minor = child.born and AT.date() < child.born.replace(year=child.born.year + 18)
        if minor and ("birth", child.iin) not in here:
            wanted.add(f"birth:{ids[child.iin or '']}")
    return wanted


@pytest.mark.parametrize("number", [1, 2, 4, 13, 26, 39, 41, 53])
def test_scans_are_asked_for_only_what_the_civil_registry_cannot_know(
    number: int, case: Case
) -> None:
    family = families()[number - 1]
    ids = save_family(case, family)
    told = outputs(case.call("registries.civil_registry.acts"))
    assert set(told["scans"]) == needed(family, ids)  # type: ignore[call-overload]
    assert told["outcome"] == ("not_found" if told["scans"] else "found")


def dead_child(case: Case, family: Family) -> str:
    save_family(case, family)
    with case.database.begin() as uow:
        saved = records.save_person(uow.session, family.lost[0]).id
        uow.commit()
    return saved


def test_a_death_that_the_civil_registry_knows_wants_no_scan(case: Case) -> None:
    child = dead_child(case, families()[16])
    topic = "registries.civil_registry.acts"
    known = outputs(case.call(topic, deceased=[child]))
    assert not [one for one in known["scans"] if one.startswith("death")]  # type: ignore[attr-defined]
    late = outputs(case.call(topic, deceased=[child], death_from="2026-09-01"))
    assert f"death:{child}" in late["scans"]  # type: ignore[operator]


def test_a_death_is_shown_by_a_scan_if_it_is_foreign_unknown_or_the_registry_is_down(
    case: Case, sandbox: Sandbox
) -> None:
    topic = "registries.civil_registry.acts"
    child = dead_child(case, families()[33])
    assert f"death:{child}" in outputs(case.call(topic, deceased=[child]))["scans"]  # type: ignore[operator]
    child = dead_child(
        case, replace(families()[16], lost=(replace(families()[16].lost[0], iin=None),))
    )
    assert f"death:{child}" in outputs(case.call(topic, deceased=[child]))["scans"]  # type: ignore[operator]
    child = dead_child(case, families()[16])
    sandbox.switch("civil_registry", Mode.DOWN)
    case.attempt = 3
    assert f"death:{child}" in outputs(case.call(topic, deceased=[child]))["scans"]  # type: ignore[operator]


def test_wards_are_recognised(case: Case) -> None:
    family = pick(lambda family: family.wards)
    ids = save_family(case, family)
    told = outputs(case.call("registries.guardianship.wards"))
    assert told["wards"] == [ids[family.wards[0]]]
    assert told["outcome"] == "found"


def test_a_claimed_ward_whom_the_system_does_not_know_is_shown_by_a_scan(case: Case) -> None:
    ids = save_family(case, families()[1])
    child = ids[families()[1].members[2].person.iin or ""]
    told = outputs(case.call("registries.guardianship.wards", claimed=[child]))
    assert (told["outcome"], told["source"]) == ("not_found", "scan")
    assert told["scans"] == [f"guardianship:{child}"]


def test_a_case_may_keep_its_own_first_day_of_electronic_acts(case: Case) -> None:
    family = pick(
        lambda family: any(act.kind == "marriage" and act.country == "KAZ" for act in family.acts)
    )
    save_family(case, family)
    topic = "registries.civil_registry.acts"
    assert outputs(case.call(topic))["married"]
    late = outputs(case.call(topic, marriage_from="2026-09-01", birth_from=None))
    assert not late["married"]
    assert "marriage" in late["scans"]  # type: ignore[operator]


def test_a_ward_whom_the_application_leaves_out_is_a_difference(case: Case) -> None:
    family = pick(lambda family: family.wards)
    save_family(case, replace(family, members=family.members[:1]))
    told = outputs(case.call("registries.guardianship.wards"))
    assert (told["outcome"], told["differences"]) == ("mismatch", 1)
    assert case.answers()[0].differences[0].there == f"•••• {family.wards[0][-4:]}"


def test_adoptions_are_decided_and_nobody_is_asked_without_a_child(
    case: Case, sandbox: Sandbox
) -> None:
    ids = save_family(case, ADOPTERS)
    told = outputs(case.call("registries.supreme_court.adoptions"))
    assert told["decided"] == [ids[ADOPTERS.adopted[0]]]
    before = sandbox.server.switches.questions()["supreme_court"]
    save_family(case, families()[0])
    told = outputs(case.call("registries.supreme_court.adoptions"))
    assert (told["outcome"], told["source"]) == ("not_asked", "system")
    assert sandbox.server.switches.questions()["supreme_court"] == before


def test_relatives_who_stay_are_counted(case: Case) -> None:
    family = pick(lambda family: family.apart)
    save_family(case, family)
    told = outputs(case.call("registries.family_card.relatives"))
    assert (told["others"], told["parents"], told["children"]) == (1, 1, 0)
    assert told["outcome"] == "mismatch"
    (found,) = case.answers()[0].differences
    assert found.field == "relative.parent"
    assert found.there.startswith(family.apart[0].person.full_name)


def test_a_family_without_others_is_found(case: Case) -> None:
    save_family(case, pick(lambda family: not family.apart))
    told = outputs(case.call("registries.family_card.relatives"))
    assert (told["outcome"], told["others"]) == ("found", 0)


@pytest.fixture(autouse=True)
def signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a director have signed: where the domain keeps it is tested with the domain."""
    found = labour_market.SignedDecision(said="Register", version=2, document=SIGNED)
    monkeypatch.setattr(labour_market, "_sources", [lambda session, instance, number: found])


def test_without_a_signature_nothing_is_sent(
    case: Case, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
) -> None:
    save_family(case, families()[1])
    monkeypatch.setattr(labour_market, "_sources", [lambda session, instance, number: None])
    failed = case.call("registries.labour_market.decision", reason="refusal")
    assert isinstance(failed, Failed)
    assert "signed by the director" in str(failed.reason)
    assert case.answers() == []


@pytest.mark.parametrize("topic", COMMANDS)
def test_a_command_arrives(topic: str, case: Case) -> None:
    save_family(case, families()[1])
    told = outputs(case.call(topic, **COMMANDS[topic]))
    assert told["outcome"] == "found"
    assert all(value not in ("", None) for value in told.values())
    (kept,) = case.answers()
    assert (kept.system, kept.outcome) == (topic.split(".")[1], "found")


@pytest.mark.parametrize("topic", COMMANDS)
def test_a_command_insists_while_the_system_is_down(
    topic: str, case: Case, sandbox: Sandbox
) -> None:
    save_family(case, families()[1])
    sandbox.switch(topic.split(".")[1], Mode.DOWN)
    assert isinstance(case.call(topic, **COMMANDS[topic]), Failed)
    case.attempt = 21
    gives_up = topic in {"registries.mobile_app.notify", "registries.labour_exchange.vacancies"}
    assert isinstance(case.call(topic, **COMMANDS[topic]), Succeeded if gives_up else Failed)
    told = outputs(case.call(topic, patience=2, **COMMANDS[topic]))
    assert told["outcome"] == "unavailable"
    assert {one.outcome for one in case.answers()} == {"unavailable"}


def test_registering_again_gives_the_same_number(case: Case) -> None:
    save_family(case, families()[1])
    topic = "registries.migration_portal.register"
    first, again = (outputs(case.call(topic, **COMMANDS[topic])) for _ in range(2))
    assert first == again
    assert str(first["registration_number"]).startswith("KZ-2026-")


def test_a_case_without_family_fails_clearly(case: Case) -> None:
    failed = case.call("registries.gbd_fl.person")
    assert isinstance(failed, Failed)
    assert "no family" in str(failed.reason)


def test_values_that_the_process_gets_can_be_stored(case: Case) -> None:
    save_family(case, families()[1])
    for topic in QUESTIONS.values():
        json.dumps(outputs(case.call(topic)))


def test_every_sentence_is_translated() -> None:
    add_catalogues("handlers.registries")
    sentences = [
        *base.SENTENCES.values(),
        "The case has no family yet.",
        page.TITLE,
        page.INTRODUCTION,
        page.APPLY,
        page.QUERIES,
        page.SIGNALS,
        page.SIGNALS_ABOUT,
        page.NOWHERE,
        page.SEND,
        page.NO_ANSWER,
        page.WHERE,
        *page.NAMES.values(),
        *page.MODES.values(),
        *page.SENDINGS.values(),
    ]
    assert set(page.NAMES) == set(SYSTEMS)
    assert set(page.MODES) == set(Mode)
    assert set(page.SENDINGS) == set(Sending)
    for sentence in sentences:
        for language in ("kk", "ru"):
            assert translate(sentence, language) != sentence, (language, sentence)
