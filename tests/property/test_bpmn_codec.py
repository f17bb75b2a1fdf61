"""Whatever a variable may hold is the same after saving and loading."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import bpmn
from engine.bpmn.formulas import plain
from engine.model.acts import CompleteTask

DIAGRAM = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">
<process id="p" isExecutable="true"><startEvent id="s"/><userTask id="a"/><userTask id="b"/>
<endEvent id="e"/><sequenceFlow id="f" sourceRef="s" targetRef="a"/>
<sequenceFlow id="g" sourceRef="a" targetRef="b"/><sequenceFlow id="h" sourceRef="b" targetRef="e"/>
</process></definitions>"""
DEFINITION = bpmn.parse(DIAGRAM, "codec.bpmn").processes["p"]
ENV = bpmn.Environment(now=datetime(2026, 1, 1, tzinfo=UTC))
zones = st.sampled_from([None, UTC, timezone(timedelta(hours=5))])
floats = st.floats(allow_nan=False, allow_infinity=False)
times = (st.times() | st.datetimes(timezones=zones)).map(lambda value: value.replace(fold=0))
scalars = (
    st.none() | st.booleans() | st.integers() | st.text() | floats
    | st.decimals(allow_nan=False, allow_infinity=False) | st.dates()
    | times | st.timedeltas()
)  # fmt: skip
names = st.text().filter(lambda name: name != "\x01")
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(names, inner), max_leaves=20
)


@settings(deadline=None)
@given(st.dictionaries(names, values, max_size=5))
def test_variables_survive(variables: dict[str, object]) -> None:
    state, step = bpmn.start(DEFINITION, variables, ENV)
    act = CompleteTask(token=step.tasks[0].token)
    again, step = bpmn.advance(DEFINITION, state, act, ENV)
    expected = plain(variables)
    assert step.variables == expected
    assert repr(step.variables) == repr(expected), "the kinds survive too"
    assert bpmn.overview(DEFINITION, again)[0].element == "b"
