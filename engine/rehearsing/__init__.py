"""Rehearsals: the real engine on an installation of its own that reaches nobody.

An installation to rehearse on (`Ground`) is a SQLite file in a folder, keys of its own, a clock
that is moved, invented people, and the sandbox in place of every outside system. `Replay` goes
through a scenario on one, `Rehearsals` keeps those of the workshop.
"""

from engine.rehearsing.ground import Company, Ground, build, open_ground
from engine.rehearsing.house import Rehearsals
from engine.rehearsing.people import Furniture, invented
from engine.rehearsing.plays import Family, Opening, Plays, plays_of
from engine.rehearsing.rehearsal import About, Rehearsal
from engine.rehearsing.replay import Outcome, Replay
from engine.rehearsing.running import elements_of, rehearse

__all__ = [
    "About",
    "Company",
    "Family",
    "Furniture",
    "Ground",
    "Opening",
    "Outcome",
    "Plays",
    "Rehearsal",
    "Rehearsals",
    "Replay",
    "build",
    "elements_of",
    "invented",
    "open_ground",
    "plays_of",
    "rehearse",
]
