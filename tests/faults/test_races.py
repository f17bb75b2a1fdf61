"""Two people want the same task (reliability, trial 5): one has it, the others are told so.

Real web processes, real HTTP: two processes on PostgreSQL, one on SQLite. In each round two people
claim one task at the same moment. Then three windows send it at the same moment: two of whoever
won, with different words, and one of who lost.
"""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.faults.conftest import Line, Report, times
from tests.faults.site import PEOPLE, Person, at_once, closing, installed
from tests.faults.working import FORM, WORKING, started, written_once

ROUNDS = times(1000, 8)
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
