"""K-18: the draft decision is signed by the director «немесе оны алмастыратын адам»."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from engine.bootstrap import App
from engine.config import Settings
from engine.errors import Conflict
from engine.model.people import Actor
from engine.services import audit, notifications, signatures, signing_in, tasks
from engine.store import Database, Keys
from engine.store.counting import counting
from engine.web.application import create_app
from handlers.kandas.rehearsal import Case
from handlers.registries.sandbox.server import Sandbox
from tests.acceptance.kandas_stage import (
    Stage,
    make_template,
    on_stage,
    prepare,
    start_sandbox,
    wired,
)
from tests.acceptance.test_access import Browser
from tests.acceptance.test_kandas import begun, go

#: The director of the career centre of settlement, who heads it, and a specialist of hers.
DIRECTOR, SUBSTITUTE = "cc10-head", "cc10-1"
OFFICE = "cc.10.1"
SIGNED = {"decision": "forward"}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = start_sandbox(tmp_path_factory.mktemp("authority"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Path:
    return make_template(tmp_path_factory.mktemp("substitution"), keys)


@pytest.fixture
def stage(template: Path, tmp_path: Path, keys: Keys, sandbox: Sandbox) -> Iterator[Stage]:
    with on_stage(template, tmp_path, keys, sandbox) as found:
        yield found


def pages(stage: Stage) -> Flask:
    settings = Settings(
        secret_key="x" * 40,
        extensions=("handlers.kandas", "handlers.people", "handlers.registries"),
    )
    return create_app(
        App(
            settings=settings,
            database=stage.database,
            context=stage.ctx,
            executor=stage.executor,
        )
    )


def browser(app: Flask, stage: Stage, login: str) -> Browser:
    found = Browser(app)
    with found.client.session_transaction() as session:
        session["_user_id"] = stage.logins[login]
    return found


def unsigned(stage: Stage) -> Case:
    """Bring a family to the draft decision that waits for the director's signature."""
    case = begun(stage)
    go(stage, case, "vacancies")
    offer = {"position": "Аспаз", "employer": "«Береке» ЖШС"}
    stage.work(case, "vacancies", {"offers": [offer], "reaction": "refused"})
    stage.work(case, "unemployment_draft")
    return case


def form(stage: Stage, **changes: str) -> dict[str, str]:
    today = stage.ctx.now().date()
    return {
        "office": OFFICE,
        "absent": stage.logins[DIRECTOR],
        "substitute": stage.logins[SUBSTITUTE],
        "first": f"{today:%d.%m.%Y}",
        "last": f"{today + timedelta(days=1):%d.%m.%Y}",
        **changes,
    }


def now(stage: Stage, login: str) -> Actor:
    with stage.reading() as uow:
        return signing_in.load(uow, stage.logins[login], at=stage.ctx.now())


def kinds(stage: Stage, login: str) -> list[str]:
    with stage.reading() as uow:
        rows = notifications.list_notifications(uow, stage.ctx, stage.actor(login))
    return [row.kind for row in rows]


def signed_by_the_substitute(stage: Stage) -> None:
    """Go all the way at the browser, then look at everything that tells of it."""
    case, app = unsigned(stage), pages(stage)
    task = stage.task(case, "director_signature").id
    director, clerk = browser(app, stage, DIRECTOR), browser(app, stage, SUBSTITUTE)
    assert clerk.get(f"/tasks/{task}").status_code == 404
    assert director.post("/office/substitutions", form(stage)).status_code == 303
    assert case.number in clerk.get("/inbox/?box=office").text
    assert clerk.post(f"/inbox/tasks/{task}/claim").status_code in {200, 204, 303}
    said = {**SIGNED, "_act": "send"}
    with counting(stage.database) as count:
        assert clerk.post(f"/tasks/{task}", said).status_code == 303
    assert count.commits == 1
    stage.run_due()
    _tells_everywhere(stage, case, app)


def _tells_everywhere(stage: Stage, case: Case, app: Flask) -> None:
    names = {login: stage.actor(login).name for login in (DIRECTOR, SUBSTITUTE)}
    with stage.reading() as uow:
        admin = stage.actor("admin")
        chain = signatures.verify_chain(uow, stage.ctx, admin, case.instance)
        iins = {login: uow.accounts.find(stage.logins[login]).iin for login in names}
        document, signed = uow.signatures.papers(chain[-1].id)
        row = next(one for one in audit.list_rows(uow, size=300) if one.act.endswith("completed"))
        office = uow.organisations.find(OFFICE)
        assert not audit.verify(uow).broken
    last = chain[-1]
    assert all(one.valid for one in chain)
    assert (last.element, last.who) == ("director_signature", names[SUBSTITUTE])
    assert last.in_place_of == names[DIRECTOR]
    # The certificate is the substitute's own, and names the organisation; it is nobody else's.
    fits = [
        stage.ctx.verifier.verify(
            signed, document=document, iin=iin, bin=office_bin, at=last.at
        ).valid
        for iin in (iins[SUBSTITUTE], iins[DIRECTOR])
        for office_bin in (office.bin, "240140000011")
    ]
    assert fits == [True, False, False, False]
    assert row.detail["in_place_of"] == stage.logins[DIRECTOR]
    said = f"{names[SUBSTITUTE]}, {names[DIRECTOR]} орнына"
    clerk = browser(app, stage, SUBSTITUTE)
    assert said in clerk.get(f"/cases/{case.instance}").text, "the history"
    page = clerk.get(f"/cases/{case.instance}/signatures").text
    assert f"<dt>Кімнің орнына</dt><dd>{names[DIRECTOR]}</dd>" in page
    assert page.count("расталды") >= len(chain)
    assert f"{names[DIRECTOR]} орнына" in browser(app, stage, "admin").get("/admin/audit/").text


def test_the_draft_decision_is_signed_by_the_substitute(stage: Stage) -> None:
    signed_by_the_substitute(stage)


@pytest.mark.postgresql
def test_the_same_on_postgresql(postgres_url: str, keys: Keys, sandbox: Sandbox) -> None:
    database = Database(postgres_url, keys)
    try:
        prepare(database)
        signed_by_the_substitute(wired(database, sandbox))
    finally:
        database.close()


def test_completing_costs_ten_statements_for_the_substitute_too(stage: Stage) -> None:
    first, second, app = unsigned(stage), unsigned(stage), pages(stage)
    browser(app, stage, DIRECTOR).post("/office/substitutions", form(stage))
    spent = []
    for case, login in ((first, DIRECTOR), (second, SUBSTITUTE)):
        task = stage.task(case, "director_signature").id
        actor = now(stage, login)
        with stage.begin() as uow:
            tasks.claim(uow, stage.ctx, actor, task)
            uow.commit()
        with counting(stage.database) as count, stage.begin() as uow:
            tasks.complete(uow, stage.ctx, actor, task, SIGNED)
            uow.commit()
        spent.append(count.statements)
    assert spent[0] == spent[1]


def test_after_the_last_day_nothing_is_signed_and_the_director_finds_it(stage: Stage) -> None:
    case, app = unsigned(stage), pages(stage)
    task = stage.task(case, "director_signature").id
    browser(app, stage, DIRECTOR).post("/office/substitutions", form(stage))
    clerk = browser(app, stage, SUBSTITUTE)
    clerk.post(f"/inbox/tasks/{task}/claim")
    before = now(stage, SUBSTITUTE)
    stage.clock.set(datetime(2026, 9, 8, 19, 0, 1, tzinfo=UTC))  # 9 September, 00:00:01
    # Midnight is over, the executor has not come by yet: what was typed is shown, not sent.
    answer = clerk.post(f"/tasks/{task}", {**SIGNED, "_act": "send"})
    assert answer.status_code == 409
    assert "рөлі енді сізде жоқ" in answer.text
    with stage.begin() as uow, pytest.raises(Conflict):
        tasks.complete(uow, stage.ctx, before, task, SIGNED)
    stage.run_due()
    assert clerk.get(f"/tasks/{task}").status_code == 404
    assert stage.task(case, "director_signature").assignee == ""
    assert "substitution_over" in kinds(stage, DIRECTOR)
    assert "substitution_over" in kinds(stage, SUBSTITUTE)
    assert case.number in browser(app, stage, DIRECTOR).get("/inbox/?box=office").text
    stage.work(case, "director_signature", login=DIRECTOR)
    with stage.reading() as uow:
        chain = signatures.verify_chain(uow, stage.ctx, stage.actor("admin"), case.instance)
    assert (chain[-1].who, chain[-1].in_place_of) == (stage.actor(DIRECTOR).name, "")


# The page.


def test_a_form_with_errors_comes_back_with_everything_that_was_typed(stage: Stage) -> None:
    director = browser(pages(stage), stage, DIRECTOR)
    wrong = form(stage, substitute=stage.logins[DIRECTOR], last="31.02.2026", hand_over="1")
    answer = director.post("/office/substitutions", {**wrong, "roles": "career_director"})
    assert answer.status_code == 400
    for name in ("substitute", "last"):
        assert re.search(rf'id="e-{name}"', answer.text), name
        assert re.search(rf'<(?:select|input)[^>]*aria-invalid="true"[^>]*id="{name}"', answer.text)
    assert 'id="e-first"' not in answer.text
    assert 'value="31.02.2026"' in answer.text
    assert f'value="{form(stage)["first"]}"' in answer.text
    assert answer.text.count(f'<option value="{stage.logins[DIRECTOR]}" selected>') == 2
    assert re.search(r'value="career_director" checked', answer.text)
    assert re.search(r'name="hand_over" value="1" checked', answer.text)
    assert "Ешкім өзін өзі алмастыра алмайды" in answer.text
    with stage.reading() as uow:
        assert not uow.substitutions.open(stage.ctx.now().date())


@pytest.mark.parametrize(
    "typed",
    [
        {"first": "", "last": ""},
        {"first": "\0", "last": "9" * 5000},
        {"absent": "\0", "substitute": "я" * 5000},
        {"roles": "\0"},
    ],
)
def test_nonsense_is_refused_at_the_field(stage: Stage, typed: dict[str, str]) -> None:
    director = browser(pages(stage), stage, DIRECTOR)
    answer = director.post("/office/substitutions", form(stage, **typed))
    assert answer.status_code == 400
    for name in typed:
        assert f'id="e-{name}"' in answer.text


def test_the_head_sets_it_hands_over_and_ends_it(stage: Stage) -> None:
    case, app = unsigned(stage), pages(stage)
    task = stage.task(case, "director_signature").id
    director, clerk = browser(app, stage, DIRECTOR), browser(app, stage, SUBSTITUTE)
    director.post(f"/inbox/tasks/{task}/claim")
    chosen = director.get(f"/office/substitutions?absent={stage.logins[DIRECTOR]}").text
    assert "1 ашық тапсырмасын" in chosen
    director.post("/office/substitutions", form(stage, hand_over="1"))
    assert stage.task(case, "director_signature").assignee == stage.logins[SUBSTITUTE]
    assert kinds(stage, SUBSTITUTE)[0] == "substitution_begun"
    assert kinds(stage, DIRECTOR)[0] == "substitution_absent"
    assert "орнына жұмыс істейсіз" in clerk.get("/notifications/").text
    # The substitute of the head is head as well, and sees the office's page.
    page = clerk.get("/office/").text
    number = re.search(r"/office/substitutions/(\w+)/end", page)
    assert number
    assert "күшінде" in page
    again = director.post("/office/substitutions", form(stage))
    assert again.status_code == 400
    assert 'id="e-first"' in again.text
    assert director.post(number[0], {"office": OFFICE}).status_code == 303
    assert stage.task(case, "director_signature").assignee == ""
    assert clerk.get("/office/").status_code == 403
    assert "Ешкім алмастырылып жатқан жоқ" in director.get("/office/substitutions").text


def test_an_administrator_sets_it_in_any_office_and_other_heads_do_not_see_it(
    stage: Stage,
) -> None:
    app = pages(stage)
    admin, other = browser(app, stage, "admin"), browser(app, stage, "mc10-head")
    assert admin.post("/admin/substitutions/", form(stage)).status_code == 303
    listed = admin.get("/admin/substitutions/").text
    number = re.search(r"/admin/substitutions/(\w+)/end", listed)
    assert number
    assert stage.actor(DIRECTOR).name in listed
    assert stage.actor(DIRECTOR).name in admin.get(f"/admin/substitutions/?office={OFFICE}").text
    assert admin.post("/admin/substitutions/", form(stage, office="")).status_code == 400
    assert admin.post("/admin/substitutions/", form(stage, office="x")).status_code == 400
    assert stage.actor(DIRECTOR).name not in other.get("/office/substitutions").text
    assert other.get(f"/office/substitutions?office={OFFICE}").status_code == 404
    assert other.post("/office/substitutions", form(stage)).status_code == 404
    mine = {"office": "mc.10"}
    assert other.post(f"/office/substitutions/{number[1]}/end", mine).status_code == 404
    assert admin.post(number[0], {"office": ""}).status_code == 303
    assert number[1] not in admin.get("/admin/substitutions/").text
