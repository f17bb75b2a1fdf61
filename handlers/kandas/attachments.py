"""What the documents of an application are: the kinds of paragraph 6, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from engine.i18n import translate
from engine.model.text import Text, text
from handlers.kandas import records
from handlers.people import records as people

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
    """Return what each attached document is and whose, by its id."""
    found = records.scans(uow.session, case_number)
    return {
        document: _name(uow.session, kind, whose, language)
        for (kind, whose), documents in found.items()
        for document in documents
    }


def _name(session: Any, kind: str, whose: str, language: str) -> str:
    known = people.person(session, whose) if whose else None
    said = translate(KINDS.get(kind, kind), language)
    return f"{said}, {known.full_name}" if known else said
