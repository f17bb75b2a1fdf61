"""The offices that take part in a family's case (the regions are `handlers.people.regions`).

Which office does what follows from the region of origin and the region of settlement by the same
rule everywhere: no region is special.
"""

from handlers.people.regions import REGIONS, Region, name, options, region_of

__all__ = ["REGIONS", "Region", "career_centre", "name", "offices", "options", "region_of"]


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
