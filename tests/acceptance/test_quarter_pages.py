"""The pages of a quarter: who sees which, what stands there, on paper and as a workbook."""

import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader

from engine.store import Database, Keys
from handlers.registries.sandbox.server import Sandbox
from tests.acceptance.kandas_stage import start_sandbox
from tests.acceptance.quarter_stage import (
    FIRST,
    FORMULA,
    MARKUP,
    SECOND,
    SignIn,
    entrance,
    furnish,
    gathered,
    number,
    pages,
    speak,
)
from tests.acceptance.support_stage import Play, make_template, wired
from tests.acceptance.workbooks import moment, read
from tests.unit.support.quarter_world import THIRD, at


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = start_sandbox(tmp_path_factory.mktemp("authority"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory, keys: Keys, sandbox: Sandbox) -> Path:
    """A database in which the quarter has been played."""
    path = make_template(tmp_path_factory.mktemp("support"), keys)
    database = Database(f"sqlite:///{path}", keys)
    furnish(wired(database, sandbox))
    database.close()
    return path


@pytest.fixture
def play(furnished: Path, tmp_path: Path, keys: Keys, sandbox: Sandbox) -> Iterator[Play]:
    path = shutil.copy(furnished, tmp_path / "case.db")
    database = Database(f"sqlite:///{path}", keys)
    found = wired(database, sandbox)
    found.clock.set(at(10, 21))
    yield found
    database.close()


@pytest.fixture
def sign_in(play: Play) -> SignIn:
    return entrance(play)


#: The head of an office that has nothing to do with these quarters.
HEADED = "sb.housing.47-head"
#: Who reads the conclusion that the first centre has sent.
SENT_TO = {"fsc.47.1-1", "fsc.47.1-head", "leo.47", "policy"}


def address(centre: str = FIRST, end: str = "") -> str:
    return f"/support/quarters/{number(centre)}{end}"


def plain(page: str) -> str:
    """Return the text of a page, without its tags."""
    return " ".join(re.sub("<[^>]+>", " ", page).split())


def test_the_centre_sees_numbers_charts_and_what_it_concluded(sign_in: SignIn) -> None:
    page = sign_in("fsc.47.1-1").get(address()).text
    said = plain(page)
    assert "Ведомствоаралық жұмыс туралы қорытынды: 2026 жылғы 3-тоқсан" in said
    assert "Іс-шаралар 8 алдыңғы тоқсан: (0)" in said
    assert "Кешіккендер 2" in said
    assert "Орташа, күн 8,5" in said
    assert "ішінара тиімді" in said
    assert "Тұрғын үй органы мерзімді өткізді" in said
    assert page.count('class="chart"') == 5
    # Each picture has its name, and its numbers in a table beneath it.
    assert page.count('role="img"') == page.count("<summary>") == 5
    assert "жұмыссыз" in said
    assert "own_word" in said  # a word of the card that nobody has translated


def test_what_was_typed_is_no_markup_and_no_style_stands_in_the_page(sign_in: SignIn) -> None:
    page = sign_in("fsc.47.1-1").get(address())
    assert MARKUP not in page.text
    assert "&lt;script&gt;" in page.text
    assert "style=" not in page.text
    assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_pages_speak_three_languages(sign_in: SignIn, language: str) -> None:
    words = {
        "kk": ("Салалар бойынша іс-шаралар", "Үй", "8,5"),
        "ru": ("Мероприятия по сферам", "3-й квартал 2026 года", "8,5"),
        "en": ("Measures by field", "Quarter 3 of 2026", "8.5"),
    }
    for login in ("fsc.47.1-1", "leo.47", "policy"):
        client = sign_in(login)
        speak(client, language)
        said = plain(client.get(address()).text)
        assert words[language][0] in said
        assert words[language][2] in said
        assert not re.search(r"\b[a-z]+:[a-z_]+\b", said), "a key without words"


@pytest.mark.parametrize("end", ["", "/conclusion.pdf", "/conclusion.xlsx"])
@pytest.mark.parametrize(
    ("login", "centre", "status"),
    [
        ("fsc.47.1-1", FIRST, 200),
        ("fsc.47.1-head", FIRST, 200),
        ("fsc.61.1-1", FIRST, 404),
        ("fsc.61.1-1", SECOND, 200),
        ("leo.47", FIRST, 200),
        ("leo.61", FIRST, 404),
        ("leo.61", SECOND, 404),  # not sent yet
        ("policy", FIRST, 200),
        ("policy", SECOND, 404),
        ("sb.housing.47", FIRST, 403),
        ("sb.housing.47-head", FIRST, 404),  # a head of an office, but of none of these
        ("admin", FIRST, 403),
    ],
)
def test_a_quarter_is_for_its_centre_and_once_sent_for_those_above(
    sign_in: SignIn, login: str, centre: str, status: int, end: str
) -> None:
    assert sign_in(login).get(address(centre, end)).status_code == status


def test_a_quarter_that_never_was_is_not_found(sign_in: SignIn) -> None:
    client = sign_in("fsc.47.1-1")
    for key in ("Т-26-9-fsc.47.1", "..", "Т-26-3-fsc.47.1%00"):
        assert client.get(f"/support/quarters/{key}").status_code == 404


def test_the_list_of_the_centre_the_region_and_the_country(sign_in: SignIn) -> None:
    own = plain(sign_in("fsc.47.1-1").get("/support/quarters").text)
    assert "2026 жылғы 3-тоқсан 8 іс-шара, 2 орындалды, 2 кешікті" in own
    assert "Орталықтардың қорытындылары" not in own
    region = plain(sign_in("leo.47").get("/support/quarters").text)
    assert "fsc.47.1 ішінара тиімді 1 8 2 2 1 1 1" in region
    empty = plain(sign_in("leo.61").get("/support/quarters").text)
    assert "Әзірге бірде-бір қорытынды жіберілген жоқ" in empty
    country = sign_in("policy").get("/support/quarters")
    said = plain(country.text)
    assert "Барлығы 1 8 2 2 1 1 1" in said
    # What was not sent is nobody's business here.
    assert SECOND not in country.text
    before = plain(sign_in("policy").get("/support/quarters?quarter=2026-2").text)
    assert "Барлығы 1 0 0 0 0 0 0" in before


def test_the_region_hears_which_centre_is_awaited(play: Play, sign_in: SignIn) -> None:
    with play.begin() as uow:
        gathered(uow.session, "fsc.47.2", THIRD)
        uow.commit()
    with play.begin() as uow:
        from engine.model.people import SYSTEM  # noqa: PLC0415
        from engine.services import organisations  # noqa: PLC0415

        names = dict.fromkeys(("kk", "ru", "en"), "Екінші орталық")
        organisations.create(uow, play.ctx, SYSTEM, code="fsc.47.2", names=names, kind="fsc")
        uow.commit()
    said = plain(sign_in("leo.47").get("/support/quarters").text)
    assert "1 орталық әлі жіберген жоқ" in said
    assert "Әлі жіберілмеген: Екінші орталық" in said


def test_the_region_now_is_numbers_without_a_name(sign_in: SignIn) -> None:
    client = sign_in("leo.47")
    page = client.get("/support/regions/47")
    said = plain(page.text)
    assert "Маңғыстау облысы" in said
    assert "fsc.47.1 3 3 1 0 5" in said
    assert "Сәрсен" not in page.text
    assert "Ж-26" not in page.text
    assert client.get("/support/regions/61").status_code == 404
    assert client.get("/support/regions/99").status_code == 404
    assert sign_in("fsc.47.1-head").get("/support/regions/47").status_code == 403
    assert "/support/regions/47" in client.get("/inbox/").text


def test_the_print_carries_text_numbers_and_charts(sign_in: SignIn) -> None:
    client = sign_in("fsc.47.1-1")
    made = client.get(address(end="/conclusion.pdf"))
    assert made.mimetype == "application/pdf"
    assert "inline" in made.headers["Content-Disposition"]
    reader = PdfReader(io.BytesIO(made.data))
    said = " ".join(" ".join(page.extract_text().split()) for page in reader.pages)
    for words in (
        "Ведомствоаралық жұмыс туралы қорытынды",
        "2026 жылғы 3-тоқсан",
        "Органдар бірлесіп жұмыс істеді. Тұрғын үй мәселесі ашық қалды.",
        "Тұрғын үй органы мерзімді өткізді",
        MARKUP,
        FORMULA,
        "Бекіткен: Ерлан Басшы",
        "Электрондық құжат Т-26-3-fsc.47.1, 1-нұсқа.",
        "Кешіккендер 2 0",
        "Денсаулық сақтау",
    ):
        assert words in said, words
    root = reader.root_object
    assert root["/Lang"] == "kk"
    assert "/StructTreeRoot" in root
    speak(client, "en")
    english = PdfReader(io.BytesIO(client.get(address(end="/conclusion.pdf")).data))
    assert "Quarter 3 of 2026" in english.pages[0].extract_text()
    assert english.root_object["/Lang"] == "en"


def test_a_quarter_that_is_not_written_yet_prints_its_numbers(sign_in: SignIn) -> None:
    made = sign_in("fsc.61.1-1").get(address(SECOND, "/conclusion.pdf"))
    said = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(made.data)).pages)
    assert "Көрсеткіш" in said
    assert "Бекіткен" not in said


def test_the_workbook_has_types_frozen_heads_and_no_formula(sign_in: SignIn) -> None:
    made = sign_in("fsc.47.1-1").get(address(end="/conclusion.xlsx"))
    assert "attachment" in made.headers["Content-Disposition"]
    sheets = read(made.data)
    assert all(page.frozen == 1 for page in sheets.values())
    cells = [cell for page in sheets.values() for row in page.rows for cell in row]
    assert not [cell for cell in cells if cell.kind == "formula"]
    numbers = {row[0].value: row[1:] for row in sheets["Көрсеткіштер"].rows}
    assert [one.value for one in numbers["Іс-шаралар"]] == [8, 0]
    assert [one.value for one in numbers["Орташа, күн"]] == [8.5]
    fields = {row[0].value: row[1:] for row in sheets["Салалар бойынша іс-шаралар"].rows}
    assert [one.value for one in fields["Денсаулық сақтау"]][:4] == [1, 1, 1, 1]
    assert all(one.kind == "number" for one in fields["Барлығы"])
    written = {row[0].value: row[1] for row in sheets["Қорытынды"].rows if len(row) > 1}
    assert (written["2-ұсыныс"].value, written["2-ұсыныс"].quoted) == (FORMULA, True)
    assert moment(written["Жіберілді"]).strftime("%d.%m.%Y %H:%M") == "20.10.2026 12:00"


def test_the_roll_up_as_a_workbook(sign_in: SignIn) -> None:
    made = sign_in("policy").get("/support/quarters.xlsx?quarter=2026-3")
    [(name, page)] = read(made.data).items()
    assert name == "Орталықтардың қорытындылары"
    assert [one.value for one in page.rows[1]] == [
        "Маңғыстау облысы",
        FIRST,
        "ішінара тиімді",
        *(1, 8, 2, 2, 1, 1, 1),
    ]
    assert sign_in("leo.61").get("/support/quarters.xlsx").status_code == 404
    assert sign_in("fsc.47.1-1").get("/support/quarters.xlsx").status_code == 403


#: Endpoint → its address, and who gets through.
WALK = {
    ("support.quarters", "GET"): (
        "/support/quarters",
        {"fsc.47.1-1", "fsc.47.1-head", "fsc.61.1-1", "leo.47", "leo.61", "policy", HEADED},
    ),
    ("support.quarter", "GET"): (address(), SENT_TO),
    ("support.quarter_pdf", "GET"): (address(end="/conclusion.pdf"), SENT_TO),
    ("support.quarter_xlsx", "GET"): (address(end="/conclusion.xlsx"), SENT_TO),
    ("support.rollup_xlsx", "GET"): ("/support/quarters.xlsx", {"leo.47", "policy"}),
    ("support.region", "GET"): ("/support/regions/47", {"leo.47"}),
    ("support.signal", "POST"): ("/signals/family-card", set()),
}
LOGINS = (
    "fsc.47.1-1",
    "fsc.47.1-head",
    "fsc.61.1-1",
    "leo.47",
    "leo.61",
    "policy",
    "sb.housing.47",
    HEADED,
    "admin",
)


def test_every_route_of_the_quarters_is_walked(play: Play) -> None:
    made = pages(play)
    mine = {f"handlers.support.pages.{name}" for name in ("quarter", "region", "signals")}
    there = {
        (rule.endpoint, method)
        for rule in made.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if made.view_functions[rule.endpoint].__module__ in mine
    }
    assert there == set(WALK)


@pytest.mark.parametrize("login", LOGINS)
def test_a_role_gets_through_where_it_may_and_nowhere_else(sign_in: SignIn, login: str) -> None:
    client = sign_in(login)
    for (endpoint, method), (where, allowed) in WALK.items():
        answer = client.open(where, method=method)
        expected = {200} if login in allowed else {401, 403, 404, 415}
        assert answer.status_code in expected, (endpoint, login)
        if 200 not in expected:
            assert "Тұрғын үй органы" not in answer.text


def test_the_street_is_asked_to_sign_in(play: Play) -> None:
    client = pages(play).test_client()
    for (endpoint, _), (where, _) in WALK.items():
        if endpoint != "support.signal":
            assert client.get(where).location.startswith("/sign-in"), endpoint
