"""What belongs to a case: files, comments, signatures; adapters inside the step's transaction."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine.clock import TestClock
from engine.errors import (
    Conflict,
    FormRefused,
    NotFound,
    SignatureRefused,
    TaskTaken,
    ValueRefused,
)
from engine.handling import CaseCard, Extensions, FormAdapter, Work
from engine.model.people import SYSTEM, Actor
from engine.model.text import Text, text
from engine.services import comments, definitions, documents, instances, signatures, tasks
from engine.services.context import Context, Database
from engine.services.views import Box, CaseQuery, InboxQuery
from engine.signing import DemoSigner, DemoVerifier
from engine.store.tables import setting, signature
from tests.contract.diagrams import FILES, TWO_OFFICES
from tests.contract.world import World, populated

PDF = b"%PDF-1.7 content"


class Letters(FormAdapter):
    """Keeps the subject in a table, gives the process only its length."""

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        found = session.execute(
            sa.select(setting.c.value).where(setting.c.name == work.business_key)
        ).scalar()
        return {"subject": found} if found else {}

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        if values["subject"] == "refuse":
            raise FormRefused(text("no"), {"subject": [text("only the domain knows")]})
        session.execute(sa.delete(setting).where(setting.c.name == work.business_key))
        session.execute(sa.insert(setting), {"name": work.business_key, "value": values["subject"]})
        return {"length": len(str(values["subject"])), "by": actor.name}


class Decisions(FormAdapter):
    """Signs unless the case goes back."""

    def document(self, session: Any, work: Work) -> bytes | None:
        if work.variables.get("decision") == "return":
            return None
        return f"<case number='{work.business_key}'><x>1</x></case>".encode()


class Face:
    """Knows two cases."""

    def cards(self, session: Any, keys: list[str], actor: Actor) -> Mapping[str, CaseCard]:
        return {key: CaseCard(title=f"{actor.language}: {key}", round=7) for key in keys}

    def find(self, session: Any, words: str) -> list[str]:
        return ["N-1"] if words == "Ардақ" else []

    def notices(self) -> Mapping[str, Text]:
        return {}


@pytest.fixture
def signing(database: Database, clock: TestClock, tmp_path: Path) -> World:
    """The world with adapters, a face, and a second task that signs."""
    extensions = Extensions()
    extensions.add_form("test/letter", Letters())
    extensions.add_form("test/decision", Decisions())
    ctx = Context(
        clock=clock,
        extensions=extensions,
        faces={"letters": Face()},
        signer=DemoSigner(tmp_path / "authority"),
        verifier=DemoVerifier(tmp_path / "authority"),
    )
    world = populated(database, ctx, clock)
    law = b'<camunda:property name="law" value="K-2"/>'
    signs = TWO_OFFICES.replace(law, law + b'<camunda:property name="sign" value="1"/>')
    with database.begin() as uow:
        definitions.deploy(uow, ctx, SYSTEM, {**FILES, "letters.bpmn": signs})
        uow.commit()
    return world


def test_an_adapter_saves_with_the_step_or_not_at_all(signing: World) -> None:
    case = signing.start()
    task = signing.claim("writer", signing.open_task(case))
    with pytest.raises(FormRefused) as refused:
        signing.complete("writer", task, subject="refuse")
    assert set(refused.value.errors) == {"subject"}
    signing.complete("writer", task, subject="Сәлем")
    with signing.database.reading() as uow:
        assert uow.settings.get("N-1") == "Сәлем"
        variables = uow.instances.variables(case)
    assert variables == {"length": 5, "by": "Writer"}, "personal data stay in records"


def test_a_step_that_fails_takes_the_adapters_rows_with_it(
    signing: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = signing.claim("writer", signing.open_task(signing.start()))

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("in the middle of the step")

    monkeypatch.setattr("engine.store.cases.Events.add", broken)
    with pytest.raises(RuntimeError):
        signing.complete("writer", task, subject="Сәлем")
    monkeypatch.undo()
    with signing.database.reading() as uow:
        assert uow.settings.get("N-1", "nothing") == "nothing"
    assert not signing.complete("writer", task, subject="Сәлем").repeated


def test_what_is_known_is_filled_in_again(signing: World) -> None:
    case, second = signing.written()
    signing.complete("checker", signing.claim("checker", second), decision="return")
    with signing.database.reading() as uow:
        view = tasks.look(uow, signing.ctx, signing["writer"], signing.open_task(case))
    assert view.values["subject"] == "Сәлем"
    assert view.card is not None
    assert (view.card.title, view.round) == ("kk: N-1", 7)


def test_a_name_finds_tasks_and_cases(signing: World) -> None:
    signing.start("N-1")
    signing.start("N-2")
    with signing.database.reading() as uow:
        query = InboxQuery(box=Box.OFFICE, text="Ардақ")
        page = tasks.inbox(uow, signing.ctx, signing["writer"], query)
        cases = instances.find(uow, signing.ctx, signing["writer"], CaseQuery(text="Ардақ"))
        nothing = instances.find(uow, signing.ctx, signing["stranger"], CaseQuery(text="Ардақ"))
    assert [row.business_key for row in page.rows] == ["N-1"]
    assert [row.business_key for row in cases.rows] == ["N-1"]
    assert cases.rows[0].steps == ({"kk": "Жазу", "ru": "Писать"},)
    assert nothing.rows == ()


def test_completing_signs_and_the_chain_verifies(signing: World) -> None:
    case, second = signing.written()
    signing.complete("checker", signing.claim("checker", second), decision="accept")
    with signing.database.reading() as uow:
        (one,) = signatures.list_signatures(uow, signing.ctx, signing["writer"], case)
        (again,) = signatures.verify_chain(uow, signing.ctx, signing["writer"], case)
        paper = signatures.signed_document(uow, signing.ctx, signing["writer"], one.id)
    assert (one.ordinal, one.who, one.valid, one.version) == (1, "Checker", True, 1)
    assert one.organisation["kk"] == "Кеңсе b"
    assert again.valid
    assert b"Signature" in paper
    assert b"N-1" in paper


def test_going_back_signs_nothing(signing: World) -> None:
    case, second = signing.written()
    signing.complete("checker", signing.claim("checker", second), decision="return")
    with signing.database.reading() as uow:
        assert signatures.list_signatures(uow, signing.ctx, signing["writer"], case) == ()


def test_a_stored_signature_that_was_changed_is_found(signing: World) -> None:
    case, second = signing.written()
    signing.complete("checker", signing.claim("checker", second), decision="accept")
    with signing.database.begin() as uow:
        row = uow.signatures.of_instance(case)[0]
        _, signed = uow.signatures.papers(row.id)
        place = f"signature.signed:{row.id}"
        forged = uow.keys.seal(signed.replace(b"<x>1</x>", b"<x>2</x>"), place)
        uow.execute(sa.update(signature).values(signed=forged))
        uow.commit()
    with signing.database.reading() as uow:
        (found,) = signatures.verify_chain(uow, signing.ctx, signing["writer"], case)
    assert not found.valid
    assert found.reason


def test_somebody_elses_signature_is_refused_and_nothing_happens(signing: World) -> None:
    _, second = signing.written()
    signing.claim("checker", second)
    document = b"<case number='N-1'><x>1</x></case>"
    assert signing.ctx.signer is not None
    signed = signing.ctx.signer.sign(
        document, iin="921130400018", bin="240140000021", name="Other", at=signing.clock.now()
    )
    with signing.database.begin() as uow, pytest.raises(SignatureRefused):
        tasks.complete(
            uow, signing.ctx, signing["checker"], second, {"decision": "accept"}, signed=signed
        )
    with signing.database.reading() as uow:
        assert tasks.look(uow, signing.ctx, signing["checker"], second).mine


def test_a_signature_made_on_ones_own_machine_is_taken(signing: World) -> None:
    case, second = signing.written()
    signing.claim("checker", second)
    document = b"<case number='N-1'><x>1</x></case>"
    assert signing.ctx.signer is not None
    signed = signing.ctx.signer.sign(
        document, iin="850312300012", bin="240140000021", name="C", at=signing.clock.now()
    )
    with signing.database.begin() as uow:
        tasks.complete(
            uow, signing.ctx, signing["checker"], second, {"decision": "accept"}, signed=signed
        )
        uow.commit()
    with signing.database.reading() as uow:
        (one,) = signatures.list_signatures(uow, signing.ctx, signing["writer"], case)
        assert signatures.signed_document(uow, signing.ctx, signing["writer"], one.id) == signed


def test_changed_data_void_what_was_signed(signing: World) -> None:
    case, second = signing.written()
    signing.complete("checker", signing.claim("checker", second), decision="accept")
    with signing.database.begin() as uow:
        assert signatures.void(uow, signing.ctx, case, "data changed") == 1
        assert signatures.void(uow, signing.ctx, case, "again") == 0
        assert uow.signatures.version(case) == 2
        uow.commit()
    with signing.database.reading() as uow:
        (one,) = signatures.list_signatures(uow, signing.ctx, signing["writer"], case)
        said = instances.history(uow, signing.ctx, signing["writer"], case)
    assert one.voided is not None
    assert one.void_reason == "data changed"
    assert said[0].what == "voided"


def test_without_a_signer_a_signing_task_says_so(signing: World) -> None:
    _, second = signing.written()
    signing.claim("checker", second)
    mute = Context(clock=signing.clock, extensions=signing.ctx.extensions, faces={})
    with signing.database.begin() as uow, pytest.raises(SignatureRefused, match="not set up"):
        tasks.complete(uow, mute, signing["checker"], second, {"decision": "accept"})


# Files.


def upload(world: World, task: str, who: str = "writer", data: bytes = PDF, name: str = "a.pdf"):  # type: ignore[no-untyped-def]
    with world.database.begin() as uow:
        made = documents.add_to_draft(
            uow, world.ctx, world[who], task, name=name, mime="text/html", data=data, field="scan"
        )
        uow.commit()
    return made


def test_a_file_waits_in_the_draft_and_comes_back_unchanged(world: World) -> None:
    case = world.start()
    task = world.claim("writer", world.open_task(case))
    made = upload(world, task)
    assert (made.mime, made.draft, made.size) == ("application/pdf", True, len(PDF))
    with world.database.reading() as uow:
        view, data = documents.read(uow, world.ctx, world["colleague"], made.id)
        assert (view.id, data) == (made.id, PDF)
        assert documents.list_documents(uow, world.ctx, world["writer"], case) == ()
        assert tasks.look(uow, world.ctx, world["writer"], task).documents[0].id == made.id
        with pytest.raises(NotFound):
            documents.read(uow, world.ctx, world["stranger"], made.id)


def test_files_join_the_case_with_the_completion(world: World) -> None:
    case = world.start()
    task = world.claim("writer", world.open_task(case))
    made = upload(world, task)
    world.complete("writer", task, subject="x")
    with world.database.reading() as uow:
        (kept,) = documents.list_documents(uow, world.ctx, world["checker"], case)
    assert (kept.id, kept.draft) == (made.id, False)


def test_only_who_has_the_task_adds_and_removes(world: World) -> None:
    task = world.claim("writer", world.open_task(world.start()))
    made = upload(world, task)
    with pytest.raises(TaskTaken):
        upload(world, task, "colleague")
    with world.database.begin() as uow, pytest.raises(TaskTaken):
        documents.remove_from_draft(uow, world.ctx, world["colleague"], made.id)
    with world.database.begin() as uow:
        documents.remove_from_draft(uow, world.ctx, world["writer"], made.id)
        uow.commit()
    with world.database.reading() as uow, pytest.raises(NotFound):
        documents.read(uow, world.ctx, world["writer"], made.id)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><script>",
        b"MZ\x90\x00",
        b"PK\x03\x04 a zip",
        b"\x89PNG not quite",
        b"%PDF-" + bytes(documents.LARGEST),
    ],
)
def test_what_may_not_be_attached_is_refused(world: World, data: bytes) -> None:
    task = world.claim("writer", world.open_task(world.start()))
    with pytest.raises(ValueRefused):
        upload(world, task, data=data)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\secret\\скан.pdf", "скан.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("", "file"),
        ("x" * 500, "x" * 200),
    ],
)
def test_names_are_made_harmless(world: World, name: str, kept: str) -> None:
    task = world.claim("writer", world.open_task(world.start()))
    assert upload(world, task, name=name).name == kept


def test_what_was_sent_stays(world: World) -> None:
    case = world.start()
    with world.database.begin() as uow:
        made = documents.add(
            uow, world.ctx, SYSTEM, case, name="x.xml", mime="application/xml", data=b"<x/>"
        )
        uow.commit()
    with world.database.begin() as uow, pytest.raises(Conflict):
        documents.remove_from_draft(uow, world.ctx, world["writer"], made.id)
    with world.database.begin() as uow, pytest.raises(NotFound):
        documents.remove_from_draft(uow, world.ctx, world["stranger"], made.id)


def test_comments_are_kept_in_order(world: World) -> None:
    case = world.start()
    with world.database.begin() as uow:
        comments.add(uow, world.ctx, world["writer"], case, " бірінші ")
        comments.add(
            uow, world.ctx, world["colleague"], case, "екінші", kind="remark", field="subject"
        )
        uow.commit()
    with world.database.reading() as uow:
        found = comments.list_comments(uow, world.ctx, world["writer"], case)
    assert [(one.body, one.kind, one.field, one.who) for one in found] == [
        ("бірінші", "comment", "", "Writer"),
        ("екінші", "remark", "subject", "Colleague"),
    ]
    for body in ("", "  ", "x" * 4001):
        with world.database.begin() as uow, pytest.raises(ValueRefused):
            comments.add(uow, world.ctx, world["writer"], case, body)
