"""The domain of the trials: handlers that answer, fail and hang, in the program's own processes.

``ZHOLDAMA_EXTENSIONS=tests.faults.domain`` has a child load it; nothing else of the child differs
from an installation. With `CLOCK` its machine's clock is wrong.
"""

import os

from engine.handling import extensions
from tests.faults.domain.bodies import HANDLERS
from tests.faults.domain.clocks import CLOCK, FileClock


def setup() -> None:
    """Register the handlers; give the process a wrong clock, if it is to have one."""
    for one in HANDLERS:
        extensions.add_handler(one)
    told = os.environ.get(CLOCK)
    if told:
        FileClock(told).install()
