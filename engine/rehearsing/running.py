"""Runs scenarios one after the other, each on a ground of its own, all built alike."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from engine.cli.offers import offers
from engine.demo import Cast, merged
from engine.handling import extensions
from engine.rehearsing.ground import AUTHORITY, Company, build, open_ground
from engine.rehearsing.people import Furniture
from engine.rehearsing.replay import Outcome, Replay
from engine.services import bundles
from engine.services.workshop.scenarios import Scenario, is_scenarios

#: Folder with the installation that every scenario's own is copied from.
_TEMPLATE = "template"


def rehearse(
    scenarios: Iterable[Scenario],
    files: Mapping[str, bytes],
    packages: Sequence[str],
    *,
    strict: bool = True,
) -> Iterator[Outcome]:
    """Yield how each scenario went, on files that have no errors (else `DefinitionRefused`).

    Offices and people are those of the domains' demos. Not `strict`: what the scenarios expect is
    not asked, only what happens noted.
    """
    wanted = list(scenarios)
    with tempfile.TemporaryDirectory(prefix="zholdama-rehearse-") as name:
        folder = Path(name)
        company = Company.of(packages, folder / AUTHORITY)
        try:
            for one in wanted:
                template = folder / f"{_TEMPLATE}-{one.start.year}"
                if not template.exists():
                    template.mkdir()
                    at = datetime(one.start.year, 1, 1, tzinfo=UTC)
                    build(template, deployable(files), furniture(packages), at)
                company.reset()
                shutil.copytree(template, folder / "ground")
                ground = open_ground(folder / "ground", packages, _PATIENT, company)
                try:
                    yield Replay(ground=ground, scenario=one, strict=strict).run()
                finally:
                    ground.close()
                    shutil.rmtree(folder / "ground")
        finally:
            company.leave()


#: On a busy machine the sandbox may be slow without meaning it.
_PATIENT = {"registries.timeout": "15"}


def furniture(packages: Iterable[str]) -> Furniture:
    """Return the offices and people of the domains' demos; their calendar is seeded."""
    casts: list[Cast] = [cast() for cast in offers(packages, "demo", "cast")]
    offices = {one.code: one for cast in casts for one in cast.offices}
    people = merged(one for cast in casts for one in cast.officers)
    return Furniture(offices=list(offices.values()), officers=people)


def deployable(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files without scenarios, which are not executed."""
    return {name: content for name, content in files.items() if not is_scenarios(name)}


def elements_of(files: Mapping[str, bytes]) -> dict[str, tuple[str, ...]]:
    """Return the ids of all elements by process key, of the diagrams that can be read."""
    reading = bundles.read(deployable(files), extensions)
    return {key: tuple(one.process.elements) for key, one in reading.definitions.items()}
