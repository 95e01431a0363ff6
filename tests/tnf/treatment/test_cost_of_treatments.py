"""What treatments are expected to cost."""

from typing import Any

import pytest

from theraflow.config.load import load_study
from theraflow.config.tnf.study import TnfConfig
from theraflow.tnf.campaign.cost import expected_cpu_s
from theraflow.tnf.treatment.plan import search_core_hours, verification_core_hours

SEARCHES = {
    "on_surrogate": {"method": "sobol", "evaluator": "general"},
    "on_engine": {"method": "sobol", "evaluator": "engine", "budget_evaluations": 7},
}


def study(**treatment: Any) -> TnfConfig:
    return load_study(
        {
            "tnf": {
                "engine": {"dimension": 3},
                "tumor_radii_um": [50, 150],
                "treatment": {"searches": SEARCHES, "search_replicates": 5, **treatment},
            }
        }
    ).tnf


def test_searches_by_the_simulator_cost_their_simulations() -> None:
    tnf = study(worst_case_radii_um=[50, 100])
    radii_um = [50, 150, 50, 100]
    expected_s = 7 * 5 * sum(expected_cpu_s(radius, tnf.engine) for radius in radii_um)
    assert search_core_hours(tnf) == pytest.approx(expected_s / 3600)
    of_two_seeds = study(worst_case_radii_um=[50, 100], seeds=[1, 2])
    assert search_core_hours(of_two_seeds) == pytest.approx(2 * expected_s / 3600)


def test_what_is_found_is_simulated_for_every_evaluator() -> None:
    verification = {"candidates": 4, "front_candidates": 3, "replicates": 10}
    tnf = study(verification=verification)
    once_s = sum(expected_cpu_s(radius, tnf.engine) for radius in (50, 150))
    assert verification_core_hours(tnf) == pytest.approx(2 * (4 + 3) * 10 * once_s / 3600)
    # What a refinement finds is chosen from anew.
    refined = study(
        verification=verification, refinement={"budget_evaluations": 6, "replicates": 8}
    )
    simulations = (2 * 4 + 3) * 10 + 6 * 8
    assert verification_core_hours(refined) == pytest.approx(2 * simulations * once_s / 3600)
