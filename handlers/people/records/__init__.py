"""Records of people: tables and the questions asked of them.

An IIN is nullable: kandas and their children come without one, and order 170 wants it only at
registration (K-7). Nothing here knows which order a family applies under: the case number ties.
"""

from engine.store.branches import add_migrations
from handlers.people.records.answers import (
    answer_text,
    answers,
    consented,
    contacts,
    give_consent,
    save_answer,
    save_contacts,
)
from handlers.people.records.forgetting import forget_families
from handlers.people.records.persons import (
    cases_of,
    families,
    family,
    person,
    person_by_iin,
    save_family,
    save_person,
)

add_migrations("handlers.people")

__all__ = [
    "answer_text",
    "answers",
    "cases_of",
    "consented",
    "contacts",
    "families",
    "family",
    "forget_families",
    "give_consent",
    "person",
    "person_by_iin",
    "save_answer",
    "save_contacts",
    "save_family",
    "save_person",
]
