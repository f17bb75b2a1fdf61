"""``zholdama dmn eval`` and ``zholdama dmn test``."""

import json
from pathlib import Path

import click

from engine.cli.words import complain, say
from engine.dmn import kit
from engine.errors import ValueRefused
from engine.model.text import text

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
#: Failed cases that are printed; all of them stand in the CSV.
SHOWN = 50


@click.group(help="Decision tables.")
def dmn() -> None:
    """Hold the commands about decisions."""


@dmn.command("eval", help="Decide once: print the value of a decision as JSON.")
@click.argument("file", type=FILE)
@click.option("--decision", required=True, metavar="NAME", help="Name or id of the decision.")
@click.option("--input", "inputs", default="{}", metavar="JSON", help="Inputs as a JSON object.")
def evaluate(file: Path, decision: str, inputs: str) -> None:
    """Evaluate one decision of a file with inputs given as a JSON object."""
    value = kit.evaluate_file(file, decision, _object(inputs))
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def _object(written: str) -> dict[str, object]:
    try:
        found = json.loads(written)
    except ValueError as error:
        raise ValueRefused(text("The inputs are not JSON: {reason}", reason=error)) from error
    if not isinstance(found, dict):
        raise ValueRefused(
            text("The inputs must be a JSON object, e.g. {example}", example='{"a": 1}')
        )
    return found


@dmn.command("test", help="Run the cases of a folder in the format of the official DMN test kit.")
@click.argument("folder", type=FOLDER)
@click.option(
    "--csv", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write results."
)
def test(folder: Path, file: Path | None) -> int:
    """Run every case; exit code 1 if one differs from what is expected."""
    result = kit.run_kit(folder, file)
    for found in result.failures()[:SHOWN]:
        place = f"{found.level}/{found.folder}/{found.cases} {found.case} {found.node}"
        complain(text("{place}: {detail}", place=place, detail=found.detail))
    for level, (passed, run) in result.totals().items():
        say(text("{level}: {passed} of {run} cases passed.", level=level, passed=passed, run=run))
    if not result.results:
        raise ValueRefused(text("There are no test cases in {folder}.", folder=folder))
    return 1 if result.failures() else 0
