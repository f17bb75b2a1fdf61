"""How fast a decision table is: 20 rules with 4 inputs, in microseconds."""

from __future__ import annotations

from typing import Final

from engine.dmn.loading import load
from engine.dmn.model import Model
from engine.feel.bench import measured

_COLUMNS: Final = (
    ("age", "number"),
    ("region", "string"),
    ("income", "number"),
    ("kin", "boolean"),
)


def model(rules: int = 20) -> Model:
    """A model with one table of that many rules over four inputs."""
    data = "".join(
        f'<inputData id="{name}" name="{name}"><variable name="{name}" typeRef="{kind}"/>'
        "</inputData>"
        for name, kind in _COLUMNS
    )
    needs = "".join(
        f'<informationRequirement><requiredInput href="#{name}"/></informationRequirement>'
        for name, _ in _COLUMNS
    )
    columns = "".join(
        f'<input><inputExpression typeRef="{kind}"><text>{name}</text></inputExpression></input>'
        for name, kind in _COLUMNS
    )
    table = columns + '<output typeRef="string"/>' + "".join(_rule(n) for n in range(rules))
    return load(
        (
            '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="bench">'
            f'{data}<decision id="d" name="d"><variable name="d" typeRef="string"/>{needs}'
            f'<decisionTable hitPolicy="UNIQUE">{table}</decisionTable></decision></definitions>'
        ).encode()
    )


def _rule(number: int) -> str:
    low = number * 5
    cells = (f"[{low}..{low + 5})", '"north","south"', "&gt;= 0", "-" if number % 2 else "true")
    entries = "".join(f"<inputEntry><text>{cell}</text></inputEntry>" for cell in cells)
    return f'<rule>{entries}<outputEntry><text>"r{number}"</text></outputEntry></rule>'


def bench() -> dict[str, float]:
    """``dmn.table``: a decision by a table of 20 rules and 4 inputs, the last rule firing."""
    loaded = model()
    inputs = {"age": 97, "region": "south", "income": 1000, "kin": True}
    return {"dmn.table": measured(lambda: loaded.decide("d", inputs), times=50)}
