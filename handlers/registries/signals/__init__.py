"""The digital family card speaks first: it tells of a family in a difficult situation (S-2, S-4.8).

The contract of this project, for no interface is published. ``POST`` to `PATH`, JSON in UTF-8 of at
most `MAX_BODY` bytes::

    Content-Type: application/json
    X-Signal-Time: 1790000000              seconds since 1970 (UTC), at most five minutes off
    X-Signal-Mac: <64 hexadecimal digits>  HMAC-SHA256 by the shared key over
                                           "zholdama-signal-1\\n" + time + "\\n" + body

    {"messageId": "…", "sentAt": "2026-09-07T06:30:00+00:00", "region": "10",
     "ground": "violence", "level": "E", "determinedOn": "2026-09-04", "phone": "+7 700 000 00 01",
     "applicant": {"iin": "…", "surname": "…", "name": "…", "patronymic": "…",
                   "born": "1995-03-14"},
     "members": [{…the same…, "relation": "child"}]}

``relation``: ``spouse``, ``parent``, ``child``, ``sibling`` or ``ward``; ``ground``: a word, see
`GROUNDS`; ``region``: the first two digits of the KATO. Unknown names are left out.

========  ==============================================================================
202       ``ACCEPTED``: it is kept
200       ``KNOWN``: it was kept before; the same message may be sent again at any time
400       ``MALFORMED``: ``problems`` says where, without what stood there
401       ``UNSIGNED``, ``WRONG_SIGNATURE``, or ``LATE``: sign again with the time of now
409       ``CONFLICT``: another message was kept under this id
413, 415  ``TOO_LARGE``, ``NOT_JSON``
429       ``TOO_MANY``: after ``Retry-After`` seconds
503       ``OFF``: this installation has no key
========  ==============================================================================

Whoever serves the route calls `receive`, keeps `Signal.content` under its ``message_id`` (unique),
and answers with `receipt`: so that nothing counts as known before it is kept. The moment handed in
is the machine's: the sender knows nothing of a demo's shifted clock.
"""

from handlers.registries.signals.answers import Answer, Refusal, malformed, receipt
from handlers.registries.signals.message import GROUNDS, Signal
from handlers.registries.signals.receiving import MAX_BODY, PATH, Throttle, receive

__all__ = [
    "GROUNDS",
    "MAX_BODY",
    "PATH",
    "Answer",
    "Refusal",
    "Signal",
    "Throttle",
    "malformed",
    "receipt",
    "receive",
]
