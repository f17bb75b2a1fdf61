"""The list of all cases: what it is narrowed to, its pages, the search for a person."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import FormRefused
from engine.model.text import Text, text
from engine.services import search as words_of
from engine.services.cockpit import asking, choices, filters, search
from engine.services.cockpit.asking import Asked
from engine.services.cockpit.choices import Choices
from engine.services.views import CaseState
from engine.web import lists, recording, rendering, say, state
from engine.web.policy import ADMINS, allow

blueprint = Blueprint("cockpit_search", __name__)

#: What fields are called on their chips.
_CALLED: Mapping[str, Text] = {
    "number": text("Case number"),
    "key": text("Case number"),
    "person": text("Person"),
    "process": text("Process"),
    "version": text("Version"),
    "status": text("State"),
    "element": text("Stands at"),
    "office": text("Office"),
    "region": text("Region"),
    "who": text("In charge"),
    "started-from": text("Started from"),
    "started-to": text("Started until"),
    "ended-from": text("Ended from"),
    "ended-to": text("Ended until"),
    "due-from": text("Deadline from"),
    "due-to": text("Deadline until"),
    "message": text("Incident says"),
    "where": text("Variables"),
}
#: Fields that are only ticked.
_TICKED: Mapping[str, Text] = {
    "late": text("Overdue"),
    "incident": text("With an incident"),
    "called": text("Called cases, too"),
}
#: Fields in which several values are typed with commas between them.
_TYPED = frozenset({"number", "element", "who"})


@dataclass(frozen=True, kw_only=True)
class Chip:
    """One thing that narrows the list."""

    #: What is narrowed, and to what.
    name: str
    value: str
    #: The list without it.
    href: str


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The list as the page shows it."""

    #: What it is narrowed to.
    asked: Asked
    #: What can be chosen.
    choices: Choices
    #: Its rows; None: the address could not be understood.
    page: search.Page | None
    #: How many fit, in words; empty: not counted.
    total: str = ""
    #: Errors by field.
    errors: Mapping[str, Sequence[Text]] = field(default_factory=dict)


@blueprint.get("/cases/")
@allow(ADMINS)
def show() -> ResponseReturnValue:
    """Show a page of the list; a further one comes as rows alone."""
    if not request.args:
        begun = _start()
        if begun:
            return redirect(f"{address(Asked())}?{begun}")
    asked = asking.read(request.args.to_dict(flat=False))
    hidden = _hidden(asked)
    if hidden != asked:
        return redirect(address(hidden), code=303)
    if asked.one("person"):
        recording.restricted("search.person")
    after = request.args.get("after", "")[:500]
    if after and request.headers.get("HX-Request"):
        return _rows(asked, after)
    seen = _seen(asked, after)
    body = render_template(
        "cockpit/cases.html",
        seen=seen,
        page=seen.page,
        chips=list(_chips(seen)),
        query=urlencode(asked.pairs()),
        options=_options(seen.choices),
        **_words(asked),
    )
    return body, 400 if seen.errors else 200


def _rows(asked: Asked, after: str) -> str:
    """Return further rows alone."""
    with state.reading() as uow:
        page = search.page(uow, state.context(), state.actor(), asked, after=after)
    return render_template("cockpit/cases_rows.html", page=page, **_words(asked))


def _words(asked: Asked) -> Mapping[str, Callable[..., object]]:
    """Return what rows are written with."""
    return {
        "address": lambda **more: address(asked, **more),
        "due": _due(),
        "words": state_words,
    }


def _start() -> str:
    """Return the filter with which this person's list begins; empty: with all cases."""
    with state.reading() as uow:
        return filters.start_of(uow, state.actor(), "cases")


def _options(found: Choices) -> Mapping[str, list[tuple[str, str]]]:
    """Return what can be chosen of each field, as values and words, in the order of the words."""
    language = state.language()

    def named(some: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str]]:
        return [(value, rendering.pick(names, language) or value) for value, names in some.items()]

    return {
        "process": sorted(named(found.processes), key=lambda one: one[1]),
        "version": named(found.versions),
        "status": [(one.value, state_words(one)) for one in CaseState],
        "office": sorted(named(found.offices), key=lambda one: one[1]),
        "region": sorted(
            ((c, rendering.region_name(c)) for c in found.regions), key=lambda one: one[1]
        ),
    }


def _seen(asked: Asked, after: str) -> Seen:
    ctx, actor = state.context(), state.actor()
    with state.reading() as uow:
        found = choices.of(uow, ctx, actor, asked)
        try:
            if after:
                page = search.page(uow, ctx, actor, asked, after=after)
                return Seen(asked=asked, choices=found, page=page)
            page, total = search.begin(uow, ctx, actor, asked)
        except FormRefused as refused:
            return Seen(asked=asked, choices=found, page=None, errors=refused.errors)
    return Seen(asked=asked, choices=found, page=page, total=total_words(total))


def total_words(found: search.Total) -> str:
    """Say how many: ``1 284``, ``10 000+``; ``≥ 37`` if the counting stopped on the way."""
    number = f"{found.number:,}".replace(",", "\N{NO-BREAK SPACE}")
    if found.exact:
        return number
    return f"{number}+" if found.number >= search.CAP else f"≥ {number}"


@blueprint.post("/cases/find")
@allow(ADMINS)
def find() -> ResponseReturnValue:
    """Lead from the form to the list, with the words about a person sealed in its address."""
    said: dict[str, list[str]] = request.form.to_dict(flat=False)
    for name in _TYPED & said.keys():
        said[name] = [part for one in said[name] for part in one.split(",")]
    words = request.form.get("words", "").strip()
    if words:
        said["person"] = [_sought(words)]
    return redirect(address(_hidden(asking.read(said))), code=303)


def _sought(words: str) -> str:
    with state.writing() as uow:
        sealed = search.sought(uow, state.context(), state.actor(), words)
        uow.commit()
    return sealed


def _hidden(asked: Asked) -> Asked:
    """Return an address with whom it names in clear, or what may be an IIN, sealed as a person."""
    person = asked.one("person")
    open_ = [person] if person and not words_of.is_sealed(person) else []
    fields = dict(asked.fields)
    for name, values in asked.fields.items():
        found = [one for one in values if name != "person" and words_of.like_iin(one)]
        fields[name] = tuple(one for one in values if one not in found)
        open_ = [words_of.iin_of(one) for one in found] or open_
    if not open_:
        return asked
    return asking.read({**fields, "person": (_sought(open_[0]),)})


def address(asked: Asked, **more: str) -> str:
    """Return the address of the list narrowed like that."""
    pairs = [(name, value) for name, value in asked.pairs() if name not in more]
    pairs += [(name, value) for name, value in more.items() if value]
    return url_for("cockpit_search.show") + ("?" + urlencode(pairs) if pairs else "")


def state_words(one: CaseState) -> str:
    """Return what a state is called."""
    return state.said(lists.CASE_STATES[one])


def _due() -> Callable[[Any], say.Due]:
    with state.reading() as uow:
        calendar = state.working_calendar(uow)
    return lambda when: say.due(when, state.now(), calendar, state.language())


def _chips(seen: Seen) -> Iterator[Chip]:
    for name, value in asking.chips(seen.asked):
        href = address(asking.without(seen.asked, name, value))
        if name in _TICKED:
            yield Chip(name=state.said(_TICKED[name]), value="", href=href)
        else:
            yield Chip(name=state.said(_CALLED[name]), value=_value(seen, name, value), href=href)


def _standing(seen: Seen) -> Mapping[str, Mapping[str, str]]:
    """Return what the elements are called at which the cases shown stand."""
    lines = seen.page.lines if seen.page else ()
    return {one.element: one.names for line in lines for one in line.stands if one.names}


def _value(seen: Seen, name: str, value: str) -> str:
    """Return a value in words; of a person nothing is said."""
    language = state.language()
    if name == "person":
        return state.said(text("a name or an IIN"))
    if name == "status":
        return state_words(CaseState(value)) if value in {one.value for one in CaseState} else value
    if name == "region":
        return rendering.region_name(value)
    names = {
        "process": seen.choices.processes,
        "office": seen.choices.offices,
        "version": seen.choices.versions,
        "element": {**_standing(seen), **seen.choices.elements},
    }.get(name, {})
    return rendering.pick(names.get(value), language) or value
