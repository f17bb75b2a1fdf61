"""Accounts, without their secrets."""

from dataclasses import dataclass

from engine.model.people import Candidate


@dataclass(frozen=True, kw_only=True)
class AccountView:
    """An account, without its secrets."""

    #: Account id.
    id: str
    #: Login.
    login: str
    #: Full name.
    name: str
    #: Language: one of `engine.model.people.LANGUAGES`.
    language: str
    #: Whether it may sign in.
    active: bool
    #: Roles, each at an organisation.
    memberships: tuple[Candidate, ...]
