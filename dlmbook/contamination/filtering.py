r"""A detector of synthetic data: discard what it flags, and keep the rest, for now or for good.

The detector keeps a fresh sample with probability ``tpr`` and a synthetic one with ``fpr``,
whatever its category. Of n samples it keeps m, a binomial number with chance
``kappa = alpha tpr + (1 - alpha) fpr``, and given m they are independent samples of a cleaner
mixture, with weight ``alpha' = alpha tpr / kappa``. The counts say nothing about the estimates. So
every recurrence holds given the counts, and we average it over their binomial laws.

If only this generation's kept samples are used (`Filter`, ``union=False``), and the previous model
stays when nothing is kept,

    R_t = E[1/m; m > 0] (S - (1 - alpha')^2 R) + P(m > 0) (1 - alpha')^2 R + P(m = 0) R,

R the previous error. If the union of all kept samples is used (``union=True``), the error
depends on the number M kept so far, and ``D_t(M) = E[|error|^2; M_t = M]`` is a convolution of
``D_{t-1}`` with the binomial law of m. A perfect detector gives ``R_t = S E[1 / M_t]``.

Without the union no detector helps in the end: where errors settle, to keep everything is best, for
synthetic samples remember the fresh ones of earlier generations.

The chapter *Aggregating, filtering, weighting* tells the story.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.signal import convolve

from dlmbook.contamination.counts import binomial, inverse_count
from dlmbook.contamination.settings import Sizes
from dlmbook.information import Array

#: Probability of counts that are dropped at the ends of the law of M.
NEGLIGIBLE = 1e-17


@dataclass(frozen=True)
class Filter:
    """Train on the samples that a detector keeps.

    Theorem: `filtration`.

    Parameters
    ----------
    tpr : float
        Probability that a fresh sample is kept.
    fpr : float
        Probability that a synthetic sample is kept.
    union : bool
        Use everything kept so far, not only what this generation keeps. Generation 0 keeps all.

    Examples
    --------
    A perfect detector, without and with a memory:

    >>> plan = np.array([1, 0.5, 0.5]), np.array([100, 100, 100])
    >>> (1 / Filter(tpr=1, fpr=0).errors(*plan)).round(1).tolist()
    [100.0, 49.5, 49.5]
    >>> (1 / Filter(tpr=1, fpr=0, union=True).errors(*plan)).round(1).tolist()
    [100.0, 149.8, 199.7]
    """

    tpr: float = 1.0
    fpr: float = 0.0
    union: bool = False

    def __post_init__(self) -> None:
        for name, rate in (("tpr", self.tpr), ("fpr", self.fpr)):
            if not 0 <= rate <= 1:
                raise ValueError(f"{name} must lie in [0, 1], but is {rate!r}")

    def kept(self, alpha: float) -> tuple[float, float]:
        """Chance kappa that a sample is kept, and weight alpha' of the fresh ones among the kept.

        Examples
        --------
        >>> Filter(tpr=0.75, fpr=0.25).kept(0.5)
        (0.5, 0.75)
        """
        fresh = alpha * self.tpr
        kappa = fresh + (1 - alpha) * self.fpr
        return kappa, fresh / kappa if kappa > 0 else 0.0

    def errors(self, alpha: Array, n: Sizes) -> Array:
        """Return the exact expected squared errors in units of S, shape (T + 1,)."""
        plan = [(*self.kept(a), size) for a, size in zip(alpha[1:], n[1:].tolist(), strict=True)]
        return _union_errors(int(n[0]), plan) if self.union else _recent_errors(int(n[0]), plan)

    def estimates(
        self, p: Array, alpha: Array, n: Sizes, repeats: int, rng: np.random.Generator
    ) -> Iterator[Array]:
        """Run: estimates of generation 0..T, each (repeats, K)."""
        estimate = rng.multinomial(n[0], p, size=repeats) / n[0]
        total = np.full((repeats, 1), n[0] if self.union else 0)
        yield estimate
        for a, size in zip(alpha[1:], n[1:], strict=True):
            kappa, fresh = self.kept(a)
            m = rng.binomial(size, min(kappa, 1.0), size=(repeats, 1))
            data = rng.multinomial(m[:, 0], fresh * p + (1 - fresh) * estimate)
            total = total + m if self.union else m
            old = estimate * (total - m) if self.union else estimate * (m == 0)
            estimate = (old + data) / np.maximum(total, 1)
            yield estimate


def _recent_errors(n0: int, plan: list[tuple[float, float, int]]) -> Array:
    errors = [1 / n0]
    for kappa, fresh, n in plan:
        inverse, seen = inverse_count(n, kappa)
        drift = (1 - fresh) ** 2 * errors[-1]
        errors.append(inverse * (1 - drift) + seen * drift + (1 - seen) * errors[-1])
    return np.array(errors)


def _union_errors(n0: int, plan: list[tuple[float, float, int]]) -> Array:
    """Carry the law of the number M kept so far, and the error given M times its probability."""
    errors, least, law, share = [1 / n0], n0, np.ones(1), np.full(1, 1 / n0)
    for kappa, fresh, n in plan:
        start, pmf = binomial(n, kappa)
        m = np.arange(start, start + pmf.size)
        least += start
        totals = np.arange(least, least + law.size + m.size - 1)  # M
        old = convolve(share, pmf)
        once, twice = convolve(share, pmf * m), convolve(share, pmf * m**2)
        noise = convolve(law, pmf * m) - (1 - fresh) ** 2 * once
        share = old - 2 * fresh / totals * once + (fresh / totals) ** 2 * twice + noise / totals**2
        law = convolve(law, pmf)
        within = np.flatnonzero(law > NEGLIGIBLE)
        chosen = slice(within[0], within[-1] + 1)
        least, law, share = least + int(within[0]), law[chosen], share[chosen]
        errors.append(float(share.sum()))
    return np.array(errors)
