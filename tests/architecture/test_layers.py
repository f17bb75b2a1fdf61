"""Who may import whom. Written first; a failure prints the cure."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: Room → rooms of ours it may import, besides itself. The longest matching prefix counts.
MAY_IMPORT: dict[str, set[str]] = {
    "engine.model": set(),
    "engine.clock": set(),
    "engine.ports": set(),
    "engine.errors": {"engine.model"},
    "engine.handling": {"engine.model"},
    "engine.i18n": {"engine.model"},
    "engine.config": {"engine.model", "engine.errors"},
    "engine.limits": {"engine.model", "engine.errors"},
    "engine.xml": {"engine.model", "engine.errors"},
    "engine.feel": {"engine.model", "engine.errors"},
    "engine.dmn": {"engine.model", "engine.errors", "engine.feel", "engine.xml"},
    "engine.bpmn": {"engine.model", "engine.errors", "engine.feel", "engine.xml"},
    "engine.forms": {"engine.model", "engine.errors", "engine.feel"},
    "engine.signing": {"engine.model", "engine.errors", "engine.ports", "engine.xml"},
    "engine.paper": {"engine.model", "engine.errors", "engine.i18n"},
    # Where the engine tells what it does: standard library only, see `EVERYBODY`.
    "engine.watching.points": set(),
    "engine.watching": {
        "engine.model",
        "engine.errors",
        "engine.clock",
        "engine.config",
        "engine.store",
        "engine.services",
    },
    "engine.store": {"engine.model", "engine.errors", "engine.clock"},
    "engine.services": {
        "engine.model",
        "engine.errors",
        "engine.clock",
        "engine.ports",
        "engine.handling",
        "engine.i18n",
        # Parameters that administrators may change: declared by domains, kept by a service.
        "engine.limits",
        "engine.feel",
        "engine.dmn",
        "engine.bpmn",
        "engine.forms",
        "engine.store",
    },
    "engine.jobs": {
        "engine.model",
        "engine.errors",
        "engine.clock",
        "engine.handling",
        "engine.store",
        "engine.services",
    },
    "engine.web": {
        "engine.model",
        "engine.errors",
        "engine.clock",
        "engine.ports",
        "engine.handling",
        "engine.i18n",
        "engine.config",
        "engine.forms",
        "engine.services",
        "engine.paper",
        "engine.watching",
    },
    "engine.demo": {
        "engine.model",
        "engine.clock",
        "engine.services",
        "engine.jobs",
    },
    "engine.bootstrap": {"engine"},
    # Wires an installation of its own, as bootstrap does.
    "engine.rehearsing": {"engine"},
    "engine.cli": {"engine"},
    "engine.processes": {"engine.model", "engine.errors"},
    "engine.bench": {"engine"},
    "handlers": {
        "engine.handling",
        "engine.limits",
        "engine.model",
        "engine.errors",
        "engine.i18n",
        "handlers.people",
    },
    "handlers.people.records": {"engine.store", "engine.model", "engine.errors", "handlers.people"},
    "handlers.kandas": {
        "engine.handling",
        "engine.limits",
        "engine.model",
        "engine.errors",
        "engine.i18n",
        "engine.services",
        "engine.paper",
        "engine.xml",
        "handlers.people",
        "handlers.registries",
    },
    "handlers.kandas.records": {
        "engine.store",
        "engine.model",
        "engine.errors",
        "handlers.people",
        "handlers.kandas",
    },
    "handlers.registries.pages": {"engine", "handlers.people", "handlers.registries"},
    "handlers.kandas.pages": {
        "engine",
        "handlers.people",
        "handlers.kandas",
        "handlers.registries",
    },
    "handlers.kandas.demo": {"engine", "handlers.people", "handlers.kandas", "handlers.registries"},
    "handlers.kandas.staff": {
        "engine",
        "handlers.people",
        "handlers.kandas",
        "handlers.registries",
    },
    "handlers.kandas.plays": {
        "engine",
        "handlers.people",
        "handlers.kandas",
        "handlers.registries",
    },
    "handlers.kandas.rehearsal": {
        "engine",
        "handlers.people",
        "handlers.kandas",
        "handlers.registries",
    },
    "handlers.support": {
        "engine.handling",
        "engine.limits",
        "engine.model",
        "engine.errors",
        "engine.i18n",
        "engine.services",
        "engine.paper",
        "engine.xml",
        "handlers.people",
        "handlers.registries",
    },
    "handlers.support.records": {
        "engine.store",
        "engine.model",
        "engine.errors",
        "handlers.people",
        "handlers.support",
    },
    "handlers.support.pages": {
        "engine",
        "handlers.people",
        "handlers.support",
        "handlers.registries",
    },
    "handlers.support.bench": {
        "engine",
        "handlers.people",
        "handlers.support",
        "handlers.registries",
    },
    "handlers.support.demo": {
        "engine",
        "handlers.people",
        "handlers.support",
        "handlers.registries",
    },
    "handlers.support.staff": {
        "engine",
        "handlers.people",
        "handlers.support",
        "handlers.registries",
    },
    "handlers.support.plays": {
        "engine",
        "handlers.people",
        "handlers.support",
        "handlers.registries",
    },
    "handlers.support.rehearsal": {
        "engine",
        "handlers.people",
        "handlers.support",
        "handlers.registries",
    },
    "handlers.registries": {
        "engine.handling",
        "engine.limits",
        "engine.model",
        "engine.errors",
        "engine.i18n",
        "engine.xml",
        "engine.signing",
        "handlers.people",
    },
    # An outside system has a clock of its own.
    "handlers.registries.sandbox": {
        "engine.clock",
        "engine.handling",
        "engine.model",
        "engine.errors",
        "engine.i18n",
        "engine.xml",
        "engine.signing",
        "handlers.people",
    },
}

#: What every room may import besides, but the model.
EVERYBODY = {"engine.watching.points"}

#: Outside package → the only rooms that import it.
OWNED: dict[str, set[str]] = {
    "SpiffWorkflow": {"engine.bpmn"},
    "lxml": {"engine.xml"},
    "sqlalchemy": {
        "engine.store",
        "handlers.people.records",
        "handlers.kandas.records",
        "handlers.support.records",
    },
    "alembic": {"engine.store"},
    "flask": {"engine.web", "handlers.kandas.pages", "handlers.support.pages"},
    "flask_login": {"engine.web"},
    "flask_wtf": {"engine.web"},
    "apscheduler": {"engine.jobs.scheduler"},
    "procrastinate": {"engine.jobs.cluster"},
    "signxml": {"engine.signing"},
    "httpx": {"handlers.registries.transport"},
    "cryptography": {"engine.signing", "engine.store"},
    "typst": {"engine.paper"},
    "xlsxwriter": {"engine.paper.sheets"},
    "holidays": {"engine.services.calendar"},
    "argon2": {"engine.services.accounts"},
    "waitress": {"engine.cli"},
    "prometheus_client": {"engine.watching"},
    "opentelemetry": {"engine.watching.tracing"},
}


def modules() -> Iterator[tuple[str, Path]]:
    for top in ("engine", "handlers"):
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if "migrations" not in parts:
                yield ".".join(parts).removesuffix(".__init__"), path


def imported(module: str, path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                pytest.fail(f"{module}: write imports in full, line {node.lineno}")
            yield from {f"{node.module}.{alias.name}" for alias in node.names}


def within(name: str, rooms: set[str]) -> bool:
    return any(name == room or name.startswith(room + ".") for room in rooms)


def room_of(module: str) -> str | None:
    fits = [room for room in MAY_IMPORT if within(module, {room})]
    return max(fits, key=len, default=None)


@pytest.mark.parametrize(("module", "path"), list(modules()), ids=lambda value: str(value))
def test_a_room_imports_only_what_it_may(module: str, path: Path) -> None:
    room = room_of(module)
    if room is None:
        assert module in {"engine", "handlers"}, f"{module} has no row in MAY_IMPORT: give it one"
        return
    for name in imported(module, path):
        top = name.split(".")[0]
        if top in {"engine", "handlers"}:
            assert within(name, MAY_IMPORT[room] | {room} | EVERYBODY) or (
                top == "handlers" and within(name, {".".join(module.split(".")[:2])})
            ), f"{module} imports {name}: {room} may not; hand it in through a port or a parameter"
        if top in OWNED:
            assert within(module, OWNED[top]), (
                f"{module} imports {name}, which belongs to {sorted(OWNED[top])}: "
                "move the code there, or give that room a function for it"
            )


def test_the_model_needs_only_the_standard_library() -> None:
    for module, path in modules():
        if within(module, {"engine.model", "engine.clock", "engine.watching.points"}):
            outside = {name.split(".")[0] for name in imported(module, path)} - {"engine"}
            foreign = outside & {"pydantic", "orjson", "babel", "click", *OWNED}
            assert not foreign, f"{module} imports {foreign}: the model is plain data"


def test_the_engine_knows_no_domain() -> None:
    packages = [path.parent.name for path in (ROOT / "handlers").glob("*/__init__.py")]
    words = ("kandas", "қандас", *(f"handlers.{name}" for name in packages))
    for module, path in modules():
        if module.startswith("engine."):
            text = path.read_text(encoding="utf-8").lower()
            for word in words:
                assert word not in text or module in {"engine.handling", "engine.cli"}, (
                    f"{module} says {word!r}: move it to handlers/ or hand it in"
                )
