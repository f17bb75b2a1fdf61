"""Clerks who work by HTTP whatever happens to the server, as people do: they send again."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic, sleep
from typing import NamedTuple

import httpx

from tests.faults.site import Person

#: What a page must never show.
NEVER = ("Traceback", "psycopg", "sqlalchemy", "sqlite3")
#: Seconds after which somebody sends again what was refused; Retry-After says ten.
AGAIN = 0.2


class Answer(NamedTuple):
    """One answer."""

    at: float
    status: int
    path: str


class Clerk:
    """Somebody who takes the next task and completes it, over and over."""

    def __init__(self, address: str, login: str) -> None:
        self.person = Person(address, login)
        self.login = login
        self.answers: list[Answer] = []
        #: What should not have been on a page.
        self.wrong: list[str] = []
        #: Tasks whose completion was acknowledged, and what was written.
        self.acknowledged: dict[str, str] = {}

    def work(self, over: threading.Event) -> None:
        """Work until it is over."""
        rounds = 0
        while not over.is_set():
            rounds += 1
            if rounds % 10 == 0:
                self.ask("GET", "/inbox/")
            task = self.next()
            if task:
                self.complete(task, over, look=rounds % 5 == 0)
            else:
                over.wait(0.1)

    def next(self) -> str:
        """Take the next task; empty: there is none, or the server is away."""
        answer = self.ask("POST", "/inbox/tasks/claim-next")
        where = answer.headers.get("location", "")
        if answer.status_code == 303 and where.startswith("/tasks/"):
            return where.removeprefix("/tasks/")
        sleep(AGAIN if answer.status_code == 503 else 0)
        return ""

    def complete(self, task: str, over: threading.Event, *, look: bool) -> None:
        """Send a task's form until it is taken."""
        note = f"What {self.login} has written into {task}"
        if look:
            self.ask("GET", f"/tasks/{task}")
        while not over.is_set():
            answer = self.ask("POST", f"/tasks/{task}", _act="send", note=note)
            if answer.status_code == 303:
                self.acknowledged[task] = note
                return
            if answer.status_code != 503:
                self.wrong.append(f"{answer.status_code} to the form of {task}")
                return
            if note not in answer.text:
                self.wrong.append(f"{task}: what was typed is not on the page of the 503")
            sleep(AGAIN)

    def ask(self, method: str, path: str, **form: str) -> httpx.Response:
        """Ask, and keep the answer in mind."""
        data = {"csrf_token": self.person.token, **form} if method == "POST" else None
        answer = self.person.client.request(method, path, data=data)
        self.answers.append(Answer(monotonic(), answer.status_code, path))
        if any(word in answer.text for word in NEVER):
            self.wrong.append(f"{path}: {answer.text[:2000]}")
        if answer.status_code == 503 and not answer.headers.get("retry-after", "").isdigit():
            self.wrong.append(f"{path}: 503 without Retry-After")
        return answer


@contextmanager
def gone_home(clerks: Sequence[Clerk]) -> Iterator[None]:
    """Have them leave at the end of a block."""
    try:
        yield
    finally:
        for one in clerks:
            one.person.close()
