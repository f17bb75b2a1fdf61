"""The sandbox's one page: switches of the systems, signals of the card; in three languages."""

from collections.abc import Mapping
from html import escape

from engine.i18n import translate
from engine.model.people import LANGUAGES
from engine.model.text import text
from handlers.registries.sandbox.hardship import Hardship
from handlers.registries.sandbox.sender import Sender, Sent
from handlers.registries.sandbox.switches import Mode, Sending

#: No scripts, no styles from elsewhere; forms go to ourselves.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'"

TITLE = "Sandbox of the outside systems"
INTRODUCTION = "Choose how each system behaves. It counts from the next question on."
APPLY = "Apply"
QUERIES = "Queries"
NAMES: Mapping[str, str] = {
    "gbd_fl": "Register of natural persons (GBD FL)",
    "civil_registry": "Civil registry",
    "guardianship": "Guardianship",
    "supreme_court": "Supreme Court",
    "family_card": "Digital family card",
    "migration_portal": "Migration portal",
    "mobile_app": "Mobile application",
    "labour_exchange": "Electronic labour exchange",
    "labour_market": "Labour market",
    "unified_system": "Unified digital system of the social and labour field",
    "enforcement": "Enforcement bodies",
    "probation": "Probation service",
}
MODES: Mapping[Mode, str] = {
    Mode.OK: "Answers",
    Mode.NOT_FOUND: "Knows nobody",
    Mode.SLOW: "Too slow",
    Mode.DOWN: "Down",
    Mode.MALFORMED: "Answers with half of an answer",
    Mode.WRONG_SIGNATURE: "Signs wrongly",
    Mode.OTHER_PERSON: "Answers about somebody else",
}
SIGNALS = "Signals of the digital family card"
SIGNALS_ABOUT = "Families in difficulty. The card tells {home} of them, as agreed or with a fault."
NOWHERE = "No installation is known here to which a signal could be sent."
SEND = "Send signal"
NO_ANSWER = "no answer"
WHERE = "{place}, {count} people"
SENDINGS: Mapping[Sending, str] = {
    Sending.OK: "As agreed",
    Sending.MALFORMED: "Half of a message",
    Sending.WRONG_SIGNATURE: "With a wrong seal",
    Sending.DUPLICATE: "The same message again",
    Sending.LATE: "With the time of an hour ago",
}
STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;"
    "color-scheme:light dark}td,th{padding:.35rem .75rem .35rem 0;text-align:left}"
    "button,select{font:inherit;padding:.35rem .6rem;min-height:2.5rem}form{display:flex;gap:.5rem}"
    "select{flex:1;min-width:0}@media(max-width:40rem){table,tbody,tr,th,td{display:block}thead{display:none}}"
)


def _options(chosen: str, language: str) -> str:
    return "".join(
        f'<option value="{mode}"{" selected" if mode == chosen else ""}>'
        f"{escape(translate(name, language))}</option>"
        for mode, name in MODES.items()
    )


def _row(system: str, mode: str, count: int, language: str) -> str:
    name = escape(translate(NAMES[system], language))
    return (
        f'<tr><th scope="row">{name}</th><td>'
        f'<form method="post" action="/switches/{system}?lang={language}">'
        f'<select name="mode" aria-label="{name}">{_options(mode, language)}</select>'
        f"<button>{escape(translate(APPLY, language))}</button></form></td><td>{count}</td></tr>"
    )


def _family(one: Hardship, sent: Sent | None, language: str) -> str:
    name = escape(f"{one.family.applicant.surname} {one.family.applicant.name}")
    where = text(WHERE, place=one.family.place, count=len(one.family.members))
    about = escape(translate(where, language))
    options = "".join(
        f'<option value="{mode}">{escape(translate(said, language))}</option>'
        for mode, said in SENDINGS.items()
    )
    said = ""
    if sent is not None:
        answer = f"{sent.status} {sent.code}" if sent.status else translate(NO_ANSWER, language)
        said = escape(f"{translate(SENDINGS[sent.mode], language)}: {answer}")
    return (
        f'<tr id="family-{one.number}"><th scope="row">{name}<br><small>{about}</small></th><td>'
        f'<form method="post" action="/signals/{one.number}?lang={language}">'
        f'<select name="mode" aria-label="{name}">{options}</select>'
        f"<button>{escape(translate(SEND, language))}</button></form></td><td>{said}</td></tr>"
    )


def _signals(sender: Sender, language: str) -> str:
    heading = f"<h2>{escape(translate(SIGNALS, language))}</h2>"
    if not sender.home:
        return f"{heading}<p>{escape(translate(NOWHERE, language))}</p>"
    about = translate(text(SIGNALS_ABOUT, home=sender.home), language)
    last = sender.last()
    rows = "".join(
        _family(one, last.get(number), language) for number, one in sender.hardships.items()
    )
    return f"{heading}<p>{escape(about)}</p><table><tbody>{rows}</tbody></table>"


def page(modes: Mapping[str, str], counts: Mapping[str, int], sender: Sender, language: str) -> str:
    """Return the page; `language` is one of `LANGUAGES`."""
    title = escape(translate(TITLE, language))
    links = " · ".join(f'<a href="/?lang={one}" lang="{one}">{one}</a>' for one in LANGUAGES)
    rows = "".join(_row(system, mode, counts[system], language) for system, mode in modes.items())
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body><nav>{links}</nav><main><h1>{title}</h1>"
        f"<p>{escape(translate(INTRODUCTION, language))}</p><table><thead><tr><th></th><th></th>"
        f'<th scope="col">{escape(translate(QUERIES, language))}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>{_signals(sender, language)}</main></body></html>"
    )
