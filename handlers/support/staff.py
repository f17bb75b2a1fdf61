"""Offices and people of order 74 in the demo: centres and bodies of three regions. Nobody exists.

The supervising offices and the Ministry come with the other casts: the head of a region's local
executive body gets one more role here.
"""

from collections.abc import Iterator, Mapping

from engine.demo import Office, Officer, make_bin
from engine.model.people import SUPERVISOR, Candidate
from handlers.people.regions import REGIONS
from handlers.registries.sandbox.colleagues import colleague
from handlers.registries.sandbox.families import families
from handlers.registries.sandbox.hardships import hardships
from handlers.support import offices as codes

#: Centres with people, and the places where they are.
CENTRES: Mapping[str, str] = {
    codes.centre("10", 1): "Семей",
    codes.centre("10", 2): "Аягөз",
    codes.centre("47", 1): "Ақтау",
    codes.centre("61", 1): "Түркістан",
}
#: Regions with people in every body.
COMPLETE = ("10", "47")
#: A region where some bodies have nobody yet, and the fields in which they have.
PARTLY = "61"
MANNED = ("education", "health", "employment", "social", "housing", "interior")
#: Number from which the people are counted: before it are those of other casts.
FIRST = 100
#: What a centre is called, with its place.
CENTRE_NAMES = {
    "kk": "{place}, отбасын қолдау орталығы",
    "ru": "{place}, центр поддержки семьи",
    "en": "{place}, family support centre",
}
#: What the body of a field is called, with its region.
BODIES: Mapping[str, tuple[str, str, str]] = {
    "education": ("білім басқармасы", "управление образования", "education department"),
    "health": ("денсаулық сақтау басқармасы", "управление здравоохранения", "health department"),
    "employment": ("жұмыспен қамту басқармасы", "управление занятости", "employment department"),
    "social": (
        "әлеуметтік қорғау басқармасы",
        "управление социальной защиты",
        "social protection department",
    ),
    "sport": (
        "дене шынықтыру және спорт басқармасы",
        "управление физической культуры и спорта",
        "sport department",
    ),
    "culture": ("мәдениет басқармасы", "управление культуры", "culture department"),
    "tourism": ("туризм басқармасы", "управление туризма", "tourism department"),
    "family": (
        "қоғамдық даму және отбасы істері басқармасы",
        "управление общественного развития и по делам семьи",
        "public development and family department",
    ),
    "housing": (
        "тұрғын үй қатынастары басқармасы",
        "управление жилищных отношений",
        "housing department",
    ),
    "youth": (
        "жастар саясаты басқармасы",
        "управление молодёжной политики",
        "youth policy department",
    ),
    "policy": (
        "ішкі саясат басқармасы",
        "управление внутренней политики",
        "domestic policy department",
    ),
    "interior": ("полиция департаменті", "департамент полиции", "police department"),
}
#: The addressee of the conclusions (B-03).
POLICY_NAMES = {
    "kk": "Отбасы саясаты саласындағы уәкілетті орган",
    "ru": "Уполномоченный орган в сфере семейной политики",
    "en": "Body in charge of family policy",
}


def regions() -> tuple[str, ...]:
    """Return the regions that take part, in the order in which they were named."""
    return (*COMPLETE, PARTLY)


def _centre(code: str, serial: int) -> Office:
    place = CENTRES[code]
    names = {language: said.format(place=place) for language, said in CENTRE_NAMES.items()}
    return Office(
        code=code,
        kind=codes.CENTRE,
        region=codes.place_of(code),
        names=names,
        bin=make_bin(serial),
    )


def _body(field: str, region: str, serial: int) -> Office:
    said = dict(zip(("kk", "ru", "en"), BODIES[field], strict=True))
    place = REGIONS[region].names
    return Office(
        code=codes.body(field, region),
        kind=f"sb.{field}",
        region=region,
        names={language: f"{place[language]}, {name}" for language, name in said.items()},
        bin=make_bin(serial),
    )


def offices() -> Iterator[Office]:
    """Yield the family-policy body, the centres, and twelve bodies in each region."""
    yield Office(
        code=codes.POLICY,
        kind="family_policy",
        region="",
        names=POLICY_NAMES,
        bin=make_bin(2000),
    )
    for number, code in enumerate(CENTRES, 1):
        yield _centre(code, 2000 + number * 10)
    for place, region in enumerate(regions()):
        for number, field in enumerate(codes.FIELDS):
            yield _body(field, region, 2100 + (place * len(codes.FIELDS) + number) * 10)


def _people() -> Iterator[tuple[str, str]]:
    """Yield names and IINs without end; nobody is called like a family that comes."""
    come = [one.applicant for one in families()] + [one.family.applicant for one in hardships()]
    taken = {f"{one.surname} {one.name}" for one in come}
    number = FIRST
    while True:
        found = colleague(number)
        if found[0] not in taken:
            yield found
        number += 1


def _posts() -> Iterator[tuple[str, tuple[Candidate, ...]]]:
    """Yield logins and roles."""
    for code in CENTRES:
        _, region, number = code.split(".")
        stem = f"fsc{region}" if number == "1" else f"fsc{region}.{number}"
        yield from _desks(stem, code, (codes.SPECIALIST, codes.SPECIALIST), codes.HEAD)
    for region in regions():
        for field in codes.FIELDS if region in COMPLETE else MANNED:
            body = codes.body(field, region)
            yield from _desks(f"{field}{region}", body, (codes.BODY_SPECIALIST,), codes.BODY_HEAD)
    yield "family-policy", (Candidate(codes.POLICY, codes.POLICY),)


def _desks(
    stem: str, organisation: str, roles: tuple[str, ...], head: str
) -> Iterator[tuple[str, tuple[Candidate, ...]]]:
    for place, role in enumerate(roles, 1):
        yield f"{stem}-{place}", (Candidate(role, organisation),)
    held = (Candidate(head, organisation), Candidate(SUPERVISOR, organisation))
    yield f"{stem}-head", held


def officers() -> Iterator[Officer]:
    """Yield the people: three in a centre, two in a body; and who supervises each region."""
    for (name, iin), (login, memberships) in zip(_people(), _posts(), strict=False):
        yield Officer(login=login, name=name, iin=iin, memberships=memberships)
    for region in regions():
        overseer = Candidate(codes.OVERSEER, f"leo.{region}")
        yield Officer(login=f"leo{region}-head", memberships=(overseer,))
