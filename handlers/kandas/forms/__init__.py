"""Adapters between the forms of the approval chain and its records, one per form key."""

from handlers.kandas.forms import intake, registering, settling, signing, unemployed

__all__ = ["intake", "registering", "settling", "signing", "unemployed"]
