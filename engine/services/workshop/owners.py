"""Whose process is it: who may deploy a new version.

Analysts anywhere edit, check and rehearse everything. To put it to work one needs the role
``analyst`` at the organisation that owns the process. That stands in the installation's settings,
never in a diagram, which every analyst may change: ``deploy.owner.<process>``, else
``deploy.owner`` (codes, separated by commas), else the organisations of no region: those that
answer for the whole country.
"""

from collections.abc import Iterable, Mapping

from engine.model.people import ANALYST, Actor
from engine.model.text import Text, Words, text
from engine.services.access import is_machine
from engine.services.context import Context, UnitOfWork

#: Setting that names the owners of everything that has none of its own.
SETTING = "deploy.owner"


def owners(uow: UnitOfWork, ctx: Context, keys: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return the codes of the organisations that own each process; an empty key: the rest."""
    default = _codes(ctx.settings.get(SETTING, ""))
    if not default:
        default = frozenset(row.code for row in uow.organisations.all() if not row.region)
    named = {key: _codes(ctx.settings.get(f"{SETTING}.{key.lower()}", "")) for key in keys}
    return {key: codes or default for key, codes in named.items()}


def _codes(said: str) -> frozenset[str]:
    return frozenset(one.strip() for one in said.split(",") if one.strip())


def refusal(uow: UnitOfWork, ctx: Context, actor: Actor, keys: Iterable[str]) -> Text | None:
    """Return why this person may not deploy these processes; None: she may.

    Files of no process (a form that nothing asks for) belong to the owners of the rest: name them
    by an empty key.
    """
    if is_machine(actor):
        return None
    held = actor.organisations(ANALYST)
    wanted = owners(uow, ctx, keys)
    foreign = {key: codes for key, codes in wanted.items() if held.isdisjoint(codes)}
    if not foreign:
        return None
    codes = sorted({code for one in foreign.values() for code in one})
    names = {row.code: row.names for row in uow.organisations.some([*codes, *held])}
    return text(
        "To deploy {what} one must be an analyst of {owners}; you are one of {own}."
        " You may edit, check and rehearse it, and ask them to deploy it.",
        what=", ".join(sorted(filter(None, foreign))) or text("this"),
        owners=_said(codes, names) if codes else text("an office that answers for the country"),
        own=_said(sorted(held), names) if held else text("no office"),
    )


def _said(codes: Iterable[str], names: Mapping[str, Mapping[str, str]]) -> Words:
    """Return the names of organisations in all languages, a few of them."""
    few = list(codes)
    shown, more = few[:3], " …" if len(few) > 3 else ""
    by = {
        language: ", ".join(_name(names.get(code, {}), code, language) for code in shown) + more
        for language in ("kk", "ru", "en")
    }
    return Words(kk=by["kk"], ru=by["ru"], en=by["en"])


def _name(names: Mapping[str, str], code: str, language: str) -> str:
    return names.get(language) or names.get("kk") or code
