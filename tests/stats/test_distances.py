"""The excess of distances between two samples, against direct sums and theory."""

from itertools import combinations

import numpy as np
import pytest

from theraflow.stats.distances import SampleDistances, permutation_p_value


def distances_of(first: np.ndarray, second: np.ndarray) -> SampleDistances:
    members = np.concatenate([first, second])
    return SampleDistances(np.abs(members[:, None] - members), len(first))


def test_excess_of_a_few_members() -> None:
    sample = distances_of(np.array([0.0, 2.0]), np.array([5.0, 6.0, 9.0]))
    assert sample.between == pytest.approx((5 + 6 + 9 + 3 + 4 + 7) / 6)
    assert sample.within == pytest.approx((2, (1 + 4 + 3) / 3))
    assert sample.excess == pytest.approx(34 / 6 - (2 + 8 / 3) / 2)


def test_excess_is_symmetric() -> None:
    generator = np.random.default_rng(1)
    first, second = generator.normal(size=5), generator.normal(1, 2, size=8)
    one, other = distances_of(first, second), distances_of(second, first)
    assert one.excess == pytest.approx(other.excess)
    for ours, theirs in zip(
        vars(one.excess_estimate()).values(), vars(other.excess_estimate()).values(), strict=True
    ):
        assert ours == pytest.approx(theirs)


def test_jackknife_leaves_out_every_member_once() -> None:
    generator = np.random.default_rng(2)
    first, second = generator.normal(size=4), generator.normal(size=6)
    left_first = [distances_of(np.delete(first, k), second).excess for k in range(4)]
    left_second = [distances_of(first, np.delete(second, k)).excess for k in range(6)]
    variance = 3 * np.var(left_first) + 5 * np.var(left_second)
    estimate = distances_of(first, second).excess_estimate()
    assert estimate.standard_error == pytest.approx(np.sqrt(variance))
    assert 3 <= estimate.degrees_of_freedom <= 8


def test_two_members_tell_no_standard_error() -> None:
    estimate = distances_of(np.array([0.0, 1.0]), np.arange(20.0)).excess_estimate()
    assert estimate.interval(0.9) == (-np.inf, np.inf)


@pytest.mark.parametrize(("shift", "excess"), [(0.0, 0.0), (1.0, 0.271)])
def test_excess_is_unbiased_and_its_interval_holds_it(shift: float, excess: float) -> None:
    """Of normal samples: E|X - Y| of variance 2 is 2 / sqrt(pi); 1.399 with means 1 apart."""
    generator = np.random.default_rng(3)
    estimates = [
        distances_of(generator.normal(size=8), generator.normal(shift, 1, 12)).excess_estimate()
        for _ in range(600)
    ]
    assert np.mean([each.value for each in estimates]) == pytest.approx(excess, abs=0.03)
    intervals = np.array([each.interval(0.9) for each in estimates])
    assert np.mean(intervals[:, 0] > excess) < 0.05
    # A small excess goes with a small standard error: the upper end is missed more often than 5 %.
    assert np.mean(intervals[:, 1] < excess) < 0.15


def test_permutations_are_ways_to_share_out() -> None:
    generator = np.random.default_rng(4)
    members = generator.normal(size=5)
    sample = distances_of(members[:2], members[2:])
    found = sample.permuted_excesses(500, generator)
    expected = [
        distances_of(members[list(pair)], np.delete(members, pair)).excess
        for pair in combinations(range(5), 2)
    ]
    assert set(found.round(9)) == set(np.round(expected, 9))


def test_permutations_find_a_shift_and_nothing_else() -> None:
    generator = np.random.default_rng(5)

    def p_value(shift: float) -> float:
        sample = distances_of(generator.normal(size=8), generator.normal(shift, 1, 8))
        return permutation_p_value(sample.excess, sample.permuted_excesses(199, generator))

    assert np.mean([p_value(0) <= 0.05 for _ in range(600)]) == pytest.approx(0.05, abs=0.03)
    assert np.mean([p_value(2) <= 0.05 for _ in range(60)]) > 0.8


def test_permutation_p_values_count_what_was_observed() -> None:
    assert permutation_p_value(3.0, np.array([1.0, 2.0, 4.0])) == 0.5
    assert permutation_p_value(9.0, np.zeros(99)) == 0.01
    assert permutation_p_value(3.0, np.array([3.0 - 1e-12])) == 1
