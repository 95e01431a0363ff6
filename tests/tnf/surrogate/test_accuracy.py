"""Accuracy on the published data set, at the size of the paper; minutes per radius.

A bound for one split: the mean over its 219 test simulations scatters, and so may miss a target
that the mean over splits meets, or the reverse. The table over three splits is in docs/accuracy.md.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.surrogate_frames import split_of

from theraflow.config.tnf.surrogates import SurrogatesConfig
from theraflow.tnf.surrogate.training.surrogate import train_general_surrogate, train_surrogate
from theraflow.tnf.trajectories.arrays import trajectories_of_radius
from theraflow.tnf.trajectories.metrics import relative_error_percent, relative_error_totals_percent

TARGETS_PERCENT = {50: (24.5, 14.5), 100: (11.8, 7.2), 275: (4.9, 3.0), 400: (3.5, 2.1)}

BELOW_THE_NOISE = pytest.mark.xfail(
    reason="the target lies below an estimate of the published runs' noise, see docs/accuracy.md"
)


@pytest.mark.slow
@pytest.mark.parametrize("radius", [50, pytest.param(100, marks=BELOW_THE_NOISE), 275, 400])
def test_default_surrogate_is_as_accurate_as_the_noise_admits(
    published_dataset: Path, tmp_path: Path, radius: int
) -> None:
    frame = pd.read_parquet(published_dataset)
    frame = frame[frame.in_paper]
    config = SurrogatesConfig(device="cpu")
    surrogate = train_surrogate(frame, radius, config, 1, tmp_path, show_progress=False)
    trajectories = trajectories_of_radius(frame, radius)
    test = trajectories.subset(split_of(trajectories, config.split, seed=1).test)
    predicted = surrogate.predict(radius, test.parameters, extrapolate=True)
    for metric, target in zip(
        (relative_error_percent, relative_error_totals_percent),
        TARGETS_PERCENT[radius],
        strict=True,
    ):
        of_simulations = metric(test.counts, predicted)[:, 1:].mean(axis=1)
        # The mean of one split scatters around that of all splits, hence two standard errors.
        standard_error = of_simulations.std() / np.sqrt(len(test))
        assert of_simulations.mean() <= target + 2 * standard_error


@pytest.mark.slow
def test_general_surrogate_knows_a_radius_that_it_was_not_trained_on(
    published_dataset: Path, tmp_path: Path
) -> None:
    frame = pd.read_parquet(published_dataset)
    frame = frame[frame.in_paper]
    config = SurrogatesConfig(device="cpu")
    errors = {}
    for radii in ((50, 100, 275, 400), (50, 100, 400)):
        surrogate = train_general_surrogate(
            frame[frame.tumor_radius_um.isin(radii)],
            radii,
            config,
            1,
            tmp_path / str(len(radii)),
            show_progress=False,
        )
        for radius in TARGETS_PERCENT:
            trajectories = trajectories_of_radius(frame, radius)
            test = trajectories.subset(split_of(trajectories, config.split, seed=1).test)
            predicted = surrogate.predict(radius, test.parameters, extrapolate=True)
            errors[len(radii), radius] = relative_error_percent(test.counts, predicted)[:, 1:]
    # On the very same simulations, so that little but the training differs.
    assert errors[3, 275].mean() < errors[4, 275].mean() + 0.5
    for radius in (50, 275, 400):
        of_simulations = errors[4, radius].mean(axis=1)
        standard_error = of_simulations.std() / np.sqrt(len(of_simulations))
        assert of_simulations.mean() <= TARGETS_PERCENT[radius][0] + 2 * standard_error
