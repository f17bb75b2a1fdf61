"""``zholdama check``."""

import json
from pathlib import Path

import click

from engine.cli.files import Gathered, gather
from engine.cli.opening import context
from engine.cli.words import say, speaker, tell
from engine.i18n import translate
from engine.model.people import LANGUAGES
from engine.model.problems import Problem, Severity
from engine.model.text import text
from engine.services import definitions
from engine.services import templates as element_templates

PLACE = click.Path(path_type=Path)


@click.command(help="Check diagrams, decision tables and forms; exit code 1 if there are errors.")
@click.argument("paths", nargs=-1, required=True, type=PLACE, metavar="PATH…")
@click.option("--json", "as_json", is_flag=True, help="Write the findings as JSON.")
def check(paths: tuple[Path, ...], as_json: bool) -> int:
    """Print what is wrong, as ``FILE:LINE element: message`` or as JSON."""
    gathered = gather(list(paths))
    found = definitions.check(gathered.files, context())
    problems = [problem for problem in found if problem.file in gathered.asked]
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    if as_json:
        click.echo(json.dumps(report(problems, gathered), ensure_ascii=False, indent=2))
    else:
        for problem in problems:
            click.echo(line(problem, gathered))
        _conclude(len(gathered.asked), errors, len(problems) - errors)
    return 1 if errors else 0


def _conclude(files: int, errors: int, warnings: int) -> None:
    if errors:
        say(text("{errors} errors, {warnings} warnings.", errors=errors, warnings=warnings))
    else:
        say(text("{files} files, no errors, {warnings} warnings.", files=files, warnings=warnings))


def line(problem: Problem, gathered: Gathered) -> str:
    """Return ``FILE:LINE element: message``; a warning says so before its message."""
    place = f"{gathered.shown.get(problem.file, problem.file)}:{problem.line}"
    message = tell(problem.message)
    if problem.severity is Severity.WARNING:
        message = tell(text("(warning) {message}", message=message))
    return f"{place} {problem.element or '-'}: {message}"


def report(problems: list[Problem], gathered: Gathered) -> dict[str, object]:
    """Return the findings as plain data; messages are in the chosen language."""
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    return {
        "files": sorted(gathered.shown[name] for name in gathered.asked),
        "errors": errors,
        "warnings": len(problems) - errors,
        "problems": [
            {
                "file": gathered.shown.get(problem.file, problem.file),
                "line": problem.line,
                "element": problem.element,
                "code": problem.code,
                "severity": problem.severity.value,
                "message": translate(problem.message, speaker.language),
                "trace": list(problem.trace),
            }
            for problem in problems
        ],
    }


@click.command(help="Write element templates of all topics for the Camunda Modeler.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of names and hints.")
def templates(lang: str | None) -> None:
    """Print all element templates as JSON, to be saved among a modeler's templates."""
    made = element_templates.templates(context().extensions, lang or speaker.language)
    click.echo(json.dumps(made, ensure_ascii=False, indent=2))
