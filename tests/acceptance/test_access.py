"""Every route × every role × one's own and another region's cases; and whatever else one may try.

Two families are on their way, one from 47 to 10, one from 61 to 59. The walk takes its routes from
the application itself: a route that `ROUTES` does not name fails it.
"""

import hashlib
import io
import logging
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.bootstrap import App
from engine.clock import TestClock
from engine.config import Settings
from engine.demo import SCAN
from engine.model.people import ADMIN, ANALYST, SUPERVISOR, SYSTEM, Actor, ActorKind, Candidate
from engine.model.substitution import local_day
from engine.model.text import Text, packed
from engine.services import (
    accounts,
    audit,
    comments,
    documents,
    notifications,
    signing_in,
    substitutions,
    tasks,
)
from engine.services.wishes import Wish
from engine.store import Database, Keys
from engine.store.tables import job, metadata, user_task
from engine.web import attempts
from engine.web.application import create_app
from handlers.kandas.rehearsal import Case, usual
from handlers.people import records as people
from handlers.registries.sandbox.server import Sandbox
from tests.acceptance.kandas_stage import PASSWORD, Stage, make_template, start_sandbox, wired
from tests.acceptance.test_kandas import a_family, go
from tests.sample_office import furnish

EVIL = "<script>alert('170')</script>"
PAYLOAD = "<script>alert("

APPROVAL = "processes/kandas/approval.bpmn"
OPENER, MOBILITY = "career_specialist", "mobility_specialist"
PUBLIC: frozenset[str] = frozenset({"public"})
STAFF: frozenset[str] = frozenset()
ADMINS, HEADS = frozenset({ADMIN}), frozenset({SUPERVISOR})
ANALYSTS = frozenset({ANALYST})
LOOKERS = frozenset({ANALYST, ADMIN})
#: Pages of definitions: no case is on them, whoever may see them sees all.
WORKSHOP = "/workshop/"


@dataclass(frozen=True)
class Route:
    """What is expected of a route."""

    #: Roles of which one is enough; empty: anybody signed in; `PUBLIC`: the street.
    roles: frozenset[str] = STAFF
    #: What else is posted; ``{task}`` and ``{account}`` stand for ids.
    form: Mapping[str, str] | None = None
    #: Whether there is in this house what its address names; else nobody finds anything.
    there: bool = True


#: (endpoint, method) → who is let in. A new route needs a line here.
ROUTES: Mapping[tuple[str, str], Route] = {
    ("assets.send", "GET"): Route(PUBLIC),
    ("cases.comment", "POST"): Route(form={"body": "Пікір"}),
    ("cases.diagram", "GET"): Route(),
    ("cases.find", "GET"): Route(),
    ("cases.history", "GET"): Route(),
    ("cases.search", "POST"): Route(),
    ("cases.show", "GET"): Route(),
    ("cases.verify", "GET"): Route(),
    ("cockpit_acts.perform", "POST"): Route(ADMINS),
    ("cockpit_acts.preview", "POST"): Route(ADMINS),
    ("cockpit_acts.show", "GET"): Route(ADMINS),
    ("cockpit_batches.index", "GET"): Route(ADMINS),
    **{
        (f"cockpit_batches.{view}", "GET"): Route(ADMINS, there=False)
        for view in ("show", "progress", "report_csv", "report_xlsx")
    },
    **{
        (f"cockpit_batches.{view}", "POST"): Route(ADMINS, there=False)
        for view in ("start", "stop", "go_on", "again", "undo", "drop")
    },
    ("cockpit_calendar.affected", "GET"): Route(ADMINS, there=False),
    ("cockpit_calendar.decree", "POST"): Route(ADMINS, {"day-1": "2026-11-30", "source": "№ 1"}),
    ("cockpit_calendar.preview", "GET"): Route(ADMINS),
    ("cockpit_calendar.show", "GET"): Route(ADMINS),
    ("cockpit_case.diagram", "GET"): Route(ADMINS),
    ("cockpit_case.history", "GET"): Route(ADMINS),
    ("cockpit_case.show", "GET"): Route(ADMINS),
    ("cockpit_choosing.choose", "POST"): Route(ADMINS, there=False),
    ("cockpit_choosing.draw", "POST"): Route(ADMINS, there=False),
    ("cockpit_filters.change", "POST"): Route(ADMINS, there=False),
    ("cockpit_filters.save", "POST"): Route(ADMINS, there=False),
    ("cockpit_filters.show", "GET"): Route(ADMINS),
    ("cockpit_overview.show", "GET"): Route(ADMINS),
    ("cockpit_search.find", "POST"): Route(ADMINS),
    ("cockpit_search.show", "GET"): Route(ADMINS),
    ("cockpit_migration.attempt", "POST"): Route(ADMINS, there=False),
    ("cockpit_migration.cases", "GET"): Route(ADMINS),
    ("cockpit_migration.draw", "POST"): Route(ADMINS, there=False),
    ("cockpit_migration.remap", "POST"): Route(ADMINS, there=False),
    ("cockpit_migration.show", "GET"): Route(ADMINS),
    ("cockpit_handlers.executors", "GET"): Route(ADMINS),
    ("cockpit_handlers.index", "GET"): Route(ADMINS),
    ("cockpit_incidents.index", "GET"): Route(ADMINS),
    ("cockpit_incidents.show", "GET"): Route(ADMINS),
    ("cockpit_jobs.index", "GET"): Route(ADMINS),
    ("cockpit_offices.change", "POST"): Route(ADMINS),
    ("cockpit_offices.index", "GET"): Route(ADMINS),
    ("cockpit_offices.make", "POST"): Route(ADMINS),
    ("cockpit_offices.new", "GET"): Route(ADMINS),
    ("cockpit_offices.show", "GET"): Route(ADMINS),
    ("cockpit_people.change", "POST"): Route(ADMINS),
    ("cockpit_people.close", "POST"): Route(ADMINS),
    ("cockpit_people.end_sessions", "POST"): Route(ADMINS),
    ("cockpit_people.index", "GET"): Route(ADMINS),
    ("cockpit_people.make", "POST"): Route(ADMINS),
    ("cockpit_people.new", "GET"): Route(ADMINS),
    ("cockpit_people.password", "POST"): Route(ADMINS),
    ("cockpit_people.reopen", "POST"): Route(ADMINS),
    ("cockpit_people.search", "POST"): Route(ADMINS),
    ("cockpit_people.show", "GET"): Route(ADMINS),
    ("cockpit_processes.index", "GET"): Route(ADMINS),
    ("cockpit_processes.show", "GET"): Route(ADMINS),
    ("cockpit_reference.form_of", "GET"): Route(ADMINS),
    ("cockpit_reference.forms", "GET"): Route(ADMINS),
    ("cockpit_reference.handler_of", "GET"): Route(ADMINS),
    ("cockpit_reference.handlers", "GET"): Route(ADMINS),
    ("cockpit_reference.regions", "GET"): Route(ADMINS),
    ("cockpit_sandbox.move_clock", "POST"): Route(ADMINS),
    ("cockpit_sandbox.show", "GET"): Route(ADMINS, there=False),
    ("cockpit_sandbox.switch", "POST"): Route(ADMINS),
    ("cockpit_settings.change", "POST"): Route(ADMINS),
    ("cockpit_settings.index", "GET"): Route(ADMINS),
    ("cockpit_settings.show", "GET"): Route(ADMINS),
    ("cockpit_jobs.show", "GET"): Route(ADMINS),
    ("files.remove", "POST"): Route(),
    ("files.send", "GET"): Route(),
    ("frame.front_door", "GET"): Route(),
    ("frame.health", "GET"): Route(PUBLIC),
    ("frame.keys", "GET"): Route(),
    ("inbox.claim", "POST"): Route(),
    ("inbox.claim_many", "POST"): Route(form={"task": "{task}"}),
    ("inbox.claim_next", "POST"): Route(),
    ("inbox.find", "POST"): Route(),
    ("inbox.news", "GET"): Route(),
    ("inbox.preview", "GET"): Route(),
    ("inbox.release", "POST"): Route(),
    ("inbox.show", "GET"): Route(),
    ("kandas.answer", "GET"): Route(),
    ("kandas.appeared", "POST"): Route(frozenset({OPENER, MOBILITY, SUPERVISOR})),
    ("kandas.application", "GET"): Route(),
    ("kandas.new", "GET"): Route(frozenset({OPENER})),
    ("kandas.open_case", "POST"): Route(frozenset({OPENER}), {"centre": "cc.61.1"}),
    ("kandas.vacancy", "POST"): Route(frozenset({MOBILITY, SUPERVISOR})),
    ("kandas.withdraw", "POST"): Route(frozenset({OPENER, MOBILITY, SUPERVISOR})),
    ("notices.follow", "POST"): Route(),
    ("notices.pulse", "GET"): Route(),
    ("notices.read_all", "POST"): Route(),
    ("notices.show", "GET"): Route(),
    ("office.assign", "POST"): Route(HEADS, {"task": "{task}", "to": "{account}"}),
    ("office.show", "GET"): Route(HEADS),
    ("office.substitutions", "GET"): Route(HEADS),
    ("office.substitute", "POST"): Route(HEADS, {"office": "{office}", "absent": "{account}"}),
    ("office.end_substitution", "POST"): Route(HEADS, {"office": "{office}"}),
    ("sign_in.choose_language", "POST"): Route(PUBLIC, {"code": "ru"}),
    ("sign_in.enter", "POST"): Route(PUBLIC),
    ("sign_in.leave", "POST"): Route(),
    ("sign_in.ready", "GET"): Route(),
    ("sign_in.session_state", "GET"): Route(PUBLIC),
    ("sign_in.show", "GET"): Route(PUBLIC),
    ("substitutions.end_one", "POST"): Route(ADMINS),
    ("substitutions.set_one", "POST"): Route(ADMINS, {"office": "{office}"}),
    ("substitutions.show", "GET"): Route(ADMINS),
    ("task.keep_draft", "POST"): Route(form={"surname": "Бөтен"}),
    ("task.send", "POST"): Route(form={"surname": "Бөтен", "_act": "send"}),
    ("task.show", "GET"): Route(),
    ("task.upload", "POST"): Route(form={"field": "scans"}),
    ("cockpit_audit.export", "GET"): Route(ADMINS),
    ("cockpit_audit.find", "POST"): Route(ADMINS),
    ("cockpit_audit.show", "GET"): Route(ADMINS),
    ("cockpit_audit.verify", "POST"): Route(ADMINS),
    ("cockpit_statistics.export", "GET"): Route(ADMINS),
    ("cockpit_statistics.show", "GET"): Route(ADMINS),
    ("cockpit_statistics.workbook", "GET"): Route(ADMINS),
    ("watching.healthz", "GET"): Route(PUBLIC),
    ("watching.readyz", "GET"): Route(PUBLIC),
    ("workshop_checks.check", "POST"): Route(ANALYSTS),
    ("workshop_checks.element_templates", "GET"): Route(ANALYSTS),
    ("workshop_checks.mend", "POST"): Route(ANALYSTS),
    ("workshop_checks.pickers", "GET"): Route(ANALYSTS),
    ("workshop_compare.send_content", "GET"): Route(ANALYSTS, there=False),
    ("workshop_compare.show", "GET"): Route(ANALYSTS, there=False),
    ("workshop_coverage.show", "GET"): Route(LOOKERS),
    ("workshop_drafts.edit", "GET"): Route(ANALYSTS),
    ("workshop_drafts.keep", "PUT"): Route(ANALYSTS),
    ("workshop_drafts.read", "GET"): Route(ANALYSTS),
    ("workshop_drafts.save", "POST"): Route(ANALYSTS),
    ("workshop_drafts.send_raw", "GET"): Route(ANALYSTS),
    ("workshop_drafts.throw_away", "DELETE"): Route(ANALYSTS),
    ("workshop_formeditor.preview", "POST"): Route(ANALYSTS),
    ("workshop_formeditor.tell_uses", "GET"): Route(ANALYSTS),
    ("workshop_heat.diagram", "GET"): Route(LOOKERS),
    ("workshop_heat.show", "GET"): Route(LOOKERS),
    ("workshop_home.branch", "GET"): Route(ANALYSTS),
    ("workshop_home.close", "POST"): Route(ANALYSTS),
    ("workshop_home.download", "GET"): Route(ANALYSTS),
    ("workshop_home.index", "GET"): Route(ANALYSTS),
    ("workshop_home.make", "POST"): Route(ANALYSTS),
    ("workshop_home.move", "POST"): Route(ANALYSTS),
    ("workshop_home.new_file", "POST"): Route(ANALYSTS),
    ("workshop_home.problems", "GET"): Route(ANALYSTS),
    ("workshop_home.remove", "POST"): Route(ANALYSTS),
    ("workshop_home.rename", "POST"): Route(ANALYSTS),
    ("workshop_home.settle", "POST"): Route(ANALYSTS),
    ("workshop_home.upload", "POST"): Route(ANALYSTS),
    ("workshop_migration.attempt", "POST"): Route(LOOKERS),
    ("workshop_migration.cases", "GET"): Route(LOOKERS),
    ("workshop_migration.remap", "POST"): Route(LOOKERS),
    ("workshop_migration.show", "GET"): Route(LOOKERS),
    ("workshop_rehearsals.begin", "POST"): Route(ANALYSTS),
    ("workshop_rehearsals.end", "POST"): Route(ANALYSTS),
    **{
        (f"workshop_rehearsals.{view}", method): Route(ANALYSTS, there=False)
        for view in ("enter", "go")
        for method in ("GET", "POST", "PUT", "DELETE")
    },
    ("workshop_rehearsals.show", "GET"): Route(ANALYSTS, there=False),
    ("workshop_releases.deploy", "POST"): Route(ANALYSTS),
    ("workshop_releases.download", "GET"): Route(ANALYSTS),
    ("workshop_releases.roll_back", "POST"): Route(ANALYSTS),
    ("workshop_releases.show", "GET"): Route(ANALYSTS),
    ("workshop_releases.versions", "GET"): Route(ANALYSTS),
    ("workshop_releases.withdraw", "POST"): Route(ANALYSTS),
}
#: Everybody of the regions the first family passes, and the Ministry's two.
LOGINS = (
    *(f"{kind}47-{one}" for kind in ("cc", "mc", "leo") for one in ("1", "head")),
    *(f"{kind}10-{one}" for kind in ("cc", "mc", "leo") for one in ("1", "head")),
    "analyst",
    "admin",
)


@dataclass(frozen=True, kw_only=True)
class Ids:
    """Whatever an address about one case may name."""

    case: str
    number: str
    task: str
    document: str
    draft: str
    answer: str
    notice: str
    account: str
    office: str
    substitution: str
    deployment: str
    incident: str
    job: str

    def of(self, rule: str, form: Mapping[str, str] | None = None) -> tuple[str, dict[str, Any]]:
        """Return an address and its form, filled in."""
        known = {
            "instance_id": self.case,
            "task_id": self.task,
            "document_id": self.draft if rule.endswith("/remove") else self.document,
            "answer_id": self.answer,
            "notification_id": self.notice,
            "incident_id": self.incident,
            "job_id": self.job,
            "batch_id": "0" * 32,
            "substitution_id": self.substitution,
            "deployment_id": self.deployment,
            "path:name": APPROVAL if rule.startswith(WORKSHOP) else "app.css",
            "branch": "main",
            "key": "kandas_approval",
            "rehearsal_id": "0" * 16,
            "path:rest": "inbox/",
            "code": self.office,
            "account_id": self.account,
            "setting": "kandas.rework_days",
            "topic": "registries.gbd_fl.person",
            "path:key": "kandas/application",
            "board": "registries",
            "system": "gbd_fl",
            "day": "2026-01-01",
            "kind": "case",
            "subject": self.case,
            "name": "suspend",
            "filter_id": "0" * 32,
        }
        address = re.sub(r"<([^>]+)>", lambda found: known[found[1]], rule)
        said = {
            key: value.format(task=self.task, account=self.account, office=self.office)
            for key, value in (form or {}).items()
        }
        if address.endswith("/files"):
            return address, {**said, "file": (io.BytesIO(SCAN), "a.pdf")}
        return address, said


@dataclass(frozen=True, kw_only=True)
class House:
    """An installation with two cases."""

    stage: Stage
    app: Flask
    own: Ids
    foreign: Ids

    def client(self, login: str = "") -> "Browser":
        found = Browser(self.app)
        if login:
            with found.client.session_transaction() as session:
                session["_user_id"] = self.stage.logins[login]
        return found

    def rows(self, *, without: tuple[str, ...] = ("audit", "audit_head")) -> str:
        """Return a digest of every row of every table, but of what only records."""
        whole = hashlib.sha256()
        with self.stage.reading() as uow:
            for table in metadata.sorted_tables:
                if table.name not in without:
                    names = ", ".join(f'"{column.name}"' for column in table.columns)
                    found = uow.connection.execute(sa.text(f'SELECT {names} FROM "{table.name}"'))
                    whole.update(repr(sorted(map(repr, found))).encode())
        return whole.hexdigest()

    def audit(self, act: str) -> list[Any]:
        with self.stage.reading() as uow:
            return [row for row in audit.list_rows(uow, size=100) if row.act == act]


class Browser:
    """Somebody at a browser."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()

    def token(self) -> str:
        found: str = (self.client.get("/session").json or {})["csrf"]
        return found

    def get(self, address: str, **more: Any) -> TestResponse:
        return self.client.get(address, **more)

    def post(
        self, address: str, form: Mapping[str, Any] | None = None, **more: Any
    ) -> TestResponse:
        return self.client.post(address, data={"csrf_token": self.token(), **(form or {})}, **more)

    def open(self, method: str, address: str, form: Mapping[str, Any]) -> TestResponse:
        if method == "GET":
            return self.get(address)
        said = {"csrf_token": self.token(), **form}
        return self.client.open(address, method=method, data=said)


def _walked(stage: Stage, number: int, centre: str, destination: str, evil: str) -> Case:
    """Bring a family to K-12, with markup wherever somebody may type."""
    case = stage.open(a_family(number), centre, destination)
    actor = stage.take(case, "consultation")
    stage.scan(actor, stage.task(case, "consultation").id, "any", f"{evil}\"'")
    said = dict(_said(stage, case, "consultation"))
    stage.work(case, "consultation", {**said, "name": f"{said['name']}{evil}"})
    said = dict(_said(stage, case, "application"))
    said["origin_address"] = f"{said['origin_address']}{evil}"
    said["patronymic"] = evil
    said["members"][0]["name"] += evil
    said["members"][1]["document"] = evil
    stage.work(case, "application", said)
    go(stage, case, "completeness")
    return case


def _said(stage: Stage, case: Case, element: str) -> Mapping[str, Any]:
    return usual(stage, case, element, stage.task(case, element).id, stage.take(case, element))


def _ids(stage: Stage, case: Case, evil: str) -> Ids:
    """Write a comment, a draft's file and a notification, and name everything there is."""
    task = stage.task(case, "completeness")
    actor = stage.actor(next(login for login, one in stage.logins.items() if one == task.assignee))
    with stage.begin() as uow:
        comments.add(uow, stage.ctx, actor, case.instance, f"Пікір {evil}")
        tasks.save_draft(
            uow, stage.ctx, actor, task.id, {"remarks": [{"text": evil}]}, task.revision
        )
        draft = documents.add_to_draft(
            uow, stage.ctx, actor, task.id, name=f"{evil}.pdf", mime="", data=SCAN
        )
        notifications.tell(
            uow,
            stage.ctx,
            "kandas_overdue",
            accounts=[actor.account],
            instance_id=case.instance,
            params={"step": evil},
        )
        incident = uow.incidents.add(
            instance_id=case.instance,
            job_id=None,
            element="completeness",
            message=packed(Text(f"Registry is silent {evil}")),
            at=stage.ctx.now(),
        )
        uow.commit()
    view, office = stage.view(case), task.candidate.organisation
    with stage.reading() as uow:
        notice = notifications.list_notifications(uow, stage.ctx, actor)[0].id
        answer = people.answers(uow.session, case.number)[0].id
        deployment = uow.definitions.newest().id
        jobs = sa.select(job.c.id).where(job.c.instance_id == case.instance).limit(1)
        found = str(uow.execute(jobs).scalar_one())
    return Ids(
        case=case.instance,
        number=case.number,
        task=task.id,
        document=view.documents[0].id,
        draft=draft.id,
        answer=answer,
        notice=notice,
        account=actor.account,
        office=office,
        substitution=_substitution(stage, actor, office),
        deployment=deployment,
        incident=incident,
        job=found,
    )


def _substitution(stage: Stage, actor: Actor, office: str) -> str:
    """Have somebody substituted next month: today it changes nobody's rights."""
    day = local_day(stage.ctx.now()) + timedelta(days=30)
    with stage.begin() as uow:
        other = next(one.id for one in uow.accounts.all(office) if one.id != actor.account)
        wish = Wish(
            organisation=office, absent=actor.account, substitute=other, first=day, last=day
        )
        made = substitutions.create(uow, stage.ctx, SYSTEM, wish)
        uow.commit()
    return made


def _regional(stage: Stage) -> None:
    """Give three regions an administrator of their own: one of each family's, one of neither's."""
    with stage.begin() as uow:
        for region in ("47", "61", "11"):
            accounts.create(
                uow,
                stage.ctx,
                SYSTEM,
                login=f"admin{region}",
                password=PASSWORD,
                name=f"Admin {region}",
                memberships=[Candidate(ADMIN, f"leo.{region}")],
            )
        uow.commit()


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = start_sandbox(tmp_path_factory.mktemp("authority"))
    yield running
    running.stop()


@dataclass(frozen=True)
class Played:
    """A file with both cases, and their ids."""

    path: Path
    own: Ids
    foreign: Ids
    secrets: tuple[str, ...]
    #: IIN of the first case's applicant.
    applicant: str


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, keys: Keys, sandbox: Sandbox) -> Played:
    path = make_template(tmp_path_factory.mktemp("access"), keys)
    database = Database(f"sqlite:///{path}", keys)
    stage = wired(database, sandbox)
    first = _walked(stage, 0, "cc.47.1", "10", EVIL)
    second = _walked(stage, 1, "cc.61.1", "59", "")
    own, foreign = _ids(stage, first, EVIL), _ids(stage, second, "")
    _regional(stage)
    members = [one.person for case in (first, second) for one in case.family.members]
    found = {one.iin for one in members if one.iin} | {one.full_name for one in members}
    found |= {case.family.phone.replace(" ", "") for case in (first, second)}
    database.close()
    return Played(path, own, foreign, tuple(sorted(found)), str(first.family.applicant.iin))


def _copy(path: Path, to: Path) -> None:
    """Copy a database with what still stands in its log."""
    with closing(sqlite3.connect(path)) as found, closing(sqlite3.connect(to)) as made:
        found.backup(made)


@contextmanager
def opened(played: Played, path: Path, keys: Keys, sandbox: Sandbox) -> Iterator[House]:
    database = Database(f"sqlite:///{path}", keys)
    stage = wired(database, sandbox)
    settings = Settings(
        secret_key="x" * 40,
        extensions=("handlers.kandas", "handlers.people", "handlers.registries"),
    )
    app = create_app(
        App(settings=settings, database=database, context=stage.ctx, executor=stage.executor)
    )
    yield House(stage=stage, app=app, own=played.own, foreign=played.foreign)
    database.close()


@pytest.fixture(scope="module")
def house(
    played: Played, tmp_path_factory: pytest.TempPathFactory, keys: Keys, sandbox: Sandbox
) -> Iterator[House]:
    """For tests that are refused, or only look."""
    path = tmp_path_factory.mktemp("looked-at") / "house.db"
    _copy(played.path, path)
    with opened(played, path, keys, sandbox) as found:
        yield found


@pytest.fixture
def fresh(played: Played, tmp_path: Path, keys: Keys, sandbox: Sandbox) -> Iterator[House]:
    """For tests that change something."""
    path = tmp_path / "house.db"
    _copy(played.path, path)
    with opened(played, path, keys, sandbox) as found:
        yield found


@pytest.fixture(autouse=True)
def _no_guesses_before(house: House) -> None:
    attempts.memory_of(house.app).reset()


Walk = list[tuple[str, str, Route]]


def routes(app: Flask) -> Walk:
    """Return (method, rule, expectation) of every route there is."""
    return [
        (method, rule.rule, ROUTES[rule.endpoint, method])
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def test_every_route_is_expected_and_every_expectation_is_a_route(house: House) -> None:
    there = {
        (rule.endpoint, method)
        for rule in house.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert there == set(ROUTES), "say in ROUTES who may ask for a new route"


def test_both_cases_are_there(house: House) -> None:
    with house.stage.reading() as uow:
        for ids in (house.own, house.foreign):
            assert uow.tasks.find(ids.task)
            assert uow.documents.find(ids.document)
            assert uow.documents.find(ids.draft)
            assert people.answer_text(uow.session, ids.answer)


def test_the_street_gets_to_the_sign_in_page_and_no_further(house: House) -> None:
    before, visitor = house.rows(), house.client()
    for method, rule, expected in routes(house.app):
        address, form = house.own.of(rule, expected.form)
        if expected.roles == PUBLIC:
            continue
        answer = visitor.open(method, address, form)
        assert answer.status_code == (302 if method == "GET" else 401), (method, address)
        assert house.own.number not in answer.text
        if method == "GET":
            assert answer.location.startswith("/sign-in?next="), address
    assert house.rows() == before


@pytest.mark.parametrize("login", LOGINS)
def test_roles_keep_to_their_routes(house: House, login: str) -> None:
    """Routes that are for some roles only; and the same ones open for these."""
    someone, held = house.client(login), {one.role for one in _actor(house, login).memberships}
    for method, rule, expected in routes(house.app):
        if not expected.roles or expected.roles == PUBLIC:
            continue
        address, form = house.own.of(rule, expected.form)
        if not held & expected.roles:
            assert someone.open(method, address, form).status_code == 403, (method, address)
        elif method == "GET":
            found = 200 if expected.there else 404
            assert someone.get(address).status_code == found, address


def _actor(house: House, login: str) -> Actor:
    return house.stage.actor(login)


@pytest.mark.parametrize("login", [one for one in LOGINS if one != "admin"])
def test_another_regions_case_does_not_exist(house: House, login: str) -> None:
    """Not to see, not to change, by none of its ids; and nothing that one gets tells of it."""
    before, someone = house.rows(), house.client(login)
    for method, rule, expected in routes(house.app):
        address, form = house.foreign.of(rule, expected.form)
        named = "<" in rule and "path:" not in rule and not rule.startswith(WORKSHOP)
        if expected.roles == PUBLIC or not (named or expected.form):
            continue
        answer = someone.open(method, address, form)
        if rule == "/notifications/<notification_id>":
            assert answer.location == "/notifications/"
        else:
            assert answer.status_code in {403, 404}, (method, address, answer.status_code)
        assert house.foreign.number not in answer.text
    assert house.rows(without=("audit", "audit_head")) == before


#: What in an address is a case's.
BELONGS = re.compile(r"<((instance|task|document|answer|incident|job|substitution)_id|subject)>")
OWNERS = {
    "cc47-1": "cc47-1",
    "mc47-head": "mc47-head",
    "leo47-head": "leo47-head",
    "admin": "admin",
}


@pytest.mark.parametrize("login", [*OWNERS, "leo10-head"])
def test_ones_own_case_does_exist(house: House, login: str) -> None:
    """Otherwise the walk over foreign ones would prove nothing."""
    someone = house.client(login)
    for method, rule, expected in routes(house.app):
        task = "task_id" in rule and login in {"cc47-1", "mc47-head", "leo47-head"}
        if method == "GET" and "<" in rule and expected.roles == STAFF and not task:
            address, _ = house.own.of(rule)
            assert someone.get(address).status_code in {200, 302}, address


@pytest.mark.parametrize("login", ["admin61", "admin11"])
def test_another_regions_administrator_finds_nothing_of_a_case(house: House, login: str) -> None:
    """By none of its ids, on none of the administrators' pages, whatever is asked of it."""
    before, someone = house.rows(), house.client(login)
    for method, rule, expected in routes(house.app):
        address, form = house.own.of(rule, expected.form)
        named = BELONGS.search(rule)
        if expected.roles != PUBLIC and named:
            answer = someone.open(method, address, form)
            assert answer.status_code in {403, 404}, (method, address, answer.status_code)
            assert house.own.number not in answer.text
    for rule in ("/admin/cases/", "/cases/", "/admin/incidents/", "/admin/jobs/", "/admin/audit/"):
        assert house.own.number not in someone.get(rule).text, rule
    assert house.rows() == before
    assert house.audit("access.refused")


def test_a_regions_administrator_finds_its_case(house: House) -> None:
    """Otherwise the walk over foreign ones would prove nothing."""
    someone = house.client("admin47")
    for rule in (f"/cases/{house.own.case}", f"/admin/cases/{house.own.case}/"):
        assert house.own.number in someone.get(rule).text, rule
    for rule in ("/cases/", "/admin/cases/"):
        assert house.own.number in someone.get(rule).text, rule
        assert house.foreign.number not in someone.get(rule).text, rule


def test_a_tasks_own_page_opens_for_who_has_it_and_her_head_alone(house: House) -> None:
    codes = {
        login: house.client(login).get(f"/tasks/{house.own.task}").status_code for login in LOGINS
    }
    assert {login for login, code in codes.items() if code == 200} == {
        "leo10-1",
        "leo10-head",
        "admin",
    }
    assert set(codes.values()) == {200, 404}


def test_files_of_a_foreign_draft_do_not_exist_either(house: House) -> None:
    for login in (one for one in LOGINS if one != "admin"):
        answer = house.client(login).get(f"/documents/{house.foreign.draft}")
        assert answer.status_code == 404, login
    for login in ("cc47-1", "mc10-head"):
        answer = house.client(login).get(f"/documents/{house.own.draft}")
        assert answer.status_code == 404, "whose case it is, but not whose task"


def test_unknown_ids_and_foreign_ones_are_answered_alike(house: House) -> None:
    """In words too: whoever guesses ids learns nothing from an answer."""
    someone, unknown = house.client("cc47-1"), "0" * 32
    nowhere = replace(
        house.foreign,
        **dict.fromkeys(("case", "task", "document", "draft", "answer", "notice"), unknown),
    )
    for method, rule, expected in routes(house.app):
        if "<" not in rule or expected.roles == PUBLIC:
            continue
        said = []
        for ids in (house.foreign, nowhere):
            address, form = ids.of(rule, expected.form)
            answer = someone.open(method, address, form)
            said.append((answer.status_code, _bare(answer.text)))
        assert said[0] == said[1], rule


def _bare(page: str) -> str:
    return re.sub(r'[0-9a-f]{32}|value="[^"]*"|content="[^"]*"', "", page)


def test_no_form_is_taken_without_its_token(house: House) -> None:
    """By those who may, with everything else as it should be."""
    before = house.rows()
    for login in ("leo10-1", "leo10-head", "cc47-1", "admin"):
        someone = house.client(login)
        for method, rule, expected in routes(house.app):
            held = {one.role for one in _actor(house, login).memberships}
            if method == "GET" or (expected.roles - PUBLIC and not held & expected.roles):
                continue
            for token in ({}, {"csrf_token": ""}, {"csrf_token": house.client().token()}):
                address, form = house.own.of(rule, expected.form)
                answer = someone.client.post(address, data={**form, **token})
                assert answer.status_code == 400, (login, address, answer.status_code)
    assert house.rows() == before


def test_no_route_changes_anything_by_being_looked_at(house: House) -> None:
    """A link, an image or a preloading browser changes nothing."""
    before = house.rows()
    for login in ("leo10-1", "leo10-head", "cc47-1", "admin"):
        for method, rule, _ in routes(house.app):
            if method == "GET" and not rule.startswith("/static"):
                house.client(login).get(house.own.of(rule)[0])
    assert house.rows() == before


# Bulk acts.


def _open_case(house: House, login: str, centre: str) -> str:
    """Open a case; return the id of its first task, given back to the queue."""
    clerk = house.client(login)
    task = clerk.post("/kandas/new", {"centre": centre}).location.rpartition("/")[2]
    assert clerk.post(f"/inbox/tasks/{task}/release").status_code == 303
    return task


def _assignee(house: House, task: str) -> str:
    with house.stage.reading() as uow:
        row, _ = uow.tasks.find(task)
    return str(row.assignee or "")


@pytest.mark.parametrize("foreign", ["foreign", "unknown"])
def test_bulk_acts_with_one_foreign_task_do_nothing(fresh: House, foreign: str) -> None:
    mine = [_open_case(fresh, "cc47-1", "cc.47.1") for _ in range(2)]
    theirs = _open_case(fresh, "cc61-1", "cc.61.1") if foreign == "foreign" else "f" * 32
    chosen = [mine[0], theirs, mine[1]]
    before = fresh.rows()
    assert (
        fresh.client("cc47-1").post("/inbox/tasks/claim-many", {"task": chosen}).status_code == 404
    )
    form = {"task": chosen, "to": fresh.stage.logins["cc47-1"]}
    assert fresh.client("cc47-head").post("/office/assign", form).status_code == 404
    assert fresh.rows() == before
    assert fresh.client("cc47-1").post("/inbox/tasks/claim-many", {"task": mine}).status_code == 303
    assert {_assignee(fresh, one) for one in mine} == {fresh.stage.logins["cc47-1"]}


@pytest.mark.parametrize("login", ["cc61-1", "mc47-head", "leo10-1", "admin", "nobody at all"])
def test_a_head_gives_work_to_her_own_people_only(fresh: House, login: str) -> None:
    task = _open_case(fresh, "cc47-1", "cc.47.1")
    before = fresh.rows()
    form = {"task": task, "to": fresh.stage.logins.get(login, login)}
    answer = fresh.client("cc47-head").post("/office/assign", form)
    assert answer.status_code == 400
    assert fresh.rows() == before
    assert _assignee(fresh, task) == ""


@pytest.mark.parametrize("login", ["cc47-1", "mc47-head", "cc61-head", "leo10-head"])
def test_nobody_else_takes_work_away(fresh: House, login: str) -> None:
    """Neither a colleague nor another office's head."""
    task = _open_case(fresh, "cc47-1", "cc.47.1")
    owner = fresh.client("cc47-2")
    assert owner.post(f"/inbox/tasks/{task}/claim").status_code == 303
    someone = fresh.client(login)
    account = fresh.stage.logins[login]
    codes = {
        someone.post(f"/inbox/tasks/{task}/release").status_code,
        someone.post("/office/assign", {"task": task, "to": account}).status_code,
        someone.post(f"/tasks/{task}", {"_act": "send", "surname": "Бөтен"}).status_code,
        someone.post(f"/tasks/{task}/draft", {"surname": "Бөтен"}).status_code,
    }
    assert codes <= {403, 404, 409}
    assert _assignee(fresh, task) == fresh.stage.logins["cc47-2"]
    assert "Бөтен" not in owner.get(f"/tasks/{task}").text


# Ids of one case under the address of another.


def test_anothers_answer_does_not_show_under_ones_own_case(house: House) -> None:
    someone = house.client("cc47-1")
    assert someone.get(f"/kandas/{house.own.case}/answers/{house.own.answer}").status_code == 200
    assert (
        someone.get(f"/kandas/{house.own.case}/answers/{house.foreign.answer}").status_code == 404
    )


def test_anothers_file_cannot_be_named_in_ones_own_form(fresh: House) -> None:
    """It is not taken into the case by its id."""
    clerk = fresh.client("cc47-1")
    task = clerk.post("/kandas/new", {"centre": "cc.47.1"}).location.rpartition("/")[2]
    with fresh.stage.begin() as uow:
        row = uow.tasks.find(task)[0]
        tasks.save_draft(
            uow,
            fresh.stage.ctx,
            fresh.stage.actor("cc47-1"),
            task,
            {"scans": [fresh.foreign.document]},
            row.revision,
        )
        uow.commit()
    page = clerk.get(f"/tasks/{task}").text
    assert fresh.foreign.document not in page
    before = _files(fresh)
    for field in (
        "_file:scans",
        "scans",
        "_file:scans.0.files",
        "_file:../x",
        "_file:scans.99999999.files",
    ):
        form = {field: (io.BytesIO(SCAN), "../../etc/passwd.pdf"), "_upload": "1"}
        assert clerk.post(f"/tasks/{task}", form).status_code in {303, 400}, field
    assert _files(fresh) - before <= {"passwd.pdf"}


def _files(house: House) -> set[str]:
    with house.stage.reading() as uow:
        return {
            row.name
            for one in uow.reachable.page(
                replace(house.stage.actor("admin"), kind=ActorKind.SYSTEM),
                words="",
                keys=[],
                process="",
                status="",
                after=None,
                size=50,
            )
            for row in uow.documents.of_instance(one.id)
        }


def test_fields_that_are_not_in_the_form_change_nothing(fresh: House) -> None:
    """Names of the case's variables, of columns and of buttons are no fields."""
    stage = fresh.stage
    case = stage.open(a_family(3), "cc.47.1", "10")
    task, actor = stage.task(case, "consultation").id, stage.take(case, "consultation")
    clerk = Browser(fresh.app)
    with clerk.client.session_transaction() as session:
        session["_user_id"] = actor.account
    said = dict(_said(stage, case, "consultation"))
    more = {
        "origin": "61", "destination": "59", "offices": "x", "round": "9", "outcome": "plan_draft",
        "assigned": actor.account, "version": "7", "case": fresh.foreign.number, "iin_index": "0",
        "business_key": fresh.foreign.number, "limits": "{}", "status": "completed",
        "__proto__": "x", "decision": "forward", "_user_id": "x",
    }  # fmt: skip
    before = {**stage.view(case).variables}
    answer = clerk.post(f"/tasks/{task}", {**said, **more, "_act": "send"})
    assert answer.status_code == 303, answer.text
    after = stage.view(case).variables
    assert {key: after[key] for key in before} == before
    assert not (set(after) - set(before)) & set(more)
    assert stage.open_elements(case) == ["application"]


# Sessions and guesses.


def test_a_closed_account_is_out_at_the_next_click(fresh: House) -> None:
    someone, stage = fresh.client("cc47-1"), fresh.stage
    assert someone.get("/inbox/").status_code == 200
    with stage.begin() as uow:
        accounts.set_active(
            uow, stage.ctx, stage.actor("admin"), stage.logins["cc47-1"], active=False
        )
        uow.commit()
    assert someone.get("/inbox/").status_code == 302
    assert someone.client.post("/kandas/new").status_code == 401


def test_a_role_that_was_taken_away_counts_from_the_next_click(fresh: House) -> None:
    someone, stage = fresh.client("cc47-1"), fresh.stage
    assert someone.get(f"/cases/{fresh.own.case}").status_code == 200
    with stage.begin() as uow:
        uow.accounts.set_memberships(stage.logins["cc47-1"], [Candidate(OPENER, "cc.59.1")])
        uow.commit()
    case = fresh.client("cc47-2").post("/kandas/new", {"centre": "cc.47.1"}).location
    assert someone.get(case).status_code == 404
    assert someone.post("/kandas/new", {"centre": "cc.47.1"}).status_code == 403


def test_who_has_no_role_at_all_sees_nobody(fresh: House) -> None:
    with fresh.stage.begin() as uow:
        uow.accounts.set_memberships(fresh.stage.logins["cc47-2"], [])
        uow.commit()
    someone = fresh.client("cc47-2")
    for address in ("/inbox/", "/cases/", "/notifications/"):
        answer = someone.get(address)
        assert answer.status_code == 200, address
        assert fresh.own.number not in answer.text
    assert someone.get(f"/cases/{fresh.own.case}").status_code == 404


def test_who_lost_the_role_signs_for_no_organisation(fresh: House) -> None:
    """Even with the task still on the desk."""
    stage, task = fresh.stage, fresh.own.task
    actor = stage.actor("leo10-1")
    with stage.begin() as uow:
        uow.accounts.set_memberships(actor.account, [Candidate(OPENER, "cc.59.1")])
        uow.commit()
    someone = fresh.client("leo10-1")
    page = someone.get(f"/tasks/{task}").text
    revision = re.search(r'name="_revision" value="(\d+)"', page)
    assert revision
    checks = dict.fromkeys(("data_complete", "scans_there", "consent_there"), "true")
    form = {**checks, "_act": "send", "_revision": revision[1]}
    before = fresh.rows()
    answer = someone.post(f"/tasks/{task}", form)
    assert answer.status_code == 400
    assert "Бұл өкілеттік сізде жоқ" in answer.text
    assert fresh.rows() == before
    with stage.begin() as uow:
        uow.accounts.set_memberships(actor.account, sorted(actor.memberships))
        uow.commit()
    assert someone.post(f"/tasks/{task}", form).status_code == 303, "otherwise it is all right"


def _sign_in(browser: Browser, login: str, password: str = PASSWORD) -> TestResponse:
    return browser.post("/sign-in", {"login": login, "password": password})


def test_signing_out_ends_copies_of_the_session_too(fresh: House) -> None:
    """A cookie that somebody kept from a shared machine opens nothing any more."""
    someone, thief = fresh.client(), fresh.client()
    assert _sign_in(someone, "cc47-1").status_code == 302
    stolen = someone.client.get_cookie("zholdama")
    assert stolen
    thief.client.set_cookie("zholdama", stolen.value)
    assert thief.get("/inbox/").status_code == 200
    assert someone.post("/sign-out").status_code == 302
    assert thief.get("/inbox/").status_code == 302
    assert _sign_in(someone, "cc47-1").status_code == 302
    assert someone.get("/inbox/").status_code == 200


def test_a_new_password_ends_the_sessions_of_the_old_one(fresh: House) -> None:
    someone, stage = fresh.client(), fresh.stage
    assert _sign_in(someone, "cc47-1").status_code == 302
    with stage.begin() as uow:
        accounts.set_password(
            uow, stage.ctx, stage.actor("admin"), stage.logins["cc47-1"], "another password"
        )
        uow.commit()
    assert someone.get("/inbox/").status_code == 302


@pytest.mark.parametrize("https", [False, True])
def test_the_cookie_is_for_this_server_alone(house: House, https: bool) -> None:
    settings = Settings(secret_key="x" * 40, extensions=(), https=https)
    pages = create_app(
        App(
            settings=settings,
            database=house.stage.database,
            context=house.stage.ctx,
            executor=house.stage.executor,
        )
    )
    answer = pages.test_client().get("/sign-in", base_url="https://localhost")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Domain" not in cookie
    assert ("Secure" in cookie) is https
    assert ("Strict-Transport-Security" in answer.headers) is https


def test_a_session_of_another_key_is_none(house: House) -> None:
    other = create_app(
        App(
            settings=Settings(secret_key="y" * 40, extensions=()),
            database=house.stage.database,
            context=house.stage.ctx,
            executor=house.stage.executor,
        )
    )
    forged = other.test_client()
    with forged.session_transaction() as session:
        session["_user_id"] = house.stage.logins["admin"]
    cookie = forged.get_cookie("zholdama")
    assert cookie
    someone = house.client()
    someone.client.set_cookie("zholdama", cookie.value)
    assert someone.get("/inbox/").status_code == 302


def test_a_hundred_guesses_cost_a_few_hashes_and_tell_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    real = signing_in.authenticate

    def counting(uow: Any, ctx: Any, login: str, password: str) -> Actor:
        hashed.append(login)
        return real(uow, ctx, login, password)

    monkeypatch.setattr(signing_in, "authenticate", counting)
    heard: dict[str, list[tuple[int, str]]] = {}
    for login in ("cc47-1", "nobody-here"):
        attempts.memory_of(house.app).reset()
        guesser, token = house.client(), ""
        token = guesser.token()
        heard[login] = []
        for number in range(100):
            form = {"login": login, "password": f"guess {number}", "csrf_token": token}
            answer = guesser.client.post("/sign-in", data=form)
            heard[login].append((answer.status_code, _bare(answer.text)))
    assert heard["cc47-1"] == heard["nobody-here"]
    assert hashed.count("cc47-1") == hashed.count("nobody-here") <= 5
    assert [code for code, _ in heard["cc47-1"]].count(429) >= 95


# What is shown, written down and left behind.


def _pages(house: House, login: str) -> Iterator[tuple[str, TestResponse]]:
    someone = house.client(login)
    for method, rule, _ in routes(house.app):
        if method == "GET" and not rule.startswith("/static"):
            address = house.own.of(rule)[0]
            yield address, someone.get(address)
    for address in (
        f"/tasks/{house.own.task}?act=return",
        "/cases/?q=alert",
        "/inbox/?box=mine",
        "/inbox/?box=done",
    ):
        yield address, someone.get(address)


@pytest.mark.parametrize("login", ["leo10-1", "leo10-head", "cc47-1", "mc47-head", "admin"])
def test_markup_that_somebody_typed_stays_text(house: House, login: str) -> None:
    seen = 0
    for address, answer in _pages(house, login):
        if answer.mimetype == "text/html":
            assert PAYLOAD not in answer.text, address
            seen += "&lt;script&gt;alert(" in answer.text
        for name, value in answer.headers:
            assert "<script" not in value, (address, name)
    assert seen, "the payload itself must be somewhere"


@pytest.mark.parametrize("login", ["leo10-1", "cc47-1", "admin"])
def test_personal_pages_are_kept_nowhere_and_framed_by_nobody(house: House, login: str) -> None:
    for address, answer in _pages(house, login):
        assert "no-store" in answer.headers["Cache-Control"], address
        assert answer.headers["X-Content-Type-Options"] == "nosniff", address
        assert answer.headers["X-Frame-Options"] == "DENY", address
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], address
        assert (
            "unsafe-inline" not in answer.headers["Content-Security-Policy"].split("style-src")[0]
        )


def test_no_address_on_any_page_names_a_person(house: House, played: Played) -> None:
    for login in ("leo10-1", "cc47-1", "admin"):
        for address, answer in _pages(house, login):
            if answer.mimetype == "text/html":
                links = " ".join(
                    re.findall(r'(?:href|src|action|hx-[a-z]+)="([^"]*)"', answer.text)
                )
                assert not re.search(r"\b\d{12}\b", links), address
                links = re.sub(r"(?:tel|mailto):\S+", "", links)
                assert [one for one in played.secrets if one in links] == [], address


@pytest.mark.parametrize("page", ["/inbox/", "/cases/"])
def test_searching_for_a_person_leaves_nothing_in_an_address(
    house: House, played: Played, page: str
) -> None:
    """Addresses stay in histories, logs and proxies."""
    iin = next(one for one in played.secrets if one.isdigit() and len(one) == 12)
    someone = house.client("leo10-head")
    form = re.search(r'<form class="(?:search|finder)"[^>]*>', someone.get(page).text)
    assert form
    assert 'method="post"' in form[0]
    address = re.search(r'action="([^"]+)"', form[0])
    assert address
    asked = someone.post(address[1], {"q": played.applicant})
    by_hand = someone.get(page, query_string={"q": played.applicant})
    for answer in (asked, by_hand):
        assert answer.status_code == 303
        assert answer.location.startswith(page)
        assert played.applicant not in answer.location
        found = someone.get(answer.location).text
        assert house.own.number in found
        assert house.foreign.number not in found
        links = " ".join(re.findall(r'(?:href|action|hx-[a-z]+)="([^"]*)"', found))
        assert played.applicant not in links
    assert (
        house.own.number
        not in someone.get(someone.post(address[1], {"q": iin[::-1]}).location).text
    )
    for broken in ("~", "~abc", "~" + "A" * 200, "~ж"):
        assert someone.get(page, query_string={"q": broken}).status_code == 200


def test_the_database_shows_nobody(played: Played) -> None:
    """All of it, byte by byte: history, audit, jobs and notifications too."""
    data = played.path.read_bytes()
    for beside in ("-wal", "-shm"):
        more = played.path.with_name(played.path.name + beside)
        data += more.read_bytes() if more.exists() else b""
    assert played.own.number.encode() in data, "the search itself must work"
    found = [secret for secret in played.secrets if secret.encode() in data]
    assert found == []


def test_the_log_shows_nobody(
    fresh: House,
    played: Played,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with caplog.at_level(logging.INFO):
        for login in ("leo10-1", "cc47-1", "admin", "cc61-1"):
            for _ in _pages(fresh, login):
                pass
        go(fresh.stage, _again(fresh), "recheck")
    said = caplog.text + "".join(capfd.readouterr())
    assert [secret for secret in played.secrets if secret in said] == []


def _again(house: House) -> Case:
    return house.stage.open(a_family(0), "cc.47.1", "10")


def test_an_error_of_the_database_shows_no_values(fresh: House) -> None:
    """A stack trace in a log must not carry what somebody typed."""
    secret = "Құпиясова"
    with fresh.stage.begin() as uow, pytest.raises(sa.exc.SQLAlchemyError) as found:
        uow.connection.execute(sa.text("SELECT :who FROM no_such_table"), {"who": secret})
    assert secret not in str(found.value)


def test_refusals_are_written_down(fresh: House) -> None:
    before = len(fresh.audit("access.refused"))
    someone = fresh.client("cc47-1")
    assert someone.get(f"/cases/{fresh.foreign.case}").status_code == 404
    assert someone.post(f"/inbox/tasks/{fresh.foreign.task}/claim").status_code == 404
    assert someone.get("/admin/audit/").status_code == 403
    rows = fresh.audit("access.refused")
    assert len(rows) == before + 3
    assert {row.who for row in rows} == {fresh.stage.logins["cc47-1"]}
    assert any(fresh.foreign.case in row.subject for row in rows)
    with fresh.stage.reading() as uow:
        assert not audit.verify(uow).broken


def test_what_an_administrator_reads_of_people_is_written_down(fresh: House) -> None:
    admin = fresh.client("admin")
    for address in (
        f"/cases/{fresh.own.case}",
        f"/tasks/{fresh.own.task}",
        f"/documents/{fresh.own.document}",
        f"/kandas/{fresh.own.case}/answers/{fresh.own.answer}",
        f"/kandas/{fresh.own.case}/application.pdf",
    ):
        before = len(fresh.audit("access.read"))
        assert admin.get(address).status_code == 200
        assert len(fresh.audit("access.read")) == before + 1, address
    assert fresh.client("leo10-1").get(f"/tasks/{fresh.own.task}").status_code == 200
    assert {row.who for row in fresh.audit("access.read")} == {fresh.stage.logins["admin"]}
    assert fresh.client("analyst").get(f"/cases/{fresh.own.case}").status_code == 404


def _finished(house: House, ids: Ids) -> dict[str, str]:
    """Return the ids of a case's finished tasks by element."""
    with house.stage.reading() as uow:
        rows = uow.execute(
            sa.select(user_task.c.element, user_task.c.id).where(
                user_task.c.instance_id == ids.case, user_task.c.status == "completed"
            )
        ).all()
    return {row.element: row.id for row in rows}


def test_what_was_sent_is_for_who_may_see_the_task(house: House, played: Played) -> None:
    """Own, the office's, the head's, the administrator's; to everybody else it does not exist."""
    finished = _finished(house, house.own)
    opened_by = {
        "cc47-1": {"consultation", "application", "scans", "registration", "recheck"},
        "cc47-head": {"consultation", "application", "scans", "registration", "recheck"},
        "mc47-head": {"head_check"},
        "leo47-head": {"origin_check"},
        "leo10-head": {"assignment"},
        "cc10-1": set(),
        "cc61-1": set(),
        "analyst": set(),
        "admin": set(finished),
    }
    assert set().union(*opened_by.values()) == set(finished)
    for login, elements in opened_by.items():
        someone = house.client(login)
        for element, task in finished.items():
            answer = someone.get(f"/tasks/{task}")
            assert answer.status_code == (200 if element in elements else 404), (login, element)
            assert PAYLOAD not in answer.text
    application = house.client("cc47-1").get(f"/tasks/{finished['application']}").text
    assert played.applicant in application
    assert "Маңғыстау облысы" in application


@pytest.mark.parametrize("login", ["cc47-1", "mc47-head", "leo10-1", "leo10-head", "admin"])
def test_the_history_leads_nowhere_closed(house: House, login: str) -> None:
    someone, led = house.client(login), set()
    for address in (f"/cases/{house.own.case}", f"/cases/{house.own.case}/history"):
        page = someone.get(address)
        assert page.status_code == 200, address
        history = re.search(r'<ol class="time">.*?</ol>', page.text, re.DOTALL)
        assert history, address
        led |= set(re.findall(r'href="(/tasks/[^"]+)"', history[0]))
    assert {someone.get(one).status_code for one in led} == ({200} if led else set())
    assert bool(led) is (login != "leo10-1"), "whose own task is still open"


HOSTILE = [
    "/inbox/news?stamp=0001-01-01T00:00:00%2B23:59",
    "/inbox/news?stamp=9999-12-31T23:59:59-23:59",
    "/inbox/?after=MDAwMS0wMS0wMVQwMDowMDowMCsyMzo1OXx4",
    "/cases/?after=OTk5OS0xMi0zMVQyMzo1OTo1OS0yMzo1OXx4",
    "/inbox/?after=%00%ff",
    "/inbox/?q=%00&process=%00&step=%00",
    "/cases/?q=%25_%5C'%22--&process=%00",
    "/inbox/?size=99999999999999999999&due=x&sort=x&box=x",
    "/cases/{case}/history?before=999999999999999",
    "/cases/%00",
    "/cases/%ED%A0%80?q=%ED%A0%80",
    "/tasks/%00",
    "/tasks/..%2f..%2fetc%2fpasswd",
    "/documents/%00",
    "/notifications/%00",
    "/admin/calendar/?year=9999999999",
    "/admin/audit/?before=999999999999999999999",
    "/language?code=%00",
    "/sign-in?next=%00//evil.example",
    "/static/%00",
    "/static/..%2f..%2fsecurity.py",
]


@pytest.mark.parametrize("address", HOSTILE)
@pytest.mark.parametrize("login", ["admin", "cc47-1"])
def test_hostile_addresses_are_no_error_of_ours(house: House, address: str, login: str) -> None:
    answer = house.client(login).get(address.format(case=house.own.case))
    assert answer.status_code < 500, answer.status_code
    assert "evil.example" not in answer.headers.get("Location", "")


@pytest.mark.postgresql
def test_hostile_addresses_are_no_error_of_ours_on_postgresql_either(
    postgres_url: str, keys: Keys, clock: TestClock
) -> None:
    """It keeps no zero byte, and no text longer than its column."""
    database = Database(postgres_url, keys)
    office = furnish(database, clock, cases=1)
    visitor = Browser(create_app(office))
    for login in ("a\0b", "я" * 3000):
        assert visitor.post("/sign-in", {"login": login, "password": "x\0"}).status_code in {
            400,
            403,
        }
    with visitor.client.session_transaction() as session:
        session["_user_id"] = office.actor("root").account
    for address in HOSTILE:
        answer = visitor.get(address.format(case="x" * 3000))
        assert answer.status_code < 500, address
    task = office.open_tasks()[0]
    for address, form in (
        ("/inbox/tasks/%00/claim", {}),
        ("/inbox/tasks/claim-many", {"task": ["\0", "я" * 500]}),
        ("/inbox/find", {"q": "\0"}),
        ("/notifications/read", {"notification": "\0"}),
        ("/notifications/%00", {}),
        ("/language", {"code": "\0", "next": "\0"}),
        ("/admin/incident/%00/acts/retry", {"reason": "\0", "at": "9" * 400}),
        ("/admin/calendar/change", {"day-1": "2026-11-30", "source": "\0", "note": "я" * 9000}),
        (f"/tasks/{task}/draft", {"name": "\0", "_revision": "9" * 15}),
        (f"/tasks/{task}/files", {"file": (io.BytesIO(SCAN), "\0" * 9), "field": "\0" * 999}),
    ):
        assert visitor.post(address, form).status_code < 500, address
    database.close()
