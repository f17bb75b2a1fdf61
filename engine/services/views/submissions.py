"""What was sent with a task."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SentView:
    """What a person sent with a task, as it was then."""

    #: Form key.
    form_key: str
    #: The form's JSON, from the deployment it was sent under.
    form: Mapping[str, object]
    #: Process key.
    process: str
    #: Version of the process it was sent under.
    version: int
    #: Values, checked; no secrets, files by their documents' ids.
    values: Mapping[str, object]
    #: Paths of what was not asked.
    hidden: frozenset[str]
    #: Meanings of the chosen options that the server had handed in, by the form's key for them.
    options: Mapping[str, object]
    #: Names of the files by their documents' ids.
    files: Mapping[str, str]
