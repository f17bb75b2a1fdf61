"""The built assets, compressed beforehand, kept by browsers for a year under their hash."""

import mimetypes
from pathlib import Path

from flask import Blueprint, Response, abort, request, send_from_directory

from engine.web.policy import PUBLIC, allow
from engine.web.rendering import STATIC, manifest

blueprint = Blueprint("assets", __name__)
YEAR = 365 * 86400
TYPES = {
    ".woff2": "font/woff2",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    # Read by scripts, not by the browser itself.
    **dict.fromkeys((".bcmap", ".pfb", ".ttf"), "application/octet-stream"),
}


def _packed(name: str) -> tuple[str, str]:
    """Return the file to send and its content encoding."""
    for suffix, encoding in ((".br", "br"), (".gz", "gzip")):
        if (
            request.accept_encodings.quality(encoding) > 0
            and (STATIC / f"{name}{suffix}").is_file()
        ):
            return f"{name}{suffix}", encoding
    return name, ""


@blueprint.get("/static/<path:name>")
@allow(PUBLIC)
def send(name: str) -> Response:
    """Send an asset that the build made; nothing else of the folder."""
    if name not in manifest():
        abort(404)
    packed, encoding = _packed(name)
    kind = TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0]
    answer = send_from_directory(STATIC, packed, mimetype=kind, max_age=YEAR, etag=False)
    answer.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    answer.headers["Vary"] = "Accept-Encoding"
    if encoding:
        answer.headers["Content-Encoding"] = encoding
    return answer
