"""GBD FL («Жеке тұлғалар» МДБ), the state register of natural persons: K-6, A-31.

Speaks the gateway's SOAP message (`handlers.registries.soap`), service
``GBDFL_UniversalServiceSync``, data type ``Request`` of
``http://message.persistence.interactive.nat`` (public samples, `domain.md` §6.2). With
``registries.gbd_fl.service = GBDFLUniversal_token`` the token of the person's consent (КДП) goes
along. An answer with result ``00000`` and no person means "not found"; the register's own region
codes are not published, so regions are recognised by their Kazakh names.
"""

from handlers.registries.gbd_fl.client import (
    COUNTRY,
    SUCCESS,
    SYSTEM,
    Client,
    PersonFound,
)
from handlers.registries.gbd_fl.handlers import differences

__all__ = ["COUNTRY", "SUCCESS", "SYSTEM", "Client", "PersonFound", "differences"]
