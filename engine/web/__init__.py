"""Pages: the only room that knows Flask. `create_app(installation)` returns the application."""

from typing import Any


def create_app(installation: Any, health: Any = None) -> Any:
    """Return the Flask application of an installation (`engine.web.application.create_app`)."""
    # Not imported with the package: who only draws a form needs neither services nor database.
    from engine.web.application import create_app as put_together  # noqa: PLC0415

    return put_together(installation, health)
