"""A differential run against feelin, the FEEL of bpmn.io's editors, where node and it are at hand.

Generated expressions, compared where both have a result. Known differences are kept out: where ours
is null and feelin's is not (a comparison or sum of unlike types), DMN 1.5 has null (Tables 45, 53,
54); feelin turns round a range whose start is after its end, which for the specification holds
nothing (Table 55: ``e1 >= e2 and e1 <= e3``); and it has null for lists of different length, which
are unequal (Table 53).
"""

import json
import random
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from engine.feel import FeelError, evaluate, to_python

ROOT = Path(__file__).parents[3]
FEELIN = ROOT / "node_modules" / "@bpmn-io" / "feelin" / "dist" / "index.js"
NODE = shutil.which("node")
SCOPE = {"a": 3, "b": "text", "xs": [1, 2, 3], "c": {"d": 5, "e": [{"f": 1}, {"f": 2}]}}
RUNNER = """
import { evaluate } from FEELIN;
import { readFileSync } from "node:fs";
const { scope, texts } = JSON.parse(readFileSync(0, "utf8"));
const answers = texts.map(text => {
  try { return { value: evaluate(text, scope).value ?? null }; }
  catch (error) { return { error: String(error) }; }
});
process.stdout.write(JSON.stringify(answers));
"""


class Writer:
    """Random expressions by the type of their value."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def number(self, depth: int) -> str:
        forms = [lambda: str(self.random.randint(0, 9)), lambda: "a", lambda: "c.d"]
        if depth:
            sub = depth - 1
            forms += [
                lambda: f"({self.number(sub)} {self.random.choice('+-*')} {self.number(sub)})",
                lambda: f"-({self.number(sub)})",
                lambda: f"(if {self.boolean(sub)} then {self.number(sub)} else {self.number(sub)})",
                lambda: f"count({self.numbers(sub)})",
                lambda: f"sum(append({self.numbers(sub)}, 1))",
                lambda: f"max(append({self.numbers(sub)}, 1))",
                lambda: f"min(append({self.numbers(sub)}, 1))",
                lambda: f"modulo({self.number(sub)}, 7)",
                lambda: f"abs({self.number(sub)})",
                lambda: f"string length({self.string(sub)})",
                lambda: f"{{x: {self.number(sub)}, y: x + 1}}.y",
            ]
        return self.random.choice(forms)()

    def ends(self, mark: str) -> str:
        return f"{self.random.randint(0, 4)}{mark}{self.random.randint(5, 9)}"

    def boolean(self, depth: int) -> str:
        forms = [lambda: "true", lambda: "false"]
        if depth:
            sub = depth - 1
            compare = ["=", "!=", "<", "<=", ">", ">="]
            forms += [
                lambda: f"({self.number(sub)} {self.random.choice(compare)} {self.number(sub)})",
                lambda: f"({self.string(sub)} {self.random.choice(compare)} {self.string(sub)})",
                lambda: f"({self.boolean(sub)} and {self.boolean(sub)})",
                lambda: f"({self.boolean(sub)} or {self.boolean(sub)})",
                lambda: f"not({self.boolean(sub)})",
                lambda: f"({self.number(sub)} between {self.ends(' and ')})",
                lambda: f"({self.number(sub)} in [{self.ends('..')}])",
                lambda: f"({self.number(sub)} in (< 3, {self.number(sub)}))",
                lambda: f"(some x in {self.numbers(sub)} satisfies x > {self.number(sub)})",
                lambda: f"(every x in {self.numbers(sub)} satisfies x > {self.number(sub)})",
                lambda: f"contains({self.string(sub)}, {self.string(sub)})",
                lambda: f"list contains({self.numbers(sub)}, {self.number(sub)})",
                lambda: f"([{self.number(sub)}, 2] = [3, {self.number(sub)}])",
            ]
        return self.random.choice(forms)()

    def string(self, depth: int) -> str:
        forms = [lambda: '"x y"', lambda: '"Қ"', lambda: "b"]
        if depth:
            sub = depth - 1
            forms += [
                lambda: f"({self.string(sub)} + {self.string(sub)})",
                lambda: f"upper case({self.string(sub)})",
                lambda: f"substring({self.string(sub)}, 1, 2)",
                lambda: f'replace({self.string(sub)}, "[a-x]", "_")',
                lambda: f'string join([{self.string(sub)}, {self.string(sub)}], "-")',
                lambda: f'substring before({self.string(sub)}, " ")',
            ]
        return self.random.choice(forms)()

    def numbers(self, depth: int) -> str:
        forms = [lambda: "xs", lambda: "[]", lambda: "c.e.f", lambda: "[4, 5]"]
        if depth:
            sub = depth - 1
            forms += [
                lambda: f"[{self.number(sub)}, {self.number(sub)}]",
                lambda: f"(for x in {self.numbers(sub)} return x + {self.number(sub)})",
                lambda: f"{self.numbers(sub)}[item > {self.number(sub)}]",
                lambda: f"concatenate({self.numbers(sub)}, {self.numbers(sub)})",
                lambda: f"reverse({self.numbers(sub)})",
                lambda: f"sort({self.numbers(sub)}, function(x, y) x < y)",
                lambda: f"distinct values({self.numbers(sub)})",
                lambda: f"c.e[f > {self.number(sub)}].f",
            ]
        return self.random.choice(forms)()

    def any(self) -> str:
        kind = self.random.choice([self.number, self.boolean, self.string, self.numbers])
        return kind(4)


def ours(text: str) -> object:
    try:
        return to_python(evaluate(text, SCOPE))
    except FeelError as exc:
        return exc


def same(mine: object, theirs: object) -> bool:
    if mine is None or theirs is None:
        return True
    if isinstance(mine, list) and isinstance(theirs, list):
        return len(mine) == len(theirs) and all(map(same, mine, theirs))
    if isinstance(mine, (int, float)) and isinstance(theirs, (int, float)):
        return bool(abs(Decimal(mine) - Decimal(theirs)) <= abs(Decimal(mine)) * Decimal("1e-9"))
    return mine == theirs


if NODE and FEELIN.is_file():

    def feelin(texts: list[str]) -> list[dict[str, object]]:
        code = RUNNER.replace("FEELIN", json.dumps(FEELIN.as_uri()))
        done = subprocess.run(
            [NODE or "", "--input-type=module", "-e", code],
            input=json.dumps({"scope": SCOPE, "texts": texts}),
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        found: list[dict[str, object]] = json.loads(done.stdout)
        return found

    @pytest.mark.parametrize("seed", [1, 2])
    def test_feelin_agrees(seed: int) -> None:
        writer = Writer(seed)
        texts = [writer.any() for _ in range(600)]
        both = 0
        for text, theirs in zip(texts, feelin(texts), strict=True):
            mine = ours(text)
            assert not isinstance(mine, FeelError), text
            assert same(mine, theirs.get("value")), (text, mine, theirs)
            both += mine is not None and theirs.get("value") is not None
        assert both > 500
