"""The sandbox's family card as a sender of signals (`handlers.registries.signals`)."""

import json
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from handlers.people.facts import MemberFacts
from handlers.registries.base import RegistryFault
from handlers.registries.sandbox.care import RELATIONS
from handlers.registries.sandbox.hardship import Hardship
from handlers.registries.sandbox.switches import Sending
from handlers.registries.signals.message import Member, Message, Somebody
from handlers.registries.signals.receiving import MAC, PATH, TIME, mac
from handlers.registries.transport import post

#: Seconds that an installation has to answer.
PATIENCE = 10.0


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A signal that was sent, and what came back."""

    #: Number of the family.
    family: int
    #: How it was sent.
    mode: Sending
    #: HTTP status; 0: no answer.
    status: int
    #: The answer's word, e.g. ``ACCEPTED``; empty if there was none.
    code: str


def message(hardship: Hardship, at: datetime) -> Message:
    """Write a signal about a family as the card first saw it; a new id each time."""
    family, stage = hardship.family, hardship.stages[0]
    return Message(
        message_id=str(uuid.uuid4()),
        sent_at=at,
        region=family.origin,
        ground=hardship.ground,
        level=stage.level,
        determined_on=min(stage.on, at.date()),
        phone=family.phone,
        applicant=Somebody.model_validate(_about(family.members[0])),
        members=[
            Member.model_validate(_about(one) | {"relation": RELATIONS[one.relationship]})
            for one in family.members[1:]
        ],
    )


def _about(one: MemberFacts) -> dict[str, object]:
    told = Somebody.model_fields
    return {name: getattr(one.person, name) for name in told}


class Sender:
    """Sends signals to an installation. Safe between threads."""

    def __init__(
        self, hardships: Sequence[Hardship], key: str, now: Callable[[], datetime]
    ) -> None:
        """Seal with `key`; `now` tells the machine's time. The installation comes later: `home`."""
        self.hardships: Mapping[int, Hardship] = {one.number: one for one in hardships}
        #: The installation's address, e.g. ``http://127.0.0.1:8080``; empty: nobody is told.
        self.home = ""
        self._key, self._now = key, now
        self._lock = threading.Lock()
        self._bodies: dict[int, bytes] = {}
        self._last: dict[int, Sent] = {}

    @property
    def key(self) -> str:
        """Return the key that signals are sealed with."""
        return self._key

    def last(self) -> Mapping[int, Sent]:
        """Return the last signal about each family."""
        with self._lock:
            return dict(self._last)

    def send(self, number: int, mode: Sending) -> Sent:
        """Send a signal about a family; `KeyError` if there is no such family."""
        hardship, now = self.hardships[number], self._now()
        with self._lock:
            known = self._bodies.get(number) if mode is Sending.DUPLICATE else None
            body = known or message(hardship, now).model_dump_json(by_alias=True).encode()
            if mode in {Sending.OK, Sending.DUPLICATE}:
                self._bodies[number] = body
        if mode is Sending.DUPLICATE and known is None:
            self._post(number, Sending.OK, body, now)
        sent = self._post(number, mode, body, now)
        with self._lock:
            self._last[number] = sent
        return sent

    def _post(self, number: int, mode: Sending, body: bytes, now: datetime) -> Sent:
        if mode is Sending.MALFORMED:
            body = body[: len(body) // 2]
        late = timedelta(hours=1) if mode is Sending.LATE else timedelta()
        stamp = str(int((now - late).timestamp()))
        seal = mac(self._key, stamp, b"" if mode is Sending.WRONG_SIGNATURE else body)
        headers = {"Content-Type": "application/json", TIME: stamp, MAC: seal}
        sent = Sent(family=number, mode=mode, status=0, code="")
        try:
            answer = post(f"{self.home}{PATH}" if self.home else "", body, headers, PATIENCE)
        except RegistryFault:
            return sent
        return replace(sent, status=answer.status, code=_code(answer.body))


def _code(body: bytes) -> str:
    try:
        return str(json.loads(body)["status"]["code"])[:40]
    except (ValueError, KeyError, TypeError):
        return ""
