"""Diagrams, tables and forms from the disk: what was named, and what it refers to beside it."""

import errno
import os
from dataclasses import dataclass
from pathlib import Path

from engine.errors import ValueRefused
from engine.model.text import text

#: Folders that make a project: what a diagram refers to is looked for in both.
FOLDERS = ("processes", "forms")
#: Endings of what is deployed.
ENDINGS = frozenset({".bpmn", ".dmn", ".json"})
#: Kept beside them, though not executed: the workshop shows what they reach.
SCENARIOS = "scenarios.toml"


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """Files for a check or a deployment."""

    #: Content by name: ``processes/domain/way.bpmn``, relative to the project.
    files: dict[str, bytes]
    #: Names that were asked for; the others are there to be referred to.
    asked: frozenset[str]
    #: How a person finds a file from where she stands, by name.
    shown: dict[str, str]


def gather(paths: list[Path]) -> Gathered:
    """Read files and folders, and the rest of the project they belong to.

    The project is the nearest folder above that holds ``processes`` or ``forms``. A file's
    neighbours count as well. Raises `ValueRefused` if nothing was found, `FileNotFoundError`.
    """
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    asked = [file for path in paths for file in _within(path)]
    if not asked:
        names = ", ".join(str(path) for path in paths)
        raise ValueRefused(text("No diagram, table or form in {names}.", names=names))
    root = _project(paths[0]) or _shared_folder(asked)
    beside = [file for folder in FOLDERS for file in _within(root / folder)]
    beside += [file for path in paths if path.is_file() for file in _siblings(path)]
    found = {_name(file, root): file for file in [*beside, *asked]}
    return Gathered(
        files={name: file.read_bytes() for name, file in sorted(found.items())},
        asked=frozenset(_name(file, root) for file in asked),
        shown={name: os.path.relpath(file) for name, file in found.items()},
    )


def _within(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(
        file
        for file in path.rglob("*")
        if _is_ours(file) and file.is_file() and "node_modules" not in file.parts
    )


def _siblings(path: Path) -> list[Path]:
    return sorted(filter(_is_ours, path.parent.iterdir()))


def _is_ours(file: Path) -> bool:
    return file.suffix in ENDINGS or file.name == SCENARIOS


def _project(path: Path) -> Path | None:
    whole = path.resolve()
    for folder in (whole, *whole.parents):
        if folder.is_dir() and any((folder / name).is_dir() for name in FOLDERS):
            return folder
    return None


def _shared_folder(files: list[Path]) -> Path:
    return Path(os.path.commonpath([file.resolve().parent for file in files]))


def _name(file: Path, root: Path) -> str:
    whole = file.resolve()
    return (whole.relative_to(root) if whole.is_relative_to(root) else Path(whole.name)).as_posix()
