"""Run the sandbox by itself: ``python -m handlers.registries.sandbox --keys DIRECTORY``."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from engine.i18n import add_catalogues
from handlers.registries.sandbox import serve


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="handlers.registries.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8801, help="port on 127.0.0.1 (8801)")
    parser.add_argument("--keys", required=True, help="directory of the demo authority's keys")
    parser.add_argument("--slow", type=float, default=30.0, help="seconds of a slow system (30)")
    parser.add_argument("--home", default="", help="address of the installation, for signals")
    parser.add_argument("--seal", type=Path, help="file with the key of signals, 32 characters")
    return parser.parse_args()


def main() -> int:
    """Serve until interrupted; 1 if the port is in use."""
    told = _arguments()
    add_catalogues("handlers.registries")
    seal = told.seal.read_text(encoding="utf-8").strip() if told.seal else ""
    try:
        sandbox = serve(told.port, keys=told.keys, slow=told.slow, seal=seal)
    except OSError as error:
        sys.stderr.write(f"The sandbox cannot listen on port {told.port}: {error.strerror}.\n")
        return 1
    sandbox.home(told.home)
    sys.stdout.write(f"Sandbox of the outside systems: {sandbox.url}\n")
    sys.stdout.flush()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
    sandbox.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
