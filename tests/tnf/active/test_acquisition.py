"""The choice among candidates: by disagreement, and spread."""

import numpy as np
import pytest
from scipy.stats import qmc

from theraflow.tnf.active.acquisition import choose_spread, disagreement_percent
from theraflow.tnf.surrogate.uncertainty.distribution import Distribution

NOTHING = np.empty((0, 2))


@pytest.fixture(scope="module")
def places():
    return qmc.Sobol(2, rng=1).random(1024)


def nearest(places):
    distances = np.linalg.norm(places[:, None] - places, axis=-1)
    return (distances + 9 * np.eye(len(places))).min(axis=1)


def test_disagreement_weighs_as_the_error_does():
    means = np.zeros((2, 1, 3, 3))
    means[:, 0, 0] = [40, 0, 0]
    means[:, 0, 1] = [[30, 0, 0], [50, 0, 0]]
    means[:, 0, 2] = [[20, 12, 0], [20, 8, 0]]
    predicted = Distribution.of_members(np.array([50.0]), means, np.ones_like(means))
    sd = np.std([0, 1], ddof=1)
    expected = 100 * np.mean([20 * sd / 40, 4 * sd / 30])
    np.testing.assert_allclose(disagreement_percent(predicted), [expected])


def test_equal_disagreement_fills_the_space(places):
    chosen = places[choose_spread(np.ones(1024), places, NOTHING, 32)]
    assert nearest(chosen).min() > 2 * nearest(places[:32]).min()


def test_more_points_where_members_disagree_but_not_in_one_spot(places):
    disagreement = np.where(places[:, 0] > 0.75, 5.0, 1.0)
    chosen = choose_spread(disagreement, places, NOTHING, 32)
    assert len(set(chosen)) == 32
    assert 12 < (places[chosen, 0] > 0.75).sum() < 32
    assert nearest(places[chosen]).min() > 3 * np.median(nearest(places))


def test_what_is_known_is_kept_clear_of(places):
    known = qmc.Sobol(2, rng=2).random(64) * [0.5, 1]
    chosen = places[choose_spread(np.ones(1024), places, known, 16)]
    assert (chosen[:, 0] > 0.5).all()


def test_candidates_are_not_chosen_twice_even_where_members_agree(places):
    assert sorted(choose_spread(np.zeros(16), places[:16], places[:16], 16)) == list(range(16))
