"""Pages of the installation itself: offices, people, settings, the reference, the demo's own."""

import html
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from werkzeug.test import TestResponse

from engine.config import Settings
from engine.demo import make_bin
from engine.i18n import add_catalogues
from engine.model.people import ADMIN, ANALYST, SYSTEM, Candidate
from engine.services import accounts, audit, organisations, settings
from engine.services.settings import Overlay
from engine.web.application import create_app
from handlers.registries.base import Settings as Told
from handlers.registries.supervision import owners
from tests.sample_office import PASSWORD, Office
from tests.unit.web.conftest import Person

Enter = Callable[[str], Person]
#: Of nobody.
IIN = "850312300012"


def stamp(answer: TestResponse) -> str:
    found = re.search(r'name="stamp" value="([^"]*)"', answer.text)
    assert found
    return found[1]


def acts(office: Office) -> list[tuple[str, str, Any]]:
    with office.database.reading() as uow:
        return [(row.act, row.subject, row.detail) for row in audit.list_rows(uow, size=20)]


def held(office: Office, login: str) -> set[str]:
    return {str(one) for one in office.actor(login).memberships}


def kept(answer: TestResponse, name: str) -> str:
    """Return what stands in a field of the form."""
    found = re.search(
        rf'(?:id|type)="(?:{name}|hidden)" name="{name}" value="([^"]*)"', answer.text
    )
    assert found, name
    return html.unescape(found[1])


@pytest.fixture
def regional(office: Office) -> Office:
    """The sample office with two regions and an administrator of one."""
    ctx = office.context
    with office.database.begin() as uow:
        for code, region in (("leo.47", "47"), ("leo.61", "61")):
            organisations.create(
                uow,
                ctx,
                SYSTEM,
                code=code,
                names={"kk": f"ЖАО {region}"},
                kind="leo",
                region=region,
            )
        for login, role in (("root47", "admin@leo.47"), ("clerk61", "clerk@leo.61")):
            accounts.create(
                uow,
                ctx,
                SYSTEM,
                login=login,
                password=PASSWORD,
                name=login.title(),
                memberships=[Candidate.parse(role)],
            )
        uow.commit()
    return office


# Offices.


def office_form(**changes: str) -> dict[str, str]:
    return {
        "code": "cc.2",
        "name-kk": "Екінші орталық",
        "name-ru": "Второй центр",
        "name-en": "",
        "kind": "cc",
        "region": "",
        "bin": make_bin(900),
        **changes,
    }


def test_an_office_is_made_found_and_changed(person: Enter, office: Office) -> None:
    root = person("root")
    assert root.post("/admin/offices/", office_form()).status_code == 303
    listed = root.get("/admin/offices/?q=екінші").text
    assert "Екінші орталық" in listed
    assert "Бөтен орталық" not in listed
    page = root.get("/admin/offices/cc.2")
    changed = office_form(stamp=stamp(page), **{"name-kk": "Үшінші орталық"})
    assert root.post("/admin/offices/cc.2", changed).status_code == 303
    assert "Үшінші орталық" in root.get("/admin/offices/cc.2").text
    assert ("organisation.put", "organisation:cc.2") in [one[:2] for one in acts(office)]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"code": "Код 1"}, "code"),
        ({"code": "cc.1"}, "code"),
        ({"name-kk": " "}, "name-kk"),
        ({"name-ru": "я" * 301}, "name-ru"),
        ({"kind": "Мансап"}, "kind"),
        ({"bin": "123456789012"}, "bin"),
    ],
)
def test_a_wrong_office_is_refused_at_its_field_and_kept(
    person: Enter, wrong: dict[str, str], field: str
) -> None:
    answer = person("root").post("/admin/offices/", office_form(**wrong))
    assert answer.status_code == 400
    assert f'id="e-{field}"' in answer.text
    for name, value in office_form(**wrong).items():
        if name not in {"region"}:
            assert kept(answer, name) == value.strip()


def test_two_who_change_one_office_are_told(person: Enter) -> None:
    first, second = person("root"), person("root")
    seen = stamp(first.get("/admin/offices/cc.9")), stamp(second.get("/admin/offices/cc.9"))
    form = office_form(code="cc.9", stamp=seen[0])
    assert first.post("/admin/offices/cc.9", form).status_code == 303
    late = office_form(code="cc.9", stamp=seen[1], **{"name-kk": "Кеш қалды"})
    answer = second.post("/admin/offices/cc.9", late)
    assert answer.status_code == 409
    assert kept(answer, "name-kk") == "Кеш қалды"
    again = {**late, "stamp": stamp(answer)}
    assert second.post("/admin/offices/cc.9", again).status_code == 303


# People.


def person_form(**changes: Any) -> dict[str, Any]:
    return {
        "login": "newcomer",
        "name": "Жаңа Адам",
        "iin": IIN,
        "password": "long enough",
        "language": "kk",
        "role": ["clerk", "", "head"],
        "place": ["cc.1", "", "mc.1"],
        **changes,
    }


def test_an_account_is_made_with_roles_and_found_by_name_and_iin(
    person: Enter, office: Office
) -> None:
    root = person("root")
    made = root.post("/admin/people/", person_form())
    assert made.status_code == 303
    assert held(office, "newcomer") == {"clerk@cc.1", "head@mc.1"}
    page = root.get(made.location)
    assert IIN not in page.text
    assert f"•••• {IIN[-4:]}" in page.text
    found = root.post("/admin/people/find", {"q": "жаңа"}, follow_redirects=True)
    assert "newcomer" in found.text
    led = root.post("/admin/people/find", {"q": IIN})
    assert IIN not in led.location
    found = root.get(led.location)
    assert "newcomer" in found.text
    assert "stranger" not in found.text
    act, subject, _ = next(one for one in acts(office) if "by IIN" in one[1])
    assert act == "access.read"
    assert IIN not in subject
    assert root.get(f"/admin/people/?q={IIN}").status_code == 303, "no IIN stays in an address"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"login": "root"}, "login"),
        ({"login": ""}, "login"),
        ({"name": " "}, "name"),
        ({"iin": "123"}, "iin"),
        ({"iin": "850312300013"}, "iin"),
        ({"password": "short"}, "password"),
        ({"language": "de"}, "language"),
        ({"place": ["nowhere", "", "mc.1"]}, "roles"),
        ({"role": ["", "", "head"]}, "roles"),
    ],
)
def test_a_wrong_account_is_refused_at_its_field_and_kept(
    person: Enter, office: Office, wrong: dict[str, Any], field: str
) -> None:
    answer = person("root").post("/admin/people/", person_form(**wrong))
    assert answer.status_code == 400
    assert f'id="e-{field}"' in answer.text
    assert kept(answer, "name") == person_form(**wrong)["name"].strip()
    assert "long enough" not in answer.text
    with office.database.reading() as uow:
        assert uow.accounts.by_login("newcomer") is None


def test_roles_are_changed_and_two_who_do_so_at_once_are_told(
    person: Enter, office: Office
) -> None:
    first, second = person("root"), person("root")
    address = f"/admin/people/{office.actor('stranger').account}"
    seen = stamp(first.get(address)), stamp(second.get(address))
    form = {"name": "Бөтен Бек", "language": "ru", "role": ["clerk"], "place": ["cc.1"]}
    assert first.post(address, {**form, "stamp": seen[0]}).status_code == 303
    assert held(office, "stranger") == {"clerk@cc.1"}
    late = {**form, "name": "Кеш Қалған", "role": ["head"], "place": ["mc.1"], "stamp": seen[1]}
    answer = second.post(address, late)
    assert answer.status_code == 409
    assert kept(answer, "name") == "Кеш Қалған"
    assert re.search(r'<option value="head" selected', answer.text)
    assert held(office, "stranger") == {"clerk@cc.1"}
    detail = next(one[2] for one in acts(office) if one[0] == "account.memberships")
    assert detail == {"roles": ["clerk@cc.1"]}
    assert "account.change" in [one[0] for one in acts(office)]


def test_nobody_takes_away_her_own_last_role_of_an_administrator(
    person: Enter, office: Office
) -> None:
    root, account = person("root"), office.actor("root").account
    form = {"name": "Әкімші Ерлан", "language": "kk", "role": ["head"], "place": ["mc.1"]}
    answer = root.post(
        f"/admin/people/{account}", {**form, "stamp": stamp(root.get(f"/admin/people/{account}"))}
    )
    assert answer.status_code == 400
    assert 'id="e-roles"' in answer.text
    assert held(office, "root") == {"admin@mc.1"}
    assert root.post(f"/admin/people/{account}/close", {"give_back": "1"}).status_code == 400
    assert root.get("/admin/people/").status_code == 200


def test_a_closed_account_gives_its_tasks_back_and_cannot_go_on(
    person: Enter, office: Office
) -> None:
    aigul, root = person("aigul"), person("root")
    task, account = office.open_tasks()[0], office.actor("aigul").account
    assert aigul.post(f"/inbox/tasks/{task}/claim").status_code in {200, 204, 303}
    page = root.get(f"/admin/people/{account}").text
    assert "1 ашық тапсырма" in page
    assert f"/admin/substitutions/?office=cc.1&amp;absent={account}" in page
    answer = root.post(f"/admin/people/{account}/close", {"give_back": "1"})
    assert answer.status_code == 303
    assert "1 тапсырма кезекке қайтты" in root.get(answer.location).text
    with office.database.reading() as uow:
        found = uow.tasks.find(task)
        assert found is not None
        assert found[0].assignee == ""
    assert aigul.get("/inbox/").status_code == 302, "her session is over"
    assert root.post(f"/admin/people/{account}/open").status_code == 303
    assert aigul.get("/inbox/").status_code == 200


def test_a_new_password_and_ending_sessions_end_what_was_open(
    person: Enter, app: Any, office: Office
) -> None:
    root, account = person("root"), office.actor("stranger").account
    visitor = Person(app)
    visitor.sign_in("stranger")
    assert visitor.get("/inbox/").status_code == 200
    answer = root.post(f"/admin/people/{account}/password", {"password": "short"})
    assert answer.status_code == 400
    assert 'id="e-password"' in answer.text
    assert root.post(f"/admin/people/{account}/sessions").status_code == 303
    assert visitor.get("/inbox/").status_code == 302
    found = root.post(f"/admin/people/{account}/password", {"password": "another password"})
    assert found.status_code == 303
    assert visitor.sign_in("stranger", "another password").status_code in {302, 303}


# An administrator of a region.


def test_a_regional_administrator_stays_in_her_region(person: Enter, regional: Office) -> None:
    someone = person("root47")
    offices, people = someone.get("/admin/offices/").text, someone.get("/admin/people/").text
    assert "leo.47" in offices
    assert "leo.61" not in offices + people
    assert "clerk61" not in people
    other = regional.actor("clerk61").account
    for address in ("/admin/offices/leo.61", f"/admin/people/{other}"):
        assert someone.get(address).status_code == 404, address
        assert someone.post(address, {"stamp": "x"}).status_code == 404, address
    for address in ("/admin/settings/", "/admin/settings/housekeeping.batch", "/admin/sandbox/"):
        assert someone.get(address).status_code == 403, address
    assert "/admin/settings/" not in offices, "no tab leads where she may not go"
    beyond = person_form(role=["clerk"], place=["leo.61"])
    analyst = person_form(role=[ANALYST], place=["leo.47"])
    for form in (beyond, analyst):
        answer = someone.post("/admin/people/", form)
        assert answer.status_code == 400
        assert 'id="e-roles"' in answer.text
        assert kept(answer, "name") == form["name"]
    assert someone.post(f"/admin/people/{other}/close").status_code == 404
    hers = person_form(role=["clerk"], place=["leo.47"])
    assert someone.post("/admin/people/", hers).status_code == 303


def test_offices_of_a_region_are_changed_there_and_made_by_the_ministry(
    person: Enter, regional: Office
) -> None:
    """A code is the region to domains: one of her choice would reach any."""
    someone = person("root47")
    assert "/admin/offices/new" not in someone.get("/admin/offices/").text
    assert someone.get("/admin/offices/new").status_code == 403
    made = someone.post("/admin/offices/", office_form(code="cc.61.99", region="47"))
    assert made.status_code == 400
    assert 'id="e-code"' in made.text
    page = someone.get("/admin/offices/leo.47")
    assert '<option value="">' not in page.text, "the whole country is not hers to give"
    form = office_form(code="leo.47", kind="leo", stamp=stamp(page))
    moved = someone.post("/admin/offices/leo.47", form)
    assert moved.status_code == 400
    assert 'id="e-region"' in moved.text
    assert kept(moved, "name-kk") == form["name-kk"]
    assert someone.post("/admin/offices/leo.47", {**form, "region": "47"}).status_code == 303


def test_an_analyst_of_the_region_is_the_ministrys_to_change(
    person: Enter, regional: Office
) -> None:
    """Whoever gives her a password could sign in as her, and change diagrams of the country."""
    with regional.database.begin() as uow:
        made = accounts.create(
            uow,
            regional.context,
            SYSTEM,
            login="analyst47",
            password=PASSWORD,
            name="Analyst",
            memberships=[Candidate(ANALYST, "leo.47"), Candidate("clerk", "leo.47")],
        )
        uow.commit()
    someone = person("root47")
    page = someone.get(f"/admin/people/{made}")
    assert page.status_code == 200
    assert f"/admin/people/{made}/password" not in page.text
    for act in ("password", "sessions", "close"):
        answer = someone.post(f"/admin/people/{made}/{act}", {"password": "another password"})
        assert answer.status_code == 403, act


def test_who_works_in_two_regions_is_the_ministrys_to_change(
    person: Enter, regional: Office
) -> None:
    both = [Candidate("clerk", "leo.47"), Candidate("clerk", "leo.61")]
    with regional.database.begin() as uow:
        other = regional.actor("clerk61").account
        accounts.set_memberships(uow, regional.context, SYSTEM, other, both)
        uow.commit()
    page = person("root47").get(f"/admin/people/{other}")
    assert page.status_code == 200
    form = {
        "name": "X",
        "language": "kk",
        "stamp": stamp(page),
        "role": [ADMIN],
        "place": ["leo.47"],
    }
    assert person("root47").post(f"/admin/people/{other}", form).status_code == 403
    assert person("root47").post(f"/admin/people/{other}/close").status_code == 403


# Settings.


def test_a_setting_is_changed_with_a_reason_and_holds_at_once(
    person: Enter, office: Office
) -> None:
    root, address = person("root"), "/admin/settings/housekeeping.batch"
    overlay = Overlay(office.database, office.context, fresh=0)
    assert overlay.current().get("housekeeping.batch") is None
    form = {"value": " 50 ", "reason": "Ерланның өтініші", "was": "20"}
    assert root.post(address, form).status_code == 303
    assert overlay.current()["housekeeping.batch"] == "50"
    page = root.get(address).text
    assert "Ерланның өтініші" in page
    assert "Әкімші Ерлан" in page
    act, subject, detail = acts(office)[0]
    assert (act, subject) == ("setting.change", "setting:housekeeping.batch")
    assert detail == {"before": "20", "after": "50", "source": "database"}, "no reason in it"
    back = {"back": "1", "reason": "as before", "was": "50", "value": "50"}
    assert root.post(address, back).status_code == 303
    with office.database.reading() as uow:
        assert "housekeeping.batch" not in settings.current(uow, office.context)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"value": "0", "reason": "why", "was": "20"}, "value"),
        ({"value": "1e3", "reason": "why", "was": "20"}, "value"),
        ({"value": "", "reason": "why", "was": "20"}, "value"),
        ({"value": "9" * 400, "reason": "why", "was": "20"}, "value"),
        ({"value": "50", "reason": "  ", "was": "20"}, "reason"),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_its_field(
    person: Enter, office: Office, form: dict[str, str], field: str
) -> None:
    answer = person("root").post("/admin/settings/housekeeping.batch", form)
    assert answer.status_code == 400
    assert f'id="e-{field}"' in answer.text
    assert kept(answer, "value") == form["value"][:201]
    assert not [one for one in acts(office) if one[0] == "setting.change"]


def test_the_second_of_two_who_change_a_setting_is_told(person: Enter) -> None:
    root, address = person("root"), "/admin/settings/housekeeping.hours"
    first = {"value": "23:00-05:00", "reason": "why", "was": "22:00-06:00"}
    assert root.post(address, first).status_code == 303
    answer = root.post(address, {**first, "value": "never"})
    assert answer.status_code == 409
    assert kept(answer, "value") == "never"
    assert kept(answer, "was") == "23:00-05:00"
    assert root.get("/admin/settings/no.such").status_code == 404


def test_who_is_asked_for_probation_data_is_settled_on_the_page(office: Office) -> None:
    """B-06: nobody is asked until an administrator says whose data these are."""
    add_catalogues("handlers.registries")
    name = "registries.probation_owner"
    root = Person(create_app(office))
    root.sign_in("root")
    page = root.get(f"/admin/settings/{name}").text
    assert "Пробация туралы мәлімет қай жүйеден сұралады" in page
    assert re.search(r'<option value="" selected>—</option>', page)
    for value, status in (("justice", 400), ("enforcement", 303)):
        form = {"value": value, "reason": "Министрліктің хаты", "was": ""}
        assert root.post(f"/admin/settings/{name}", form).status_code == status
    with office.database.reading() as uow:
        told = settings.current(uow, office.context)
    assert owners(Told(values=told)) == ("enforcement",)


def test_a_setting_that_was_taken_back_meanwhile_is_told_without_a_name(office: Office) -> None:
    """The value in the environment is longer than any that is written here."""
    name, long = "housekeeping.batch", "0" * 250 + "30"
    context = replace(office.context, settings={name: long})
    root = Person(create_app(replace(office, context=context)))
    root.sign_in("root")
    late = {"value": "50", "reason": "why", "was": "40"}
    answer = root.post(f"/admin/settings/{name}", late)
    assert answer.status_code == 409
    assert f"Бұл осы уақытта өзгертілді: қазір {long}" in answer.text
    again = {**late, "was": kept(answer, "was")}
    assert root.post(f"/admin/settings/{name}", again).status_code == 303


def test_the_settings_show_no_secret(office: Office) -> None:
    real = Settings(secret_key="s" * 40, keys="k" * 40, demo_password=PASSWORD)
    root = Person(create_app(replace(office, settings=real)))
    root.sign_in("root")
    page = root.get("/admin/settings/").text
    assert "housekeeping.retention" in page
    assert "ZHOLDAMA_JOBS" in page
    for secret in (real.secret_key, real.keys, real.demo_password, real.database_url):
        assert secret not in page


# The reference.


def test_the_reference_shows_forms_with_their_fields_and_elements(person: Enter) -> None:
    root = person("root")
    assert "sample/request" in root.get("/admin/reference/forms/").text
    page = root.get("/admin/reference/forms/sample/request").text
    assert "Аты-жөні" in page
    assert "Өтінішті қабылдау" in page
    assert root.get("/admin/reference/forms/no/such").status_code == 404
    assert root.get("/admin/reference/handlers/no.such").status_code == 404
    assert root.get("/admin/reference/handlers/").status_code == 200
    assert root.get("/admin/reference/regions/").status_code == 200


# The demo's own.


class _Away(BaseHTTPRequestHandler):
    """A sandbox that knows one system."""

    modes: dict[str, str]

    def do_GET(self) -> None:
        said = self.modes if self.path == "/switches" else {"questions": {"gbd_fl": 7}}
        self._answer(said)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.modes[self.path.rpartition("/")[2]] = json.loads(body)["mode"]
        self._answer(self.modes)

    def _answer(self, said: object) -> None:
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def sandbox() -> Iterator[tuple[str, dict[str, str]]]:
    modes = {"gbd_fl": "ok"}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Known", (_Away,), {"modes": modes}))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", modes
    server.shutdown()
    server.server_close()


def demo(office: Office, address: str) -> Person:
    add_catalogues("handlers.registries")
    context = replace(office.context, settings={"registries.url": address})
    extended = replace(office.settings, extensions=("handlers.registries",))
    found = Person(create_app(replace(office, context=context, settings=extended)))
    found.sign_in("root")
    return found


def test_the_switches_of_the_sandbox_are_thrown_and_written_down(
    office: Office, sandbox: tuple[str, dict[str, str]]
) -> None:
    address, modes = sandbox
    root = demo(office, address)
    page = root.get("/admin/sandbox/").text
    assert "«Жеке тұлғалар»" in page
    assert root.post("/admin/sandbox/registries/gbd_fl", {"mode": "down"}).status_code == 303
    assert modes == {"gbd_fl": "down"}
    assert ("sandbox.switch", "sandbox:gbd_fl", {"to": "down"}) in acts(office)
    assert "бұзылған" in root.get("/admin/sandbox/").text
    for path, mode in (("registries/gbd_fl", "away"), ("registries/none", "ok"), ("x/y", "ok")):
        assert root.post(f"/admin/sandbox/{path}", {"mode": mode}).status_code == 404


def test_a_sandbox_that_is_away_is_said_so(office: Office) -> None:
    root = demo(office, "http://127.0.0.1:9")
    assert "жауап бермейді" in root.get("/admin/sandbox/").text
    answer = root.post("/admin/sandbox/registries/gbd_fl", {"mode": "down"})
    assert answer.status_code == 503
