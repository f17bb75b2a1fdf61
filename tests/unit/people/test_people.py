"""Persons, families, answers: what is kept, how it is found again, and that it is unreadable."""

import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from engine.handling import extensions
from engine.model.people import LANGUAGES
from engine.store import Database, Keys
from handlers.people import iin, records
from handlers.people.facts import Difference, PersonFacts, Relationship
from handlers.people.kazakh import genitive
from handlers.people.regions import REGIONS

NOW = datetime(2026, 9, 7, 6, 0, tzinfo=UTC)
MAN, WOMAN = "850312300012", "921130400018"


@pytest.mark.parametrize(
    ("number", "birth", "sex", "contradicts"),
    [
        (MAN, date(1985, 3, 12), "male", False),
        (MAN, date(1985, 3, 13), "male", True),
        (MAN, date(1985, 3, 12), "female", True),
        (WOMAN, date(1992, 11, 30), "female", False),
        (WOMAN, None, "", False),
        ("100228500013", date(2010, 2, 28), "male", False),
        ("990701100012", date(1899, 7, 1), "male", False),
        ("990701100012", date(1999, 7, 1), "male", True),
    ],
)
def test_iin_against_birth_and_sex(
    number: str, birth: date | None, sex: str, contradicts: bool
) -> None:
    assert (iin.against(number, birth=birth, said=sex) is not None) is contradicts


def test_an_iin_without_century_contradicts_nothing() -> None:
    prefix = "85031200001"
    number = f"{prefix}{iin.check_digit(prefix)}"
    assert iin.sex(number) == ""
    assert iin.against(number, birth=date(1985, 3, 12), said="male") is None


def test_iin_is_masked() -> None:
    assert iin.masked(MAN) == "•••• 0012"
    assert iin.masked(None) == "—"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Төлеухан Ардақ", "Төлеухан Ардақтың"),
        ("Омарғазы Шынар", "Омарғазы Шынардың"),
        ("Байжанова Сәуле", "Байжанова Сәуленің"),
        ("Тоқтар Гүлдана", "Тоқтар Гүлдананың"),
        ("Тілеген Раушан", "Тілеген Раушанның"),
        ("Досжан Қанат", "Досжан Қанаттың"),
        ("Әбілқасым Берік", "Әбілқасым Беріктің"),
        ("Сейтқазы Айгүл", "Сейтқазы Айгүлдің"),
        ("Кәкім Ілияс", "Кәкім Ілиястың"),
        ("Мұқаш Әли", "Мұқаш Әлидің"),
        ("", ""),
    ],
)
def test_genitive_follows_harmony(name: str, said: str) -> None:
    assert genitive(name) == said


def person(surname: str, name: str, number: str | None = None) -> PersonFacts:
    return PersonFacts(id="", surname=surname, name=name, iin=number, born=date(1985, 3, 12))


def test_a_family_is_found_by_iin_and_by_all_words_of_a_name(database: Database) -> None:
    with database.begin() as uow:
        head = records.save_person(uow.session, person("Төлеухан", "Ардақ", MAN))
        wife = records.save_person(uow.session, person("Қабиқызы", "Маржан", WOMAN))
        family = [(head.id, Relationship.APPLICANT), (wife.id, Relationship.SPOUSE)]
        records.save_family(uow.session, "Қ-26-00001", family)
        uow.commit()
    with database.reading() as uow:
        for words in (MAN, WOMAN, "төлеухан", "Ардақ Төлеухан", " Маржан "):
            assert records.cases_of(uow.session, words) == ["Қ-26-00001"], words
        for words in ("Ардақ Маржан", "100228500013", "Төле", ""):
            assert records.cases_of(uow.session, words) == [], words
        found = records.family(uow.session, "Қ-26-00001")
        assert [one.person for one in found] == [head, wife]
        assert records.families(uow.session, ["Қ-26-00001", "Қ-26-00002"]) == {"Қ-26-00001": found}


def test_the_same_iin_is_the_same_person(sqlite: Database) -> None:
    with sqlite.begin() as uow:
        first = records.save_person(uow.session, person("Төлеухан", "Ардақ", MAN))
        again = records.save_person(uow.session, person("Төлеуханов", "Ардақ", MAN))
        assert again.id == first.id
        assert records.person_by_iin(uow.session, MAN) == again
        assert records.cases_of(uow.session, "Төлеухан") == []
        two = [records.save_person(uow.session, person("Бала", "Бір")) for _ in range(2)]
        assert two[0].id != two[1].id


def test_one_person_in_two_cases_at_once_is_one_row(database: Database) -> None:
    barrier = threading.Barrier(4)
    found: list[str] = []

    def save() -> None:
        with database.reading() as uow:
            assert records.person_by_iin(uow.session, MAN) is None
        barrier.wait()
        with database.begin() as uow:
            found.append(records.save_person(uow.session, person("Төлеухан", "Ардақ", MAN)).id)
            uow.commit()

    threads = [threading.Thread(target=save) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_members_may_leave_and_stay_in_order(sqlite: Database) -> None:
    with sqlite.begin() as uow:
        people = [records.save_person(uow.session, person("А", str(n))) for n in range(3)]
        roles = [Relationship.APPLICANT, Relationship.CHILD, Relationship.CHILD]
        both = list(zip([one.id for one in people], roles, strict=True))
        records.save_family(uow.session, "Қ-26-00001", both)
        records.save_family(uow.session, "Қ-26-00001", [both[0], both[2]])
        found = records.family(uow.session, "Қ-26-00001")
    assert [one.person.id for one in found] == [people[0].id, people[2].id]


def answer(
    uow: object, outcome: str, *differences: Difference, system: str = "gbd_fl", minute: int = 0
) -> None:
    records.save_answer(
        uow.session,  # type: ignore[attr-defined]
        case_number="Қ-26-00001",
        person_id=None,
        system=system,
        outcome=outcome,
        source="system",
        request="<ask/>",
        response="<say/>",
        differences=differences,
        asked_at=NOW,
        answered_at=NOW + timedelta(minutes=minute),
    )


def test_the_newest_answer_counts_and_differences_stand_first(sqlite: Database) -> None:
    with sqlite.begin() as uow:
        answer(uow, "found", system="civil_registry")
        answer(uow, "not_found")
        differs = Difference(person="", field="born", here="1985-03-12", there="1985-03-13")
        answer(uow, "mismatch", differs, minute=1)
        found = records.answers(uow.session, "Қ-26-00001")
        assert [(one.system, one.outcome) for one in found] == [
            ("gbd_fl", "mismatch"),
            ("civil_registry", "found"),
        ]
        assert found[0].differences == (differs,)
        assert records.answer_text(uow.session, found[0].id) == ("Қ-26-00001", "<ask/>", "<say/>")


def test_a_restricted_answer_is_left_out_unless_it_is_asked_for(database: Database) -> None:
    with database.begin() as uow:
        answer(uow, "found")
        secret = records.save_answer(
            uow.session,
            case_number="Қ-26-00001",
            person_id=None,
            system="probation",
            outcome="found",
            source="system",
            request="<ask/>",
            response="<say/>",
            asked_at=NOW,
            answered_at=NOW,
            restricted=True,
        )
        uow.commit()
    with database.reading() as uow:
        plain = records.answers(uow.session, "Қ-26-00001")
        everything = records.answers(uow.session, "Қ-26-00001", restricted=True)
        assert [one.system for one in plain] == ["gbd_fl"]
        assert [one.system for one in everything] == ["gbd_fl", "probation"]
        assert records.answer_text(uow.session, secret) is None
        seen = records.answer_text(uow.session, secret, restricted=True)
        assert seen == ("Қ-26-00001", "<ask/>", "<say/>")


def test_consent_is_given_once(sqlite: Database) -> None:
    with sqlite.begin() as uow:
        who = records.save_person(uow.session, person("Төлеухан", "Ардақ"))
        assert records.consented(uow.session, who.id, "Қ-26-00001") is None
        for hour in (6, 7):
            at = NOW.replace(hour=hour)
            records.give_consent(
                uow.session, person_id=who.id, case_number="Қ-26-00001", basis="b", at=at
            )
            uow.session.flush()
        assert records.consented(uow.session, who.id, "Қ-26-00001") == NOW


def test_nothing_personal_can_be_read_from_the_file(sqlite_url: str, keys: Keys) -> None:
    database = Database(sqlite_url, keys)
    with database.begin() as uow:
        who = records.save_person(uow.session, person("Төлеухан", "Ардақ", MAN))
        records.save_contacts(uow.session, who.id, {"phone": "+77010000001", "email": ""})
        answer(uow, "found")
        assert records.contacts(uow.session, who.id) == {"phone": "+77010000001"}
        uow.commit()
    database.close()
    data = b"".join(
        found.read_bytes()
        for found in Path(sqlite_url.removeprefix("sqlite:///")).parent.glob("zholdama.db*")
    )
    assert len(data) > 10_000
    for secret in (MAN, "Төлеухан", "Ардақ", "1985-03-12", "+77010000001", "<say/>"):
        assert secret.encode() not in data, secret


def test_every_region_has_its_name_in_each_language() -> None:
    assert set(extensions.regions) == set(REGIONS)
    for code, names in extensions.regions.items():
        assert all(names[language] for language in LANGUAGES), code
        assert len({*names.values()}) == len(LANGUAGES), code
