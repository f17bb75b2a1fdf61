"""What the documents of an application are: the kinds of paragraph 6, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from engine.i18n import translate
from engine.model.text import Text, text
from handlers.kandas import records

#: Kinds as `processes/kandas/documents.dmn` and the forms name them.
KINDS: Mapping[str, Text] = {
    "identity": text("Identity document"),
    "marriage": text("Marriage certificate"),
    "education": text("Education document"),
    "birth": text("Child’s birth certificate"),
    "death": text("Child’s death certificate"),
    "guardianship": text("Guardianship document"),
    "adoption": text("Court decision on adoption"),
    "other": text("Other document"),
}


def names(uow: Any, case_number: str, language: str) -> dict[str, str]:
    """Return what each attached document is, by its id."""
    return {
        document: translate(KINDS.get(kind, kind), language)
        for kind, documents in records.scans(uow.session, case_number).items()
        for document in documents
    }
