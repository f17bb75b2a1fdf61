"""A small real HTTP server with one page that holds one form, under the product's strict policy.

It keeps what was posted, answers drafts and uploads as the product does, and can be told to fail.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page
from werkzeug.formparser import parse_form_data

from engine.forms import Form, load, pressed
from engine.model.text import text
from engine.web.formrender import Attached, render, summary

ROOT = Path(__file__).parents[2]
MODULES = ROOT / "node_modules"
NOW = datetime(2026, 11, 25, 9, 32, tzinfo=UTC)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
REGIONS = [
    {"value": "59", "label": "Солтүстік Қазақстан облысы", "label:ru": "Северо-Казахстанская обл."},
    {"value": "10", "label": "Абай облысы", "label:ru": "область Абай"},
]
ASSETS = {
    "tabler.css": MODULES / "@tabler/core/dist/css/tabler.min.css",
    "zholdama.css": ROOT / "engine/web/assets/css/zholdama.css",
    "form.css": ROOT / "engine/web/assets/css/form.css",
    "form.js": ROOT / "engine/web/assets/js/form.js",
    "axe.js": MODULES / "axe-core/axe.min.js",
    "form-viewer.js": MODULES / "@bpmn-io/form-js/dist/form-viewer.umd.js",
    "icons.svg": ROOT / "engine/web/static/icons.svg",
}
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass
class Site:
    """What the page shows and what came in."""

    #: The form.
    form: Form
    #: Language of the page.
    language: str = "kk"
    #: What the server knows.
    context: dict[str, object] = field(default_factory=lambda: {"regions": REGIONS})
    #: Values as last typed; None: nothing was.
    values: dict[str, object] | None = None
    #: Every draft that came in, decoded.
    drafts: list[dict[str, object]] = field(default_factory=list)
    #: Submissions that had no errors.
    sent: list[dict[str, object]] = field(default_factory=list)
    #: Uploaded files by id.
    files: dict[str, Attached] = field(default_factory=dict)
    #: Status with which drafts are answered.
    draft_status: int = 200
    #: Whether the page is drawn readonly.
    readonly: bool = False
    #: Address of the running server.
    address: str = ""

    def page(self, errors: dict[str, object] | None = None) -> str:
        """Return the page."""
        found: dict[str, object] = errors or {}
        questions = render(
            self.form,
            self.form.initial(self.context) if self.values is None else self.values,
            found,  # type: ignore[arg-type]
            self.language,
            readonly=self.readonly,
            documents=self.files.values(),
            context=self.context,
            now=NOW,
            sprite="/icons.svg",
        )
        lead = text("The case was not sent and nothing was signed. What you entered is kept.")
        wrong = summary(self.form, found, self.language, lead=lead, sprite="/icons.svg")  # type: ignore[arg-type]
        return PAGE.format(language=self.language, questions=questions, wrong=wrong)

    def post(self, pairs: list[tuple[str, str]]) -> str:
        """Answer a post of the form."""
        if pressed(pairs):
            self.values = self.form.edited(pairs)
            return self.page()
        self.values = self.form.decode(pairs)
        checked = self.form.check(
            self.values, now=NOW, context=self.context, documents=set(self.files)
        )
        if not checked.errors:
            self.sent.append(dict(checked.values))
            return "<!doctype html><html lang=kk><title>x</title><h1 id=done>Жіберілді</h1></html>"
        return self.page(dict(checked.errors))


PAGE = """<!doctype html><html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Сауалнама · Жолдама</title>
<link rel="stylesheet" href="/tabler.css"><link rel="stylesheet" href="/zholdama.css">
<link rel="stylesheet" href="/form.css"><script src="/form.js" defer></script></head>
<body><main id="main"><div class="sheet"><div class="head"><div class="grow"><h1>Сауалнама</h1>
</div></div>{wrong}<div class="work"><div class="stack"><form class="panel form" id="form"
method="post" action="/form" enctype="multipart/form-data" novalidate data-form data-draft="/draft"
data-upload="/files" data-session="/session" data-sign-in="/sign-in">
<input type="hidden" name="csrf_token" value="t"><input type="hidden" name="_revision" value="1">
{questions}</form></div></div></div>
<div class="bar" role="group" aria-label="Әрекеттер"><span class="saved" role="status">
<span data-saved>…</span></span><span class="grow gap"></span>
<button class="btn btn-primary" form="form" name="_act" value="send" id="send">Жіберу</button></div>
</main></body></html>"""


class Handler(BaseHTTPRequestHandler):
    """Answers as the product does."""

    protocol_version = "HTTP/1.1"
    site: Site
    pages: Mapping[str, Callable[[], str]]

    def log_message(self, *args: object) -> None:
        pass

    def answer(
        self, body: bytes, kind: str = "text/html; charset=utf-8", status: int = 200
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if kind.startswith("text/html") and self.path.split("?")[0] == "/form":
            self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)

    def json(self, status: int = 200, **values: object) -> None:
        self.answer(json.dumps(values).encode(), "application/json", status)

    def do_GET(self) -> None:
        name = self.path.split("?")[0].lstrip("/")
        if name in ASSETS:
            path = ASSETS[name]
            self.answer(path.read_bytes() if path.exists() else b"", TYPES[path.suffix])
        elif name == "form":
            self.answer(self.site.page().encode())
        elif name == "session":
            self.json(signed_in=self.site.draft_status == 200, csrf="t2")
        elif name in self.pages:
            self.answer(self.pages[name]().encode())
        else:
            self.answer(b"", status=404)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        environ = {
            "wsgi.input": BytesIO(self.rfile.read(length)),
            "CONTENT_LENGTH": str(length),
            "CONTENT_TYPE": self.headers["Content-Type"],
            "REQUEST_METHOD": "POST",
        }
        _, fields, files = parse_form_data(environ)
        pairs = list(fields.items(multi=True))
        if self.path == "/form":
            self.answer(self.site.post(pairs).encode())
        elif self.path == "/draft":
            self.draft(pairs)
        else:
            self.keep(files["file"].filename or "", files["file"].read())
        for one in files.values():
            one.close()

    def draft(self, pairs: list[tuple[str, str]]) -> None:
        site = self.site
        if site.draft_status != 200:
            self.json(site.draft_status)
            return
        values = site.form.decode(pairs)
        site.drafts.append(values)
        hidden = site.form.hidden(values, now=NOW, context=site.context)
        self.json(saved="Жоба 14:32-де сақталды", revision=2, hidden=sorted(hidden))

    def keep(self, name: str, data: bytes) -> None:
        if name.endswith(".exe"):
            self.json(400, error="Бұл файл түрі қабылданбайды")
            return
        one = f"doc-{len(self.site.files) + 1}"
        kept = Attached(id=one, name=name, detail=f"{len(data)} Б", href=f"/file/{one}")
        self.site.files[one] = kept
        self.json(id=kept.id, name=kept.name, detail=kept.detail, href=kept.href)


@contextmanager
def running(site: Site, pages: dict[str, Callable[[], str]] | None = None) -> Iterator[Site]:
    """Serve a site on a free port of this machine."""
    handler = type("Handler", (Handler,), {"site": site, "pages": pages or {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    site.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def family() -> Form:
    """Return the form that has every component."""
    return load((ROOT / "tests/unit/forms/family.json").read_bytes(), key="family")


@contextmanager
def opened(chromium: Browser, **options: Any) -> Iterator[Page]:
    """Open one page in a fresh profile."""
    context = chromium.new_context(**options)
    try:
        page = context.new_page()
        page.set_default_timeout(15_000)
        yield page
    finally:
        context.close()
