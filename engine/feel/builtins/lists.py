"""List functions (10.3.4.4) and sorting (10.3.4.9)."""

from collections.abc import Callable
from decimal import Decimal
from functools import cmp_to_key

from engine.feel import numbers
from engine.feel import operators as ops
from engine.feel.builtins.registry import built_in
from engine.feel.runtime import Run
from engine.feel.temporal import DaysDuration, MonthsDuration
from engine.feel.values import Callback

Items = list[object]


@built_in("list contains", "list: list, element: any", "boolean")
def list_contains(run: Run, items: Items, element: object) -> object:
    """Whether an item equals the element; null is found too."""
    run.spend(len(items))
    return any(ops.equal(item, element) is True for item in items)


@built_in("count", "list: list", "number")
def count(run: Run, items: Items) -> object:
    """The number of items."""
    return Decimal(len(items))


def _extreme(items: Items, sign: int) -> object:
    best: object = None
    for index, item in enumerate(items):
        if index == 0:
            best = item
        found = ops.order(item, best)
        if found is None:
            return None
        if found == sign:
            best = item
    return best


@built_in("min", "list: list")
@built_in("min", "c: any...")
def min_(run: Run, items: Items) -> object:
    """The least; null of an empty list or of things without an order."""
    run.spend(len(items))
    return _extreme(items, -1)


@built_in("max", "list: list")
@built_in("max", "c: any...")
def max_(run: Run, items: Items) -> object:
    """The greatest; null of an empty list or of things without an order."""
    run.spend(len(items))
    return _extreme(items, 1)


def _numbers(items: Items) -> list[Decimal] | None:
    found = [item for item in items if isinstance(item, Decimal)]
    return found if found and len(found) == len(items) else None


def _total(items: Items, run: Run) -> object:
    value: object = items[0] if items else None
    if not isinstance(value, (Decimal, DaysDuration, MonthsDuration)):
        return None
    for item in items[1:]:
        value = ops.arithmetic("+", value, item, run)
    return value


@built_in("sum", "list: list", "number")
@built_in("sum", "n: any...", "number")
def sum_(run: Run, items: Items) -> object:
    """Of numbers or durations; null of an empty list."""
    run.spend(len(items))
    return _total(items, run)


@built_in("mean", "list: list", "number")
@built_in("mean", "n: any...", "number")
def mean(run: Run, items: Items) -> object:
    """The average; null of an empty list."""
    run.spend(len(items))
    return ops.arithmetic("/", _total(items, run), Decimal(len(items)), run)


@built_in("product", "list: list", "number")
@built_in("product", "n: any...", "number")
def product(run: Run, items: Items) -> object:
    """All numbers multiplied; null of an empty list."""
    run.spend(len(items))
    found = _numbers(items)
    if found is None:
        return None
    value = found[0]
    for item in found[1:]:
        value = numbers.multiply(value, item)
    return numbers.finite(value)


@built_in("median", "list: list", "number")
@built_in("median", "n: any...", "number")
def median(run: Run, items: Items) -> object:
    """The middle one, or the average of the two in the middle."""
    run.spend(len(items) * 4)
    found = _numbers(items)
    if found is None:
        return None
    found.sort()
    middle = len(found) // 2
    if len(found) % 2:
        return found[middle]
    return numbers.divide(numbers.add(found[middle - 1], found[middle]), Decimal(2))


@built_in("stddev", "list: list", "number")
@built_in("stddev", "n: any...", "number")
def stddev(run: Run, items: Items) -> object:
    """The standard deviation of a sample; null of fewer than two numbers."""
    run.spend(len(items) * 4)
    found = _numbers(items)
    if found is None or len(found) < 2:
        return None
    average = numbers.divide(_plain_sum(found), Decimal(len(found))) or Decimal(0)
    squares = [numbers.power(numbers.subtract(n, average), Decimal(2)) for n in found]
    spread = numbers.divide(_plain_sum([s or Decimal(0) for s in squares]), Decimal(len(found) - 1))
    return None if spread is None else numbers.finite(numbers.CONTEXT.sqrt(spread))


def _plain_sum(found: list[Decimal]) -> Decimal:
    total = Decimal(0)
    for number in found:
        total = numbers.add(total, number)
    return total


@built_in("mode", "list: list", "list")
@built_in("mode", "n: any...", "list")
def mode(run: Run, items: Items) -> object:
    """The numbers that come most often, in rising order."""
    run.spend(len(items) * 4)
    if not items:
        return []
    found = _numbers(items)
    if found is None:
        return None
    counts: dict[Decimal, int] = {}
    for number in found:
        counts[number] = counts.get(number, 0) + 1
    top = max(counts.values())
    return sorted(number for number, times in counts.items() if times == top)


def _booleans(items: Items, stop: bool) -> object:
    if any(item is stop for item in items):
        return stop
    return (not stop) if all(item is (not stop) for item in items) else None


@built_in("all", "list: list", "boolean")
@built_in("all", "b: any...", "boolean")
def all_(run: Run, items: Items) -> object:
    """False if any is false, true if all are true, null otherwise."""
    return _booleans(items, False)


@built_in("any", "list: list", "boolean")
@built_in("any", "b: any...", "boolean")
def any_(run: Run, items: Items) -> object:
    """True if any is true, false if all are false, null otherwise."""
    return _booleans(items, True)


@built_in("sublist", "list: list, start position: number, length?: number", "list")
def sublist(run: Run, items: Items, start: Decimal, length: Decimal | None) -> object:
    """From a position (negative: from the end), to a length or the end."""
    first = int(start)
    if first == 0 or abs(first) > len(items) or (length is not None and length < 0):
        return None
    begin = first - 1 if first > 0 else len(items) + first
    if length is None:
        return items[begin:]
    end = begin + int(min(length, Decimal(10**9)))
    return items[begin:end] if end <= len(items) else None


@built_in("append", "list: list, item: any...", "list")
def append(run: Run, items: Items, more: Items) -> object:
    """The list with items added at its end."""
    run.made_list(len(items) + len(more))
    return [*items, *more]


@built_in("concatenate", "list: list...", "list")
def concatenate(run: Run, lists: list[Items]) -> object:
    """All lists in a row."""
    run.made_list(sum(map(len, lists)))
    return [item for items in lists for item in items]


def _position(items: Items, position: Decimal, extra: int = 0) -> int | None:
    whole = int(position)
    if whole != position or whole == 0 or abs(whole) > len(items) + extra:
        return None
    return whole - 1 if whole > 0 else len(items) + whole


@built_in("insert before", "list: list, position: number, newItem: any", "list")
def insert_before(run: Run, items: Items, position: Decimal, new: object) -> object:
    """The list with a new item at a position."""
    index = _position(items, position)
    if index is None:
        return None
    run.made_list(len(items) + 1)
    return [*items[:index], new, *items[index:]]


@built_in("remove", "list: list, position: number", "list")
def remove(run: Run, items: Items, position: Decimal) -> object:
    """The list without the item at a position."""
    index = _position(items, position)
    if index is None:
        return None
    run.made_list(len(items))
    return [*items[:index], *items[index + 1 :]]


@built_in("list replace", "list: list, position: number, newItem: any", "list")
def replace_at(run: Run, items: Items, position: Decimal, new: object) -> object:
    """The list with another item at a position."""
    index = _position(items, position)
    if index is None:
        return None
    run.made_list(len(items))
    return [*items[:index], new, *items[index + 1 :]]


@built_in("list replace", "list: list, match: function, newItem: any", "list")
def replace_matching(run: Run, items: Items, match: Callback, new: object) -> object:
    """The list with another item wherever ``match(item, newItem)`` is true."""
    run.made_list(len(items))
    call: Callable[..., object] = match.call  # type: ignore[attr-defined]
    answers = [call([item, new], (), run) for item in items]
    if any(not isinstance(answer, bool) for answer in answers):
        return None
    return [new if answer else item for item, answer in zip(items, answers, strict=True)]


@built_in("reverse", "list: list", "list")
def reverse(run: Run, items: Items) -> object:
    """The list from its end."""
    run.made_list(len(items))
    return items[::-1]


@built_in("index of", "list: list, match: any", "list")
def index_of(run: Run, items: Items, match: object) -> object:
    """The positions of all items equal to the match."""
    run.spend(len(items))
    return [Decimal(at + 1) for at, item in enumerate(items) if ops.equal(item, match) is True]


def _distinct(items: Items, run: Run) -> Items:
    found: Items = []
    simple: set[object] = set()  # these are equal as Python has it, and found at once
    for item in items:
        run.spend()
        if isinstance(item, (str, Decimal)):
            if item not in simple:
                simple.add(item)
                found.append(item)
        elif not _among(item, found, run):
            found.append(item)
    return found


def _among(item: object, found: Items, run: Run) -> bool:
    run.spend(len(found))
    return any(ops.equal(item, known) is True for known in found)


@built_in("union", "list: list...", "list")
def union(run: Run, lists: list[Items]) -> object:
    """All lists in a row, without repetitions."""
    return _distinct([item for items in lists for item in items], run)


@built_in("distinct values", "list: list", "list")
def distinct_values(run: Run, items: Items) -> object:
    """The list without repetitions."""
    return _distinct(items, run)


def _flat(items: Items, made: Items, run: Run) -> Items:
    for item in items:
        run.spend()
        if isinstance(item, list):
            _flat(item, made, run)
        else:
            made.append(item)
    return made


@built_in("flatten", "list: list", "list")
def flatten(run: Run, items: Items) -> object:
    """Lists within lists made one."""
    return _flat(items, [], run)


class _NoOrderError(ValueError):
    """The function given to sort does not answer true or false."""


@built_in("sort", "list: list, precedes: function", "list")
@built_in("sort", "list: list", "list")
def sort(run: Run, items: Items, precedes: Callback | None = None) -> object:
    """In the order of ``precedes(a, b)``, or rising; equal items keep their places."""
    run.made_list(len(items))
    if precedes is None:
        return _rising(items, run)
    call: Callable[..., object] = precedes.call  # type: ignore[attr-defined]

    def compare(left: object, right: object) -> int:
        run.spend()
        first = call([left, right], (), run)
        if first is True:
            return -1
        if first is not False:
            raise _NoOrderError
        return 1 if call([right, left], (), run) is True else 0

    return sorted(items, key=cmp_to_key(compare))


def _rising(items: Items, run: Run) -> object:
    def compare(left: object, right: object) -> int:
        run.spend()
        found = ops.order(left, right)
        if found is None:
            raise _NoOrderError
        return found

    return sorted(items, key=cmp_to_key(compare))
