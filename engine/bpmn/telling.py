"""What a diagram says to people: the paragraph of each element, and its name in three languages."""

from collections.abc import Callable, Iterable

from engine.bpmn.describe import LANGUAGES
from engine.bpmn.findings import Findings
from engine.bpmn.together import Drawn
from engine.model.elements import Element
from engine.model.problems import Severity
from engine.model.text import Text, text

#: What is drawn to lead the tokens, and stands for no paragraph by itself.
LEADS = frozenset(
    {"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "endEvent"}
)


def check_words(one: Drawn, findings: Findings) -> None:
    """Warn of elements without a paragraph, and of names that stand in one language only.

    A diagram that has none of either is told so once, at its process: whoever brings one from
    another tool is not buried under a warning for each element.
    """
    elements = one.process.elements.values()
    cited = [found for found in elements if found.kind not in LEADS]
    lawful = bool(one.process.properties.get("law")) or any(found.law for found in cited)
    _each(one, findings, cited, lawful, "bpmn.no-law", _lawless, "law")
    named = [found for found in elements if found.names.get("kk")]
    spoken = any(len(found.names) > 1 for found in named)
    _each(one, findings, named, spoken, "bpmn.no-translation", _untranslated, "name:ru, name:en")


def _each(
    one: Drawn,
    findings: Findings,
    elements: Iterable[Element],
    used: bool,
    code: str,
    missing: Callable[[Element], Text | None],
    properties: str,
) -> None:
    found = [(element, said) for element in elements if (said := missing(element)) is not None]
    if found and not used:
        said = text(
            "No element of {process} has the properties {properties}",
            process=one.process.key,
            properties=properties,
        )
        findings.at(one.line, one.process.key, code, said, Severity.WARNING)
        return
    for element, said in found:
        findings.at(element.line, element.id, code, said, Severity.WARNING)


def _lawless(element: Element) -> Text | None:
    if element.law:
        return None
    return text("{element} cites no paragraph; set the property law", element=element.id)


def _untranslated(element: Element) -> Text | None:
    lacking = [f"name:{language}" for language in LANGUAGES if not element.names.get(language)]
    if not lacking:
        return None
    return text(
        "The name of {element} is not translated; set {properties}",
        element=element.id,
        properties=", ".join(lacking),
    )
