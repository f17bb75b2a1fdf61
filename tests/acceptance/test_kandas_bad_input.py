"""What only the order can refuse: at its field, in three languages, with nothing lost."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from engine.errors import FormRefused
from engine.i18n import translate
from engine.services import tasks
from engine.store import Keys
from handlers.kandas import attachments, records
from handlers.kandas.rehearsal import Case, usual
from handlers.kandas.sayings import answered, application
from handlers.people import records as people
from handlers.registries.sandbox.families import families, make_iin
from handlers.registries.sandbox.server import Sandbox
from tests.acceptance.kandas_stage import Stage, make_template, on_stage, start_sandbox
from tests.acceptance.test_kandas import REMARKS, a_family, begun, go


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = start_sandbox(tmp_path_factory.mktemp("authority"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Path:
    return make_template(tmp_path_factory.mktemp("bad"), keys)


@pytest.fixture
def stage(template: Path, tmp_path: Path, keys: Keys, sandbox: Sandbox) -> Iterator[Stage]:
    with on_stage(template, tmp_path, keys, sandbox) as found:
        yield found


def refused(stage: Stage, case: Case, element: str, values: dict[str, Any]) -> set[str]:
    """Try to complete; return the fields that were refused. The task stays as it was."""
    with pytest.raises(FormRefused) as found:
        stage.work(case, element, values)
    for said in (one for errors in found.value.errors.values() for one in errors):
        spoken = {translate(said, language) for language in ("kk", "ru", "en")}
        assert len(spoken) == 3, spoken
    assert element in stage.open_elements(case)
    return set(found.value.errors)


Wrong = Callable[[dict[str, Any]], object]


#: A child who died.
LOSS = {"surname": "Сейітқали", "name": "Нұрлан", "death_date": "2015-03-02"}


def first(values: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = values["members"][0]
    return found


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        (lambda v: v.update(destination_region="47"), {"destination_region"}),
        (lambda v: v.update(destination_region="99"), {"destination_region"}),
        (lambda v: v.update(born="1970-01-01"), {"iin"}),
        (lambda v: first(v).update(sex="male"), {"members.0.iin"}),
        (lambda v: first(v).update(iin="850312300019"), {"members.0.iin"}),
        (lambda v: first(v).update(iin=v["iin"], born=v["born"], sex=v["sex"]), {"members.0.iin"}),
        (
            lambda v: v["members"].append({**v["members"][0], "iin": ""}),
            {"members.4.relationship", "members.4.surname"},
        ),
        (lambda v: v.update(consent=False), {"consent"}),
        (
            lambda v: v.update(lost=[LOSS, {"iin": ""}]),
            {"lost.1.death_date", "lost.1.surname", "lost.1.name"},
        ),
        (lambda v: v.update(lost=[LOSS, {**LOSS, "iin": v["iin"]}]), {"lost.1.iin"}),
        (lambda v: v.update(lost=[LOSS, LOSS]), {"lost.1.name"}),
        (lambda v: first(v).update(relationship="friend"), {"members.0.relationship"}),
        (lambda v: v.update(phone="12"), {"phone"}),
        (lambda v: first(v).update(born="2030-01-01", iin=""), {"members.0.born"}),
    ],
)
def test_what_an_application_cannot_say(stage: Stage, wrong: Wrong, fields: set[str]) -> None:
    family = next(
        one
        for one in families()
        if len(one.members) == 5
        and one.members[1].person.sex == "female"
        and one.members[1].relationship.value == "spouse"
    )
    case = stage.open(family, "cc.47.1", "10")
    stage.work(case, "consultation")
    values = application(case.family, "47", "10")
    wrong(values)
    assert refused(stage, case, "application", values) == fields
    stage.work(case, "application", application(case.family, "47", "10"))


def test_people_of_another_case_cannot_be_taken_over(stage: Stage) -> None:
    other = begun(stage, 1)
    go(stage, other, "registration")
    with stage.reading() as uow:
        theirs = people.family(uow.session, other.number)
    case = begun(stage, 0)
    stage.work(case, "consultation")
    values = application(case.family, "47", "10")
    values["person"] = theirs[0].person.id
    for row in values["members"]:
        row["person"] = theirs[1].person.id
    stage.work(case, "application", values)
    with stage.reading() as uow:
        assert people.family(uow.session, other.number) == theirs
        ours = people.family(uow.session, case.number)
    assert not {one.person.id for one in ours} & {one.person.id for one in theirs}


def test_registration_wants_everybodys_iin(stage: Stage) -> None:
    case = begun(stage)
    stage.work(case, "consultation")
    values = application(case.family, "47", "10")
    first(values)["iin"] = ""
    stage.work(case, "application", values)
    go(stage, case, "registration")
    count = len(case.family.members)
    rows = [{"_was": str(n), "iin": one.person.iin} for n, one in enumerate(case.family.members)]
    without = [{**rows[0]}, {"_was": "1", "iin": ""}, *rows[2:]]
    assert refused(stage, case, "registration", {"people": without, "complete": True}) == {
        "people.1.iin"
    }
    twice = [rows[0], {"_was": "1", "iin": rows[0]["iin"]}, *rows[2:]]
    assert "people.1.iin" in refused(
        stage, case, "registration", {"people": twice, "complete": True}
    )
    stage.work(case, "registration", {"people": rows, "complete": True})
    with stage.reading() as uow:
        found = people.family(uow.session, case.number)
    assert [one.person.iin for one in found] == [one["iin"] for one in rows]
    assert len(found) == count


def test_rework_cannot_add_somebody_without_an_iin(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "head_check")
    stage.work(case, "head_check", {"decision": "return", **REMARKS})
    row = stage.task(case, "rework")
    actor = stage.take(case, "rework")
    with stage.reading() as uow:
        known = tasks.look(uow, stage.ctx, actor, row.id).known
    values = answered(known, "Қосылды")
    new = {"relationship": "child", "surname": "Жаңа", "name": "Бала", "born": "2026-08-01"}
    values["members"] = [*values["members"], {**new, "sex": "male", "citizenship": "KAZ"}]
    fields = refused(stage, case, "rework", values)
    assert fields == {f"members.{len(case.family.members) - 1}.iin"}


def known_at(stage: Stage, case: Case, element: str) -> Any:
    actor = stage.take(case, element)
    with stage.reading() as uow:
        return tasks.look(uow, stage.ctx, actor, stage.task(case, element).id).known


def test_somebody_added_in_rework_is_asked_for_scans_by_name(stage: Stage) -> None:
    case = begun(stage)
    stage.sandbox.switch("gbd_fl", "not_found")
    try:
        go(stage, case, "head_check")
        stage.work(case, "head_check", {"decision": "return", **REMARKS})
        known = known_at(stage, case, "rework")
        values = answered(known, "Қосылды")
        assert len({row["person"] for row in known["scans"] if row["kind"] == "identity"}) > 1
        born = date(1990, 2, 3)
        new = {"relationship": "sibling", "surname": "Жаңа", "name": "Аға", "sex": "male"}
        new |= {"born": born.isoformat(), "iin": make_iin(born, "male", 9000)}
        values["members"] = [*values["members"], {**new, "citizenship": "KAZ"}]
        values["scans"] = [
            {**row, "_was": str(number)} for number, row in enumerate(known["scans"])
        ]
        stage.work(case, "rework", values)
        assert stage.open_elements(case) == ["scans"]
        known = known_at(stage, case, "scans")
    finally:
        stage.sandbox.switch("gbd_fl", "ok")
    names = {one["value"]: one["label"] for one in known["people"]}
    asked = [(row["kind"], names[row["person"]]) for row in known["scans"]]
    assert asked == [("identity", "Жаңа Аға")]
    stage.work(case, "scans")
    with stage.reading() as uow:
        kept = records.scans(uow.session, case.number)
        shown = attachments.names(uow, case.number, "kk").values()
    assert ("identity", known["scans"][0]["person"]) in kept
    assert any(one.endswith(", Жаңа Аға") for one in shown)


def test_every_remark_wants_an_answer(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "head_check")
    stage.work(case, "head_check", {"decision": "return", **REMARKS})
    actor = stage.take(case, "rework")
    with stage.reading() as uow:
        known = tasks.look(uow, stage.ctx, actor, stage.task(case, "rework").id).known
    assert refused(stage, case, "rework", answered(known, "")) == {"answers.0.answer"}


def test_work_goes_to_people_of_that_office_only(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "assignment")
    stranger = {"assigned": stage.actor("leo47-1").account}
    assert refused(stage, case, "assignment", stranger) == {"assigned"}


def test_three_checks_or_a_return(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "completeness")
    fields = refused(stage, case, "completeness", {"decision": "forward", "data_complete": True})
    assert fields == {"scans_there", "consent_there"}
    assert refused(stage, case, "completeness", {"decision": "return"}) == {"remarks"}


def test_interest_means_one_vacancy_and_refusal_means_one_that_was_offered(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "vacancies")
    offer = {"position": "Аспаз", "employer": "«Береке» ЖШС"}
    assert refused(stage, case, "vacancies", {"offers": [offer], "reaction": "interested"}) == {
        "offers"
    }
    both = [{**offer, "wanted": True}] * 2
    assert refused(stage, case, "vacancies", {"offers": both, "reaction": "interested"}) == {
        "offers"
    }
    assert refused(stage, case, "vacancies", {"offers": [], "reaction": "refused"}) == {"offers"}


def test_nobody_moves_yesterday_or_in_greater_number(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "move")
    row = stage.task(case, "move")
    values = dict(usual(stage, case, "move", row.id, stage.take(case, "move")))
    assert refused(stage, case, "move", {**values, "date": "2026-09-01"}) == {"date"}
    assert refused(stage, case, "move", {**values, "heads": 40}) == {"heads"}
    assert refused(stage, case, "move", {**values, "transport": "ship"}) == {"transport"}


def test_the_same_form_twice_is_one_step(stage: Stage) -> None:
    case = begun(stage)
    go(stage, case, "contact")
    row, actor = stage.task(case, "contact"), stage.take(case, "contact")
    said = {"channel": "phone", "date": stage.today(), "result": "no_answer"}
    for repeated in (False, True):
        with stage.begin() as uow:
            done = tasks.complete(uow, stage.ctx, actor, row.id, said)
            uow.commit()
        assert done.repeated is repeated
    assert stage.view(case).variables["contact_attempts"] == 1


def test_documents_asked_for_follow_the_family(stage: Stage) -> None:
    wards = next(one for one in families() if one.wards)
    adopted = next(one for one in families() if one.adopted)
    stage.sandbox.switch("guardianship", "down")
    stage.sandbox.switch("supreme_court", "down")
    try:
        for family, kind in ((wards, "guardianship"), (adopted, "adoption")):
            case = stage.open(family, "cc.47.1", "10")
            stage.work(case, "consultation")
            stage.work(case, "application")
            stage.later(minutes=11)
            assert kind in stage.view(case).variables["documents"]
    finally:
        stage.sandbox.switch("guardianship", "ok")
        stage.sandbox.switch("supreme_court", "ok")
    for number, wanted in ((16, False), (33, True)):
        case = stage.open(families()[number], "cc.47.1", "10")
        stage.work(case, "consultation")
        stage.work(case, "application")
        assert ("death" in stage.view(case).variables["documents"]) is wanted
    case = stage.open(a_family(2), "cc.47.1", "10")
    stage.work(case, "consultation")
    stage.work(case, "application")
    asked = stage.view(case).variables["documents"]
    assert "guardianship" not in asked
    assert "adoption" not in asked
    assert "identity" not in asked
