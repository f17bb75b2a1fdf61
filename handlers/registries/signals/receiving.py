"""Whether a message is a signal of the card: key, size, type, seal, time, number in the minute."""

import hashlib
import hmac
import re
import threading
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from engine.errors import ValueRefused
from engine.model.text import text
from handlers.registries.base import Settings
from handlers.registries.signals import answers
from handlers.registries.signals.answers import Refusal
from handlers.registries.signals.message import Signal, read

#: Where signals are received.
PATH = "/signals/family-card"
TIME, MAC = "X-Signal-Time", "X-Signal-Mac"
#: Largest signal, bytes.
MAX_BODY = 64 * 1024
#: How far a signal's time may be from ours, either way.
WINDOW = timedelta(minutes=5)
#: Shortest key, characters.
KEY = 32
#: Signals in a minute unless the setting says otherwise.
PER_MINUTE = 60


class Throttle:
    """How many signals were taken in the last minute, in this process. Safe between threads.

    Only sealed signals count, so that nobody without the key can use the sender's share up.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._lock = threading.Lock()
        self._taken: deque[datetime] = deque()

    def takes(self, most: int, now: datetime) -> bool:
        """Count one more and return True, unless there were `most` in the minute before `now`."""
        with self._lock:
            while self._taken and not timedelta() <= now - self._taken[0] < timedelta(minutes=1):
                self._taken.popleft()
            if len(self._taken) >= most:
                return False
            self._taken.append(now)
            return True


_throttle = Throttle()


def mac(key: str, stamp: str, body: bytes) -> str:
    """Return the seal of a message, hexadecimal."""
    sealed = b"zholdama-signal-1\n" + stamp.encode() + b"\n" + body
    return hmac.new(key.encode(), sealed, hashlib.sha256).hexdigest()


def receive(
    headers: Mapping[str, str],
    body: bytes,
    settings: Mapping[str, str],
    now: datetime,
    throttle: Throttle = _throttle,
) -> Signal | Refusal:
    """Return the signal, or why it is not believed; `now` is UTC.

    Checked in this order: key, size, type, seal, time, number in the minute, form. What is not
    sealed is not parsed.
    """
    told = Settings(values=settings)
    heads = {name.lower(): value for name, value in headers.items()}
    if refusal := _unbelieved(heads, body, told, now):
        return refusal
    if not throttle.takes(_most(told), now):
        return answers.TOO_MANY
    return read(body, now)


def _most(told: Settings) -> int:
    said = told.text("signals.per_minute", str(PER_MINUTE))
    if not re.fullmatch("[0-9]{1,6}", said):
        raise ValueRefused(text("registries.signals.per_minute must be a number"))
    return int(said)


def _unbelieved(
    heads: Mapping[str, str], body: bytes, told: Settings, now: datetime
) -> Refusal | None:
    keys = [told.text(f"signals.{name}") for name in ("key", "previous_key")]
    keys = [key for key in keys if len(key) >= KEY]
    stamp, seal = heads.get(TIME.lower(), ""), heads.get(MAC.lower(), "").lower()
    if not keys:
        return answers.OFF
    if len(body) > MAX_BODY:
        return answers.TOO_LARGE
    if heads.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return answers.NOT_JSON
    if not (re.fullmatch("[0-9]{1,12}", stamp) and re.fullmatch("[0-9a-f]{64}", seal)):
        return answers.UNSIGNED
    if not any(hmac.compare_digest(mac(key, stamp, body), seal) for key in keys):
        return answers.WRONG
    return answers.LATE if abs(now.timestamp() - int(stamp)) > WINDOW.total_seconds() else None
