"""Small models written for the tests."""

HEAD = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="urn:test" '
    'name="test" id="test">'
)


def model(body: str, head: str = HEAD) -> bytes:
    """A document around its elements."""
    return f"{head}{body}</definitions>".encode()


def inputs(**types: str) -> str:
    """Input data by name and type."""
    return "".join(
        f'<inputData id="{name}" name="{name}"><variable name="{name}" typeRef="{kind}"/>'
        "</inputData>"
        for name, kind in types.items()
    )


def requires(*names: str) -> str:
    """Requirements of input data."""
    return "".join(
        f'<informationRequirement><requiredInput href="#{name}"/></informationRequirement>'
        for name in names
    )


def escape(text: str) -> str:
    """Text for XML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def decision(name: str, body: str, *needs: str, kind: str = "") -> str:
    """A decision with an expression."""
    ref = f' typeRef="{kind}"' if kind else ""
    return (
        f'<decision id="{name}" name="{name}"><variable name="{name}"{ref}/>'
        f"{requires(*needs)}{body}</decision>"
    )


def literal(text: str) -> str:
    """A literal expression."""
    return f"<literalExpression><text>{escape(text)}</text></literalExpression>"


def table(
    columns: dict[str, str],
    rows: list[tuple[str, ...]],
    *,
    policy: str = "UNIQUE",
    extra: str = "",
    output: str = '<output id="out" typeRef="string"/>',
    outputs: int = 1,
) -> str:
    """A decision table: inputs by expression and type, rows of cells."""
    made = [f'<decisionTable id="tab" hitPolicy="{policy}" {extra}>']
    for text, kind in columns.items():
        made.append(
            f'<input><inputExpression typeRef="{kind}"><text>{escape(text)}</text>'
            "</inputExpression></input>"
        )
    made.append(output)
    for number, row in enumerate(rows, 1):
        made.append(f'<rule id="r{number}">')
        for cell in row[: len(columns)]:
            made.append(f"<inputEntry><text>{escape(cell)}</text></inputEntry>")
        for cell in row[len(columns) :]:
            made.append(f"<outputEntry><text>{escape(cell)}</text></outputEntry>")
        made.append("</rule>")
    return "".join([*made, "</decisionTable>"])
