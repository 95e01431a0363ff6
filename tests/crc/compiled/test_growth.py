"""Compiled growth against that of COPASI: outcome, therapy start, arms."""

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from support.crc_reference import conditions_of

from theraflow.config.crc.patients import PatientsConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.crc import tables
from theraflow.crc.compiled.growth import GrowthOutcome, Growths, grow_candidates
from theraflow.crc.compiled.machine.kernel import Kernel
from theraflow.crc.compiled.therapies import Treatment
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.patients.growth import Outcome, grow_batch
from theraflow.crc.patients.sampling import sample_patients
from theraflow.crc.therapy.template import PatientStart
from theraflow.crc.therapy.therapy import reference_therapy, weekly_doses_mg

# COPASI simulates the arms at the tolerances of a search.
ARM_ERROR = 1e-3
# Beside COPASI the day is read from a spline through outputs every ten days, which errs by some
# 1e-6 of it, and by more where a tumour grows to its diameter within months.
DAY_ERROR = 1e-5


def grow(
    candidates: pd.DataFrame, kernel: Kernel, treatment: Treatment, config: CrcConfig
) -> Growths:
    arms = [
        weekly_doses_mg(reference_therapy(config.therapy, tables.DRUGS_OF_ARM[arm]), config.therapy)
        for arm in tables.ARMS
    ]
    return grow_candidates(
        kernel,
        treatment,
        candidates[list(kernel.equations.parameters)].to_numpy(),
        10 * candidates[tables.INITIAL_DIAMETER_CM].to_numpy(),
        config.patients.growth_limit_days,
        np.array(arms),
        sample_days=1.0,
    )


def demand_equal(found: Growths, expected: pd.DataFrame, kernel: Kernel) -> None:
    is_failed = expected[tables.OUTCOME] == Outcome.SOLVER_FAILED
    outcomes = expected[tables.OUTCOME].to_numpy()
    assert found.outcome[~is_failed].tolist() == outcomes[~is_failed].tolist()
    is_admissible = (outcomes == Outcome.ADMISSIBLE) & (found.outcome == outcomes)
    expected = expected[is_admissible]
    np.testing.assert_allclose(
        found.start_day[is_admissible], expected[tables.START_DAY], rtol=DAY_ERROR
    )
    np.testing.assert_allclose(
        found.start_diameter_mm[is_admissible], expected[tables.START_DIAMETER_MM], rtol=1e-6
    )
    amounts = expected[
        [tables.AMOUNT_PREFIX + name for name in kernel.equations.species]
    ].to_numpy()
    np.testing.assert_allclose(found.amounts[is_admissible], amounts, rtol=1e-4, atol=1e-9)
    for column, arm in enumerate(tables.ARMS):
        for values, name in (
            (found.end_diameter_mm, tables.end_diameter(arm)),
            (found.smallest_diameter_mm, tables.smallest_diameter(arm)),
        ):
            np.testing.assert_allclose(
                values[is_admissible, column], expected[name], rtol=ARM_ERROR, err_msg=name
            )


def first_of(growths: Growths) -> Growths:
    return Growths(*(getattr(growths, field.name)[:1] for field in fields(Growths)))


@pytest.fixture(scope="module")
def candidates(reference_patient: PatientStart) -> pd.DataFrame:
    usual = {**reference_patient.parameters, tables.INITIAL_DIAMETER_CM: 2.0}
    changes: dict[str, dict[str, float]] = {
        "reference": {},
        "slow": {"k_C1_growth": 0.001},
        "broken": {"q_T1_T_in": float("nan")},
        "cell": {tables.INITIAL_DIAMETER_CM: 1e-4},
    }
    return pd.DataFrame(
        [{tables.CANDIDATE: name, **usual, **change} for name, change in changes.items()]
    )


def test_words_are_those_of_the_patients() -> None:
    assert {item.name: str(item) for item in GrowthOutcome} == {
        item.name: str(item) for item in Outcome
    }


def test_growth_equals_that_of_copasi(
    candidates: pd.DataFrame,
    kernel: Kernel,
    treatment: Treatment,
    study_model: StudyModel,
    config: CrcConfig,
) -> None:
    found = grow(candidates, kernel, treatment, config)
    expected = grow_batch(candidates[:1], study_model, conditions_of(config))
    demand_equal(first_of(found), expected, kernel)
    assert found.start_diameter_mm[0] == pytest.approx(20, rel=1e-11)


def test_outcomes_are_classes(
    candidates: pd.DataFrame, kernel: Kernel, treatment: Treatment, config: CrcConfig
) -> None:
    """COPASI's classes of the same candidates are in the tests of the patients."""
    found = grow(candidates, kernel, treatment, config)
    assert found.outcome.tolist() == [
        GrowthOutcome.ADMISSIBLE,
        GrowthOutcome.NEVER_REACHES_DIAMETER,
        GrowthOutcome.SOLVER_FAILED,
        GrowthOutcome.IMPLAUSIBLE,
    ]
    assert np.isnan(found.start_day[1:]).all()
    assert np.isnan(found.amounts[1:]).all()
    assert np.isnan(found.end_diameter_mm[1:]).all()


def test_a_candidate_grows_as_if_alone(
    candidates: pd.DataFrame, kernel: Kernel, treatment: Treatment, config: CrcConfig
) -> None:
    together = grow(candidates, kernel, treatment, config)
    alone = grow(candidates.head(1), kernel, treatment, config)
    assert together.start_day[0] == alone.start_day[0]
    assert together.amounts[0].tolist() == alone.amounts[0].tolist()
    assert together.end_diameter_mm[0].tolist() == alone.end_diameter_mm[0].tolist()


@pytest.mark.slow
def test_every_outcome_equals_that_of_copasi(
    kernel: Kernel, treatment: Treatment, study_model: StudyModel, config: CrcConfig
) -> None:
    """Where COPASI's solver gives up, nothing is compared."""
    sample = PatientsConfig(candidates=500, batch_size=500, seed=7)
    candidates = sample_patients(study_model.distributions, sample)
    expected = grow_batch(candidates, study_model, conditions_of(config))
    assert (expected[tables.OUTCOME] == Outcome.SOLVER_FAILED).mean() < 0.05
    found = grow(candidates, kernel, treatment, config)
    assert (found.outcome != GrowthOutcome.SOLVER_FAILED).all()
    demand_equal(found, expected, kernel)
