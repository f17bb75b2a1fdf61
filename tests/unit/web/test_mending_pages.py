"""The forms of moves, of beginning anew and of variables."""

import re
from collections.abc import Callable

import pytest

from engine import bpmn
from engine.services import bundles
from engine.services.cockpit import variables
from engine.services.cockpit.operations import Wish
from tests.sample_office import Office
from tests.unit.web.conftest import Person

Enter = Callable[[str], Person]
WHY = "Қате кеңсеге түскен"


@pytest.fixture
def case(office: Office) -> str:
    """Id of a running case."""
    with office.database.reading() as uow:
        found = uow.tasks.find(office.open_tasks()[0])
    assert found is not None
    return found[0].instance_id


def act(case: str, name: str) -> str:
    return f"/admin/case/{case}/acts/{name}"


def standing(office: Office, case: str) -> list[str]:
    with office.database.reading() as uow:
        row = uow.instances.find(case)
        bundle = bundles.of_definition(uow, office.context, row.definition_id)
        state = uow.instances.state(case)
        definition = bundle.definition(row.process)
    return sorted(one.element for one in bpmn.overview(definition, state) if one.flows)


def options(page: str, name: str) -> list[str]:
    (select,) = re.findall(rf'<select[^>]*name="{name}">(.*?)</select>', page, re.DOTALL)
    return [value for value in re.findall(r'<option value="([^"]*)"', select) if value]


def test_a_token_is_moved_from_its_form(person: Enter, office: Office, case: str) -> None:
    admin = person("root")
    page = admin.get(act(case, "move-token"))
    assert f"/admin/cases/{case}/diagram.bpmn" in page.text, "the diagram to choose on"
    (here,) = standing(office, case)
    targets = options(page.text, "target")
    assert targets[0] == here, "where it is now was entered last"
    there = next(one for one in targets if one == "check")
    form = {"target": there, "reason": WHY, "mode": "entered", "token": ""}
    preview = admin.post(act(case, "move-token") + "/preview", form)
    assert preview.status_code == 200
    assert admin.post(act(case, "move-token"), form).status_code == 303
    assert standing(office, case) == [there]
    wrong = admin.post(act(case, "move-token"), {**form, "target": "", "mode": "fly"})
    assert wrong.status_code == 400
    assert WHY in wrong.text
    assert {'id="e-target"', 'id="e-mode"'} <= set(re.findall(r'id="e-\w+"', wrong.text))


def test_a_variable_that_is_named_in_the_address_stands_in_its_form(
    person: Enter, office: Office, case: str
) -> None:
    admin = person("root")
    typed = {"name": "note", "kind": "text", "value": "екінші-мән", "scope": "", "reason": WHY}
    assert admin.post(act(case, "set-variable"), typed).status_code == 303
    page = admin.get(act(case, "set-variable") + "?name=note")
    assert re.search(r'<textarea[^>]*name="value"[^>]*>екінші-мән</textarea>', page.text)
    assert '<option value="text" selected>' in page.text
    wrong = admin.post(act(case, "set-variable"), {**typed, "kind": "number"})
    assert wrong.status_code == 400
    assert 'id="e-value"' in wrong.text
    assert ">екінші-мән</textarea>" in wrong.text
    gone = {"name": "note", "scope": "", "reason": WHY}
    assert admin.post(act(case, "remove-variable"), gone).status_code == 303
    assert "екінші-мән" not in admin.get(act(case, "set-variable") + "?name=note").text


def test_a_number_that_may_be_a_person_s_is_not_shown(
    person: Enter, office: Office, case: str
) -> None:
    admin = person("root")
    iin = "850312300012"
    typed = {"name": "who", "kind": "text", "value": iin, "scope": "", "reason": WHY}
    preview = admin.post(act(case, "set-variable") + "/preview", typed)
    assert f"<ins>&#34;{iin}" not in preview.text
    refused = admin.post(act(case, "set-variable"), typed)
    assert (refused.status_code, 'id="e-value"' in refused.text) == (400, True)
    with office.database.begin() as uow:  # as a step of the diagram might have set it
        wish = Wish(subject=case, params={"name": "who", "value": iin}, reason=WHY)
        variables.act(uow, office.context, office.actor("root"), wish)
        uow.commit()
    assert iin not in admin.get(act(case, "set-variable") + "?name=who").text
    assert iin not in admin.get(act(case, "remove-variable") + "?name=who").text


def test_a_case_is_begun_anew_from_its_form(person: Enter, office: Office, case: str) -> None:
    admin = person("root")
    page = admin.get(act(case, "restart"))
    target = options(page.text, "target")[0]
    form = {
        "target": target,
        "mode": "entered",
        "version": "same",
        "reason": WHY,
        "name-1": "note",  # a text by the form of "check"
        "kind-1": "number",
        "value-1": "x",
    }
    wrong = admin.post(act(case, "restart"), form)
    assert wrong.status_code == 400
    assert {'id="e-confirm"', 'id="e-value-1"'} <= set(re.findall(r'id="e-[\w-]+"', wrong.text))
    other = {**form, "value-1": "4", "confirm": "1"}
    assert "check" in admin.post(act(case, "restart"), other).text, "who sets it as a text"
    done = admin.post(act(case, "restart"), {**other, "name-1": "rounds"})
    assert done.status_code == 303
    with office.database.reading() as uow:
        assert uow.instances.find(case).status == "cancelled"


def test_it_is_all_for_administrators_alone(person: Enter, case: str) -> None:
    clerk = person("aigul")
    for name in ("move-token", "restart", "set-variable", "remove-variable"):
        assert clerk.get(act(case, name)).status_code in {403, 404}
