"""The offices."""

from collections.abc import Mapping
from typing import Any

from engine.errors import NotFound
from engine.model.people import Actor
from engine.model.text import text
from engine.services import audit
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
    uow.organisations.put(code, names, kind, region, bin)
    audit.append(uow, ctx, actor, "organisation.put", f"organisation:{code}")


def _view(row: Any) -> OrganisationView:
    return OrganisationView(
        code=row.code, names=row.names, kind=row.kind, region=row.region, bin=row.bin
    )


def load(uow: UnitOfWork, code: str) -> OrganisationView:
    """Return one; `NotFound`."""
    row = uow.organisations.find(code)
    if row is None:
        raise none(code)
    return _view(row)


def none(code: str) -> NotFound:
    """Return the error for an unknown office, and for one of a region that is not hers."""
    return NotFound(text("There is no organisation {code}", code=code))


def list_organisations(
    uow: UnitOfWork, kind: str = "", region: str = ""
) -> tuple[OrganisationView, ...]:
    """Return organisations by code."""
    return tuple(_view(row) for row in uow.organisations.all(kind, region))
