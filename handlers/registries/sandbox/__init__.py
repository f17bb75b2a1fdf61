"""The sandbox of the outside systems: a real HTTP server with synthetic families.

``serve(port, keys=…)`` starts it, ``start(port)`` does so for a demo;
`handlers.registries.sandbox.families` makes the people.
"""

from handlers.registries.sandbox.server import Sandbox, outside, serve, start
from handlers.registries.sandbox.switches import Mode

__all__ = ["Mode", "Sandbox", "outside", "serve", "start"]
