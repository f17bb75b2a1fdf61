"""``zholdama diff``: what differs between two files, folders or deployments."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

import click

from engine.cli.files import FOLDERS, gather
from engine.cli.opening import opened
from engine.cli.words import say, tell
from engine.errors import NotFound, ValueRefused
from engine.model.differences import Attribute, Change, Difference, Kind
from engine.model.text import Text, text
from engine.services.workshop import comparing
from engine.services.workshop.saying import attribute_of, type_of, value_of

#: Names a deployment instead of a path; ``deployment:latest`` is what is deployed now.
DEPLOYMENT = "deployment:"
#: Where a project keeps what is deployed.
_PROJECT = tuple(f"{folder}/" for folder in FOLDERS)
_SIGNS = {Kind.ADDED: "+", Kind.REMOVED: "-", Kind.CHANGED: "~", Kind.MOVED: ">"}
#: Letters of a value that are shown.
_SHOWN = 120


@click.command(
    help="Show what differs between two files, folders or deployments (deployment:ID, "
    "deployment:latest); exit code 1 if anything does."
)
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@click.option("--json", "as_json", is_flag=True, help="Write the differences as JSON.")
def diff(old: str, new: str, as_json: bool) -> int:
    """Print the differences, element by element, as lines or as JSON."""
    before, after = _sides(old, new)
    found = list(_differences(before, after))
    if as_json:
        plain = {name: _plain(difference) for name, difference in found}
        click.echo(json.dumps({"files": plain}, ensure_ascii=False, indent=2))
    else:
        for name, difference in found:
            _print(name, difference, fresh=name not in before, gone=name not in after)
        if not found:
            say(text("No difference."))
    return 1 if found else 0


def _sides(old: str, new: str) -> tuple[Mapping[str, bytes], Mapping[str, bytes]]:
    """Return the files of both by name; one file is compared with its like only."""
    files = [Path(named).is_file() for named in (old, new)]
    folders = [Path(named).is_dir() and not named.startswith(DEPLOYMENT) for named in (old, new)]
    if all(files):
        return _alone(Path(old), Path(new))
    # Two folders are laid over each other; else files have the names that deployments give them.
    before, after = (_files(named, inside=all(folders)) for named in (old, new))
    if any(files):
        names = before.keys() if files[0] else after.keys()
        return _named(before, names), _named(after, names)
    if any(folders) and not all(folders):
        top = _top(before if folders[0] else after)
        return _below(before, top), _below(after, top)
    return before, after


def _named(files: Mapping[str, bytes], names: Iterable[str]) -> dict[str, bytes]:
    return {name: files[name] for name in names if name in files}


def _below(files: Mapping[str, bytes], top: str) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if name.startswith(top)}


def _top(files: Mapping[str, bytes]) -> str:
    """Return the folder in which all of them are; nothing outside it was asked for."""
    top = os.path.commonpath([PurePosixPath(name).parent for name in files])
    return f"{top}/" if top not in {"", "."} else ""


def _alone(old: Path, new: Path) -> tuple[Mapping[str, bytes], Mapping[str, bytes]]:
    if comparing.kind_of(old.name) != comparing.kind_of(new.name):
        raise ValueRefused(text("These two are files of different kinds."))
    return {str(old): old.read_bytes()}, {str(old): new.read_bytes()}


def _files(named: str, *, inside: bool) -> dict[str, bytes]:
    if named.startswith(DEPLOYMENT):
        return _deployed(named.removeprefix(DEPLOYMENT))
    folder = Path(named)
    gathered = gather([folder])
    ours = {name for name in gathered.asked if name.startswith(_PROJECT)} or gathered.asked
    return {
        _within(gathered.shown[name], folder) if inside else name: gathered.files[name]
        for name in ours
    }


def _within(shown: str, folder: Path) -> str:
    """Return a file's name as seen from the folder."""
    return Path(shown).resolve().relative_to(folder.resolve()).as_posix()


def _deployed(key: str) -> dict[str, bytes]:
    with opened() as app, app.database.reading() as uow:
        files = uow.definitions
        found = files.newest_files() if key == "latest" else files.files(key)
    if not found:
        raise NotFound(text("There is no such deployment"))
    return dict(found)


def _differences(
    old: Mapping[str, bytes], new: Mapping[str, bytes]
) -> Iterator[tuple[str, Difference]]:
    for name in sorted(filter(comparing.comparable, old.keys() | new.keys())):
        difference = comparing.difference(name, old.get(name), new.get(name))
        if difference or name not in old or name not in new:
            yield name, difference


def _print(name: str, difference: Difference, *, fresh: bool, gone: bool) -> None:
    if fresh or gone:
        click.echo(f"{_SIGNS[Kind.ADDED if fresh else Kind.REMOVED]} {name}")
        return
    click.echo(name)
    for change in difference.changes:
        click.echo(f"  {_SIGNS[change.kind]} {_title(change)}")
        if change.kind in (Kind.CHANGED, Kind.MOVED):
            for attribute in change.attributes:
                click.echo(f"      {_line(attribute)}")


def _title(change: Change) -> str:
    parts = [tell(type_of(change.type)), change.element]
    return " ".join(part for part in parts if part) + (f" «{change.name}»" if change.name else "")


def _line(attribute: Attribute) -> str:
    called = tell(attribute_of(attribute.name))
    old, new = (_value(value_of(attribute, value)) for value in (attribute.old, attribute.new))
    return f"{called}: {old} → {new}"


def _value(value: Text | str | None) -> str:
    if value is None:
        return "∅"
    line = " ".join(tell(value).split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def _plain(difference: Difference) -> dict[str, object]:
    return {
        "renamed": dict(difference.renamed),
        "changes": [
            {
                "kind": change.kind.value,
                "element": change.element,
                "was": change.was,
                "name": change.name,
                "type": change.type,
                "within": change.within,
                "moved": change.moved,
                "attributes": [one._asdict() for one in change.attributes],
            }
            for change in difference.changes
        ],
    }
