"""What a step costs beside SpiffWorkflow's own, on the diagram of the bench."""

from statistics import median
from time import perf_counter

from engine import bpmn
from engine.bench.chain import PROCESS, chain
from engine.bpmn.baseline import raw_step_ms, steps
from engine.model.acts import CompleteTask
from tests.unit.bpmn.drawing import START, parse


def test_a_step_with_loading_and_saving_costs_less_than_spiffworkflows_in_memory() -> None:
    definition = parse(chain(8), PROCESS)
    env = bpmn.Environment(now=START)
    times = []
    for _instance in range(20):
        state, step = bpmn.start(definition, {"rework": False}, env)
        while step.tasks:
            began = perf_counter()
            act = CompleteTask(token=step.tasks[0].token, variables={"rework": False})
            state, step = bpmn.advance(definition, state, act, env)
            times.append(1000 * (perf_counter() - began))
    assert len(times) == 160
    assert median(times) < raw_step_ms(chain(8, plain=True), PROCESS)
    assert median(times) < 1.3


def test_the_baseline_measures_every_completion() -> None:
    assert len(steps(chain(3, plain=True), PROCESS, 2)) == 6
