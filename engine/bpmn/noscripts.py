"""What SpiffWorkflow gets in place of its script engine."""

from typing import NoReturn


class NoScripts:
    """Stands where SpiffWorkflow expects its script engine, and refuses whatever is asked."""

    def __getattr__(self, name: str) -> NoReturn:
        """Raise: no expression may be evaluated by anything but `engine.feel`."""
        raise AssertionError(f"SpiffWorkflow's script engine was asked for {name}")


NO_SCRIPTS = NoScripts()
