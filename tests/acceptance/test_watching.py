"""A watched installation as an operator meets it: real processes, their ports, their logs."""

import json
import socket
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest

from tests.acceptance.test_cli import Run, free_port, one_sentence, run, running

__all__ = ["run"]

IIN = "860502304418"


def until_ready(address: str) -> httpx.Response:
    end = monotonic() + 20
    while True:
        answer = httpx.get(address, timeout=10)
        if answer.status_code == 200 or monotonic() > end:
            return answer
        sleep(0.2)


def test_serve_is_watched_on_an_address_of_its_own(tmp_path: Path, run: Run) -> None:
    run("db", "upgrade")
    port, watched = free_port(), free_port()
    more = {"ZHOLDAMA_METRICS_PORT": str(watched), "ZHOLDAMA_LOG": "json"}
    pages, own = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{watched}"
    with running(tmp_path, "serve", "--port", str(port), until="listens on", **more) as said:
        assert until_ready(f"{pages}/readyz").text == "ok\n"
        assert until_ready(f"{own}/readyz").text == "ok\n"
        assert httpx.get(f"{own}/healthz").text == "ok\n"
        headers = {"X-Request-ID": "req-operator-1"}
        answer = httpx.get(f"{pages}/sign-in?iin={IIN}", headers=headers)
        assert answer.headers["X-Request-ID"] == "req-operator-1"
        assert httpx.get(f"{pages}/metrics").status_code == 404, "nothing for strangers"
        metrics = httpx.get(f"{own}/metrics").text
    counted = 'zholdama_request_seconds_count{method="GET",route="/sign-in",status="200"} 1.0'
    assert counted in metrics
    assert "zholdama_gauges_up 1.0" in metrics
    assert 'zholdama_jobs{state="due"} 0.0' in metrics
    lines = [json.loads(line) for line in said if line.startswith("{")]
    [line] = [one for one in lines if one.get("request") == "req-operator-1"]
    assert (line["route"], line["status"]) == ("/sign-in", 200)
    assert all(IIN not in one for one in said)


def test_a_worker_has_probes_and_metrics_too(tmp_path: Path, run: Run) -> None:
    run("db", "upgrade")
    watched = free_port()
    more = {"ZHOLDAMA_METRICS_PORT": str(watched)}
    with running(tmp_path, "worker", until="Working as", **more):
        assert until_ready(f"http://127.0.0.1:{watched}/readyz").text == "ok\n"
        assert "zholdama_connections" in httpx.get(f"http://127.0.0.1:{watched}/metrics").text


def test_a_port_for_metrics_that_is_taken_is_one_sentence(run: Run) -> None:
    run("db", "upgrade")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert port in one_sentence(run("worker", ZHOLDAMA_METRICS_PORT=port))


@pytest.mark.parametrize("name", ["ZHOLDAMA_LOG", "ZHOLDAMA_LOG_LEVEL", "ZHOLDAMA_METRICS_PORT"])
def test_a_setting_that_cannot_be_is_one_sentence(run: Run, name: str) -> None:
    assert name in one_sentence(run("worker", **{name: "nonsense"}))


def test_the_doctor_says_what_is_missing_and_then_nothing(run: Run, tmp_path: Path) -> None:
    first = run("doctor")
    assert first.returncode == 1
    assert "There are no keys" in first.stdout
    assert not (tmp_path / "var").exists(), "looking makes nothing"
    run("db", "upgrade")
    sound = run("doctor", "--json")
    assert sound.returncode == 0, sound.stdout
    assert {one["level"] for one in json.loads(sound.stdout)} == {"ok"}
    (tmp_path / "var/zholdama.db").unlink()
    gone = run("doctor")
    assert gone.returncode == 1
    assert "run 'zholdama db upgrade'" in gone.stdout
    assert not (tmp_path / "var/zholdama.db").exists()


def test_the_doctor_reports_as_json_with_remedies(run: Run) -> None:
    run("db", "upgrade")
    done = run("doctor", "--json", ZHOLDAMA_HOST="0.0.0.0", ZHOLDAMA_DEMO="1")
    assert done.returncode == 1
    errors = [one for one in json.loads(done.stdout) if one["level"] == "error"]
    assert {one["check"] for one in errors} == {"settings", "demo"}
    assert all(one["remedy"] for one in errors)
    misspelt = run("doctor", ZHOLDAMA_PROT="1")
    assert misspelt.returncode == 1
    assert "ZHOLDAMA_PROT" in misspelt.stdout
