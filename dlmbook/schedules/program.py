r"""The game between schedules and laws as a linear program over flows.

A random schedule of at most K steps is a unit flow through the states (steps used, tokens
revealed) from (0, 0) to L: ``f_k(n, n')`` is the probability that step k moves from n to n'.
Of the overshoot only the flow ``y = f_1 + ... + f_K`` through each n matters. If m is a breakpoint
and the next one is n', the overshoot falls from ``n' - m - 1`` at m + 1 to 0 at m, else it rises
by one; hence

    o[m] = 1 + o[m + 1] - sum_n' y(m, n') (n' - m),      o[L] = 0,

and the program is: least c with ``o[m] <= c v[m]``. Every flow variable appears in at most three
rows (it leaves a state, enters one, and shortens one overshoot), so that HiGHS's interior point
method solves L = 128, K = 16 in seconds. The dual of the last rows is nature's prior.

`dlmbook.schedules.minimax` solves the same game in milliseconds, because random offsets are
enough; the program does not know that, and confirms it. Chapter 7 tells the story. Theorem
label: ``minimax``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linprog
from scipy.sparse import coo_array, csc_array

from dlmbook.information import Array
from dlmbook.laws.base import Rng, check_rows, check_size
from dlmbook.schedules.base import Schedule, Sizes
from dlmbook.schedules.minimax import Minimax, check_game, solution

#: Flow through a state below which it counts as never visited.
ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class MarkovSchedule(Schedule):
    """A schedule that draws the next breakpoint from the steps used and the tokens revealed.

    Parameters
    ----------
    moves : array_like, shape (K, L, L + 1)
        ``moves[k, n, n']``: the probability that n' tokens are revealed after the next step, if
        n are after k steps. Rows are pmfs on n' > n; the last step leads to L.

    Examples
    --------
    >>> first, second = [[0, 0.25, 0.75, 0], [0, 0, 0, 1], [0, 0, 0, 1]], [[0, 0, 0, 1]] * 3
    >>> schedule = MarkovSchedule([first, second])
    >>> schedule.overshoot().tolist(), schedule.compositions()
    ([0.75, 0.25], [(0.25, (1, 2)), (0.75, (2, 1))])
    """

    moves: Array

    def __post_init__(self) -> None:
        moves = np.array(self.moves)
        if moves.ndim != 3 or 0 in moves.shape or moves.shape[2] != moves.shape[1] + 1:
            raise ValueError(f"moves must have shape (K, L, L + 1), but have {moves.shape}")
        moves = check_rows(moves.reshape(-1, moves.shape[2]), "moves").reshape(moves.shape)
        if np.any(np.tril(moves)) or np.any(moves[-1, :, :-1]):
            raise ValueError("moves must go from n to some n' > n, and at the last step to L")
        moves.flags.writeable = False
        object.__setattr__(self, "moves", moves)

    @property
    def length(self) -> int:  # type: ignore[override]
        """Number L of tokens."""
        return self.moves.shape[1]

    @property
    def steps(self) -> int:  # type: ignore[override]
        """Number K of steps."""
        return self.moves.shape[0]

    def sample(self, n: int, rng: Rng = None) -> Sizes:
        """Draw n compositions, shape (n, K)."""
        rng = np.random.default_rng(rng)
        points = np.zeros((check_size(n, "n", 0), self.steps + 1), dtype=np.int64)
        for k, moves in enumerate(self.moves):
            state = points[:, k]
            points[:, k + 1] = self.length
            rows = np.flatnonzero(state < self.length)
            points[rows, k + 1] = _draw(moves, state[rows], rng)
        return np.diff(points, axis=1)

    def overshoot(self) -> Array:
        """Overshoot at m = 1..L-1, shape (L - 1,), in tokens."""
        here = np.zeros(self.length)
        here[0] = 1.0
        flow = np.zeros(self.moves.shape[1:])
        for moves in self.moves:
            step = here[:, None] * moves
            flow += step
            here = step.sum(axis=0)[:-1]
        n = np.arange(self.length)
        gains = 1 - (flow * (np.arange(self.length + 1) - n[:, None])).sum(axis=1)
        return np.maximum(np.cumsum(gains[:0:-1])[::-1], 0.0)  # rounding

    def compositions(self) -> list[tuple[float, tuple[int, ...]]]:
        """All compositions of positive probability, for small L."""
        partial: dict[tuple[int, ...], float] = {(): 1.0}
        for moves in self.moves:
            longer: dict[tuple[int, ...], float] = {}
            for sizes, probability in partial.items():
                n = sum(sizes)
                if n == self.length:
                    longer[sizes] = probability
                    continue
                for end in np.flatnonzero(moves[n]).tolist():
                    longer[*sizes, end - n] = probability * float(moves[n, end])
            partial = longer
        return [(probability, sizes) for sizes, probability in partial.items()]


def minimax_program(
    length: int, steps: int, reference: str | ArrayLike = "tc", progress: bool = False
) -> Minimax:
    """Solve the game by linear programming.

    Theorem: `minimax`.

    About ``K L^2 / 2`` variables and ``(K + 2) L`` rows: seconds for L = 128, K = 16, about a
    minute for L = 256. `minimax_schedule` gives the same value at any length.

    Parameters
    ----------
    length, steps, reference
        As for `minimax_schedule`.
    progress : bool
        Let HiGHS print its log.

    Returns
    -------
    Minimax
        Its schedule is a `MarkovSchedule`.

    Raises
    ------
    RuntimeError
        If HiGHS finds no optimum.

    Examples
    --------
    >>> game = minimax_program(8, 3)
    >>> round(game.value, 4), game.gap < 1e-9
    (0.3429, True)
    """
    v = check_game(length, steps, reference)
    step, start, end = _arcs(length, steps)
    scale = v.max()
    equal, right = _balance(length, step, start, end)
    bound, least = _bounds(v / scale, step.size)  # c is free, so that the prior sums to 1
    answer = linprog(
        least,
        A_ub=bound,
        b_ub=np.zeros(length - 1),
        A_eq=equal,
        b_eq=right,
        bounds=np.column_stack([np.where(least, -np.inf, 0.0), np.full(least.size, np.inf)]),
        method="highs-ipm",
        options={"disp": progress},
    )
    if answer.status != 0:
        raise RuntimeError(f"HiGHS found no optimum: {answer.message}")
    flow = np.zeros((steps, length, length + 1))
    flow[step, start, end] = np.maximum(answer.x[: step.size], 0.0)
    weights = np.maximum(-answer.ineqlin.marginals, 0.0) * v
    prior = weights / weights.sum()
    return solution(float(answer.fun / scale), MarkovSchedule(_conditional(flow)), prior, v, steps)


def _arcs(length: int, steps: int) -> tuple[Sizes, Sizes, Sizes]:
    """List all possible moves: steps before, start and end, each of shape (arcs,)."""
    k, start, end = np.ogrid[:steps, :length, : length + 1]
    possible = (start >= k) & (end > start) & ((k > 0) | (start == 0))
    step, start, end = np.nonzero(possible & ((k < steps - 1) | (end == length)))
    return step, start, end


def _balance(length: int, step: Sizes, start: Sizes, end: Sizes) -> tuple[csc_array, Array]:
    """Rows of the flow through each state and of the overshoot recursion, and their values.

    Columns are the arcs, then ``o[1..L-1]``, then c.
    """
    arcs, m = step.size, np.arange(1, length)
    states = length * (1 + step.max())  # row of state (k, n): k L + n; of o[m]: states + m
    column = np.arange(arcs)
    on, late = end < length, start > 0
    entries = [
        (step * length + start, column, np.ones(arcs)),
        (((step + 1) * length + end)[on], column[on], -np.ones(on.sum())),
        ((states + start)[late], column[late], (end - start)[late]),
        (states + m, arcs + m - 1, np.ones(m.size)),
        (states + m[:-1], arcs + m[:-1], -np.ones(m.size - 1)),
    ]
    rows, columns, values = (np.concatenate(part) for part in zip(*entries, strict=True))
    kept, rows = np.unique(rows, return_inverse=True)
    right = np.where((kept == 0) | (kept >= states), 1.0, 0.0)
    return coo_array((values, (rows, columns)), shape=(kept.size, arcs + length)).tocsc(), right


def _bounds(v: Array, arcs: int) -> tuple[csc_array, Array]:
    """Rows ``o[m] - c v[m] <= 0``, and the objective c."""
    m = np.arange(v.size)
    least = np.zeros(arcs + v.size + 1)
    least[-1] = 1.0
    rows, columns = np.tile(m, 2), np.concatenate([arcs + m, np.full(v.size, arcs + v.size)])
    values = np.concatenate([np.ones(v.size), -v])
    return coo_array((values, (rows, columns)), shape=(v.size, least.size)).tocsc(), least


def _conditional(flow: Array) -> Array:
    """Divide by the flow through the state; from states that are never visited, to L at once."""
    flow = flow.copy()
    never = flow.sum(axis=2) < ROUNDING
    flow[never] = 0.0
    flow[never, -1] = 1.0
    return flow / flow.sum(axis=2, keepdims=True)


def _draw(moves: Array, state: Sizes, rng: np.random.Generator) -> Sizes:
    """Next n' for each state n, shape (n,)."""
    width = moves.shape[1]
    totals = np.cumsum(moves, axis=1)
    totals /= totals[:, -1:]
    line = (totals + np.arange(moves.shape[0])[:, None]).ravel()  # row n ends at n + 1
    level = np.minimum(state + rng.random(state.size), np.nextafter(state + 1.0, 0.0))
    return np.searchsorted(line, level, side="right") - state * width
