"""Contaminated training written plainly: sample by sample, with labels, in Python's own random.

Shares no code with the package. A *learner* takes the previous estimate, the memory of all runs so
far and this generation's samples, a list of (category, fresh), and returns the new estimate.
"""

import random
from math import sqrt
from statistics import fmean, stdev


def generation(p, previous, alpha, n, rng):
    """Draw n samples with labels."""
    samples = []
    for _ in range(n):
        fresh = rng.random() < alpha
        samples.append((rng.choices(range(len(p)), p if fresh else previous)[0], fresh))
    return samples


def frequencies(samples, size):
    counts = [0] * size
    for category, _ in samples:
        counts[category] += 1
    return [c / len(samples) for c in counts]


def replace(previous, memory, samples, rng):
    return frequencies(samples, len(previous))


def aggregate(previous, memory, samples, rng):
    memory.extend(samples)
    return frequencies(memory, len(previous))


def average(step):
    def learner(previous, memory, samples, rng):
        data = frequencies(samples, len(previous))
        return [(1 - step) * a + step * b for a, b in zip(previous, data, strict=True)]

    return learner


def detector(tpr, fpr, union):
    def learner(previous, memory, samples, rng):
        kept = [s for s in samples if rng.random() < (tpr if s[1] else fpr)]
        memory.extend(kept)
        used = memory if union else kept
        return frequencies(used, len(previous)) if used else previous

    return learner


def squared_distance(a, b):
    return sum((x - y) ** 2 for x, y in zip(a, b, strict=True))


def means(rows):
    """Mean and standard error, column by column."""
    columns = list(zip(*rows, strict=True))
    return [fmean(c) for c in columns], [stdev(c) / sqrt(len(c)) for c in columns]


def loop(p, alpha, n, learner, repeats, seed, measure=squared_distance):
    """Mean and standard error of a measure of (estimate, p), generation by generation."""
    rng, rows = random.Random(seed), []
    for _ in range(repeats):
        memory = generation(p, p, 1.0, n[0], rng)
        estimate = frequencies(memory, len(p))
        row = [measure(estimate, p)]
        for t in range(1, len(n)):
            estimate = learner(estimate, memory, generation(p, estimate, alpha[t], n[t], rng), rng)
            row.append(measure(estimate, p))
        rows.append(row)
    return means(rows)


def weighted_loop(p, fresh, synthetic, weight, n0, generations, repeats, seed):
    """Average of the two empirical pmfs of a fresh and a synthetic part of fixed sizes."""
    rng, rows, size = random.Random(seed), [], len(p)
    for _ in range(repeats):
        estimate = frequencies(generation(p, p, 1.0, n0, rng), size)
        row = [squared_distance(estimate, p)]
        for _ in range(generations):
            new = frequencies(generation(p, estimate, 1.0, fresh, rng), size)
            old = frequencies(generation(p, estimate, 0.0, synthetic, rng), size)
            estimate = [weight * a + (1 - weight) * b for a, b in zip(new, old, strict=True)]
            row.append(squared_distance(estimate, p))
        rows.append(row)
    return means(rows)


def bigram_loop(rows, pi, alpha, n, length, guess, repeats, seed):
    """Squared errors of each row of a bigram model, token by token: [generation][context]."""
    rng, size, runs = random.Random(seed), len(pi), []
    for _ in range(repeats):
        model, run = [list(r) for r in guess], []
        for t in range(len(n)):
            counts = [[0] * size for _ in range(size)]
            for _ in range(n[t]):
                chain = rows if rng.random() < (1.0 if t == 0 else alpha[t]) else model
                token = rng.choices(range(size), pi)[0]
                for _ in range(length - 1):
                    following = rng.choices(range(size), chain[token])[0]
                    counts[token][following] += 1
                    token = following
            model = [
                [c / sum(row) for c in row] if sum(row) else old
                for row, old in zip(counts, model, strict=True)
            ]
            run += [squared_distance(a, b) for a, b in zip(model, rows, strict=True)]
        runs.append(run)
    mean, error = means(runs)
    return [mean[i : i + size] for i in range(0, len(mean), size)], [
        error[i : i + size] for i in range(0, len(error), size)
    ]


def gaussian_loop(alpha, n, repeats, seed, dimension=1, bias=False):
    """Squared error of the mean and fitted variance, per coordinate, point by point."""
    rng, means_, variances = random.Random(seed), [], []
    for _ in range(repeats):
        mean, root = (
            [0.0] * dimension,
            [[float(i == j) for j in range(dimension)] for i in range(dimension)],
        )
        V, Q = [], []
        for t in range(len(n)):
            points = []
            for _ in range(n[t]):
                z = [rng.gauss(0, 1) for _ in range(dimension)]
                fresh = t == 0 or rng.random() < alpha[t]
                points.append(
                    z
                    if fresh
                    else [
                        mean[i] + sum(root[i][j] * z[j] for j in range(i + 1))
                        for i in range(dimension)
                    ]
                )
            mean = [fmean(x[i] for x in points) for i in range(dimension)]
            divisor = n[t] if bias else n[t] - 1
            covariance = [
                [
                    sum((x[i] - mean[i]) * (x[j] - mean[j]) for x in points) / divisor
                    for j in range(dimension)
                ]
                for i in range(dimension)
            ]
            root = cholesky(covariance)
            V.append(fmean(m * m for m in mean))
            Q.append(fmean(covariance[i][i] for i in range(dimension)))
        means_.append(V)
        variances.append(Q)
    return means(means_), means(variances)


def cholesky(matrix):
    """Lower triangular root of a positive definite matrix."""
    size = len(matrix)
    root = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = matrix[i][j] - sum(root[i][k] * root[j][k] for k in range(j))
            root[i][j] = sqrt(rest) if i == j else rest / root[j][j]
    return root
