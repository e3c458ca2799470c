"""The stored bands of the families agree with theory, and with a shorter run."""

import numpy as np
import pytest

from dlmbook import experiments
from dlmbook.experiments import families

STORED = {
    (x["group"], x["name"], x["alpha"], x["n"]): x for x in experiments.load("families")["runs"]
}
EXACT = [name for name in families.CASES if name != "linear regression"]


def scaled(case, alpha, n, generations):
    return case(n).theory(alpha, n, generations) / case(n).theory(alpha, n, 0)[0]


def test_every_setting_of_the_full_run_is_stored():
    shares, sizes = families.FULL["shares"], families.FULL["sizes"]
    wanted = {("cases", name, a, n) for name in families.CASES for a in shares for n in sizes}
    wanted |= {("regular", name, a, 500) for name in families.REGULAR for a in (0.1, 0.3)}
    assert set(STORED) == wanted
    lengths = {len(x["mean"]) - 1 for x in STORED.values()}
    assert lengths == {families.GENERATIONS, 10}


@pytest.mark.parametrize("name", EXACT)
def test_stored_means_agree_with_exact_theory(name):
    """Squared errors are about chi-square: their standard errors come from theory, not the run."""
    case, loops = families.CASES[name]
    for alpha in families.SHARES:
        for n in families.SIZES:
            run, theory = STORED["cases", name, alpha, n], scaled(case, alpha, n, 40)
            noise = np.maximum(run["error"], theory * np.sqrt(2 / loops))
            assert np.all(np.abs(np.array(run["mean"]) - theory) < 5 * noise)


@pytest.mark.parametrize("name", families.REGULAR)
def test_stored_excess_losses_agree_with_first_order_theory(name):
    for alpha in (0.1, 0.3):
        run = STORED["regular", name, alpha, 500]
        ratio = np.array(run["mean"]) / scaled(families.REGULAR[name][0], alpha, 500, 10)
        assert np.all(np.abs(ratio - 1) < 0.2)


def test_a_reduced_run_agrees_with_the_stored_one():
    result = families.run(shares=[0.1], sizes=[50], generations=2, effort=0.1)
    for run in result["runs"]:
        key = run["group"], run["name"], run["alpha"], run["n"]
        stored = np.array(STORED[key]["mean"])[: len(run["mean"])]
        noise = stored * np.sqrt(2 / run["repeats"])
        assert np.all(np.abs(run["mean"] - stored) < 5 * noise), key
