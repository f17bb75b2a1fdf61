"""Stamps: what a subject's state is, said so that a change of it shows."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from engine.services.context import UnitOfWork


def cases(uow: UnitOfWork, subjects: Sequence[str]) -> Mapping[str, str]:
    """Return a case's stamp by id: it changes with every step and every act on the case.

    Cases that are gone are missing.
    """
    return {one: str(revision) for one, revision in uow.instances.revisions(subjects).items()}


def of(said: Iterable[str]) -> str:
    """Return the stamp of what has no revision: a digest of all that can be changed of it."""
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]
