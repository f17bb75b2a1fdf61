"""``zholdama audit verify`` and ``publish``, and ``zholdama signatures verify CASE``."""

from pathlib import Path

import click

from engine.cli.opening import INSPECTOR, opened
from engine.cli.publishing import publish
from engine.cli.words import progress, say, tell
from engine.errors import ValueRefused
from engine.model.text import text
from engine.services import audit, heads, instances, signatures

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group("audit", help="The record of every change.")
def audit_group() -> None:
    """Hold the commands about the audit log."""


@audit_group.command("verify", help="Check the chain of hashes; exit code 1 if it is broken.")
@click.option(
    "--heads",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File of published heads, best a copy from elsewhere; the installation's own without it.",
)
def audit_verify(file: Path | None) -> int:
    """Walk the chain, and hold it against the heads that were published."""
    with opened() as app, app.database.reading() as uow:
        own = heads.file_of(app.settings.values, app.settings.own_key_file)
        held = file or own
        known = heads.load(uow, held) if held else heads.Heads()
        number, _ = uow.audit.head()
        with progress(text("Entries verified"), number) as bar:
            found = audit.verify(
                uow, known.heads, lambda count: bar.advance(bar.task_ids[0], count)
            )
    if found.broken:
        say(text("The chain is broken at entry {number}.", number=found.broken))
        if found.trouble is not None:
            say(text("{trouble}.", trouble=found.trouble))
        return 1
    say(text("The chain holds: {count} entries, head {head}.", count=found.count, head=found.head))
    if found.heads:
        last = f"{known.heads[-1].at:%Y-%m-%d %H:%M}"
        say(
            text(
                "It fits {count} published heads, the last of {last} UTC.",
                count=found.heads,
                last=last,
            )
        )
    else:
        say(text("No published heads were there to hold it against: a cut tail would not show."))
    return 0


@audit_group.command("publish", help="Write the head of the chain into a file; copy it elsewhere.")
@click.option("--to", "file", type=FILE, help="The file; the installation's own without it.")
def audit_publish(file: Path | None) -> None:
    """Append the head to a file of heads."""
    with opened() as app:
        held = file or heads.file_of(app.settings.values, app.settings.own_key_file)
        if held is None:
            raise ValueRefused(
                text("No file is set for the heads ({setting}); use --to", setting=heads.SETTING)
            )
        made = publish(app, held)
    if made is None:
        say(text("Nothing was written since the last head in {file}.", file=held))
    else:
        said = text("Entry {number} is the head, written to {file}.", number=made.number, file=held)
        say(said)


@click.group("signatures", help="Signatures under cases.")
def signatures_group() -> None:
    """Hold the commands about signatures."""


@signatures_group.command("verify", help="Verify every signature of a case again.")
@click.argument("case")
def signatures_verify(case: str) -> int:
    """Print the chain of a case by its number; exit code 1 if one is not valid."""
    with opened() as app, app.database.reading() as uow:
        instance = instances.find_by_key(uow, app.context, INSPECTOR, case)
        chain = signatures.verify_chain(uow, app.context, INSPECTOR, instance)
    for found in chain:
        state = tell(text("valid")) if found.valid else tell(text("NOT VALID"))
        if found.voided is not None:
            state = tell(text("{state}, void since the data changed", state=state))
        click.echo(f"{found.ordinal}  {found.at:%Y-%m-%d %H:%M} UTC  {found.who}  {state}")
    if not chain:
        say(text("Case {case} has no signatures.", case=case))
    return 0 if all(found.valid for found in chain) else 1
