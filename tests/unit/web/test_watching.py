"""Requests that are watched: ids, logs without people, counters by route, probes."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask, request
from prometheus_client import CollectorRegistry

from engine.errors import Unavailable
from engine.model.text import text
from engine.watching.meter import Prometheus
from engine.web.application import create_app
from engine.web.policy import PUBLIC, allow
from tests.sample_office import Office
from tests.watching import listening, logging_as

Enter = Callable[[str], Any]
HEADER = "X-Request-ID"
IIN, NAME, LATIN, PASSWORD = "860502304418", "Сейтова", "Seitovasentinel", "Sentinel-pass-1"


def sample(registry: CollectorRegistry, name: str, **labels: str) -> float:
    return registry.get_sample_value(name, labels) or 0.0


def test_an_id_is_given_back_and_made_where_none_is_given(person: Enter) -> None:
    answer = person("").get("/sign-in", headers={HEADER: "req-from-proxy-1"})
    assert answer.headers[HEADER] == "req-from-proxy-1"
    first, second = (person("").get("/sign-in").headers[HEADER] for _ in range(2))
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert first != second
    strange = person("").get("/sign-in", headers={HEADER: IIN}).headers[HEADER]
    assert re.fullmatch(r"[0-9a-f]{32}", strange)


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_an_error_page_shows_the_id(person: Enter, headers: dict[str, str]) -> None:
    answer = person("aigul").get("/nowhere", headers={HEADER: "req-404-page", **headers})
    assert answer.status_code == 404
    assert "req-404-page" in answer.text
    assert "Әкімшіге айтатын сұрау нөмірі:" in answer.text


@pytest.fixture
def failing(app: Flask) -> Flask:
    """The pages with a view that fails with what was sent to it."""

    @app.route("/fails", methods=["GET", "POST"])
    @allow(PUBLIC)
    def fails() -> str:
        raise ValueError(f"{request.values.to_dict()} {request.headers}")

    app.view_functions["fails"].policy = PUBLIC  # type: ignore[attr-defined]
    return app


def secrets_of(person: Any) -> list[str]:
    cookies = [cookie.value for cookie in person.client._cookies.values()]
    return [IIN, NAME, LATIN, PASSWORD, *cookies]


@pytest.mark.parametrize("form", ["text", "json"])
def test_nobody_is_found_in_the_logs(
    failing: Flask, person: Enter, task_ids: list[str], form: str
) -> None:
    """A bad form, a failing view, wrong passwords, foreign tokens, names in addresses."""
    clerk, stranger = person("aigul"), person("")
    with logging_as(form) as found:
        clerk.post(f"/tasks/{task_ids[0]}/claim")
        bad = {"_act": "send", "_revision": "0", "name": f"{NAME} {LATIN}", "iin": IIN + "0"}
        assert clerk.post(f"/tasks/{task_ids[0]}", bad).status_code >= 400
        token = clerk.token()
        for fields in ({"name": NAME, "iin": IIN}, {"name": LATIN, "csrf_token": token}):
            answer = clerk.client.post(f"/fails?q={LATIN}", data={**fields, "csrf_token": token})
            assert answer.status_code == 500
        clerk.client.post(f"/tasks/{task_ids[0]}", data={"name": NAME, "csrf_token": LATIN})
        stranger.sign_in(LATIN, PASSWORD)
        clerk.get(f"/cases/{LATIN}")
        clerk.get(f"/cases?q={IIN}&name={LATIN}")
        clerk.get(f"/{LATIN}/{NAME}", headers={HEADER: IIN, "Referer": f"/x?{IIN}"})
    assert len(found.text.splitlines()) > 8, "something was logged"
    assert "ValueError" in found.text
    for secret in [*secrets_of(clerk), *secrets_of(stranger), token]:
        assert secret not in found.text, secret


def test_a_line_tells_route_status_time_and_statements(person: Enter) -> None:
    clerk = person("aigul")
    with logging_as("json", "info") as found:
        clerk.get("/inbox/", headers={HEADER: "req-inbox-1"})
    [line] = [one for one in found.lines if one["message"] == "request"]
    assert (line["route"], line["method"], line["status"]) == ("/inbox/", "GET", 200)
    assert line["request"] == "req-inbox-1"
    assert line["statements"] >= 2
    assert line["ms"] > 0


def test_requests_are_counted_by_route_not_by_address(person: Enter, task_ids: list[str]) -> None:
    clerk, meter = person("aigul"), Prometheus()
    with listening(meter):
        for task in task_ids:
            clerk.get(f"/tasks/{task}")
        for guess in ("/one", "/two"):
            clerk.get(guess)
        clerk.client.open("/sign-in", method="INVENTED")
    own = meter.registry
    counted = "zholdama_request_seconds_count"
    tasks = {"route": "/tasks/<task_id>", "method": "GET", "status": "200"}
    assert sample(own, counted, **tasks) == len(task_ids)
    assert sample(own, counted, route="-", method="GET", status="404") == 2
    assert sample(own, counted, route="-", method="OTHER", status="405") == 1
    sent = sample(own, "zholdama_request_statements_sum", route="/tasks/<task_id>", method="GET")
    assert sent >= 2 * len(task_ids)
    assert b"task_ids" not in meter.written()
    assert all(task.encode() not in meter.written() for task in task_ids)


class Away:
    """A database out of reach."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    @contextmanager
    def reading(self) -> Iterator[Any]:
        raise Unavailable(text("The database is busy; please try again"))
        yield

    begin = glance = reading

    def check_schema(self) -> None:
        self.inner.check_schema()


def test_probes_answer_strangers_with_a_word_and_without_a_database(office: Office) -> None:
    client = create_app(office).test_client()
    for probe in ("/healthz", "/readyz"):
        answer = client.get(probe)
        assert (answer.status_code, answer.text) == (200, "ok\n")
        assert answer.headers["Cache-Control"] == "no-store"
    gone = Office(database=Away(office.database), context=office.context)  # type: ignore[arg-type]
    client = create_app(gone).test_client()
    with client.session_transaction() as session:
        session["_user_id"] = office.actor("aigul").account
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "not ok\n")
