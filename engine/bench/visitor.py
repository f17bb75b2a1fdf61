"""A clerk at her browser, as cheap as can be: clients run on the cores that they measure.

One connection that stays open, the session's cookie, the forms as the pages give them, and
redirects followed by whoever measures: each of the calls below is one request.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode, urlsplit

from engine.errors import Unavailable
from engine.model.text import text

_FORM = re.compile(r'<form [^>]*\bid="form"[^>]*\baction="([^"]*)".*?</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)"')
_TOKEN = re.compile(r'name="csrf_token" value="([^"]*)"')
#: Between the parts of a form; none of the bench's values holds it.
_BOUNDARY = "----bench-of-zholdama"
_PLAIN = "application/x-www-form-urlencoded"
#: Seconds until an answer is given up.
_PATIENCE = 60.0


@dataclass(frozen=True, kw_only=True)
class Filled:
    """The form of a task that is open in the browser."""

    #: Where it is sent.
    action: str
    #: Its fields; boxes that nobody ticked are not sent.
    fields: Mapping[str, str]


class Visitor:
    """One person, one browser. Not for two threads.

    Whatever is not the answer that a working server gives is `Unavailable`, with the status.
    """

    def __init__(self, port: int) -> None:
        """Visit a server of this machine; nothing is sent yet."""
        self._connection = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
        self._cookie = ""
        self._token = ""

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def sign_in(self, login: str, password: str) -> None:
        """Sign in, and look at the inbox."""
        self.page("/sign-in")
        fields = {"login": login, "password": password, "next": ""}
        self.page(self._sent("/sign-in", fields))

    def claim(self, task: str) -> str:
        """Press "Claim"; return where it leads."""
        return self._sent(f"/inbox/tasks/{task}/claim", {})

    def page(self, address: str) -> str:
        """Read a page."""
        body = self._asked("GET", address, 200)[1]
        found = _TOKEN.search(body)
        self._token = unescape(found[1]) if found else self._token
        return body

    def form(self, address: str) -> Filled:
        """Open a task that is mine; return its form as it stands there."""
        found = _FORM.search(self.page(address))
        if found is None:
            raise Unavailable(text("The page {path} has no form", path=address))
        fields = {unescape(name): unescape(value) for name, value in _HIDDEN.findall(found[0])}
        return Filled(action=unescape(found[1]), fields=fields)

    def send(self, form: Filled) -> str:
        """Press "Done, send on"; return where it leads."""
        body = "".join(
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in {**form.fields, "_act": "send"}.items()
        )
        said = f"multipart/form-data; boundary={_BOUNDARY}"
        return self._posted(form.action, f"{body}--{_BOUNDARY}--\r\n", said)

    def _sent(self, path: str, fields: Mapping[str, str]) -> str:
        whole = {"csrf_token": self._token, **fields}
        return self._posted(path, urlencode(whole), _PLAIN)

    def _posted(self, path: str, body: str, content: str) -> str:
        """Send a form; return the path of the page that it leads to."""
        status = 302 if path == "/sign-in" else 303
        parts = urlsplit(self._asked("POST", path, status, body.encode(), content)[0])
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def _asked(
        self, method: str, path: str, status: int, body: bytes | None = None, content: str = ""
    ) -> tuple[str, str]:
        """Make a request; return where its answer leads, and its body."""
        headers = {"Cookie": self._cookie, **({"Content-Type": content} if content else {})}
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            said = answer.read().decode()
        except (OSError, HTTPException) as error:
            raise Unavailable(text("The server does not answer {path}", path=path)) from error
        if answer.status != status:
            raise Unavailable(
                text("The server answered {path} with {status}", path=path, status=answer.status)
            )
        self._cookie = (answer.headers["Set-Cookie"] or self._cookie).partition(";")[0]
        return answer.headers["Location"] or "", said
