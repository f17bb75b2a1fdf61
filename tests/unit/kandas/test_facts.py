"""Which scans are asked for, person by person (K-6, A-30, A-31)."""

from datetime import date

import pytest

from handlers.kandas.facts import Facts, FactsQuery, _facts
from handlers.kandas.records import Application
from handlers.people.facts import MemberFacts, PersonFacts, Relationship

TODAY = date(2026, 9, 7)
KNOWN = FactsQuery(
    identity=[], civil=[], guardianship=[], adoption=[], birth_from=date(2007, 8, 13)
)


def member(known: str, relationship: Relationship, born: date) -> MemberFacts:
    person = PersonFacts(id=known, surname="Төлеухан", name=known, born=born)
    return MemberFacts(person=person, relationship=relationship)


FAMILY = [
    member("head", Relationship.APPLICANT, date(1985, 1, 1)),
    member("wife", Relationship.SPOUSE, date(1986, 1, 1)),
    member("elder", Relationship.CHILD, date(2015, 1, 1)),
    member("baby", Relationship.CHILD, date(2026, 8, 1)),
]


def facts(
    query: FactsQuery = KNOWN, attached: set[tuple[str, str]] | None = None, **content: object
) -> Facts:
    found = Application(
        case_number="Қ-26-00001",
        origin_centre="cc.47.1",
        destination="10",
        content=content,
        version=1,
        round=1,
        heads=4,
        portal_number="",
        registered_at=None,
        accepted_by="",
        accepted_at=None,
        outcome="",
    )
    return _facts(query, found, FAMILY, attached or set(), TODAY)


def test_a_scan_of_one_child_is_none_of_the_other() -> None:
    query = KNOWN.model_copy(update={"civil": ["birth:elder", "birth:baby"]})
    assert facts(query).whose["birth"] == ["elder", "baby"]
    found = facts(query, {("birth", "elder")})
    assert (found.birth, found.whose["birth"]) == ("unknown", ["baby"])
    found = facts(query, {("birth", "elder"), ("birth", "baby")})
    assert found.birth == "attached"
    assert "birth" not in found.whose


def test_identity_is_asked_of_whom_the_register_left_open() -> None:
    query = KNOWN.model_copy(update={"identity": ["identity:wife", "identity:baby"]})
    assert facts(query).whose["identity"] == ["wife", "baby"]
    assert facts(query, {("identity", "wife")}).whose["identity"] == ["baby"]
    silent = KNOWN.model_copy(update={"identity": None})
    assert facts(silent).whose["identity"] == ["head", "wife"]
    assert facts().identity == "known"


def test_a_child_born_abroad_is_asked_alone() -> None:
    found = facts(members=[{"person": "elder", "born_abroad": True}, {"person": "baby"}])
    assert (found.birth, found.births_abroad, found.whose["birth"]) == ("known", True, ["elder"])
    found = facts(attached={("birth", "elder")}, members=[{"person": "elder", "born_abroad": True}])
    assert (found.births_abroad, found.first_birth) == (False, date(2026, 8, 1))


def test_a_child_born_before_electronic_acts_is_asked_alone() -> None:
    found = facts(KNOWN.model_copy(update={"birth_from": date(2020, 1, 1)}))
    assert (found.first_birth, found.whose["birth"]) == (date(2015, 1, 1), ["elder"])


def test_both_spouses_show_their_education() -> None:
    assert facts(attached={("education", "head")}).whose["education"] == ["wife"]


@pytest.mark.parametrize(
    ("civil", "abroad", "state"),
    [
        ([], False, "known"),
        (["death:lost"], False, "unknown"),
        (None, False, "unknown"),
        ([], True, "unknown"),
    ],
)
def test_a_death_is_the_civil_registrys_first(
    civil: list[str] | None, abroad: bool, state: str
) -> None:
    query = KNOWN.model_copy(update={"civil": civil})
    said = {"lost": [{"person": "lost", "death_date": "2015-01-01", "death_abroad": abroad}]}
    assert facts(query, **said).death == state
    assert facts(query, {("death", "lost")}, **said).death == "attached"
    assert facts(query).death == "none"


DEAD = [
    {"person": "early", "death_date": "2007-01-05"},
    {"person": "known", "death_date": "2015-01-01"},
    {"person": "abroad", "death_date": "2018-01-01", "death_abroad": True},
]


def test_a_death_before_electronic_acts_or_abroad_is_asked_alone() -> None:
    query = KNOWN.model_copy(update={"death_from": date(2008, 5, 1)})
    found = facts(query, lost=DEAD)
    assert (found.death, found.death_date) == ("unknown", date(2007, 1, 5))
    assert found.whose["death"] == ["early", "abroad"]
    found = facts(query, {("death", "abroad")}, lost=DEAD)
    assert (found.death, found.whose["death"]) == ("known", ["early"])
    found = facts(query, {("death", "abroad"), ("death", "early")}, lost=DEAD)
    assert (found.death, found.death_date) == ("known", date(2015, 1, 1))
    silent = query.model_copy(update={"civil": None})
    assert facts(silent, lost=DEAD).whose["death"] == ["early", "known", "abroad"]


def test_the_one_child_of_an_earlier_form_is_asked_as_before() -> None:
    said = {"child_died": True, "deceased": "lost", "death_date": "2007-01-05"}
    found = facts(**said)
    assert (found.death, found.death_date) == ("known", date(2007, 1, 5))
    assert found.whose["death"] == ["lost"]
    assert facts(**said, death_abroad=True).death == "unknown"
