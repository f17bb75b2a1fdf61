"""Who may ask for a route. Every view declares it; a server with an undeclared view does not start.

The policy decides by role alone. Whether this *task* or *case* is for these eyes the services
decide: a foreign one is not found.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Flask

from engine.model.people import ADMIN, ANALYST, SUPERVISOR, Actor

ViewT = TypeVar("ViewT", bound=Callable[..., object])


@dataclass(frozen=True)
class Policy:
    """Who is let in."""

    #: Whether one has to be signed in.
    signed_in: bool = True
    #: Roles of which one is enough; empty: any.
    roles: frozenset[str] = frozenset()
    #: Whether what is posted carries our form's token. Only a machine's message, which carries a
    #: seal of its own and no cookie, goes without.
    token: bool = True

    def allows(self, actor: Actor | None) -> bool:
        """Tell whether this actor (None: nobody is signed in) may pass."""
        if actor is None:
            return not self.signed_in
        return not self.roles or any(actor.holds(role) for role in self.roles)


#: Open to the street: sign-in, language, assets, health.
PUBLIC = Policy(signed_in=False)
#: For another system's messages; the view itself looks at their seal.
MACHINES = Policy(signed_in=False, token=False)
#: Anybody who is signed in; the services look at the rest.
STAFF = Policy()
#: Heads of organisations.
HEADS = Policy(roles=frozenset({SUPERVISOR}))
#: Analysts; what each may deploy the services decide.
ANALYSTS = Policy(roles=frozenset({ANALYST}))
#: Administrators of the installation.
ADMINS = Policy(roles=frozenset({ADMIN}))


def roles(*names: str) -> Policy:
    """Return the policy that lets in whoever holds one of these roles anywhere."""
    return Policy(roles=frozenset(names))


def allow(policy: Policy) -> Callable[[ViewT], ViewT]:
    """Declare who may ask for a view; stands between the route and the function."""

    def declare(view: ViewT) -> ViewT:
        view.__dict__["policy"] = policy
        return view

    return declare


def policy_of(app: Flask, endpoint: str) -> Policy | None:
    """Return what the view of an endpoint declares; None if it declares nothing."""
    found = getattr(app.view_functions.get(endpoint), "policy", None)
    return found if isinstance(found, Policy) else None


def refuse_undeclared(app: Flask) -> None:
    """Raise `ValueError` naming every route without a policy."""
    silent = sorted(
        rule.endpoint for rule in app.url_map.iter_rules() if policy_of(app, rule.endpoint) is None
    )
    if silent:
        raise ValueError(f"routes without a policy, write @allow(…) on them: {silent}")
