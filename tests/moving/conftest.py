"""People whose passwords cost nothing to hash."""

import pytest
from argon2 import PasswordHasher


@pytest.fixture(autouse=True)
def cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    small = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("engine.services.accounts._hasher", small)
