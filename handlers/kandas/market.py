"""What the labour market system is sent of K-18: the draft decision as the director signed it."""

from typing import Any

from handlers.kandas import records
from handlers.kandas.records.signatures import signed
from handlers.registries import labour_market

#: Element at which the director signs.
DIRECTOR = "director_signature"


@labour_market.decisions_from
def signed_decision(
    session: Any, instance: str, case_number: str
) -> labour_market.SignedDecision | None:
    """Return text, version and signed XML; None until the director has signed."""
    drafted = records.decision(session, case_number)
    document = signed(session, instance, DIRECTOR)
    if drafted is None or document is None:
        return None
    return labour_market.SignedDecision(
        said=drafted.said, version=drafted.version, document=document
    )
