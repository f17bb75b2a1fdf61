"""Every scenario of the project goes the way it says, on the real engine and the sandbox."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from engine import bootstrap, config
from engine.rehearsing import Outcome, elements_of, rehearse
from engine.services.workshop import rehearsals
from engine.services.workshop.scenarios import Scenario
from tests.acceptance.kandas_stage import ROOT, files

PACKAGES = config.domains()


def project() -> dict[str, bytes]:
    """Return what is deployed, and the scenarios beside it."""
    found = files()
    for path in ROOT.glob("processes/**/scenarios.toml"):
        found[path.relative_to(ROOT).as_posix()] = path.read_bytes()
    return found


@cache
def outcomes() -> Mapping[str, Outcome]:
    """Run all of them once."""
    bootstrap.load_domains(PACKAGES)
    whole = project()
    return {one.found.id: one for one in rehearse(rehearsals.all_of(whole), whole, PACKAGES)}


ALL = rehearsals.all_of(project())


@pytest.mark.parametrize(
    "scenario", ALL, ids=lambda one: Path(one.file).parent.name + ": " + one.name
)
def test_a_scenario_goes_as_it_says(scenario: Scenario) -> None:
    outcome = outcomes()[scenario.id]
    assert outcome.failure is None, f"{scenario.file}:{outcome.line}: {outcome.failure}"
    assert outcome.found.path == {key: outcome.found.path[key] for key in scenario.path}


def test_both_orders_have_some() -> None:
    by_process = [one.process for one in ALL]
    assert by_process.count("kandas_approval") >= 5
    assert by_process.count("support_plan") >= 5


def test_they_name_what_exists() -> None:
    bootstrap.load_domains(PACKAGES)
    assert not list(rehearsals.problems(ALL, elements_of(files())))


def test_a_scenario_that_goes_otherwise_is_told_where() -> None:
    bootstrap.load_domains(PACKAGES)
    withdrawn = next(one for one in ALL if one.name == "The family withdraws")
    last = replace(withdrawn.steps[-1], then=("origin_check",))
    wrong = replace(withdrawn, steps=(*withdrawn.steps[:-1], last))
    (outcome,) = rehearse([wrong], files(), PACKAGES)
    assert str(outcome.failure) == "Expected to wait at origin_check, but it is at -"
    assert outcome.line == last.line
    elsewhere = replace(withdrawn, end="plan_ready")
    missing = replace(withdrawn, path={"kandas_approval": ("application_came", "plan_ready")})
    told = [str(one.failure) for one in rehearse([elsewhere, missing], files(), PACKAGES)]
    assert told[0] == "Expected to end at plan_ready, not withdrawal_end"
    assert told[1] == "plan_ready of kandas_approval was not reached"
