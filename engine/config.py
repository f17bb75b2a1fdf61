"""Settings of an installation, from the environment, checked once at the start.

=============================  =================================================================
``ZHOLDAMA_DATABASE_URL``      ``sqlite:///path`` or ``postgresql://…``; default
                               ``sqlite:///var/zholdama.db``
``ZHOLDAMA_KEYS``              the keys themselves (`engine.store.crypto`), instead of a file
``ZHOLDAMA_KEY_FILE``          file of the keys; default ``var/zholdama.keys``
``ZHOLDAMA_HOST``              address to listen on; default ``127.0.0.1``
``ZHOLDAMA_PORT``              port to listen on; default 8080
``ZHOLDAMA_PROXY``             address of the reverse proxy whose X-Forwarded-For and
                               X-Forwarded-Proto are believed; default: nobody's
``ZHOLDAMA_JOBS``              ``embedded`` (default): ``zholdama serve`` does the jobs too;
                               ``clustered``: it serves pages only, and ``zholdama worker``, as many
                               as wanted, do the jobs, woken through PostgreSQL
``ZHOLDAMA_LEASE``             seconds after which a job whose executor died is taken over,
                               2 to 3600; default 30. A living one renews at a third of it
``ZHOLDAMA_SECRET_KEY``        signs session cookies; default: derived from the keys
``ZHOLDAMA_HTTPS``             ``1``: reached by HTTPS, cookies go nowhere else; default ``0``
``ZHOLDAMA_DEMO``              ``1``: demo accounts at sign-in, a clock that can be moved forward,
                               keys of a demo authority; default ``0``
``ZHOLDAMA_DEMO_PASSWORD``     password of the demo accounts, shown at sign-in
``ZHOLDAMA_AUTHORITY_DIR``     keys of the demo authority; default ``var/authority`` in the demo
``ZHOLDAMA_EXTENSIONS``        packages of domains, separated by commas; default: all in
                               ``handlers``
``ZHOLDAMA_LANG``              language of the command line: ``kk`` (default), ``ru``, ``en``
``ZHOLDAMA_LOG``               ``text`` (default) or ``json``: one object a line, on the standard
                               error; neither has personal data (`engine.watching.logs`)
``ZHOLDAMA_LOG_LEVEL``         ``debug``, ``info``, ``warning`` or ``error``; default ``warning``
                               for text, ``info`` for JSON, which has a line for each request
``ZHOLDAMA_METRICS_HOST``      address to listen on for who reads metrics; default ``127.0.0.1``
``ZHOLDAMA_METRICS_PORT``      port of ``/metrics``, ``/healthz`` and ``/readyz`` of this process,
                               a worker's too; default: none, and nothing is counted
``ZHOLDAMA_TRACES``            ``1``: spans for OpenTelemetry; needs ``zholdama[otel]``, and
                               ``OTEL_EXPORTER_OTLP_ENDPOINT`` says whereto; default ``0``
``ZHOLDAMA_DEBUG``             anything: the command line shows stack traces, and logs the texts of
                               errors, which may name people: never in an installation in use
``ZHOLDAMA__NAME__PART``       setting ``name.part`` for handlers, whatever its name; all are text
=============================  =================================================================
"""

import os
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from importlib import import_module
from pathlib import Path

from engine.errors import ValueRefused
from engine.model.text import text

#: Every name that is read; anything else beginning with ZHOLDAMA_ is a slip of the pen.
_KNOWN = frozenset(
    f"ZHOLDAMA_{name}"
    for name in (
        "DATABASE_URL",
        "KEYS",
        "KEY_FILE",
        "HOST",
        "PORT",
        "JOBS",
        "LEASE",
        "SECRET_KEY",
        "HTTPS",
        "PROXY",
        "DEMO",
        "DEMO_PASSWORD",
        "AUTHORITY_DIR",
        "EXTENSIONS",
        "LANG",
        "LOG",
        "LOG_LEVEL",
        "METRICS_HOST",
        "METRICS_PORT",
        "TRACES",
        "DEBUG",
    )
)
#: Names of other tools: tests and bench.
_OTHERS = ("ZHOLDAMA_TEST_", "ZHOLDAMA_HYPOTHESIS", "ZHOLDAMA_BENCH")
#: Package whose subpackages are the domains.
_DOMAINS = "handlers"


@dataclass(frozen=True, kw_only=True)
class Watching:
    """How a process is watched."""

    #: ``text`` or ``json``.
    log: str = "text"
    #: ``debug``, ``info``, ``warning`` or ``error``.
    level: str = "warning"
    #: Whether logs have the texts of errors, which may name people.
    debug: bool = False
    #: Address to listen on for who reads metrics.
    host: str = "127.0.0.1"
    #: Its port; 0: nobody reads and nothing is counted.
    port: int = 0
    #: Whether spans are sent.
    traces: bool = False


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of an installation."""

    #: Address of the database.
    database_url: str = "sqlite:///var/zholdama.db"
    #: Key text; empty: read from `key_file`.
    keys: str = field(default="", repr=False)
    #: File of the keys.
    key_file: Path = Path("var/zholdama.keys")
    #: Address to listen on.
    host: str = "127.0.0.1"
    #: Port to listen on.
    port: int = 8080
    #: ``embedded`` or ``clustered``: who does the jobs.
    jobs: str = "embedded"
    #: How long a claim of a job is good unless it is renewed.
    lease: timedelta = timedelta(seconds=30)
    #: Signs session cookies; empty: derived from the keys by `engine.bootstrap`.
    secret_key: str = field(default="", repr=False)
    #: Address of the reverse proxy whose headers are believed; empty: nobody's.
    proxy: str = ""
    #: Whether pages are reached by HTTPS.
    https: bool = False
    #: Whether this is a demo.
    demo: bool = False
    #: Password of the demo accounts.
    demo_password: str = field(default="", repr=False)
    #: Directory of the demo authority; None: nobody can sign.
    authority: Path | None = None
    #: Packages of domains.
    extensions: tuple[str, ...] = ()
    #: How the process is watched.
    watching: Watching = field(default_factory=Watching)
    #: Settings of handlers and domains by name.
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def clustered(self) -> bool:
        """Tell whether pages and jobs have processes of their own."""
        return self.jobs == "clustered"

    @property
    def own_key_file(self) -> Path | None:
        """Return the file the keys are read from; None: they were told without one."""
        return None if self.keys else self.key_file

    def as_environment(self) -> dict[str, str]:
        """Return the variables with which another process works on the same installation.

        How each process is watched is its own.
        """
        said = {
            "ZHOLDAMA_DATABASE_URL": self.database_url,
            "ZHOLDAMA_KEYS": self.keys,
            "ZHOLDAMA_KEY_FILE": str(self.key_file),
            "ZHOLDAMA_HOST": self.host,
            "ZHOLDAMA_PORT": str(self.port),
            "ZHOLDAMA_JOBS": self.jobs,
            "ZHOLDAMA_LEASE": str(int(self.lease.total_seconds())),
            "ZHOLDAMA_SECRET_KEY": self.secret_key,
            "ZHOLDAMA_PROXY": self.proxy,
            "ZHOLDAMA_HTTPS": str(int(self.https)),
            "ZHOLDAMA_DEMO": str(int(self.demo)),
            "ZHOLDAMA_DEMO_PASSWORD": self.demo_password,
            "ZHOLDAMA_AUTHORITY_DIR": "" if self.authority is None else str(self.authority),
            "ZHOLDAMA_EXTENSIONS": ",".join(self.extensions),
        }
        for name, value in self.values.items():
            said[f"ZHOLDAMA__{name.upper().replace('.', '__')}"] = value
        return said

    def with_values(self, values: Mapping[str, str]) -> "Settings":
        """Return settings with more values for handlers; those given before stay."""
        return replace(self, values={**values, **self.values})


def domains() -> tuple[str, ...]:
    """Return the packages of all domains that are installed."""
    try:
        package = import_module(_DOMAINS)
    except ModuleNotFoundError:
        return ()
    found = pkgutil.iter_modules(package.__path__)
    return tuple(sorted(f"{_DOMAINS}.{module.name}" for module in found if module.ispkg))


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; `ValueRefused` names the first one that is wrong."""
    said = dict(os.environ if environment is None else environment)
    _refuse_unknown(said)
    demo = _switch(said, "ZHOLDAMA_DEMO")
    authority = said.get("ZHOLDAMA_AUTHORITY_DIR", "var/authority" if demo else "")
    packages = said.get("ZHOLDAMA_EXTENSIONS")
    return Settings(
        database_url=said.get("ZHOLDAMA_DATABASE_URL", Settings.database_url),
        keys=said.get("ZHOLDAMA_KEYS", ""),
        key_file=Path(said.get("ZHOLDAMA_KEY_FILE", str(Settings.key_file))),
        host=said.get("ZHOLDAMA_HOST", Settings.host),
        port=_port(said.get("ZHOLDAMA_PORT", str(Settings.port))),
        jobs=_one_of(said, "ZHOLDAMA_JOBS", "embedded", ("embedded", "clustered")),
        lease=_lease(said.get("ZHOLDAMA_LEASE", "30")),
        secret_key=_secret(said.get("ZHOLDAMA_SECRET_KEY", "")),
        proxy=said.get("ZHOLDAMA_PROXY", "").strip(),
        https=_switch(said, "ZHOLDAMA_HTTPS"),
        demo=demo,
        demo_password=said.get("ZHOLDAMA_DEMO_PASSWORD", ""),
        authority=Path(authority) if authority else None,
        extensions=domains() if packages is None else _names(packages),
        watching=_watching(said),
        values=_values(said),
    )


def _watching(said: Mapping[str, str]) -> Watching:
    form = _one_of(said, "ZHOLDAMA_LOG", "text", ("text", "json"))
    level = "info" if form == "json" else "warning"
    port = said.get("ZHOLDAMA_METRICS_PORT", "")
    return Watching(
        log=form,
        level=_one_of(said, "ZHOLDAMA_LOG_LEVEL", level, ("debug", "info", "warning", "error")),
        debug=bool(said.get("ZHOLDAMA_DEBUG")),
        host=said.get("ZHOLDAMA_METRICS_HOST", Watching.host),
        port=_port(port, "ZHOLDAMA_METRICS_PORT") if port else 0,
        traces=_switch(said, "ZHOLDAMA_TRACES"),
    )


def _one_of(said: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    value = said.get(name, "").strip().lower() or default
    if value not in choices:
        raise ValueRefused(
            text("{name} is one of {choices}.", name=name, choices=", ".join(choices))
        )
    return value


def _refuse_unknown(said: Mapping[str, str]) -> None:
    for name in sorted(said):
        ours = name.startswith("ZHOLDAMA_") and not name.startswith("ZHOLDAMA__")
        if ours and name not in _KNOWN and not name.startswith(_OTHERS):
            raise ValueRefused(text("There is no setting {name}", name=name))


def _switch(said: Mapping[str, str], name: str) -> bool:
    value = said.get(name, "0").strip().lower()
    if value not in {"0", "1", "true", "false", ""}:
        raise ValueRefused(text("{name} must be 0 or 1", name=name))
    return value in {"1", "true"}


def _port(written: str, name: str = "ZHOLDAMA_PORT") -> int:
    if not written.isdecimal() or not 1 <= int(written) <= 65535:
        raise ValueRefused(text("{name} must be a number from 1 to 65535", name=name))
    return int(written)


def _lease(written: str) -> timedelta:
    if not written.isdecimal() or not 2 <= int(written) <= 3600:
        raise ValueRefused(text("ZHOLDAMA_LEASE is a whole number of seconds from 2 to 3600"))
    return timedelta(seconds=int(written))


def _secret(written: str) -> str:
    if written and len(written) < 32:
        raise ValueRefused(text("ZHOLDAMA_SECRET_KEY must have at least 32 characters"))
    return written


def _names(written: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in written.split(",") if name.strip())


def _values(said: Mapping[str, str]) -> dict[str, str]:
    """Return ``ZHOLDAMA__REGISTRIES__TIMEOUT`` as ``registries.timeout``."""
    return {
        name.removeprefix("ZHOLDAMA__").lower().replace("__", "."): value
        for name, value in said.items()
        if name.startswith("ZHOLDAMA__")
    }
