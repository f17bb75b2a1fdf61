"""Settings: read from the environment, checked once, refused in words."""

from dataclasses import fields

import pytest

from engine import bootstrap, config
from engine.clock import ShiftedClock, SystemClock
from engine.errors import ValueRefused


def test_an_empty_environment_is_a_small_installation() -> None:
    found = config.from_environment({})
    assert (found.host, found.port, found.demo) == ("127.0.0.1", 8080, False)
    assert found.database_url.startswith("sqlite:///")
    assert found.authority is None
    assert all(name.startswith("handlers" + ".") for name in found.extensions)


def test_values_for_handlers_come_by_name() -> None:
    found = config.from_environment({"ZHOLDAMA__REGISTRIES__GBD_FL__URL": "http://x"})
    assert found.values == {"registries.gbd_fl.url": "http://x"}
    more = found.with_values({"registries.gbd_fl.url": "ignored", "other": "y"})
    assert more.values == {"registries.gbd_fl.url": "http://x", "other": "y"}


def test_another_process_reads_the_same_settings() -> None:
    """Each setting has a value here that is not its default: one that is forgotten is seen."""
    said = {
        "ZHOLDAMA_DATABASE_URL": "postgresql://somebody@server/cases",
        "ZHOLDAMA_KEYS": "1:key",
        "ZHOLDAMA_KEY_FILE": "elsewhere/keys",
        "ZHOLDAMA_HOST": "0.0.0.0",
        "ZHOLDAMA_PORT": "8443",
        "ZHOLDAMA_JOBS": "clustered",
        "ZHOLDAMA_LEASE": "45",
        "ZHOLDAMA_SECRET_KEY": "x" * 40,
        "ZHOLDAMA_PROXY": "10.0.0.1",
        "ZHOLDAMA_HTTPS": "1",
        "ZHOLDAMA_DEMO": "1",
        "ZHOLDAMA_DEMO_PASSWORD": "known to all",
        "ZHOLDAMA_AUTHORITY_DIR": "elsewhere/authority",
        "ZHOLDAMA_EXTENSIONS": "one.domain,another",
        "ZHOLDAMA__REGISTRIES__GBD_FL__URL": "http://x",
    }
    found, plain = config.from_environment(said), config.Settings()
    same = {"watching"} | {
        one.name for one in fields(found) if getattr(found, one.name) == getattr(plain, one.name)
    }
    assert same == {"watching"}, "give it a value here, and write it in as_environment"
    assert config.from_environment(found.as_environment()) == found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZHOLDAMA_PORT", "http"),
        ("ZHOLDAMA_PORT", "0"),
        ("ZHOLDAMA_PORT", "65536"),
        ("ZHOLDAMA_LEASE", "1"),
        ("ZHOLDAMA_LEASE", "half a minute"),
        ("ZHOLDAMA_DEMO", "maybe"),
        ("ZHOLDAMA_SECRET_KEY", "short"),
        ("ZHOLDAMA_DATABSE_URL", "sqlite:///x"),
    ],
)
def test_what_cannot_be_is_named(name: str, value: str) -> None:
    with pytest.raises(ValueRefused, match=name):
        config.from_environment({name: value})


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    found = config.from_environment(
        {"ZHOLDAMA_KEYS": "very secret", "ZHOLDAMA_SECRET_KEY": "s" * 32}
    )
    assert "very secret" not in repr(found)
    assert "s" * 32 not in repr(found)


def test_the_settings_are_documented() -> None:
    assert config.__doc__ is not None
    for name in config._KNOWN:
        assert f"``{name}``" in config.__doc__


def test_an_installation_is_wired(tmp_path) -> None:
    settings = config.Settings(
        database_url=f"sqlite:///{tmp_path}/x.db",
        key_file=tmp_path / "keys",
        demo=True,
        authority=tmp_path / "authority",
    )
    with pytest.raises(ValueRefused, match="no keys"):
        bootstrap.build(settings)
    app = bootstrap.build(settings, create_keys=True)
    app.database.upgrade()
    assert len(app.settings.secret_key) == 64
    assert isinstance(app.context.clock, ShiftedClock)
    before = app.context.now()
    with app.database.begin() as uow:
        uow.settings.set(bootstrap.SHIFT, "86400")
        uow.commit()
    app.sync_clock()
    assert (app.context.now() - before).total_seconds() > 86_000
    again = bootstrap.build(settings)
    assert again.settings.secret_key == app.settings.secret_key
    for one in (app, again):
        one.close()


def test_no_demo_has_the_machines_clock_and_nobody_signs(tmp_path) -> None:
    settings = config.Settings(
        database_url=f"sqlite:///{tmp_path}/x.db", key_file=tmp_path / "keys"
    )
    app = bootstrap.build(settings, create_keys=True)
    assert isinstance(app.context.clock, SystemClock)
    assert app.context.signer is None
    app.close()


def test_a_missing_package_is_named(tmp_path) -> None:
    settings = config.Settings(key_file=tmp_path / "keys", extensions=("no_such_package",))
    with pytest.raises(ValueRefused, match="no_such_package"):
        bootstrap.build(settings, create_keys=True)
