"""``python -m engine.store.revise PACKAGE MESSAGE``: write a package's next revision."""

import sys
import tempfile
from importlib import import_module

from engine.store import migrate
from engine.store.crypto import Keys
from engine.store.database import Database


def main(package: str, message: str) -> None:
    """Compare a fresh SQLite file that has all revisions so far with the tables in the program."""
    if package != "engine":
        import_module(f"{package}.records")
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/empty.db", Keys.parse(Keys.generate()))
        database.upgrade()
        migrate.revise(database.engine, package, message)
        database.close()


if __name__ == "__main__":
    main(*sys.argv[1:3])
