"""The game between schedules and laws: its value by three independent ways."""

from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from dlmbook.curve import InformationCurve
from dlmbook.schedules import (
    HarmonicSchedule,
    MarkovSchedule,
    OffsetSchedule,
    SequentialSchedule,
    cosine,
    harmonic_prior,
    minimax_program,
    minimax_schedule,
    uniform,
    yao_bound,
)
from tests import oracles
from tests.strategies import schedules

SOLVERS = [minimax_schedule, minimax_program]
VALUES = {
    ("tc", 8): {2: 0.6143, 3: 0.3429, 4: 0.2025, 6: 0.0714},
    ("tc", 16): {2: 0.6986, 3: 0.4588, 4: 0.3123, 6: 0.1647, 8: 0.0948},
    ("tc", 32): {2: 0.7517, 3: 0.5388, 4: 0.3949, 6: 0.2362, 8: 0.1558, 16: 0.0458},
    ("dtc", 16): {4: 0.3924, 8: 0.0954},
    ("dtc", 32): {8: 0.1725},
    ("both", 16): {8: 0.1773},
    ("both", 32): {8: 0.3058},
}
CASES = [(*key, steps, c) for key, row in VALUES.items() for steps, c in row.items()]


@st.composite
def games(draw, longest=14, shortest=2):
    """Length, steps and a random positive reference."""
    length = draw(st.integers(shortest, longest))
    numbers = st.floats(0.05, 20)
    reference = draw(st.lists(numbers, min_size=length - 1, max_size=length - 1))
    return length, draw(st.integers(1, length)), np.array(reference)


@st.composite
def chances(draw):
    """Breakpoint probabilities, often exactly 0, 1/2 or 1."""
    number = st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0, 1))
    return draw(st.lists(number, max_size=12))


@st.composite
def moves(draw):
    """Random Markov schedules with many impossible moves."""
    length, steps = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    kernel = np.triu(rng.random((length, length + 1)) * rng.integers(0, 2, (steps, 1, 1)), 1)
    kernel[..., -1] += 0.1
    kernel[-1, :, :-1] = 0
    return kernel / kernel.sum(axis=2, keepdims=True)


def all_overshoots(length, steps):
    """Overshoots of all compositions of at most K sizes, one row each, from the definition."""
    cuts = chain.from_iterable(combinations(range(1, length), k) for k in range(steps))
    return np.array(
        [[next(n for n in (*c, length) if n >= m) - m for m in range(1, length)] for c in cuts]
    )


def value_of_matrix_game(payments):
    """Least c such that some mixture of the rows pays at most c in every column."""
    rows, columns = payments.shape
    answer = linprog(
        [0] * rows + [1],
        A_ub=np.column_stack([payments.T, -np.ones(columns)]),
        b_ub=np.zeros(columns),
        A_eq=[[1] * rows + [0]],
        b_eq=[1],
        bounds=[(0, None)] * rows + [(None, None)],
    )
    return answer.fun


@pytest.mark.parametrize("solve", SOLVERS)
@pytest.mark.parametrize(("reference", "length", "steps", "value"), CASES)
def test_values_are_those_of_the_theory(solve, reference, length, steps, value):
    game = solve(length, steps, reference)
    assert game.value == pytest.approx(value, abs=5e-5)
    assert abs(game.gap) < 1e-9


@pytest.mark.parametrize("solve", SOLVERS)
@settings(max_examples=60)
@given(game=games(longest=7))
def test_the_value_is_that_of_the_matrix_game_over_all_compositions(solve, game):
    length, steps, v = game
    expected = value_of_matrix_game(all_overshoots(length, steps) / v)
    assert solve(length, steps, v).value == pytest.approx(expected, rel=1e-7, abs=1e-9)


@settings(max_examples=60)
@given(games())
def test_random_offsets_are_as_good_as_every_flow(game):
    ours, flow = minimax_schedule(*game), minimax_program(*game)
    assert ours.value == pytest.approx(flow.value, rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("solve", SOLVERS)
@settings(max_examples=60)
@given(game=games(longest=20))
def test_both_certificates_meet_at_the_value(solve, game):
    _, steps, v = game
    found = solve(*game)
    assert found.lower == pytest.approx(found.value, abs=1e-8 * (1 + found.value))
    assert found.upper == pytest.approx(found.value, abs=1e-8 * (1 + found.value))
    assert np.all(found.prior >= 0)
    assert found.prior.sum() == pytest.approx(1)
    assert found.schedule.steps <= steps
    np.testing.assert_array_equal(found.reference, v)


@pytest.mark.parametrize("reference", ["tc", "dtc", "both"])
@pytest.mark.parametrize(("length", "steps"), [(1024, 32), (2000, 7), (300, 299), (300, 1)])
def test_long_games_are_solved_to_a_gap_near_rounding(length, steps, reference):
    game = minimax_schedule(length, steps, reference)
    assert -1e-9 < game.gap < 1e-9
    assert game.lower - 1e-9 <= game.value <= game.upper + 1e-9
    assert game.schedule.steps == steps


@pytest.mark.parametrize("solve", SOLVERS)
def test_one_step_pays_everything_and_l_steps_nothing(solve):
    assert solve(9, 1, "tc").value == pytest.approx(1)
    assert solve(9, 1, "dtc").value == pytest.approx(8)
    assert solve(9, 9, "both").value == pytest.approx(0)
    assert solve(9, 9, "both").schedule.overshoot().tolist() == [0] * 8
    assert solve(2, 1).value == pytest.approx(1)


def test_references_by_name_are_their_vectors():
    m = np.arange(1, 12)
    for name, v in {"tc": 12 - m, "dtc": m, "both": np.minimum(m, 12 - m)}.items():
        assert minimax_schedule(12, 4, name).value == minimax_schedule(12, 4, v).value


@given(games(), st.floats(1e-6, 1e6))
def test_the_value_scales_inversely_with_the_reference(game, factor):
    length, steps, v = game
    expected = minimax_schedule(length, steps, v).value / factor
    assert minimax_schedule(length, steps, factor * v).value == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("reference", ["tc", "dtc", "both"])
def test_no_other_schedule_beats_the_value(reference):
    for length, steps in [(8, 3), (64, 16), (200, 5)]:
        game = minimax_schedule(length, steps, reference)
        others = [
            uniform(length, steps),
            cosine(length, steps),
            HarmonicSchedule(length, steps, reference),
            SequentialSchedule(length, steps),
        ]
        assert all(s.worst_case(game.reference) >= game.value - 1e-12 for s in others)


def test_two_sequential_steps_are_optimal():
    for length in (3, 10, 100):
        expected = 1 - 1 / np.sum(1 / np.arange(1, length))
        assert minimax_schedule(length, 2).value == pytest.approx(expected)


@given(games(longest=9), st.integers(0, 1000))
def test_yao_bounds_are_the_least_cost_of_all_compositions_and_below_the_value(game, seed):
    length, steps, v = game
    prior = np.random.default_rng(seed).dirichlet(np.full(length - 1, 0.5))
    bound = yao_bound(length, steps, v, prior)
    expected = np.min(all_overshoots(length, steps) @ (prior / v))
    assert bound == pytest.approx(expected, abs=1e-9)
    value = minimax_schedule(length, steps, v).value
    assert bound <= value + 1e-9
    assert yao_bound(length, steps, v) <= value + 1e-9


@pytest.mark.parametrize(("steps", "ratio"), [(8, 1.27), (16, 1.36), (32, 1.48)])
def test_harmonic_priors_certify_the_harmonic_schedule_as_the_theory_says(steps, ratio):
    schedule = HarmonicSchedule(1024, steps, adapt="tc")
    upper = schedule.worst_case(schedule.reference)
    assert upper / yao_bound(1024, steps) == pytest.approx(ratio, abs=0.01)


def test_harmonic_priors_are_inverse_to_the_reference_where_it_is_large():
    prior = harmonic_prior([5, 1, 2, 10], least=2)
    np.testing.assert_allclose(prior, np.array([2, 0, 5, 1]) / 8)


@given(st.integers(2, 9).flatmap(schedules))
def test_random_offsets_dominate_every_schedule_with_the_same_breakpoint_chances(schedule):
    hit = np.zeros(schedule.length + 1)
    for probability, sizes in schedule.compositions():
        hit[np.cumsum(sizes)] += probability
    offset = OffsetSchedule(np.minimum(hit[1:-1], 1.0))
    assert offset.steps <= schedule.steps
    assert np.all(offset.overshoot() <= schedule.overshoot() + 1e-12)


@given(chances())
def test_offset_schedules_have_the_chances_they_were_given(chances):
    schedule = OffsetSchedule(np.array(chances))
    plan = schedule.compositions()
    hit = np.zeros(schedule.length + 1)
    for probability, sizes in plan:
        assert sum(sizes) == schedule.length
        assert len(sizes) <= schedule.steps
        hit[np.cumsum(sizes)] += probability
    np.testing.assert_allclose(hit[1:], [*chances, 1], atol=1e-7)
    assert len({sizes for _, sizes in plan}) == len(plan)
    assert len(plan) <= schedule.length


@given(chances())
def test_overshoots_of_offset_schedules_agree_with_their_definition(chances):
    schedule = OffsetSchedule(np.array(chances))
    expected = oracles.overshoot(schedule.compositions(), schedule.length)
    np.testing.assert_allclose(schedule.overshoot(), expected, atol=1e-6)


@given(moves())
def test_overshoots_of_markov_schedules_agree_with_their_definition(moves):
    schedule = MarkovSchedule(moves)
    plan = schedule.compositions()
    assert sum(p for p, _ in plan) == pytest.approx(1)
    assert max(len(sizes) for _, sizes in plan) <= schedule.steps
    expected = oracles.overshoot(plan, schedule.length)
    np.testing.assert_allclose(schedule.overshoot(), expected, atol=1e-12)


@given(moves(), st.integers(0, 1000))
def test_markov_schedules_draw_possible_compositions(moves, seed):
    schedule = MarkovSchedule(moves)
    possible = {
        (*sizes, *[0] * (schedule.steps - len(sizes))) for _, sizes in schedule.compositions()
    }
    assert set(map(tuple, schedule.sample(50, rng=seed).tolist())) <= possible


@pytest.mark.parametrize("solve", SOLVERS)
@pytest.mark.parametrize("reference", ["tc", "both"])
def test_sampled_overshoots_agree_with_the_exact_ones(solve, reference):
    n, length, steps = 40000, 24, 6
    schedule = solve(length, steps, reference).schedule
    sizes = schedule.sample(n, rng=0)
    assert sizes.shape == (n, schedule.steps)
    assert sizes.dtype == np.int64
    np.testing.assert_array_equal(sizes, schedule.sample(n, rng=0))
    assert np.all(sizes.sum(axis=1) == length)
    assert np.all((sizes[:, 1:] == 0) | (sizes[:, :-1] > 0))
    points = np.cumsum(sizes, axis=1)
    for m, expected in enumerate(schedule.overshoot(), 1):
        over = np.where(points >= m, points, length).min(axis=1) - m
        assert abs(over.mean() - expected) < 5 * max(over.std(), 0.01) / np.sqrt(n)
    assert schedule.sample(0).shape == (0, schedule.steps)


def test_the_schedule_keeps_its_promise_for_a_law():
    curve = InformationCurve.from_increments(np.random.default_rng(0).random(31))
    game = minimax_schedule(32, 8, "both")
    assert game.schedule.expected_kl(curve) <= game.value * curve.effective + 1e-12


def test_progress_shows_the_log_of_the_solver(capfd):
    minimax_program(8, 3, progress=True)
    assert "HiGHS" in capfd.readouterr().out


def test_a_program_without_optimum_is_an_error(monkeypatch):
    class Failure:
        status, message = 4, "numerical difficulties"

    monkeypatch.setattr("dlmbook.schedules.program.linprog", lambda *_, **__: Failure)
    with pytest.raises(RuntimeError, match="numerical difficulties"):
        minimax_program(8, 3)


@pytest.mark.parametrize("solve", [*SOLVERS, yao_bound])
def test_impossible_games_are_refused(solve):
    with pytest.raises(ValueError, match="steps must be at most length = 4, but are 5"):
        solve(4, 5)
    with pytest.raises(ValueError, match="steps must be an integer >= 1"):
        solve(4, 0)
    with pytest.raises(ValueError, match="length must be an integer >= 2"):
        solve(1, 1)
    with pytest.raises(ValueError, match="'tc', 'dtc', 'both' or numbers, not 'TC'"):
        solve(4, 2, "TC")
    for bad in ([1, 2], [1, 0, 1], [1, -1, 1], [1, np.nan, 1], [1, np.inf, 1]):
        with pytest.raises(ValueError, match="reference must be 3 finite positive numbers"):
            solve(4, 2, bad)


def test_bad_priors_are_refused():
    with pytest.raises(ValueError, match="prior"):
        yao_bound(4, 2, prior=[0.5, 0.5, 0.5])
    with pytest.raises(ValueError, match=r"shape \(3,\), but has shape \(2,\)"):
        yao_bound(4, 2, prior=[0.5, 0.5])
    with pytest.raises(ValueError, match="least must be at most"):
        harmonic_prior([1, 2, 3], least=4)
    with pytest.raises(ValueError, match="finite positive"):
        harmonic_prior([1, 0, 3])


@pytest.mark.parametrize("bad", [[[0.5]], [0.5, -0.1], [np.inf], [np.nan], 0.5])
def test_impossible_levels_are_refused(bad):
    with pytest.raises(ValueError, match="finite nonnegative numbers"):
        OffsetSchedule(bad)


def test_rounding_makes_no_compositions_of_its_own():
    plan = OffsetSchedule([0.1] * 10).compositions()
    assert len(plan) == 10
    assert min(p for p, _ in plan) > 0.09


def test_impossible_moves_are_refused():
    with pytest.raises(ValueError, match="shape"):
        MarkovSchedule(np.zeros((2, 3, 3)))
    with pytest.raises(ValueError, match="shape"):
        MarkovSchedule(np.zeros((0, 3, 4)))
    with pytest.raises(ValueError, match="sum"):
        MarkovSchedule([[[0, 0.5, 0.2], [0, 0, 1]]])
    with pytest.raises(ValueError, match="moves must go"):
        MarkovSchedule([[[1, 0, 0], [0, 0, 1]]])
    with pytest.raises(ValueError, match="moves must go"):
        MarkovSchedule([[[0, 1, 0], [0, 0, 1]]])
