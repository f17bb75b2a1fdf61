"""``zholdama user add`` and ``zholdama calendar …``."""

from datetime import date, datetime

import click

from engine.cli.opening import opened
from engine.cli.words import say, tell
from engine.errors import ValueRefused
from engine.model.people import LANGUAGES, SYSTEM, Candidate
from engine.model.text import text
from engine.services import accounts, calendar


@click.group(help="People who may sign in.")
def user() -> None:
    """Hold the commands about accounts."""


@user.command("add", help="Add an account; the password is asked for.")
@click.argument("login")
@click.option("--name", required=True, help="Name as colleagues see it.")
@click.option("--iin", default="", help="IIN, 12 digits: needed to sign.")
@click.option("--role", "roles", multiple=True, help="Role at an organisation: role@organisation.")
@click.option("--language", type=click.Choice(LANGUAGES), default="kk", help="Language of pages.")
@click.option("--password", help="Password; better left out, and typed when asked.")
def user_add(
    login: str, name: str, iin: str, roles: tuple[str, ...], language: str, password: str | None
) -> None:
    """Create an account."""
    memberships = [_membership(role) for role in roles]
    secret = password or click.prompt(
        tell(text("Password")), hide_input=True, confirmation_prompt=tell(text("Once more"))
    )
    with opened() as app, app.database.begin() as uow:
        accounts.create(
            uow,
            app.context,
            SYSTEM,
            login=login,
            password=secret,
            name=name,
            iin=iin,
            language=language,
            memberships=memberships,
        )
        uow.commit()
    say(text("{login} may sign in now.", login=login))


def _membership(role: str) -> Candidate:
    try:
        return Candidate.parse(role)
    except ValueError as error:
        said = text("Write a role as role@organisation, not {role}.", role=role)
        raise ValueRefused(said) from error


@click.group("calendar", help="Days off and working weekends.")
def calendar_group() -> None:
    """Hold the commands about the working calendar."""


@calendar_group.command("list", help="List the exceptions of a year.")
@click.argument("year", type=click.IntRange(2000, 2100), required=False)
def calendar_list(year: int | None) -> None:
    """Print the rows of one year, this one by default."""
    with opened() as app, app.database.reading() as uow:
        asked = year or app.context.now().year
        days = calendar.list_days(uow, asked)
    for day in days:
        kind = tell(text("working day")) if day.working else tell(text("day off"))
        click.echo(f"{day.day.isoformat()}  {kind}  {day.source}  {day.note}".rstrip())
    if not days:
        say(text("No exceptions in {year}.", year=asked))


@calendar_group.command("seed", help="Take the holidays of years anew; orders set here stay.")
@click.argument("years", type=click.IntRange(2000, 2100), nargs=-1, required=True, metavar="YEAR…")
def calendar_seed(years: tuple[int, ...]) -> None:
    """Replace what was seeded for these years."""
    with opened() as app, app.database.begin() as uow:
        count = calendar.seed(uow, app.context, years)
        uow.commit()
    say(text("{count} exceptions are in the calendar.", count=count))


@calendar_group.command("set", help="Set a date by an order of the authorities.")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD")
@click.option("--working/--off", required=True, help="A working day, or a day off.")
@click.option("--source", required=True, help="Number and date of the order.")
@click.option("--note", default="", help="What for.")
def calendar_set(day: datetime, working: bool, source: str, note: str) -> None:
    """Override one date; seeding leaves it alone."""
    wanted: date = day.date()
    with opened() as app, app.database.begin() as uow:
        calendar.override(
            uow, app.context, SYSTEM, wanted, working=working, source=source, note=note
        )
        uow.commit()
    say(text("{day} is set.", day=wanted.isoformat()))
