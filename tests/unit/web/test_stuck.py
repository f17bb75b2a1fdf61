"""A diagram at fault: the person is told, nothing typed is lost, an administrator sees it."""

from collections.abc import Callable
from typing import Any

from engine.model.people import SYSTEM
from engine.services import definitions, instances, tasks
from engine.services.cockpit import incidents
from tests.contract.test_failures import FILES
from tests.sample_office import Office


def test_a_case_that_cannot_go_on_says_so_and_reports_itself(
    office: Office, person: Callable[[str], Any]
) -> None:
    files = {name: data.replace(b"writer@office.a", b"clerk@cc.1") for name, data in FILES.items()}
    clerk = office.actor("aigul")
    with office.database.begin() as uow:
        definitions.deploy(uow, office.context, SYSTEM, files)
        case = instances.start(uow, office.context, clerk, "stuck", "S-1", {"number": 1})
        [task] = uow.tasks.open_of(case)
        tasks.claim(uow, office.context, clerk, task.id)
        uow.commit()
    answer = person("aigul").post(f"/tasks/{task.id}", {"_act": "send"})
    assert answer.status_code == 500
    assert "диаграммада не кестеде жауап жоқ" in answer.text
    assert "Traceback" not in answer.text
    with office.database.reading() as uow:
        [found] = incidents.page(uow, office.context, office.actor("root"), {}).rows
        assert (found.business_key, found.element) == ("S-1", "which")
        assert uow.tasks.open_of(case)[0].id == task.id
