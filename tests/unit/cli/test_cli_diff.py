"""``zholdama diff``: of files and folders, in words and as JSON, with diff's exit codes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.cli.main import run

Said = Callable[..., tuple[int, str]]
ROOT = Path(__file__).parents[3]
CONTACT = ROOT / "forms/kandas/contact.json"
RETURN = ROOT / "processes/kandas/return.dmn"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    def speak(*arguments: object) -> tuple[int, str]:
        code = run(["--lang", "en", "diff", *map(str, arguments)])
        heard = capsys.readouterr()
        return code, heard.out + heard.err

    return speak


def edited(folder: Path, file: Path, old: str, new: str) -> Path:
    written = file.read_text("utf-8")
    assert old in written
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file.name).write_text(written.replace(old, new, 1), "utf-8")
    return folder / file.name


def test_equal_files_are_no_difference(said: Said) -> None:
    assert said(CONTACT, CONTACT) == (0, "No difference.\n")


def test_a_changed_cell_is_a_line_and_exit_code_one(said: Said, tmp_path: Path) -> None:
    other = edited(tmp_path, RETURN, '<text>"leo_origin"</text>', '<text>"x"</text>')
    code, lines = said(RETURN, other)
    assert code == 1
    assert lines.splitlines()[0] == str(RETURN)
    assert "~ rule kandas_return_rule2" in lines
    assert 'column Кім қайтарды: "leo_origin" → "x"' in lines


def test_the_words_are_those_of_the_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = edited(tmp_path, CONTACT, '"required": true', '"required": false')
    assert run(["--lang", "ru", "diff", str(CONTACT), str(other)]) == 1
    assert "обязательно: да → нет" in capsys.readouterr().out


def test_json_has_everything(said: Said, tmp_path: Path) -> None:
    other = edited(tmp_path, RETURN, "kandas_return_rule2", "kandas_return_rule9")
    code, lines = said("--json", RETURN, other)
    (found,) = json.loads(lines)["files"].values()
    assert code == 1
    assert found["renamed"] == {"kandas_return_rule2": "kandas_return_rule9"}
    assert found["changes"][0]["attributes"] == [
        {"name": "id", "old": "kandas_return_rule2", "new": "kandas_return_rule9"}
    ]


def test_two_folders_are_laid_over_each_other(said: Said, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    edited(one, CONTACT, "Field_note", "Field_note")
    edited(one, RETURN, "limits", "limits")
    edited(other, RETURN, '"UNIQUE"', '"FIRST"')
    (other / "new.json").write_text('{"components": []}', "utf-8")
    code, lines = said(one, other)
    assert code == 1
    assert "- contact.json\n" in lines
    assert "+ new.json\n" in lines
    assert "hit policy: UNIQUE → FIRST" in lines


def test_one_file_is_compared_with_its_like_in_a_folder(said: Said) -> None:
    assert said(RETURN, ROOT / "processes") == (0, "No difference.\n")


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (CONTACT, RETURN, "different kinds"),
        (CONTACT, "nowhere.json", "no file or folder nowhere.json"),
    ],
)
def test_what_cannot_be_compared_is_said(said: Said, one: Path, other: Path, words: str) -> None:
    code, lines = said(one, other)
    assert code == 1
    assert words in lines


def test_a_broken_file_is_said_with_its_line(said: Said, tmp_path: Path) -> None:
    (tmp_path / "a.bpmn").write_text("<a>\n<b>", "utf-8")
    code, lines = said(ROOT / "processes/kandas/approval.bpmn", tmp_path / "a.bpmn")
    assert code == 1
    assert "line 2" in lines


def test_a_deployment_is_compared_with_a_folder(
    said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZHOLDAMA_DATABASE_URL", f"sqlite:///{tmp_path}/x.db")
    monkeypatch.setenv("ZHOLDAMA_KEY_FILE", str(tmp_path / "keys"))
    edited(Path("processes"), RETURN, "limits", "limits")
    assert run(["db", "upgrade"]) == 0
    assert run(["deploy", "processes"]) == 0
    capsys.readouterr()
    assert said("deployment:latest", "processes") == (0, "No difference.\n")
    assert said("deployment:latest", ".") == (0, "No difference.\n")
    edited(Path("processes"), RETURN, '"UNIQUE"', '"FIRST"')
    code, lines = said("deployment:latest", "processes/return.dmn")
    assert code == 1
    assert lines.splitlines()[0] == "processes/return.dmn"
    assert "hit policy: UNIQUE → FIRST" in lines
    edited(Path("forms"), CONTACT, "label", "label")
    code, lines = said("deployment:latest", ".")
    assert (code, [one for one in lines.splitlines() if one[0] in "+-pf"]) == (
        1,
        ["+ forms/contact.json", "processes/return.dmn"],
    )
    code, lines = said("deployment:0123", "processes")
    assert (code, lines) == (1, "There is no such deployment\n")
