"""A domain narrows what the engine would open, on both databases."""

from collections.abc import Mapping
from typing import Any

import pytest

from engine.clock import TestClock
from engine.errors import NotFound
from engine.handling import CaseCard, Extensions, FormAdapter, Work
from engine.model.people import Actor
from engine.model.sight import Sight
from engine.model.text import Text
from engine.services import comments, documents, instances, notifications, signatures, tasks
from engine.services.cockpit import casetabs, casevalues, inspecting
from engine.services.cockpit.tabviews import Papers
from engine.services.context import Context, Database
from engine.services.inbox import page as inbox_page
from engine.services.views import Box, CaseQuery, InboxQuery
from tests.contract.world import World, populated

PDF = b"%PDF-1.7 content"


class Letters(FormAdapter):
    """Keeps the subject from whoever has not the task."""

    def shown(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        if actor.name == "Writer":
            return values
        return {key: said for key, said in values.items() if key != "subject"}


class Face:
    """Leaves an outline to administrators, what was sent to the first office, all to the second."""

    def cards(self, session: Any, keys: list[str], actor: Actor) -> Mapping[str, CaseCard]:
        return {}

    def find(self, session: Any, words: str) -> list[str]:
        return ["N-1"] if words == "Ардақ" else []

    def notices(self) -> Mapping[str, Text]:
        return {}

    def sights(self, session: Any, keys: list[str], actor: Actor) -> Mapping[str, Sight]:
        known = {"Admin": Sight.OUTLINE, "Writer": Sight.SENT, "Colleague": Sight.SENT}
        return dict.fromkeys(keys, known[actor.name]) if actor.name in known else {}


@pytest.fixture
def narrowed(database: Database, clock: TestClock) -> World:
    """The world with a face that keeps cases back."""
    extensions = Extensions()
    extensions.add_form("test/letter", Letters())
    ctx = Context(clock=clock, extensions=extensions, faces={"letters": Face()})
    return populated(database, ctx, clock)


def _noted(world: World, case: str) -> str:
    """Write a comment and attach a file as the second office; return the file's id."""
    with world.database.begin() as uow:
        comments.add(uow, world.ctx, world["checker"], case, "a remark")
        made = documents.add(
            uow, world.ctx, world["checker"], case, name="a.pdf", mime="", data=PDF
        )
        notifications.tell(uow, world.ctx, "completed", accounts=[], instance_id=case)
        uow.commit()
    return made.id


def test_all_is_there_for_whom_the_domain_does_not_name(narrowed: World) -> None:
    case, second = narrowed.written()
    file = _noted(narrowed, case)
    with narrowed.database.reading() as uow:
        view = instances.view(uow, narrowed.ctx, narrowed["checker"], case)
        assert (len(view.comments), len(view.documents), view.outline) == (1, 1, False)
        assert documents.read(uow, narrowed.ctx, narrowed["checker"], file)[1] == PDF
        assert tasks.look(uow, narrowed.ctx, narrowed["checker"], second).mine is False


def test_an_outline_tells_where_a_case_stands_and_nothing_that_was_written(narrowed: World) -> None:
    case, second = narrowed.written()
    file = _noted(narrowed, case)
    admin = narrowed["admin"]
    with narrowed.database.begin() as uow:
        instances.suspend(uow, narrowed.ctx, admin, case, "somebody's name")
        instances.resume(uow, narrowed.ctx, admin, case, "")
        uow.commit()
    with narrowed.database.reading() as uow:
        view = instances.view(uow, narrowed.ctx, admin, case)
        assert view.outline
        assert view.tasks
        assert view.here
        assert (view.comments, view.documents) == ((), ())
        assert view.history
        assert not any(row.task_id or "reason" in row.detail for row in view.history)
        assert comments.list_comments(uow, narrowed.ctx, admin, case) == ()
        assert documents.list_documents(uow, narrowed.ctx, admin, case) == ()
        assert signatures.list_signatures(uow, narrowed.ctx, admin, case) == ()
        seen = inspecting.seen(uow, narrowed.ctx, admin, case)
        (top,) = casevalues.variables(uow, seen)
        assert top.variables == ()
        assert casetabs.papers(uow, seen) == Papers(documents=(), signatures=())
        for refused in (
            lambda: tasks.look(uow, narrowed.ctx, admin, second),
            lambda: documents.read(uow, narrowed.ctx, admin, file),
        ):
            with pytest.raises(NotFound):
                refused()


def test_what_was_sent_is_left_and_the_case_is_gone(narrowed: World) -> None:
    case = narrowed.start()
    first = narrowed.claim("writer", narrowed.open_task(case))
    narrowed.complete("writer", first, subject="Сәлем")
    file = _noted(narrowed, case)
    for login in ("writer", "colleague"):
        with narrowed.database.reading() as uow:
            actor = narrowed[login]
            sent = tasks.look(uow, narrowed.ctx, actor, first)
            assert sent.sent is not None
            assert ("subject" in sent.sent.values) is (login == "writer")
            assert (sent.history, sent.comments, sent.documents, sent.way) == ((), (), (), ())
            for refused in (
                lambda: instances.view(uow, narrowed.ctx, actor, case),  # noqa: B023
                lambda: instances.history(uow, narrowed.ctx, actor, case),  # noqa: B023
                lambda: comments.list_comments(uow, narrowed.ctx, actor, case),  # noqa: B023
                lambda: documents.read(uow, narrowed.ctx, actor, file),  # noqa: B023
                lambda: comments.add(uow, narrowed.ctx, actor, case, "more"),  # noqa: B023
            ):
                with pytest.raises(NotFound):
                    refused()
            assert instances.find(uow, narrowed.ctx, actor, CaseQuery()).rows == ()


def test_a_name_leads_to_no_case_of_which_not_all_may_be_seen(narrowed: World) -> None:
    case, _ = narrowed.written()
    found = {}
    with narrowed.database.reading() as uow:
        for login in ("checker", "admin", "writer"):
            asked = CaseQuery(text="Ардақ")
            rows = instances.find(uow, narrowed.ctx, narrowed[login], asked).rows
            found[login] = [row.instance_id for row in rows]
        done = InboxQuery(box=Box.DONE, text="Ардақ")
        assert inbox_page(uow, narrowed.ctx, narrowed["writer"], done).rows == ()
    assert found == {"checker": [case], "admin": [], "writer": []}


def test_a_colleagues_open_form_keeps_back_what_its_domain_says(narrowed: World) -> None:
    case = narrowed.start()
    first = narrowed.claim("writer", narrowed.open_task(case))
    with narrowed.database.begin() as uow:
        row = uow.tasks.find(first)[0]
        tasks.save_draft(
            uow, narrowed.ctx, narrowed["writer"], first, {"subject": "Сәлем"}, row.revision
        )
        uow.commit()
    narrowed.ctx.faces.clear()  # type: ignore[attr-defined]  # the form alone keeps it back
    with narrowed.database.reading() as uow:
        own = tasks.look(uow, narrowed.ctx, narrowed["writer"], first)
        other = tasks.look(uow, narrowed.ctx, narrowed["colleague"], first)
    assert own.values["subject"] == "Сәлем"
    assert "subject" not in other.values
