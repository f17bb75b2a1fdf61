"""Behind a reverse proxy each person keeps her own address; without one nobody is believed."""

import contextlib
import threading

import httpx
import pytest
from waitress import create_server

from engine.cli.webserver import proxied
from engine.config import from_environment


def seen(proxy: str) -> str:
    """Ask a real server who it thinks is asking."""

    def tell(environ, start_response):  # type: ignore[no-untyped-def]
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{environ['REMOTE_ADDR']} {environ['wsgi.url_scheme']}".encode()]

    server = create_server(tell, host="127.0.0.1", port=0, threads=1, **proxied(proxy))

    def run() -> None:
        with contextlib.suppress(OSError, ValueError):  # its socket is closed under it
            server.run()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        headers = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
        url = f"http://127.0.0.1:{server.effective_port}/"
        return httpx.get(url, headers=headers).text
    finally:
        server.close()
        thread.join(timeout=10)


@pytest.mark.parametrize(
    ("proxy", "said"), [("127.0.0.1", "203.0.113.7 https"), ("", "127.0.0.1 http")]
)
def test_only_the_named_proxy_is_believed(proxy: str, said: str) -> None:
    assert seen(from_environment({"ZHOLDAMA_PROXY": proxy}).proxy) == said
