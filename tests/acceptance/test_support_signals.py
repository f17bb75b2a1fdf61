"""The family card's signals at their address: believed, refused, sent again, at once (S-2)."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import pytest
from werkzeug.test import TestResponse

from engine.clock import SystemClock
from engine.store import Database
from handlers.people.iin import FEMALE, MALE
from handlers.registries import signals
from handlers.registries.sandbox.families import make_iin
from handlers.registries.sandbox.server import Sandbox
from handlers.registries.signals.receiving import MAC, TIME, mac
from handlers.support import offices, records
from handlers.support.records import PlanState
from tests.acceptance.kandas_stage import start_sandbox
from tests.acceptance.quarter_stage import entrance, pages
from tests.acceptance.support_stage import Play, intake, prepare, wired

APPLICANT = make_iin(date(1990, 5, 17), FEMALE, 8301)
SON = make_iin(date(2015, 2, 3), MALE, 8302)
Post = Callable[..., TestResponse]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = start_sandbox(tmp_path_factory.mktemp("authority"))
    yield running
    running.stop()


@pytest.fixture
def play(database: Database, sandbox: Sandbox) -> Play:
    prepare(database)
    return wired(database, sandbox)


def message(**other: object) -> dict[str, object]:
    """Return a signal about a mother with a son."""
    return {
        "messageId": "0b8b7b2e-0001",
        "sentAt": "2026-09-07T06:30:00+00:00",
        "region": "47",
        "ground": "abuse",
        "level": "E",
        "determinedOn": "2026-09-04",
        "phone": "+7 700 000 00 01",
        "applicant": {
            "iin": APPLICANT,
            "surname": "Қасым",
            "name": "Әсем",
            "patronymic": "",
            "born": "1990-05-17",
        },
        "members": [
            {
                "iin": SON,
                "surname": "Қасым",
                "name": "Нұрлан",
                "born": "2015-02-03",
                "relation": "child",
            }
        ],
        **other,
    }


def sealed(play: Play, said: Mapping[str, object] | bytes) -> dict[str, Any]:
    """Return body and headers of a signal, as the card sends it."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    key = play.ctx.settings["registries.signals.key"]
    stamp = str(int(SystemClock().now().timestamp()))
    heads = {"Content-Type": "application/json", TIME: stamp, MAC: mac(key, stamp, body)}
    return {"data": body, "headers": heads}


@pytest.fixture
def post(play: Play) -> Post:
    """Return what sends a signal to the pages."""
    made = pages(play)

    def send(said: Mapping[str, object] | bytes, **changed: str) -> TestResponse:
        told = sealed(play, said)
        told["headers"] |= {name.replace("_", "-"): value for name, value in changed.items()}
        return made.test_client().post(signals.PATH, **told)

    return send


def code(answer: TestResponse) -> str:
    assert answer.mimetype == "application/json"
    return str(answer.get_json()["status"]["code"])


def kept(play: Play) -> list[records.Signal]:
    with play.reading() as uow:
        return records.signals(uow.session, offices.centre("47"))


def test_a_signal_opens_a_plan_at_the_centre_of_its_region(play: Play, post: Post) -> None:
    answer = post(message())
    assert (answer.status_code, code(answer)) == (202, "ACCEPTED")
    assert "Set-Cookie" not in answer.headers
    play.run_due()
    [found] = kept(play)
    assert found.state == "accepted"
    assert play.elements(found.plan) == ["intake"]
    plan = play.plan(found.plan)
    assert (plan.state, plan.source, plan.signal) == (PlanState.INTAKE, "family_card", found.id)
    shown = play.shown(found.plan, "intake")
    assert (shown["surname"], shown["iin"], shown["phone"]) == ("Қасым", APPLICANT, "+77000000001")
    assert shown["members"][0]["iin"] == SON


def test_the_same_signal_again_opens_nothing(play: Play, post: Post) -> None:
    assert post(message()).status_code == 202
    again = post(message())
    assert (again.status_code, code(again)) == (200, "KNOWN")
    other = post(message(level="D"))
    assert (other.status_code, code(other)) == (409, "CONFLICT")
    play.run_due()
    assert len(kept(play)) == 1


def test_a_family_with_an_open_plan_has_the_signal_noted_on_it(play: Play, post: Post) -> None:
    case = play.open()
    play.work(case.number, "intake", intake(iin=APPLICANT, born="1990-05-17"))
    assert post(message()).status_code == 202
    play.run_due()
    [found] = kept(play)
    assert (found.state, found.plan) == ("duplicate", case.number)
    # Who leads the plan is told, and the plan's case shows it to the centre and to nobody else.
    assert "support_detected" in play.told("fsc.47.1-1")
    where = f"/cases/{case.instance}"
    sign_in = entrance(play)
    assert "Отбасының цифрлық картасының сигналдары" in sign_in("fsc.47.1-1").get(where).text
    assert "цифрлық картасының сигналдары" not in sign_in("admin").get(where).text
    with play.reading() as uow:
        assert records.plan(uow.session, "Ж-26-00002") is None


def test_two_signals_about_one_family_at_the_same_moment_open_one_plan(
    play: Play, post: Post
) -> None:
    barrier = threading.Barrier(4)
    answers: list[int] = []

    def send(name: str) -> None:
        barrier.wait()
        answers.append(post(message(messageId=name)).status_code)

    names = ("0b8b7b2e-0001", "0b8b7b2e-0001", "0b8b7b2e-0002", "0b8b7b2e-0002")
    threads = [threading.Thread(target=send, args=(name,)) for name in names]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert set(answers) <= {200, 202, 503}
    for name in set(names):  # what was told to come again comes again
        assert post(message(messageId=name)).status_code in {200, 202}
    play.run_due()
    found = kept(play)
    assert len(found) == 2
    assert len({one.plan for one in found}) == 1
    assert sorted(one.state for one in found) == ["accepted", "duplicate"]


def test_nobody_without_the_seal_is_believed(play: Play, post: Post) -> None:
    answers = [
        post(message(), **{MAC: "0" * 64}),
        post(message(), **{TIME: "1000000000"}),
        post(message(), Content_Type="text/plain"),
        post(b"{"),
        post(b" " * (signals.MAX_BODY + 1)),
        post(message(region="1")),
        post(message(region="63")),
    ]
    assert [(one.status_code, code(one)) for one in answers] == [
        (401, "WRONG_SIGNATURE"),
        (401, "WRONG_SIGNATURE"),
        (415, "NOT_JSON"),
        (400, "MALFORMED"),
        (413, "TOO_LARGE"),
        (400, "MALFORMED"),
        (400, "MALFORMED"),
    ]
    assert answers[-1].get_json()["problems"] == ["region: no_centre"]
    assert kept(play) == []


def test_the_address_takes_nothing_else_and_other_addresses_want_their_token(play: Play) -> None:
    made = pages(play)
    assert made.test_client().get(signals.PATH).status_code == 405
    client = entrance(play)("fsc.47.1-1")
    # A page of somebody signed in cannot forge one: the cookie counts for nothing here.
    assert client.post(signals.PATH, json=message()).status_code == 401
    assert client.post("/support/new", data={"centre": "fsc.47.1"}).status_code in {400, 403}


def test_a_failure_is_told_as_json(play: Play, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.errors import Unavailable  # noqa: PLC0415
    from engine.model.text import text  # noqa: PLC0415

    def broken() -> Any:
        raise Unavailable(text("The database does not answer"))

    monkeypatch.setattr(play.database, "begin", broken)
    answer = post(message())
    assert (answer.status_code, code(answer)) == (503, "UNAVAILABLE")
    assert b"Traceback" not in answer.data


def test_the_card_of_the_sandbox_speaks_to_this_address(play: Play, sandbox: Sandbox) -> None:
    from werkzeug.serving import make_server  # noqa: PLC0415

    server = make_server("127.0.0.1", 0, pages(play), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        sandbox.home(f"http://127.0.0.1:{server.port}")
        sender = sandbox.server.sender
        family = next(key for key, one in sender.hardships.items() if one.family.origin == "47")
        sent = sender.send(family, "ok")  # type: ignore[arg-type]
    finally:
        sandbox.home("")
        server.shutdown()
        thread.join()
    assert (sent.status, sent.code) == (202, "ACCEPTED")
    play.run_due()
    [found] = kept(play)
    assert play.elements(found.plan) == ["intake"]
