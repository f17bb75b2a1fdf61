"""Takes the port before anything else is done, and says what stands in the way."""

import errno
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import click

from engine.errors import Unavailable
from engine.model.text import Text, text

#: A port on the command line; 0: any that is free.
PORT = click.IntRange(0, 65535)


@contextmanager
def listening(host: str, port: int) -> Iterator[list[socket.socket]]:
    """Yield a list of one socket bound to the port; `Unavailable` says why it cannot be."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, port))
            bound.listen(128)
        except OSError as error:
            raise Unavailable(_why(error, host, port)) from error
        yield [bound]
    finally:
        bound.close()


@contextmanager
def handed_over(fd: int) -> Iterator[list[socket.socket]]:
    """Yield a list of the listening socket that another process opened; `Unavailable` if none."""
    try:
        taken = socket.socket(fileno=fd)
    except OSError as error:
        raise Unavailable(text("There is no open socket with number {fd}.", fd=fd)) from error
    with closing(taken):
        yield [taken]


def _why(error: OSError, host: str, port: int) -> Text:
    if error.errno == errno.EADDRINUSE:
        return text("Port {port} is in use; choose another one with --port.", port=port)
    if error.errno == errno.EACCES:
        return text("Port {port} needs more rights; choose one above 1023 with --port.", port=port)
    return text("Nothing can listen on {host}:{port}.", host=host, port=port)
