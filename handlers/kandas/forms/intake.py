"""K-5 and K-6 in the career centre of origin: consultation, application, rework, scans."""

from collections.abc import Mapping
from typing import Any, ClassVar

from engine.handling import FormAdapter, Work, form_adapter
from engine.model.calendar import ZONE
from engine.model.people import Actor
from engine.model.text import text
from handlers.kandas import records, regions
from handlers.kandas.content import digest
from handlers.kandas.forms import family
from handlers.kandas.forms.base import (
    Errors,
    Values,
    current,
    limit,
    office,
    options,
    rows,
    word,
    words,
)
from handlers.kandas.records import Application
from handlers.people import records as people

#: What K-5 learns about the person and K-6 need not ask again.
KNOWN_BEFORE = ("surname", "name", "patronymic", "iin", "phone")
#: Article under which the consent is given (annex 2).
BASIS = "personal-data-law-8"
#: Element at which a returned application is reworked.
REWORK = "rework"
#: Answers of registries that a changed application makes stale.
ASKED_ANEW: Mapping[str, object] = {
    "identity_scans": None,
    "civil_scans": None,
    "guardianship_scans": None,
    "adoption_scans": None,
}


@form_adapter("kandas/consultation")
class Consultation(FormAdapter):
    """K-5: who came and what was explained."""

    gives: ClassVar[Mapping[str, str]] = {"applicant": "string", "consulted": "string"}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Fill in what is known, and today's date."""
        local = work.now.astimezone(ZONE).date()
        return {"date": local.isoformat(), **current(session, work).content}

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep the consultation; the person becomes the case's applicant."""
        records.consult(
            session,
            work.business_key,
            topics=words(values, "topics"),
            on=word(values, "date"),
            note=word(values, "note"),
            officer=actor.name,
        )
        known = {key: word(values, key) for key in KNOWN_BEFORE}
        saved = family.save(session, work.business_key, known)
        records.save_values(session, work.business_key, saved, heads=1)
        return {"applicant": saved["person"], "consulted": word(values, "date")}


def _files(values: Values) -> dict[tuple[str, str], list[str]]:
    """Return document ids by kind and person; rows of the same are put together."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows(values, "scans"):
        key = (word(row, "kind"), word(row, "person"))
        found.setdefault(key, []).extend(words(row, "files"))
    return found


def _people(session: Any, case_number: str) -> list[dict[str, str]]:
    """Return whose documents can be attached: the family, the dead, owners of earlier scans."""
    named = {one.person.id: one.person for one in people.family(session, case_number)}
    found = records.application(session, case_number)
    others = family.lost_ids(found.content) if found is not None else []
    others += [whose for _, whose in records.scans(session, case_number)]
    for one in others:
        known = people.person(session, one) if one and one not in named else None
        if known is not None:
            named[known.id] = known
    return options([(one.id, one.full_name) for one in named.values()])


def _check(values: Values, work: Work) -> None:
    errors = Errors()
    origin = regions.region_of(office(work, "origin_cc"))
    if word(values, "destination_region") == origin and not limit(work, "same_region"):
        errors.add(
            "destination_region",
            text("The region of settlement must be another than the region of origin."),
        )
    elif word(values, "destination_region") not in regions.REGIONS:
        errors.add("destination_region", text("There is no such region."))
    family.check_members(values, errors)
    if work.element == REWORK:
        # It is registered already: nobody asks for the numbers again before K-8.
        for path, row in family.everybody(values):
            if not word(row, "iin"):
                errors.add(f"{path}iin", text("K-7 demands the IIN of every member."))
    errors.refuse()


@form_adapter("kandas/application")
class ApplicationForm(FormAdapter):
    """K-6, and the rework of what an office returned."""

    gives: ClassVar[Mapping[str, str]] = {
        "applicant": "string",
        "deceased": "list<string>",
        "origin": "string",
        "destination": "string",
        "offices": "context",
        "heads": "number",
        "changed": "boolean?",
        "back_to": "string?",
        "version": "number?",
        "identity_scans": "list<string>?",
        "civil_scans": "list<string>?",
        "guardianship_scans": "list<string>?",
        "adoption_scans": "list<string>?",
    }

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Fill in the application as it stands; in rework, the remarks to answer as well."""
        found = current(session, work)
        known: dict[str, object] = {
            **found.content,
            "regions": regions.options(),
            "round": found.round if work.element == REWORK else 1,
            "origin_region": regions.region_of(found.origin_centre),
        }
        if work.element == REWORK:
            known["answers"] = [
                {"remark": one.id, "about": one.field, "text": one.said}
                for one in records.remarks(session, work.business_key, open_only=True)
            ]
            known["scans"] = [
                {"kind": kind, "person": whose, "files": files}
                for (kind, whose), files in records.scans(session, work.business_key).items()
            ]
            known["people"] = _people(session, work.business_key)
        return known

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Check what only the order knows, keep persons, family, consent and a version."""
        _check(values, work)
        before = current(session, work)
        content = {key: value for key, value in values.items() if key not in {"answers", "scans"}}
        content |= {
            "origin_region": regions.region_of(before.origin_centre),
            "person": before.content.get("person", ""),
        }
        self._keep_ids(content, before)
        content |= family.save_lost(session, self._lost(content, before), before.content)
        saved = family.save(session, work.business_key, content)
        heads = 1 + len(rows(saved, "members"))
        records.save_values(session, work.business_key, saved, heads)
        people.give_consent(
            session,
            person_id=str(saved["person"]),
            case_number=work.business_key,
            basis=BASIS,
            at=work.now,
        )
        records.update(session, work.business_key, accepted=(actor.name, work.now))
        known = self._variables(before, saved)
        if work.element == REWORK:
            return known | self._reworked(session, work, values, before, actor)
        frozen = records.freeze(session, work.business_key, 1, actor.name, work.now)
        return known | dict(ASKED_ANEW) | {"version": frozen.number, "changed": True}

    @staticmethod
    def _keep_ids(content: dict[str, object], before: Application) -> None:
        """Let only people of this very application be named by their ids."""
        known = {word(row, "person") for row in rows(before.content, "members")}
        content["members"] = [
            dict(row) | {"person": word(row, "person") if word(row, "person") in known else ""}
            for row in rows(content, "members")
        ]

    @staticmethod
    def _lost(content: Values, before: Application) -> Values:
        """Return the values with the id of the one child that an earlier form knew."""
        return (
            content
            if "lost" in content
            else {**content, "deceased": before.content.get("deceased")}
        )

    @staticmethod
    def _variables(before: Application, saved: Values) -> dict[str, object]:
        destination = word(saved, "destination_region")
        return {
            "applicant": saved["person"],
            "deceased": family.lost_ids(saved),
            "origin": regions.region_of(before.origin_centre),
            "destination": destination,
            "offices": regions.offices(before.origin_centre, destination),
            "heads": 1 + len(rows(saved, "members")),
        }

    @staticmethod
    def _reworked(
        session: Any, work: Work, values: Values, before: Application, actor: Actor
    ) -> dict[str, object]:
        """Answer the remarks, attach scans; a new version only if the data say otherwise."""
        answers = {word(row, "remark"): word(row, "answer") for row in rows(values, "answers")}
        open_remarks = {one.id for one in records.remarks(session, work.business_key)}
        records.answer_remarks(
            session,
            work.business_key,
            {key: said for key, said in answers.items() if key in open_remarks},
            work.now,
        )
        # All out, then all in: a document may have changed its kind or its person.
        for kind, whose in records.scans(session, work.business_key):
            records.set_scans(session, work.business_key, kind, [], before.round, whose)
        for (kind, whose), files in _files(values).items():
            records.set_scans(session, work.business_key, kind, files, before.round, whose)
        signed = records.version(session, work.business_key, before.version)
        now_says = digest(
            current(session, work).content, records.attached(session, work.business_key)
        )
        if signed is not None and signed.digest == now_says:
            return {"changed": False, "back_to": work.variables.get("returned_by")}
        frozen = records.freeze(
            session, work.business_key, before.version + 1, actor.name, work.now
        )
        return dict(ASKED_ANEW) | {"changed": True, "version": frozen.number}


@form_adapter("kandas/scans")
class Scans(FormAdapter):
    """K-6, A-31: scans of what the registries do not know."""

    gives: ClassVar[Mapping[str, str]] = {}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Offer one row for each person's document that the decision table asks for."""
        there = records.scans(session, work.business_key)
        facts = work.variables.get("facts")
        open_for = facts.get("whose") if isinstance(facts, Mapping) else None
        whose = open_for if isinstance(open_for, Mapping) else {}
        wanted = [
            (kind, one)
            for kind in dict.fromkeys(words(work.variables, "documents"))
            for one in words(whose, kind) or [""]
        ]
        return {
            "people": _people(session, work.business_key),
            "scans": [
                {"kind": kind, "person": one, "files": there.get((kind, one), [])}
                for kind, one in wanted
            ],
        }

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Attach the scans; the version that will be signed names them."""
        found = current(session, work)
        for (kind, whose), files in _files(values).items():
            records.set_scans(session, work.business_key, kind, files, found.round, whose)
        records.freeze(session, work.business_key, found.version, actor.name, work.now)
        return {}
