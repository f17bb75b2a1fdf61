"""Correlation ids: taken over if well formed, made otherwise."""

import uuid

import pytest

from engine.watching.correlation import correlation


@pytest.mark.parametrize("given", ["req-0001", "0193a2b4-1111-7222-8333-44445555666a", "A1_" * 10])
def test_a_well_formed_id_is_taken_over(given: str) -> None:
    assert correlation(given) == given


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "short1",
        "x1" * 33,
        "has space 1",
        "line\nbreak-1",
        "Сейтова-12345",
        "SeitovaAigul",
        "860502304418",
        "iin-860502304418",
        "<script>1</script>",
        "-leading-1234",
    ],
)
def test_anything_else_is_made_anew(given: str | None) -> None:
    made = correlation(given)
    assert uuid.UUID(made).hex == made
    assert made != correlation(given)
