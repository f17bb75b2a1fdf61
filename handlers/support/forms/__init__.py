"""Adapters between the forms of order 74 and its records, one per form key."""

from handlers.support.forms import amending, completing, drafting, executing, intake, quarterly

__all__ = ["amending", "completing", "drafting", "executing", "intake", "quarterly"]
