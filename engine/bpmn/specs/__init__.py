"""Task specifications: one class per kind of element, on SpiffWorkflow's life cycle of a task.

``run`` → `arrive` (True: pass on; None: wait) → `finish` → ``complete`` → `depart` (tokens on the
outgoing flows). States between steps: STARTED waits for an act, WAITING is a token at a join.
"""

from engine.bpmn.specs.base import NodeSpec, ScopeSpec

__all__ = ["NodeSpec", "ScopeSpec"]
