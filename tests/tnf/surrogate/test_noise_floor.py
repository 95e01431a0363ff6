"""The noise floor is the error of one who knows the mean of each point, from few replicates."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.surrogate_frames import toy_frame

from theraflow.core.errors import UserError
from theraflow.tnf.surrogate.evaluation.noise_floor import evaluate_noise_floor
from theraflow.tnf.trajectories.metrics import mean_over_horizon

TYPES = ["alive", "apoptotic", "necrotic"]


def poisson_frame(points: int, replicates: int, mean_cells: float = 400.0) -> pd.DataFrame:
    frame = toy_frame(points=points, replicates=replicates)
    frame[TYPES] = np.random.default_rng(1).poisson(mean_cells, (len(frame), 3))
    return frame


def floor(frame: pd.DataFrame, radius: int = 50) -> pd.DataFrame:
    return mean_over_horizon(evaluate_noise_floor(frame, [radius]).errors).set_index("comparison")


@pytest.mark.parametrize("replicates", [2, 4, 8])
def test_floor_is_the_distance_from_the_true_mean_however_few_replicates(replicates: int) -> None:
    mean_cells = 400.0
    tables = evaluate_noise_floor(poisson_frame(240 // replicates, replicates, mean_cells), [50])
    means = mean_over_horizon(tables.errors).set_index("comparison")
    # E|x - mean| of a normal x with variance v is sqrt(2 v / pi); a Poisson count's is its mean.
    distance_cells = np.sqrt(2 * mean_cells / np.pi)
    percent = 100 * distance_cells / mean_cells
    from_mean, between = means.loc["replicate vs mean"], means.loc["replicate vs replicate"]
    assert from_mean.relative_error_percent == pytest.approx(percent, rel=0.02)
    assert from_mean.relative_error_totals_percent == pytest.approx(percent / np.sqrt(3), rel=0.03)
    assert between.relative_error_percent == pytest.approx(percent * np.sqrt(2), rel=0.02)
    cells = tables.cell_errors.groupby("comparison").mean_absolute_error_cells.mean()
    assert cells["replicate vs mean"] == pytest.approx(distance_cells, rel=0.02)
    assert cells["replicate vs replicate"] == pytest.approx(distance_cells * np.sqrt(2), rel=0.02)


def test_floor_of_the_original_program(physiboss_replicates: Path) -> None:
    frame = pd.read_parquet(physiboss_replicates)
    radii = sorted(frame.tumor_radius_um.unique())
    means = mean_over_horizon(evaluate_noise_floor(frame, radii).errors)
    by_comparison = means.pivot_table(
        index="tumor_radius_um", columns="comparison", values="relative_error_percent"
    )
    # Published beside the reference data, to the digits given there.
    assert by_comparison["replicate vs replicate"].round(1).to_dict() == {
        50: 28.0,
        100: 15.5,
        275: 5.1,
        400: 2.2,
    }
    # There from the mean of the others, which is larger by sqrt(n / (n - 1)).
    n = frame.groupby("tumor_radius_um").replicate.nunique()
    from_mean_of_others = by_comparison["replicate vs mean"] * np.sqrt(n / (n - 1))
    assert from_mean_of_others.round(1).to_dict() == {50: 20.7, 100: 12.1, 275: 4.4, 400: 2.2}


def test_points_count_alike_whatever_their_number_of_replicates() -> None:
    noisy, calm = toy_frame(points=1, replicates=6), toy_frame(points=1, replicates=2, seed=1)
    rng = np.random.default_rng(2)
    noisy[TYPES] = rng.poisson(100, (len(noisy), 3))
    calm[TYPES] = 100
    together, alone = floor(pd.concat([noisy, calm])), floor(noisy)
    for comparison in ("replicate vs mean", "replicate vs replicate"):
        assert together.relative_error_percent[comparison] == pytest.approx(
            alone.relative_error_percent[comparison] / 2
        )


def test_points_of_one_replicate_are_left_out_and_named(caplog: pytest.LogCaptureFixture) -> None:
    repeated, single = toy_frame(points=3, replicates=2), toy_frame(points=2, seed=7)
    with caplog.at_level(logging.WARNING):
        found = floor(pd.concat([repeated, single]))
    assert "radius 50 um: 2 of 5 points have a single replicate" in caplog.text
    pd.testing.assert_frame_equal(found, floor(repeated))


def test_a_radius_without_any_repeated_point_is_an_error_that_says_what_to_do() -> None:
    frame = pd.concat([toy_frame((50,), points=3, replicates=2), toy_frame((100,), points=5)])
    with pytest.raises(UserError, match=r"tumor_radius_um=100: .*snakemake retry_failed"):
        evaluate_noise_floor(frame, [50, 100])


def test_errors_of_radii_stay_apart() -> None:
    frame = toy_frame((50, 100), points=4, replicates=3)
    both = evaluate_noise_floor(frame, [50, 100]).errors
    alone = evaluate_noise_floor(frame, [100]).errors
    of_100 = both[both.tumor_radius_um == 100].reset_index(drop=True)
    pd.testing.assert_frame_equal(of_100, alone)
