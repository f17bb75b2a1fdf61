"""Printed forms: annex 2 word for word, data that stays data, and a file for the archive."""

import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader

from engine.errors import ValueRefused
from engine.i18n import translate
from engine.paper import pdf
from handlers.kandas.paper import Mark, Received, Signed, application
from handlers.people.facts import MemberFacts, PersonFacts, Relationship
from handlers.registries.sandbox.families import families

AT = datetime(2026, 9, 7, 6, 30, tzinfo=UTC)
FAMILY = next(family for family in families() if len(family.members) == 6)

#: Annex 2 of order 170, sentence by sentence; the scan's errors repaired (A-38).
ANNEX_2 = (
    "Қандастар мен олардың отбасы мүшелеріне бейімдеу және ықпалдастыру қызметтерін көрсету "
    "қағидаларына 2-қосымша",
    "Нысан",
    "Қоныстандыру өңірінде қандастар мен олардың отбасы мүшелеріне бейімдеу және ықпалдастыру "
    "қызметтерін алуға жәрдемдесу туралы өтініш",
    "Маған және менің отбасымның мүшелеріне (бар болса) қоныстандыру өңірінде бейімдеу және "
    "ықпалдастыру қызметтерін алуға жәрдемдесуді сұраймын.",
    "Қазақстан Республикасының азаматтары болып табылмайтын отбасы мүшелері:",
    "1) жұбайы (зайыбы)",
    "2) өтініш беруші мен жұбайының (зайыбының) ата-аналары",
    "3) балалар (оның ішінде асырап алғандар) және олардың отбасы мүшелері",
    "4) некеде тұрмайтын ата-анасы бір және ата-анасы бөлек аға-әпкелер",
    "«Дербес деректер туралы» Заңның 8-бабына сәйкес бейімдеу және ықпалдастыру қызметтерін "
    "көрсету үшін қажетті менің дербес деректерімді жинауға және өңдеуге келісім беремін.",
    "(өтініш берушінің қолы)",
    "Өтініш қабылданды:",
    "(құжаттарды қабылдаған адамның тегі, аты, әкесінің аты (бар болса), лауазымы)",
    "(құжаттарды қабылдаған адамның қолы)",
)


def read(made: bytes) -> str:
    """Return the text of all pages, every gap one blank."""
    pages = PdfReader(io.BytesIO(made)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def test_annex_2_is_the_orders_word_for_word_and_in_its_order() -> None:
    said = read(application([], at=AT))
    place = 0
    for sentence in ANNEX_2:
        found = said.find(sentence, place)
        assert found >= 0, sentence
        place = found + len(sentence)
    assert len(re.findall(r"20 *жылғы « *»", said)) == 2


def test_the_family_stands_in_its_groups() -> None:
    said = read(
        application(
            FAMILY.members,
            at=AT,
            signed_on=date(2026, 9, 7),
            received=Received(
                name="Оспан Айгүл Маратқызы",
                position="мансап орталығының маманы",
                on=date(2026, 9, 8),
            ),
        )
    )
    for member in FAMILY.members[1:]:
        person = member.person
        assert f"{person.full_name}, {person.born:%d.%m.%Y}" in said
    spouse, child = FAMILY.members[1].person.full_name, FAMILY.members[2].person.full_name
    marks = [said.index(words) for words in ("1) ", spouse, "2) ", "3) ", child, "4) ")]
    assert marks == sorted(marks)
    assert "2026 жылғы «07» қыркүйек" in said
    assert "2026 жылғы «08» қыркүйек" in said
    assert "Оспан Айгүл Маратқызы, мансап орталығының маманы" in said


def test_the_form_lists_neither_the_applicant_nor_citizens_nor_iins() -> None:
    citizen = replace(
        FAMILY.members[1], person=replace(FAMILY.members[1].person, citizenship="KAZ")
    )
    said = read(application([FAMILY.members[0], citizen, *FAMILY.members[2:]], at=AT))
    assert citizen.person.full_name not in said
    assert FAMILY.applicant.full_name not in said
    assert FAMILY.members[2].person.full_name in said
    for member in FAMILY.members:
        assert str(member.person.iin) not in said


def test_the_mark_names_version_digest_and_signatures() -> None:
    signed = Signed(
        name="Қабылбек Ерлан Серікұлы",
        office="Еңбек мобильділігі орталығы",
        at=AT,
        serial="5a1f3c",
    )
    mark = Mark(
        number="Қ-26-00417",
        version=2,
        digest="9f" * 32,
        applicant=FAMILY.applicant.full_name,
        signatures=[signed],
    )
    said = read(application(FAMILY.members, at=AT, mark=mark))
    assert "Іс нөмірі: Қ-26-00417. Өтініштің нұсқасы: 2." in said
    assert "9f" * 32 in said
    assert "ЭЦҚ: Қабылбек Ерлан Серікұлы, Еңбек мобильділігі орталығы, 07.09.2026 11:30." in said
    assert "5a1f3c" in said


def test_a_large_family_goes_on_to_a_second_page() -> None:
    child = FAMILY.members[2]
    many = [
        replace(child, person=replace(child.person, name=f"{child.person.name}{number}"))
        for number in range(60)
    ]
    made = application(many, at=AT)
    assert len(PdfReader(io.BytesIO(made)).pages) > 1
    said = read(made)
    assert all(one.person.full_name in said for one in many)
    assert ANNEX_2[-1] in said


@pytest.mark.parametrize(
    "name",
    [
        "#panic()",
        '"; read("/etc/passwd")',
        "*қалың* _көлбеу_",
        "$x$ @ref <label>",
        "\\u{1F600} [a]",
    ],
)
def test_what_a_person_typed_stays_text(name: str) -> None:
    person = PersonFacts(id="", surname=name, name="")
    said = read(application([MemberFacts(person=person, relationship=Relationship.SPOUSE)], at=AT))
    assert " ".join(name.split()) in said


def test_the_file_is_for_the_archive_and_for_everybody() -> None:
    reader = PdfReader(io.BytesIO(application([], at=AT)))
    root = reader.root_object
    assert root["/Lang"] == "kk"
    assert root["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert reader.metadata is not None
    assert reader.metadata.title == "Өтініш"
    assert reader.metadata.creation_date == AT
    described = root["/Metadata"].get_data().decode()  # type: ignore[attr-defined]
    assert "<pdfaid:part>2</pdfaid:part>" in described
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in described
    fonts = reader.pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    for font in fonts.values():
        (descendant,) = font.get_object()["/DescendantFonts"]
        descriptor = descendant.get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_the_same_data_at_the_same_moment_give_the_same_bytes() -> None:
    assert application(FAMILY.members, at=AT) == application(FAMILY.members, at=AT)


SIMPLE = '#set document(title: "T")\n#set text(lang: "kk")\n#json(bytes(sys.inputs.data)).word'


def test_a_template_can_be_text() -> None:
    assert "Қағаз" in read(pdf(SIMPLE, {"word": "Қағаз"}, at=AT))
    assert "2026-09-07" in read(pdf(SIMPLE, {"word": date(2026, 9, 7)}, at=AT))


@pytest.mark.parametrize(
    "template",
    ["#panic", "#let", '#read("/etc/passwd")', '#read("../../etc/passwd")', "#nobody()"],
)
def test_a_broken_template_is_an_error_that_says_where(template: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.typ"
    path.write_text(f'#set document(title: "T")\n{template}', encoding="utf-8")
    if template == "#panic":
        path.write_text("#panic()", encoding="utf-8")
    with pytest.raises(ValueRefused) as refused:
        pdf(path, {}, at=AT)
    for language in ("kk", "ru"):
        assert translate(refused.value.text, language) != str(refused.value)


def test_data_that_cannot_be_written_is_refused_at_once() -> None:
    with pytest.raises(TypeError):
        pdf(SIMPLE, {"word": object()}, at=AT)
