"""What a sampler writes, exactly, when its denoiser is not that of any law."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.information import Array
from dlmbook.laws.base import MASK, Tokens, check_size
from dlmbook.laws.enumerated import DenseLaw
from dlmbook.sampling.unmasking import Denoiser, ask, check_order
from dlmbook.schedules import Schedule

#: Most contexts, (q + 1)^L, that the denoiser is asked about.
CONTEXTS_LIMIT = 1 << 20


def denoiser_law(
    denoiser: Denoiser, schedule: Schedule, vocabulary: int, order: ArrayLike | None = None
) -> DenseLaw:
    """Exact law of what `unmask` writes with a denoiser and a schedule.

    The denoiser, exact or trained, is asked once about every partly masked sequence, so this is
    for small alphabets and short sequences. For the exact denoiser of a law it agrees with
    `output_law`, which is faster.

    Parameters
    ----------
    denoiser : callable
        From tokens (n, L) to probabilities (n, L, q).
    schedule : Schedule
        Its compositions must be few enough to be listed.
    vocabulary : int
        q; (q + 1)^L may be at most 2^20.
    order : array_like of int, shape (L,), optional
        Positions in the order of their unmasking, the same for all sequences; uniformly random for
        each of them if not given.

    Returns
    -------
    DenseLaw

    Raises
    ------
    ValueError
        If there are too many contexts, or the denoiser's answer is not made of pmfs.

    Examples
    --------
    >>> from dlmbook.laws import repetition
    >>> from dlmbook.schedules import uniform
    >>> denoiser_law(repetition(2).conditionals, uniform(2, 1), 2).pmf.tolist()
    [[0.25, 0.25], [0.25, 0.25]]
    """
    length, q = schedule.length, check_size(vocabulary, "vocabulary")
    if (q + 1) ** length > CONTEXTS_LIMIT:
        raise ValueError(f"{q + 1}^{length} contexts are too many (at most 2^20)")
    fixed = None if order is None else check_order(order, 1, length)[0].tolist()
    answers = cache(lambda revealed: _asked(denoiser, revealed, q, length))
    total = np.zeros((q,) * length)
    for weight, sizes in schedule.compositions():
        state = {0: np.ones((1,) * length)}
        for size in sizes:
            state = _reveal(state, size, fixed, answers)
        total += weight * state[(1 << length) - 1]
    return DenseLaw(total / total.sum())


def _reveal(
    state: dict[int, Array],
    size: int,
    order: list[int] | None,
    answers: Callable[[int], list[Array]],
) -> dict[int, Array]:
    """One step: for each revealed set (a bit mask) the probability of its tokens.

    Arrays have L axes, of q entries at revealed positions and of one at the others.
    """
    after: dict[int, Array] = {}
    for revealed, probability in state.items():
        answer = answers(revealed)
        hidden = order or range(len(answer))
        hidden = [i for i in hidden if not revealed >> i & 1]
        blocks = [tuple(hidden[:size])] if order else list(combinations(hidden, size))
        for block in blocks:
            path = probability / len(blocks)
            for i in block:
                path = path * answer[i]
            reached = revealed | sum(1 << i for i in block)
            after[reached] = after[reached] + path if reached in after else path
    return after


def _asked(denoiser: Denoiser, revealed: int, q: int, length: int) -> list[Array]:
    """Answers in all contexts of a revealed set: one array for each hidden position.

    Returns
    -------
    list of ndarray
        The i-th has q entries along the axes of the revealed positions and along i; it is empty
        if position i is revealed.
    """
    known = [i for i in range(length) if revealed >> i & 1]
    grid = np.indices((q,) * len(known)).reshape(len(known), q ** len(known)).T  # (q^|W|, |W|)
    contexts: Tokens = np.full((len(grid), length), MASK, dtype=np.int64)
    contexts[:, known] = grid
    hidden = [i for i in range(length) if i not in known]
    rows, columns = np.indices((len(grid), len(hidden)))
    asked = ask(denoiser, contexts, rows.ravel(), np.array(hidden)[columns.ravel()])
    pmfs = asked.astype(float).reshape(len(grid), len(hidden), -1)  # (q^|W|, L - |W|, q)
    found = [np.empty(0)] * length
    for place, i in enumerate(hidden):
        before = sum(k < i for k in known)
        table = pmfs[:, place].reshape((q,) * (len(known) + 1))
        shape = [q if k in known or k == i else 1 for k in range(length)]
        found[i] = np.moveaxis(table, -1, before).reshape(shape)
    return found
