"""Runs models against expected results in the format of the official DMN test kit."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final

from engine import xml
from engine.dmn.elements import child, children
from engine.dmn.loading import load
from engine.dmn.model import Model
from engine.errors import ZholdamaError
from engine.feel import numbers
from engine.feel.lexical import date_of, date_time_of, duration_of, time_of
from engine.feel.operators import equal
from engine.feel.temporal import DateTime, Time
from engine.feel.values import from_python, to_python
from engine.xml import Element

_XSI: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
#: Numbers agree when they differ by less than this, as the kit's own runner has it.
_NEAR: Final = Decimal("0.00000001")


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseResult:
    """One expected result of one case."""

    #: Folder of the level, e.g. ``compliance-level-3``.
    level: str
    #: Folder of the model.
    folder: str
    #: File name of the cases without its ending.
    cases: str
    #: Id of the case.
    case: str
    #: Name of the node.
    node: str
    #: Whether the result was the one expected.
    passed: bool
    #: What came and what was expected, where they differ.
    detail: str = ""


@dataclass(slots=True)
class KitResult:
    """All results of a run."""

    results: list[CaseResult] = field(default_factory=list)

    def cases(self) -> dict[tuple[str, str, str, str], list[CaseResult]]:
        """The results by level, folder, cases and case."""
        made: dict[tuple[str, str, str, str], list[CaseResult]] = {}
        for found in self.results:
            key = (found.level, found.folder, found.cases, found.case)
            made.setdefault(key, []).append(found)
        return made

    def totals(self) -> dict[str, tuple[int, int]]:
        """Cases passed and cases run by level; a case passes when all its nodes do."""
        run: Counter[str] = Counter()
        passed: Counter[str] = Counter()
        for key, nodes in self.cases().items():
            run[key[0]] += 1
            passed[key[0]] += all(node.passed for node in nodes)
        return {level: (passed[level], run[level]) for level in sorted(run)}

    def failures(self) -> list[CaseResult]:
        """What was not as expected."""
        return [found for found in self.results if not found.passed]

    def write_csv(self, path: Path) -> None:
        """The results in the form the kit collects: folder, cases, case, outcome, remark."""
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
            for (level, folder, cases, case), nodes in self.cases().items():
                wrong = "; ".join(f"{n.node}: {n.detail}" for n in nodes if not n.passed)
                outcome = "ERROR" if wrong else "SUCCESS"
                writer.writerow((f"{level}/{folder}", cases, case, outcome, wrong))


def run_kit(folder: Path, csv_path: Path | None = None) -> KitResult:
    """Run every case under a folder, at any depth."""
    result = KitResult()
    for path in sorted(folder.rglob("*-test-*.xml")):
        result.results.extend(_run_file(path))
    if csv_path is not None:
        result.write_csv(csv_path)
    return result


def evaluate_file(path: Path, decision: str, inputs: Mapping[str, object]) -> object:
    """The value of one decision of a file, in JSON's kinds; dates may be given as ISO texts."""
    return to_python(load(path).decide(decision, inputs).raw)


def _run_file(path: Path) -> Iterator[CaseResult]:
    root = xml.parse(path.read_bytes(), path.name)
    named = child(root, "modelName")
    name = ((named.text if named is not None else None) or "").strip()
    model: Model | None = None
    reason = ""
    try:
        model = load(path.parent / name)
    except (ZholdamaError, OSError) as exc:
        reason = str(exc)
    for case in children(root, "testCase"):
        for node in children(case, "resultNode"):
            passed, detail = _outcome(model, case, node) if model is not None else (False, reason)
            yield CaseResult(
                level=path.parent.parent.name,
                folder=path.parent.name,
                cases=path.stem,
                case=case.get("id") or "",
                node=node.get("name") or "",
                passed=passed,
                detail=detail,
            )


def _outcome(model: Model, case: Element, node: Element) -> tuple[bool, str]:
    wanted = _expected(child(node, "expected"))
    try:
        found = model.decide(_asked(case, node), _inputs(case), strict=False, texts=False).raw
        if case.get("type") == "decisionService" and isinstance(found, dict):
            found = found.get(node.get("name") or "", found)  # several outputs, one node each
    except ZholdamaError as exc:
        if node.get("errorResult") == "true":
            return True, ""
        return False, str(exc)
    if _same(found, wanted):
        return True, ""
    return False, f"{found!r} instead of {wanted!r}"[:500]


def _asked(case: Element, node: Element) -> str:
    if case.get("type") in ("decisionService", "bkm") and case.get("invocableName"):
        return case.get("invocableName") or ""
    return node.get("name") or ""


def _inputs(case: Element) -> dict[object, object]:
    found: dict[object, object] = {}
    for node in children(case, "inputNode"):
        name, space = node.get("name") or "", node.get("namespace")
        found[(space, name) if space else name] = _expected(node)
    return found


# -- values ------------------------------------------------------------------------------


def _expected(element: Element | None) -> object:
    """The value an element describes: a value, a list, or components."""
    if element is None:
        return None
    listed = child(element, "list")
    if listed is not None:
        if _nil(listed):
            return None
        return [_expected(item) for item in children(listed, "item")]
    parts = list(children(element, "component"))
    if parts:
        if len(parts) == 1 and _nil(parts[0]) and parts[0].get("name") is None:
            return None
        return {part.get("name") or "": _expected(part) for part in parts}
    value = child(element, "value")
    return None if value is None or _nil(value) else _scalar(value)


def _nil(element: Element) -> bool:
    return bool(element.get(f"{_XSI}nil") == "true")


def _scalar(element: Element) -> object:
    kind = (element.get(f"{_XSI}type") or "string").rpartition(":")[2]
    words = element.text or ""
    read = _READERS.get(kind)
    return words if read is None else read(words.strip())


_READERS: Final = {
    "boolean": lambda words: words in ("true", "1"),
    "decimal": numbers.number_of, "double": numbers.number_of, "integer": numbers.number_of,
    "float": numbers.number_of, "int": numbers.number_of, "long": numbers.number_of,
    "date": date_of, "time": time_of, "dateTime": date_time_of,
    "duration": duration_of, "dayTimeDuration": duration_of, "yearMonthDuration": duration_of,
}  # fmt: skip


def _same(found: object, wanted: object) -> bool:
    if isinstance(found, Decimal) and isinstance(wanted, Decimal):
        return bool(abs(found - wanted) < _NEAR)
    if isinstance(found, list) and isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(_same, found, wanted))
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(_same(found[k], wanted[k]) for k in wanted)
    if isinstance(found, (Time, DateTime)) and isinstance(wanted, (Time, DateTime)):
        # The format has no names of zones: a named one is written by its offset.
        return bool(found.offset == wanted.offset) and equal(found, wanted) is True
    return equal(from_python(found), wanted) is True
