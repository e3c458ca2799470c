r"""Reading a loop from outside: its fresh share and its end, from the errors of few generations.

In a loop with constant alpha and n the error is ``1 / N`` plus something that shrinks by the factor
``(1 - 1 / n) (1 - alpha)^2`` from one generation to the next. Whoever sees errors on any linear
scale, such as a loss with an unknown floor, sees this factor in the ratio of two neighboring
steps. So three generations tell alpha, without a single label, and two tell the end if alpha is
known.

The chapter *Language models in the loop* tells the story.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.information import check_numbers


def read_alpha(losses: ArrayLike, n: float = np.inf) -> float:
    """Fresh share, from the losses of three generations in a row.

    Theorem: `read-alpha`.

    Parameters
    ----------
    losses : array_like, shape (3,)
        A linear function of the error, with unknown floor and scale. They rise if generation 0 saw
        true data only; falling ones are those of a loop that began above its end.
    n : float
        Samples of a generation, above 1.

    Returns
    -------
    float
        alpha.

    Raises
    ------
    ValueError
        If there are not three losses, n is not above 1, or the second step is not a part between 0
        and ``1 - 1 / n`` of the first (up to rounding): then the losses are not those of such a
        loop, or their noise is too large.

    Examples
    --------
    >>> from dlmbook.contamination import expected_error
    >>> losses = 3 + 7 * expected_error([0.5, 0.5], alpha=0.2, n=100, generations=2)
    >>> round(read_alpha(losses, n=100), 6)
    0.2
    >>> read_alpha([2.60, 2.65, 2.70])
    0.0
    """
    values = check_numbers(losses, "losses")
    if values.shape != (3,):
        raise ValueError(f"losses must be those of three generations, not of shape {values.shape}")
    if not n > 1:
        raise ValueError(f"n must exceed 1, but is {n!r}")
    first, second = np.diff(values).tolist()
    largest = (1 - 1 / n) * first
    if not (first != 0 and 0 <= second / largest <= 1 + 1e-9):
        raise ValueError(
            f"for some alpha to fit, the second step of the losses must be a part of the first, "
            f"from 0 to {1 - 1 / n:g}, but the steps are {first:g} and {second:g}"
        )
    return float(1 - np.sqrt(min(second / largest, 1)))


def read_end(losses: ArrayLike, alpha: float, n: float = np.inf) -> float:
    """Where a loop's loss is heading, from those of two generations in a row and alpha.

    Theorem: `read-alpha`.

    Raises
    ------
    ValueError
        If there are not two losses, or alpha is outside (0, 1] (0 is allowed if n is finite).

    Examples
    --------
    >>> round(read_end([1.0, 1.81], alpha=0.1), 3)
    5.263
    """
    values = check_numbers(losses, "losses")
    if values.shape != (2,):
        raise ValueError(f"losses must be those of two generations, not of shape {values.shape}")
    first, second = values.tolist()
    step = 1 - (1 - 1 / n) * (1 - alpha) ** 2
    if not 0 < step <= 1:
        raise ValueError(f"alpha must lie in (0, 1] and n exceed 1, but they are {alpha!r}, {n!r}")
    return float(first + (second - first) / step)
