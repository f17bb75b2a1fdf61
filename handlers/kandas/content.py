"""What an application says, as one canonical document: what the four offices sign.

The document carries the number of the version and the SHA-256 of its content, so that a signature
over it names what was signed. Two applications that say the same have the same digest, whoever
wrote them and when.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.model.text import Text, text
from engine.xml import Element, canonical, element, to_bytes

NAMESPACE = "urn:zholdama:kandas:application"
#: A person's fields in the order of the document.
PERSON = (
    "surname",
    "name",
    "patronymic",
    "iin",
    "born",
    "sex",
    "citizenship",
    "document",
    "education",
)
#: Fields of a member besides those of every person.
MEMBER = ("relationship", *PERSON, "born_abroad", "ward")
#: Fields of a child who died, who is no member.
LOST = ("surname", "name", "patronymic", "iin", "death_date", "death_abroad")
#: Fields of the application that are neither people nor documents. Those from ``child_died`` to
#: ``death_abroad`` are of applications begun while the form knew one child who died: what was
#: signed then has to give the same bytes for ever.
PLAIN = (
    "phone",
    "email",
    "messenger",
    "origin_region",
    "origin_address",
    "destination_region",
    "destination_locality",
    "marriage_date",
    "marriage_abroad",
    "child_died",
    "deceased_surname",
    "deceased_name",
    "deceased_patronymic",
    "deceased_iin",
    "death_date",
    "death_abroad",
    "consent",
)
#: What the fields are called where a change is shown.
LABELS: Mapping[str, Text] = {
    "surname": text("Surname"),
    "name": text("Given name"),
    "patronymic": text("Patronymic"),
    "iin": text("IIN"),
    "born": text("Date of birth"),
    "sex": text("Sex"),
    "citizenship": text("Citizenship"),
    "document": text("Foreign document"),
    "education": text("Education"),
    "relationship": text("Relationship"),
    "born_abroad": text("Born abroad"),
    "ward": text("Under guardianship"),
    "phone": text("Telephone"),
    "email": text("E-mail"),
    "messenger": text("Messenger"),
    "origin_region": text("Region of origin"),
    "origin_address": text("Address"),
    "destination_region": text("Region of settlement"),
    "destination_locality": text("Wished locality"),
    "marriage_date": text("Date of marriage"),
    "marriage_abroad": text("Married abroad"),
    "child_died": text("A child has died"),
    "deceased_surname": text("Surname of the deceased child"),
    "deceased_name": text("Given name of the deceased child"),
    "deceased_patronymic": text("Patronymic of the deceased child"),
    "deceased_iin": text("IIN of the deceased child"),
    "death_date": text("Date of death"),
    "death_abroad": text("Death registered abroad"),
    "consent": text("Consent"),
    "documents": text("Documents"),
    "member": text("Family member"),
}

Values = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Attached:
    """A document that belongs to the application."""

    #: Kind, e.g. ``birth``.
    kind: str
    #: Document id.
    document: str
    #: SHA-256 of the file, hexadecimal.
    digest: str
    #: Id of the person whose document it is; empty: nobody's in particular.
    person: str = ""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that a version says otherwise than the one before."""

    #: Whose: a person's name, empty for the application as a whole.
    whose: str
    #: Field, a key of `LABELS`.
    field: str
    #: As it was; empty: was not there.
    old: str
    #: As it is; empty: is gone.
    new: str


def _said(value: object) -> str:
    if value is None or value is False:
        return ""
    return "true" if value is True else str(value)


def _part(tag: str, values: Values, names: Sequence[str]) -> Element:
    children = [
        element(f"{{{NAMESPACE}}}{name}", None, said)
        for name in names
        if (said := _said(values.get(name)))
    ]
    return element(f"{{{NAMESPACE}}}{tag}", None, *children)


def members(values: Values) -> list[Values]:
    """Return the rows of the family members."""
    return _rows(values, "members")


def lost(values: Values) -> list[Values]:
    """Return the children who died, as the form has them now or had them when it knew one."""
    if "lost" in values or not values.get("child_died"):
        return _rows(values, "lost")
    named = ("surname", "name", "patronymic", "iin")
    one = {name: values.get(f"deceased_{name}") for name in named}
    dated = {name: values.get(name) for name in ("death_date", "death_abroad")}
    return [{**one, **dated, "person": values.get("deceased")}]


def _rows(values: Values, name: str) -> list[Values]:
    rows = values.get(name)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _content(values: Values, documents: Sequence[Attached]) -> Element:
    files = [
        element(
            f"{{{NAMESPACE}}}document",
            {"kind": found.kind, "id": found.document, "sha256": found.digest}
            | ({"person": found.person} if found.person else {}),
        )
        for found in sorted(documents, key=lambda found: (found.kind, found.document))
    ]
    return element(
        f"{{{NAMESPACE}}}content",
        None,
        _part("applicant", values, PERSON),
        *(_part("member", row, MEMBER) for row in members(values)),
        *(_part("deceased", row, LOST) for row in _rows(values, "lost")),
        _part("statement", values, PLAIN),
        element(f"{{{NAMESPACE}}}documents", None, *files),
        prefixes={None: NAMESPACE},
    )


def digest(values: Values, documents: Sequence[Attached]) -> str:
    """Return the SHA-256 of what an application says, hexadecimal."""
    return hashlib.sha256(canonical(_content(values, documents))).hexdigest()


def document(
    case_number: str, version: int, values: Values, documents: Sequence[Attached]
) -> bytes:
    """Return the document of a version, as it is signed (UTF-8, canonical order of fields)."""
    content = _content(values, documents)
    sha256 = hashlib.sha256(canonical(content)).hexdigest()
    root = element(
        f"{{{NAMESPACE}}}application",
        {"case": case_number, "version": str(version), "sha256": sha256},
        content,
        prefixes={None: NAMESPACE},
    )
    return to_bytes(root)


def _flat(values: Values, documents: Sequence[Attached]) -> Iterator[tuple[tuple[str, str], str]]:
    whole = " ".join(_said(values.get(part)) for part in ("surname", "name")).strip()
    for name in PERSON:
        yield (whole, name), _said(values.get(name))
    for row in members(values):
        whose = " ".join(_said(row.get(part)) for part in ("surname", "name")).strip()
        for name in MEMBER:
            yield (whose, name), _said(row.get(name))
    for row in _rows(values, "lost"):
        whose = " ".join(_said(row.get(part)) for part in ("surname", "name")).strip()
        for name in LOST:
            field = name if name.startswith("death_") else f"deceased_{name}"
            yield (whose, field), _said(row.get(name))
    for name in PLAIN:
        yield ("", name), _said(values.get(name))
    for found in documents:
        yield (found.document, "documents"), found.kind


def changes(
    old: Values, old_documents: Sequence[Attached], new: Values, new_documents: Sequence[Attached]
) -> list[Change]:
    """Return what the new version says otherwise, in the order of the application."""
    before, after = dict(_flat(old, old_documents)), dict(_flat(new, new_documents))
    found: list[Change] = []
    for key in [*after, *(key for key in before if key not in after)]:
        was, now = before.get(key, ""), after.get(key, "")
        if was != now:
            whose = "" if key[1] == "documents" else key[0]
            found.append(Change(whose=whose, field=key[1], old=was, new=now))
    return found
