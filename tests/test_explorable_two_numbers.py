import numpy as np
import pytest

from dlmbook.explore import two_numbers
from dlmbook.explore.two_numbers import noisy
from dlmbook.laws import parity


def test_noisy_parity_has_its_closed_form():
    length, noise = 4, 0.1
    pmf = noisy(parity(length), noise)
    odd = np.indices((2,) * length).sum(axis=0) % 2
    expected = (1 + (1 - 2 * noise) ** length * (-1.0) ** odd) / 2**length
    assert np.allclose(pmf, expected)


@pytest.mark.parametrize(("family", "tc", "dtc"), [("repetition", 3, 1), ("parity", 1, 3)])
def test_reading_without_noise_gives_the_exchanged_pair(family, tc, dtc):
    _, reading = two_numbers().frame(family=family, length=4, noise=0.0)
    assert f"TC = {tc * np.log(2):.3f} nats, DTC = {dtc * np.log(2):.3f} nats" in reading


def test_fair_coins_have_no_dependence():
    _, reading = two_numbers().frame(family="chain", length=5, noise=0.5)
    assert "TC = 0.000 nats, DTC = 0.000 nats" in reading.replace("-0.000", "0.000")
