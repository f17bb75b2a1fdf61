"""Organisations."""

from dataclasses import dataclass

from engine.services.views.states import Names


@dataclass(frozen=True, kw_only=True)
class OrganisationView:
    """An organisation."""

    #: Code, e.g. ``mc.10``.
    code: str
    #: Names by language.
    names: Names
    #: Kind, e.g. ``mc``.
    kind: str
    #: First two digits of the region's KATO; may be empty.
    region: str
    #: BIN; may be empty.
    bin: str
