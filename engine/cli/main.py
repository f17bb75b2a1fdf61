"""Entry point: chooses the language, runs the command, turns every error into one sentence."""

import os
import sys
import traceback
from collections.abc import Sequence

import click

from engine.cli.commands import Program
from engine.cli.words import chosen_language, complain, speaker, tell, translate_help
from engine.errors import DefinitionRefused, ZholdamaError
from engine.model.people import LANGUAGES
from engine.model.text import Text, text

#: Variable that, set to anything, shows stack traces.
DEBUG = "ZHOLDAMA_DEBUG"
#: Exit codes: an error of ours or of the machine, a wrong command line, stopped by the keyboard.
FAILED, MISUSED, STOPPED = 1, 2, 130


@click.group(
    cls=Program, help="Casework as diagrams: deploys them, runs them, keeps their deadlines."
)
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    envvar="ZHOLDAMA_LANG",
    help="Language of the messages: kk, ru or en.",
)
@click.version_option(
    package_name="zholdama", message="%(prog)s %(version)s", help="Show the version."
)
def program(lang: str | None) -> None:
    """Hold the commands; the language was read before click was."""
    del lang


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit the process with its code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit code; never raises, never shows a stack trace."""
    speaker.language = chosen_language(arguments)
    translate_help(program)
    try:
        code = program.main(list(arguments), prog_name="zholdama", standalone_mode=False)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except (click.Abort, KeyboardInterrupt):
        complain(text("Stopped."))
        return STOPPED
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.UsageError as error:
        complain(text("{problem} See: {help}", problem=misuse(error), help=_help_of(error)))
        return MISUSED
    except Exception as error:  # noqa: BLE001  the last border: whatever it is, it becomes a sentence
        return _explain(error)
    return code if isinstance(code, int) else 0


def _explain(error: Exception) -> int:
    if os.environ.get(DEBUG):
        traceback.print_exception(error)
    if isinstance(error, DefinitionRefused):
        complain(error.text)
        for problem in error.problems:
            complain(f"{problem.file}:{problem.line} {problem.element}: {tell(problem.message)}")
    elif isinstance(error, ZholdamaError):
        complain(error.text)
    elif isinstance(error, OSError):
        complain(os_problem(error))
    else:
        complain(
            text(
                "Zholdama itself failed: {kind}: {reason}. Set {variable}=1 to see where.",
                kind=type(error).__name__,
                reason=str(error).split("\n", 1)[0],
                variable=DEBUG,
            )
        )
    return FAILED


def os_problem(error: OSError) -> Text:
    """Say what the machine refused."""
    name = str(error.filename or error.strerror or error)
    if isinstance(error, FileNotFoundError):
        return text("There is no file or folder {name}.", name=name)
    if isinstance(error, PermissionError):
        return text("No permission for {name}.", name=name)
    return text("The machine refused: {reason} ({name}).", reason=error.strerror or "?", name=name)


def misuse(error: click.UsageError) -> Text:
    """Say in our words what click found wrong with the command line."""
    if isinstance(error, click.NoSuchOption):
        return text("There is no option {name}.", name=error.option_name)
    if isinstance(error, click.MissingParameter):
        return text("{name} is missing.", name=_name(error))
    if isinstance(error, click.BadParameter):
        return _bad_value(error)
    if isinstance(error, click.BadOptionUsage):
        return text("Option {name} needs a value.", name=error.option_name)
    if isinstance(error.ctx, click.Context) and isinstance(error.ctx.command, click.Group):
        return text("There is no such command.")
    return text("There are arguments too many or too few.")


def _bad_value(error: click.BadParameter) -> Text:
    parameter, name = error.param, _name(error)
    if parameter and isinstance(parameter.type, click.Choice):
        return text(
            "{name} is one of {choices}.", name=name, choices=", ".join(parameter.type.choices)
        )
    if parameter and isinstance(parameter.type, click.Path):
        return text("There is no file or folder as {name} names it.", name=name)
    return text("The value of {name} does not fit.", name=name)


def _name(error: click.BadParameter) -> str:
    """Return an option as it is written, an argument as help names it."""
    if isinstance(error.param, click.Option):
        return error.param.opts[0]
    return error.param.make_metavar(error.ctx) if error.param and error.ctx else "?"


def _help_of(error: click.UsageError) -> str:
    return f"{error.ctx.command_path} --help" if error.ctx else "zholdama --help"
