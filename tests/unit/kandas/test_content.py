"""The application as a document, its changes, the offices of a case."""

import hashlib
import threading
from datetime import UTC, datetime

import pytest

from engine import xml
from engine.store import Database
from handlers.kandas import content, records, regions
from handlers.kandas.content import Attached, Change, changes, digest, document

VALUES: dict[str, object] = {
    "surname": "Төлеухан",
    "name": "Ардақ",
    "iin": "850312300012",
    "born": "1985-03-12",
    "destination_region": "59",
    "destination_locality": "Петропавл",
    "members": [{"surname": "Қабиқызы", "name": "Маржан", "relationship": "spouse"}],
    "consent": True,
}
SCAN = Attached(kind="birth", document="d1", digest="00" * 32)


def test_the_document_names_case_version_and_hash_of_its_content() -> None:
    root = xml.parse(document("Қ-26-00001", 2, VALUES, [SCAN]))
    assert xml.namespace(root) == content.NAMESPACE
    assert (root.get("case"), root.get("version")) == ("Қ-26-00001", "2")
    inside = root[0]
    assert root.get("sha256") == hashlib.sha256(xml.canonical(inside)).hexdigest()
    assert root.get("sha256") == digest(VALUES, [SCAN])
    assert [xml.local(part) for part in inside] == ["applicant", "member", "statement", "documents"]


def test_the_same_words_make_the_same_bytes() -> None:
    turned = dict(reversed(list(VALUES.items()))) | {"email": "", "child_died": False}
    assert document("Қ-26-00001", 1, turned, []) == document("Қ-26-00001", 1, VALUES, [])
    assert digest(turned, []) == digest(VALUES, [])


@pytest.mark.parametrize(
    "other",
    [
        {"name": "Арда"},
        {"consent": False},
        {"members": []},
        {"destination_locality": "Тайынша"},
    ],
)
def test_any_other_word_makes_another_digest(other: dict[str, object]) -> None:
    assert digest(VALUES | other, []) != digest(VALUES, [])


def test_another_scan_makes_another_digest() -> None:
    assert digest(VALUES, [SCAN]) != digest(VALUES, [])
    forged = Attached(kind="birth", document="d1", digest="11" * 32)
    assert digest(VALUES, [SCAN]) != digest(VALUES, [forged])


def test_changes_say_whose_what_and_how() -> None:
    new = VALUES | {
        "destination_locality": "Тайынша",
        "members": [{"surname": "Қабиқызы", "name": "Маржан", "relationship": "parent"}],
    }
    assert changes(VALUES, [], new, [SCAN]) == [
        Change(whose="Қабиқызы Маржан", field="relationship", old="spouse", new="parent"),
        Change(whose="", field="destination_locality", old="Петропавл", new="Тайынша"),
        Change(whose="", field="documents", old="", new="birth"),
    ]
    assert changes(VALUES, [SCAN], VALUES, [SCAN]) == []


def test_somebody_who_left_is_a_change() -> None:
    found = changes(VALUES, [], VALUES | {"members": []}, [])
    assert [(one.field, one.new) for one in found] == [
        ("relationship", ""),
        ("surname", ""),
        ("name", ""),
    ]


def test_markup_in_a_name_stays_text() -> None:
    root = xml.parse(document("Қ-26-00001", 1, {"surname": '<a href="x">&amp;'}, []))
    assert "".join(root.itertext()) == '<a href="x">&amp;'


def test_twenty_regions_with_names_in_three_languages() -> None:
    assert len(regions.REGIONS) == 20
    for found in regions.REGIONS.values():
        assert set(found.names) == set(found.short) == {"kk", "ru", "en"}
    assert regions.name("59", "kk", short=True) == "СҚО"
    assert regions.name("10", "ru") == "область Абай"
    assert regions.name("99", "kk") == "99"


def test_the_six_offices_follow_from_the_two_regions() -> None:
    assert regions.offices("cc.47.2", "10") == {
        "origin_cc": "cc.47.2",
        "origin_mc": "mc.47",
        "origin_leo": "leo.47",
        "dest_leo": "leo.10",
        "dest_mc": "mc.10",
        "dest_cc": "cc.10.1",
    }
    assert set(regions.offices("cc.47.1", "").values()) == {"cc.47.1", "mc.47", "leo.47", ""}


def test_case_numbers_count_within_a_year(database: Database) -> None:
    with database.begin() as uow:
        numbers = [records.next_number(uow.session, year) for year in (2026, 2026, 2027, 2026)]
        uow.commit()
    assert numbers == ["Қ-26-00001", "Қ-26-00002", "Қ-27-00001", "Қ-26-00003"]


def test_cases_opened_at_once_get_numbers_of_their_own(database: Database) -> None:
    barrier = threading.Barrier(6)
    found: list[str] = []

    def open_some() -> None:
        barrier.wait()
        for _ in range(5):
            with database.begin() as uow:
                number = records.next_number(uow.session, 2026)
                uow.commit()
            found.append(number)

    threads = [threading.Thread(target=open_some) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(found) == [f"Қ-26-{number:05d}" for number in range(1, 31)]


def test_a_version_is_frozen_again_until_it_is_signed(sqlite: Database) -> None:
    at = datetime(2026, 9, 7, tzinfo=UTC)
    with sqlite.begin() as uow:
        records.begin(uow.session, "Қ-26-00001", "cc.47.1", at)
        records.save_values(uow.session, "Қ-26-00001", VALUES, 2)
        first = records.freeze(uow.session, "Қ-26-00001", 1, "A", at)
        records.save_values(uow.session, "Қ-26-00001", VALUES | {"email": "a@b.kz"}, 2)
        again = records.freeze(uow.session, "Қ-26-00001", 1, "A", at)
        second = records.freeze(uow.session, "Қ-26-00001", 2, "A", at)
        found = records.versions(uow.session, "Қ-26-00001")
    assert first.digest != again.digest == second.digest
    assert [one.number for one in found] == [1, 2]
    assert found[0].document == again.document != second.document
