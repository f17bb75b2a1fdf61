"""Prints what the trials of faults have found, as a table in Markdown: ``… report FILE``."""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

#: Key of a line, heading of its column.
COLUMNS = {
    "trial": "Trial",
    "database": "Database",
    "what": "What was done",
    "figure": "What came out",
    "goal": "Goal",
}
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "": "both"}


def table(lines: Iterable[Mapping[str, object]]) -> str:
    """Return the table, by number of the trial."""
    rows = sorted(lines, key=lambda line: (int(str(line["trial"])), str(line["database"])))
    written = [tuple(COLUMNS.values()), tuple("---" for _ in COLUMNS)]
    for row in rows:
        named = {**row, "database": NAMES.get(str(row["database"]), row["database"])}
        written.append(tuple(str(named[key]).replace("|", "\\|") for key in COLUMNS))
    return "".join(f"| {' | '.join(cells)} |\n" for cells in written)


def main(file: str) -> None:
    """Print the table of a report."""
    path = Path(file)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    sys.stdout.write(table(map(json.loads, lines)))


if __name__ == "__main__":
    main(sys.argv[1])
