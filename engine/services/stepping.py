"""The only place that loads an instance, steps it and writes the rows of the step."""

from engine.model.acts import Act
from engine.model.people import Actor
from engine.model.steps import Step
from engine.services.context import Context, UnitOfWork


def advance(uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str, act: Act) -> Step:
    """Lock the instance, load, act, advance until nothing is ready, write all rows. Caller commits.

    Rows: instance, tasks, jobs (timers, handlers, calls, messages, reminders), subscriptions,
    events, audit. Raises `TaskClosed` (token not open, or the case has ended), `StepFailed`,
    `Conflict` if the case is suspended.
    """
    raise NotImplementedError
