"""Order 170: kandas and their families. Importing registers forms, handlers and the case's face."""

from engine.i18n import add_catalogues
from handlers.kandas import face, forms, handlers

add_catalogues("handlers.people")
add_catalogues("handlers.kandas")

__all__ = ["face", "forms", "handlers"]
