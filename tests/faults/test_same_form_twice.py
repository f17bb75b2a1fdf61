"""The same form sent twice (reliability, trial 6): one transition, the same answer.

A double click sends it twice at one moment, from one window. A lost answer has it sent again: here
the connection is cut before the answer is read, and nobody knows whether it arrived.
"""

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx

from tests.faults.conftest import Line, Report, times
from tests.faults.site import PEOPLE, Person, Site, at_once, closing, installed
from tests.faults.working import FORM, WORKING, started, written_once

CLICKS = times(500, 4)


def test_a_double_click_is_one_transition_with_one_answer(
    database_url: str, tmp_path: Path, report: Report
) -> None:
    with installed(database_url, tmp_path, WORKING, work=FORM) as site:
        tasks = started(site, 2 * CLICKS)
        first, second = site.webs()
        clerk = Person(first, PEOPLE[0])
        window = clerk.at(second)
        with closing([clerk, window]), ThreadPoolExecutor(2) as pool:
            for task in tasks[:CLICKS]:
                double_click(pool, clerk, window, task)
            for task in tasks[CLICKS:]:
                lost_answer(clerk, task)
        written_once(site, tasks)
        assert "Traceback" not in site.logged()
        tell(report, site)


def double_click(pool: ThreadPoolExecutor, clerk: Person, window: Person, task: str) -> None:
    revision = taken(clerk, task)
    answers = at_once(
        pool,
        [lambda one=one: one.send(task, revision, note="the same") for one in (clerk, window)],
    )
    assert told(answers[0]) == told(answers[1]) == (303, "/inbox/"), [one.text for one in answers]


def lost_answer(clerk: Person, task: str) -> None:
    revision = taken(clerk, task)
    cut_off(clerk, task, revision)
    again = clerk.send(task, revision, note="the same")
    assert told(again) == (303, "/inbox/"), again.text
    other = clerk.send(task, revision, note="another word")
    assert other.status_code == 409, "what was not sent before is not taken for it"


def taken(clerk: Person, task: str) -> str:
    """Claim a task; return the revision its form carries."""
    assert clerk.claim(task).status_code == 303
    return clerk.revision(task)


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.headers.get("location", "")


def cut_off(clerk: Person, task: str, revision: str) -> None:
    """Send the form and hang up before the answer."""
    fields = {"csrf_token": clerk.token, "_act": "send", "_revision": revision, "note": "the same"}
    body = urlencode(fields).encode()
    cookies = "; ".join(f"{name}={value}" for name, value in clerk.client.cookies.items())
    where = urlsplit(str(clerk.client.base_url))
    lines = (
        f"POST /tasks/{task} HTTP/1.1",
        f"Host: {where.netloc}",
        f"Cookie: {cookies}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
    )
    with socket.create_connection((where.hostname or "", where.port or 0)) as line:
        line.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def tell(report: Report, site: Site) -> None:
    for what in ("double click", "answer lost, sent again"):
        report(
            Line(
                trial=6,
                database=site.database.dialect,
                what=f"the same form twice, {CLICKS} times: {what}",
                figure=f"{CLICKS} transitions, {CLICKS} pairs of equal answers",
                goal="one transition, the same answer",
            )
        )
