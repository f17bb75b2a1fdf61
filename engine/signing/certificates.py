"""What a certificate of the National Certification Authority says, and whether to trust it.

Subject: ``CN, SURNAME, serialNumber=IIN…, C=KZ, O, OU=BIN…, givenName`` (which carries the
patronymic). Extended key usage: signing and the kind of owner (`domain.md` §5.2 of the digest).
"""

import re
from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from engine.ports import Certificate

#: Extended key usage "signing" (e-mail protection, as the authority uses it).
SIGNING = ExtendedKeyUsageOID.EMAIL_PROTECTION
#: Owner is a private person.
INDIVIDUAL = ObjectIdentifier("1.2.398.3.3.4.1.1")
#: Owner acts for an organisation.
ORGANISATION = ObjectIdentifier("1.2.398.3.3.4.1.2")
#: Owner is an employee of the organisation.
EMPLOYEE = ObjectIdentifier("1.2.398.3.3.4.1.2.5")

UNTRUSTED = "The certificate was not issued by a trusted authority."
EXPIRED = "The certificate was not valid at the moment of signing."
WRONG_USE = "The certificate is not meant for signing on behalf of an organisation."
WRONG_IIN = "The certificate belongs to another person."
WRONG_BIN = "The certificate belongs to another organisation."
UNREADABLE = "The certificate cannot be read."


def _values(name: x509.Name, oid: ObjectIdentifier) -> list[str]:
    return [str(attribute.value) for attribute in name.get_attributes_for_oid(oid)]


def _number(values: Sequence[str], prefix: str) -> str:
    found = (re.fullmatch(rf"{prefix}(\d{{12}})", value, re.ASCII) for value in values)
    return next((match[1] for match in found if match), "")


def describe(certificate: x509.Certificate) -> Certificate:
    """Return what the certificate says; IIN and BIN are empty where it names none."""
    subject = certificate.subject
    numbers = _values(subject, NameOID.SERIAL_NUMBER)
    units = _values(subject, NameOID.ORGANIZATIONAL_UNIT_NAME)
    return Certificate(
        iin=_number(numbers, "IIN"),
        bin=_number(units, "BIN") or _number(numbers, "BIN"),
        subject=next(iter(_values(subject, NameOID.COMMON_NAME)), ""),
        issuer=next(iter(_values(certificate.issuer, NameOID.COMMON_NAME)), ""),
        serial=f"{certificate.serial_number:x}",
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def load(der: bytes) -> x509.Certificate:
    """Read a DER certificate; `ValueError` if it is none."""
    return x509.load_der_x509_certificate(der)


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        basic = issuer.extensions.get_extension_for_class(x509.BasicConstraints)
        certificate.verify_directly_issued_by(issuer)
    except (
        ValueError,
        TypeError,
        InvalidSignature,
        UnsupportedAlgorithm,
        x509.ExtensionNotFound,
        x509.DuplicateExtension,
    ):
        return False
    return basic.value.ca


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return usage.digital_signature and usage.content_commitment


def _uses(certificate: x509.Certificate) -> set[ObjectIdentifier]:
    try:
        return set(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return set()


def fault(certificate: x509.Certificate, trust: Sequence[x509.Certificate], at: datetime) -> str:
    """Return why it may not sign for an organisation at `at` (UTC); empty if it may."""
    issuers = [issuer for issuer in trust if _issued_by(certificate, issuer)]
    if not issuers:
        return UNTRUSTED
    for link in (certificate, issuers[0]):
        if not link.not_valid_before_utc <= at <= link.not_valid_after_utc:
            return EXPIRED
    if not _may_sign(certificate) or not {SIGNING, ORGANISATION} <= _uses(certificate):
        return WRONG_USE
    return ""


def owner_fault(certificate: Certificate, iin: str, bin: str) -> str:
    """Return why the certificate is not this signer's; empty if it is. Numbers have 12 digits."""
    if certificate.iin != iin:
        return WRONG_IIN
    return "" if certificate.bin == bin else WRONG_BIN
