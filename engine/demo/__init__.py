"""Demos that are played, not inserted: people at desks, acting through the services on one clock.

A domain's ``demo.py`` gives a `Cast`: offices, officers, and scripts. `Play` hires everybody, plays
all scripts of all domains in the order of time, and stops at the present moment. Acceptance tests
and rehearsals use the same `Stage` with a clock of their own.
"""

from engine.demo.people import Office, Officer, make_bin, merged
from engine.demo.play import Cast, Play, Script
from engine.demo.stage import SCAN, Stage

__all__ = ["SCAN", "Cast", "Office", "Officer", "Play", "Script", "Stage", "make_bin", "merged"]
