"""Headers of every answer, and what is not let in: foreign scripts, frames and forms."""

from flask import Flask, Response, g
from flask_wtf.csrf import CSRFProtect

#: Source lists by directive (`frontend.md`).
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}

csrf = CSRFProtect()


def content_security_policy(**widened: str) -> str:
    """Return the header's value; `widened` replaces directives, e.g. ``style_src="…"``."""
    directives = POLICY | {name.replace("_", "-"): value for name, value in widened.items()}
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def widen(**directives: str) -> None:
    """Loosen the policy for the answer being made, e.g. to show a document in a frame of ours."""
    g.content_security_policy = content_security_policy(**directives)


def _headers(answer: Response) -> Response:
    policy = g.get("content_security_policy") or content_security_policy()
    answer.headers["Content-Security-Policy"] = policy
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["X-Frame-Options"] = "DENY"
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=()"
    # Pages carry personal data: no copy on the disk of a shared machine.
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def _by_https_from_now_on(answer: Response) -> Response:
    answer.headers["Strict-Transport-Security"] = "max-age=31536000"
    return answer


def protect(app: Flask, *, https: bool) -> None:
    """Set cookies, CSRF tokens and headers up."""
    app.config.update(
        SESSION_COOKIE_NAME="zholdama",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        SESSION_REFRESH_EACH_REQUEST=False,
        # The guard calls it after the policy, so that a lost session is told from a lost token.
        WTF_CSRF_CHECK_DEFAULT=False,
        # A form may stay open for as long as the session does.
        WTF_CSRF_TIME_LIMIT=None,
    )
    csrf.init_app(app)
    app.after_request(_headers)
    if https:
        app.after_request(_by_https_from_now_on)
