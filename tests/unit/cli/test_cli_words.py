"""The command line's sentences: all of them in three languages, no stack trace in any."""

import ast
from pathlib import Path

import pytest

from engine.cli.main import run
from engine.i18n import catalogue

ROOT = Path(__file__).parents[3] / "engine"
PLACES = [*ROOT.glob("cli/*.py"), *ROOT.glob("jobs/*.py"), *ROOT.glob("services/jobs.py")]
#: Words of click itself.
CLICKS = {"Options", "Commands"}


def sentences(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id == "text":
            argument = node.args[0]
            assert isinstance(argument, ast.Constant), f"{path.name}:{node.lineno}: write it out"
            found.add(str(argument.value))
        helps = (word.value for word in node.keywords if word.arg == "help")
        found |= {str(word.value) for word in helps if isinstance(word, ast.Constant)}
    return found


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("path", PLACES, ids=lambda path: path.stem)
def test_every_sentence_is_translated(path: Path, language: str) -> None:
    known = catalogue(language)
    missing = sentences(path) - set(known)
    assert not missing
    for sentence in sentences(path):
        fields = {part.split("}")[0] for part in sentence.split("{")[1:]}
        assert all(f"{{{name}}}" in known[sentence] for name in fields), sentence


def test_clicks_own_words_are_translated() -> None:
    for language in ("kk", "ru"):
        assert set(catalogue(language)) >= CLICKS


@pytest.mark.parametrize(
    ("arguments", "language", "said"),
    [
        (["nonsense"], "kk", "Мұндай команда жоқ. Анықтама: zholdama --help"),
        (["--lang", "ru", "nonsense"], "kk", "Такой команды нет. Справка: zholdama --help"),
        (["--lang=en", "check"], "kk", "PATH… is missing. See: zholdama check --help"),
        (["--lang=en", "check", "--jsn", "x"], "kk", "There is no option --jsn. See:"),
        (["dmn", "test", "/no/such"], "en", "There is no file or folder as FOLDER names it. See:"),
        (["--lang", "xx", "check"], "en", "--lang is one of kk, ru, en. See: zholdama --help"),
        (["serve", "--port"], "en", "Option --port needs a value. See:"),
        (["serve", "--port", "many"], "en", "The value of --port does not fit. See:"),
        (["serve", "--port", "99999"], "en", "The value of --port does not fit. See:"),
        (["db", "upgrade", "now"], "en", "There are arguments too many or too few. See:"),
    ],
)
def test_a_wrong_command_line_is_one_sentence(
    arguments: list[str],
    language: str,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ZHOLDAMA_LANG", language)
    assert run(arguments) == 2
    seen = capsys.readouterr()
    assert seen.err.startswith(said)
    assert len(seen.err.strip().splitlines()) == 1
    assert not seen.out


def test_help_is_in_the_language_however_often_it_is_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for language, usage in (("kk", "Қолданылуы:"), ("ru", "Использование:"), ("en", "Usage:")):
        monkeypatch.setenv("ZHOLDAMA_LANG", language)
        assert run(["check", "--help"]) == 0
        said = capsys.readouterr().out
        assert said.startswith(usage)
        assert ("Check diagrams" in said) is (language == "en")


@pytest.mark.parametrize("arguments", [[], ["user"], ["calendar"]])
def test_a_group_alone_shows_its_help(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHOLDAMA_LANG", "en")
    assert run(arguments) == 0
    said = capsys.readouterr().out
    assert said.startswith("Usage: zholdama")
    assert "Commands:" in said


def test_an_unexpected_error_is_a_sentence_and_a_trace_only_on_demand(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHOLDAMA_LANG", "en")
    monkeypatch.setattr("engine.cli.files.gather", lambda paths: 1 / 0)
    monkeypatch.setattr("engine.cli.diagrams.gather", lambda paths: 1 / 0)
    assert run(["check", "."]) == 1
    said = capsys.readouterr().err
    assert said.startswith("Zholdama itself failed: ZeroDivisionError")
    assert "Traceback" not in said
    monkeypatch.setenv("ZHOLDAMA_DEBUG", "1")
    assert run(["check", "."]) == 1
    assert "Traceback" in capsys.readouterr().err
