"""``zholdama audit verify`` and ``zholdama signatures verify CASE``."""

import click

from engine.cli.opening import opened
from engine.cli.words import say, tell
from engine.model.people import ADMIN, Actor, ActorKind, Candidate
from engine.model.text import text
from engine.services import audit, instances, signatures

#: Whoever has a shell on the machine may look at every case; it is recorded as the system's look.
INSPECTOR = Actor(
    kind=ActorKind.SYSTEM, name="command line", memberships=frozenset({Candidate(ADMIN, "*")})
)


@click.group("audit", help="The record of every change.")
def audit_group() -> None:
    """Hold the commands about the audit log."""


@audit_group.command("verify", help="Check the chain of hashes; exit code 1 if it is broken.")
def audit_verify() -> int:
    """Walk the chain."""
    with opened() as app, app.database.reading() as uow:
        found = audit.verify(uow)
    if not found.broken:
        holds = text(
            "The chain holds: {count} entries, head {head}.", count=found.count, head=found.head
        )
        say(holds)
        return 0
    say(text("The chain is broken at entry {number}.", number=found.broken))
    return 1


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
