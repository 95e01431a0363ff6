"""Bootstrap intervals, against their coverage and against the exact one of a median."""

import numpy as np
import pytest
from scipy import stats

from theraflow.stats.bootstrap import bootstrap_interval


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
