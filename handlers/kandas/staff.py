"""Offices and people of the demo: 20 regions, complete offices in four of them. Nobody exists."""

from collections.abc import Iterator

from engine.demo import Office, Officer, make_bin
from engine.model.people import ADMIN, ANALYST, SUPERVISOR, Candidate
from handlers.kandas.regions import REGIONS, Region
from handlers.registries.sandbox.colleagues import colleague

#: Regions with people in every office.
COMPLETE = ("47", "61", "10", "59")
#: Code of the Ministry's own organisation: administrators and analysts.
MINISTRY = "mlsp"
#: Roles by kind of organisation; the head comes last and is its supervisor too.
ROLES = {
    "cc": ("career_specialist", "career_specialist", "career_director"),
    "mc": ("mobility_specialist", "mobility_specialist", "mobility_head"),
    "leo": ("leo_specialist", "leo_specialist", "leo_head"),
}
#: What an organisation of a kind is called, with the region's name.
KINDS = {
    "cc": ("мансап орталығы", "карьерный центр", "career centre"),
    "mc": ("еңбек мобильділігі орталығы", "центр трудовой мобильности", "labour mobility centre"),
    "leo": ("жергілікті атқарушы орган", "местный исполнительный орган", "local executive body"),
}


def _office(region: Region, kind: str, number: int) -> Office:
    code = f"cc.{region.code}.1" if kind == "cc" else f"{kind}.{region.code}"
    kk, ru, en = KINDS[kind]
    names = {
        "kk": f"{region.names['kk']}, {kk}",
        "ru": f"{region.names['ru']}, {ru}",
        "en": f"{region.names['en']}, {en}",
    }
    return Office(
        code=code, kind=kind, region=region.code, names=names, bin=make_bin(500 + number * 10)
    )


def offices() -> Iterator[Office]:
    """Yield the Ministry and three offices in each of the 20 regions."""
    yield Office(
        code=MINISTRY,
        kind="ministry",
        region="",
        names={
            "kk": "Еңбек және халықты әлеуметтік қорғау министрлігі",
            "ru": "Министерство труда и социальной защиты населения",
            "en": "Ministry of Labour and Social Protection",
        },
        bin=make_bin(400),
    )
    for number, region in enumerate(REGIONS.values()):
        for place, kind in enumerate(KINDS):
            yield _office(region, kind, number * 3 + place)


def _officer(number: int, login: str, memberships: tuple[Candidate, ...]) -> Officer:
    name, iin = colleague(number)
    return Officer(login=login, name=name, iin=iin, memberships=memberships)


def officers() -> Iterator[Officer]:
    """Yield the people: nine in each complete region, one in the others, and the Ministry's two."""
    yield _officer(1, "admin", (Candidate(ADMIN, MINISTRY),))
    yield _officer(2, "analyst", (Candidate(ANALYST, MINISTRY),))
    number = 3
    for code in COMPLETE:
        for kind, roles in ROLES.items():
            organisation = f"cc.{code}.1" if kind == "cc" else f"{kind}.{code}"
            for place, role in enumerate(roles, 1):
                head = place == len(roles)
                held: tuple[Candidate, ...] = (Candidate(role, organisation),)
                if head:
                    held += (Candidate(SUPERVISOR, organisation),)
                login = f"{kind}{code}-{'head' if head else place}"
                yield _officer(number, login, held)
                number += 1
    for code in REGIONS:
        if code not in COMPLETE:
            yield _officer(number, f"duty{code}", _every_role(code))
            number += 1


def _every_role(code: str) -> tuple[Candidate, ...]:
    """Return all roles at a region's three offices, for the one person the demo has there."""
    return tuple(
        Candidate(role, f"cc.{code}.1" if kind == "cc" else f"{kind}.{code}")
        for kind, roles in ROLES.items()
        for role in (*dict.fromkeys(roles), SUPERVISOR)
    )
