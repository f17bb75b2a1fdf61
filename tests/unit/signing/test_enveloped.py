"""Enveloped signatures: what holds, and everything that must be refused."""

import base64
import re
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from engine import xml
from engine.errors import SignatureRefused, XmlRefused
from engine.i18n import translate
from engine.model.text import Text
from engine.signing import Authority, DemoSigner, DemoVerifier, Link, certificates, demo, enveloped
from engine.signing import verify_chain as verify_links
from engine.signing.authority import issue, officer_name

AT = datetime(2026, 9, 7, 6, 30, tzinfo=UTC)
IIN, BIN, NAME = "850312300012", "240140000011", "Төлеухан Ардақ Маратұлы"
OTHER_IIN, OTHER_BIN = "921130400018", "240641000015"
DOCUMENT = (
    '<application xmlns="urn:zholdama:application" number="Қ-26-00417" version="1">'
    "<!-- kept --><surname>Қабылбек</surname></application>"
).encode()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def signer(keys: Path) -> DemoSigner:
    return DemoSigner(keys)


@pytest.fixture(scope="module")
def verifier(keys: Path) -> DemoVerifier:
    return DemoVerifier(keys)


@pytest.fixture(scope="module")
def signed(signer: DemoSigner) -> bytes:
    return signer.sign(DOCUMENT, iin=IIN, bin=BIN, name=NAME, at=AT)


def why(verifier: DemoVerifier, signed: bytes, **changed: object) -> str:
    known: dict[str, object] = {"document": DOCUMENT, "iin": IIN, "bin": BIN, "at": AT}
    result = verifier.verify(signed, **{**known, **changed})  # type: ignore[arg-type]
    assert result.valid == (not result.reason)
    return result.reason


def test_an_officers_signature_holds(verifier: DemoVerifier, signed: bytes) -> None:
    result = verifier.verify(signed, document=DOCUMENT, iin=IIN, bin=BIN, at=AT)
    assert result.valid, result.reason
    assert result.at == AT
    assert result.certificate is not None
    assert (result.certificate.iin, result.certificate.bin) == (IIN, BIN)
    assert result.certificate.subject == "Төлеухан Ардақ"
    assert result.certificate.not_before < AT < result.certificate.not_after


def test_the_shape_is_the_national_signing_layers(signed: bytes) -> None:
    root = xml.parse(signed)
    signature = root[-1]
    assert signature.tag == enveloped.SIGNATURE
    assert signature.prefix == "ds"
    text = signed.decode()
    assert re.findall(
        r'<ds:(\w+Method|Transform|Reference)[^>]* (?:Algorithm|URI)="([^"]*)"', text
    ) == [
        ("CanonicalizationMethod", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
        ("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"),
        ("Reference", ""),
        ("Transform", "http://www.w3.org/2000/09/xmldsig#enveloped-signature"),
        ("Transform", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments"),
        ("DigestMethod", "http://www.w3.org/2001/04/xmlenc#sha256"),
    ]
    assert text.count("X509Certificate>") == 2


def test_the_subject_is_laid_out_as_the_national_authority_does(keys: Path) -> None:
    certificate = Authority(keys).officer(IIN, BIN, NAME, AT).certificate
    assert [(part.oid.dotted_string, part.value) for part in certificate.subject] == [
        ("2.5.4.3", "Төлеухан Ардақ"),
        ("2.5.4.4", "Төлеухан"),
        ("2.5.4.5", f"IIN{IIN}"),
        ("2.5.4.6", "KZ"),
        ("2.5.4.10", "Zholdama demo"),
        ("2.5.4.11", f"BIN{BIN}"),
        ("2.5.4.42", "Маратұлы"),
    ]


def test_a_second_signature_covers_the_first(
    signer: DemoSigner, verifier: DemoVerifier, signed: bytes
) -> None:
    twice = signer.sign(signed, iin=OTHER_IIN, bin=OTHER_BIN, name="Мұқаш Әсел", at=AT)
    assert len(enveloped.signatures(xml.parse(twice))) == 2
    for document in (signed, DOCUMENT):
        assert why(verifier, twice, document=document, iin=OTHER_IIN, bin=OTHER_BIN) == ""
    first = re.findall(rb"<ds:SignatureValue>[^<]*<", twice)[0]
    forged = twice.replace(first, first[:-20] + b"AAAAAAAAAAAAAAAAAA=<")
    assert why(verifier, forged, iin=OTHER_IIN, bin=OTHER_BIN) == enveloped.BROKEN
    # The first signature alone cannot be passed off as the second one.
    assert why(verifier, signed, document=signed) == demo.OTHER_DOCUMENT or why(
        verifier, signed, document=signed, iin=OTHER_IIN, bin=OTHER_BIN
    )


def test_a_removed_first_signature_breaks_the_second(
    signer: DemoSigner, verifier: DemoVerifier, signed: bytes
) -> None:
    twice = signer.sign(signed, iin=OTHER_IIN, bin=OTHER_BIN, name="Мұқаш Әсел", at=AT)
    start, end = twice.index(b"<ds:Signature "), twice.index(b"</ds:Signature>") + 15
    cut = twice[:start] + twice[end:]
    assert why(verifier, cut, iin=OTHER_IIN, bin=OTHER_BIN) == enveloped.BROKEN


def test_a_changed_document_is_refused(verifier: DemoVerifier, signed: bytes) -> None:
    changed = signed.replace("Қабылбек".encode(), "Қабылбеков".encode())
    assert why(verifier, changed) == enveloped.BROKEN


def test_a_changed_comment_is_refused(verifier: DemoVerifier, signed: bytes) -> None:
    assert why(verifier, signed.replace(b"kept", b"lost")) == enveloped.BROKEN


def test_another_document_is_refused(verifier: DemoVerifier, signed: bytes) -> None:
    second = DOCUMENT.replace(b'version="1"', b'version="2"')
    assert why(verifier, signed, document=second) == demo.OTHER_DOCUMENT


def test_a_swapped_certificate_is_refused(
    keys: Path, verifier: DemoVerifier, signed: bytes
) -> None:
    other = Authority(keys).officer(OTHER_IIN, BIN, "Мұқаш Әсел", AT).certificate
    swapped = re.sub(
        rb"(X509Certificate>)[^<]+(<)",
        lambda found: found[1] + base64.b64encode(other.public_bytes(Encoding.DER)) + found[2],
        signed,
    )
    assert why(verifier, swapped) == enveloped.BROKEN
    assert why(verifier, swapped, iin=OTHER_IIN) == enveloped.BROKEN


def test_another_person_and_another_organisation_are_refused(
    verifier: DemoVerifier, signed: bytes
) -> None:
    assert why(verifier, signed, iin=OTHER_IIN) == certificates.WRONG_IIN
    assert why(verifier, signed, bin=OTHER_BIN) == certificates.WRONG_BIN


@pytest.mark.parametrize("days", [-31, 366])
def test_a_certificate_outside_its_life_is_refused(
    verifier: DemoVerifier, signed: bytes, days: int
) -> None:
    assert why(verifier, signed, at=AT + timedelta(days=days)) == certificates.EXPIRED


def test_a_wrong_key_usage_is_refused(keys: Path, verifier: DemoVerifier) -> None:
    authentication = issue(
        Authority(keys).root(AT),
        officer_name(IIN, BIN, NAME),
        [ExtendedKeyUsageOID.CLIENT_AUTH, certificates.ORGANISATION],
        AT,
        AT + timedelta(days=1),
    )
    signed = enveloped.sign(DOCUMENT, authentication)
    assert why(verifier, signed) == certificates.WRONG_USE


def test_a_private_persons_certificate_is_refused(
    signer: DemoSigner, verifier: DemoVerifier
) -> None:
    signed = signer.sign(DOCUMENT, iin=IIN, bin="", name=NAME, at=AT)
    assert why(verifier, signed, bin="") == certificates.WRONG_USE


def test_a_foreign_authority_is_refused(tmp_path: Path, verifier: DemoVerifier) -> None:
    signed = DemoSigner(tmp_path).sign(DOCUMENT, iin=IIN, bin=BIN, name=NAME, at=AT)
    assert why(verifier, signed) == certificates.UNTRUSTED


def test_an_officer_cannot_issue_certificates(keys: Path, verifier: DemoVerifier) -> None:
    officer = Authority(keys).officer(IIN, BIN, NAME, AT)
    child = issue(
        officer,
        officer_name(OTHER_IIN, BIN, "Мұқаш Әсел"),
        [certificates.SIGNING, certificates.ORGANISATION],
        AT,
        AT + timedelta(days=1),
    )
    signed = enveloped.sign(DOCUMENT, child)
    assert why(verifier, signed, iin=OTHER_IIN) == certificates.UNTRUSTED


def sha1(signed: bytes, keys: Path) -> bytes:
    """Make the signature anew as SHA-1 over SignedInfo: right in itself, but weak."""
    root = xml.parse(
        signed.replace(b"2001/04/xmldsig-more#rsa-sha256", b"2000/09/xmldsig#rsa-sha1")
    )
    information = root[-1][0]
    key = Authority(keys).officer(IIN, BIN, NAME, AT).key
    value = key.sign(xml.canonical(information), padding.PKCS1v15(), hashes.SHA1())
    root[-1][1].text = base64.b64encode(value).decode()
    return xml.canonical(root)


def test_sha1_is_refused(keys: Path, verifier: DemoVerifier, signed: bytes) -> None:
    assert why(verifier, sha1(signed, keys)) == enveloped.WEAK


def test_a_sha1_digest_is_refused(verifier: DemoVerifier, signed: bytes) -> None:
    weak = signed.replace(b"2001/04/xmlenc#sha256", b"2000/09/xmldsig#sha1")
    assert why(verifier, weak) in {enveloped.WEAK, enveloped.BROKEN}


def test_gost_asks_for_an_external_verifier(verifier: DemoVerifier, signed: bytes) -> None:
    gost = signed.replace(
        b"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        b"urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:gostr34102015-gostr34112015-512",
    )
    assert why(verifier, gost) == enveloped.WEAK


@pytest.mark.parametrize(
    ("bytes_", "reason"),
    [
        (b"", enveloped.NOT_XML),
        (b"<a", enveloped.NOT_XML),
        (b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", enveloped.NOT_XML),
        (DOCUMENT, enveloped.UNSIGNED),
        (
            b'<a><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/></a>',
            certificates.UNREADABLE,
        ),
    ],
)
def test_what_is_not_a_signed_document_is_refused(
    verifier: DemoVerifier, bytes_: bytes, reason: str
) -> None:
    assert why(verifier, bytes_) == reason


def test_a_signature_over_a_part_is_refused(verifier: DemoVerifier, signed: bytes) -> None:
    part = signed.replace(b'<ds:Reference URI="">', b'<ds:Reference URI="#part">')
    assert why(verifier, part) == enveloped.SHAPE


def test_two_certificates_inside_are_refused(verifier: DemoVerifier, signed: bytes) -> None:
    held = re.search(rb"<ds:X509Certificate>[^<]+</ds:X509Certificate>", signed)
    assert held
    assert why(verifier, signed.replace(held[0], held[0] * 2)) == certificates.UNREADABLE


def test_the_returned_bytes_verify_unchanged_after_a_round_through_storage(
    verifier: DemoVerifier, signed: bytes
) -> None:
    assert why(verifier, bytes(bytearray(signed))) == ""
    # The national layer writes CRLF inside the signature: the parser keeps what was signed.
    assert why(verifier, signed.replace(b"</ds:SignedInfo>", b"</ds:SignedInfo>\r\n")) == ""


def test_an_expired_key_is_replaced_and_old_signatures_hold(
    signer: DemoSigner, verifier: DemoVerifier, signed: bytes
) -> None:
    later = AT + timedelta(days=365 * 5)
    again = signer.sign(signed, iin=IIN, bin=BIN, name=NAME, at=later)
    assert why(verifier, again, document=signed, at=later) == ""
    assert why(verifier, again, at=later) == ""
    assert why(verifier, signed) == ""


def test_the_same_key_is_kept_between_processes(keys: Path) -> None:
    one = Authority(keys).officer(IIN, BIN, NAME, AT).certificate
    two = Authority(keys).officer(IIN, BIN, NAME, AT + timedelta(days=20)).certificate
    assert one.serial_number == two.serial_number


def test_threads_that_ask_at_once_get_one_authority(tmp_path: Path) -> None:
    found: list[int] = []
    barrier = threading.Barrier(4)

    def ask() -> None:
        barrier.wait()
        found.append(Authority(tmp_path).root(AT).certificate.serial_number)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["authority.pem"]


def test_keys_are_for_their_owner_alone_and_names_hide_the_iin(keys: Path) -> None:
    for path in keys.iterdir():
        assert path.stat().st_mode & 0o077 == 0
        assert IIN not in path.name


def test_a_signer_without_iin_is_refused(signer: DemoSigner) -> None:
    with pytest.raises(SignatureRefused):
        signer.sign(DOCUMENT, iin="", bin=BIN, name=NAME, at=AT)


def test_a_hostile_document_is_not_signed(signer: DemoSigner) -> None:
    with pytest.raises(XmlRefused):
        signer.sign(b"<!DOCTYPE a><a/>", iin=IIN, bin=BIN, name=NAME, at=AT)


def test_a_chain_is_verified_link_by_link(
    signer: DemoSigner, verifier: DemoVerifier, signed: bytes
) -> None:
    later = AT + timedelta(days=1)
    twice = signer.sign(signed, iin=OTHER_IIN, bin=OTHER_BIN, name="Мұқаш Әсел", at=later)
    links = [
        Link(signed=signed, document=DOCUMENT, iin=IIN, bin=BIN, at=AT),
        Link(signed=twice, document=signed, iin=OTHER_IIN, bin=OTHER_BIN, at=later),
        Link(signed=twice, document=signed, iin=IIN, bin=BIN, at=later),
    ]
    results = verify_links(links, verifier)
    assert [found.reason for found in results] == ["", "", certificates.WRONG_IIN]


def test_a_certificate_with_a_serial_number_of_a_bin_names_the_organisation(keys: Path) -> None:
    said = certificates.describe(Authority(keys).system(BIN, "Gateway", AT).certificate)
    assert (said.iin, said.bin) == ("", BIN)


def test_every_reason_is_translated() -> None:
    reasons = [
        value
        for module in (certificates, enveloped, demo)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str) and value.endswith(".")
    ]
    assert len(reasons) >= 12
    for reason in reasons:
        for language in ("kk", "ru"):
            assert translate(Text(reason), language) != reason


def test_the_authoritys_root_is_self_signed_and_long_lived(keys: Path) -> None:
    root = Authority(keys).root(AT).certificate
    root.verify_directly_issued_by(root)
    assert isinstance(root, x509.Certificate)
    assert root.not_valid_after_utc > AT + timedelta(days=365 * 20)
