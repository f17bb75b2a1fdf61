"""Forms: definitions in form-js's JSON (schema version 19), read, checked and filled on the server.

Pure: bytes and plain data in, plain data out. `engine.web.formrender` draws a form.

**A definition** is a UTF-8 JSON file ``forms/<key>.json`` (key ``people/contact`` ↔ formKey)::

    {"type": "default", "id": "contact", "schemaVersion": 19, "components": [
      {"type": "textfield", "id": "Field_name", "key": "name", "label": "Аты-жөні",
       "properties": {"label:ru": "Фамилия, имя", "label:en": "Full name"},
       "validate": {"required": true, "maxLength": 120}}]}

**Components** (anything else is refused when the form is checked: no html, no iframe)

``textfield`` → str
    validate: required, minLength, maxLength, pattern, patternErrorMessage, validationType (email |
    phone); appearance.suffixAdorner.
``textarea`` → str
    validate: the same but the pattern.
``number`` → int | float (str with serializeToString)
    decimalDigits, increment; validate: required, min, max.
``checkbox`` → bool
    validate.required: must be ticked.
``radio``, ``select`` → str | None; ``checklist``, ``taglist`` → list[str]
    values: [{value, label, description}], or valuesKey: the context's name of such a list.
``datetime`` → ISO str | None
    subtype: date | time | datetime; disallowPassedDates; timeSerializingFormat (utc_…: +05:00).
``filepicker`` → list[str]
    accept: ".pdf,.jpg"; multiple; property max_mb.
``expression`` → any
    expression: FEEL, computed by the server, never taken from the browser.
``group`` → its fields' values
    components; path: prefix of their values, optional; label: heading of the group.
``dynamiclist`` → list[dict]
    components, path, isRepeating: true (form-js writes it), defaultRepetitions, allowAddRemove.
``text``
    text: paragraphs, ``# heading``, ``- item``, ``**bold**``.
``separator``, ``spacer``, ``button``
    Read and not drawn: spacing and buttons are the page's.

A file's value is the list of ids of documents that were uploaded to the task's draft.

**Custom properties** (strings, in a component's ``properties``; form-js's editor keeps them)

``label:ru  label:en`` and so for ``description``, ``text``, ``patternErrorMessage``
    Translations. What stands in ``label`` and the like is Kazakh. An option carries its own:
    ``{"value": "yes", "label": "Иә", "label:ru": "Да", "label:en": "Yes", "description": …}``.
``row:ru  row:en  row``
    Name of one row of a dynamiclist («Отбасы мүшесі»), used in headings and on the add button.
``check``
    ``iin`` or ``bin``: twelve digits with a right check digit, also told at the field.
``earliest  latest``
    Bounds of a date: ``today`` or ``2020-01-31``.
``required:unless``
    On a required component, FEEL: while it holds, nothing need be given (``=decision = "return"``).
    form-js does not know it and asks all the same; the server decides.
``rows:min  rows:max``
    Bounds of a dynamiclist; 0 and 50 where nothing is said.
``max_mb``
    Size limit of one file in MB; 20 where nothing is said.
``hidden``
    ``true`` on a readonly field: it is kept but not drawn (a row's id, a version).
``kept``
    ``false``: the answer reaches the adapter, but is not kept with what was sent: the domain keeps
    it under rights of its own, for fewer people than those who may see the task.
``autocomplete  inputmode``
    Handed on to the browser. What is ``current-password``, ``new-password`` or ``one-time-code`` is
    a secret: it reaches the adapter, but is not kept with what was sent, and never shown again.

**Conditions** ``"conditional": {"hide": "=…"}``, ``readonly: "=…"``, ``validate.min/max/minLength/
maxLength: "=…"`` and expressions are FEEL. They see the form's values by key, the server's context
(what the adapter loaded, the process variables), and inside a row ``this`` (the row), ``parent``
and ``i``, as in form-js: a key of the row is ``this.iin``, not ``iin``. A hidden field leaves the
submission, and conditions see it as null.

**Use** ::

    form = load(data, key="people/contact")
    raw = form.decode(request.form.items(multi=True))     # nested, as typed
    again = form.edited(pairs)                            # values if a row button was pressed
    checked = form.check(raw, now=clock.now(), context=known, documents=ids)
    checked.values, checked.errors                        # {"members.0.iin": (Text, …)}

Fields that are readonly or disabled take their value from `context` (same path), whatever the
browser says; rows find theirs by ``_was``, the row's number in what the server knew. `documents`
are the ids a person may name: those of the draft and those already attached; others are refused.
"""

from engine.forms.definition import Field, FileRules, Kind, Option
from engine.forms.form import Form
from engine.forms.keeping import Sent
from engine.forms.posting import pressed
from engine.forms.reading import load, load_anew, problems
from engine.forms.submission import Checked

__all__ = [
    "Checked",
    "Field",
    "FileRules",
    "Form",
    "Kind",
    "Option",
    "Sent",
    "load",
    "load_anew",
    "pressed",
    "problems",
]
