"""Puts the pages together: one Flask application over one installation."""

import logging
from datetime import timedelta

from flask import Flask
from jinja2 import ChoiceLoader, FileSystemLoader

from engine.watching.health import Health
from engine.web import (
    attempts,
    cases,
    cockpit,
    errors,
    files,
    frame,
    guard,
    inbox,
    menus,
    notices,
    office,
    recording,
    rendering,
    security,
    sign_in,
    statics,
    substitutes,
    task,
    watching,
    workshop,
)
from engine.web.extension import WebExtension, load
from engine.web.policy import refuse_undeclared
from engine.web.state import Installation

log = logging.getLogger(__name__)

#: Largest request: one file of 20 MB and its envelope.
LARGEST = 21 * 1024 * 1024
#: A session without a click ends after this.
IDLE = timedelta(hours=8)


def create_app(installation: Installation, health: Health | None = None) -> Flask:
    """Return the pages of an installation; `ValueError` if a route declares no policy.

    `health` answers ``/readyz``; by itself it looks at the database.
    """
    app = Flask("engine.web", static_folder=None, template_folder="templates")
    app.extensions["zholdama"] = installation
    found = load(installation.settings.extensions)
    app.extensions["zholdama.pages"] = found
    _configure(app, installation)
    watching.watch(app, health or Health(installation.database))
    security.protect(app, https=installation.settings.https)
    attempts.count_in(app)
    guard.stand_guard(app)
    errors.explain(app, task.stale_token)
    recording.keep_record(app)
    _mount(app)
    _extend(app, found)
    rendering.dress(app, lambda: menus.menu(found))
    refuse_undeclared(app)
    if not rendering.manifest():
        log.warning("the browser's scripts and styles are not built: run 'make assets'")
    return app


def _configure(app: Flask, installation: Installation) -> None:
    app.config.update(
        SECRET_KEY=installation.settings.secret_key,
        PERMANENT_SESSION_LIFETIME=IDLE,
        MAX_CONTENT_LENGTH=LARGEST,
        MAX_FORM_MEMORY_SIZE=5_000_000,
        MAX_FORM_PARTS=10_000,
        TEMPLATES_AUTO_RELOAD=False,
    )


def _mount(app: Flask) -> None:
    app.register_blueprint(frame.blueprint)
    app.register_blueprint(sign_in.blueprint)
    app.register_blueprint(statics.blueprint)
    app.register_blueprint(inbox.blueprint, url_prefix="/inbox")
    app.register_blueprint(task.blueprint, url_prefix="/tasks")
    app.register_blueprint(cases.blueprint, url_prefix="/cases")
    app.register_blueprint(files.blueprint, url_prefix="/documents")
    app.register_blueprint(office.blueprint, url_prefix="/office")
    app.register_blueprint(notices.blueprint, url_prefix="/notifications")
    app.register_blueprint(substitutes.blueprint, url_prefix="/admin/substitutions")
    for pages in cockpit.BLUEPRINTS:
        app.register_blueprint(pages, url_prefix="/admin")
    for pages in workshop.BLUEPRINTS:
        app.register_blueprint(pages, url_prefix="/workshop")


def _extend(app: Flask, extensions: list[WebExtension]) -> None:
    loaders = [app.jinja_loader] if app.jinja_loader else []
    for one in extensions:
        if one.blueprint:
            app.register_blueprint(one.blueprint)
        if one.templates:
            loaders.append(FileSystemLoader(one.templates))
    app.jinja_loader = ChoiceLoader(loaders)
