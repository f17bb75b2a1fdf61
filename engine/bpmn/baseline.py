"""SpiffWorkflow by itself, to compare with: its own parser, specifications and step, in memory."""

from time import perf_counter

from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.util.task import TaskState

from engine.xml import parse


def steps(diagram: bytes, process: str, instances: int) -> list[float]:
    """Return the milliseconds of each completion of a user task, over some instances.

    The diagram's expressions must be Python's; each completion sets the variable ``rework`` to
    False. Not for anything but comparison: this evaluates what the diagram says.
    """
    parser = SpiffBpmnParser()
    parser.add_bpmn_xml(parse(diagram, "bench"))
    spec = parser.get_spec(process)
    times: list[float] = []
    for _ in range(instances):
        workflow = BpmnWorkflow(spec, {})
        workflow.do_engine_steps()
        while not workflow.is_completed():
            times.append(_complete_one(workflow))
    return times


def _complete_one(workflow: BpmnWorkflow) -> float:
    began = perf_counter()
    task = workflow.get_tasks(state=TaskState.READY, manual=True)[0]
    task.data["rework"] = False
    task.run()
    workflow.do_engine_steps()
    return 1000 * (perf_counter() - began)


def raw_step_ms(diagram: bytes, process: str, instances: int = 20) -> float:
    """Return the median of `steps`."""
    times = sorted(steps(diagram, process, instances))
    return times[len(times) // 2]
