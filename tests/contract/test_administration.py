"""Accounts and settings between administrators who act at the same moment, on both databases."""

from collections.abc import Callable
from functools import partial

import pytest

from engine.errors import Conflict, Forbidden, FormRefused, Unavailable, ValueRefused, ZholdamaError
from engine.model.people import ADMIN, SYSTEM, Candidate
from engine.services import accounts, settings, signing_in
from engine.services.cockpit import offices, people
from engine.services.cockpit.offices import OfficeQuery, OfficeWish
from engine.services.cockpit.people import PeopleQuery, PersonWish
from engine.services.context import UnitOfWork
from engine.services.settings import Change, Overlay
from tests.contract.shared import race
from tests.contract.world import World


def at_once(world: World, *acts: Callable[[UnitOfWork], object]) -> list[ZholdamaError]:
    """Do acts at the same moment, each in a transaction; return what they are refused by."""

    def committed(act: Callable[[UnitOfWork], object]) -> None:
        with world.database.begin() as uow:
            act(uow)
            uow.commit()

    found = race([partial(committed, act) for act in acts])
    return [one for one in found if isinstance(one, ZholdamaError)]


def second_admin(world: World) -> str:
    with world.database.begin() as uow:
        made = accounts.create(
            uow,
            world.ctx,
            SYSTEM,
            login="second",
            password="correct horse",
            name="Second",
            memberships=[Candidate(ADMIN, "office.b")],
        )
        uow.commit()
    with world.database.reading() as uow:
        world.people["second"] = signing_in.load(uow, made)
    return made


def test_two_who_take_the_role_from_each_other_leave_one(world: World) -> None:
    """Both looked, both found two administrators; were both obeyed, nobody would be left."""
    second_admin(world)

    def taking(who: str, whose: str) -> Callable[[UnitOfWork], object]:
        return lambda uow: accounts.set_memberships(
            uow,
            world.ctx,
            world[who],
            world[whose].account,
            [Candidate("writer", "office.a")],
        )

    failed = at_once(world, taking("admin", "second"), taking("second", "admin"))
    assert [type(one) for one in failed] == [ValueRefused]
    with world.database.reading() as uow:
        assert uow.accounts.administrators() == 1


def test_two_who_change_each_other_s_roles_on_their_pages_wait_in_one_order(world: World) -> None:
    """Each would hold the other's account and wait for her own."""
    second_admin(world)

    def taking(who: str, whose: str) -> Callable[[UnitOfWork], object]:
        account = world[whose].account
        with world.database.reading() as uow:
            seen = people.load(uow, world.ctx, world[who], account)
        wish = PersonWish(
            name=seen.row.name,
            language=seen.language,
            memberships=(Candidate("writer", "office.a"),),
            stamp=seen.stamp,
        )
        return lambda uow: people.change(uow, world.ctx, world[who], account, wish)

    failed = at_once(world, taking("admin", "second"), taking("second", "admin"))
    assert [type(one) for one in failed] == [FormRefused]


def test_nobody_closes_the_last_administrator_and_her_own_account(world: World) -> None:
    second = second_admin(world)
    with world.database.begin() as uow, pytest.raises(ValueRefused):
        accounts.set_active(uow, world.ctx, world["admin"], world["admin"].account, active=False)
    with world.database.begin() as uow:
        accounts.set_active(uow, world.ctx, world["admin"], second, active=False)
        uow.commit()


def test_the_second_of_two_who_change_an_account_is_refused(world: World) -> None:
    account, admin = world["writer"].account, world["admin"]
    with world.database.reading() as uow:
        seen = people.load(uow, world.ctx, admin, account).stamp

    def change(name: str) -> Callable[[UnitOfWork], object]:
        wish = PersonWish(
            name=name,
            language="kk",
            memberships=(Candidate("writer", "office.a"),),
            stamp=seen,
        )
        return lambda uow: people.change(uow, world.ctx, admin, account, wish)

    failed = at_once(world, change("First"), change("Other"))
    assert [type(one) for one in failed] == [Conflict]


def test_the_second_of_two_who_change_a_setting_is_refused(world: World) -> None:
    def change(value: str) -> Callable[[UnitOfWork], object]:
        wish = Change(value=value, reason="why", was="20")
        return lambda uow: settings.change(
            uow,
            world.ctx,
            world["admin"],
            "housekeeping.batch",
            wish,
        )

    failed = at_once(world, change("30"), change("40"))
    assert len(failed) == 1
    assert isinstance(failed[0], Conflict | Unavailable)
    with world.database.reading() as uow:
        view = settings.load(uow, world.ctx, world["admin"], "housekeeping.batch")
    assert view.value in {"30", "40"}
    assert (view.source, view.who, view.reason) == ("database", "Admin", "why")


def test_a_setting_is_changed_from_what_was_seen_of_it(world: World) -> None:
    name, now = "housekeeping.batch", world.ctx.now()
    with world.database.begin() as uow:
        uow.settings.change(name, "30", "why", "", now, seen=None)
        with pytest.raises(Conflict):
            uow.settings.change(name, "40", "why", "", now, seen="20")
        with pytest.raises(Conflict):
            uow.settings.forget(name, "20")
        assert uow.settings.get(name) == "30"
        uow.settings.forget(name, "30")
        assert uow.settings.get(name) == ""


def test_settings_are_an_administrators_and_handlers_see_them(world: World) -> None:
    overlay = Overlay(world.database, world.ctx, fresh=0)
    with world.database.begin() as uow:
        for login in ("writer", "head"):
            with pytest.raises(Forbidden):
                settings.list_settings(uow, world.ctx, world[login])
        bad = Change(value="x", reason="why", was="20")
        with pytest.raises(FormRefused):
            settings.change(uow, world.ctx, world["admin"], "housekeeping.batch", bad)
        wish = Change(value="7", reason="why", was="20")
        settings.change(uow, world.ctx, world["admin"], "housekeeping.batch", wish)
        uow.commit()
    assert overlay.current()["housekeeping.batch"] == "7"


def test_offices_and_people_are_found_with_what_waits_for_them(world: World) -> None:
    case = world.start()
    world.claim("writer", world.open_task(case))
    ctx, admin = world.ctx, world["admin"]
    with world.database.begin() as uow:
        page = offices.find(uow, ctx, admin, OfficeQuery(words="КЕҢСЕ A"))
        (row,) = page.rows
        assert (row.office.code, row.people, row.open) == ("office.a", 2, 1)
        (headed,) = offices.find(uow, ctx, admin, OfficeQuery(words="office.b")).rows
        assert headed.heads == ((world["head"].account, "Head"),)
        found = people.find(uow, ctx, admin, PeopleQuery(words="WRIT"))
        assert [(one.login, one.open) for one in found.rows] == [("writer", 1)]
        view = people.load(uow, ctx, admin, world["writer"].account)
        assert view.work == {"office.a": 1}
        assert people.close(uow, ctx, admin, world["writer"].account, give_back=True) == 1
        assert people.load(uow, ctx, admin, world["writer"].account).work == {}
        wish = OfficeWish(code="office.d", names={"kk": "Жаңа"}, kind="office")
        offices.save(uow, ctx, admin, wish)
        assert len(offices.find(uow, ctx, admin, OfficeQuery()).rows) == 4
