"""The 20 regions (KATO) and the offices that take part in a family's case.

A region is named by the first two digits of its KATO. Which office does what follows from the
region of origin and the region of settlement by the same rule everywhere: no region is special.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Names = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Region:
    """An oblast, a city of republican significance or the capital."""

    #: First two digits of the KATO.
    code: str
    #: Full names by language.
    names: Names
    #: Names short enough for a row of a list.
    short: Names


def _oblast(
    code: str,
    kk: str,
    ru: str,
    en: str,
    *,
    full_ru: str = "",
    kk_short: str = "",
    ru_short: str = "",
) -> Region:
    names = {"kk": f"{kk} облысы", "ru": full_ru or f"{ru} область", "en": f"{en} Region"}
    short = {"kk": kk_short or kk, "ru": ru_short or ru, "en": en}
    return Region(code=code, names=names, short=short)


def _city(code: str, kk: str, en: str) -> Region:
    names = {"kk": f"{kk} қаласы", "ru": f"город {kk}", "en": f"{en} city"}
    return Region(code=code, names=names, short={"kk": f"{kk} қ.", "ru": f"г. {kk}", "en": en})


_ALL = (
    _oblast("10", "Абай", "Абай", "Abai", full_ru="область Абай"),
    _oblast("11", "Ақмола", "Акмолинская", "Akmola"),
    _oblast("15", "Ақтөбе", "Актюбинская", "Aktobe"),
    _oblast("19", "Алматы", "Алматинская", "Almaty", kk_short="Алматы обл."),
    _oblast("23", "Атырау", "Атырауская", "Atyrau"),
    _oblast(
        "27",
        "Батыс Қазақстан",
        "Западно-Казахстанская",
        "West Kazakhstan",
        kk_short="БҚО",
        ru_short="ЗКО",
    ),
    _oblast("31", "Жамбыл", "Жамбылская", "Zhambyl"),
    _oblast("33", "Жетісу", "Жетысу", "Zhetisu", full_ru="область Жетысу"),
    _oblast("35", "Қарағанды", "Карагандинская", "Karaganda"),
    _oblast("39", "Қостанай", "Костанайская", "Kostanay"),
    _oblast("43", "Қызылорда", "Кызылординская", "Kyzylorda"),
    _oblast("47", "Маңғыстау", "Мангистауская", "Mangystau"),
    _oblast("55", "Павлодар", "Павлодарская", "Pavlodar"),
    _oblast(
        "59",
        "Солтүстік Қазақстан",
        "Северо-Казахстанская",
        "North Kazakhstan",
        kk_short="СҚО",
        ru_short="СКО",
    ),
    _oblast("61", "Түркістан", "Туркестанская", "Turkistan"),
    _oblast("62", "Ұлытау", "Улытау", "Ulytau", full_ru="область Улытау"),
    _oblast(
        "63",
        "Шығыс Қазақстан",
        "Восточно-Казахстанская",
        "East Kazakhstan",
        kk_short="ШҚО",
        ru_short="ВКО",
    ),
    _city("71", "Астана", "Astana"),
    _city("75", "Алматы", "Almaty"),
    _city("79", "Шымкент", "Shymkent"),
)

#: Regions by code, in the order of the classifier.
REGIONS: Mapping[str, Region] = {found.code: found for found in _ALL}


def name(code: str, language: str, *, short: bool = False) -> str:
    """Return a region's name in a language; the code itself if it is unknown."""
    found = REGIONS.get(code)
    if found is None:
        return code
    names = found.short if short else found.names
    return names.get(language, names["kk"])


def options() -> list[dict[str, str]]:
    """Return the regions as options of a form's list."""
    return [
        {
            "value": found.code,
            "label": found.names["kk"],
            "label:ru": found.names["ru"],
            "label:en": found.names["en"],
        }
        for found in _ALL
    ]


def region_of(organisation: str) -> str:
    """Return the region's code in an organisation's code, e.g. ``10`` in ``cc.10.1``."""
    return organisation.split(".")[1]


def career_centre(code: str, number: int = 1) -> str:
    """Return the code of a region's career centre; 1 is the one of its main city."""
    return f"cc.{code}.{number}"


def offices(origin_centre: str, destination: str) -> dict[str, str]:
    """Return the six offices of a case by their part in it.

    `origin_centre` is the career centre to which the family turned, `destination` the region of
    settlement; before it is known, the settlement's offices are empty.
    """
    origin = region_of(origin_centre)
    return {
        "origin_cc": origin_centre,
        "origin_mc": f"mc.{origin}",
        "origin_leo": f"leo.{origin}",
        "dest_leo": f"leo.{destination}" if destination else "",
        "dest_mc": f"mc.{destination}" if destination else "",
        "dest_cc": career_centre(destination) if destination else "",
    }
