"""Lines of a FEEL script task: ``name = expression``, one after the other."""

import re
from collections.abc import Iterator

_START = re.compile(r"^([^\W\d]\w*)\s*=(?!=)\s*(.*)$")


def statements(source: str) -> Iterator[tuple[str, str]]:
    """Yield ``(name, expression)``.

    A line that does not begin a statement continues the one before; before the first one it is
    yielded with an empty name: it is a mistake. Lines that begin with ``//`` are comments.
    """
    name, parts = "", list[str]()
    for line in source.splitlines():
        stripped = line.strip()
        if not stripped or stripped.startswith("//"):
            continue
        found = _START.match(stripped)
        if found is None and not name:
            yield "", stripped
        elif found is None:
            parts.append(stripped)
        else:
            if name:
                yield name, "\n".join(parts)
            name, parts = found[1], [found[2]]
    if name:
        yield name, "\n".join(parts)
