"""The sandbox's systems behind the JSON contract."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from engine.errors import SignatureRefused, XmlRefused
from engine.signing import Authority, detached
from engine.xml import parse
from handlers.registries.base import GATEWAY_BIN, GATEWAY_NAME
from handlers.registries.civil_registry import ActsRequest
from handlers.registries.contract import (
    FOUND,
    NOT_FOUND,
    SIGNATURE,
    Answer,
    Request,
    Status,
    Wire,
)
from handlers.registries.labour_exchange import VacanciesRequest
from handlers.registries.labour_market import Draft
from handlers.registries.migration_portal import Registration, Step
from handlers.registries.mobile_app import Notice
from handlers.registries.sandbox.care import Care
from handlers.registries.sandbox.switches import Mode
from handlers.registries.sandbox.world import World
from handlers.registries.supreme_court import AdoptionsRequest
from handlers.registries.unified_system import PlanNews, ServicesRequest
from handlers.registries.wellbeing import Completion, StatusesRequest

#: What a signed document contains (XMLDSig).
SIGNED_PART = "{http://www.w3.org/2000/09/xmldsig#}Signature"
Service = Callable[[dict[str, Any], str, datetime], Wire | None]


def services(world: World) -> Mapping[tuple[str, str], Service]:
    """Return what answers a question, by system and service."""
    return {**_of_order_170(world), **_of_order_74(world.care)}


def _of_order_74(care: Care) -> Mapping[tuple[str, str], Service]:
    return {
        ("family_card", "situation"): lambda data, key, at: care.situation(data["iin"], at.date()),
        ("family_card", "plan-completed"): lambda data, key, at: care.completed(
            Completion.model_validate(data), key, at
        ),
        ("family_card", "statuses"): lambda data, key, at: care.statuses(
            StatusesRequest.model_validate(data)
        ),
        ("unified_system", "services"): lambda data, key, at: care.services(
            ServicesRequest.model_validate(data)
        ),
        ("unified_system", "plan"): lambda data, key, at: care.plan(
            PlanNews.model_validate(data), key, at
        ),
        ("enforcement", "proceedings"): lambda data, key, at: care.proceedings(data["iin"]),
        ("probation", "record"): lambda data, key, at: care.record(data["iin"]),
    }


def _of_order_170(world: World) -> Mapping[tuple[str, str], Service]:
    return {
        ("civil_registry", "acts"): lambda data, key, at: world.acts(
            ActsRequest.model_validate(data)
        ),
        ("guardianship", "wards"): lambda data, key, at: world.wards(data["iin"]),
        ("supreme_court", "adoptions"): lambda data, key, at: world.adoptions(
            AdoptionsRequest.model_validate(data)
        ),
        ("family_card", "relatives"): lambda data, key, at: world.relatives(data["iin"]),
        ("migration_portal", "register"): lambda data, key, at: world.register(
            Registration.model_validate(data), key, at
        ),
        ("migration_portal", "update"): lambda data, key, at: world.update(
            Step.model_validate(data), key
        ),
        ("mobile_app", "notify"): lambda data, key, at: world.notify(
            Notice.model_validate(data), key, at
        ),
        ("labour_exchange", "vacancies"): lambda data, key, at: world.vacancies(
            VacanciesRequest.model_validate(data)
        ),
        ("labour_market", "decision"): lambda data, key, at: world.decision(
            _signed_draft(data), key, at
        ),
    }


def _signed_draft(data: dict[str, Any]) -> Draft:
    """Return the draft; `ValueError` unless its XML says the same and holds a signature."""
    draft = Draft.model_validate(data)
    root = parse(base64.b64decode(draft.signed))
    parts = list(root.iter())
    if not any(part.tag == SIGNED_PART for part in parts):
        raise ValueError("the decision is not signed")
    if draft.text not in {part.text for part in parts}:
        raise ValueError("another decision was signed")
    return draft


class Contracted:
    """Reads questions, checks their signature, writes signed answers."""

    def __init__(self, authority: Authority, world: World) -> None:
        """Answer from `world`, with keys of the demo authority."""
        self._authority = authority
        self._world = world
        self._services = services(world)

    def answer(
        self, system: str, service: str, message: bytes, headers: Mapping[str, str], mode: Mode
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """Return status, body and headers."""
        found = self._services.get((system, service))
        if found is None:
            return 404, b"", {}
        try:
            asked = Request.model_validate_json(message)
            at = asked.message_date
            detached.verify(message, headers.get(SIGNATURE, ""), self._authority.trust(at), at)
            frame = self._frame(asked, found, headers.get("Idempotency-Key", ""), mode)
        except (ValueError, KeyError, XmlRefused) as error:
            return 400, str(type(error).__name__).encode(), {}
        except SignatureRefused as error:
            return 403, str(error).encode(), {}
        return self._signed(frame, at, mode)

    def _frame(self, asked: Request, service: Service, key: str, mode: Mode) -> Answer:
        known = None
        if mode is not Mode.NOT_FOUND:
            known = service(dict(asked.data), key, asked.message_date)
        data = known.model_dump(mode="json", by_alias=True) if known else {}
        label = asked.message_id
        if mode is Mode.OTHER_PERSON:
            label = self._mix_up(data, label)
        return Answer(
            message_id=f"a-{asked.message_id}",
            correlation_id=label,
            response_date=asked.message_date,
            status=Status(code=NOT_FOUND if known is None else FOUND),
            data=data,
        )

    def _mix_up(self, data: dict[str, Any], label: str) -> str:
        """Put somebody else into the data; where there is nobody, answer another question."""
        if "iin" not in data:
            return f"other-{label}"
        data["iin"] = self._world.somebody_else(data["iin"])
        return label

    def _signed(
        self, frame: Answer, at: datetime, mode: Mode
    ) -> tuple[int, bytes, Mapping[str, str]]:
        body = frame.model_dump_json(by_alias=True).encode()
        signed = json.dumps({}).encode() if mode is Mode.WRONG_SIGNATURE else body
        if mode is Mode.MALFORMED:
            body = signed = body[: len(body) // 2]
        key = self._authority.system(GATEWAY_BIN, GATEWAY_NAME, at)
        return 200, body, {SIGNATURE: detached.sign(signed, key)}
