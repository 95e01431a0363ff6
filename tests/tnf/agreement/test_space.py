"""The embedded engine in three dimensions against runs of PhysiBoSS with the same time steps.

PhysiBoSS ran 3 to 6 times at each point, too few for margins. So the limits of what counts as equal
come from the engine itself: as many of its runs, taken out, are compared with the others.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from theraflow.config.tnf.engines import EngineConfig
from theraflow.core.files import REPOSITORY
from theraflow.tnf import tables
from theraflow.tnf.engine.embedded.engine import EmbeddedEngine
from theraflow.tnf.engine.make import make_embedded_engine
from theraflow.tnf.engine.simulate import simulate_all
from theraflow.tnf.simulation import ParameterPoint, plan_simulation
from theraflow.tnf.trajectories.arrays import trajectories_of_radius

Counts = NDArray[np.float64]
REFERENCE = REPOSITORY / "tests/data/tnf/physiboss_3d_replicates.parquet"
RESAMPLED = 2000
FARTHEST_Z = 4.0


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedEngine:
    """The engine with the head start of the reference, whose steps are longer than the model's."""
    shipped = (REPOSITORY / EngineConfig().model_file).read_text(encoding="utf-8")
    model_file: Path = tmp_path_factory.mktemp("model") / "model.yaml"
    model_file.write_text(
        shipped.replace("head_start_step_min: 0.02", "head_start_step_min: 0.2"), encoding="utf-8"
    )
    return make_embedded_engine(EngineConfig(dimension=3, model_file=model_file))


def reference_runs(radii_um: Iterable[int]) -> Iterator[tuple[ParameterPoint, Counts]]:
    frame = pd.read_parquet(REFERENCE)
    for radius in radii_um:
        runs = trajectories_of_radius(frame[frame[tables.TUMOR_RADIUS_UM] == radius], radius)
        for number in np.unique(runs.points):
            of_point = runs.points == number
            period, duration, concentration = runs.parameters[of_point][0]
            point = ParameterPoint(radius, int(period), int(duration), float(concentration))
            yield point, runs.counts[of_point].astype(np.float64)


def simulated_runs(engine: EmbeddedEngine, point: ParameterPoint, runs: int, hours: int) -> Counts:
    simulations = [
        plan_simulation(point, replicate, base_seed=3, horizon_min=60 * hours)
        for replicate in range(runs)
    ]
    return np.array(simulate_all(simulations, engine, workers=2), dtype=np.float64)


def z_scores(few: Counts, many: Counts) -> Counts:
    """Differences of means over their standard errors, (hours, 3), by the spread of the many."""
    variance = many[:, 1:].var(axis=0, ddof=1) + 1 / 12
    error = np.sqrt(variance * (1 / len(few) + 1 / len(many)))
    return (few[:, 1:].mean(axis=0) - many[:, 1:].mean(axis=0)) / error


def mean_square(scores: list[Counts]) -> float:
    return float(np.mean([np.mean(score**2) for score in scores]))


def compare(pairs: list[tuple[Counts, Counts]]) -> tuple[float, float, float]:
    """Return the mean square of z, its limit (95 %) and the largest absolute z, over all points."""
    generator = np.random.default_rng(0)
    resampled = []
    for _ in range(RESAMPLED):
        scores = []
        for reference, runs in pairs:
            shuffled = generator.permutation(len(runs))
            few = shuffled[: len(reference)]
            scores.append(z_scores(runs[few], runs[shuffled[len(reference) :]]))
        resampled.append(mean_square(scores))
    found = [z_scores(*pair) for pair in pairs]
    farthest = max(float(np.abs(score).max()) for score in found)
    return mean_square(found), float(np.quantile(resampled, 0.95)), farthest


def test_a_small_sphere_agrees_with_physiboss_for_eight_hours(engine: EmbeddedEngine) -> None:
    hours = 8
    pairs = [
        (counts[:, : hours + 1], simulated_runs(engine, point, 16, hours))
        for point, counts in reference_runs([50])
    ]
    for reference, runs in pairs:
        assert (reference[:, 0] == [144, 0, 0]).all()
        assert (runs[:, 0] == [144, 0, 0]).all()
    difference, limit, farthest = compare(pairs)
    assert difference < limit
    assert farthest < FARTHEST_Z
    # Had PhysiBoSS found a tenth more cells, it would show.
    more = [(1.1 * reference, runs) for reference, runs in pairs]
    assert compare(more)[0] > limit


@pytest.mark.slow
def test_spheres_agree_with_physiboss_for_a_day(engine: EmbeddedEngine) -> None:
    pairs = [
        (counts, simulated_runs(engine, point, 48, 24))
        for point, counts in reference_runs([50, 100])
    ]
    difference, limit, farthest = compare(pairs)
    assert difference < limit
    assert farthest < FARTHEST_Z


@pytest.mark.slow
def test_a_birth_rate_that_is_off_by_a_half_differs(engine: EmbeddedEngine) -> None:
    faster = engine.with_birth_rate(0.0011)
    pairs = [
        (counts, simulated_runs(faster, point, 24, 24)) for point, counts in reference_runs([50])
    ]
    difference, limit, _ = compare(pairs)
    assert difference > limit


@pytest.mark.slow
def test_a_large_sphere_is_as_in_the_single_run_of_physiboss(engine: EmbeddedEngine) -> None:
    ((point, reference),) = reference_runs([275])
    runs = simulated_runs(engine, point, 4, 24)
    np.testing.assert_array_equal(runs[:, 0], [[24_401, 0, 0]] * 4)
    # Living cells of one run scatter by 0.8 % of all cells: four standard errors of the difference.
    scale = reference[0].sum(axis=1)[:, np.newaxis]
    assert np.abs((runs.mean(axis=0) - reference[0]) / scale).max() < 0.035
