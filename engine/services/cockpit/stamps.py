"""Stamps: what a subject's state is, said so that a change of it shows."""

from collections.abc import Mapping, Sequence

from engine.services.context import UnitOfWork


def cases(uow: UnitOfWork, subjects: Sequence[str]) -> Mapping[str, str]:
    """Return a case's stamp by id: it changes with every step and every act on the case.

    Cases that are gone are missing.
    """
    return {one: str(revision) for one, revision in uow.instances.revisions(subjects).items()}
