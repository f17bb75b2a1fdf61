"""Decision models of DMN 1.1 to 1.5 on top of FEEL.

``load(data).decide("name", {…})`` gives the value and the rules that fired.
"""

from engine.dmn.errors import DecisionFailed, ModelRefused
from engine.dmn.loading import load, load_all, refuse_others
from engine.dmn.model import Decision, Model
from engine.dmn.tracing import Fired

__all__ = [
    "Decision",
    "DecisionFailed",
    "Fired",
    "Model",
    "ModelRefused",
    "load",
    "load_all",
    "refuse_others",
]
