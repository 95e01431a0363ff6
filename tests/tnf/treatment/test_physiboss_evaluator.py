"""Treatments searched and verified with PhysiBoSS, by a program that stands in for it."""

from pathlib import Path

import numpy as np
import pytest
from support.physiboss_project import expected_counts, make_project

from theraflow.config.tnf.treatment import TreatmentConfig
from theraflow.core.errors import UserError
from theraflow.search.evaluator import Status
from theraflow.tnf import tables as tnf_tables
from theraflow.tnf.engine.interface import Engine
from theraflow.tnf.engine.make import make_engine
from theraflow.tnf.treatment import tables
from theraflow.tnf.treatment.optimisation import verify_and_refine
from theraflow.tnf.treatment.pose import Simulator, pose_treatment_search
from theraflow.tnf.treatment.problem import Target
from theraflow.tnf.treatment.search import find_candidates
from theraflow.tnf.treatment.simulating import (
    VERIFICATION,
    common_simulations,
    fresh_simulations,
)

TARGET = Target((50,), 1440)
CONFIG = TreatmentConfig.model_validate(
    {
        "searches": {"sobol": {"method": "sobol", "evaluator": "engine"}},
        "budget_evaluations": 6,
        "search_replicates": 2,
        "verification": {"candidates": 2, "front_candidates": 0, "replicates": 3},
    }
)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return make_engine(make_project(tmp_path).config())


def living(simulations) -> np.ndarray:
    """Living cells at the horizon, as the program counts them."""
    return np.array([expected_counts(item)[-1, 0] for item in simulations])


def posed(engine: Engine):
    return pose_treatment_search("sobol", 1, TARGET, CONFIG, Simulator(engine, 1, workers=2))


def test_evaluations_are_what_the_program_counts(engine):
    search = posed(engine)
    unit = np.array([[0.5, 0.99, 0.99], [0.5, 0.5, 0.9], [0.9, 0.05, 0.1]])
    candidates = search.posed.problem.space.from_unit(unit)
    found = search.evaluator.evaluate(candidates, np.zeros(3, np.uint64))
    treatments = search.posed.treatments(candidates)
    left = living(common_simulations(treatments, TARGET, 2, 1)).reshape(3, 2).mean(axis=1)
    np.testing.assert_allclose(found.terms[:, 0], left / 50)
    assert len(set(left)) == 3
    assert found.status.tolist() == [Status.OK] * 3
    assert engine.label in search.evaluator.fidelity


def test_what_a_search_finds_is_simulated_anew_by_the_program(engine, tmp_path):
    simulator = Simulator(engine, 1, workers=2)
    candidates = find_candidates(
        posed(engine), tmp_path, CONFIG.verification, posed(engine).posed.region
    )
    verified = verify_and_refine([candidates], TARGET, CONFIG, simulator, tmp_path)
    treatments = verified[list(tnf_tables.PARAMETER_COLUMNS)].to_numpy(float)
    simulations = fresh_simulations(treatments, TARGET, 3, 1, VERIFICATION)
    left = living(simulations).reshape(-1, 3).mean(axis=1)
    np.testing.assert_allclose(verified[tables.SIMULATED_LIVING_CELLS], left)
    assert left.min() < 74


def test_a_program_that_crashes_is_a_failed_evaluation_and_one_line(tmp_path):
    engine = make_engine(make_project(tmp_path, "crashes").config())
    search = posed(engine)
    candidates = search.posed.problem.space.from_unit(np.full((1, 3), 0.5))
    found = search.evaluator.evaluate(candidates, np.zeros(1, np.uint64))
    assert found.status.tolist() == [Status.FAILED]
    with pytest.raises(UserError, match="none of its treatments could be evaluated"):
        find_candidates(search, tmp_path, CONFIG.verification, search.posed.region)
