"""The demo authority: a root and, on demand, a key and certificate for each officer and system.

Keys lie as PEM files in a directory that only its owner may read. They are synthetic and not
encrypted: never use this authority for anything but demonstrations, tests and training.
"""

import hashlib
import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier

from engine.signing.certificates import EMPLOYEE, INDIVIDUAL, ORGANISATION, SIGNING

#: An officer's certificate lives a year, as the national authority's do.
OFFICER_LIFE = timedelta(days=365)
#: The demo lives through years of monitoring in seconds: the root is valid long before and after.
ROOT_LIFE = timedelta(days=365 * 30)
#: A case may be made under a clock that starts earlier than the one the key was first asked with.
SLACK = timedelta(days=30)
#: Longest value of a common name (X.520).
NAME_LENGTH = 64


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A private key with its certificate."""

    #: RSA, 2048 bits.
    key: rsa.RSAPrivateKey
    #: Certificate over its public half.
    certificate: x509.Certificate

    def pem(self) -> bytes:
        """Return key (PKCS 8, not encrypted) and certificate, one after the other."""
        key = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return key + self.certificate.public_bytes(serialization.Encoding.PEM)

    @classmethod
    def load(cls, pem: bytes) -> "Identity":
        """Read what `pem` wrote; `ValueError` if it is not an RSA key with a certificate."""
        key = serialization.load_pem_private_key(pem, None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ValueError("not an RSA key")  # noqa: TRY004 - one error for a bad file
        return cls(key=key, certificate=x509.load_pem_x509_certificate(pem))


def _name(values: Sequence[tuple[ObjectIdentifier, str]]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in values if value])


def officer_name(iin: str, bin: str, name: str) -> x509.Name:
    """Write the subject for «Surname Name Patronymic»; givenName carries the patronymic."""
    surname, _, rest = name.strip().partition(" ")
    given, _, patronymic = rest.strip().partition(" ")
    return _name(
        [
            (NameOID.COMMON_NAME, f"{surname} {given}".strip()[:NAME_LENGTH]),
            (NameOID.SURNAME, surname[:NAME_LENGTH]),
            (NameOID.SERIAL_NUMBER, f"IIN{iin}"),
            (NameOID.COUNTRY_NAME, "KZ"),
            (NameOID.ORGANIZATION_NAME, "Zholdama demo" if bin else ""),
            (NameOID.ORGANIZATIONAL_UNIT_NAME, f"BIN{bin}" if bin else ""),
            (NameOID.GIVEN_NAME, patronymic[:NAME_LENGTH]),
        ]
    )


def system_name(bin: str, name: str) -> x509.Name:
    """Write the subject of an information system: its owner's BIN, no person."""
    return _name(
        [
            (NameOID.COMMON_NAME, name[:NAME_LENGTH]),
            (NameOID.SERIAL_NUMBER, f"BIN{bin}"),
            (NameOID.COUNTRY_NAME, "KZ"),
            (NameOID.ORGANIZATION_NAME, "Zholdama demo"),
            (NameOID.ORGANIZATIONAL_UNIT_NAME, f"BIN{bin}"),
        ]
    )


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _builder(
    subject: x509.Name, key: rsa.RSAPrivateKey, since: datetime, until: datetime, *, authority: bool
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(_usage(authority=authority), critical=True)
    )


def _root(at: datetime) -> Identity:
    key = _key()
    name = _name([(NameOID.COMMON_NAME, "Zholdama demo authority"), (NameOID.COUNTRY_NAME, "KZ")])
    made = _builder(name, key, at - ROOT_LIFE, at + ROOT_LIFE, authority=True)
    return Identity(key=key, certificate=made.issuer_name(name).sign(key, hashes.SHA256()))


def issue(
    root: Identity,
    subject: x509.Name,
    uses: Sequence[ObjectIdentifier],
    since: datetime,
    until: datetime,
) -> Identity:
    """Make a key and a certificate under `root`, valid between two moments (UTC)."""
    key = _key()
    made = _builder(subject, key, since, until, authority=False)
    made = made.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
    made = made.issuer_name(root.certificate.subject)
    return Identity(key=key, certificate=made.sign(root.key, hashes.SHA256()))


@lru_cache(maxsize=1024)
def _read(path: Path, changed: int) -> Identity:
    return Identity.load(path.read_bytes())


def read(path: Path) -> Identity:
    """Read a key file; kept in memory until it changes, for checking a key costs 50 ms."""
    return _read(path, path.stat().st_mtime_ns)


def trusted(pem: bytes) -> list[x509.Certificate]:
    """Read the certificates of a PEM file; `ValueError` if there is none."""
    return x509.load_pem_x509_certificates(pem)


class Authority:
    """Keeps and issues demo keys. Safe between threads and processes: the first file wins."""

    def __init__(self, directory: Path | str) -> None:
        """Keep keys in `directory`, which is created when the first is asked for."""
        self.directory = Path(directory)

    def root(self, at: datetime) -> Identity:
        """Return the root, created around `at` (UTC) if it is the first time."""
        return self._kept("authority", lambda: _root(at))

    def trust(self, at: datetime) -> list[x509.Certificate]:
        """Return the certificates that are trusted: the root's."""
        return [self.root(at).certificate]

    def officer(self, iin: str, bin: str, name: str, at: datetime) -> Identity:
        """Return the officer's key, valid at `at` (UTC); an expired one is replaced."""
        uses = [SIGNING, ORGANISATION, EMPLOYEE] if bin else [SIGNING, INDIVIDUAL]
        # The file's name must not show an IIN to whoever lists the directory.
        label = hashlib.sha256(f"{iin}/{bin}/{name}".encode()).hexdigest()[:24]
        return self._valid(f"officer-{label}", officer_name(iin, bin, name), uses, at)

    def system(self, bin: str, name: str, at: datetime) -> Identity:
        """Return the key of an information system, valid at `at` (UTC)."""
        label = hashlib.sha256(f"{bin}/{name}".encode()).hexdigest()[:24]
        return self._valid(f"system-{label}", system_name(bin, name), [SIGNING, ORGANISATION], at)

    def _valid(
        self, label: str, subject: x509.Name, uses: Sequence[ObjectIdentifier], at: datetime
    ) -> Identity:
        root, year = self.root(at), at.year
        # One file per year of life, so that a clock that is moved on asks for a new certificate.
        for start in (year, year - 1):
            path = self.directory / f"{label}-{start}.pem"
            if path.exists() and _covers(found := read(path), at):
                return found
        return self._kept(
            f"{label}-{year}",
            lambda: issue(root, subject, uses, at - SLACK, at + OFFICER_LIFE),
            lambda found: _covers(found, at),
        )

    def _kept(
        self,
        label: str,
        make: Callable[[], Identity],
        fits: Callable[[Identity], bool] = lambda found: True,
    ) -> Identity:
        path = self.directory / f"{label}.pem"
        with suppress(FileNotFoundError):
            if fits(found := read(path)):
                return found
            path.rename(path.with_suffix(f".{secrets.token_hex(4)}.old"))
        return _write_first(path, make())


def _covers(identity: Identity, at: datetime) -> bool:
    certificate = identity.certificate
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def _write_first(path: Path, made: Identity) -> Identity:
    """Write the file whole or not at all; where somebody was faster, return theirs."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{secrets.token_hex(8)}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(made.pem())
    try:
        os.link(draft, path)
    except FileExistsError:
        return read(path)
    finally:
        draft.unlink()
    return made
