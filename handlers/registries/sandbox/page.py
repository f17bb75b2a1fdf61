"""The sandbox's one page: a switch for each system, in three languages."""

from collections.abc import Mapping
from html import escape

from engine.i18n import translate
from engine.model.people import LANGUAGES
from handlers.registries.sandbox.switches import Mode

#: No scripts, no styles from elsewhere; forms go to ourselves.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'"

TITLE = "Sandbox of the outside systems"
INTRODUCTION = "Choose how each system behaves. It counts from the next question on."
APPLY = "Apply"
QUESTIONS = "Questions"
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


def page(modes: Mapping[str, str], counts: Mapping[str, int], language: str) -> str:
    """Return the page; `language` is one of `LANGUAGES`."""
    title = escape(translate(TITLE, language))
    links = " · ".join(f'<a href="/?lang={one}" lang="{one}">{one}</a>' for one in LANGUAGES)
    rows = "".join(_row(system, mode, counts[system], language) for system, mode in modes.items())
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body><nav>{links}</nav><main><h1>{title}</h1>"
        f"<p>{escape(translate(INTRODUCTION, language))}</p><table><thead><tr><th></th><th></th>"
        f'<th scope="col">{escape(translate(QUESTIONS, language))}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></main></body></html>"
    )
