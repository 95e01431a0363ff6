"""The comparison of algorithms, on searches made by hand."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from theraflow.config.crc.comparison import ComparisonConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.crc import tables
from theraflow.crc.comparison.comparison import (
    best_so_far,
    best_therapies,
    classify_response,
    compare_pairs,
    count_responses,
    simulate_courses,
    summarise_algorithms,
    therapies_of,
    winners,
)
from theraflow.crc.therapy.therapy import (
    parameter_names,
    parameter_vector,
    reference_therapy,
    weekly_doses_mg,
)

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
    best = best_therapies(searches, config)
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
    pairs = compare_pairs(best_therapies(searches, config)).set_index(["first", "second"])
    early_late = pairs.loc[("early", "late")]
    assert (early_late["first_better"], early_late["second_better"]) == (0, PATIENTS)
    assert early_late["effect_size"] == -1
    assert early_late["p_value"] == pytest.approx(2 / 2**PATIENTS)
    assert early_late["p_value_holm"] == pytest.approx(3 * 2 / 2**PATIENTS)


@pytest.mark.parametrize(
    ("end", "response"),
    [(1.9, "CR"), (13.9, "PR"), (14.1, "SD"), (23.9, "SD"), (24.1, "PD")],
)
def test_responses_follow_recist(end: float, response: str) -> None:
    assert classify_response(20.0, end, ComparisonConfig()) == response


def test_courses_of_the_reference_patient(problem_file: Path, config: CrcConfig) -> None:
    therapy = reference_therapy(config.therapy, (True, False))
    courses = simulate_courses(problem_file, {"atezolizumab": therapy}, config)
    assert courses.groupby("arm")[tables.RELATIVE_DIAMETER].first().eq(1).all()
    ends = courses.groupby("arm")[tables.DIAMETER_MM].last()
    assert ends["reference"] < ends["atezolizumab"] < ends["untreated"]
    courses = courses.assign(patient=1, seed=1)
    counts = count_responses(courses, config.comparison).set_index("arm")
    assert counts.loc["untreated", "PD"] == 1
    assert counts.to_numpy().sum() == 3


def test_therapies_are_read_back(searches: pd.DataFrame, config: CrcConfig) -> None:
    therapies = therapies_of(best_therapies(searches, config), 2, 1, config)
    assert set(therapies) == {"early", "late", "stuck"}
    np.testing.assert_array_equal(
        weekly_doses_mg(therapies["late"], config.therapy),
        weekly_doses_mg(reference_therapy(config.therapy), config.therapy),
    )
