"""The problem of a treatment: variables, TNF given, constraint, domain, several radii."""

import numpy as np
import pytest
from support.planted_treatment import OPTIMUM, REGION, PlantedPredictor

from theraflow.config.load import ConfigError, load_study
from theraflow.config.tnf.treatment import RegionConfig, TreatmentObjectiveConfig
from theraflow.core.errors import UserError
from theraflow.search.evaluator import judge
from theraflow.tnf.treatment.evaluators import SurrogateEvaluator
from theraflow.tnf.treatment.problem import Region, Target, TreatmentProblem, tnf_given


def posed(*radii: int, **objective: float) -> TreatmentProblem:
    target = Target(radii or (100,), 1440)
    return TreatmentProblem(target, REGION, TreatmentObjectiveConfig(**objective))


def outcomes(problem: TreatmentProblem, candidates: np.ndarray):
    evaluator = SurrogateEvaluator(problem, PlantedPredictor())
    seeds = np.zeros(len(candidates), np.uint64)
    return judge(problem.problem, candidates, evaluator.evaluate(candidates, seeds))


def candidate(period: float, duration: float, concentration: float) -> np.ndarray:
    return np.array([[period, duration, np.log10(concentration)]])


@pytest.mark.parametrize(
    ("treatment", "horizon_min", "given"),
    [
        ((60, 60, 1.0), 1440, 1.0),
        ((60, 30, 1.0), 1440, 0.5),
        ((100, 10, 0.5), 1000, 0.05),
        # Pulses at 0 and 800 min; the second lasts beyond the horizon.
        ((800, 200, 1.0), 900, 300 / 900),
        # The last pulse begins at the horizon, which is too late.
        ((720, 100, 1.0), 1440, 200 / 1440),
        ((1440, 44, 0.1), 1440, 4.4 / 1440),
    ],
)
def test_only_tnf_before_the_horizon_counts(treatment, horizon_min, given):
    assert tnf_given(np.array([treatment]), horizon_min)[0] == pytest.approx(given)


def test_given_tnf_is_the_on_time_minute_by_minute():
    generator = np.random.default_rng(1)
    period = generator.integers(5, 800, 50)
    duration = generator.integers(1, period + 1)
    times_min = np.arange(1440)
    for treatment in zip(period, duration, generator.random(50), strict=True):
        minutes = (times_min % treatment[0] < treatment[1]).sum()
        expected = treatment[2] * minutes / 1440
        assert tnf_given(np.array([treatment], float), 1440)[0] == pytest.approx(expected)


def test_a_pulse_longer_than_its_period_is_not_feasible():
    found = outcomes(posed(), np.vstack([candidate(30, 31, 0.1), candidate(30, 30, 0.1)]))
    assert found.is_feasible.tolist() == [False, True]
    assert found.violation[0] > 0
    # What is longer is as if it never ended, which is no failure.
    assert found.is_ok.all()
    assert found.terms[0, 2] == pytest.approx(0.1)


def test_minutes_are_whole_and_concentrations_logarithmic():
    space = posed().problem.space
    assert space.is_integer.tolist() == [True, True, False]
    assert 10 ** space.lower[2] == pytest.approx(0.005)
    middle = posed().treatments(space.from_unit(np.full((1, 3), 0.5)))
    assert middle[0, 2] == pytest.approx(np.sqrt(0.005 * 1.0), rel=1e-4)
    assert posed().problem.space.contains(posed().problem.reference_candidate).all()


def test_a_start_is_evaluated_first():
    problem = TreatmentProblem(
        Target((100,), 1440), REGION, TreatmentObjectiveConfig(), start=OPTIMUM
    )
    assert problem.treatments(problem.problem.reference_candidate)[0] == pytest.approx(OPTIMUM)


def test_weights_make_the_objective_and_another_problem():
    weighed = posed(cells_weight=2.0, tnf_weight=3.0)
    found = outcomes(weighed, candidate(60, 30, 0.1))
    cells_left, _, given = found.terms[0]
    assert found.objectives[0, 0] == pytest.approx(2 * cells_left + 3 * given)
    assert weighed.problem.id != posed().problem.id


def test_of_several_radii_the_worst_counts():
    here = candidate(225, 29, 0.028)
    each = [outcomes(posed(radius), here).terms[0, 0] for radius in (50, 100, 275)]
    both = outcomes(posed(50, 100, 275), here).terms[0, 0]
    assert both == max(each) > min(each)


def test_the_region_is_that_of_the_horizon_and_of_the_training_data():
    region = Region.of(RegionConfig(), horizon_min=600)
    assert region.highest == (600, 200, 1.0)
    domain = Region((10.4, 5, 0.1003), (790.5, 180, 0.9))
    assert region.within(domain) == Region((11, 5, 0.1003), (600, 180, 0.9))
    narrow = Region.of(RegionConfig(tnf_concentration=(0.005, 0.05)), 1440)
    with pytest.raises(UserError, match=r"trained on 0\.1003 to 0\.9"):
        narrow.within(domain)


def test_concentrations_stay_in_the_region_when_they_are_rounded():
    region = Region((5, 5, 0.10000049), (800, 200, 0.5))
    problem = TreatmentProblem(Target((100,), 1440), region, TreatmentObjectiveConfig())
    lowest = problem.treatments(problem.problem.space.lower[None])
    assert lowest[0, 2] == 0.10000049


@pytest.mark.parametrize(
    ("treatment", "words"),
    [
        ({"radii_um": [150]}, "add the radius to tumor_radii_um"),
        (
            {"radii_um": [20], "searches": {"a": {"method": "sobol", "evaluator": "general"}}},
            "search a needs a surrogate of radius 20 um",
        ),
        ({"worst_case_radii_um": [100]}, "give several radii"),
        ({"region": {"tnf_concentration": [0.0, 1.0]}}, "logarithmic"),
        ({"region": {"pulse_period_min": [60, 60]}}, "leaves no choice"),
        ({"searches": {"a/b": {"method": "sobol"}}}, "part of a file's name"),
        ({"objective": {"cell_weight": 1}}, "cells_weight"),
    ],
)
def test_faults_of_the_config_are_told(treatment, words):
    with pytest.raises(ConfigError, match=words):
        load_study({"tnf": {"treatment": treatment}})


def test_the_general_surrogate_must_be_trained_and_knows_radii_between():
    searches = {"cma_es": {"method": "cma-es", "evaluator": "general"}}
    treatment = {"radii_um": [150], "worst_case_radii_um": [60, 390], "searches": searches}
    assert load_study({"tnf": {"treatment": treatment}}).tnf.treatment.radii_um == (150,)
    untrained = {"treatment": treatment, "surrogates": {"general_surrogate": False}}
    with pytest.raises(ConfigError, match="needs the general surrogate"):
        load_study({"tnf": untrained})


def test_the_engine_needs_no_surrogate_of_a_radius():
    searches = {"sobol": {"method": "sobol", "evaluator": "engine"}}
    treatment = {"radii_um": [150], "searches": searches}
    tnf = load_study({"tnf": {"treatment": treatment}}).tnf
    assert tnf.treatment.radii_um == (150,)
