"""SpiffWorkflow by itself, in memory: what the bench sets beside our figures. Only it uses this."""

from collections.abc import Iterator
from time import perf_counter

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from engine.xml import parse


def steps(diagram: bytes, process: str, rounds: int) -> Iterator[float]:
    """Run a diagram that sets ``rework`` to False; yield the milliseconds of each completion.

    `rounds` instances one after another, so that no history grows: its cheapest case.
    """
    parser = BpmnParser()
    parser.add_bpmn_xml(parse(diagram, "baseline.bpmn"))
    spec = parser.get_spec(process)
    for _ in range(rounds):
        workflow = BpmnWorkflow(spec)
        workflow.do_engine_steps()
        yield from _complete_all(workflow)


def _complete_all(workflow: BpmnWorkflow) -> Iterator[float]:
    while ready := workflow.get_tasks(state=TaskState.READY, manual=True):
        began = perf_counter()
        ready[0].data["rework"] = False
        ready[0].run()
        workflow.do_engine_steps()
        workflow.refresh_waiting_tasks()
        yield (perf_counter() - began) * 1000
