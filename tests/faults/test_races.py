"""Two people want the same task (reliability, trial 5): one has it, the others are told so.

Real web processes, real HTTP: two processes on PostgreSQL, one on SQLite. In each round two people
claim one task at the same moment. Then three windows send it at the same moment: two of whoever
won, with different words, and one of who lost.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import httpx

from tests.concurrency.jobs_diagrams import END, START, flow, process
from tests.faults.conftest import Line, Report, times
from tests.faults.site import PEOPLE, Person, Site, closing, installed

ROUNDS = times(1000, 12)
#: begun → work (user, one form) → done.
WORKING = process(
    "working",
    START,
    '<userTask id="work" camunda:candidateGroups="clerk@office" camunda:formKey="work"/>',
    END,
    flow("begun", "work", "done"),
)
FORM = b"""{"type": "default", "id": "work", "schemaVersion": 19, "components": [
 {"type": "textfield", "id": "A", "key": "note", "label": "note", "validate": {"required": true}}
]}"""
#: What a loser reads, whichever moment the loss came at.
TOLD = ("Somebody was faster", "has this task now", "This task is no longer open")


def test_of_two_people_one_has_the_task_and_the_other_is_told(
    database_url: str, tmp_path: Path, report: Report
) -> None:
    with installed(database_url, tmp_path, WORKING, work=FORM) as site:
        tasks = started(site, ROUNDS)
        first, second = site.webs()
        people = [Person(first, PEOPLE[0]), Person(second, PEOPLE[1])]
        windows = [people[0].at(second), people[1].at(first)]
        seen: Counter[str] = Counter()
        with closing([*people, *windows]), ThreadPoolExecutor(3) as pool:
            for task in tasks:
                winner = claimed(pool, people, task, seen)
                completed(pool, people, windows, winner, task, seen)
        written_once(site, tasks)
        assert "Traceback" not in site.logged()
        report(
            Line(
                trial=5,
                database=site.database.dialect,
                what=f"two people claim, then complete, one task, {ROUNDS} times",
                figure=f"{seen['claimed']} + {seen['completed']} winners, {seen['told']} losers "
                "told by a 409, no other answer",
                goal="as many winners as tasks, every loser a clear 409, no 5xx",
            )
        )


def started(site: Site, number: int) -> list[str]:
    """Start cases; return their open tasks."""
    for n in range(number):
        site.start("working", f"K-{n}")
    return [row.id for row in site.table("user_task", status="open")]


def at_once(
    pool: ThreadPoolExecutor, acts: Sequence[Callable[[], httpx.Response]]
) -> list[httpx.Response]:
    """Let several act at the same moment."""
    gate = Barrier(len(acts))

    def one(act: Callable[[], httpx.Response]) -> httpx.Response:
        gate.wait()
        return act()

    return list(pool.map(one, acts))


def claimed(
    pool: ThreadPoolExecutor, people: Sequence[Person], task: str, seen: Counter[str]
) -> int:
    """Have both claim; return who won."""
    answers = at_once(pool, [lambda one=one: one.claim(task) for one in people])
    won = one_winner(answers, seen, "claimed")
    assert answers[won].headers["location"] == f"/tasks/{task}"
    return won


def completed(
    pool: ThreadPoolExecutor,
    people: Sequence[Person],
    windows: Sequence[Person],
    winner: int,
    task: str,
    seen: Counter[str],
) -> None:
    """Have the winner send from two windows, and the loser from hers."""
    revision = people[winner].revision(task)
    senders = [people[winner], windows[winner], people[1 - winner]]
    answers = at_once(
        pool,
        [
            lambda n=n, one=one: one.send(task, revision, note=f"said in window {n}")
            for n, one in enumerate(senders)
        ],
    )
    assert one_winner(answers, seen, "completed") < 2


def one_winner(answers: Sequence[httpx.Response], seen: Counter[str], what: str) -> int:
    """Check that one was led on and the others were told; return which one."""
    codes = [one.status_code for one in answers]
    assert sorted(codes) == [303, *(409 for _ in answers[1:])], [one.text for one in answers]
    for one in answers:
        if one.status_code == 409:
            assert any(sentence in one.text for sentence in TOLD), one.text
    seen[what] += 1
    seen["told"] += len(answers) - 1
    return codes.index(303)


def written_once(site: Site, tasks: Sequence[str]) -> None:
    """Check what the tables say: every case at its end, every act written down once."""
    assert {row.status for row in site.table("instance")} == {"completed"}
    written = Counter(
        (row.what, row.token, row.element) for row in site.table("event") if row.token
    )
    assert set(written.values()) == {1}
    assert all(
        written[what, task, "work"] == 1 for what in ("claimed", "completed") for task in tasks
    )
    assert site.chain_holds()
