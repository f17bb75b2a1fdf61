"""A second evaluator, written to be obvious and not fast: what the compiled one is compared with.

It walks the tree anew each time and takes its rules from the tables of the specification, for
numbers, strings, booleans, lists and contexts. It shares nothing with the engine but the tree.
"""

from collections.abc import Mapping
from decimal import Context, Decimal

from engine.feel import nodes as n

_ARITHMETIC = Context(prec=34, Emin=-6143, Emax=6144, traps=[])


def evaluate(node: n.Node, scope: Mapping[str, object]) -> object:
    """The value of a node; its rule is named for it."""
    rule = RULES[type(node).__name__]
    return rule(node, scope)  # type: ignore[operator]


def literal(node: n.Literal, scope: Mapping[str, object]) -> object:
    return node.value


def name(node: n.Name, scope: Mapping[str, object]) -> object:
    return scope.get(node.name)


def negate(node: n.Negate, scope: Mapping[str, object]) -> object:
    value = evaluate(node.operand, scope)
    return -value if isinstance(value, Decimal) else None


def chain(node: n.Chain, scope: Mapping[str, object]) -> object:
    value = evaluate(node.first, scope)
    for mark, part in node.rest:
        value = binary(mark, value, evaluate(part, scope))
    return value


def logical(node: n.Logic, scope: Mapping[str, object]) -> object:
    return logic(node.operator, [evaluate(part, scope) for part in node.parts])


def choice(node: n.If, scope: Mapping[str, object]) -> object:
    found = evaluate(node.condition, scope)
    if found is True:
        return evaluate(node.then, scope)
    return evaluate(node.otherwise, scope) if found is False or found is None else None


def between(node: n.Between, scope: Mapping[str, object]) -> object:
    value = evaluate(node.operand, scope)
    low = binary(">=", value, evaluate(node.low, scope))
    return logic("and", [low, binary("<=", value, evaluate(node.high, scope))])


def items(node: n.ListOf, scope: Mapping[str, object]) -> object:
    return [evaluate(item, scope) for item in node.items]


def context(node: n.ContextOf, scope: Mapping[str, object]) -> object:
    made: dict[str, object] = {}
    for key, value in node.entries:
        made[key] = evaluate(value, {**scope, **made})
    return made if len(made) == len(node.entries) else None


def path_of(node: n.Path, scope: Mapping[str, object]) -> object:
    return path(evaluate(node.target, scope), node.member)


def iterated(node: n.For | n.Quantified, scope: Mapping[str, object]) -> list[object]:
    (iterator,) = node.iterators
    domain = listed(evaluate(iterator.domain, scope))
    return [evaluate(node.body, {**scope, iterator.name: item}) for item in domain]


def quantified(node: n.Quantified, scope: Mapping[str, object]) -> object:
    return logic("and" if node.every else "or", iterated(node, scope))


def kept(node: n.Filter, scope: Mapping[str, object]) -> object:
    found = []
    for item in listed(evaluate(node.target, scope)):
        own = item if isinstance(item, dict) else {}
        answer = evaluate(node.condition, {**scope, "item": item, **own})
        if answer not in (True, False, None) or isinstance(answer, Decimal):
            return None
        if answer is True:
            found.append(item)
    return found


RULES = {
    "Literal": literal, "Name": name, "Negate": negate, "Chain": chain, "Logic": logical,
    "If": choice, "Between": between, "ListOf": items, "ContextOf": context, "Path": path_of,
    "For": iterated, "Quantified": quantified, "Filter": kept,
}  # fmt: skip


def listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def path(value: object, member: str) -> object:
    if isinstance(value, list):
        return [path(item, member) for item in value]
    return value.get(member) if isinstance(value, dict) else None


def logic(operator: str, values: list[object]) -> object:
    stop = operator == "or"
    if any(value is stop for value in values):
        return stop
    return (not stop) if all(value is (not stop) for value in values) else None


def binary(mark: str, left: object, right: object) -> object:
    if mark in ("=", "!="):
        same = equal(left, right)
        return same if mark == "=" or same is None else not same
    if mark in ("<", "<=", ">", ">="):
        return ordered(mark, left, right)
    if mark == "+" and isinstance(left, str) and isinstance(right, str):
        return left + right
    if not isinstance(left, Decimal) or not isinstance(right, Decimal):
        return None
    if mark == "/" and right == 0:
        return None
    operation = {
        "+": _ARITHMETIC.add,
        "-": _ARITHMETIC.subtract,
        "*": _ARITHMETIC.multiply,
        "/": _ARITHMETIC.divide,
    }[mark]
    made = operation(left, right)
    return made if made.is_finite() else None


def kind(value: object) -> str:
    return type(value).__name__


def equal(left: object, right: object) -> bool | None:
    if left is None or right is None:
        return left is None and right is None
    if kind(left) != kind(right):
        return None
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(
            equal(a, b) is True for a, b in zip(left, right, strict=True)
        )
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[k], right[k]) is True for k in left)
    return left == right


def ordered(mark: str, left: object, right: object) -> bool | None:
    if kind(left) != kind(right) or not isinstance(left, (Decimal, str)):
        return None
    less, same = left < right, left == right  # type: ignore[operator]
    return {"<": less, "<=": less or same, ">": not less and not same, ">=": not less}[mark]
