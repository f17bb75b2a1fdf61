"""``zholdama rehearse``: every scenario on the real engine, in a throw-away installation."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from engine import bootstrap, config
from engine.cli.files import FOLDERS, gather
from engine.cli.words import complain, progress, say, tell
from engine.errors import ValueRefused
from engine.model.text import text
from engine.rehearsing import Outcome, elements_of, rehearse
from engine.services.workshop import rehearsals, scenarios
from engine.services.workshop.scenarios import Scenario

PLACE = click.Path(path_type=Path)


@click.command(
    "rehearse",
    help="Go through all scenarios of a project on the real engine; exit code 1 if one fails.",
)
@click.argument("folders", nargs=-1, type=PLACE, metavar="[DIR…]")
@click.option("--only", default="", help="Only scenarios whose name has this in it.")
@click.option(
    "--learn", is_flag=True, help="Write what was found into the files, as what is expected."
)
def command(folders: tuple[Path, ...], only: str, learn: bool) -> int:
    """Say which scenarios went otherwise than expected, and where they first did."""
    places = list(folders) or [Path(FOLDERS[0])]
    found = _read(places)
    wanted = [one for one in found if only.lower() in one.name.lower()]
    if not wanted:
        raise ValueRefused(text("There are no scenarios here"))
    packages = config.from_environment().extensions
    bootstrap.load_domains(packages)
    files = gather(places).files
    if not learn and _unknown(wanted, elements_of(files)):
        return 1
    outcomes = _run(wanted, files, packages, strict=not learn)
    if learn:
        _learn(found, outcomes)
    failed = sum(one.failure is not None for one in outcomes)
    if failed:
        said = text("{failed} of {count} scenarios failed.", failed=failed, count=len(outcomes))
        complain(said)
    else:
        say(text("{count} scenarios went as expected.", count=len(outcomes)))
    return 1 if failed else 0


def _read(places: Sequence[Path]) -> list[Scenario]:
    found: list[Scenario] = []
    for place in places:
        for path in sorted(place.rglob(scenarios.FILE)) if place.is_dir() else [place]:
            found += scenarios.read(path.read_bytes(), path.as_posix())
    return found


def _unknown(wanted: Sequence[Scenario], elements: dict[str, tuple[str, ...]]) -> bool:
    problems = list(rehearsals.problems(wanted, elements))
    for one in problems:
        complain(f"{one.file}:{one.line} {one.element or '-'}: {tell(one.message)}")
    return bool(problems)


def _run(
    wanted: Sequence[Scenario], files: dict[str, bytes], packages: Sequence[str], *, strict: bool
) -> list[Outcome]:
    outcomes = []
    with progress(text("Scenarios"), len(wanted)) as bar:
        for one in rehearse(wanted, files, packages, strict=strict):
            bar.advance(bar.task_ids[0])
            outcomes.append(one)
            if one.failure is not None:
                place = f"{one.found.file}:{one.line}"
                complain(f"{place} {one.found.name}: {tell(one.failure)}")
    return outcomes


def _learn(found: Sequence[Scenario], outcomes: Sequence[Outcome]) -> None:
    """Write each file anew with what was found; the words stay."""
    learnt = {one.found.id: one.found for one in outcomes}
    for file in sorted({one.file for one in found}):
        inside = [learnt.get(one.id, one) for one in found if one.file == file]
        Path(file).write_bytes(rehearsals.write([replace(one, file="") for one in inside]))
