"""The 20 regions (KATO): oblasts, cities of republican significance, the capital.

A region is named by the first two digits of its KATO; the code of an organisation that works for
one region has it as its second part.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.handling import regions

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

regions({found.code: found.names for found in _ALL})


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
