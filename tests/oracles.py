"""Slow answers in plain Python that share no code with the package: enumerate, then add up.

A law is a dictionary from outcomes (tuples of tokens) to probabilities; a masked token is None.
"""

from itertools import combinations, pairwise, permutations, product
from math import comb, log, prod
from statistics import fmean


def as_dict(pmf):
    """Outcomes of positive probability of a joint pmf array."""
    outcomes = product(*(range(size) for size in pmf.shape))
    return {x: float(pmf[x]) for x in outcomes if pmf[x] > 0}


def marginal(law, subset):
    """Pmf of the positions in subset."""
    result = {}
    for x, p in law.items():
        key = tuple(x[i] for i in subset)
        result[key] = result.get(key, 0.0) + p
    return result


def entropy(law, subset):
    return -sum(p * log(p) for p in marginal(law, subset).values())


def averaged_entropies(law):
    length = len(next(iter(law)))
    return [
        fmean(entropy(law, s) for s in combinations(range(length), j)) for j in range(length + 1)
    ]


def total_correlation(law):
    length = len(next(iter(law)))
    return sum(entropy(law, (i,)) for i in range(length)) - entropy(law, range(length))


def dual_total_correlation(law):
    length = len(next(iter(law)))
    whole = entropy(law, range(length))
    others = [[k for k in range(length) if k != i] for i in range(length)]
    return whole - sum(whole - entropy(law, rest) for rest in others)


def divergence(p, q):
    return sum(mass * log(mass / q[x]) for x, mass in p.items())


def mass(law, context):
    """Probability of the revealed tokens of a context."""
    return sum(
        p
        for x, p in law.items()
        if all(c is None or c == a for a, c in zip(x, context, strict=True))
    )


def conditional(law, context, i, vocabulary):
    """Pmf of position i given a context; the marginal if the context is impossible."""
    given = mass(law, context)
    if given == 0:
        context = (None,) * len(context)
        given = mass(law, context)
    return [
        mass(law, (*context[:i], a, *context[i + 1 :])) / given if context[i] in (None, a) else 0.0
        for a in range(vocabulary)
    ]


def path_probability(denoiser, order, sizes, x):
    """Probability of drawing x when positions come in this order and blocks of these sizes."""
    context, probability, start = (None,) * len(x), 1.0, 0
    for size in sizes:
        block = order[start : start + size]
        probability *= prod(denoiser(context, i)[x[i]] for i in block)
        context = tuple(x[i] if i in block else token for i, token in enumerate(context))
        start += size
    return probability


def exact_denoiser(law, vocabulary):
    """The law's conditionals, each computed once."""
    known = {}

    def denoiser(context, i):
        if (context, i) not in known:
            known[context, i] = conditional(law, context, i, vocabulary)
        return known[context, i]

    return denoiser


def path_divergence(law, denoiser, plan):
    """Mean over compositions and all L! orders of the path's divergence from the law."""
    orders = list(permutations(range(len(next(iter(law))))))
    return sum(
        weight
        * fmean(
            sum(p * log(p / path_probability(denoiser, order, sizes, x)) for x, p in law.items())
            for order in orders
        )
        for weight, sizes in plan
    )


def output(denoiser, plan, length, vocabulary):
    """Law of the sampler's output, averaged over compositions and all L! orders."""
    orders = list(permutations(range(length)))
    return {
        x: sum(
            weight * fmean(path_probability(denoiser, order, sizes, x) for order in orders)
            for weight, sizes in plan
        )
        for x in product(range(vocabulary), repeat=length)
    }


def overshoot(plan, length):
    """Mean distance from m to the first breakpoint at or after it, for m = 1..L-1."""
    result = []
    for m in range(1, length):
        total = 0.0
        for weight, sizes in plan:
            breakpoints = [sum(sizes[: k + 1]) for k in range(len(sizes))]
            total += weight * (min(n for n in breakpoints if n >= m) - m)
        result.append(total)
    return result


def all_compositions(length):
    """Every way to write L as an ordered sum of positive sizes."""
    if length == 0:
        return [()]
    return [
        (first, *rest)
        for first in range(1, length + 1)
        for rest in all_compositions(length - first)
    ]


def gap_count(length, j, d):
    """Mean number of gaps of size d between neighbours among j random positions, by counting."""
    sets = combinations(range(length), j)
    return sum(b - a == d for s in sets for a, b in pairwise(s)) / comb(length, j)
