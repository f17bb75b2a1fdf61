"""What was sent with a task: kept by its completion, read back as it was, on both databases."""

import json
import logging
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from engine.errors import NotFound, Unavailable
from engine.handling import FormAdapter, Work
from engine.model.people import SYSTEM, Actor
from engine.services import definitions, documents, instances, tasks
from engine.services.views import SentView
from engine.store.counting import counting
from engine.store.tables import SEALED, event, instance, metadata, user_task
from tests.contract.diagrams import FILES
from tests.contract.test_privacy import everything
from tests.contract.world import World

SECRET = "құпия-Q7Z"
PDF = b"%PDF-1.4\n%%EOF\n"
LETTER = json.dumps(
    {
        "type": "default",
        "id": "letter",
        "schemaVersion": 19,
        "components": [
            {"type": "textfield", "id": "A", "key": "subject", "label": "Тақырып"},
            {
                "type": "select",
                "id": "B",
                "key": "office",
                "label": "Кеңсе",
                "valuesKey": "known.offices",
            },
            {
                "type": "textfield",
                "id": "C",
                "key": "reason",
                "label": "Себеп",
                "conditional": {"hide": "=known.usual"},
            },
            {
                "type": "textfield",
                "id": "D",
                "key": "code",
                "label": "Код",
                "properties": {"autocomplete": "one-time-code"},
            },
            {
                "type": "dynamiclist",
                "id": "E",
                "path": "scans",
                "label": "Скандар",
                "isRepeating": True,
                "allowAddRemove": True,
                "components": [
                    {
                        "type": "select",
                        "id": "F",
                        "key": "whose",
                        "label": "Кімнің",
                        "valuesKey": "people",
                    },
                    {
                        "type": "filepicker",
                        "id": "G",
                        "key": "files",
                        "label": "Файлдар",
                        "multiple": True,
                    },
                ],
            },
        ],
    }
).encode()


class Letter(FormAdapter):
    """An adapter whose lists change from day to day, and that tells the process nothing."""

    def __init__(self) -> None:
        self.day = "first"
        self.seen: dict[str, object] = {}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        return {
            "known": {
                "usual": self.day == "first",
                "offices": [
                    {"value": "a", "label": f"Кеңсе {self.day}", "label:ru": f"Офис {self.day}"},
                    {"value": "b", "label": "Таңдалмаған"},
                ],
            },
            "people": [
                {"value": "p1", "label": f"Адам {self.day}"},
                {"value": "p2", "label": "Басқа"},
            ],
        }

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        self.seen = dict(values)
        return {}


@pytest.fixture
def letter(world: World) -> Letter:
    found = Letter()
    world.ctx.extensions.add_form("test/letter", found)
    deploy(world, LETTER)
    return found


def deploy(world: World, form: bytes) -> None:
    with world.database.begin() as uow:
        definitions.deploy(
            uow, world.ctx, SYSTEM, {**FILES, "forms/test/letter.json": form}, "more"
        )
        uow.commit()


def upload(world: World, task: str, name: str) -> str:
    with world.database.begin() as uow:
        made = documents.add_to_draft(
            uow, world.ctx, world["writer"], task, name=name, mime="", data=PDF
        )
        uow.commit()
    return made.id


def write(world: World, case: str, subject: str = SECRET, **more: object) -> str:
    task = world.claim("writer", world.open_task(case))
    world.complete("writer", task, subject=subject, **more)
    return task


def sent(world: World, login: str, task: str) -> SentView:
    with world.database.reading() as uow:
        found = tasks.look(uow, world.ctx, world[login], task).sent
    assert found is not None
    return found


def test_it_comes_back_as_it_was_whatever_the_adapter_says_now(
    world: World, letter: Letter
) -> None:
    task = world.claim("writer", world.open_task(world.start()))
    scan = upload(world, task, "скан.pdf")
    world.complete(
        "writer",
        task,
        subject="Сәлем",
        office="a",
        reason="not asked",
        code="123456",
        scans=[{"whose": "p1", "files": [scan]}],
    )
    letter.day = "second"
    found = sent(world, "writer", task)
    assert found.values == {
        "subject": "Сәлем",
        "office": "a",
        "scans": [{"whose": "p1", "files": [scan]}],
    }
    assert found.hidden == {"reason"}, "the condition hung on what the adapter said then"
    assert letter.seen["code"] == "123456", "who asks for a secret gets it"
    assert found.options == {
        "known": {"offices": [{"value": "a", "label": "Кеңсе first", "label:ru": "Офис first"}]},
        "people": [{"value": "p1", "label": "Адам first"}],
    }
    assert found.files == {scan: "скан.pdf"}
    assert (found.form_key, found.process, found.version) == ("test/letter", "letters", 2)


def test_the_form_is_that_of_its_deployment(world: World, letter: Letter) -> None:
    task = write(world, world.start())
    deploy(world, LETTER.replace("Тақырып".encode("unicode_escape"), b"Changed"))
    later = write(world, world.start("N-2"))
    assert sent(world, "writer", task).form == json.loads(LETTER)
    assert (sent(world, "writer", task).version, sent(world, "writer", later).version) == (2, 3)
    assert sent(world, "writer", later).form != json.loads(LETTER)


def test_two_rounds_show_two_submissions(world: World, letter: Letter) -> None:
    case = world.start()
    first = write(world, case, "алғашқы")
    check = world.claim("checker", world.open_task(case))
    world.complete("checker", check, decision="return")
    letter.day = "second"
    second = write(world, case, "екінші", reason="сұралды")
    assert sent(world, "writer", first).values["subject"] == "алғашқы"
    assert sent(world, "writer", second).values["subject"] == "екінші"
    assert sent(world, "writer", second).values["reason"] == "сұралды"
    assert sent(world, "checker", check).values == {"decision": "return"}


def test_it_costs_no_statement(world: World, letter: Letter) -> None:
    task = world.claim("writer", world.open_task(world.start()))
    with counting(world.database) as count:
        world.complete("writer", task, subject="Сәлем")
    writing = [one for one in count.texts if one.startswith("UPDATE user_task")]
    assert len(writing) == 1
    # No more than a form without files takes: files are looked up where one is named.
    most = 10 if world.database.dialect == "sqlite" else 9
    assert (count.statements, count.commits) == (most, 1), "\n".join(count.texts)


def test_one_that_was_completed_before_has_nothing_to_show(world: World, letter: Letter) -> None:
    task = write(world, world.start())
    with world.database.begin() as uow:
        uow.execute(sa.update(user_task).where(user_task.c.id == task).values(sent=None))
        uow.commit()
    with world.database.reading() as uow:
        assert tasks.look(uow, world.ctx, world["writer"], task).sent is None


def test_only_who_completed_leaves_a_submission(world: World) -> None:
    case, second = world.written()
    with world.database.begin() as uow:
        instances.cancel(uow, world.ctx, world["admin"], case, "бекер")
        uow.commit()
    with world.database.reading() as uow:
        view = tasks.look(uow, world.ctx, world["checker"], second)
    assert view.sent is None


def test_it_is_sealed_and_stands_nowhere_else(
    world: World, letter: Letter, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        task = write(world, world.start())
        sent(world, "writer", task)
    assert SECRET not in caplog.text
    assert SECRET.encode() not in everything(world)
    seal = world.database.keys.unseal
    found = set()
    with world.database.reading() as uow:
        for place in SEALED:
            table, column = place.split(".")
            held = metadata.tables[table].c
            for row in uow.execute(sa.select(held.id, held[column].label("bytes"))):
                if row.bytes and SECRET.encode() in seal(bytes(row.bytes), f"{place}:{row.id}"):
                    found.add(place)
        told = uow.execute(sa.select(event.c.detail)).scalars().all()
    assert found == {"user_task.sent"}, "gone with the task's row, and so with its case"
    assert SECRET not in repr(told)


def test_a_case_takes_its_submissions_with_it(world: World, letter: Letter) -> None:
    """Nobody can delete a case and leave behind what was sent in it."""
    case = world.start()
    write(world, case)
    with world.database.begin() as uow, pytest.raises(sa.exc.IntegrityError):
        uow.connection.execute(sa.delete(instance).where(instance.c.id == case))


def test_what_was_sent_with_another_task_does_not_open(world: World, letter: Letter) -> None:
    first, second = write(world, world.start()), write(world, world.start("N-2"))
    with world.database.begin() as uow:
        stolen = uow.execute(sa.select(user_task.c.sent).where(user_task.c.id == first)).scalar()
        uow.execute(sa.update(user_task).where(user_task.c.id == second).values(sent=stolen))
        uow.commit()
    with world.database.reading() as uow, pytest.raises(Unavailable):
        tasks.look(uow, world.ctx, world["writer"], second)


@pytest.mark.parametrize("login", ["writer", "colleague", "checker", "head", "admin"])
def test_history_leads_to_what_one_may_open_and_nowhere_else(
    world: World, letter: Letter, login: str
) -> None:
    case = world.start()
    first = write(world, case)
    check = world.claim("checker", world.open_task(case))
    world.complete("checker", check, decision="return")
    with world.database.reading() as uow:
        rows = instances.history(uow, world.ctx, world[login], case)
        led = {row.task_id for row in rows if row.task_id}
        for task in (first, check):
            if task in led:
                assert tasks.look(uow, world.ctx, world[login], task).sent is not None
            else:
                with pytest.raises(NotFound):
                    tasks.look(uow, world.ctx, world[login], task)
    assert (
        led
        == {
            "writer": {first},
            "colleague": {first},
            "checker": {check},
            "head": {check},
            "admin": {first, check},
        }[login]
    )
    assert all(row.what == "completed" for row in rows if row.task_id)
