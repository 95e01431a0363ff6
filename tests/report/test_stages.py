"""What a config asks for, stage by stage."""

import pytest

from theraflow.config.load import load_study
from theraflow.core.files import REPOSITORY
from theraflow.report.stages import campaign_stages

TINY = REPOSITORY / "tests" / "config" / "tiny.yaml"
ROUNDS = {
    "rounds": 2,
    "points": 3,
    "replicates": 2,
    "candidates": {"kind": "sobol", "points": 64, "seed": 2},
}


@pytest.mark.parametrize("rounds", [0, 2])
def test_rounds_of_active_learning_add_simulations_and_ensembles(rounds: int) -> None:
    study = load_study(TINY, {"tnf": {"active_learning": ROUNDS | {"rounds": rounds}}})
    totals = {stage.name: stage.total for stage in campaign_stages(study)}
    radii, members = len(study.tnf.tumor_radii_um), study.tnf.surrogates.uncertainty.members
    assert totals["simulations of active learning"] == rounds * 3 * 2 * radii
    # The members of the general surrogate's ensemble, and those of the ensemble of each round.
    assert totals["members of the ensemble"] == (1 + rounds) * members
