"""Versions of a process."""

from dataclasses import dataclass
from datetime import datetime

from engine.services.views.states import Names


@dataclass(frozen=True, kw_only=True)
class DefinitionView:
    """One version of a process."""

    #: Definition id.
    id: str
    #: Process key.
    key: str
    #: Version, from 1.
    version: int
    #: Names by language.
    names: Names
    #: Deployment id.
    deployment_id: str
    #: Content hash of the deployment.
    digest: str
    #: When it was deployed.
    deployed: datetime
    #: By whom.
    deployed_by: str
