"""What differs between two versions of a decision model: elements, columns, rules, cells.

Decisions, inputs and outputs are matched first; a rule's cells are then told under the name of
their column, so that a renamed column is one change and not one for every rule.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from engine.dmn.elements import VERSIONS, children, text_of
from engine.model.comparing import compare as compared
from engine.model.differences import Difference
from engine.model.matching import Thing, matched
from engine.xml import Element, local, namespace, parse
from engine.xml.telling import Dialect, facts, prefixed

_TELLING = Dialect(
    prefixes=dict.fromkeys(VERSIONS, "")
    | {
        "http://camunda.org/schema/1.0/dmn": "camunda",
        "http://www.w3.org/2001/XMLSchema-instance": "xsi",
    },
    defaults={
        "hitPolicy": "UNIQUE",
        "kind": "FEEL",
        "preferredOrientation": "Rule-as-Row",
    },
    silent=frozenset(
        {"exporter", "exporterVersion", "xsi:schemaLocation", "DMNDI", "input", "output", "rule"}
        | {"informationRequirement", "knowledgeRequirement", "authorityRequirement"}
    ),
)
#: Attributes of the drawing program that say nothing about the decision.
_WIDTHS = ("http://bpmn.io/schema/dmn/biodi/2.0", "http://bpmn.io/schema/dmn/biodi/1.0")


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a decision table."""

    #: Id, or what stands for it.
    id: str
    #: ``input`` or ``output``.
    kind: str
    #: What people call it: label, name or expression.
    label: str
    #: The element.
    element: Element


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A row of a decision table."""

    #: Id, or what stands for it.
    id: str
    #: Cells in the order of the columns, inputs first; an empty input is ``-``.
    cells: tuple[str, ...]
    #: What else it says: description, annotations.
    facts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A decision table of a version."""

    #: Id of the decision, or of the knowledge model, it is in.
    owner: str
    #: Name of that.
    name: str
    #: Inputs, then outputs.
    columns: tuple[Column, ...]
    #: Rules in their order.
    rules: tuple[Rule, ...]


class Version:
    """One version of a model, told."""

    def __init__(self, content: bytes) -> None:
        """Read it; `XmlRefused` with the line."""
        self._root = parse(content)

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """All decision tables, in reading order."""
        return tuple(
            _table(table, owner)
            for owner in children(self._root)
            for table in owner.iter()
            if local(table) == "decisionTable"
        )

    @cached_property
    def frame(self) -> list[Thing]:
        """Everything but the rules."""
        return [self._whole(), *self._elements(), *self._columns()]

    def things(self, keys: Mapping[str, str], common: frozenset[str]) -> list[Thing]:
        """Return everything; `keys` are names of cells by column, `common` the columns in both."""
        rules = [_rule(rule, table, keys, common) for table in self.tables for rule in table.rules]
        return [*self.frame, *rules]

    def _whole(self) -> Thing:
        root = self._root
        apart = frozenset(prefixed(str(child.tag), _TELLING) for child in children(root))
        told = facts(root, _TELLING, apart) | {"id": str(root.get("id") or "")}
        version = VERSIONS.get(namespace(root), "")
        return Thing(
            id="",
            type=local(root),
            family="definitions",
            name=str(root.get("name") or ""),
            facts=told | ({"version": version} if version else {}),
        )

    def _elements(self) -> Iterator[Thing]:
        nodes = [node for node in children(self._root) if local(node) != "DMNDI"]
        places = dict(_places(self._root))
        needs = {_name(node): _needs(node) for node in nodes}
        needed = defaultdict[str, set[tuple[str, str]]](set)
        for other, all_ in needs.items():
            for one in all_:
                needed[one].add(("needed by", other))
        for node in nodes:
            name = _name(node)
            yield Thing(
                id=name,
                type=local(node),
                family=local(node),
                name=" ".join(str(node.get("name") or "").split()),
                facts=_bare(facts(node, _TELLING))
                | {f"requires[{one}]": "" for one in needs[name]},
                place={"bounds": places[name]} if name in places else {},
                near=frozenset(needed[name] | {("needs", one) for one in needs[name]}),
            )

    def _columns(self) -> Iterator[Thing]:
        for table in self.tables:
            for column in table.columns:
                yield Thing(
                    id=column.id,
                    type=column.kind,
                    family=column.kind,
                    name=column.label,
                    within=table.owner,
                    facts=_bare(facts(column.element, _TELLING)),
                    ranked=True,
                )


def compare(old: bytes, new: bytes) -> Difference:
    """Return what differs between two models; `XmlRefused` if one cannot be read."""
    return difference(Version(old), Version(new))


def difference(old: Version, new: Version) -> Difference:
    """Return what differs between two versions that were read."""
    pairs = frame_pairs(old, new)
    columns = {column.id for table in old.tables for column in table.columns} & pairs.keys()
    keys_new = _keys(new, {}, {})
    keys_old = _keys(old, pairs, keys_new)
    before = old.things(keys_old, frozenset(columns))
    after = new.things(keys_new, frozenset(pairs[one] for one in columns))
    needs = {f"requires[{one}]": f"requires[{other}]" for one, other in pairs.items()}
    return compared([_following(thing, needs) for thing in before], after)


def frame_pairs(old: Version, new: Version) -> dict[str, str]:
    """Return new ids by old ones, of the elements and columns in both."""
    return matched({one.id: one for one in old.frame}, {one.id: one for one in new.frame})


def _following(thing: Thing, names: Mapping[str, str]) -> Thing:
    """Return an element of the old version that requires things by their new ids."""
    return replace(thing, facts={names.get(key, key): one for key, one in thing.facts.items()})


def _keys(version: Version, columns: Mapping[str, str], taken: Mapping[str, str]) -> dict[str, str]:
    """Return what cells are told under, by column id: its label, in the new version's words."""
    found: dict[str, str] = {}
    used = set(taken.values())
    for table in version.tables:
        for column in table.columns:
            key = taken.get(columns.get(column.id, ""), "")
            if not key:
                key = f"{column.kind}[{column.label}]"
                key = f"{column.kind}[{column.label} ({column.id})]" if key in used else key
                used.add(key)
            found[column.id] = key
    return found


def _bare(told: Mapping[str, str]) -> dict[str, str]:
    """Return facts without how wide a column is drawn."""
    return {key: value for key, value in told.items() if not key.startswith(_WIDTHS)}


def _name(node: Element) -> str:
    """Return the id of an element, or what stands for it."""
    return str(node.get("id") or node.get("name") or local(node))


def _needs(node: Element) -> list[str]:
    """Return the ids of what a decision requires."""
    found = [
        str(one.get("href") or "")
        for kind in ("Input", "Decision", "Knowledge", "Authority")
        for one in node.iter(f"{{*}}required{kind}")
    ]
    return [one.partition("#")[2] or one for one in found]


def _table(node: Element, owner: Element) -> Table:
    name = _name(owner)
    columns = tuple(
        _column(one, f"{name}.{kind}{number}")
        for kind in ("input", "output")
        for number, one in enumerate(children(node, kind), 1)
    )
    inputs = sum(column.kind == "input" for column in columns)
    rules = tuple(
        _row(one, f"{name}.rule{number}", inputs)
        for number, one in enumerate(children(node, "rule"), 1)
    )
    label = str(owner.get("name") or name)
    return Table(owner=name, name=label, columns=columns, rules=rules)


def _column(node: Element, spare: str) -> Column:
    expression = next((text_of(one) for one in children(node, "inputExpression")), "")
    name = str(node.get("id") or spare)
    label = node.get("label") or node.get("name") or expression.strip() or name
    return Column(id=name, kind=local(node), label=" ".join(str(label).split()), element=node)


def _row(node: Element, spare: str, inputs: int) -> Rule:
    cells = [text_of(one).strip() for one in children(node, "inputEntry", "outputEntry")]
    cells = [cell or "-" if place < inputs else cell for place, cell in enumerate(cells)]
    rest = Dialect(
        prefixes=_TELLING.prefixes,
        silent=_TELLING.silent | {"inputEntry", "outputEntry"},
    )
    told = {key.removesuffix("/text"): value for key, value in _bare(facts(node, rest)).items()}
    return Rule(id=str(node.get("id") or spare), cells=tuple(cells), facts=told)


def _rule(rule: Rule, table: Table, keys: Mapping[str, str], common: frozenset[str]) -> Thing:
    told = {
        keys[column.id]: cell
        for column, cell in zip(table.columns, rule.cells, strict=False)
        if column.id in common or cell not in ("-", "")
    }
    return Thing(
        id=rule.id,
        type="rule",
        family="rule",
        name=rule.facts.get("description", ""),
        within=table.owner,
        facts={**told, **rule.facts},
        ranked=True,
    )


def _places(root: Element) -> Iterator[tuple[str, str]]:
    """Walk where elements are drawn."""
    for shape in root.iter("{*}DMNShape"):
        for bounds in shape.iterchildren("{*}Bounds"):
            numbers = (str(bounds.get(axis) or "0") for axis in ("x", "y", "width", "height"))
            place = ",".join(number.removesuffix(".0") for number in numbers)
            yield str(shape.get("dmnElementRef")), place
