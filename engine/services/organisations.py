"""The offices."""

from collections.abc import Mapping

from engine.model.people import Actor
from engine.services.context import Context, UnitOfWork
from engine.services.views import OrganisationView


def create(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    *,
    code: str,
    names: Mapping[str, str],
    kind: str,
    region: str = "",
    bin: str = "",
) -> None:
    """Create an organisation, or change the one with this code."""
    raise NotImplementedError


def load(uow: UnitOfWork, code: str) -> OrganisationView:
    """Return one; `NotFound`."""
    raise NotImplementedError


def list_organisations(
    uow: UnitOfWork, kind: str = "", region: str = ""
) -> tuple[OrganisationView, ...]:
    """Return organisations by code."""
    raise NotImplementedError
