"""No IIN comes through the veil of the cockpit, however it is written."""

from decimal import Decimal

import pytest

from engine.services.cockpit.veiling import VEIL, veiled, veiled_value

IIN = "850312300012"


@pytest.mark.parametrize(
    "said",
    [IIN, f"file{IIN}.pdf", f"IIN{IIN}a", "850312 300012", "850312-300012", f"{IIN}abc", f"x{IIN}"],
)
def test_a_text_with_one(said: str) -> None:
    assert "0312" not in veiled(said)
    assert VEIL in veiled(said)


@pytest.mark.parametrize("value", [int(IIN), Decimal(IIN), float(IIN), [Decimal(IIN)], {IIN: 1}])
def test_a_value_with_one(value: object) -> None:
    assert "850312" not in repr(veiled_value(value))


@pytest.mark.parametrize(
    "said", ["01a07a6515000000012a268bde3ba468", "12345678901", "1234567890123", "2026-11-22"]
)
def test_what_is_none_stays(said: str) -> None:
    assert veiled(said) == said


def test_numbers_that_are_none_stay_numbers() -> None:
    assert veiled_value([7, 1.5, Decimal("2.50"), True]) == [7, 1.5, Decimal("2.50"), True]
