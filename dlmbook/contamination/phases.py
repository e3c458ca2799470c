r"""Where the truth is recovered when fresh data get rarer: the phase diagram.

Let the weight of the fresh data fall as ``alpha_t = c t^-a`` while samples grow as
``n_t = n t^b``, each generation training on its own data alone. Since the error is always
moving towards one over the `effective_size` of the moment, with speed about
``2 alpha_t + 1 / n_t``, two questions decide:

* Does it have the time? It has if and only if ``sum (alpha_t + 1 / n_t)`` diverges.
* Where to? ``n_t alpha_t`` tends to infinity (the truth), to a constant, or to 0 (collapse).

Recovery needs ``a <= 1`` and ``b > a``. On the boundary ``a = b <= 1`` the error stalls at
``S / (1 + 2 c n)``; below it the model collapses, slowly but completely, however many fresh
samples there are. With ``a > 1`` and ``b > 1`` there is no time for anything: the error freezes.

The chapter *The contamination recurrence* tells the story.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import ceil

from dlmbook.contamination.steady import effective_size


class Phase(Enum):
    """What becomes of the error as generations go by."""

    RECOVERY = "the error tends to zero"
    STALL = "the error tends to a constant that does not depend on the start"
    COLLAPSE = "the error tends to S: one category is left"
    FROZEN = "the error tends to a constant that depends on every generation"


@dataclass(frozen=True)
class PowerLaw:
    """Fresh weights ``alpha_t = min(1, c t^-a)`` and sizes ``n_t = ceil(n t^b)``, t = 1, 2, ...

    Pass the methods ``alpha`` and ``n`` where a weight and a size for each generation are wanted;
    generation 0 has the size of generation 1.

    Theorem: `phase-diagram`.

    Parameters
    ----------
    c : float
        Positive; at most 1 if a is 0.
    a : float
        Nonnegative.
    size : float
        n, at least 1.
    b : float
        Nonnegative.

    Examples
    --------
    >>> plan = PowerLaw(c=0.5, a=0.5, size=100, b=0.5)
    >>> plan.alpha(4), plan.n(4), plan.phase.name, round(1 / plan.limit)
    (0.25, 200, 'STALL', 101)
    """

    c: float
    a: float
    size: float
    b: float

    def __post_init__(self) -> None:
        if not (self.c > 0 and (self.a > 0 or self.c <= 1)):
            raise ValueError(f"c must be positive, and at most 1 if a = 0, but is {self.c!r}")
        if not (self.a >= 0 and self.b >= 0):
            raise ValueError(f"a and b must be nonnegative, but are {self.a!r} and {self.b!r}")
        if not self.size >= 1:
            raise ValueError(f"size must be at least 1, but is {self.size!r}")

    def alpha(self, t: int) -> float:
        """Weight of the fresh data in generation t."""
        return min(1.0, self.c * max(t, 1) ** -self.a)

    def n(self, t: int) -> int:
        """Sample size of generation t."""
        return ceil(self.size * max(t, 1) ** self.b)

    @property
    def phase(self) -> Phase:
        """What becomes of the error."""
        if self.a == 0 and self.c == 1:  # nothing but fresh data
            return Phase.RECOVERY if self.b > 0 else Phase.STALL
        if self.a > 1 and self.b > 1:
            return Phase.FROZEN
        if self.a <= 1 and self.b >= self.a:
            return Phase.RECOVERY if self.b > self.a else Phase.STALL
        return Phase.COLLAPSE

    @property
    def limit(self) -> float:
        """Limit of the error in units of S.

        Theorem: `consistency`.

        Raises
        ------
        ValueError
            In the frozen phase, where it depends on every generation.
        """
        if self.phase is Phase.FROZEN:
            raise ValueError("the limit depends on every generation: follow the recurrence")
        if self.phase is Phase.STALL:
            steady = self.a == 0
            worth = effective_size(self.c, self.n(1)) if steady else 1 + 2 * self.c * self.size
            return float(1 / worth)
        return 0.0 if self.phase is Phase.RECOVERY else 1.0

    @property
    def exponent(self) -> float:
        """The e for which the error falls as ``t^-e`` in the recovery phase; 0 elsewhere.

        It is ``b - a`` for ``a < 1``. At ``a = 1`` it is ``min(b - 1, 2 c)``, because the first
        error is forgotten only as ``t^-2c``; where both are equal a factor ``ln t`` is lost.

        Theorem: `phase-diagram`.
        """
        if self.phase is not Phase.RECOVERY:
            return 0.0
        return min(self.b - 1, 2 * self.c) if self.a == 1 else self.b - self.a
