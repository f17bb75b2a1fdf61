"""Signed bytes that somebody spoiled: never an exception, never a changed document that holds.

ZHOLDAMA_HYPOTHESIS=long tries many more.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import xml
from engine.errors import SignatureRefused
from engine.signing import Authority, DemoSigner, DemoVerifier, enveloped, soap

AT = datetime(2026, 9, 7, 6, 30, tzinfo=UTC)
IIN, BIN, NAME = "850312300012", "240140000011", "Төлеухан Ардақ Маратұлы"
DOCUMENT = (
    '<application number="Қ-1" version="1"><surname>Қабылбек</surname></application>'.encode()
)
BODY = (
    f'<s:Envelope xmlns:s="{soap.ENVELOPE}"><s:Header/><s:Body xmlns:wsu="{soap.WSU}" wsu:Id="b">'
    "<a>Қабылбек</a></s:Body></s:Envelope>"
).encode()
TRIES = 5000 if os.environ.get("ZHOLDAMA_HYPOTHESIS") == "long" else 150
MODEST = settings(
    max_examples=TRIES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def signed(keys: Path) -> bytes:
    once = DemoSigner(keys).sign(DOCUMENT, iin=IIN, bin=BIN, name=NAME, at=AT)
    return DemoSigner(keys).sign(once, iin=IIN, bin=BIN, name=NAME, at=AT)


@pytest.fixture(scope="module")
def message(keys: Path) -> bytes:
    return soap.sign(BODY, Authority(keys).system(BIN, "Gateway", AT))


def spoiled(data: st.DataObject, whole: bytes) -> bytes:
    """Cut a piece out, put another one in, or double a piece."""
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 400)))
    again = data.draw(st.integers(0, len(whole)))
    piece = data.draw(st.one_of(st.binary(max_size=8), st.just(whole[start:end] * 2)))
    return whole[:start] + piece + whole[min(end, again) if again > start else end :]


@MODEST
@given(data=st.data())
def test_a_spoiled_document_never_holds_as_another(
    data: st.DataObject, keys: Path, signed: bytes
) -> None:
    bad = spoiled(data, signed)
    result = DemoVerifier(keys).verify(bad, document=DOCUMENT, iin=IIN, bin=BIN, at=AT)
    if result.valid:
        root = xml.parse(bad)
        while enveloped.signatures(root):
            enveloped.strip_last(root)
        left = xml.canonical(root, exclusive=False, comments=True)
        assert left == xml.canonical(xml.parse(DOCUMENT), exclusive=False, comments=True)


@MODEST
@given(data=st.data())
def test_a_spoiled_message_is_refused_or_says_the_same(
    data: st.DataObject, keys: Path, message: bytes
) -> None:
    try:
        body, _ = soap.verify(spoiled(data, message), Authority(keys).trust(AT), AT)
    except SignatureRefused:
        return
    assert "".join(body.itertext()) == "Қабылбек"
