"""Bootstrap intervals, against their coverage and against the exact one of a median."""

import numpy as np
import pytest
from scipy import stats

from theraflow.stats.bootstrap import bootstrap_interval, interval_of_grouped_mean


def test_the_interval_of_a_mean_covers_it_as_often_as_it_says():
    generator = np.random.default_rng(1)
    covered = []
    for _ in range(400):
        lower, upper = bootstrap_interval(
            generator.normal(2, 3, size=40), np.mean, 0.9, generator, resamples=400
        )
        covered.append(lower < 2 < upper)
    # Three standard deviations of 400 draws, and the narrowness of percentiles at n = 40.
    assert 0.84 < np.mean(covered) < 0.945


def test_the_interval_of_a_median_is_that_of_order_statistics():
    sample = np.arange(1.0, 26.0)
    lower, upper = bootstrap_interval(sample, np.median, 0.95, np.random.default_rng(2), 20000)
    exact = stats.quantile_test(sample, q=13, p=0.5).confidence_interval(0.95)
    assert lower == pytest.approx(exact.low, abs=1)
    assert upper == pytest.approx(exact.high, abs=1)


def test_a_sample_without_spread_has_no_width_even_where_infinite():
    for value in (3.0, np.inf):
        ends = bootstrap_interval(np.full(5, value), np.median, 0.9, np.random.default_rng(3), 50)
        assert ends == (value, value)


def test_groups_that_repeat_one_value_count_once() -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(size=(50, 2))
    repeated = np.repeat(values, 4, axis=0)
    groups = np.repeat(np.arange(50), 4)
    lower, upper = interval_of_grouped_mean(repeated, groups, 0.95, np.random.default_rng(0))
    # Of 50 independent values, not of 200.
    expected = 2 * 1.96 * values.std(axis=0) / np.sqrt(50)
    np.testing.assert_allclose(upper - lower, expected, rtol=0.08)
    assert ((lower < values.mean(axis=0)) & (values.mean(axis=0) < upper)).all()


def test_of_one_group_there_is_no_interval() -> None:
    ends = interval_of_grouped_mean(
        np.ones((3, 2)), np.zeros(3, int), 0.95, np.random.default_rng(0)
    )
    assert np.isnan(ends).all()
