"""Children who died (K-6): as many as there are, each with a certificate or an act of its own."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from engine.errors import FormRefused
from engine.handling import Work
from engine.model.people import Actor
from engine.store import Database
from handlers.kandas import content, records, regions
from handlers.kandas.content import Change, changes, digest
from handlers.kandas.forms.intake import ApplicationForm
from handlers.people import records as people

NOW = datetime(2026, 9, 7, 5, 0, tzinfo=UTC)
CASE = "Қ-26-00001"
FIRST = {"surname": "Сейітқали", "name": "Нұрлан", "death_date": "2015-03-02"}
SECOND = {"surname": "Сейітқали", "name": "Әсел", "death_date": "2007-01-05", "iin": ""}
SAID: dict[str, object] = {
    "surname": "Сейітқали",
    "name": "Ардақ",
    "born": "1985-03-12",
    "sex": "male",
    "destination_region": "59",
    "members": [],
    "consent": True,
}
#: As the form was while it knew one child who died.
EARLIER = {
    **SAID,
    "child_died": True,
    "deceased_surname": "Сейітқали",
    "deceased_name": "Нұрлан",
    "deceased_iin": "",
    "death_date": "2015-03-02",
    "death_abroad": True,
}


@pytest.fixture
def case(database: Database) -> Database:
    with database.begin() as uow:
        records.begin(uow.session, CASE, "cc.47.1", NOW)
        uow.commit()
    return database


def save(
    database: Database, values: Mapping[str, object], element: str = "application"
) -> Mapping[str, object]:
    work = Work(
        task="t",
        instance="i",
        business_key=CASE,
        process="kandas_approval",
        element=element,
        variables={"offices": regions.offices("cc.47.1", ""), "limits": {}},
        now=NOW,
    )
    with database.begin() as uow:
        told = ApplicationForm().save(uow.session, work, values, Actor(name="Ж. Ермек"))
        uow.commit()
    return told


def held(database: Database) -> tuple[Mapping[str, object], list[str]]:
    """Return what the application says, and the names of its children who died."""
    with database.reading() as uow:
        found = records.application(uow.session, CASE)
        assert found is not None
        known = [
            people.person(uow.session, str(one["person"])) for one in content.lost(found.content)
        ]
        return found.content, [one.name for one in known if one is not None]


def test_each_child_is_a_person_whom_the_registry_is_asked_about(case: Database) -> None:
    told = save(case, SAID | {"lost": [FIRST, SECOND]})
    said, names = held(case)
    assert names == ["Нұрлан", "Әсел"]
    assert told["deceased"] == [one["person"] for one in content.lost(said)]
    assert len(set(told["deceased"])) == 2  # type: ignore[call-overload]


def test_a_rework_keeps_the_children_it_names_and_takes_no_one_elses(case: Database) -> None:
    before = save(case, SAID | {"lost": [FIRST, SECOND]})["deceased"]
    rows = [dict(row) for row in content.lost(held(case)[0])]
    stranger = {**FIRST, "name": "Бөтен", "person": held(case)[0]["person"]}
    told = save(case, SAID | {"iin": "", "lost": [rows[1] | {"name": "Асел"}, stranger]})
    assert told["deceased"][0] == before[1]  # type: ignore[index]
    assert told["deceased"][1] not in {*before, stranger["person"]}  # type: ignore[index, misc]
    assert held(case)[1] == ["Асел", "Бөтен"]
    assert save(case, SAID | {"lost": []})["deceased"] == []


def test_nobody_dies_twice(case: Database) -> None:
    with pytest.raises(FormRefused) as refused:
        save(case, SAID | {"lost": [FIRST, {**FIRST, "name": "НҰРЛАН"}]})
    assert set(refused.value.errors) == {"lost.1.name"}


def test_a_case_begun_with_the_form_that_knew_one_child_goes_on(case: Database) -> None:
    (child,) = save(case, EARLIER)["deceased"]  # type: ignore[misc, attr-defined]
    said, names = held(case)
    assert names == ["Нұрлан"]
    assert [dict(one) for one in content.lost(said)] == [
        {
            "surname": "Сейітқали",
            "name": "Нұрлан",
            "patronymic": None,
            "iin": "",
            "death_date": "2015-03-02",
            "death_abroad": True,
            "person": child,
        }
    ]
    assert save(case, EARLIER | {"deceased_name": "Нұрбол"})["deceased"] == [child]
    assert held(case)[1] == ["Нұрбол"]
    assert save(case, EARLIER | {"child_died": False})["deceased"] == []


def test_what_was_signed_with_one_child_gives_the_same_bytes_for_ever() -> None:
    values = {
        "surname": "Төлеухан",
        "name": "Ардақ",
        "phone": "+77010000000",
        "members": [{"surname": "Қабиқызы", "name": "Маржан", "relationship": "spouse"}],
        **{key: value for key, value in EARLIER.items() if key not in SAID},
        "deceased": "p1",
        "consent": True,
    }
    assert digest(values, []) == "a198d022d44131e70d78005d7ac89c11659bb45efb37a54f96fa6c4355450004"


def test_every_child_is_signed_and_a_change_of_one_is_shown() -> None:
    values = SAID | {"lost": [FIRST, SECOND]}
    text = content.document(CASE, 1, values, []).decode()
    assert text.count("<deceased>") == 2
    assert "2007-01-05" in text
    assert digest(values, []) != digest(SAID | {"lost": [FIRST]}, [])
    turned = SAID | {"lost": [FIRST, SECOND | {"death_date": "2007-01-06"}]}
    assert changes(values, [], turned, []) == [
        Change(whose="Сейітқали Әсел", field="death_date", old="2007-01-05", new="2007-01-06")
    ]
    gone = changes(values, [], SAID | {"lost": [FIRST]}, [])
    assert [one.field for one in gone] == ["deceased_surname", "deceased_name", "death_date"]
