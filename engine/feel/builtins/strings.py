"""String functions (10.3.4.3); positions count code points from 1."""

from decimal import Decimal

from engine.feel.builtins.registry import built_in
from engine.feel.runtime import Run
from engine.feel.xregex import Pattern


@built_in("substring", "string: string, start position: number, length?: number", "string")
def substring(run: Run, string: str, start: Decimal, length: Decimal | None) -> object:
    """From a position (negative: from the end), to a length or the end."""
    first = int(start)
    if first == 0 or (length is not None and length < 1):
        return None
    if abs(first) > len(string):
        return "" if first > 0 else None
    begin = first - 1 if first > 0 else len(string) + first
    return (
        string[begin:]
        if length is None
        else string[begin : begin + int(min(length, Decimal(10**9)))]
    )


@built_in("string length", "string: string", "number")
def string_length(run: Run, string: str) -> object:
    """In code points."""
    return Decimal(len(string))


@built_in("upper case", "string: string", "string")
def upper_case(run: Run, string: str) -> object:
    """In capitals."""
    return string.upper()


@built_in("lower case", "string: string", "string")
def lower_case(run: Run, string: str) -> object:
    """In small letters."""
    return string.lower()


@built_in("substring before", "string: string, match: string", "string")
def substring_before(run: Run, string: str, match: str) -> object:
    """What stands before the first match; empty if there is none."""
    head, found, _ = string.partition(match) if match else ("", "", "")
    return head if found else ""


@built_in("substring after", "string: string, match: string", "string")
def substring_after(run: Run, string: str, match: str) -> object:
    """What stands after the first match; empty if there is none."""
    if not match:
        return string
    _, found, tail = string.partition(match)
    return tail if found else ""


@built_in("contains", "string: string, match: string", "boolean")
def contains(run: Run, string: str, match: str) -> object:
    """Whether it stands in the string."""
    return match in string


@built_in("starts with", "string: string, match: string", "boolean")
def starts_with(run: Run, string: str, match: str) -> object:
    """Whether the string begins with it."""
    return string.startswith(match)


@built_in("ends with", "string: string, match: string", "boolean")
def ends_with(run: Run, string: str, match: str) -> object:
    """Whether the string ends with it."""
    return string.endswith(match)


@built_in("matches", "input: string, pattern: string, flags?: string", "boolean")
def matches(run: Run, string: str, pattern: str, flags: str | None) -> object:
    """Whether the pattern (of XPath) is found anywhere; null for a wrong pattern or flag."""
    return Pattern.of(pattern, flags or "").search(string, run) is not None


@built_in(
    "replace", "input: string, pattern: string, replacement: string, flags?: string", "string"
)
def replace(run: Run, string: str, pattern: str, replacement: str, flags: str | None) -> object:
    """Every match replaced; ``$1`` in the replacement is the first group."""
    return Pattern.of(pattern, flags or "").replace(string, replacement, run)


@built_in("split", "string: string, delimiter: string", "list")
def split(run: Run, string: str, delimiter: str) -> object:
    """The parts between matches of a pattern."""
    return Pattern.of(delimiter, "").split(string, run)


@built_in("string join", "list: list, delimiter?: string", "string")
def string_join(run: Run, items: list[object], delimiter: str | None) -> object:
    """All strings in a row; nulls are left out, anything else makes it null."""
    found = [item for item in items if item is not None]
    parts = [item for item in found if isinstance(item, str)]
    if len(parts) != len(found):
        return None
    run.made_string(sum(map(len, parts)) + len(parts) * len(delimiter or ""))
    return (delimiter or "").join(parts)
