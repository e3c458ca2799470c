"""The information curve from held-out sequences, with all that is linear in their charges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import isotonic_regression

from dlmbook.charges import charges_at, check_complete, check_levels, standard_error
from dlmbook.curve import InformationCurve
from dlmbook.information import Array, check_numbers
from dlmbook.laws.base import Rng
from dlmbook.sampling import Denoiser
from dlmbook.schedules.base import Schedule


@dataclass(frozen=True, eq=False)
class CurveEstimate:
    """Information curve estimated from the charges of held-out sequences.

    For a trained model it is the loss curve, upside down. What `expected_kl` estimates is then
    what the schedule adds to the path divergence of the same model one token at a time, and `tc`
    is what one call for all tokens adds.

    Theorem: `model-curve`. Theorem: `loss-curve`.

    Parameters
    ----------
    charges : array_like, shape (n, L)
        ``charges[i, j]``: nats per hidden token of sequence i when j of its tokens are revealed;
        finite and nonnegative, n at least 2.

    Raises
    ------
    ValueError
        If the charges are not such numbers.

    Examples
    --------
    The second sequence learns more than the first:

    >>> estimate = CurveEstimate([[1.0, 0.8, 0.6], [1.0, 0.2, 0.4]])
    >>> estimate.Z.round(3).tolist(), estimate.curve.Z.round(3).tolist()
    ([0.0, 0.5, 0.5], [0.0, 0.5, 0.5])
    >>> value, error = estimate.tc
    >>> round(value, 3), round(error, 3)
    (1.0, 0.4)
    """

    charges: Array

    def __post_init__(self) -> None:
        charges = check_numbers(self.charges, "charges").copy()
        if charges.ndim != 2 or len(charges) < 2 or charges.shape[1] == 0:
            raise ValueError(f"charges must have shape (n, L), n at least 2, not {charges.shape}")
        if not np.all((charges >= 0) & np.isfinite(charges)):
            raise ValueError("charges must be finite and nonnegative")
        charges.flags.writeable = False
        object.__setattr__(self, "charges", charges)

    @property
    def loss(self) -> Array:
        """Mean charge, shape (L,): an estimate of the masked loss, in nats per hidden token."""
        return self.charges.mean(axis=0)

    @property
    def Z(self) -> Array:
        """What the losses say about the curve, ``loss[0] - loss[j]``, shape (L,); may fall."""
        return self.loss[0] - self.loss

    @property
    def error(self) -> Array:
        """Standard errors of Z, shape (L,), in nats."""
        return standard_error(self.charges[:, :1] - self.charges)

    @property
    def curve(self) -> InformationCurve:
        """Curve whose conditional entropies are the nonincreasing ones nearest to the losses."""
        D = isotonic_regression(self.loss, increasing=False).x
        return InformationCurve(np.concatenate([[0.0], np.cumsum(D)]))

    @property
    def tc(self) -> tuple[float, float]:
        """Total correlation and its standard error, in nats."""
        return self._pair(np.arange(self.charges.shape[1] - 1.0, 0.0, -1.0))

    @property
    def dtc(self) -> tuple[float, float]:
        """Dual total correlation and its standard error, in nats."""
        return self._pair(np.arange(1.0, self.charges.shape[1]))

    def expected_kl(self, schedule: Schedule, than: Schedule | None = None) -> tuple[float, float]:
        """Estimate the schedule's expected divergence ``<w, o>``, without bias, and its error.

        Of a schedule that was chosen on the same sequences it is too small. With levels left out
        it is the divergence of the curve drawn straight between them.

        Theorem: `curve-error`.

        Parameters
        ----------
        schedule : Schedule
        than : Schedule, optional
            Estimate how much more the schedule costs than this one. Both are priced on the same
            sequences, so the error of the difference is smaller than theirs.

        Raises
        ------
        ValueError
            If a schedule has another length.
        """
        if than is None:
            return self._pair(self._overshoot(schedule))
        return self._pair(self._overshoot(schedule) - self._overshoot(than))

    def _overshoot(self, schedule: Schedule) -> Array:
        if schedule.length != self.charges.shape[1]:
            raise ValueError(
                f"sequences have {self.charges.shape[1]} tokens, "
                f"but the schedule reveals {schedule.length}"
            )
        return schedule.overshoot()

    def _pair(self, o: Array) -> tuple[float, float]:
        """Estimate ``<w, o>``: mean and standard error."""
        prices = -np.diff(self.charges, axis=1) @ o
        return float(prices.mean()), float(standard_error(prices))


def estimate_curve(
    denoiser: Denoiser, tokens: ArrayLike, rng: Rng = None, levels: ArrayLike | None = None
) -> CurveEstimate:
    """Estimate the information curve from held-out sequences.

    Each sequence is uncovered in its own random order, and the denoiser is asked about all its
    hidden tokens at every level.

    Theorem: `curve-error`. Theorem: `loss-curve`.

    Parameters
    ----------
    denoiser : callable
        From partly masked tokens (n, L) to probabilities (n, L, q).
    tokens : array_like of int, shape (n, L)
        Independent held-out sequences, n at least 2, without masks.
    rng : Generator, int or None
        Source of randomness, or its seed.
    levels : array_like of int, optional
        Increasing numbers of revealed tokens, from 0 to L - 1, at which the denoiser is asked;
        charges between them are interpolated linearly. By default all.

    Returns
    -------
    CurveEstimate

    Raises
    ------
    ValueError
        As `masked_loss`; if the levels are not as described; if the denoiser gave probability
        zero to a token that was there.

    Examples
    --------
    >>> from dlmbook.laws import parity
    >>> law = parity(4)
    >>> estimate = estimate_curve(law.conditionals, law.sample(50, rng=0), rng=1)
    >>> abs(estimate.curve.w).round(4).tolist()
    [0.0, 0.0, 0.6931]
    """
    tokens = check_complete(tokens)
    every = np.arange(tokens.shape[1])
    asked = every if levels is None else check_levels(levels, tokens.shape[1])
    charges = charges_at(denoiser, tokens, asked, rng)
    if not np.all(np.isfinite(charges)):
        raise ValueError(
            "denoiser gave probability zero to a held-out token: its loss is infinite; "
            "mix its answers with a positive pmf"
        )
    return CurveEstimate(np.stack([np.interp(every, asked, row) for row in charges]))
