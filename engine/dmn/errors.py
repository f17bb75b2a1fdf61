"""Errors of decision models.

Refused (engine.errors)
├── ModelRefused       not a DMN model, or one that cannot be read as one
├── DecisionFailed     the rules of a decision contradict its hit policy
└── NotFound           (engine.errors) no decision of that name
"""

from engine.errors import Refused


class ModelRefused(Refused):
    """The document is no DMN model, or its parts cannot be told apart."""


class DecisionFailed(Refused):
    """Rules contradict the hit policy of their table, or requirements go in a circle."""
