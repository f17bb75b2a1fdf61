"""Kazakh names in sentences: the genitive, by vowel harmony."""

_BACK = frozenset("аоұыуяюё")
_FRONT = frozenset("әеөүіиэ")
#: Sounds after which the ending begins with н; vowels belong to them.
_NASAL = frozenset("мнң")
#: Sounds after which it begins with д; after all others with т.
_SOFT = frozenset("рлйзжуи")


def genitive(name: str) -> str:
    """Return a name in the genitive: «Төлеухан Ардақ» → «Төлеухан Ардақтың»."""
    letters = [char for char in name.casefold() if char.isalpha()]
    if not letters:
        return name
    vowel = next((char for char in reversed(letters) if char in _BACK | _FRONT), "а")
    end = "ің" if vowel in _FRONT else "ың"
    last = letters[-1]
    if last in _SOFT:
        return f"{name}д{end}"
    vowels = (_BACK | _FRONT) - _SOFT
    return f"{name}{'н' if last in _NASAL | vowels else 'т'}{end}"
