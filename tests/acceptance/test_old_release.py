"""A rolling upgrade: the code of the release before, from git, works on the schema of today."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.errors import Unavailable
from engine.i18n import translate
from engine.store import Database, Keys, migrate
from tests.acceptance.kandas_stage import start_sandbox, wired

ROOT = Path(__file__).parents[2]
RUN = ROOT / "tests" / "snapshots" / "run_in.py"
#: The release before.
BEFORE = "ad8735b"


@pytest.fixture(scope="session")
def old_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree of the release before; skips, loudly, where a checkout has no history."""
    asked = ["git", "-C", str(ROOT), "archive", BEFORE]
    found = subprocess.run(asked, capture_output=True, check=False)
    if found.returncode:
        said = f"NOT TRIED: this checkout has no commit {BEFORE} (git fetch --unshallow)"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    folder = tmp_path_factory.mktemp("before")
    subprocess.run(["tar", "x", "-C", str(folder)], input=found.stdout, check=True)
    return folder


def old_code(tree: Path, *arguments: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, str(RUN), str(tree), *arguments],
        cwd=tree,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.slow
def test_old_code_does_its_work_on_the_schema_of_today(old_tree: Path, tmp_path: Path) -> None:
    """It plays a whole case and acts on two more; today's code then goes on with one."""
    written = Keys.generate()
    (tmp_path / "keys").write_text(written)
    database = Database(f"sqlite:///{tmp_path}/template.db", Keys.parse(written))
    database.upgrade()
    database.close()
    told = old_code(old_tree, str(ROOT / "tests" / "acceptance" / "old_code.py"), str(tmp_path))
    assert str(told["code"]).startswith(str(old_tree)), "it was today's code that ran"
    assert told["state"] == "completed"
    assert {"consultation", "registration", "head_check", "plan_draft"} <= set(told["elements"])
    assert told["broken"] == 0
    assert int(str(told["inbox"])) >= 1
    assert int(str(told["history"])) > 30
    sandbox = start_sandbox(tmp_path / "authority")
    stage = wired(database, sandbox)
    try:
        assert migrate.differences(database.engine) == []
        row = stage.open_tasks(str(told["waiting"]))[0]
        assert stage.claim(row).account
    finally:
        database.close()
        sandbox.stop()


def pretend(database: Database, head: str, applied: str) -> None:
    """Have the engine's branch stand at a revision that this program never heard of."""
    move = "UPDATE alembic_version SET version_num = :head WHERE version_num = :now"
    now = next(one for one in migrate.heads() if one.startswith("engine_"))
    with database.engine.begin() as connection:
        connection.execute(sa.text(move), {"head": head, "now": now})
        kept = "UPDATE setting SET value = value || :more WHERE name = :name"
        connection.execute(sa.text(kept), {"more": applied, "name": migrate.APPLIED})


def test_this_program_goes_on_when_the_schema_grows_newer(database: Database) -> None:
    """Starting on it is allowed too, and upgrading it leaves it alone."""
    pretend(database, "engine_9999", " engine_9999")
    database.check_schema()
    database.upgrade()
    with database.reading() as uow:
        assert "engine_9999" in uow.settings.get(migrate.APPLIED).split()


def test_a_schema_that_did_not_grow_out_of_ours_is_refused(database: Database) -> None:
    pretend(database, "theirs_1", "")
    with pytest.raises(Unavailable, match="start that release"):
        database.check_schema()
    with pytest.raises(Unavailable, match="another release"):
        database.upgrade()


def test_a_schema_that_dropped_what_this_program_needs_is_refused(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The release that drops names whom it leaves behind; itself it goes on."""
    [now] = [one for one in migrate.heads() if one.startswith("engine_")]
    folder = tmp_path / "migrations"
    shutil.copytree(ROOT / "engine/store/migrations", folder)
    (folder / "9999_later.py").write_text(
        f"revision, down_revision = 'engine_9999', {now!r}\n"
        f"branch_labels = depends_on = None\nrefuses = ({now!r},)\n\n"
        "def upgrade():\n    pass\n"
    )
    with monkeypatch.context() as later:
        later.setitem(migrate._folders, "engine", folder)
        database.upgrade()
        database.check_schema()
    with pytest.raises(Unavailable, match="start that release") as refused:
        database.check_schema()
    spoken = {translate(refused.value.text, language) for language in ("kk", "ru", "en")}
    assert len(spoken) == 3
    with pytest.raises(Unavailable, match="another release"):
        database.upgrade()


def test_new_code_on_the_old_schema_refuses_with_the_command(tmp_path: Path) -> None:
    """Each command that opens an installation says the same sentence, and changes nothing."""
    from tests.contract.test_schema import downgrade  # noqa: PLC0415

    written = Keys.generate()
    (tmp_path / "keys").write_text(written)
    database = Database(f"sqlite:///{tmp_path}/old.db", Keys.parse(written))
    database.upgrade()
    downgrade(database, "engine_0002")
    database.close()
    for said in (["serve", "--port", "0"], ["worker"], ["audit", "verify"]):
        done = subprocess.run(
            [Path(sys.executable).parent / "zholdama", "--lang", "en", *said],
            env={
                "PATH": os.environ["PATH"],
                "ZHOLDAMA_KEY_FILE": str(tmp_path / "keys"),
                "ZHOLDAMA_DATABASE_URL": f"sqlite:///{tmp_path}/old.db",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 1, said
        assert "zholdama db upgrade" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
