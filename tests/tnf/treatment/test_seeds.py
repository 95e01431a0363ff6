"""Random numbers: common within a search, and of a stream of their own for every purpose."""

import numpy as np
import pytest
from support.planted_treatment import REGION, PlantedEngine, living_cells

from theraflow.config.load import load_study
from theraflow.config.tnf.treatment import TreatmentObjectiveConfig
from theraflow.tnf.campaign.batches import plan_batches, plan_noise_floor_batches
from theraflow.tnf.treatment.evaluators import SimulationEvaluator
from theraflow.tnf.treatment.problem import Target, TreatmentProblem
from theraflow.tnf.treatment.simulating import (
    common_simulations,
    fresh_simulations,
    simulate_living_cells,
)

TREATMENTS = np.array([[225, 29, 0.028], [300, 40, 0.1]])
TARGET = Target((50, 100), 1440)


def seeds(simulations) -> list[int]:
    return [simulation.seed for simulation in simulations]


def test_treatments_of_a_search_share_their_random_numbers():
    planned = common_simulations(TREATMENTS, TARGET, 3, base_seed=1)
    first, second = planned[:6], planned[6:]
    assert seeds(first) == seeds(second)
    assert len(set(seeds(first))) == 6
    assert [each.point.tumor_radius_um for each in first] == [50, 50, 50, 100, 100, 100]
    assert seeds(common_simulations(TREATMENTS, TARGET, 3, base_seed=2)) != seeds(planned)


def test_a_longer_horizon_keeps_the_random_numbers():
    longer = Target(TARGET.tumor_radii_um, 4620)
    for plan in (common_simulations, lambda *key: fresh_simulations(*key, stream="verification")):
        planned = plan(TREATMENTS, longer, 2, 1)
        assert seeds(planned) == seeds(plan(TREATMENTS, TARGET, 2, 1))
        assert {simulation.horizon_min for simulation in planned} == {4620}


def test_streams_of_all_purposes_are_disjoint():
    tnf = load_study({"tnf": {"designs": [{"kind": "sobol", "points": 16}]}}).tnf
    batches = [*plan_batches(tnf), *plan_noise_floor_batches(tnf)]
    data = {simulation for batch in batches for simulation in batch.simulations}
    treatments = np.array(
        [
            [
                each.point.pulse_period_min,
                each.point.pulse_duration_min,
                each.point.tnf_concentration,
            ]
            for each in data
            if each.point.tumor_radius_um == 100
        ]
    )
    target = Target((100,), 1440)
    purposes = [
        set(seeds(data)),
        set(seeds(common_simulations(treatments, target, 40, tnf.base_seed))),
        *(
            set(seeds(fresh_simulations(treatments, target, 40, tnf.base_seed, stream)))
            for stream in ("verification", "comparison")
        ),
    ]
    assert len(set.union(*purposes)) == sum(map(len, purposes))


def test_common_random_numbers_make_equal_treatments_equal():
    problem = TreatmentProblem(TARGET, REGION, TreatmentObjectiveConfig())
    evaluator = SimulationEvaluator(problem, PlantedEngine(), replicates=2, base_seed=1)
    candidates = np.repeat(problem.problem.reference_candidate, 3, axis=0)
    found = evaluator.evaluate(candidates, np.array([1, 2, 3], np.uint64))
    assert (found.terms == found.terms[0]).all()
    assert not evaluator.is_stochastic
    assert found.cpu_elsewhere_s > 0


@pytest.mark.parametrize("workers", [1, 2])
def test_counts_stay_with_their_treatments_and_radii(workers):
    planned = fresh_simulations(TREATMENTS, TARGET, 200, 1, "verification")
    cells = simulate_living_cells(planned, TARGET, 200, PlantedEngine(), workers)
    assert cells.left.shape == (2, 2, 200)
    for column, radius in enumerate(TARGET.tumor_radii_um):
        expected = living_cells(radius, TREATMENTS)
        assert np.abs(cells.mean[:, column] - expected).max() < 4 * np.sqrt(expected.max() / 200)
        assert cells.standard_error[:, column] == pytest.approx(np.sqrt(expected / 200), rel=0.2)
