"""K-7, K-8 in the career centre of origin: everybody's IIN, the re-check, the first signature."""

from collections.abc import Mapping
from typing import Any, ClassVar

from engine.handling import FormAdapter, Work, form_adapter
from engine.model.people import Actor
from engine.model.text import text
from handlers.kandas import records
from handlers.kandas.forms import family
from handlers.kandas.forms.base import Errors, Values, current, refused, rows, word
from handlers.people.facts import Relationship


def _person(row: Values, relationship: str) -> dict[str, object]:
    parts = (word(row, part) for part in ("surname", "name", "patronymic"))
    return {
        "person": word(row, "person"),
        "full_name": " ".join(part for part in parts if part),
        "relationship": relationship,
        "iin": word(row, "iin"),
    }


@form_adapter("kandas/registration")
class Registration(FormAdapter):
    """K-7: registered in the Portal only with the IIN of every member."""

    gives: ClassVar[Mapping[str, str]] = {}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Show everybody, with the IINs that are known."""
        content = current(session, work).content
        everybody = [_person(content, Relationship.APPLICANT.value)]
        everybody += [_person(row, word(row, "relationship")) for row in rows(content, "members")]
        return {"people": everybody}

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Write the IINs and freeze the version that will be signed."""
        found = current(session, work)
        iins = {word(row, "person"): word(row, "iin") for row in rows(values, "people")}
        content = found.content
        known = [word(row, "person") for _, row in family.everybody(content)]
        errors = Errors()
        for number, person_id in enumerate(known):
            if not iins.get(person_id):
                errors.add(f"people.{number}.iin", text("K-7 demands the IIN of every member."))
        family.check_numbers(
            (
                (f"people.{number}.", {**row, "iin": iins.get(person_id, "")})
                for number, (person_id, (_, row)) in enumerate(
                    zip(known, family.everybody(content), strict=True)
                )
            ),
            errors,
        )
        errors.refuse()
        saved = family.with_numbers(session, content, {key: iins[key] for key in known})
        records.save_values(session, work.business_key, saved, found.heads)
        records.freeze(session, work.business_key, max(found.version, 1), actor.name, work.now)
        records.update(session, work.business_key, registered_at=work.now)
        return {}


@form_adapter("kandas/recheck")
class Recheck(FormAdapter):
    """K-8: the employee attests the data and signs first."""

    gives: ClassVar[Mapping[str, str]] = {"decision": "string"}

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Refuse while somebody has no IIN: the order has the Portal ask for all of them."""
        found = current(session, work)
        without = [row for _, row in family.everybody(found.content) if not word(row, "iin")]
        if without:
            name = _person(without[0], "")["full_name"]
            said = text("{name} has no IIN yet: K-8 cannot be signed without it.", name=name)
            raise refused("attested", said)
        number = work.variables.get("portal_number")
        records.update(session, work.business_key, portal_number=str(number or ""))
        records.save_check(
            session,
            work.business_key,
            step=work.element,
            round=found.round,
            found={"attested": True, "version": found.version},
            by=actor.name,
            at=work.now,
        )
        return {"decision": "forward"}

    def document(self, session: Any, work: Work) -> bytes | None:
        """Sign the version that the application has now."""
        return signed_version(session, work)


def signed_version(session: Any, work: Work) -> bytes | None:
    """Return the document of the latest version; None if there is none."""
    found = current(session, work)
    frozen = records.version(session, work.business_key, found.version)
    return frozen.document if frozen else None
