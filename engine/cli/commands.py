"""All commands, each imported when it is asked for: `check` need not wait for pages and bench."""

from importlib import import_module

import click

from engine.cli.words import translate_help

#: Module and name by command, in the order in which help lists them.
COMMANDS = {
    "serve": ("engine.cli.serving", "serve"),
    "worker": ("engine.cli.serving", "worker"),
    "cluster": ("engine.cli.cluster", "cluster"),
    "demo": ("engine.cli.demo", "demo"),
    "sandbox": ("engine.cli.demo", "sandbox"),
    "check": ("engine.cli.diagrams", "check"),
    "templates": ("engine.cli.diagrams", "templates"),
    "deploy": ("engine.cli.deploying", "deploy"),
    "rehearse": ("engine.cli.rehearse", "command"),
    "diff": ("engine.cli.comparing", "diff"),
    "db": ("engine.cli.database", "db"),
    "user": ("engine.cli.people", "user"),
    "calendar": ("engine.cli.people", "calendar_group"),
    "audit": ("engine.cli.proofs", "audit_group"),
    "xes": ("engine.cli.events", "command"),
    "signatures": ("engine.cli.proofs", "signatures_group"),
    "dmn": ("engine.cli.tables", "dmn"),
    "doctor": ("engine.cli.doctor", "doctor"),
    "bench": ("engine.cli.measure", "bench"),
}


class Program(click.Group):
    """The group at the top."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command and put its help into the language; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        found = getattr(import_module(module), name)
        if not isinstance(found, click.Command):
            raise TypeError(f"{module}.{name} is no command")
        translate_help(found)
        return found
