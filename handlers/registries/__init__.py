"""The outside systems of order 170: for each a client, handlers and a sandbox.

Importing this package registers all handlers. What they do when a system fails is told in
`handlers.registries.asking`, the settings in `handlers.registries.base`.
"""

from handlers.registries import (
    civil_registry,
    family_card,
    gbd_fl,
    guardianship,
    labour_exchange,
    labour_market,
    migration_portal,
    mobile_app,
    supreme_court,
)

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
)
