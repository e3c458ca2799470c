"""What every schedule can do."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlmbook.curve import InformationCurve
from dlmbook.information import Array, check_numbers
from dlmbook.laws.base import Rng, check_size

Sizes = NDArray[np.int64]


class Schedule(ABC):
    """A distribution over compositions of ``length`` into at most ``steps`` positive sizes.

    Attributes
    ----------
    length : int
        Number L of tokens to reveal.
    steps : int
        Number K of steps that are never exceeded.
    """

    length: int
    steps: int

    @abstractmethod
    def sample(self, n: int, rng: Rng = None) -> Sizes:
        """Draw n compositions.

        Returns
        -------
        ndarray of int64, shape (n, K)
            Positive sizes that sum to L, followed by zeros where fewer than K are needed.
        """

    @abstractmethod
    def overshoot(self) -> Array:
        """Compute the overshoot: ``o[m - 1]`` at threshold m, shape (L - 1,), in tokens.

        Theorem: `overshoot`.
        """

    @abstractmethod
    def compositions(self) -> list[tuple[float, tuple[int, ...]]]:
        """All compositions of positive probability with it, for small L."""

    def expected_kl(self, curve: InformationCurve) -> float:
        """Return the expected path divergence ``<w, o>`` for a law with this curve, in nats.

        Theorem: `riemann`. Theorem: `overshoot`.

        Raises
        ------
        ValueError
            If curve and schedule differ in length.
        """
        if not isinstance(curve, InformationCurve):
            raise ValueError(f"curve must be an InformationCurve, not {type(curve).__name__}")
        if curve.length != self.length:
            raise ValueError(
                f"curve has length {curve.length}, but the schedule reveals {self.length} tokens"
            )
        return max(float(curve.w @ self.overshoot()), 0.0)  # rounding

    def worst_case(self, reference: ArrayLike) -> float:
        """Least c with ``E KL <= c <w, reference>`` for every law: ``max_m o[m] / reference[m]``.

        Theorem: `no-adaptation`.

        Parameters
        ----------
        reference : array_like, shape (L - 1,)
            Positive numbers: ``L - m`` to compare with TC, ``m`` with DTC.

        Examples
        --------
        >>> from dlmbook.schedules import uniform
        >>> uniform(8, 2).worst_case(np.arange(1, 8))
        3.0
        """
        reference = check_numbers(reference, "reference")
        if reference.shape != (self.length - 1,) or not np.all(reference > 0):
            raise ValueError(f"reference must be {self.length - 1} positive numbers")
        return float(np.max(self.overshoot() / reference, initial=0.0))


def check_steps(length: int, steps: int) -> None:
    """Raise ValueError unless ``1 <= steps <= length``."""
    check_size(length, "length")
    if check_size(steps, "steps") > length:
        raise ValueError(f"steps must be at most length = {length}, but are {steps}")
