"""The demo's people can be told apart."""

from handlers.kandas.staff import officers, offices


def test_no_two_people_share_a_name_a_login_or_an_iin() -> None:
    people = list(officers())
    for seen in ("name", "login", "iin"):
        assert len({getattr(one, seen) for one in people}) == len(people), seen


def test_every_office_of_every_region_is_there_once() -> None:
    codes = [office.code for office in offices()]
    assert len(codes) == len(set(codes)) == 1 + 20 * 3
