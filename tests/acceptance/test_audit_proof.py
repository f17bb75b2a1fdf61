"""The proof of the audit log, by the real command line, against whoever can write the database.

Each kind of forgery is done by SQL behind the program's back, on SQLite and on PostgreSQL; what a
forger with both keys and hashes could make consistent is made consistent.
"""

import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine import bootstrap
from engine.cli.main import run
from engine.cli.publishing import publishing
from engine.clock import TestClock
from engine.config import Settings
from engine.errors import ValueRefused
from engine.model.people import SYSTEM
from engine.services import audit, heads
from engine.services.context import Context
from engine.store import Database, Keys
from engine.store.audit import BEGINNING, chain, digest_of
from engine.store.tables import audit as links
from engine.store.tables import audit_head
from tests.acceptance.test_cli import PROGRAM, environment

Say = Callable[..., tuple[int, str]]
#: Written before the first published head, and in all.
BEFORE, ALL = 6, 10


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment of the installation."""
    (tmp_path / "keys").write_text(Keys.generate(), encoding="ascii")
    return {
        "ZHOLDAMA_DATABASE_URL": database_url,
        "ZHOLDAMA_KEY_FILE": str(tmp_path / "keys"),
        "ZHOLDAMA_EXTENSIONS": "",
    }


@pytest.fixture
def installed(settings: dict[str, str]) -> Iterator[Database]:
    """Its database."""
    found = Database(
        settings["ZHOLDAMA_DATABASE_URL"], Keys.load(Path(settings["ZHOLDAMA_KEY_FILE"]))
    )
    yield found
    found.close()


@pytest.fixture
def say(
    settings: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Say:
    """The command line, in this process: code and what it wrote."""
    for name, value in {**settings, "ZHOLDAMA_LANG": "en"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def say(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        code = run(arguments)
        found = capsys.readouterr()
        return code, found.out + found.err

    return say


@pytest.fixture
def heads_file(tmp_path: Path) -> Path:
    """Where the heads are copied to."""
    return tmp_path / "elsewhere.jsonl"


@pytest.fixture
def grown(installed: Database, clock: TestClock, say: Say, heads_file: Path) -> Database:
    """A chain of ten entries, its head published after six and after ten."""
    ctx = Context(clock=clock)
    for number in range(1, ALL + 1):
        with installed.begin() as uow:
            audit.append(uow, ctx, SYSTEM, "case.claimed", f"task:{number}", {"n": number})
            uow.commit()
        if number in {BEFORE, ALL}:
            assert say("audit", "publish", "--to", str(heads_file))[0] == 0
            clock.advance(timedelta(days=1))
    return installed


def done(database: Database, *statements: sa.Executable) -> None:
    with database.engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)


def relinked(database: Database) -> None:
    """Make all hashes and the head fit what the entries say now, as a forger would."""
    with database.begin() as uow:
        last, count = BEGINNING, 0
        for row in uow.execute(sa.select(links).order_by(links.c.number)).all():
            told = digest_of(row.at, row.actor_kind, row.actor, row.act, row.subject, row.detail)
            last, count = chain(last, told), count + 1
            change = sa.update(links).where(links.c.number == row.number)
            uow.execute(change.values(hash=last))
        uow.execute(sa.update(audit_head).values(number=count, hash=last))
        uow.commit()


def test_an_untouched_chain_fits_the_published_heads(
    grown: Database, say: Say, heads_file: Path
) -> None:
    code, said = say("audit", "verify", "--heads", str(heads_file))
    assert code == 0, said
    assert "10 entries" in said
    assert "It fits 2 published heads" in said
    code, said = say("audit", "publish", "--to", str(heads_file))
    assert (code, heads_file.read_text().count("\n")) == (0, 2), said


def test_without_heads_it_says_what_it_cannot_see(grown: Database, say: Say) -> None:
    code, said = say("audit", "verify")
    assert code == 0
    assert "a cut tail would not show" in said


def test_an_entry_edited_by_sql_is_named(grown: Database, say: Say) -> None:
    done(grown, sa.update(links).where(links.c.number == 4).values(actor="somebody else"))
    code, said = say("audit", "verify")
    assert code == 1
    assert "broken at entry 4" in said
    assert "Entry 4 was changed." in said


def test_an_entry_deleted_in_the_middle_is_named(grown: Database, say: Say) -> None:
    done(grown, sa.delete(links).where(links.c.number == 5))
    code, said = say("audit", "verify")
    assert code == 1
    assert "Entry 5 is missing." in said


def test_two_entries_that_changed_places_are_named(grown: Database, say: Say) -> None:
    moves = [(2, 90), (3, 2), (90, 3)]
    done(
        grown,
        *[sa.update(links).where(links.c.number == old).values(number=new) for old, new in moves],
    )
    code, said = say("audit", "verify")
    assert code == 1
    assert "Entry 2 was changed." in said


def test_a_tail_cut_together_with_its_head_is_found_by_the_published_one(
    grown: Database, settings: dict[str, str], heads_file: Path
) -> None:
    """As a person types it, in a process of its own."""
    with grown.reading() as uow:
        eighth = uow.execute(sa.select(links.c.hash).where(links.c.number == 8)).scalar_one()
    done(
        grown,
        sa.delete(links).where(links.c.number > 8),
        sa.update(audit_head).values(number=8, hash=bytes(eighth)),
    )

    def typed(*arguments: str) -> subprocess.CompletedProcess[str]:
        whole = [PROGRAM, "audit", "verify", *arguments]
        env = environment(**settings)
        return subprocess.run(whole, env=env, capture_output=True, text=True, check=False)

    assert typed().returncode == 0, "inside the database everything fits"
    found = typed("--heads", str(heads_file))
    assert found.returncode == 1, found.stderr
    assert "broken at entry 9" in found.stdout
    assert "The tail was cut, 2 entries at least" in found.stdout
    assert "the head was entry 10" in found.stdout


def test_an_edit_with_all_hashes_made_anew_is_found_by_the_published_head(
    grown: Database, say: Say, heads_file: Path
) -> None:
    done(grown, sa.update(links).where(links.c.number == 8).values(actor="somebody else"))
    relinked(grown)
    assert say("audit", "verify")[0] == 0, "inside the database everything fits"
    code, said = say("audit", "verify", "--heads", str(heads_file))
    assert code == 1
    assert "Entries from 7 on are not those" in said, "up to the sixth the first head vouches"
    assert "entry 10 had another hash" in said


def test_a_cut_tail_that_grew_again_is_found_too(
    grown: Database, clock: TestClock, say: Say, heads_file: Path
) -> None:
    done(grown, sa.delete(links).where(links.c.number > 7))
    relinked(grown)
    with grown.begin() as uow:
        for number in range(5):
            audit.append(uow, Context(clock=clock), SYSTEM, "case.claimed", f"task:{number}")
        uow.commit()
    code, said = say("audit", "verify", "--heads", str(heads_file))
    assert code == 1
    assert "Entries from 7 on are not those" in said


def test_the_tick_publishes_once_a_day_beside_the_keys(
    sqlite_url: str, clock: TestClock, tmp_path: Path
) -> None:
    key_file = tmp_path / "kept" / "keys"
    settings = Settings(database_url=sqlite_url, key_file=key_file, extensions=())
    app = bootstrap.build(settings, clock=clock, create_keys=True)
    tick = publishing(app)
    lines = []
    for _ in range(3):
        with app.database.begin() as uow:
            audit.append(uow, app.context, SYSTEM, "case.claimed", "task:1")
            uow.commit()
        for _ in range(3):
            tick()
            clock.advance(timedelta(minutes=2))
        lines.append(len((key_file.parent / heads.USUAL).read_text().splitlines()))
        clock.advance(timedelta(days=1))
    with app.database.reading() as uow:
        found = heads.last_published(uow)
        assert audit.verify(uow, heads.load(uow, key_file.parent / heads.USUAL).heads).heads == 3
    app.close()
    assert lines == [1, 2, 3]
    assert found is not None
    assert found.number == 3


@pytest.mark.parametrize("line", [0, 1])
def test_a_changed_file_of_heads_is_no_witness(
    sqlite: Database, clock: TestClock, tmp_path: Path, line: int
) -> None:
    ctx, file = Context(clock=clock), tmp_path / "heads.jsonl"
    for _ in range(2):
        with sqlite.begin() as uow:
            audit.append(uow, ctx, SYSTEM, "case.claimed", "task:1")
            uow.commit()
        with sqlite.begin() as uow:
            assert heads.publish(uow, ctx, file) is not None
            uow.commit()
    lines = file.read_text().splitlines()
    lines[line] = lines[line].replace('"number": ', '"number": 1')
    file.write_text("\n".join(lines) + "\n")
    with sqlite.reading() as uow, pytest.raises(ValueRefused, match=f"Line {line + 1}"):
        heads.load(uow, file)
