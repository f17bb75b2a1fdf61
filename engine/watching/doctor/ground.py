"""Settings, keys, and what belongs to a demo."""

import stat
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from engine.errors import ZholdamaError
from engine.model.text import text
from engine.store.gauges import Gauges
from engine.watching.doctor.findings import Finding, Patient, error, fine, warning

#: Values in the database that only a demo sets: its mark, and how far its clock was moved.
MARKS = ("demo", "clock.shift")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def settings(patient: Patient) -> Iterator[Finding]:
    """Look at what people reach: the address, HTTPS, the proxy."""
    found = patient.settings
    if found.https and not found.proxy:
        yield warning(
            "settings",
            text("HTTPS is on, but no reverse proxy is believed: everybody has its address"),
            text("Set ZHOLDAMA_PROXY to the proxy's address, or all share one limit of attempts"),
        )
    if not found.https and not _loopback(found.host):
        yield error(
            "settings",
            text("The pages are open to the network without HTTPS"),
            text("Put a reverse proxy with a certificate before them and set ZHOLDAMA_HTTPS=1"),
        )
    if found.watching.debug:
        yield warning(
            "settings",
            text("ZHOLDAMA_DEBUG is set: logs have the texts of errors, which may name people"),
            text("Unset ZHOLDAMA_DEBUG and start again"),
        )
    if found.watching.port and not _loopback(found.watching.host):
        yield warning(
            "settings",
            text("Metrics are open to the network on {host}", host=found.watching.host),
            text("Let the firewall pass nobody but Prometheus to ZHOLDAMA_METRICS_PORT"),
        )


def keys(patient: Patient) -> Iterator[Finding]:
    """Look at who may read the keys, and whether they open what the database holds."""
    found = patient.settings
    if not found.keys and found.key_file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield error(
            "keys",
            text("Others on this machine may read the keys in {file}", file=found.key_file),
            text("Run: chmod 600 {file}", file=found.key_file),
        )
    try:
        with patient.database.reading() as uow:
            opened = Gauges(uow).unseal_one()
    except ZholdamaError as problem:
        yield error(
            "keys",
            problem.text,
            text("Bring back the keys this database was written with, from your own copy of them"),
        )
        return
    if opened:
        yield fine("keys", text("The keys open what the database holds"))


def demo(patient: Patient) -> Iterator[Finding]:
    """Look for what belongs to a demo, in an installation that is none."""
    found = patient.settings
    if found.demo:
        yield from _demo_in_earnest(patient)
        return
    if found.authority is not None:
        yield error(
            "demo",
            text("The demo's authority signs: its signatures are worth nothing"),
            text("Unset ZHOLDAMA_AUTHORITY_DIR"),
        )
    near = sorted(name for name, value in found.values.items() if _near(name, value))
    if near:
        yield warning(
            "demo",
            text(
                "Outside systems lie on this machine, as a sandbox does: {names}",
                names=", ".join(near),
            ),
            text("Give them the addresses of the real systems"),
        )
    with patient.database.reading() as uow:
        marks = [name for name in MARKS if uow.settings.get(name, "") not in {"", "0"}]
    if marks:
        yield error(
            "demo",
            text("The database was made by a demo: its people and passwords are known to all"),
            text("Begin with an empty database: zholdama db upgrade"),
        )


def _demo_in_earnest(patient: Patient) -> Iterator[Finding]:
    found = patient.settings
    if found.https or not _loopback(found.host) or patient.database.dialect == "postgresql":
        yield error(
            "demo",
            text("The demo is on where others can reach it: anybody can sign in"),
            text("Set ZHOLDAMA_DEMO=0, or keep the demo on an address of this machine"),
        )
    else:
        yield fine("demo", text("This is a demo, reached from this machine only"))


def _near(name: str, value: str) -> bool:
    return name.endswith("url") and _loopback(urlsplit(value).hostname or "-")
