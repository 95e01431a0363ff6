"""Trained surrogates as predictors of a search: separate, general, and a calibrated ensemble."""

from pathlib import Path

import numpy as np
import pytest
from support.surrogate_frames import toy_frame

from theraflow.config.tnf.surrogates import (
    GeneralArchitectureConfig,
    SplitConfig,
    SurrogatesConfig,
    TheraflowArchitectureConfig,
    UncertaintyConfig,
)
from theraflow.config.tnf.treatment import RegionConfig, TreatmentObjectiveConfig
from theraflow.core.errors import UserError
from theraflow.tnf.surrogate.prediction import load_surrogate
from theraflow.tnf.surrogate.training.surrogate import train_general_surrogate, train_surrogate
from theraflow.tnf.surrogate.uncertainty.calibrating import (
    calibrate_ensemble,
    train_ensemble_member,
)
from theraflow.tnf.treatment.evaluators import SurrogateEvaluator
from theraflow.tnf.treatment.predictor import load_predictor
from theraflow.tnf.treatment.problem import Region, Target, TreatmentProblem

RADII = (50, 100)
CONFIG = SurrogatesConfig(
    device="cpu",
    split=SplitConfig(validation_fraction=0.25, test_fraction=0.25),
    theraflow=TheraflowArchitectureConfig(hidden_size=8, epochs=2),
    general=GeneralArchitectureConfig(hidden_size=8, epochs=2, batch_size=16),
    uncertainty=UncertaintyConfig(members=2, hidden_size=8, epochs=2, batch_size=16),
)
TREATMENTS = np.array([[300.0, 60.0, 0.6], [500.0, 100.0, 0.5]])


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A surrogate of each radius, and a general one with its ensemble."""
    frame, root = toy_frame(RADII, points=30, replicates=2), tmp_path_factory.mktemp("surrogates")
    for radius in RADII:
        train_surrogate(frame, radius, CONFIG, 1, root / str(radius))
    general = root / "general"
    train_general_surrogate(frame, RADII, CONFIG, 1, general, show_progress=False)
    for member in range(CONFIG.uncertainty.members):
        train_ensemble_member(frame, RADII, member, CONFIG, 1, general, show_progress=False)
    calibrate_ensemble(general, frame, CONFIG.uncertainty)
    return {name: root / name for name in ("50", "100", "general")}


def test_separate_surrogates_predict_their_radii_and_no_other(folders):
    predictor = load_predictor([folders["50"], folders["100"]])
    assert not predictor.is_general
    for radius in RADII:
        own = load_surrogate(folders[str(radius)]).predict(radius, TREATMENTS)
        # What a search sees is not rounded.
        assert np.abs(predictor.predict(radius, TREATMENTS) - own).max() <= 0.5
    with pytest.raises(UserError, match="tumor_radius_um=75"):
        predictor.predict(75, TREATMENTS)
    one = load_predictor([folders["50"]])
    assert one.fingerprint != predictor.fingerprint


def test_their_domain_is_what_all_were_trained_on(folders):
    predictor = load_predictor([folders["50"], folders["100"]])
    each = [load_predictor([folders[name]]).domain for name in ("50", "100")]
    assert predictor.domain.lowest[2] == max(domain.lowest[2] for domain in each)
    assert predictor.domain.highest[0] == min(domain.highest[0] for domain in each)


@pytest.mark.parametrize("with_deviation", [False, True])
def test_the_general_surrogate_serves_the_worst_of_radii_between(folders, with_deviation):
    predictor = load_predictor([folders["general"]], with_deviation=with_deviation)
    assert predictor.is_general
    region = Region.of(RegionConfig(), 1440).within(predictor.domain)
    objective = TreatmentObjectiveConfig(caution=1.0 if with_deviation else 0.0)
    candidates = TreatmentProblem(Target((75,), 1440), region, objective).problem
    unit = np.random.default_rng(1).random((5, 3))
    points = candidates.space.from_unit(unit)
    worst = [
        SurrogateEvaluator(
            TreatmentProblem(Target(radii, 1440), region, objective), predictor
        ).evaluate(points, np.zeros(5, np.uint64))
        for radii in ((60,), (75,), (90,), (60, 75, 90))
    ]
    cautious = [each.terms[:, 0] + objective.caution * each.terms[:, 1] for each in worst]
    assert cautious[3] == pytest.approx(np.max(cautious[:3], axis=0))
    assert (worst[3].terms[:, 1] > 0).all() == with_deviation
    with pytest.raises(UserError, match="tumor_radius_um=150"):
        predictor.check_radius(150)


def test_only_the_general_surrogate_tells_how_sure_it_is(folders):
    with pytest.raises(UserError, match="only a general surrogate tells"):
        load_predictor([folders["50"]], with_deviation=True)
    with pytest.raises(UserError, match="give a general one"):
        load_predictor([folders["50"], folders["100"]], with_deviation=True)
