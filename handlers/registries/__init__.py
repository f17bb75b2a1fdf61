"""The outside systems of orders 170 and 74: for each a client, handlers and a sandbox.

Importing this package registers all handlers. What they do when a system fails is told in
`handlers.registries.asking`, the settings in `handlers.registries.base`.
"""

from collections.abc import Mapping

from engine.limits import offer
from handlers.registries import (
    changes,
    civil_registry,
    enforcement,
    family_card,
    gbd_fl,
    guardianship,
    labour_exchange,
    labour_market,
    migration_portal,
    mobile_app,
    probation,
    supreme_court,
    unified_system,
    wellbeing,
)
from handlers.registries.base import Settings
from handlers.registries.limits import Limits
from handlers.registries.supervision import owners

offer(Limits)


def check_settings(values: Mapping[str, str]) -> None:
    """Refuse an owner of data on probation that is no system, as the start does (B-06)."""
    owners(Settings(values=values))


#: The systems in the order in which a case meets them.
SYSTEMS = (
    gbd_fl.SYSTEM,
    civil_registry.SYSTEM,
    guardianship.SYSTEM,
    supreme_court.SYSTEM,
    migration_portal.SYSTEM,
    family_card.SYSTEM,
    mobile_app.SYSTEM,
    labour_exchange.SYSTEM,
    labour_market.SYSTEM,
    unified_system.SYSTEM,
    enforcement.SYSTEM,
    probation.SYSTEM,
)

__all__ = ["SYSTEMS", "changes", "wellbeing"]
