"""Whatever comes as JSON: no fault, nothing unknown kept, the outcome stable."""

import json
import os

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.forms import Form
from tests.unit.forms.conftest import NOW

EXAMPLES = 2000 if os.environ.get("ZHOLDAMA_HYPOTHESIS") == "long" else 150

_scalar = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=True),
    st.text(max_size=40),
    st.sampled_from(
        ["yes", "no", "59", "true", "01.02.2020", "2020-02-30", "850312300012", "child"]
    ),
)
_any = st.recursive(
    _scalar,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["name", "kin", "age", "iin", "phone", "_was"]), inner),
    ),
    max_leaves=12,
)
_submission = st.dictionaries(
    st.sampled_from(
        [
            "name",
            "iin",
            "birth",
            "kin",
            "kin_reason",
            "region",
            "topics",
            "contact",
            "income",
            "members",
            "scans",
            "note",
            "heads",
            "consent",
            "case_number",
            "other",
        ]
    ),
    _any,
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(_submission)
def test_any_json_is_checked(family: Form, data: dict[str, object]) -> None:
    context = {"regions": ["59"], "case_number": "Қ-26-00417"}
    first = family.check(data, now=NOW, context=context)
    assert first.values.keys() <= family.keys
    assert first.values.get("case_number") == "Қ-26-00417"
    json.dumps(first.values, allow_nan=False).encode()
    hidden = family.hidden(data, now=NOW, context=context)
    assert not hidden & first.errors.keys()


@settings(max_examples=EXAMPLES, deadline=None)
@given(_submission)
def test_what_was_checked_checks_the_same(family: Form, data: dict[str, object]) -> None:
    context = {"regions": ["59"]}
    first = family.check(data, now=NOW, context=context)
    again = family.check(first.values, now=NOW, context=context)
    assert again.values == first.values
    assert again.errors.keys() <= first.errors.keys()
