"""The card's signals: what is believed, what is refused, and what the sender reads."""

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ValueRefused
from engine.i18n import add_catalogues, translate
from handlers.people.facts import Relationship
from handlers.registries.sandbox.hardships import hardships
from handlers.registries.sandbox.sender import message
from handlers.registries.signals import Refusal, Signal, Throttle, answers, receipt, receive
from handlers.registries.signals.message import GROUNDS
from handlers.registries.signals.receiving import MAC, MAX_BODY, TIME, mac

NOW = datetime(2026, 9, 7, 6, 30, tzinfo=UTC)
KEY = "k" * 32
SETTINGS = {"registries.signals.key": KEY}
DANA = hardships()[0]
#: The same in every process: tests are named after it.
SENT = message(DANA, NOW).model_copy(update={"message_id": "signal-1"})
BODY = SENT.model_dump_json(by_alias=True).encode()


def sealed(body: bytes = BODY, at: datetime = NOW, key: str = KEY) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    return {"Content-Type": "application/json", TIME: stamp, MAC: mac(key, stamp, body)}


def take(
    headers: Mapping[str, str] | None = None,
    body: bytes = BODY,
    settings: Mapping[str, str] | None = None,
    throttle: Throttle | None = None,
) -> Signal | Refusal:
    return receive(
        sealed(body) if headers is None else headers,
        body,
        SETTINGS if settings is None else settings,
        NOW,
        throttle or Throttle(),
    )


def refused(answer: Signal | Refusal, status: int, code: str) -> Refusal:
    assert isinstance(answer, Refusal)
    assert (answer.status, answer.code) == (status, code)
    told = json.loads(answer.body)
    assert told["status"]["code"] == code
    assert "Traceback" not in answer.body.decode()
    assert not any(iin in answer.body.decode() for iin in DANA.family.by_iin)
    return answer


def changed(**parts: object) -> bytes:
    return json.dumps(json.loads(BODY) | parts).encode()


def test_a_sealed_signal_is_believed() -> None:
    found = take()
    assert isinstance(found, Signal)
    assert (found.region, found.ground, found.level) == ("10", "violence", "E")
    assert found.ground in GROUNDS
    assert found.determined_on == DANA.stages[0].on
    assert [one.person.full_name for one in found.people] == [
        one.person.full_name for one in DANA.family.members
    ]
    assert [one.relationship for one in found.people] == [
        Relationship.APPLICANT,
        Relationship.CHILD,
        Relationship.CHILD,
    ]
    assert [one.person.sex for one in found.people] == ["female", "female", "male"]


def test_a_logged_signal_names_nobody() -> None:
    found = take()
    assert isinstance(found, Signal)
    assert "Дана" not in repr(found)
    assert not any(iin in repr(found) for iin in DANA.family.by_iin)
    json.dumps(found.content)
    assert found.content["digest"] == found.digest
    assert "Дана" in json.dumps(found.content, ensure_ascii=False)


def test_names_of_headers_are_read_in_any_case() -> None:
    headers = {name.upper(): value for name, value in sealed().items()}
    headers["CONTENT-TYPE"] = "Application/JSON; charset=utf-8"
    assert isinstance(take(headers), Signal)


@pytest.mark.parametrize("settings", [{}, {"registries.signals.key": "short"}])
def test_without_a_key_nothing_is_taken(settings: dict[str, str]) -> None:
    refused(take(settings=settings), 503, "OFF")


def test_while_a_key_is_changed_both_hold() -> None:
    new = "n" * 32
    both = {"registries.signals.key": new, "registries.signals.previous_key": KEY}
    assert isinstance(take(settings=both), Signal)
    assert isinstance(take(sealed(key=new), settings=both), Signal)
    only = {"registries.signals.key": new}
    refused(take(settings=only), 401, "WRONG_SIGNATURE")


@pytest.mark.parametrize("missing", [TIME, MAC])
def test_what_is_not_sealed_is_refused(missing: str) -> None:
    headers = {name: value for name, value in sealed().items() if name != missing}
    refused(take(headers), 401, "UNSIGNED")


@pytest.mark.parametrize("stamp", ["", "now", "-1", "1e9", "١٢٣", "9" * 13, "1790000000.5"])
def test_a_time_that_is_no_number_is_no_seal(stamp: str) -> None:
    refused(take({**sealed(), TIME: stamp}), 401, "UNSIGNED")


@pytest.mark.parametrize("seal", ["0" * 64, mac("x" * 32, str(int(NOW.timestamp())), BODY)])
def test_a_wrong_seal_is_refused(seal: str) -> None:
    refused(take({**sealed(), MAC: seal}), 401, "WRONG_SIGNATURE")


def test_a_changed_body_or_time_breaks_the_seal() -> None:
    refused(take(sealed(), changed(level="A")), 401, "WRONG_SIGNATURE")
    later = str(int(NOW.timestamp()) + 1)
    refused(take({**sealed(), TIME: later}), 401, "WRONG_SIGNATURE")


@pytest.mark.parametrize(("seconds", "holds"), [(0, True), (299, True), (301, False)])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_signal_holds_five_minutes_either_way(seconds: int, holds: bool, sign: int) -> None:
    answer = take(sealed(at=NOW + timedelta(seconds=sign * seconds)))
    if holds:
        assert isinstance(answer, Signal)
    else:
        refused(answer, 401, "LATE")


def test_a_signal_that_is_too_large_or_no_json_is_refused() -> None:
    large = b" " * (MAX_BODY + 1)
    refused(take(sealed(large), large), 413, "TOO_LARGE")
    refused(take({**sealed(), "Content-Type": "text/plain"}), 415, "NOT_JSON")


MEMBER = json.loads(BODY)["members"][0]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"", ""),
        (b"{", ""),
        (b"[]", ""),
        (b"null", ""),
        (BODY[: len(BODY) // 2], ""),
        (b"[" * 10_000, ""),
        (b'{"messageId": "\xff"}', ""),
        (changed(messageId="../../etc"), "messageId"),
        (changed(messageId="1"), "messageId"),
        (changed(region="1"), "region"),
        (changed(ground="Abuse; DROP"), "ground"),
        (changed(level="F"), "level"),
        (changed(determinedOn=20_000), "determinedOn"),
        (changed(determinedOn="2026-02-30"), "determinedOn"),
        (changed(determinedOn="2027-01-01"), "determinedOn"),
        (changed(sentAt="2026-09-07T06:30:00"), "sentAt"),
        (changed(phone="<script>"), "phone"),
        (changed(applicant=None), "applicant"),
        (changed(applicant={**MEMBER, "iin": "850312300019"}), "applicant.iin"),
        (changed(applicant={**MEMBER, "iin": "٨٥٠٣١٢٣٠٠٠١٢"}), "applicant.iin"),
        (changed(applicant={**MEMBER, "name": "A\x00B"}), "applicant.name"),
        (changed(applicant={**MEMBER, "surname": ""}), "applicant.surname"),
        (changed(applicant={**MEMBER, "surname": "x" * 101}), "applicant.surname"),
        (changed(members=[MEMBER, MEMBER]), "members"),
        (changed(members=[{**MEMBER, "relation": "cousin"}]), "members.0.relation"),
        (changed(members=[{**MEMBER, "born": "2030-01-01"}]), "born"),
        (changed(members=[MEMBER] * 31), "members"),
    ],
)
def test_a_malformed_signal_is_refused_and_said_where(body: bytes, where: str) -> None:
    answer = refused(take(sealed(body), body), 400, "MALFORMED")
    assert answer.problems
    assert any(where in problem for problem in answer.problems)


def test_a_refusal_does_not_repeat_what_stood_there() -> None:
    body = changed(applicant={**MEMBER, "iin": "850312300019"}, ground="<b>secret</b>")
    answer = refused(take(sealed(body), body), 400, "MALFORMED")
    assert b"secret" not in answer.body
    assert b"850312300019" not in answer.body


@given(st.binary(max_size=300))
def test_whatever_is_sent_is_answered(body: bytes) -> None:
    refused(take(sealed(body), body), 400, "MALFORMED")
    assert isinstance(take({}, body), Refusal)


@given(st.dictionaries(st.sampled_from([TIME, MAC, "Content-Type"]), st.text(max_size=80)))
def test_whatever_stands_in_headers_is_refused(headers: dict[str, str]) -> None:
    assert isinstance(take({"Content-Type": "application/json", **headers}), Refusal)


def test_only_so_many_are_taken_in_a_minute() -> None:
    few, throttle = {**SETTINGS, "registries.signals.per_minute": "2"}, Throttle()
    # What is not sealed uses nobody's share up.
    for _ in range(5):
        refused(take({}, settings=few, throttle=throttle), 415, "NOT_JSON")
        refused(take(sealed(key="x" * 32), settings=few, throttle=throttle), 401, "WRONG_SIGNATURE")
    assert isinstance(take(settings=few, throttle=throttle), Signal)
    assert isinstance(take(settings=few, throttle=throttle), Signal)
    answer = refused(take(settings=few, throttle=throttle), 429, "TOO_MANY")
    assert answer.headers["Retry-After"] == "60"
    assert not throttle.takes(2, NOW + timedelta(seconds=59))
    assert throttle.takes(2, NOW + timedelta(seconds=60))


def test_the_throttle_counts_right_between_threads() -> None:
    throttle, taken, gate = Throttle(), [], threading.Barrier(8)

    def run() -> None:
        gate.wait()
        taken.extend(throttle.takes(50, NOW) for _ in range(20))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), taken.count(True)) == (160, 50)


def test_a_clock_that_is_set_back_does_not_shut_the_door() -> None:
    throttle = Throttle()
    assert throttle.takes(1, NOW)
    assert not throttle.takes(1, NOW)
    assert throttle.takes(1, NOW - timedelta(days=1))


def test_a_limit_that_is_no_number_is_said_so() -> None:
    with pytest.raises(ValueRefused, match="per_minute"):
        take(settings={**SETTINGS, "registries.signals.per_minute": "many"})


def test_the_receipt_tells_new_known_and_another_apart() -> None:
    found, other = take(), take(sealed(changed(level="D")), changed(level="D"))
    assert isinstance(found, Signal)
    assert isinstance(other, Signal)
    assert other.message_id == found.message_id
    assert [receipt(found, known).status for known in (None, found.digest, other.digest)] == [
        202,
        200,
        409,
    ]


def test_every_answer_is_translated() -> None:
    add_catalogues("handlers.registries")
    said = [one for one in vars(answers).values() if isinstance(one, answers.Answer)]
    assert len(said) == 10
    for one in [*said, answers.malformed(["x"])]:
        for language in ("kk", "ru"):
            assert translate(one.text, language) != str(one.text), one.code
