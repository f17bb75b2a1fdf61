"""Who sees what of a plan (S-7.3): every role opens every page, and each cell is looked for.

A word of its own stands in every kind of data (`matrix_stage`); a word that is somewhere on what a
role can open is seen. What is expected follows from the rows and columns of
`handlers.support.rights` and from which column a login is in, plan by plan and measure by measure;
`processes/support/README.md` holds the same table.
"""

import gzip
import hashlib
import io
import logging
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from werkzeug.test import TestResponse

from engine.bootstrap import App
from engine.config import Settings
from engine.jobs.executor import Executor
from engine.services import audit
from engine.store import Keys
from engine.store.tables import (
    account,
    deployment,
    document,
    instance,
    job,
    metadata,
    user_task,
)
from engine.web.application import create_app
from handlers.registries.sandbox.server import Sandbox
from handlers.support import quarters, rights
from tests.acceptance import matrix_stage
from tests.acceptance.kandas_stage import start_sandbox
from tests.acceptance.matrix_stage import CENTRE, NEW, NOBODY, QUARTER, SCHOLAR, SUBSTITUTE, World
from tests.acceptance.support_stage import DAUGHTER, MOTHER, make_template, on_stage

README = Path(__file__).parents[2] / "processes/support/README.md"
(
    ABOUT,
    IIN,
    OTHERS,
    GROUND,
    ANSWERS,
    CLOSED,
    RISK,
    RISKS,
    OWN,
    REPORTS,
    PAPERS,
    ELSEWHERE,
    VERSIONS,
    PLAN,
    STATES,
    NUMBERS,
    CONCLUSIONS,
) = rights.KINDS
LEADS, COLLEAGUE, HEAD, BODY, INTERIOR, REGION, POLICY, ADMIN, NONE = rights.COLUMNS

#: Word → what kind of data it stands in, and the measure it belongs to; 0: the plan.
WHOLE: Mapping[str, tuple[str, tuple[int, ...]]] = {
    "Қызғалдақ": (ABOUT, (0, 1, 2, 3, 4)),  # and she is the daughter's guardian
    "zqmail": (ABOUT, (0, 1, 2, 3, 4)),
    "zqaddress": (ABOUT, (0, 1, 2, 3, 4)),
    "Ақбөпе": (ABOUT, (0, 1)),
    "Балқия": (OTHERS, (0,)),
    MOTHER: (IIN, (0,)),
    DAUGHTER: (IIN, (0,)),
    "zqsituation": (GROUND, (0,)),
    "zqanswerplain": (ANSWERS, (0,)),
    "zqanswerclosed": (CLOSED, (0,)),
    "zqriskmother": (RISK, (0, 2, 3, 4)),
    "zqriskdaughter": (RISK, (0, 1)),
    "zqriskgrandmother": (RISKS, (0,)),
    "zqremark": (VERSIONS, (0,)),
    "zqamendment": (VERSIONS, (0,)),
    "zqplancomment": (PLAN, (0,)),
    "zqplanfile": (PLAN, (0,)),
    "zqreview1": (REPORTS, (1,)),
    "zqasked2": (REPORTS, (2,)),
    "zqanswered2": (REPORTS, (2,)),
    "zqasked4": (REPORTS, (4,)),
    "zqcomment1": (PAPERS, (1,)),
    "zqcomment4": (PAPERS, (4,)),
    "zqfile1": (PAPERS, (1,)),
    "zqfile3": (PAPERS, (3,)),
    "zqfile4": (PAPERS, (4,)),
    **{f"zqtitle{n}": (OWN, (n,)) for n in (1, 2, 3, 4)},
    **{f"zqexpected{n}": (OWN, (n,)) for n in (1, 2, 3, 4)},
    **{f"zqsaid{n}": (REPORTS, (n,)) for n in (1, 3, 4)},
    **{f"zqreported{n}": (RISK, (n,)) for n in (1, 3, 4)},
}
MOVED: Mapping[str, tuple[str, tuple[int, ...]]] = {
    "Меруерт": (ABOUT, (0, 1)),
    "zmnewaddress": (ABOUT, (0, 1)),
    "zmsituation": (GROUND, (0,)),
    "zmrisk": (RISK, (0, 1)),
    "zmreason": (VERSIONS, (0,)),
    "zmplanbefore": (PLAN, (0,)),
    "zmplanafter": (PLAN, (0,)),
    "zmafter1": (PAPERS, (1,)),
    "zmtitle61": (OWN, (1,)),
}
#: What is typed and not sent: for who has the task, and for her office.
DRAFT = frozenset({"zqdraft2", "zqfile2"})
#: The same of an intake that is being typed; its risks are for who types alone, until it is sent.
TYPED, TYPED_RISK = "zdsituation", "zdrisk"
AT_INTAKE: Mapping[str, frozenset[str]] = {
    f"{CENTRE}-1": frozenset({TYPED, TYPED_RISK}),
    **dict.fromkeys((f"{CENTRE}-head", SUBSTITUTE, f"{CENTRE}-2"), frozenset({TYPED})),
}
SENT, UNSENT = "zcsentfindings", "zcunsentfindings"
BODIES = {1: "education", 2: "social", 3: "interior", 4: "health"}


def _bodies() -> dict[str, dict[int, str]]:
    found: dict[str, dict[int, str]] = {}
    for place, name in BODIES.items():
        for end in ("", "-head"):
            column = INTERIOR if name == "interior" else BODY
            found[f"sb.{name}.47{end}"] = {place: column}
    return found


def _all(column: str) -> dict[int, str]:
    return dict.fromkeys(range(5), column)


#: Login → column of the plan that stays (0) and of its measures.
IN_WHOLE: Mapping[str, Mapping[int, str]] = {
    f"{CENTRE}-1": _all(LEADS),
    f"{CENTRE}-2": _all(COLLEAGUE),
    f"{CENTRE}-head": _all(HEAD),
    SUBSTITUTE: _all(HEAD),
    **_bodies(),
    "leo.47": _all(REGION),
    "admin": _all(ADMIN),
}
#: The same of the plan that moved: its old centre and old body are nobody any more.
IN_MOVED: Mapping[str, Mapping[int, str]] = {
    f"{NEW}-1": _all(LEADS),
    f"{NEW}-2": _all(COLLEAGUE),
    f"{NEW}-head": _all(HEAD),
    "sb.culture.61": {1: BODY},
    "leo.61": _all(REGION),
    "admin": _all(ADMIN),
}
#: What somebody sees besides: drafts of her office; and an office that gave its work away what it
#: sent itself, and nothing of the case.
KEPT: Mapping[str, frozenset[str]] = {
    "sb.social.47": DRAFT,
    "sb.social.47-head": DRAFT,
    "sb.employment.47": frozenset({"zqasked4"}),
    "sb.employment.47-head": frozenset({"zqasked4"}),
    **dict.fromkeys(
        (f"{CENTRE}-1", f"{CENTRE}-2", SUBSTITUTE, f"{CENTRE}-head"),
        frozenset({"Меруерт", matrix_stage.MOVED, "zmsituation"}),
    ),
}
#: Who wrote it on a desk of her own sees it there until it is sent.
QUARTERS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        (f"{CENTRE}-1", f"{CENTRE}-2", f"{CENTRE}-head", SUBSTITUTE), frozenset({SENT})
    ),
    **dict.fromkeys((f"{NEW}-1", f"{NEW}-2", f"{NEW}-head"), frozenset({UNSENT})),
    "leo.47": frozenset({SENT}),
    "policy": frozenset({SENT}),
}
LOGINS = (
    *IN_WHOLE,
    *(one for one in IN_MOVED if one not in IN_WHOLE),
    "sb.employment.47",
    "sb.employment.47-head",
    "sb.culture.47",
    "sb.social.61",
    "policy",
    SCHOLAR,
    NOBODY,
)


def granted(columns: Mapping[int, str], kind: str, places: tuple[int, ...]) -> bool:
    """Tell whether one of the columns somebody is in grants a kind of data."""
    found = {columns.get(place, NONE) for place in places} | {columns.get(0, NONE)}
    return any(rights.COLUMNS[column] & rights.KINDS[kind] for column in found)


def expected(login: str) -> frozenset[str]:
    """Return the words that somebody sees somewhere."""
    words = set(KEPT.get(login, ())) | AT_INTAKE.get(login, frozenset())
    words |= QUARTERS.get(login, frozenset())
    for table, held in ((WHOLE, IN_WHOLE), (MOVED, IN_MOVED)):
        columns = held.get(login, {})
        words |= {word for word, (kind, places) in table.items() if granted(columns, kind, places)}
    return frozenset(words)


WORDS = (
    frozenset(WHOLE)
    | frozenset(MOVED)
    | DRAFT
    | {TYPED, TYPED_RISK, SENT, UNSENT, matrix_stage.MOVED}
)


@dataclass(kw_only=True)
class House:
    """The installation with its plans, and every address there is about them."""

    world: World
    app: Flask
    #: Converter of an address → its values.
    values: Mapping[str, list[Any]]
    #: What each login was shown: address → text.
    seen: dict[str, dict[str, str]] = field(default_factory=dict)

    def client(self, login: str) -> FlaskClient:
        found = self.app.test_client()
        with found.session_transaction() as session:
            session["_user_id"] = self.world.play.logins[login]
        return found

    def addresses(self) -> Iterator[tuple[str, str]]:
        """Yield method and address of every route with every id."""
        urls = self.app.url_map.bind("localhost")
        for rule in self.app.url_map.iter_rules():
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                if rule.endpoint not in {"assets.send", "sign_in.leave"}:
                    for values in self._filled(rule.endpoint, sorted(rule.arguments)):
                        yield method, urls.build(rule.endpoint, values, method=method)

    def _filled(self, endpoint: str, names: list[str]) -> Iterator[dict[str, Any]]:
        if not names:
            yield {}
            return
        first, *rest = names
        key = "quarter" if first == "number" and endpoint in QUARTERLY else first
        assert key in self.values, f"say in matrix_stage what {first} of {endpoint} may be"
        for one in self.values[key]:
            for others in self._filled(endpoint, rest):
                yield {first: one, **others}

    def shown(self, login: str) -> Mapping[str, str]:
        """Have somebody open every page there is, once; return what was said at each address."""
        if login not in self.seen:
            someone = self.client(login)
            pages = [address for method, address in self.addresses() if method == "GET"]
            self.seen[login] = {
                address: text_of(someone.get(address)) for address in (*pages, *LISTS)
            }
        return self.seen[login]

    def of_plan(self, number: str) -> set[str]:
        """Return the ids of a plan's cases, tasks and documents, and its number quoted."""
        with self.world.play.reading() as uow:
            cases = set(
                uow.execute(
                    sa.select(instance.c.id).where(instance.c.business_key.startswith(number))
                ).scalars()
            )
            found = set(cases)
            for one in (user_task, document):
                query = sa.select(one.c.id).where(one.c.instance_id.in_(cases))
                found |= set(uow.execute(query).scalars())
        return found | {quote(number)}

    def rows(self) -> str:
        """Return a digest of every row of every table, but of what only records."""
        whole = hashlib.sha256()
        with self.world.play.reading() as uow:
            for table in metadata.sorted_tables:
                if table.name not in {"audit", "audit_head"}:
                    names = ", ".join(f'"{column.name}"' for column in table.columns)
                    found = uow.execute(sa.text(f'SELECT {names} FROM "{table.name}"'))
                    whole.update(repr(sorted(map(repr, found))).encode())
        return whole.hexdigest()

    def looks(self, login: str, size: int = 20_000) -> list[Any]:
        """Return what the audit log says of somebody's looks at restricted data, newest first."""
        with self.world.play.reading() as uow:
            rows = audit.list_rows(uow, size=size)
        mine = self.world.play.logins[login]
        return [one for one in rows if one.who == mine and one.act == "access.read"]


#: Routes whose number is that of a quarter.
QUARTERLY = frozenset({"support.quarter", "support.quarter_pdf", "support.quarter_xlsx"})


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("matrix")
    sandbox: Sandbox = start_sandbox(folder / "authority")
    with on_stage(make_template(folder, keys), folder, keys, sandbox) as play:
        world = matrix_stage.built(play)
        settings = Settings(
            secret_key="x" * 40,
            extensions=("handlers.kandas", "handlers.support", "handlers.people"),
        )
        app = create_app(
            App(
                settings=settings,
                database=play.database,
                context=play.ctx,
                executor=Executor(play.database, play.ctx),
            )
        )
        yield House(world=world, app=app, values=_values(world))
    sandbox.stop()


def _values(world: World) -> dict[str, list[Any]]:
    with world.play.reading() as uow:

        def ids(table: Any) -> list[str]:
            return [str(one) for one in uow.execute(sa.select(table.c.id)).scalars()]

        return {
            "instance_id": ids(instance),
            "task_id": ids(user_task),
            "document_id": ids(document),
            "answer_id": world.answers,
            "number": [world.whole, world.moved, world.typed],
            "quarter": [quarters.case_number(QUARTER, one) for one in (CENTRE, NEW)],
            "place": [1, 2, 3, 4],
            "act": ["amend", "moved", "died", "close", "again"],
            "region": ["47", "61"],
            # The workshop's pages are about files and versions: no plan is named by them.
            "branch": ["main"],
            "name": ["processes/support/plan.bpmn"],
            "key": ["support_plan"],
            "rest": ["inbox/"],
            "rehearsal_id": ["0" * 16],
            "code": [CENTRE],
            "account_id": ids(account)[:2],
            "setting": ["support.plan_days"],
            "topic": ["registries.gbd_fl.person"],
            "board": ["registries"],
            "system": ["gbd_fl"],
            "deployment_id": ids(deployment),
            "kind": ["case"],
            "subject": ids(instance)[:1],
            "day": ["2026-01-01"],
            "job_id": ids(job)[:2],
            **{
                f"{key}_id": ["0" * 32]
                for key in ("notification", "incident", "substitution", "batch", "filter")
            },
        }


def text_of(answer: TestResponse) -> str:
    """Return everything an answer says: text, headers, what a PDF, a workbook or a ZIP holds."""
    said = f"{answer.status_code}\n"
    said += "\n".join(f"{name}: {value}" for name, value in answer.headers) + "\n\n"
    if answer.mimetype == "application/pdf" and len(answer.data) > 1000:
        pages = PdfReader(io.BytesIO(answer.data)).pages
        return said + "".join(page.extract_text() for page in pages)
    if answer.data.startswith(b"\x1f\x8b"):
        return said + gzip.decompress(answer.data).decode()
    if "spreadsheet" in answer.mimetype or answer.mimetype == "application/zip":
        with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
            return said + "".join(book.read(one).decode() for one in book.namelist())
    return said + answer.text


LISTS = (
    "/inbox/?box=mine",
    "/inbox/?box=office",
    "/inbox/?box=overdue",
    "/inbox/?box=done",
    "/support/?over=1",
    f"/support/quarters?quarter={QUARTER}",
    f"/support/quarters.xlsx?quarter={QUARTER}",
)


@pytest.mark.parametrize("login", LOGINS)
def test_everybody_sees_what_the_matrix_says_and_nothing_else(house: House, login: str) -> None:
    shown = house.shown(login)
    where = {word: [address for address, said in shown.items() if word in said] for word in WORDS}
    wanted = expected(login)
    leaked = {word: found[:3] for word, found in where.items() if found and word not in wanted}
    assert leaked == {}, "seen by whom it is not for"
    missed = sorted(word for word in wanted if not where[word])
    assert missed == [], "kept from whom it is for"


@pytest.mark.parametrize("login", LOGINS)
def test_a_case_is_there_for_whom_it_is_and_for_nobody_else(house: House, login: str) -> None:
    """The plan's, each measure's, with history and diagram; the others do not exist."""
    with house.world.play.reading() as uow:
        rows = uow.execute(sa.select(instance.c.id, instance.c.business_key)).all()
    for row in rows:
        plan, _, place = row.business_key.partition("/")
        held = {house.world.whole: IN_WHOLE, house.world.moved: IN_MOVED}.get(plan, {})
        column = held.get(login, {}).get(int(place or 0), NONE)
        may = bool(rights.COLUMNS[column] & (rights.KINDS[OWN] | {rights.Part.STATES}))
        for end in ("", "/history", "/diagram.bpmn", "/signatures"):
            code = house.shown(login)[f"/cases/{row.id}{end}"][:3]
            if plan == house.world.whole:
                assert code == ("200" if may else "404"), (row.business_key, end)
            elif plan == house.world.moved:
                # Nobody of the new region's body had work in the case of the old one.
                assert code == "404" or may, (row.business_key, end)


def test_no_page_is_an_error_of_ours(house: House) -> None:
    for login in LOGINS:
        shown = house.shown(login)
        broken = [address for address, said in shown.items() if said.startswith("500")]
        assert broken == [], login


#: Words that only few may see.
CLOSED_WORDS = tuple(
    word for word, (kind, _) in (WHOLE | MOVED).items() if kind in {CLOSED, RISK, RISKS}
)


@pytest.mark.parametrize("login", [f"{CENTRE}-1", f"{CENTRE}-head", SUBSTITUTE, "sb.interior.47"])
def test_every_look_at_what_few_may_see_is_written_down(house: House, login: str) -> None:
    """Who, whose, when; and of nobody who saw nothing of it."""
    pages = house.shown(login)
    looks = house.looks(login)
    assert looks
    someone = house.client(login)
    closed = [
        address for address, said in pages.items() if any(word in said for word in CLOSED_WORDS)
    ]
    assert closed
    for address in closed[:: max(1, len(closed) // 8)]:  # each costs two walks through the log
        last = looks[0].number
        someone.get(address)
        looks = house.looks(login, 20)
        assert looks[0].number > last, address
        assert any(one in looks[0].subject for one in (house.world.whole, house.world.moved))
    assert {one.by for one in looks} == {"person"}


@pytest.mark.parametrize("login", [f"{CENTRE}-2", "sb.education.47", "leo.47", "policy"])
def test_who_sees_nothing_restricted_is_not_written_down(house: House, login: str) -> None:
    assert house.shown(login)
    assert house.looks(login) == []


def test_no_address_names_a_person_and_no_header_a_secret(house: House) -> None:
    for login in LOGINS:
        shown = house.shown(login)
        for address, said in shown.items():
            links = re.findall(r'(?:href|src|action|hx-[a-z]+|Location: )="?([^"\n]*)', said)
            kept = re.sub(r"(?:tel|mailto):\S+", "", " ".join(links))
            assert not re.search(r"(?<![0-9a-f])\d{12}(?![0-9a-f])", kept), (login, address)
            assert not [word for word in WORDS if word in kept], (login, address)
            heads = said.partition("\n\n")[0]
            files = {word for word in WORDS if word in heads} - {"zqplanfile"}
            assert not {word for word in files if not word.startswith("zqfile")}, address


NAMES = {MOTHER: "Қызғалдақ", DAUGHTER: "Ақбөпе", matrix_stage.MOVED: "Меруерт"}


@pytest.mark.parametrize("login", LOGINS)
def test_a_search_finds_nobody_whom_one_may_not_see(house: House, login: str) -> None:
    """By name or IIN; a number that is found tells who is in the case."""
    someone, world = house.client(login), house.world
    for iin, name in NAMES.items():
        number = world.moved if iin == matrix_stage.MOVED else world.whole
        columns = (IN_MOVED if number == world.moved else IN_WHOLE).get(login, {})
        places = (0, 1) if number == world.moved else WHOLE[name][1]
        for words in (iin, name):
            hers = number in _found(someone, words)
            assert hers <= granted(columns, ABOUT, places), words
            if columns.get(0, NONE) in {LEADS, HEAD, COLLEAGUE}:
                assert hers, words


def _found(someone: FlaskClient, words: str) -> str:
    """Return what the lists of cases and of tasks show for some words."""
    token = (someone.get("/session").json or {})["csrf"]
    said = ""
    for place, boxes in (("cases", ("",)), ("inbox", ("mine", "office", "done"))):
        for box in boxes:
            form = {"csrf_token": token, "q": words, **({"box": box} if box else {})}
            led = someone.post(f"/{place}/find", data=form).location
            assert words not in led
            page = someone.get(led).text
            rows = re.search(r"<main.*</main>", page, re.DOTALL)
            said += rows[0] if rows else page
    return said


@pytest.mark.parametrize("login", LOGINS)
def test_what_somebody_is_told_leads_to_a_page_of_hers(house: House, login: str) -> None:
    someone = house.client(login)
    listed = someone.get("/notifications/").text
    form = {"csrf_token": (someone.get("/session").json or {})["csrf"]}
    closed: list[str] = []
    told = set(re.findall(r'action="(/notifications/[0-9a-f]{32})"', listed))
    for notice in told:
        place = someone.post(notice, data=form).location
        if someone.get(place, follow_redirects=True).status_code != 200:
            closed.append(place)
    assert closed == []
    if login in {"leo.47", f"{CENTRE}-head"}:
        assert told


STRANGERS = (
    f"{NEW}-head",
    "sb.social.61",
    "sb.employment.47",
    "sb.culture.47",
    "leo.47",
    "policy",
    SCHOLAR,
    NOBODY,
)


@pytest.mark.parametrize("login", STRANGERS)
def test_a_form_sent_by_a_stranger_tells_and_changes_nothing(house: House, login: str) -> None:
    """With every id of the plan that stays, on every route that takes a form."""
    someone, world = house.client(login), house.world
    token = (someone.get("/session").json or {})["csrf"]
    own = house.of_plan(world.whole)
    before = house.rows()
    for method, address in house.addresses():
        if method == "POST" and any(one in address for one in own):
            form = {"csrf_token": token, "body": "x", "reason": "x", "to": NEW, "_act": "send"}
            answer = someone.post(address, data=form)
            # 409: her own office's finished task, which nobody can claim any more.
            assert answer.status_code in {400, 403, 404, 409}, (address, answer.status_code)
            said = text_of(answer)
            assert not [word for word in WHOLE if word in said], address
    assert house.rows() == before


def test_neither_log_nor_audit_nor_any_table_tells_of_anybody(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for login in (f"{CENTRE}-head", "sb.interior.47", "admin"):
            someone = house.client(login)
            for method, address in house.addresses():
                if method == "GET" and "/tasks/" in address:
                    someone.get(address)
        house.world.play.until(house.world.play.ctx.now() + timedelta(days=1))
    told = WORDS - {"zqplanfile", "zqfile1", "zqfile2", "zqfile3", "zqfile4"}
    assert [word for word in told if word in caplog.text] == []
    with house.world.play.reading() as uow:
        rows = [repr(one) for one in audit.list_rows(uow, size=5000)]
        assert [word for word in WORDS if any(word in one for one in rows)] == []
        for table in metadata.sorted_tables:
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            said = repr(uow.execute(sa.text(f'SELECT {names} FROM "{table.name}"')).all())
            assert [word for word in told if word in said] == [], table.name


def test_the_readme_holds_the_same_table() -> None:
    assert table() in README.read_text(), f"copy into processes/support/README.md:\n{table()}"


def table() -> str:
    """Return the matrix as people read it."""
    lines = [
        "| | " + " | ".join(rights.COLUMNS) + " |",
        "|---|" + "---|" * len(rights.COLUMNS),
    ]
    for kind, parts in rights.KINDS.items():
        cells = ("yes" if held & parts else "" for held in rights.COLUMNS.values())
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
