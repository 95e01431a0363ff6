"""Searches on surrogates and simulators: what they find, and what re-simulation makes of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.planted_treatment import (
    FEWEST_CELLS,
    INITIAL_CELLS,
    MIRAGE,
    OPTIMUM,
    REGION,
    PlantedEngine,
    PlantedPredictor,
    UnsurePredictor,
)

from theraflow.config.tnf.treatment import TreatmentObjectiveConfig, VerificationConfig
from theraflow.core.errors import UserError
from theraflow.search.budget import Budget
from theraflow.search.methods.registry import choose
from theraflow.tnf import tables as tnf_tables
from theraflow.tnf.treatment import tables
from theraflow.tnf.treatment.candidates import distinct_best
from theraflow.tnf.treatment.evaluators import SimulationEvaluator, SurrogateEvaluator
from theraflow.tnf.treatment.problem import Region, Target, TreatmentProblem
from theraflow.tnf.treatment.search import TreatmentSearch, find_candidates
from theraflow.tnf.treatment.verification import (
    Verifier,
    choose_candidates,
    measure_optimism,
    verify_candidates,
)

TARGET = Target((100,), 1440)
VERIFICATION = VerificationConfig(candidates=10, front_candidates=4, replicates=32)
VERIFIER = Verifier(PlantedEngine(), VERIFICATION, base_seed=1)
PARAMETERS = list(tnf_tables.PARAMETER_COLUMNS)


def posed(region: Region = REGION, *, is_front: bool = False, **objective: float):
    return TreatmentProblem(TARGET, region, TreatmentObjectiveConfig(**objective), is_front)


def found(problem, evaluator, folder: Path, method="cma-es", evaluations=1500, seed=1, **settings):
    search = TreatmentSearch(
        method.replace("-", "_"),
        "separate",
        problem,
        evaluator,
        choose(method, settings),
        Budget(evaluations=evaluations),
        seed,
    )
    return find_candidates(search, folder, VERIFICATION, REGION)


def verified(candidates: pd.DataFrame, problem: TreatmentProblem) -> pd.DataFrame:
    chosen = choose_candidates([candidates], problem.region, VERIFICATION)
    return verify_candidates(chosen, TARGET, problem.objective, VERIFIER)


# Evaluations in which each comes within a cell of the optimum, baselines within six.
METHODS = {
    "random": 3000,
    "sobol": 3000,
    "ga": 3000,
    "pso": 1500,
    "de": 3000,
    "cma-es": 1500,
    "nelder-mead": 1500,
    "tpe": 150,
}


@pytest.mark.parametrize("method", METHODS)
def test_a_planted_optimum_is_found_through_a_surrogate(method, tmp_path):
    problem = posed()
    evaluator = SurrogateEvaluator(problem, PlantedPredictor())
    candidates = found(problem, evaluator, tmp_path, method, METHODS[method])
    best = candidates.iloc[0]
    cells = best[tables.PREDICTED_CELLS_LEFT] * INITIAL_CELLS
    assert cells - FEWEST_CELLS < (6 if method in {"random", "sobol", "tpe"} else 1)
    if method == "cma-es":
        assert best[PARAMETERS[0]] == pytest.approx(OPTIMUM[0], abs=20)
        assert best[PARAMETERS[2]] == pytest.approx(OPTIMUM[2], rel=0.1)
    treatments = verified(candidates, problem)
    first = treatments.iloc[0]
    assert first[tables.SIMULATED_LIVING_CELLS] == pytest.approx(cells, abs=8)


def test_an_honest_surrogate_is_not_called_optimistic(tmp_path):
    problem = posed()
    candidates = found(problem, SurrogateEvaluator(problem, PlantedPredictor()), tmp_path)
    (row,) = measure_optimism(verified(candidates, problem)).to_dict("records")
    assert abs(row[tables.MEAN_DIFFERENCE]) < 3 * row[tables.MEAN_DIFFERENCE_ERROR]
    assert row[tables.OUTSIDE] <= 3


def test_a_bad_surrogate_is_exposed_by_re_simulation(tmp_path):
    problem = posed()
    candidates = found(problem, SurrogateEvaluator(problem, PlantedPredictor(True)), tmp_path)
    first = candidates.iloc[0]
    assert first[PARAMETERS[2]] == pytest.approx(MIRAGE[2], rel=0.2)
    treatments = verified(candidates, problem)
    (row,) = measure_optimism(treatments).to_dict("records")
    assert row[tables.VERDICT] == "over-optimistic"
    assert row[tables.MEAN_DIFFERENCE] < -5 * row[tables.MEAN_DIFFERENCE_ERROR]
    assert row[tables.FIRST_SIMULATED] > 10 * row[tables.FIRST_PREDICTED]
    best = treatments[treatments[tables.KIND] == tables.BEST]
    promised = best[best[PARAMETERS[2]] > 0.1]
    assert promised[tables.IS_OUTSIDE].all()
    assert promised[tables.PREDICTED_RANK].min() == 1
    # Simulation ranks them anew, so that what is chosen is no mirage.
    assert best[tables.RANK].tolist() == list(range(1, len(best) + 1))
    assert best[tables.SIMULATED_OBJECTIVE].is_monotonic_increasing
    assert best.iloc[0][PARAMETERS[2]] == pytest.approx(OPTIMUM[2], rel=0.1)
    assert row[tables.CHOSEN_SIMULATED] < FEWEST_CELLS + 10


def test_caution_keeps_away_from_what_a_surrogate_is_unsure_of(tmp_path):
    predictor = UnsurePredictor(True)
    careless, cautious = posed(), posed(caution=1.0)
    tempted = found(careless, SurrogateEvaluator(careless, predictor), tmp_path / "a")
    guarded = found(cautious, SurrogateEvaluator(cautious, predictor), tmp_path / "b")
    assert tempted.iloc[0][PARAMETERS[2]] == pytest.approx(MIRAGE[2], rel=0.2)
    assert guarded.iloc[0][PARAMETERS[2]] == pytest.approx(OPTIMUM[2], rel=0.1)
    with pytest.raises(UserError, match="does not tell how sure it is"):
        SurrogateEvaluator(cautious, PlantedPredictor())


def test_a_surrogate_of_another_horizon_is_refused():
    with pytest.raises(UserError, match="predicts up to 4620 min"):
        SurrogateEvaluator(posed(), PlantedPredictor(horizon_min=4620))


def test_a_front_runs_from_no_tnf_to_few_cells(tmp_path):
    problem = posed(is_front=True)
    evaluator = SurrogateEvaluator(problem, PlantedPredictor())
    candidates = found(problem, evaluator, tmp_path, "nsga2", 3000, population=60)
    front = candidates[candidates[tables.KIND] == tables.FRONT]
    assert front[tables.TNF_GIVEN].is_monotonic_increasing
    assert front[tables.PREDICTED_CELLS_LEFT].is_monotonic_decreasing
    # The optimum, and next to nothing of TNF: 5 of 800 min at 0.005.
    assert front[tables.PREDICTED_CELLS_LEFT].min() * INITIAL_CELLS < FEWEST_CELLS + 1
    assert front[tables.TNF_GIVEN].min() < 1e-4
    treatments = verified(candidates, problem)
    simulated = treatments[treatments[tables.KIND] == tables.FRONT]
    assert len(simulated) == VERIFICATION.front_candidates
    assert simulated[tables.TNF_GIVEN].is_monotonic_increasing


def test_the_best_are_distinct():
    frame = pd.DataFrame(
        {
            PARAMETERS[0]: [225, 226, 400, 225],
            PARAMETERS[1]: [29, 29, 29, 29],
            PARAMETERS[2]: [0.028, 0.028, 0.028, 0.05],
            tables.PREDICTED_OBJECTIVE: [0.2, 0.1, 0.3, 0.4],
        }
    )
    best = distinct_best(frame, REGION, 10, least_distance=0.02)
    assert best[tables.PREDICTED_OBJECTIVE].tolist() == [0.1, 0.3, 0.4]
    assert len(distinct_best(frame, REGION, 10, least_distance=0.0)) == 4
    assert len(distinct_best(frame, REGION, 2, least_distance=0.0)) == 2


def test_a_simulator_finds_the_planted_optimum_itself(tmp_path):
    problem = posed()
    evaluator = SimulationEvaluator(problem, PlantedEngine(), replicates=4, base_seed=1)
    candidates = found(problem, evaluator, tmp_path, "sobol", 300)
    treatments = verified(candidates, problem)
    assert treatments.iloc[0][tables.SIMULATED_LIVING_CELLS] < FEWEST_CELLS + 15
    assert candidates.iloc[0][tables.PREDICTED_DEVIATION] > 0


def test_failed_simulations_are_failures_and_no_treatments(tmp_path):
    problem = posed()
    evaluator = SimulationEvaluator(problem, PlantedEngine(0.1), replicates=2, base_seed=1)
    candidates = found(problem, evaluator, tmp_path, "sobol", 64)
    assert (candidates[PARAMETERS[2]] <= 0.1).all()
    broken = SimulationEvaluator(problem, PlantedEngine(0.0), replicates=2, base_seed=1)
    with pytest.raises(UserError, match="none of its treatments could be evaluated"):
        found(problem, broken, tmp_path / "broken", "sobol", 8)
    candidates.loc[0, PARAMETERS[2]] = 0.5
    strict = Verifier(PlantedEngine(0.1), VERIFICATION, base_seed=1)
    with pytest.raises(UserError, match="simulation of a treatment that was found failed"):
        verify_candidates(candidates, TARGET, problem.objective, strict)


def test_a_budget_that_ends_before_the_first_evaluation_is_told(tmp_path):
    problem = posed()
    search = TreatmentSearch(
        "hasty",
        "separate",
        problem,
        SurrogateEvaluator(problem, PlantedPredictor()),
        choose("sobol"),
        Budget(cpu_s=1e-9),
        1,
    )
    with pytest.raises(UserError, match="raise its budget"):
        find_candidates(search, tmp_path, VERIFICATION, REGION)


def test_a_search_goes_on_from_its_history(tmp_path):
    problem = posed()
    evaluator = SurrogateEvaluator(problem, PlantedPredictor())
    whole = found(problem, evaluator, tmp_path / "whole", evaluations=300)
    found(problem, evaluator, tmp_path / "parts", evaluations=100)
    resumed = found(problem, evaluator, tmp_path / "parts", evaluations=300)
    unequal = [tables.CPU_S]
    pd.testing.assert_frame_equal(whole.drop(columns=unequal), resumed.drop(columns=unequal))
    assert len(list((tmp_path / "parts").iterdir())) == 1
    assert np.isfinite(whole[tables.CPU_S]).all()
