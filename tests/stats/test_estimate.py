"""Estimates by Student's t and tests of equivalence, against scipy, printed values and theory."""

import numpy as np
import pytest
from scipy import stats

from theraflow.stats.estimate import (
    Estimate,
    difference_of_means,
    mean_of_estimates,
    mean_of_sample,
)

# Hours of sleep gained with two drugs by the same ten patients (Student 1908).
FIRST_DRUG = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
SECOND_DRUG = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


def test_students_sleep_data_in_pairs() -> None:
    estimate = mean_of_sample(SECOND_DRUG - FIRST_DRUG)
    assert estimate.value == pytest.approx(1.58)
    assert estimate.difference_p_value() == pytest.approx(0.002833, abs=1e-6)
    assert estimate.interval(0.95) == pytest.approx((0.7001142, 2.4598858))


def test_students_sleep_data_unpaired() -> None:
    estimate = difference_of_means(FIRST_DRUG, SECOND_DRUG)
    assert estimate.value / estimate.standard_error == pytest.approx(1.8608, abs=1e-4)
    assert estimate.difference_p_value() == pytest.approx(0.07919, abs=1e-5)
    assert estimate.interval(0.95) == pytest.approx((-0.203874, 3.363874), abs=1e-6)


def test_differences_are_those_of_scipy() -> None:
    generator = np.random.default_rng(1)
    first, second = generator.normal(size=(5, 3, 2)), generator.normal(1, 2, size=(9, 3, 2))
    ours = difference_of_means(first, second)
    scipys = stats.ttest_ind(second, first, axis=0)
    np.testing.assert_allclose(ours.difference_p_value(), scipys.pvalue)
    interval = scipys.confidence_interval(0.9)
    np.testing.assert_allclose(ours.interval(0.9), (interval.low, interval.high))
    swapped = difference_of_means(second, first)
    np.testing.assert_allclose(swapped.value, -ours.value)
    np.testing.assert_allclose(swapped.equivalence_p_value(2), ours.equivalence_p_value(2))


def test_equivalence_is_two_one_sided_tests() -> None:
    sample = np.random.default_rng(2).normal(0.3, 1, 20)
    estimate = mean_of_sample(sample)
    one_sided = [
        stats.ttest_1samp(sample, -1, alternative="greater").pvalue,
        stats.ttest_1samp(sample, 1, alternative="less").pvalue,
    ]
    assert estimate.equivalence_p_value(1) == pytest.approx(max(one_sided))


def test_equivalence_is_an_interval_within_the_margins() -> None:
    estimate = mean_of_sample(np.random.default_rng(3).normal(0, 1, (12, 500)))
    lower, upper = estimate.interval(0.9)
    within = (lower >= -0.6) & (upper <= 0.6)
    np.testing.assert_array_equal(estimate.equivalence_p_value(0.6) <= 0.05, within)
    assert 0 < within.mean() < 1


def test_equivalence_errs_as_rarely_as_it_says() -> None:
    """At the margin itself, 5 % of samples claim equivalence; without a difference, most do."""
    generator = np.random.default_rng(4)
    at_the_margin = mean_of_sample(generator.normal(1, 1, (40, 5000)))
    assert np.mean(at_the_margin.equivalence_p_value(1) < 0.05) == pytest.approx(0.05, abs=0.01)
    equal = mean_of_sample(generator.normal(0, 1, (40, 5000)))
    assert np.mean(equal.equivalence_p_value(1) < 0.05) > 0.99


def test_no_difference_without_a_margin_is_ever_equivalent() -> None:
    estimate = mean_of_sample(np.random.default_rng(5).normal(0, 1, (40, 100)))
    assert (estimate.equivalence_p_value(0) >= 0.5).all()


def test_what_does_not_vary_is_certain_unless_it_is_rounded() -> None:
    same, other = np.full((2, 1), 7.0), np.full((2, 1), 8.0)
    assert difference_of_means(same, same).difference_p_value() == 1
    certain = difference_of_means(same, other)
    assert certain.difference_p_value() == 0
    assert certain.equivalence_p_value(1) == 0
    assert certain.equivalence_p_value(0.9) == 1
    rounded = difference_of_means(same, other, least_variance=1 / 12)
    assert rounded.standard_error == pytest.approx(np.sqrt(1 / 12))
    assert 0.05 < rounded.difference_p_value() < 0.1


def test_average_over_strata() -> None:
    generator = np.random.default_rng(6)
    parts = [
        difference_of_means(
            generator.normal(0, scale, (n, 2000)), generator.normal(1, scale, (2 * n, 2000))
        )
        for n, scale in ((3, 1.0), (5, 4.0), (9, 2.0))
    ]
    average = mean_of_estimates(parts)
    np.testing.assert_allclose(average.value, np.mean([part.value for part in parts], axis=0))
    lower, upper = average.interval(0.9)
    assert np.mean((lower <= 1) & (upper >= 1)) == pytest.approx(0.9, abs=0.02)
    # Of equal parts, the degrees of freedom add up.
    equal = Estimate(np.zeros(1), np.ones(1), np.full(1, 7.0))
    np.testing.assert_allclose(mean_of_estimates([equal] * 4).degrees_of_freedom, 28)
    np.testing.assert_allclose(mean_of_estimates([equal] * 4).standard_error, 0.5)


def test_one_unknown_stratum_makes_the_average_unknown() -> None:
    known = Estimate(np.zeros(1), np.ones(1), np.full(1, 7.0))
    unknown = Estimate(np.zeros(1), np.full(1, np.inf), np.full(1, 1.0))
    average = mean_of_estimates([known, unknown])
    assert average.interval(0.9) == (-np.inf, np.inf)
    assert average.difference_p_value() == 1
    assert average.equivalence_p_value(100) == 0.5
