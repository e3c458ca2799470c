"""Figures that a reader moves.

The mechanism is `Explorable` and `Slider` in `dlmbook.explore.explorable`. The
explorables of the chapters are functions that return one, so that a chapter declares
it in a line.
"""

from dlmbook.explore.box import information_box
from dlmbook.explore.breakpoints import breakpoints
from dlmbook.explore.explorable import Explorable, Slider
from dlmbook.explore.film import unmasking_film
from dlmbook.explore.fixed import fixed_schedules
from dlmbook.explore.two_numbers import two_numbers

__all__ = [
    "Explorable",
    "Slider",
    "breakpoints",
    "fixed_schedules",
    "information_box",
    "two_numbers",
    "unmasking_film",
]
