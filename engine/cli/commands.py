"""All commands of the product, in the order in which help lists them."""

import click

from engine.cli import database, diagrams, measure, people, proofs, serving, tables


def add_all(program: click.Group) -> None:
    """Hang every command into the program; again is the same."""
    for command in (
        serving.serve,
        serving.worker,
        serving.demo,
        serving.sandbox,
        diagrams.check,
        diagrams.deploy,
        database.db,
        people.user,
        people.calendar_group,
        proofs.audit_group,
        proofs.signatures_group,
        tables.dmn,
        measure.bench,
    ):
        program.add_command(command)
