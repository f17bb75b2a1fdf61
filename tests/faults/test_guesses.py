"""Trial 11: a thousand guesses of a password, over two web processes and one PostgreSQL."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from engine.clock import SystemClock
from engine.model.people import SYSTEM
from engine.processes import Child, free_port
from engine.services import accounts
from engine.services.context import Context
from engine.store import Database, Keys
from tests.faults.conftest import Line, Report, times

PASSWORD = "the right one, and long"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def guess(address: str, guesses: int, login: str) -> Counter[int]:
    """Guess in one session; return the answers by status."""
    with httpx.Client(base_url=address, timeout=60) as client:
        found = TOKEN.search(client.get("/sign-in").text)
        assert found
        form = {"login": login, "csrf_token": found[1]}
        return Counter(
            client.post("/sign-in", data=form | {"password": f"guess {number}"}).status_code
            for number in range(guesses)
        )


@pytest.mark.postgresql
def test_two_web_processes_count_together(
    postgres_url: str, tmp_path: Path, report: Report
) -> None:
    written = Keys.generate()
    (tmp_path / "keys").write_text(written)
    (tmp_path / "keys").chmod(0o600)
    database = Database(postgres_url, Keys.parse(written))
    with database.begin() as uow:
        ctx = Context(clock=SystemClock())
        accounts.create(uow, ctx, SYSTEM, login="aigerim", name="A", password=PASSWORD)
        uow.commit()
    settings = {
        "ZHOLDAMA_DATABASE_URL": postgres_url,
        "ZHOLDAMA_KEY_FILE": str(tmp_path / "keys"),
        "ZHOLDAMA_LANG": "en",
        "ZHOLDAMA_EXTENSIONS": "",
    }
    ports = [free_port() for _ in range(2)]
    webs = [
        Child(
            f"web {port}",
            ["serve", "--port", str(port)],
            environment=settings,
            log=tmp_path / f"{port}.log",
            folder=tmp_path,
        )
        for port in ports
    ]
    guesses = times(1000, 200)
    try:
        for web in webs:
            web.start()
        for web in webs:
            web.wait_ready()
        with ThreadPoolExecutor(8) as crowd:
            asked = [
                crowd.submit(guess, f"http://127.0.0.1:{ports[n % 2]}", guesses // 8, "aigerim")
                for n in range(8)
            ]
            answers = sum((one.result() for one in asked), Counter())
    finally:
        codes = [web.stop() for web in webs]
        database.close()
    assert set(answers) == {403, 429}, answers
    # Five a minute, and a slow machine may need more than one.
    assert answers[403] <= 10, answers
    assert codes == [0, 0]
    report(
        Line(
            trial=11,
            database="postgresql",
            what=f"{guesses} guesses of a password by 8 clients over 2 web processes",
            figure=f"{answers[403]} hashed, {answers[429]} refused before",
            goal="at least 99 % refused without hashing",
        )
    )
