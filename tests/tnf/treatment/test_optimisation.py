"""The loop with the simulator in it: search on a surrogate, simulate, search on by simulation."""

import pytest
from support.planted_treatment import FEWEST_CELLS, OPTIMUM, PlantedEngine, PlantedPredictor

from theraflow.config.tnf.treatment import (
    RefinementConfig,
    TreatmentConfig,
    TreatmentSearchConfig,
    VerificationConfig,
)
from theraflow.tnf import tables as tnf_tables
from theraflow.tnf.treatment import tables
from theraflow.tnf.treatment.optimisation import rank_over_evaluators, verify_and_refine
from theraflow.tnf.treatment.pose import Simulator, pose_treatment_search
from theraflow.tnf.treatment.problem import Region, Target
from theraflow.tnf.treatment.search import find_candidates

TARGET = Target((100,), 1440)
SIMULATOR = Simulator(PlantedEngine(), base_seed=1)
CONCENTRATION = tnf_tables.TNF_CONCENTRATION


def config_of(refinement: int) -> TreatmentConfig:
    return TreatmentConfig(
        searches={"cma_es": TreatmentSearchConfig(method="cma-es")},
        budget_evaluations=600,
        verification=VerificationConfig(candidates=4, front_candidates=2, replicates=16),
        refinement=RefinementConfig(budget_evaluations=refinement),
    )


@pytest.fixture
def narrow() -> PlantedPredictor:
    """A surrogate that was trained on strong TNF alone, far from the optimum."""
    return PlantedPredictor(domain=Region((5.0, 5.0, 0.1), (800.0, 200.0, 1.0)))


def test_a_refinement_leaves_what_the_surrogate_was_trained_on(narrow, tmp_path):
    config = config_of(refinement=60)
    posed = pose_treatment_search("cma_es", 1, TARGET, config, narrow)
    region = Region.of(config.region, TARGET.horizon_min)
    found = find_candidates(posed, tmp_path, config.verification, region)
    assert (found[CONCENTRATION] >= 0.1).all()
    treatments = verify_and_refine([found], TARGET, config, SIMULATOR, tmp_path)
    by_evaluator = dict(list(treatments.groupby(tables.EVALUATOR)))
    assert set(by_evaluator) == {"separate", "separate_refined"}
    best = {
        name: rows[rows[tables.KIND] == tables.BEST].iloc[0] for name, rows in by_evaluator.items()
    }
    # A third of an order of magnitude in the concentration costs 20 x 3 cells.
    assert best["separate"][tables.SIMULATED_LIVING_CELLS] > FEWEST_CELLS + 40
    assert best["separate_refined"][tables.SIMULATED_LIVING_CELLS] < FEWEST_CELLS + 10
    assert best["separate_refined"][CONCENTRATION] == pytest.approx(OPTIMUM[2], rel=0.6)
    ranked = rank_over_evaluators([treatments])
    assert ranked.iloc[0][tables.EVALUATOR] == "separate_refined"
    is_best = ranked[tables.KIND] == tables.BEST
    assert ranked[is_best][tables.RANK].tolist() == list(range(1, is_best.sum() + 1))


def test_without_a_refinement_there_is_none(narrow, tmp_path):
    config = config_of(refinement=0)
    posed = pose_treatment_search("cma_es", 1, TARGET, config, narrow)
    region = Region.of(config.region, TARGET.horizon_min)
    found = find_candidates(posed, tmp_path, config.verification, region)
    treatments = verify_and_refine([found], TARGET, config, SIMULATOR, tmp_path)
    assert set(treatments[tables.EVALUATOR]) == {"separate"}
    # The same twice is there once.
    assert len(rank_over_evaluators([treatments, treatments])) == len(treatments)
