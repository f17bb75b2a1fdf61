"""What the order leaves open: settings with defaults, refused at the start when they cannot be."""

import re
from pathlib import Path

import pytest

from engine import bootstrap, config
from engine.errors import ValueRefused
from engine.i18n import translate
from handlers.kandas.limits import Limits

README = Path(__file__).parents[3] / "processes/kandas/README.md"


def test_limits_are_settings() -> None:
    found = Limits.read({"kandas.contact_attempts": "5", "kandas.same_region": "yes", "other": "1"})
    assert (found.contact_attempts, found.same_region, found.unreachable_days) == (5, True, 10)
    assert Limits.read({}) == Limits()
    norms = {f"kandas.{name}_days": "2" for name in ("registration", "assignment", "rework")}
    found = Limits.read(norms)
    assert (found.registration_days, found.assignment_days, found.rework_days) == (2, 2, 2)


BAD = [
    ("registration_days", "-1"),
    ("assignment_days", "one"),
    ("rework_days", "1.5"),
    ("rework_days", "31"),
    ("rework_days", "١"),
    ("contact_attempts", "0"),
    ("unreachable_days", ""),
    ("job_search_days", "9" * 5000),
    ("registry_wait", "10 minutes"),
    ("registry_wait", "PT"),
    ("birth_from", "13.08.2007"),
    ("marriage_from", "2008-02-30"),
    ("death_from", "20080501"),
    ("return_target", "leo_settlement"),
    ("same_region", "perhaps"),
]


@pytest.mark.parametrize(("name", "said"), BAD)
def test_what_cannot_be_is_refused_at_the_start_by_its_name(
    tmp_path: Path, name: str, said: str
) -> None:
    written = f"ZHOLDAMA__KANDAS__{name.upper()}"
    settings = config.from_environment({written: said, "ZHOLDAMA_KEY_FILE": f"{tmp_path}/keys"})
    with pytest.raises(ValueRefused, match=written) as refused:
        bootstrap.build(settings, create_keys=True)
    for language in ("kk", "ru"):
        told = translate(refused.value.text, language)
        assert written in told
        assert told != str(refused.value.text)
    assert not (tmp_path / "keys").exists()


def test_a_slip_of_the_pen_is_refused() -> None:
    with pytest.raises(ValueRefused, match=r"ZHOLDAMA__KANDAS__REWORK_DAY$"):
        Limits.check({"kandas.rework_day": "2"})
    Limits.check({"registries.timeout": "2", "kandas.rework_days": " 2 "})


def test_every_default_lies_within_its_own_bounds() -> None:
    said = {f"kandas.{name}": str(value) for name, value in Limits().variables().items()}
    assert Limits.read(said) == Limits()


def test_the_readme_has_every_limit_with_its_default() -> None:
    rows = re.findall(
        r"^\| `kandas\.(\w+)` \|[^|]+\| `([^`]+)` \|", README.read_text("utf-8"), re.M
    )
    wanted = {name: str(value).lower() for name, value in Limits().variables().items()}
    assert {name: default.lower() for name, default in rows} == wanted
