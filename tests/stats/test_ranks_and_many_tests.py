"""Rank statistics and adjustments for many tests, against printed and hand-made values."""

import numpy as np
import pytest

from theraflow.stats.multiple_testing import holm
from theraflow.stats.paired import rank_biserial, signed_rank_p_value

# Darwin's maize: crossed less self-fertilised, in eighths of an inch (Fisher 1935, section 17).
MAIZE = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48], dtype=float)


def test_holm_is_the_step_down_correction() -> None:
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(holm([0.05, 0.01, 0.04, 0.02, 0.03]), [0.09, 0.05, 0.09, 0.08, 0.09])


def test_holm_lies_between_no_adjustment_and_bonferroni() -> None:
    p = np.random.default_rng(1).random(50) ** 3
    adjusted = holm(p)
    assert (p <= adjusted).all()
    assert (adjusted <= np.minimum(50 * p, 1)).all()
    assert adjusted.min() == pytest.approx(50 * p.min())
    shuffled = np.random.default_rng(2).permutation(50)
    np.testing.assert_array_equal(holm(p[shuffled]), adjusted[shuffled])


def test_holm_rejects_a_true_hypothesis_as_rarely_as_it_says() -> None:
    p = np.random.default_rng(3).random((4000, 20))
    false = np.mean([holm(row).min() < 0.05 for row in p])
    assert false == pytest.approx(0.05, abs=0.012)


def test_signed_ranks_of_darwins_maize() -> None:
    # The ranks of the two negative differences are 10 and 14, of 120 in all.
    assert rank_biserial(MAIZE) == pytest.approx((96 - 24) / 120)
    assert signed_rank_p_value(MAIZE) == pytest.approx(0.04126, abs=5e-6)


def test_signed_ranks_do_not_depend_on_who_is_first() -> None:
    assert rank_biserial(-MAIZE) == -rank_biserial(MAIZE)
    assert signed_rank_p_value(-MAIZE) == signed_rank_p_value(MAIZE)


def test_signed_ranks_of_one_sided_and_of_equal_pairs() -> None:
    # All of n differences on one side: 2 of the 2^n ways to sign them.
    assert signed_rank_p_value(np.arange(1.0, 7)) == pytest.approx(2 / 2**6)
    assert rank_biserial(np.array([1.0, 2.0, -3.0])) == 0
    assert rank_biserial(np.array([0.0, 5.0])) == 1
    assert rank_biserial(np.zeros(3)) == 0
    assert signed_rank_p_value(np.zeros(3)) == 1
