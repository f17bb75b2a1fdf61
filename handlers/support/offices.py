"""Who takes part in order 74: centres, bodies of twelve fields, supervising offices (S-3, S-5).

A code names kind and region, so that nobody has to look an office up: ``fsc.47.1`` is the first
family support centre of region 47, ``sb.housing.47`` the housing body there.
"""

from collections.abc import Mapping

from engine.model.people import Candidate
from handlers.people.regions import REGIONS, region_of

Names = Mapping[str, str]

#: Kind of the family support centres (Отбасын қолдау орталығы).
CENTRE = "fsc"
#: Roles at a centre.
SPECIALIST, HEAD = "centre_specialist", "centre_head"
#: Roles at a body or organisation that takes part.
BODY_SPECIALIST, BODY_HEAD = "body_specialist", "body_head"
#: Role at the local executive body that supervises a region's centres and bodies.
OVERSEER = "support_supervisor"
#: Organisation and role of the body in charge of family policy (AUTH-F, B-03).
POLICY = "family_policy"


def _names(kk: str, ru: str, en: str) -> Names:
    return {"kk": kk, "ru": ru, "en": en}


#: The twelve fields of S-5 by code, in the order of the paragraph.
FIELDS: Mapping[str, Names] = {
    "education": _names("Білім беру", "Образование", "Education"),
    "health": _names("Денсаулық сақтау", "Здравоохранение", "Health care"),
    "employment": _names("Жұмыспен қамту", "Занятость", "Employment"),
    "social": _names("Халықты әлеуметтік қорғау", "Социальная защита", "Social protection"),
    "sport": _names("Спорт", "Спорт", "Sport"),
    "culture": _names("Мәдениет", "Культура", "Culture"),
    "tourism": _names("Туризм", "Туризм", "Tourism"),
    "family": _names(
        "Қоғамдық даму және отбасы саясаты",
        "Общественное развитие и семейная политика",
        "Public development and family policy",
    ),
    "housing": _names("Тұрғын үй қатынастары", "Жилищные отношения", "Housing"),
    "youth": _names("Жастар саясаты", "Молодёжная политика", "Youth policy"),
    "policy": _names("Ішкі саясат", "Внутренняя политика", "Domestic policy"),
    "interior": _names("Ішкі істер", "Внутренние дела", "Internal affairs"),
}


def field_name(field: str, language: str) -> str:
    """Return a field's name in a language; the code itself if there is no such field."""
    names = FIELDS.get(field, {})
    return names.get(language) or names.get("kk", field)


def centre(region: str, number: int = 1) -> str:
    """Return the code of a region's family support centre, counted from 1."""
    return f"{CENTRE}.{region}.{number}"


def is_centre(code: str) -> bool:
    """Tell whether a code is that of a family support centre of one of the regions."""
    kind, _, rest = code.partition(".")
    region, _, number = rest.partition(".")
    return kind == CENTRE and region in REGIONS and number.isdecimal()


def body(field: str, region: str) -> str:
    """Return the code of the body of a field in a region."""
    return f"sb.{field}.{region}"


def is_body(code: str) -> bool:
    """Tell whether a code is that of a body of one of the fields in one of the regions."""
    parts = code.split(".")
    return len(parts) == 3 and parts[0] == "sb" and parts[1] in FIELDS and parts[2] in REGIONS


def field_of(code: str) -> str:
    """Return the field in a body's code, e.g. ``housing`` in ``sb.housing.47``."""
    return code.split(".")[1]


def place_of(code: str) -> str:
    """Return the region in the code of a centre or body."""
    parts = code.split(".")
    return parts[2] if parts[0] == "sb" else region_of(code)


def head_of(code: str) -> Candidate:
    """Return the head of a centre or body."""
    return Candidate(HEAD if is_centre(code) else BODY_HEAD, code)


def superior_of(code: str) -> Candidate:
    """Return who stands above a centre or body: the region's local executive body."""
    return Candidate(OVERSEER, f"leo.{place_of(code)}")
