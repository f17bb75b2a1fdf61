"""The chain of signatures of a case."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine.errors import NotFound, SignatureRefused
from engine.model.people import SYSTEM, Actor, Candidate
from engine.model.sight import Sight
from engine.model.text import text
from engine.ports import Verification, Verifier
from engine.services import access, history, sights
from engine.services.caseviews import signature_view, signatures_of
from engine.services.context import Context, UnitOfWork
from engine.services.views import SignatureView
from engine.store.tasks import TaskRow


@dataclass(frozen=True, kw_only=True)
class Signing:
    """Where a signature belongs."""

    #: The task that is being completed.
    task: TaskRow
    #: Ordinal in the chain (property ``sign`` of its element).
    ordinal: int
    #: The task's candidates: for one of their organisations the person signs.
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, kw_only=True)
class _Signatory:
    """Who signs."""

    #: IIN of the person.
    iin: str
    #: Code of the organisation.
    organisation: str
    #: BIN of the organisation.
    bin: str


def _signatory(uow: UnitOfWork, actor: Actor, signing: Signing) -> _Signatory:
    """Return who signs for which organisation; `SignatureRefused` without IIN or role."""
    account = uow.accounts.find(actor.account)
    if account is None or not account.iin:
        raise SignatureRefused(text("Your account has no IIN, so you cannot sign"))
    # For herself where she can, else in the place of whom she substitutes: as `acting_for` says.
    own, held = actor.own, actor.memberships
    fitting = [one for one in signing.candidates if one in own] or [
        one for one in signing.candidates if one in held
    ]
    if signing.candidates and not fitting:
        # The task may have stayed on the desk of somebody whose role was taken away.
        raise SignatureRefused(text("You do not hold the role in which this is signed"))
    code = fitting[0].organisation if fitting else ""
    office = uow.organisations.find(code)
    return _Signatory(iin=account.iin, organisation=code, bin=office.bin if office else "")


def sign(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    signing: Signing,
    document: bytes,
    signed: bytes | None,
) -> Mapping[str, object]:
    """Sign (or take what was signed elsewhere), verify, store; return the act for the history.

    `SignatureRefused` if there is no valid key, or the signature, its certificate or its document
    do not fit this person and this version.
    """
    who = _signatory(uow, actor, signing)
    now = ctx.now()
    signed = signed or _by_port(ctx, actor, who, document, now)
    verification = _verifier(ctx).verify(
        signed, document=document, iin=who.iin, bin=who.bin, at=now
    )
    if not verification.valid:
        raise SignatureRefused(text(verification.reason))
    version = uow.signatures.version(signing.task.instance_id)
    row = _row(actor, signing, who, document, verification)
    uow.signatures.add({**row, "version": version}, document, signed, now)
    return {"what": "signed", "ordinal": signing.ordinal, "version": version}


def _by_port(ctx: Context, actor: Actor, who: _Signatory, document: bytes, now: datetime) -> bytes:
    if ctx.signer is None:
        raise SignatureRefused(text("Signing is not set up on this installation"))
    return ctx.signer.sign(document, iin=who.iin, bin=who.bin, name=actor.name, at=now)


def _verifier(ctx: Context) -> Verifier:
    if ctx.verifier is None:
        raise SignatureRefused(text("Signing is not set up on this installation"))
    return ctx.verifier


def _row(
    actor: Actor,
    signing: Signing,
    who: _Signatory,
    document: bytes,
    verification: Verification,
) -> dict[str, Any]:
    certificate, stead = verification.certificate, actor.in_place_of
    return {
        "instance_id": signing.task.instance_id,
        "task_id": signing.task.id,
        "ordinal": signing.ordinal,
        "element": signing.task.element,
        "account_id": actor.account,
        "who": actor.name,
        "organisation": who.organisation,
        "in_place_id": stead.account if stead else None,
        "in_place_of": stead.name if stead else "",
        "digest": hashlib.sha256(document).hexdigest(),
        "iin": who.iin,
        "bin": who.bin,
        "valid": verification.valid,
        "reason": verification.reason,
        "subject": certificate.subject if certificate else "",
        "not_after": certificate.not_after if certificate else None,
    }


def list_signatures(
    uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str
) -> tuple[SignatureView, ...]:
    """Return signatures, oldest first, voided ones included."""
    sights.case(uow, ctx, actor, instance_id)
    return signatures_of(uow, instance_id)


def verify_chain(
    uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str
) -> tuple[SignatureView, ...]:
    """Verify every stored signature again (at its own moment); return the chain with new results.

    Nothing is written: what was found at signing stays what it was.
    """
    sights.case(uow, ctx, actor, instance_id)
    return tuple(_again(uow, ctx, row) for row in uow.signatures.of_instance(instance_id))


def _again(uow: UnitOfWork, ctx: Context, row: Any) -> SignatureView:
    document, signed = uow.signatures.papers(row.id)
    found = _verifier(ctx).verify(
        signed, document=document, iin=row.iin, bin=row.bin, at=row.signed_at
    )
    if found.valid and hashlib.sha256(document).hexdigest() != row.digest:
        return replace(
            signature_view(row), valid=False, reason="The signature does not fit the document."
        )
    return replace(signature_view(row), valid=found.valid, reason=found.reason)


def signed_document(uow: UnitOfWork, ctx: Context, actor: Actor, signature_id: str) -> bytes:
    """Return the signed bytes, unchanged; `NotFound`."""
    row = uow.signatures.find(signature_id)
    if row is None:
        raise NotFound(text("There is no such signature, or it is not yours to see"))
    _, sight = sights.case(uow, ctx, actor, row.instance_id)
    if sight is not Sight.WHOLE:
        raise access.no_case()
    return uow.signatures.papers(signature_id)[1]


def void(uow: UnitOfWork, ctx: Context, instance_id: str, reason: str) -> int:
    """Void all standing signatures of a case because its data changed; return how many."""
    count = uow.signatures.void(instance_id, reason, ctx.now())
    if count:
        detail = {"reason": reason, "count": count}
        history.note(uow, ctx, SYSTEM, instance_id, "voided", detail)
    return count
