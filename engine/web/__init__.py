"""Pages: the only room that knows Flask. `create_app(installation)` returns the application."""

from engine.web.application import create_app

__all__ = ["create_app"]
