"""The list of all cases, saved filters and the overview, as an administrator's browser asks."""

import re
from collections.abc import Callable

import pytest

from engine.services import audit
from tests.sample_office import Office
from tests.unit.web.conftest import Person

Enter = Callable[[str], Person]
IIN = "850312300012"


@pytest.fixture
def admin(person: Enter) -> Person:
    return person("root")


def acts(office: Office) -> list[str]:
    with office.database.reading() as uow:
        return [row.act for row in audit.list_rows(uow, size=20)]


def test_the_list_leads_from_a_form_to_an_address_that_names_nobody(
    admin: Person, office: Office
) -> None:
    answer = admin.post("/admin/cases/find", {"words": IIN, "status": "active", "who": "a, b"})
    assert answer.status_code == 303
    assert IIN not in answer.location
    assert re.search(r"\?person=~[^&]+&status=active&who=a&who=b$", answer.location)
    assert "search.person" in acts(office)
    page = admin.get(re.sub(r"&who=.*", "", answer.location))
    assert page.status_code == 200
    assert IIN not in page.text
    assert "access.read" in acts(office)


def test_an_iin_typed_for_a_number_is_led_out_of_the_address(admin: Person) -> None:
    answer = admin.get(f"/admin/cases/?number={IIN}&status=active")
    assert answer.status_code == 303
    assert IIN not in answer.location
    assert "person=~" in answer.location


@pytest.mark.parametrize(
    "query", ["person=" + IIN, "key=8503+1230+0012", f"who=root&where=iin+%3D+%22{IIN}%22"]
)
def test_no_field_keeps_an_iin_or_a_name_in_the_address_or_in_a_kept_filter(
    admin: Person, query: str
) -> None:
    answer = admin.get(f"/admin/cases/?{query}&status=active")
    assert answer.status_code == 303
    assert re.search(r"\?person=~[^&]+&status=active(&who=root)?$", answer.location)
    assert admin.get(answer.location).status_code == 200
    kept = {"name": "x", "query": f"{query}&status=active", "shared": "mine"}
    location = admin.post("/admin/filters/cases", kept).location
    assert re.search(r"/\?(who=root&)?status=active$", location)


def test_what_cannot_be_understood_is_said_at_its_field_and_kept(admin: Person) -> None:
    page = admin.get("/admin/cases/?where=rounds+%3E&started-from=soon&status=active")
    assert page.status_code == 400
    assert 'id="e-where"' in page.text
    assert 'id="e-started-from"' in page.text
    assert 'value="rounds &gt;"' in page.text
    assert '<option value="active" selected>' in page.text


def test_each_chip_takes_its_own_condition_away(admin: Person) -> None:
    page = admin.get("/admin/cases/?status=active&status=completed&late=1")
    hrefs = re.findall(r'<a class="chip" href="([^"]+)"', page.text)
    assert [one.replace("&amp;", "&") for one in hrefs] == [
        "/admin/cases/?status=completed&late=1",
        "/admin/cases/?status=active&late=1",
        "/admin/cases/?status=active&status=completed",
    ]


def test_a_wrong_page_of_the_list_is_refused(admin: Person) -> None:
    assert admin.get("/admin/cases/?after=nonsense").status_code == 400


def test_a_filter_is_kept_renamed_begun_with_and_deleted(admin: Person) -> None:
    kept = {"name": "Кешіккендер", "query": "late=1&after=x", "shared": "mine"}
    assert admin.post("/admin/filters/cases", kept).location == "/admin/cases/?late=1"
    again = admin.post("/admin/filters/cases", kept)
    assert again.status_code == 400
    assert 'id="e-name"' in again.text
    page = admin.get("/admin/filters/cases")
    found = re.search(r'action="(/admin/filters/cases/[0-9a-f]{32})"', page.text)
    assert found
    changed = {"act": "change", "name": "Мерзімі өткен істер", "shared": "all"}
    assert admin.post(found[1], changed).status_code == 303
    assert "Мерзімі өткен істер" in admin.get("/admin/cases/?status=active").text
    assert admin.post(found[1], {"act": "start"}).status_code == 303
    assert admin.get("/admin/cases/").location == "/admin/cases/?late=1"
    assert admin.post(found[1], {"act": "remove"}).status_code == 303
    assert admin.get("/admin/cases/").status_code == 200


def test_every_number_of_the_overview_leads_to_its_list(admin: Person) -> None:
    page = admin.get("/admin/")
    assert page.status_code == 200
    hrefs = set(re.findall(r'href="(/admin/cases/\?[^"]+)"', page.text))
    assert len(hrefs) >= 6
    for href in hrefs:
        assert admin.get(href.replace("&amp;", "&")).status_code == 200, href
    running = re.search(r'href="/admin/cases/\?status=active">([^<]+)</a>', page.text)
    assert running
    listed = admin.get("/admin/cases/?status=active")
    assert f'<span class="total-q">{running[1]}</span>' in listed.text
