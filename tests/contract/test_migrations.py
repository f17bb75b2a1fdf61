"""Migrations only add: an older program works on (engine/store/migrations/README.md)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MIGRATIONS = sorted(
    path
    for folder in ("engine/store/migrations", "handlers")
    for path in (ROOT / folder).rglob("*.py")
    if path.parent.name == "migrations"
)
#: Migrations that move values, with the reason why an older program still reads what it needs.
MOVES = {
    "0005_reasons.py": "an older program shows no reason for acts before it, and writes its own as "
    "it did; nothing that it decides depends on one",
}
#: Functions of `op` that only read, or make names and batches.
#: An index is nobody's promise: an older program asks the same without it, perhaps slower.
HARMLESS = {"f", "get_bind", "batch_alter_table", "get_context", "drop_index"}
CURE = "a migration only adds, see engine/store/migrations/README.md"


def upgrading(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield everything outside of `downgrade` and its helpers, which are named ``…_back``."""
    for node in tree.body:
        back = isinstance(node, ast.FunctionDef) and node.name.endswith(("downgrade", "_back"))
        if not back:
            yield from ast.walk(node)


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Yield what is asked of alembic."""
    for node in upgrading(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id in {"op", "batch_op"}:
                yield node.func.attr, node


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in call.keywords if one.arg == name), None)


def is_true(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is True


def made_tables(tree: ast.Module) -> set[str]:
    return {
        one.value
        for name, call in calls(tree)
        if name == "create_table"
        for one in call.args[:1]
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }


def batch_tables(tree: ast.Module) -> set[str]:
    return {
        one.value
        for name, call in calls(tree)
        if name == "batch_alter_table"
        for one in call.args[:1]
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }


def column_of(call: ast.Call) -> ast.Call:
    return next(
        one
        for one in call.args
        if isinstance(one, ast.Call) and getattr(one.func, "attr", "") == "Column"
    )


def wrong_column(column: ast.Call) -> str:
    required = not is_true(keyword(column, "nullable"))
    if required and keyword(column, "server_default") is None:
        return "a new column must be nullable or have a server_default"
    if keyword(column, "unique") is not None or any(
        getattr(getattr(one, "func", None), "attr", "") == "ForeignKey" for one in column.args
    ):
        return "a new column may carry no constraint"
    return ""


def wrong_index(call: ast.Call, tree: ast.Module) -> str:
    known = made_tables(tree)
    table = call.args[1] if len(call.args) > 1 else None
    named = {table.value} if isinstance(table, ast.Constant) else batch_tables(tree)
    if is_true(keyword(call, "unique")) and not named <= known:
        return "a unique index only on a table that the same migration makes"
    return ""


def problems(source: str, name: str) -> list[str]:
    tree = ast.parse(source)
    found: list[str] = []
    for what, call in calls(tree):
        if what == "add_column":
            found.append(wrong_column(column_of(call)))
        elif what == "create_index":
            found.append(wrong_index(call, tree))
        elif what == "execute" or what == "get_bind":
            moves = not (what == "execute" and made_tables(tree)) and name not in MOVES
            found.append("it moves values: list it in MOVES with the reason" if moves else "")
        elif what not in HARMLESS | {"create_table"}:
            found.append(f"op.{what}")
    return [f"{name}: {one}: {CURE}" for one in found if one]


def test_all_migrations_are_found() -> None:
    assert len(MIGRATIONS) >= 10
    assert {path.parts[-3] for path in MIGRATIONS} >= {"store", "kandas", "people", "support"}
    assert set(MOVES) <= {path.name for path in MIGRATIONS}


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.name)
def test_a_migration_only_adds(path: Path) -> None:
    assert problems(path.read_text(encoding="utf-8"), path.name) == []


BAD = {
    "drop": "op.drop_column('job', 'topic')",
    "rename": "op.alter_column('job', 'topic', new_column_name='subject')",
    "rename a table": "op.rename_table('job', 'work')",
    "required": "op.add_column('job', sa.Column('x', sa.Integer(), nullable=False))",
    "not said": "op.add_column('job', sa.Column('x', sa.Integer()))",
    "reference": "op.add_column('job', sa.Column('x', sa.ForeignKey('a.b'), nullable=True))",
    "unique": "op.create_index('u', 'job', ['x'], unique=True)",
    "constraint": "op.create_check_constraint('c', 'job', 'x > 0')",
    "values": "op.execute('UPDATE job SET topic = 1')",
    "in a batch": "with op.batch_alter_table('job') as batch_op:\n  batch_op.drop_column('topic')",
    "unique in a batch": "with op.batch_alter_table('job') as batch_op:\n"
    "  batch_op.create_index('u', ['x'], unique=True)",
}


@pytest.mark.parametrize("what", BAD)
def test_what_an_older_program_could_not_live_with_is_found(what: str) -> None:
    body = "\n ".join(BAD[what].splitlines())
    assert problems(f"def upgrade():\n {body}\n", "new.py") != []


def test_a_helper_does_not_hide_it() -> None:
    source = "def _go():\n op.drop_table('job')\ndef upgrade():\n _go()\n"
    assert problems(source, "new.py") != []
    kind = "def downgrade():\n op.drop_table('job')\n"
    assert problems(kind, "new.py") == []
