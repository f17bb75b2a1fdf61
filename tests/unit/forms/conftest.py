"""Small forms to try one rule at a time."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.forms import Checked, Form, load

#: Wednesday, 25 November 2026, 14:32 in Kazakhstan.
NOW = datetime(2026, 11, 25, 9, 32, tzinfo=UTC)

Component = dict[str, object]


def made(*components: Component) -> bytes:
    """Return a form's file; ids and labels are filled in."""
    filled = [
        {"id": f"C_{number}", "label": "Сұрақ"} | component
        for number, component in enumerate(components)
    ]
    return json.dumps({"type": "default", "schemaVersion": 19, "components": filled}).encode()


@pytest.fixture
def form() -> Callable[..., Form]:
    """Make a form of components."""
    return lambda *components: load(made(*components))


@pytest.fixture
def check(form: Callable[..., Form]) -> Callable[..., Checked]:
    """Check values against a form of one component with key ``x``, or of several."""

    def run(component: Component, value: object, **more: object) -> Checked:
        return form({"key": "x"} | component).check({"x": value}, now=NOW, **more)

    return run


@pytest.fixture(scope="session")
def family() -> Form:
    """The form that has every component."""
    return load((Path(__file__).parent / "family.json").read_bytes(), key="family")


def told(checked: Checked) -> Mapping[str, list[str]]:
    """Return errors as English sentences."""
    return {path: [str(one) for one in found] for path, found in checked.errors.items()}
