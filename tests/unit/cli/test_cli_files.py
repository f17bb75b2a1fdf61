"""What ``check`` and ``deploy`` read: what was named, and what it refers to."""

from pathlib import Path

import pytest

from engine.cli.files import gather
from engine.errors import ValueRefused


def project(root: Path) -> Path:
    for name in ("processes/a/one.bpmn", "processes/a/two.dmn", "forms/a/three.json", "notes.json"):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return root


def test_a_folder_brings_the_rest_of_its_project(tmp_path: Path) -> None:
    found = gather([project(tmp_path) / "processes"])
    assert set(found.files) == {"processes/a/one.bpmn", "processes/a/two.dmn", "forms/a/three.json"}
    assert found.asked == {"processes/a/one.bpmn", "processes/a/two.dmn"}
    assert found.files["forms/a/three.json"] == b"forms/a/three.json"


def test_a_file_brings_it_too(tmp_path: Path) -> None:
    found = gather([project(tmp_path) / "processes/a/one.bpmn"])
    assert found.asked == {"processes/a/one.bpmn"}
    assert "forms/a/three.json" in found.files


def test_a_file_outside_a_project_brings_its_neighbours(tmp_path: Path) -> None:
    folder = tmp_path / "somewhere"
    folder.mkdir()
    (folder / "x.bpmn").write_text("x")
    (folder / "y.dmn").write_text("y")
    (folder / "z.txt").write_text("z")
    found = gather([folder / "x.bpmn"])
    assert found.asked == {"x.bpmn"}
    assert set(found.files) == {"x.bpmn", "y.dmn"}


def test_names_are_shown_as_one_finds_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project(tmp_path) / "processes")
    found = gather([Path("a")])
    assert found.shown["processes/a/one.bpmn"] == "a/one.bpmn"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone\.bpmn"):
        gather([tmp_path / "gone.bpmn"])


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueRefused, match="No diagram"):
        gather([tmp_path])
