"""Logs: one object a line, ids in it, and nobody's name, IIN, password or token."""

import ast
import logging
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import ValueRefused
from engine.model.text import text
from engine.watching import logs, points
from tests.watching import logging_as

ROOT = Path(__file__).parents[3]
IIN, NAME, LATIN = "860502304418", "Сейтова", "Seitova"


def raising(kind: type[Exception] = ValueError) -> None:
    raise kind(f"{LATIN} {NAME} {IIN}")


def refusing() -> None:
    raise ValueRefused(text("There is no setting {name}", name=LATIN))


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_error_is_told_by_class_and_place_without_its_text(form: str) -> None:
    with logging_as(form) as found:
        try:
            try:
                raising(KeyError)
            except KeyError as error:
                raise RuntimeError(LATIN) from error
        except RuntimeError:
            logging.getLogger("engine.x").exception("it failed")
    for secret in (IIN, NAME, LATIN):
        assert secret not in found.text
    assert "RuntimeError" in found.text
    assert "KeyError" in found.text, "the cause too"
    assert "test_logs.py:" in found.text


def test_an_error_of_ours_says_its_sentence_without_the_values() -> None:
    with logging_as("json") as found:
        try:
            refusing()
        except ValueRefused:
            logging.getLogger("handlers.x").exception("refused")
    [line] = found.lines
    assert line["error"]["chain"] == ["ValueRefused: There is no setting {name}"]


def test_what_other_packages_say_is_cut_to_its_pattern() -> None:
    with logging_as("json") as found:
        logging.getLogger("waitress").error("Exception while serving %s?q=%s", LATIN, IIN)
        logging.getLogger("waitress").error("%(name)s failed for %5.2f", {"name": LATIN})
    said = [line["message"] for line in found.lines]
    assert all(LATIN not in one and IIN not in one for one in said)
    assert said[0].startswith("Exception while serving …")


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("iin=860502304418", "iin=…"),
        ("ЖСН860502304418x", "……x"),
        ("+77011234567", "+…"),
        ("/cases?q=Seitova&x=1 next", "/cases… next"),
        ("case 0193a2b4-1111-7222-8333-444455556666", None),
        ("job 0193a2b4111172228333444455556666", None),
        ("12345 of 99999", None),
        ("00000000000000000000000000000000", "…"),
    ],
)
def test_the_net_masks_numbers_and_foreign_letters_and_leaves_ids(
    said: str, left: str | None
) -> None:
    assert logs.masked(said) == (said if left is None else left)


def test_whom_the_work_is_for_stands_in_each_line() -> None:
    found = points.Trail(request="r-1", job="j-1", attempt=2, topic="t.ask", instance="i-1")
    with logging_as("json") as page, points.following(found):
        logging.getLogger("engine.jobs").warning("slow")
    [line] = page.lines
    wanted = {"request": "r-1", "job": "j-1", "attempt": 2, "topic": "t.ask", "instance": "i-1"}
    assert {name: line[name] for name in wanted} == wanted
    assert (line["level"], line["logger"]) == ("warning", "engine.jobs")
    assert line["time"].endswith("+00:00")
    assert points.trail() == points.Trail()


def test_a_thread_that_ends_by_an_error_leaves_no_text_behind(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with logging_as("json") as found:
        thread = threading.Thread(target=raising, name="worker")
        thread.start()
        thread.join()
    [line] = found.lines
    assert line["message"] == "thread worker ended by an error"
    assert line["error"]["chain"] == ["ValueError"]
    assert LATIN not in capfd.readouterr().err + found.text


def test_levels_are_ours_and_only_warnings_of_others() -> None:
    with logging_as("json", "info") as found:
        logging.getLogger("engine.x").info("seen")
        logging.getLogger("engine.x").debug("unseen")
        logging.getLogger("httpx").info("unseen")
    assert [line["message"] for line in found.lines] == ["seen"]


def test_a_developer_may_ask_for_the_texts() -> None:
    with logging_as("text", debug=True) as found:
        try:
            raising()
        except ValueError:
            logging.getLogger("engine.x").exception("failed")
    assert LATIN in found.text


#: What a log may be handed: ids, keys from diagrams, names of classes and views, numbers.
HARMLESS = {
    "job.id",
    "going.id",  # of a batch
    "going.operation.name",
    "row.subject_id",
    "job.element",
    "pause",
    "type(error).__name__",
    "request.endpoint",
    "error.description",  # of Flask-WTF: one of its own sentences
    "error.text.msgid",  # a sentence of ours without its values
    "acts",
    "someone.account",
    "trouble",
    "name",  # of a thread
    "one.name",  # of a process
    "topic",
    "found.code",
    "found.message_id",
    "answer.code",
    "taken.plan",
}
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}


def calls() -> Iterator[tuple[str, ast.Call]]:
    for top in ("engine", "handlers"):
        for path in sorted((ROOT / top).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                    continue
                if node.func.attr in LEVELS and ast.unparse(node.func.value) in {"log", "logger"}:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_no_log_is_handed_anything_but_ids_and_names_of_classes() -> None:
    found = list(calls())
    assert len(found) > 10
    for place, call in found:
        first, *rest = call.args
        assert isinstance(first, ast.Constant), f"{place}: the pattern is written out"
        kinds = re.findall(r"%[^a-zA-Z%]*([a-zA-Z])", str(first.value))
        for kind, one in zip(kinds, rest, strict=True):
            said = ast.unparse(one)
            if kind in "dfg":
                continue  # a number, counted or measured
            assert said in HARMLESS, f"{place}: may {said} name a person? If not, add it here"
