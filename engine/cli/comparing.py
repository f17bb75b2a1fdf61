"""``zholdama diff``: what differs between two files, folders or deployments."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from engine.cli.files import FOLDERS, gather
from engine.cli.opening import opened
from engine.cli.words import say, tell
from engine.errors import NotFound, ValueRefused
from engine.model.differences import Attribute, Change, Difference, Kind
from engine.model.text import text
from engine.services.workshop import comparing
from engine.services.workshop.saying import attribute_of, type_of

#: Names a deployment instead of a path; ``deployment:latest`` is what is deployed now.
DEPLOYMENT = "deployment:"
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
    found = list(_differences(*_sides(old, new)))
    if as_json:
        plain = {name: _plain(difference) for name, difference in found}
        click.echo(json.dumps({"files": plain}, ensure_ascii=False, indent=2))
    else:
        for name, difference in found:
            _print(name, difference)
        if not found:
            say(text("No difference."))
    return 1 if found else 0


def _sides(old: str, new: str) -> tuple[Mapping[str, bytes], Mapping[str, bytes]]:
    """Return the files of both by name; one file is compared with its like only."""
    before, after = _files(old), _files(new)
    alone = [Path(named).is_file() for named in (old, new)]
    if all(alone):
        return _one(old, before), _one(old, after, Path(new).suffix)
    if any(alone):
        names = before.keys() if alone[0] else after.keys()
        before, after = ({n: one[n] for n in names & one.keys()} for one in (before, after))
    return before, after


def _one(shown: str, files: Mapping[str, bytes], ending: str = "") -> dict[str, bytes]:
    if ending and ending != Path(shown).suffix:
        raise ValueRefused(text("These two are files of different kinds."))
    return {shown: content for content in files.values()}


def _files(named: str) -> dict[str, bytes]:
    """Return files by the name that deployments give them."""
    if named.startswith(DEPLOYMENT):
        return _deployed(named.removeprefix(DEPLOYMENT))
    path = Path(named)
    gathered = gather([path])
    inside = {name: gathered.files[name] for name in gathered.asked}
    return {_within(name, path, gathered.shown[name]): one for name, one in inside.items()}


def _within(name: str, path: Path, shown: str) -> str:
    """Return a name as deployments have it where there is a project, else from the folder."""
    if name.startswith(tuple(f"{folder}/" for folder in FOLDERS)) or path.is_file():
        return name
    return Path(shown).resolve().relative_to(path.resolve()).as_posix()


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
    for name in sorted(old.keys() | new.keys()):
        difference = comparing.difference(name, old.get(name), new.get(name))
        if difference:
            yield name, difference


def _print(name: str, difference: Difference) -> None:
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
    return f"{called}: {_value(attribute.old)} → {_value(attribute.new)}"


def _value(value: str | None) -> str:
    if value is None:
        return "∅"
    line = " ".join(value.split())
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
