"""What families and officers of the demo say: values of the chain's forms."""

from collections.abc import Mapping

from handlers.people.facts import MemberFacts, Relationship
from handlers.registries.sandbox.families import Family
from handlers.registries.sandbox.names import REGIONS

Values = Mapping[str, object]
#: What people call the files they scan.
NAMES = {
    "identity": "Жеке куәлік",
    "marriage": "Неке туралы куәлік",
    "birth": "Туу туралы куәлік",
    "death": "Қайтыс болу туралы куәлік",
    "education": "Білімі туралы құжат",
    "guardianship": "Қамқоршылық туралы құжат",
    "adoption": "Асырап алу туралы шешім",
}


#: What is said at a step by everybody, when all goes well.
USUAL: Mapping[str, Values] = {
    "recheck": {"attested": True},
    "head_check": {"relatives": "no", "questionnaire": "match", "decision": "forward"},
    "origin_check": {"decision": "forward"},
    "completeness": {
        "data_complete": True,
        "scans_there": True,
        "consent_there": True,
        "decision": "forward",
    },
    "director_signature": {"decision": "forward"},
    "plan_draft": {
        "accepted": True,
        "channel": "phone",
        "services": ["1", "2", "7", "9", "11", "15", "16", "20", "25"],
    },
}


def member(found: MemberFacts, family: Family) -> dict[str, object]:
    """Return a family member as typed into the application."""
    person = found.person
    iin = person.iin or ""
    return {
        "relationship": found.relationship.value,
        "surname": person.surname,
        "name": person.name,
        "patronymic": person.patronymic,
        "iin": iin,
        "born": person.born.isoformat() if person.born else "",
        "sex": person.sex,
        "citizenship": person.citizenship,
        "document": person.document,
        "education": "secondary",
        "born_abroad": any(
            act.kind == "birth" and act.iin == iin and act.country != "KAZ" for act in family.acts
        ),
        "ward": iin in family.wards,
    }


def places(region: str) -> tuple[str, str]:
    """Return two places of a region."""
    found = REGIONS[region].places
    return found[0], found[-1]


def wished(family: Family, destination: str) -> str:
    """Return the place in the region of settlement that a family asks for."""
    return places(destination)[family.number % 3 % 2]


def application(family: Family, origin: str, destination: str) -> dict[str, object]:
    """Return the application as the family would have it typed."""
    own = member(family.members[0], family)
    marriage = next((act for act in family.acts if act.kind == "marriage"), None)
    said: dict[str, object] = {
        **{key: own[key] for key in ("surname", "name", "patronymic", "iin", "born", "sex")},
        "citizenship": own["citizenship"],
        "document": own["document"],
        "education": "vocational",
        "phone": family.phone.replace(" ", ""),
        "email": "",
        "messenger": "",
        "origin_address": f"{places(origin)[family.number % 2]}, {family.address}",
        "destination_region": destination,
        "destination_locality": wished(family, destination),
        "members": [member(found, family) for found in family.members[1:]],
        "lost": _loss(family),
        "consent": True,
    }
    if marriage and family.of(Relationship.SPOUSE):
        said |= {
            "marriage_date": marriage.on.isoformat(),
            "marriage_abroad": marriage.country != "KAZ",
        }
    return said


def _loss(family: Family) -> list[dict[str, object]]:
    """Return what the family says of the children who died."""
    deaths = {act.iin: act for act in family.acts if act.kind == "death"}
    return [
        {
            "surname": child.surname,
            "name": child.name,
            "patronymic": child.patronymic,
            "iin": child.iin or "",
            "death_date": deaths[child.iin or ""].on.isoformat(),
            "death_abroad": deaths[child.iin or ""].country != "KAZ",
        }
        for child in family.lost
    ]


def answered(known: Values, answer: str, **changes: object) -> dict[str, object]:
    """Return the application as it is known, remarks answered, with changes."""
    remarks = known.get("answers")
    return {
        **known,
        "members": _numbered(known.get("members")),
        "lost": _numbered(known.get("lost")),
        "answers": [
            {"_was": str(number), "answer": answer}
            for number, _ in enumerate(remarks if isinstance(remarks, list) else [])
        ],
        **changes,
    }


def _numbered(rows: object) -> list[dict[str, object]]:
    """Return rows as a page posts them: each says which it was."""
    found = rows if isinstance(rows, list) else []
    return [{**row, "_was": str(number)} for number, row in enumerate(found)]
