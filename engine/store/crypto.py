"""Keys, sealed bytes and the blind index. AES-256-GCM and HMAC-SHA256.

A sealed value is ``version (2 bytes) · nonce (12) · ciphertext and tag``. What it belongs to
(table, column, row) goes into the associated data, so that a value copied elsewhere does not open.

Key text, one entry a line or separated by blanks, newest version last::

    index:<base64 of 32 bytes>  1:<base64 of 32 bytes>  2:<base64 of 32 bytes>

The newest version seals, all versions open. The index key never changes: searches would go blind.
"""

import base64
import binascii
import hashlib
import hmac
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.errors import Damaged, ValueRefused
from engine.model.text import text

_NONCE = 12
_VERSION = 2


def _entry(line: str) -> tuple[str, bytes]:
    name, _, coded = line.partition(":")
    try:
        key = base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32 or not (name == "index" or name.isdecimal()):
        raise ValueRefused(
            text("A key must read 'index:' or a number and ':' before 32 bytes in base64")
        )
    return name, key


class Keys:
    """The installation's keys. Come from the environment or a file, never from the database."""

    def __init__(self, versions: Mapping[int, bytes], index: bytes) -> None:
        """Take sealing keys by version and the index key."""
        if not versions:
            raise ValueRefused(text("There is no sealing key; add a line '1:' with 32 bytes"))
        self._ciphers = {version: AESGCM(key) for version, key in versions.items()}
        self._index = index
        self.active = max(versions)
        self._prefix = self.active.to_bytes(_VERSION, "big")
        self._cipher = self._ciphers[self.active]

    @classmethod
    def parse(cls, written: str) -> "Keys":
        """Read key text; `ValueRefused` says what is wrong with it."""
        entries = dict(_entry(line) for line in written.split())
        index = entries.pop("index", None)
        if index is None:
            raise ValueRefused(text("There is no index key; add a line 'index:' with 32 bytes"))
        return cls({int(name): key for name, key in entries.items()}, index)

    @staticmethod
    def generate() -> str:
        """Return key text with new random keys."""
        coded = [base64.b64encode(os.urandom(32)).decode() for _ in range(2)]
        return f"index:{coded[0]}\n1:{coded[1]}\n"

    @classmethod
    def load(cls, path: Path, *, create: bool = False) -> "Keys":
        """Read a key file; with `create`, make it first (readable by its owner only)."""
        if create and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(cls.generate())
        return cls.parse(path.read_text(encoding="ascii"))

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt for a place, e.g. ``instance.state:<id>``."""
        nonce = os.urandom(_NONCE)
        return self._prefix + nonce + self._cipher.encrypt(nonce, plain, place.encode())

    def unseal(self, sealed: bytes, place: str) -> bytes:
        """Decrypt; `Damaged` if the key is missing or the value is not of this place."""
        version = int.from_bytes(sealed[:_VERSION], "big")
        nonce, body = sealed[_VERSION : _VERSION + _NONCE], sealed[_VERSION + _NONCE :]
        try:
            return self._ciphers[version].decrypt(nonce, body, place.encode())
        except (KeyError, InvalidTag, ValueError) as problem:
            raise Damaged(
                text("A stored value cannot be decrypted: its key is missing or it was changed")
            ) from problem

    def blind(self, plain: str) -> str:
        """Return the blind index of a text (64 hexadecimal digits)."""
        return hmac.new(self._index, plain.encode(), hashlib.sha256).hexdigest()


#: Keys of the unit of work that is open in this thread, where a process has several databases.
_in_use: ContextVar[Keys | None] = ContextVar("keys of the open unit of work", default=None)


class _Ring:
    """The keys that column types use: types are module-wide, so this is too.

    A unit of work puts its own database's keys on top: beside the installation a process may have
    rehearsals open, each sealed with keys of its own.
    """

    def __init__(self) -> None:
        self._keys: Keys | None = None
        self._lock = threading.Lock()

    @contextmanager
    def using(self, keys: Keys) -> Iterator[None]:
        """Have this thread use other keys until the block ends."""
        before = _in_use.set(keys)
        try:
            yield
        finally:
            _in_use.reset(before)

    def install(self, keys: Keys) -> None:
        with self._lock:
            self._keys = keys

    @property
    def keys(self) -> Keys:
        found = _in_use.get() or self._keys
        if found is None:
            raise RuntimeError("no Database was opened in this process yet: its keys are unknown")
        return found


ring = _Ring()


def blind_index(plain: str) -> str:
    """Return the blind index of a text under the keys of the open database."""
    return ring.keys.blind(plain)
