"""Virtual patients: distributions, growth, outcomes, responders."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest, norm
from support.crc_reference import conditions_of

from theraflow.config.crc.comparison import ComparisonConfig
from theraflow.config.crc.patients import PatientsConfig, ResponderConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.core.errors import UserError
from theraflow.crc import tables
from theraflow.crc.model.patient_parameters import read_distributions
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.patients.growth import (
    Outcome,
    day_of_diameter,
    grow_batch,
    patient_start,
    records,
)
from theraflow.crc.patients.responder_classes import responder_classes
from theraflow.crc.patients.sampling import sample_patients
from theraflow.crc.patients.selection import is_responder, select_patients


def test_the_table_is_that_of_the_publications(references: Path, study_model: StudyModel) -> None:
    facts = pd.read_csv(references / "published_patient_parameters.csv").set_index("parameter")
    assert [item.name for item in study_model.distributions] == facts.index.tolist()
    for item in study_model.distributions:
        row = facts.loc[item.name]
        expected = ("median", "sigma_ln") if item.kind == "lognormal" else ("low", "high")
        assert (item.kind, item.first, item.second) == (row["distribution"], *row[list(expected)])


def test_samples_follow_their_distributions(study_model: StudyModel) -> None:
    config = PatientsConfig(candidates=2000, batch_size=500)
    patients = sample_patients(study_model.distributions, config)
    for item in study_model.distributions:
        values = patients[item.name].to_numpy()
        if item.kind == "lognormal":
            uniform = norm.cdf(np.log(values / item.first) / item.second)
        elif item.kind == "loguniform":
            uniform = np.log(values / item.first) / np.log(item.second / item.first)
        else:
            uniform = (values - item.first) / (item.second - item.first)
        assert kstest(uniform, "uniform").statistic < 0.01
        strata = np.sort((uniform[:500] * 500).round(6).astype(int))
        assert np.array_equal(strata, np.arange(500)), "one patient per stratum of a hypercube"


def test_more_candidates_change_none(study_model: StudyModel) -> None:
    few = sample_patients(study_model.distributions, PatientsConfig(candidates=70, batch_size=50))
    many = sample_patients(study_model.distributions, PatientsConfig(candidates=210, batch_size=50))
    pd.testing.assert_frame_equal(few, many.head(70))
    other = PatientsConfig(candidates=70, batch_size=50, seed=2)
    assert not np.array_equal(
        few["k_T1"], sample_patients(study_model.distributions, other)["k_T1"]
    )


def test_outcomes_are_classes(grown: pd.DataFrame) -> None:
    assert grown[tables.OUTCOME].to_dict() == {
        "reference": Outcome.ADMISSIBLE,
        "slow": Outcome.NEVER_REACHES_DIAMETER,
        "broken": Outcome.SOLVER_FAILED,
        "cell": Outcome.IMPLAUSIBLE,
    }
    assert grown.loc["broken", tables.OUTCOME_DETAIL]


def test_growth_stops_at_the_initial_diameter(grown: pd.DataFrame) -> None:
    reference = grown.loc["reference"]
    assert reference[tables.START_DAY] == pytest.approx(3990.45, abs=0.05)
    assert reference[tables.START_DIAMETER_MM] == pytest.approx(20, abs=1e-4)


def test_a_diameter_that_is_reached_at_an_output_has_its_day() -> None:
    """The cubics of both sides may miss such a diameter by their rounding."""
    days = np.arange(0, 200, 10.0)
    for rate_per_day in np.linspace(0.004, 0.02, 100):
        diameter_mm = np.exp(rate_per_day * days)
        for output in range(1, 20):
            target_mm = np.nextafter(diameter_mm[output], 0)
            assert day_of_diameter(days, diameter_mm, target_mm) == pytest.approx(days[output])


def test_the_day_of_a_diameter_is_that_of_the_curve() -> None:
    days = np.arange(0, 200, 10.0)
    day = day_of_diameter(days, np.exp(days / 50), np.exp(123.4 / 50))
    assert day == pytest.approx(123.4, abs=0.01)


def test_the_state_at_therapy_start_is_kept(grown: pd.DataFrame, study_model: StudyModel) -> None:
    start = patient_start(records(grown.reset_index())[0], study_model)
    assert start.amounts["V_T_C1"] == pytest.approx(4.198114e8, rel=1e-4)
    assert len(start.amounts) == 90
    assert start.parameters["k_T1"] == 0.1


def test_arms_are_ordered_as_in_the_publication(grown: pd.DataFrame) -> None:
    ends = [grown.loc["reference", tables.end_diameter(arm)] for arm in tables.ARMS]
    untreated, atezolizumab, cibisatamab, reference = ends
    assert reference < min(atezolizumab, cibisatamab)
    assert max(atezolizumab, cibisatamab) < untreated
    assert untreated == pytest.approx(38.4, rel=0.01)


ARMS = pd.DataFrame(
    {
        tables.OUTCOME: [Outcome.ADMISSIBLE] * 3 + [Outcome.NEVER_REACHES_DIAMETER],
        tables.START_DIAMETER_MM: [20.0, 20.0, 20.0, np.nan],
        tables.end_diameter("untreated"): [40.0, 40.0, 40.0, np.nan],
        tables.end_diameter("atezolizumab"): [20.0, 35.0, 39.0, np.nan],
        tables.end_diameter("cibisatamab"): [25.0, 29.0, 40.0, np.nan],
        tables.end_diameter("reference"): [18.5, 26.0, 35.0, np.nan],
        tables.smallest_diameter("reference"): [13.0, 25.0, 19.0, np.nan],
    }
)


@pytest.mark.parametrize(
    ("definition", "percent", "expected"),
    [
        ("below_single_drugs", 10, [False, True, True, False]),
        ("shrunken_at_horizon", 5, [True, False, False, False]),
        ("best_change", 30, [True, False, False, False]),
        ("below_untreated", 30, [True, True, False, False]),
        ("both_drugs_contribute", 25, [True, False, False, False]),
        ("some_arm_shrinks", 5, [True, False, False, False]),
        ("some_arm_below_untreated", 20, [True, True, False, False]),
    ],
)
def test_responders_by_every_definition(
    definition: str, percent: float, expected: list[bool]
) -> None:
    config = ResponderConfig.model_validate(
        {"definition": definition, "reduction_percent": percent}
    )
    assert is_responder(ARMS, config).tolist() == expected


@pytest.mark.parametrize("definition", ["some_arm_shrinks", "some_arm_below_untreated"])
def test_who_is_harmed_by_the_combination_may_respond(definition: str) -> None:
    harmed = ARMS.head(1).assign(**{tables.end_diameter("reference"): 50.0})
    harmed[tables.end_diameter("atezolizumab")] = 15.0
    by_any_arm = {"definition": definition, "reduction_percent": 25}
    assert is_responder(harmed, ResponderConfig.model_validate(by_any_arm)).all()
    assert not is_responder(harmed, ResponderConfig()).any()


def test_selection_takes_the_first_and_counts_all() -> None:
    selection = select_patients(ARMS, PatientsConfig(responders=1))
    assert selection.selected[tables.PATIENT].tolist() == [1]
    assert selection.selected[tables.end_diameter("reference")].tolist() == [26.0]
    assert selection.outcomes.set_index("class")["candidates"].to_dict() == {
        "admissible": 3,
        "never_reaches_diameter": 1,
        "implausible": 0,
        "solver_failed": 0,
        "responder": 2,
        "rejected": 0,
    }


def test_definitions_are_told_by_whom_they_keep() -> None:
    """The first is harmed by the combination, and progresses under it only."""
    harmed = {tables.end_diameter("atezolizumab"): 15.0, tables.end_diameter("reference"): 28.0}
    patients = pd.concat([ARMS.head(1).assign(**harmed), ARMS.iloc[1:]], ignore_index=True)
    for arm in ("atezolizumab", "cibisatamab"):
        patients[tables.smallest_diameter(arm)] = patients[tables.end_diameter(arm)]
    table = responder_classes(patients, ResponderConfig(), ComparisonConfig())
    every = table.iloc[0]
    assert (every["definition"], every["patients"], every["percent"]) == ("admissible", 3, 100)
    assert every[["better_on_one_drug", "much_better_on_one_drug"]].tolist() == [1, 1]
    assert every["progress_under_both_only"] == 1
    assert every[["CR", "PR", "SD", "PD"]].tolist() == [0, 0, 0, 3]
    kept = table.set_index(["definition", "reduction_percent"])
    assert kept.index.is_unique
    assert kept.loc[("below_single_drugs", 10), ["patients", "better_on_one_drug"]].tolist() == [
        2,
        0,
    ]
    shrinks = kept.loc[("some_arm_shrinks", 20)]
    assert shrinks[["patients", "progress_under_both_only"]].tolist() == [1, 1]
    for row in kept.iloc[1:].itertuples():
        definition, percent = row.Index
        config = ResponderConfig(definition=definition, reduction_percent=percent)
        assert row.patients == is_responder(patients, config).sum()


def test_too_few_responders_are_an_error() -> None:
    with pytest.raises(UserError, match="only 2 of 4 candidates respond; raise"):
        select_patients(ARMS, PatientsConfig(responders=3))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("k,gamma,1,1,,", "'gamma' is none of"),
        ("k,uniform,,,3,3", "low=3, high=3 make no uniform"),
        ("k,lognormal,one,1,,", "give numbers for median"),
        ("k,loguniform,,,0,1", "low=0, high=1 make no loguniform"),
        ("k,uniform,,,0,1", "add a row for initial_tumour_diameter"),
    ],
)
def test_a_faulty_table_of_patients_is_refused(tmp_path: Path, row: str, message: str) -> None:
    path = tmp_path / "patients.csv"
    path.write_text(f"id,distribution,median,sigma_ln,low,high\n{row}\n")
    with pytest.raises(UserError, match=message):
        read_distributions(path)


@pytest.mark.slow
def test_about_one_candidate_in_seven_responds(study_model: StudyModel, config: CrcConfig) -> None:
    sample = PatientsConfig(candidates=200, batch_size=200, seed=3)
    grown = grow_batch(
        sample_patients(study_model.distributions, sample), study_model, conditions_of(config)
    )
    admissible = (grown[tables.OUTCOME] == Outcome.ADMISSIBLE).mean()
    responders = is_responder(grown, config.patients.responder).mean()
    assert 0.55 < admissible < 0.75
    assert 0.07 < responders < 0.21
