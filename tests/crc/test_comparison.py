"""The comparison of algorithms, on searches made by hand."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from theraflow.config.crc.comparison import ComparisonConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.core.errors import UserError
from theraflow.crc import tables
from theraflow.crc.comparison.arms import Arm, found_arms, reference_arm, untreated_arm
from theraflow.crc.comparison.best import best_therapies, summarise_algorithms, weekly_doses
from theraflow.crc.comparison.budgets import best_so_far, winners
from theraflow.crc.comparison.courses import simulate_all_courses, simulate_courses
from theraflow.crc.comparison.pairs import compare_pairs
from theraflow.crc.comparison.responses import count_responses
from theraflow.crc.comparison.searches import read_searches
from theraflow.crc.therapy.therapy import parameter_names, parameter_vector, reference_therapy

PATIENTS = 6


@pytest.fixture(scope="module")
def searches() -> pd.DataFrame:
    """`early` is better at first, `late` in the end, `stuck` never leaves the reference."""
    config = CrcConfig().therapy
    names = parameter_names(config)
    therapy = parameter_vector(reference_therapy(config))
    courses = {
        "early": [(1, 1.0), (10, 0.6)],
        "late": [(1, 1.0), (60, 0.3)],
        "stuck": [(1, 1.0)],
    }
    rows = []
    for patient, (algorithm, course) in product(range(1, PATIENTS + 1), courses.items()):
        for evaluation, share in course:
            rows.append(
                {
                    tables.PATIENT: patient,
                    tables.ALGORITHM: algorithm,
                    tables.SEED: 1,
                    tables.EVALUATION: evaluation,
                    tables.SECONDS: evaluation / 2,
                    tables.OBJECTIVE: 20.0 * patient * share,
                    tables.INEFFICACY_MM: 10.0 * patient * (2 - share),
                    tables.DRUG_QUANTITY_PERCENT: 100 * share,
                    tables.DRUG_PERCENT[0]: 100 * share,
                    tables.DRUG_PERCENT[1]: 100 * share,
                    **dict(zip(names, therapy, strict=True)),
                }
            )
    return pd.DataFrame(rows)


def test_quality_is_relative_to_the_reference(searches: pd.DataFrame, config: CrcConfig) -> None:
    best = best_therapies(searches, config.therapy)
    assert len(best) == 3 * PATIENTS
    summary = summarise_algorithms(best).set_index(tables.ALGORITHM)
    assert summary.index.tolist() == ["late", "early", "stuck"]
    assert summary[tables.RELATIVE_OBJECTIVE].tolist() == pytest.approx([0.3, 0.6, 1.0])
    assert summary[tables.RELATIVE_INEFFICACY].tolist() == pytest.approx([1.7, 1.4, 1.0])
    assert summary[tables.DRUG_QUANTITY_PERCENT].tolist() == pytest.approx([30, 60, 100])


def test_best_so_far_steps_down_at_improvements(searches: pd.DataFrame) -> None:
    points = np.array([1.0, 9.0, 10.0, 59.0, 60.0])
    curves = best_so_far(searches, tables.EVALUATION, points)
    mean = {name: group["mean"].tolist() for name, group in curves.groupby(tables.ALGORITHM)}
    assert mean["early"] == pytest.approx([1, 1, 0.6, 0.6, 0.6])
    assert mean["late"] == pytest.approx([1, 1, 1, 1, 0.3])
    assert mean["stuck"] == pytest.approx([1] * 5)


def test_the_winner_depends_on_the_budget(searches: pd.DataFrame) -> None:
    table = winners(searches, tables.EVALUATION, 100, [0.05, 0.2, 1.0])
    won = {
        share: group.loc[group["winner"], tables.ALGORITHM].tolist()
        for share, group in table.groupby("budget_share")
    }
    assert won == {0.05: ["early", "late", "stuck"], 0.2: ["early"], 1.0: ["late"]}
    assert table["patients_won"].tolist() == [6, 6, 6, 6, 0, 0, 0, 6, 0]


def test_pairs_are_tested_over_patients(searches: pd.DataFrame, config: CrcConfig) -> None:
    pairs = compare_pairs(best_therapies(searches, config.therapy)).set_index(["first", "second"])
    early_late = pairs.loc[("early", "late")]
    assert (early_late["first_better"], early_late["second_better"]) == (0, PATIENTS)
    assert early_late["effect_size"] == -1
    assert early_late["p_value"] == pytest.approx(2 / 2**PATIENTS)
    assert early_late["p_value_holm"] == pytest.approx(3 * 2 / 2**PATIENTS)


def test_one_algorithm_alone_has_no_pairs(searches: pd.DataFrame, config: CrcConfig) -> None:
    alone = searches[searches[tables.ALGORITHM] == "late"]
    pairs = compare_pairs(best_therapies(alone, config.therapy))
    assert pairs.empty
    assert pairs.columns.tolist() == tables.PAIRS_SCHEMA.names


def test_improvement_1_must_be_the_reference_therapy(
    searches: pd.DataFrame, config: CrcConfig, tmp_path: Path
) -> None:
    of_patient = searches[searches[tables.PATIENT] == 1]
    late = of_patient[of_patient[tables.ALGORITHM] == "late"]
    sound, later, other = (tmp_path / f"{name}.parquet" for name in ("sound", "later", "other"))
    late.to_parquet(sound)
    late[late[tables.EVALUATION] > 1].to_parquet(later)
    late.assign(f_a=late["f_a"] + 1).to_parquet(other)
    assert len(read_searches([sound, sound], config.therapy)) == 2 * len(late)
    for file in (later, other):
        with pytest.raises(UserError, match=rf"{file.name}: improvement 1 is not the reference"):
            read_searches([sound, file], config.therapy)


@pytest.fixture(scope="module")
def two_seeds(searches: pd.DataFrame) -> pd.DataFrame:
    """`late` searched by two seeds, of which the second is better."""
    late = searches[searches[tables.ALGORITHM] == "late"]
    better = late[tables.OBJECTIVE].where(late[tables.EVALUATION] == 1, late[tables.OBJECTIVE] / 2)
    return pd.concat([late, late.assign(seed=2, objective=better)], ignore_index=True)


def courses_of(ends_mm: dict[tuple[str, int | None], float], patients: int) -> pd.DataFrame:
    """Straight courses from 20 mm to the end of each arm and seed."""
    frames = [
        pd.DataFrame(
            {
                tables.PATIENT: patient,
                tables.ARM: arm,
                tables.SEED: pd.array([seed] * 2, dtype="Int64"),
                tables.TIME_DAYS: [0.0, 400.0],
                tables.DIAMETER_MM: [20.0, end_mm],
            }
        )
        for patient in range(1, patients + 1)
        for (arm, seed), end_mm in ends_mm.items()
    ]
    return pd.concat(frames, ignore_index=True)


def test_responses_count_every_patient_once_by_its_best_seed(
    two_seeds: pd.DataFrame, config: CrcConfig
) -> None:
    ends = {("untreated", None): 30.0, ("reference", None): 13.0, ("late", 1): 24.5, ("late", 2): 9}
    best = best_therapies(two_seeds, config.therapy)
    shown = ComparisonConfig(response_reading="recist_1_1")
    counts = count_responses(courses_of(ends, PATIENTS), best, shown)
    assert (counts[tables.PATIENTS] == PATIENTS).all()
    assert (counts[["CR", "PR", "SD", "PD"]].sum(axis=1) == PATIENTS).all()
    by_arm = counts[counts[tables.IS_SHOWN]].set_index(tables.ARM)
    assert by_arm[tables.READING].eq("recist_1_1").all()
    assert by_arm.loc["late", "CR"] == PATIENTS
    assert by_arm.loc["reference", "PR"] == PATIENTS
    assert by_arm.loc["untreated", "PD"] == PATIENTS
    worse = count_responses(
        courses_of({**ends, ("late", 2): 24.5}, PATIENTS), best, ComparisonConfig()
    ).set_index([tables.READING, tables.ARM])
    assert worse.loc[("final_diameter", "late"), "PD"] == PATIENTS
    assert worse.loc[("recist_1_1", "late"), "SD"] == PATIENTS


def test_courses_of_the_reference_patient(problem_file: Path, config: CrcConfig) -> None:
    atezolizumab = reference_therapy(config.therapy, (True, False))
    arms = [
        untreated_arm(config.therapy),
        reference_arm(config.therapy),
        Arm("late", 1, atezolizumab),
    ]
    courses = simulate_courses(problem_file, arms, config.therapy, config.search.search_solver)
    assert courses.groupby(tables.ARM)[tables.RELATIVE_DIAMETER].first().eq(1).all()
    ends = courses.groupby(tables.ARM)[tables.DIAMETER_MM].last()
    assert ends["reference"] < ends["late"] < ends["untreated"]


def test_what_no_search_found_is_simulated_once_for_all_seeds(
    problem_file: Path, two_seeds: pd.DataFrame, config: CrcConfig
) -> None:
    best = best_therapies(two_seeds, config.therapy)
    courses = simulate_all_courses(
        best, {1: problem_file}, config.therapy, config.search.search_solver
    )
    for _, course in courses.groupby([tables.ARM, tables.SEED], dropna=False):
        assert course[tables.TIME_DAYS].is_monotonic_increasing
        assert course[tables.TIME_DAYS].is_unique
    drawn = courses.drop_duplicates([tables.ARM, tables.SEED])[tables.ARM].tolist()
    assert drawn == ["untreated", "reference", "late", "late"]


def test_therapies_are_read_back(two_seeds: pd.DataFrame, config: CrcConfig) -> None:
    best = best_therapies(two_seeds, config.therapy)
    arms = found_arms(best, 2, config.therapy)
    assert [(arm.name, arm.seed) for arm in arms] == [("late", 1), ("late", 2)]
    doses = weekly_doses(best, config.therapy)
    of_patient = doses[doses[tables.PATIENT] == 2].set_index([tables.ARM, tables.WEEK])
    for column in tables.DRUG_DOSE_MG:
        reference = of_patient.loc["reference", column].to_numpy()
        assert reference.max() > 0
        for _, found in of_patient.loc["late"].groupby(tables.SEED):
            np.testing.assert_array_equal(found[column], reference)
