"""What the check says of variables is so: the real engine runs scenarios and is asked at each task.

At every form that is completed, what the analysis calls surely set is set, with the type it says;
and the form's adapter returns what it declares.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from engine import bootstrap, bpmn, config
from engine.bpmn.usage import feeds
from engine.feel import types as t
from engine.handling import FormAdapter, Work, extensions
from engine.rehearsing import rehearse
from engine.services import readings
from engine.services.shapes import value_kind
from engine.services.workshop import rehearsals
from tests.acceptance.test_scenarios import project
from tests.faults.conftest import FULL

PACKAGES = config.domains()
#: Of each the scenario with the longest path is run; `make faults` runs all.
PROCESSES = ("kandas_approval", "support_plan")


class Witness:
    """Looks at what adapters are given and return."""

    def __init__(self, together: bpmn.Together) -> None:
        self.together = together
        self.seen: set[tuple[str, str]] = set()
        self.wrong: list[str] = []

    def before(self, work: Work) -> None:
        analysis = self.together.analysis(work.process)
        assert analysis is not None
        self.seen.add((work.process, work.element))
        for name, one in analysis.inside[work.element].items():
            if one.sure and name not in work.variables:
                self.wrong.append(f"{work.element}: {name} is not set")
            elif name in work.variables:
                self._compare(work.element, name, one.type, work.variables[name])

    def after(self, work: Work, adapter: FormAdapter, values: Mapping[str, object]) -> None:
        told = {name: bpmn.given(kind) for name, kind in (adapter.gives or {}).items()}
        place = f"{work.element}'s form"
        self.wrong += [f"{place}: {name} is not declared" for name in values.keys() - told.keys()]
        missing = {name for name, one in told.items() if one.sure} - values.keys()
        self.wrong += [f"{place}: {name} is not returned" for name in missing]
        for name in values.keys() & told.keys():
            self._compare(place, name, told[name].type, values[name])

    def _compare(self, place: str, name: str, said: t.Type, value: object) -> None:
        found = value_kind(value)
        if not feeds(found, said):
            self.wrong.append(f"{place}: {name} is {found}, not {said}")


@contextmanager
def watched(witness: Witness, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for adapter in extensions.forms.values():
        monkeypatch.setattr(adapter, "save", _looking(witness, adapter))
    yield
    monkeypatch.undo()


def _looking(witness: Witness, adapter: FormAdapter) -> Any:
    plain = adapter.save

    def save(session: Any, work: Work, values: Any, actor: Any) -> Mapping[str, object]:
        witness.before(work)
        returned = plain(session, work, values, actor)
        witness.after(work, adapter, returned)
        return returned

    return save


def test_what_is_sure_is_set_and_of_its_type(monkeypatch: pytest.MonkeyPatch) -> None:
    bootstrap.load_domains(PACKAGES)
    whole = project()
    drawn = {name: content for name, content in whole.items() if not name.endswith(".toml")}
    _, together = readings.gather(drawn, extensions)
    everything = rehearsals.all_of(whole)
    longest = [
        max((one for one in everything if one.process == key), key=lambda one: len(one.path[key]))
        for key in PROCESSES
    ]
    witness = Witness(together)
    with watched(witness, monkeypatch):
        outcomes = list(rehearse(everything if FULL else longest, whole, PACKAGES))
    assert [one.failure for one in outcomes] == [None] * len(outcomes)
    assert witness.wrong == []
    assert {process for process, _ in witness.seen} >= set(PROCESSES)
    assert len(witness.seen) >= 10
