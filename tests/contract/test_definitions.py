"""Deployments: checked together, immutable, pinned."""

import pytest

from engine.errors import DefinitionRefused, NotFound
from engine.model.people import SYSTEM
from engine.model.problems import Severity
from engine.services import definitions, instances, tasks
from tests.contract.diagrams import FILES, TWO_OFFICES
from tests.contract.world import World


def deploy(world: World, files: dict[str, bytes]) -> str:
    with world.database.begin() as uow:
        made = definitions.deploy(uow, world.ctx, SYSTEM, files)
        uow.commit()
    return made


def test_unchanged_files_are_the_same_deployment(world: World) -> None:
    with world.database.reading() as uow:
        before = definitions.latest(uow, "letters")
    assert deploy(world, dict(reversed(FILES.items()))) == before.deployment_id
    with world.database.reading() as uow:
        assert definitions.latest(uow, "letters") == before


def test_a_case_runs_on_what_it_was_started_on(world: World) -> None:
    old = world.start("N-1")
    newer = {**FILES, "letters.bpmn": TWO_OFFICES.replace("Жазу".encode(), "Жаңаша".encode())}
    deploy(world, newer)
    new = world.start("N-2")
    with world.database.reading() as uow:
        admin = world["admin"]
        views = [instances.view(uow, world.ctx, admin, case) for case in (old, new)]
        names = [
            tasks.look(uow, world.ctx, admin, view.tasks[0].task_id).element.names["kk"]
            for view in views
        ]
        assert [view.version for view in views] == [1, 2]
        assert names == ["Жазу", "Жаңаша"]
        assert definitions.diagram(uow, views[0].definition_id) == TWO_OFFICES
        assert definitions.diagram(uow, views[1].definition_id) == newer["letters.bpmn"]


def test_errors_stop_the_whole_deployment(world: World) -> None:
    broken = {**FILES, "broken.bpmn": b"<definitions"}
    with pytest.raises(DefinitionRefused) as refused:
        deploy(world, broken)
    assert {problem.file for problem in refused.value.problems if _grave(problem)} == {
        "broken.bpmn"
    }
    with world.database.reading() as uow:
        assert definitions.latest(uow, "letters").version == 1


def _grave(problem) -> bool:  # type: ignore[no-untyped-def]
    return problem.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"readme.txt": b"x"}, "deployment.unknown-file"),
        ({"copy.bpmn": TWO_OFFICES}, "bpmn.process-twice"),
        ({"table.dmn": b"<x/>"}, None),
        ({"forms/test/letter.json": b"{}"}, None),
    ],
)
def test_what_cannot_be_deployed_is_named(
    world: World, change: dict[str, bytes], code: str | None
) -> None:
    found = definitions.check({**FILES, **change}, world.ctx)
    grave = [problem for problem in found if _grave(problem)]
    assert grave
    if code:
        assert code in {problem.code for problem in grave}


def test_a_form_that_is_missing_is_named_at_its_element(world: World) -> None:
    files = {name: data for name, data in FILES.items() if "decision" not in name}
    found = [problem for problem in definitions.check(files, world.ctx) if _grave(problem)]
    assert [(problem.element, problem.file) for problem in found] == [("check", "letters.bpmn")]


def test_forms_come_from_the_pinned_deployment(world: World) -> None:
    with world.database.reading() as uow:
        found = definitions.latest(uow, "letters")
        form = definitions.form(uow, world.ctx, found.id, "test/letter")
        assert form["id"] == "letter"
        with pytest.raises(NotFound):
            definitions.form(uow, world.ctx, found.id, "test/none")


@pytest.mark.parametrize("call", ["latest", "load", "diagram"])
def test_unknown_ones_do_not_exist(world: World, call: str) -> None:
    with world.database.reading() as uow, pytest.raises(NotFound):
        getattr(definitions, call)(uow, "none")


def test_an_unknown_process_cannot_be_started(world: World) -> None:
    with pytest.raises(NotFound):
        world.start("N-1", "none")
