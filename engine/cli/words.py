"""What the command line says, in the language the person chose; click's own words too."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from engine.i18n import translate
from engine.model.people import LANGUAGES
from engine.model.text import Text, text

if TYPE_CHECKING:
    from rich.progress import Progress

#: Variable that chooses the language, where ``--lang`` does not.
VARIABLE = "ZHOLDAMA_LANG"


class Speaker:
    """Says things in one language; `speaker` is the one of this process."""

    def __init__(self, language: str = LANGUAGES[0]) -> None:
        """Choose the language."""
        self.language = language

    def tell(self, said: Text | str) -> str:
        """Return the sentence in the language."""
        return translate(said, self.language)

    def say(self, said: Text | str) -> None:
        """Write a sentence to the standard output."""
        click.echo(self.tell(said))

    def complain(self, said: Text | str) -> None:
        """Write a sentence to the standard error."""
        click.echo(self.tell(said), err=True)


speaker = Speaker()
say, tell, complain = speaker.say, speaker.tell, speaker.complain


def chosen_language(arguments: Sequence[str]) -> str:
    """Return the language of ``--lang``, else of the variable, else the default.

    Read before click parses, because click's own help is to be in this language too. An unknown
    one falls back to the default: the option's own check says what is wrong with it.
    """
    default = os.environ.get(VARIABLE, "")
    asked = ""
    for place, argument in enumerate(arguments):
        if argument == "--lang" and place + 1 < len(arguments):
            asked = arguments[place + 1]
        elif argument.startswith("--lang="):
            asked = argument.removeprefix("--lang=")
    return next((one for one in (asked, default) if one in LANGUAGES), LANGUAGES[0])


class Formatter(click.HelpFormatter):
    """Click's help pages with our headings."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the line of usage."""
        super().write_usage(prog, args, tell(text("Usage:")) + " " if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        """Write a heading, translated."""
        super().write_heading(tell(heading))


click.Context.formatter_class = Formatter


#: The English help of what `translate_help` has translated, so that it can be done once more.
_english: dict[click.Command | click.Option, str] = {}


def _translated(owner: click.Command | click.Option) -> str:
    return tell(_english.setdefault(owner, owner.help or ""))


def translate_help(command: click.Command) -> None:
    """Put the help of a command, its options and its subcommands into the language."""
    command.help = _translated(command)
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            parameter.help = _translated(parameter)
    found = command.get_help_option(click.Context(command))
    if found is not None:
        found.help = tell(text("Show this help."))
    if isinstance(command, click.Group):
        command.subcommand_metavar = tell(text("COMMAND [ARGUMENTS]…"))
        for inner in command.commands.values():
            translate_help(inner)
    command.options_metavar = tell(text("[OPTIONS]"))


@contextmanager
def progress(title: Text, total: int) -> Iterator["Progress"]:
    """Show a bar on the terminal while something long is done; silent where there is no terminal.

    The caller advances task 0: ``bar.advance(bar.task_ids[0])``.
    """
    from rich import progress as rich  # noqa: PLC0415  6 MB that a server has no use for
    from rich.console import Console  # noqa: PLC0415  the same

    columns = (rich.TextColumn("{task.description}"), rich.BarColumn(), rich.MofNCompleteColumn())
    console, silent = Console(stderr=True), not sys.stderr.isatty()
    with rich.Progress(*columns, rich.TimeElapsedColumn(), console=console, disable=silent) as bar:
        bar.add_task(tell(title), total=total)
        yield bar
