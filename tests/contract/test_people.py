"""Accounts, offices, notifications, calendar."""

from datetime import UTC, date, datetime
from typing import Literal

import pytest
from argon2 import PasswordHasher, extract_parameters

from engine.errors import Forbidden, NotFound, ValueRefused
from engine.model.people import SYSTEM, Candidate
from engine.services import accounts, calendar, notifications, organisations, signing_in
from engine.services.context import Context, Database
from tests.contract.world import World


def test_who_signs_in_has_her_roles(world: World) -> None:
    with world.database.reading() as uow:
        actor = signing_in.authenticate(uow, world.ctx, " Checker ", "correct horse")
    assert actor == world["checker"]
    assert actor.memberships == {Candidate("checker", "office.b")}


@pytest.mark.parametrize(("login", "password"), [("checker", "wrong"), ("nobody", "wrong")])
def test_refusals_sound_alike(world: World, login: str, password: str) -> None:
    with world.database.reading() as uow, pytest.raises(Forbidden) as refused:
        signing_in.authenticate(uow, world.ctx, login, password)
    assert str(refused.value) == "Login or password is wrong"


def test_a_closed_account_neither_signs_in_nor_goes_on(world: World) -> None:
    account = world["checker"].account
    with world.database.begin() as uow:
        accounts.set_active(uow, world.ctx, world["admin"], account, active=False)
        uow.commit()
    with world.database.reading() as uow, pytest.raises(Forbidden):
        signing_in.authenticate(uow, world.ctx, "checker", "correct horse")
    with world.database.reading() as uow, pytest.raises(NotFound):
        signing_in.load(uow, account)


def test_an_unknown_login_costs_the_same_hashing(
    sqlite: Database, ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time must not tell who exists: one verification each, with the same parameters."""
    spent: list[object] = []

    class Spy(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            spent.append(extract_parameters(str(hash)))
            return super().verify(hash, password)

    monkeypatch.setattr("engine.services.accounts._hasher", Spy(time_cost=2, memory_cost=64))
    accounts._decoy.cache_clear()
    with sqlite.begin() as uow:
        accounts.create(uow, ctx, SYSTEM, login="known", password="long enough", name="K")
        uow.commit()
    for login in ("known", "unknown"):
        with sqlite.reading() as uow, pytest.raises(Forbidden):
            signing_in.authenticate(uow, ctx, login, "not the password")
    accounts._decoy.cache_clear()
    assert len(spent) == 2
    assert spent[0] == spent[1]


def test_the_products_hashing_is_slow_enough() -> None:
    """RFC 9106's second recommendation or more: 64 MiB, three passes."""
    real = PasswordHasher()
    assert real.memory_cost >= 65_536
    assert real.time_cost >= 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"login": "checker"},
        {"login": "  "},
        {"password": "short"},
        {"language": "de"},
        {"memberships": [Candidate("x", "office.unknown")]},
    ],
)
def test_wrong_accounts_are_refused(world: World, wrong: dict[str, object]) -> None:
    good = {"login": "new", "password": "long enough", "name": "New", **wrong}
    with world.database.begin() as uow, pytest.raises(ValueRefused):
        accounts.create(uow, world.ctx, SYSTEM, **good)  # type: ignore[arg-type]


def test_only_administrators_change_accounts(world: World) -> None:
    checker, ctx = world["checker"], world.ctx
    with world.database.begin() as uow:
        for attempt in (
            lambda: accounts.create(uow, ctx, checker, login="x", password="y" * 9, name="x"),
            lambda: accounts.set_password(uow, ctx, checker, world["head"].account, "y" * 9),
            lambda: accounts.set_memberships(uow, ctx, checker, checker.account, []),
            lambda: accounts.set_active(uow, ctx, checker, checker.account, active=False),
        ):
            with pytest.raises(Forbidden):
                attempt()


def test_one_changes_ones_own_password_and_language(world: World) -> None:
    checker = world["checker"]
    with world.database.begin() as uow:
        accounts.set_password(uow, world.ctx, checker, checker.account, "another horse")
        accounts.set_language(uow, checker, "ru")
        uow.commit()
    with world.database.reading() as uow:
        assert signing_in.authenticate(uow, world.ctx, "checker", "another horse").language == "ru"
    with world.database.begin() as uow, pytest.raises(ValueRefused):
        accounts.set_language(uow, checker, "de")


def test_an_organisation_changes_in_place(world: World) -> None:
    with world.database.begin() as uow:
        organisations.create(
            uow, world.ctx, SYSTEM, code="office.a", names={"kk": "Жаңа"}, kind="office"
        )
        assert organisations.load(uow, "office.a").names == {"kk": "Жаңа"}
        assert len(organisations.list_organisations(uow, kind="office")) == 3
        with pytest.raises(NotFound):
            organisations.load(uow, "office.z")


def test_people_are_told_once_each(world: World) -> None:
    case = world.start()
    with world.database.begin() as uow:
        told = notifications.tell(
            uow,
            world.ctx,
            "late",
            accounts=[world["checker"].account, ""],
            candidates=[Candidate("checker", "office.b"), Candidate("deputy", "office.b")],
            instance_id=case,
            params={"days": 2},
        )
        uow.commit()
    assert told == 2
    with world.database.begin() as uow:
        rows = notifications.list_notifications(uow, world.ctx, world["checker"])
        assert [(row.kind, row.params, row.business_key) for row in rows] == [
            ("late", {"days": 2}, "N-1")
        ]
        notifications.mark_read(uow, world.ctx, world["deputy"], rows[0].id)
        assert notifications.count_unread(uow, world.ctx, world["checker"]) == 1
        notifications.mark_read(uow, world.ctx, world["checker"], rows[0].id)
        assert notifications.count_unread(uow, world.ctx, world["checker"]) == 0
        notifications.mark_read(uow, world.ctx, world["deputy"])
        assert notifications.list_notifications(uow, world.ctx, world["deputy"], unread=True) == ()


#: Working days of the five-day week: `domain.md` §3, checked there against published totals.
@pytest.mark.parametrize(("year", "days"), [(2024, 249), (2025, 246), (2026, 247), (2027, 247)])
def test_a_year_has_as_many_working_days_as_was_published(
    sqlite: Database, ctx: Context, year: int, days: int
) -> None:
    with sqlite.begin() as uow:
        calendar.seed(uow, ctx, [year])
        found = calendar.load(uow, ctx)
    first = date(year, 1, 1).toordinal()
    last = date(year, 12, 31).toordinal()
    assert sum(found.is_working(date.fromordinal(day)) for day in range(first, last + 1)) == days


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ((2024, 5, 4), True),
        ((2025, 1, 5), True),
        ((2026, 8, 31), True),
        ((2026, 5, 27), False),
        ((2026, 3, 25), False),
        ((2027, 3, 15), False),
    ],
)
def test_days_that_calendars_get_wrong(
    sqlite: Database, ctx: Context, day: tuple[int, int, int], working: bool
) -> None:
    with sqlite.begin() as uow:
        calendar.seed(uow, ctx, [day[0]])
        assert calendar.load(uow, ctx).is_working(date(*day)) is working


def test_an_order_beats_the_package_and_is_seen_at_once(world: World) -> None:
    day = date(2026, 12, 17)
    with world.database.reading() as uow:
        assert calendar.load(uow, world.ctx).is_working(day)
    with world.database.begin() as uow:
        with pytest.raises(Forbidden):
            calendar.override(uow, world.ctx, world["head"], day, working=False, source="order 1")
        calendar.override(uow, world.ctx, world["admin"], day, working=False, source="order 1")
        uow.commit()
    with world.database.begin() as uow:
        assert not calendar.load(uow, world.ctx).is_working(day)
        calendar.seed(uow, world.ctx, [2026])
        assert not calendar.load(uow, world.ctx).is_working(day)
        days = calendar.list_days(uow, 2026)
        uow.commit()
    assert next(one.source for one in days if one.day == day) == "order 1"


def test_a_changed_calendar_moves_the_next_deadline(world: World) -> None:
    """Steps read the calendar's version with the row they lock: no cache is ever stale."""
    world.written("N-1")
    with world.database.begin() as uow:
        calendar.override(
            uow, world.ctx, world["admin"], date(2026, 11, 26), working=False, source="order 2"
        )
        uow.commit()
    _, task = world.written("N-2")
    with world.database.reading() as uow:
        row = uow.tasks.find(task)
    assert row is not None
    assert row[0].due == datetime(2026, 11, 27, 13, tzinfo=UTC)
