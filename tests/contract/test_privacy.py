"""What is personal is nowhere readable in the database; keys come from outside it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine.errors import NotFound, StepFailed, Unavailable, ValueRefused
from engine.model.text import text
from engine.services import (
    audit,
    comments,
    documents,
    incidents,
    instances,
    messages,
    notifications,
    tasks,
)
from engine.services.cockpit.incidentacts import RESOLVE
from engine.services.cockpit.operations import Wish, perform
from engine.store import Keys, blind_index, tables
from engine.store.crypto import ring
from engine.store.tables import SEALED, account, instance, metadata, user_task
from engine.store.types import Encrypted
from tests.contract.world import World

SECRET = "құпия-Q7Z"


def everything(world: World) -> bytes:
    """Return all bytes of all columns of all tables, as they stand in the database."""
    found = bytearray()
    with world.database.reading() as uow:
        for table in metadata.sorted_tables:
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            for row in uow.connection.execute(sa.text(f'SELECT {names} FROM "{table.name}"')):
                for value in row:
                    found += value if isinstance(value, bytes) else str(value).encode()
    return bytes(found)


def lived(world: World) -> None:
    """Have every kind of personal value written."""
    case = world.start(secret=SECRET)
    task = world.claim("writer", world.open_task(case))
    writer, ctx = world["writer"], world.ctx
    with world.database.begin() as uow:
        tasks.save_draft(uow, ctx, writer, task, {"subject": SECRET}, 2)
        comments.add(uow, ctx, writer, case, SECRET)
        data = b"%PDF-1.7 " + SECRET.encode()
        documents.add_to_draft(uow, ctx, writer, task, name=SECRET + ".pdf", mime="", data=data)
        notifications.tell(uow, ctx, "x", accounts=[writer.account], params={"who": SECRET})
        messages.publish(
            uow, ctx, writer, "m", business_key="q", payload={"p": SECRET}, ttl=timedelta(days=1)
        )
        uow.commit()


def test_no_column_shows_what_is_personal(world: World) -> None:
    lived(world)
    found = everything(world)
    assert SECRET.encode() not in found
    assert b"Q7Z" not in found
    assert b"850312300012" not in found
    assert b"N-1" in found, "the search itself must work"


def test_a_reason_is_read_in_the_history_and_nowhere_else(world: World) -> None:
    """Who may see the case reads why; the tables and the audit log show nobody's words."""
    case, admin, ctx = world.start(), world["admin"], world.ctx
    said = [f"{SECRET} {n}" for n in range(4)]
    with world.database.begin() as uow:
        problem = StepFailed(text("It cannot go on"), "check")
        failed = incidents.record(uow, ctx, admin, case, problem)
        perform(uow, ctx, admin, RESOLVE, Wish(subject=failed, reason=said[0]))
        instances.suspend(uow, ctx, admin, case, said[1])
        instances.resume(uow, ctx, admin, case, said[2])
        instances.cancel(uow, ctx, admin, case, said[3])
        uow.commit()
    assert SECRET.encode() not in everything(world)
    with world.database.reading() as uow:
        told = [row for row in instances.history(uow, ctx, world["writer"], case) if row.detail]
        reasons = {row.what: row.detail["reason"] for row in told if "reason" in row.detail}
        assert list(reasons) == ["cancelled", "active", "suspended", "resolved"]
        assert sorted(reasons.values()) == said
        with pytest.raises(NotFound):
            instances.history(uow, ctx, world["stranger"], case)
        links = {row.act: row.detail.get("reason") for row in audit.list_rows(uow)}
        assert links["case.cancelled"] == blind_index(said[3])
        assert audit.verify(uow).broken == 0


def test_what_is_sealed_opens_again(world: World) -> None:
    lived(world)
    with world.database.reading() as uow:
        held = uow.execute(sa.select(instance.c.id)).scalar_one()
        assert uow.instances.variables(held)["secret"] == SECRET
        row = uow.accounts.find(world["writer"].account)
        assert row is not None
        assert row.iin == "850312300012"
        assert row.iin_index == blind_index("850312300012")


def test_every_blob_is_sealed_or_listed() -> None:
    """A new column of bytes must say how it is protected."""
    definitions = {"resource.content", "branch_file.content", "working_copy.content"}
    open_ = {*definitions, "audit.hash", "audit_head.hash"}
    for table in metadata.sorted_tables:
        if "." in table.name or any(key in table.name for key in ("kandas", "people")):
            continue
        for column in table.columns:
            name = f"{table.name}.{column.name}"
            if isinstance(column.type, sa.LargeBinary) and table in _engine_tables():
                assert name in SEALED | open_, f"{name} holds bytes: seal it and list it"
            if isinstance(column.type, Encrypted) and table in _engine_tables():
                assert column.type.place == name


def _engine_tables() -> set[sa.Table]:
    return {value for value in vars(tables).values() if isinstance(value, sa.Table)}


def test_a_value_copied_to_another_row_does_not_open(world: World) -> None:
    first, second = world.start("N-1", a=1), world.start("N-2", a=2)
    with world.database.begin() as uow:
        stolen = uow.execute(
            sa.select(instance.c.variables).where(instance.c.id == first)
        ).scalar_one()
        uow.execute(sa.update(instance).where(instance.c.id == second).values(variables=stolen))
        uow.commit()
    with world.database.reading() as uow, pytest.raises(Unavailable):
        uow.instances.variables(second)


def test_a_changed_value_does_not_open(world: World) -> None:
    case = world.start()
    with world.database.begin() as uow:
        state = bytearray(
            uow.execute(sa.select(instance.c.state).where(instance.c.id == case)).scalar_one()
        )
        state[-1] ^= 1
        changed = sa.update(instance).where(instance.c.id == case)
        uow.execute(changed.values(state=bytes(state)))
        uow.commit()
    with world.database.begin() as uow, pytest.raises(Unavailable):
        uow.instances.lock(case)


def test_the_same_value_never_looks_the_same(world: World) -> None:
    with world.database.reading() as uow:
        raw = uow.execute(sa.select(sa.type_coerce(account.c.iin, sa.LargeBinary))).scalars().all()
    assert len(raw) == len(set(map(bytes, raw))) > 1


def test_keys_turn_over_and_old_values_still_open() -> None:
    first = Keys.parse(Keys.generate())
    sealed = first.seal(b"value", "place")
    old = Keys.generate().split()
    second = Keys.parse("\n".join([*old, "2:" + old[1].partition(":")[2]]))
    newer = second.seal(b"value", "place")
    assert int.from_bytes(newer[:2], "big") == 2
    assert second.unseal(newer, "place") == b"value"
    with pytest.raises(Unavailable):
        second.unseal(sealed, "place")


@pytest.mark.parametrize(
    "written", ["", "1:AAAA", "index:!!", "one:" + "A" * 44, "index:" + "A" * 43 + "="]
)
def test_keys_that_cannot_be_are_refused_in_words(written: str) -> None:
    with pytest.raises(ValueRefused, match="key"):
        Keys.parse(written)


def test_a_key_file_is_made_once_and_only_its_owner_reads_it(tmp_path) -> None:
    path = tmp_path / "deep" / "keys"
    first = Keys.load(path, create=True)
    again = Keys.load(path, create=True)
    assert again.unseal(first.seal(b"x", "p"), "p") == b"x"
    assert path.stat().st_mode & 0o077 == 0


def test_the_blind_index_needs_the_key() -> None:
    iin = "850312300012"
    one, other = Keys.parse(Keys.generate()), Keys.parse(Keys.generate())
    assert one.blind(iin) == one.blind(iin)
    assert one.blind(iin) != other.blind(iin)
    assert ring.keys is not None


def test_a_draft_is_gone_once_it_was_sent(world: World) -> None:
    lived(world)
    with world.database.reading() as uow:
        task = uow.execute(sa.select(user_task.c.id)).scalar_one()
    world.complete("writer", task, subject="sent")
    with world.database.reading() as uow:
        row = uow.execute(sa.select(user_task.c.draft).where(user_task.c.id == task)).one()
    assert row.draft is None
