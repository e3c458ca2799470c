"""Figures that a reader moves.

The mechanism is `Explorable` and `Slider` in `dlmbook.explore.explorable`. The
explorables of the chapters are functions that return one, so that a chapter declares
it in a line.
"""

from dlmbook.explore.box import information_box
from dlmbook.explore.breakpoints import breakpoints
from dlmbook.explore.collapse import dependence_collapse
from dlmbook.explore.contamination import contamination
from dlmbook.explore.drift import drift
from dlmbook.explore.explorable import Explorable, Slider
from dlmbook.explore.families import families
from dlmbook.explore.film import unmasking_film
from dlmbook.explore.fixed import fixed_schedules
from dlmbook.explore.game import game
from dlmbook.explore.language_models import language_models
from dlmbook.explore.mixture import two_step_curves
from dlmbook.explore.offset import random_offset
from dlmbook.explore.oracle import oracle
from dlmbook.explore.phases import phase_diagram
from dlmbook.explore.planner import budget_planner
from dlmbook.explore.race import race
from dlmbook.explore.rules import decoding_rules
from dlmbook.explore.trained import trained_curve
from dlmbook.explore.two_numbers import two_numbers

__all__ = [
    "Explorable",
    "Slider",
    "breakpoints",
    "budget_planner",
    "contamination",
    "decoding_rules",
    "dependence_collapse",
    "drift",
    "families",
    "fixed_schedules",
    "game",
    "information_box",
    "language_models",
    "oracle",
    "phase_diagram",
    "race",
    "random_offset",
    "trained_curve",
    "two_numbers",
    "two_step_curves",
    "unmasking_film",
]
