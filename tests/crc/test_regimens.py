"""Regimens for many: each patient under them, and the summary."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from theraflow.config.crc.comparison import ComparisonConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.crc.comparison.regimens.regimens import (
    Prescription,
    best_regimen,
    doses_of_regimen,
    personal_best,
    summarise_regimens,
    treat_members,
)
from theraflow.crc.comparison.regimens.tables import REGIMENS_SCHEMA
from theraflow.crc.search.problem import TherapySearch
from theraflow.crc.therapy.subject import Subject


@pytest.fixture(scope="module")
def pair(therapies: TherapySearch) -> TherapySearch:
    """The reference patient, and one of whom another diameter is called the reference's."""
    (member,) = therapies.subject.members
    other = replace(member, patient=2, reference_diameter_mm=2 * member.reference_diameter_mm)
    return replace(therapies, subject=Subject((member, other)))


def halved(therapies: TherapySearch) -> np.ndarray:
    candidate = np.array(therapies.problem.reference)
    candidate[:30] *= 0.5
    return candidate


def rows_of(candidates: list[np.ndarray], therapies: TherapySearch, **columns: object):
    names = [f"parameter.{variable.name}" for variable in therapies.problem.space.variables]
    return pd.DataFrame(candidates, columns=names).assign(**columns)


def test_the_lowest_objective_of_all_searches_is_the_regimen(pair: TherapySearch) -> None:
    reference = np.array(pair.problem.reference)
    found = rows_of(
        [reference, halved(pair), reference],
        pair,
        objective=[100, 60, 70],
        algorithm=["ga", "cma", "ga"],
        seed=[1, 2, 3],
    )
    best = best_regimen(found, pair)
    assert (best.algorithm, best.seed, best.therapy) == ("cma", 2, "regimen")
    np.testing.assert_array_equal(best.candidate, halved(pair))


def test_a_patient_whom_nobody_searched_for_has_no_own_therapy(pair: TherapySearch) -> None:
    fronts = rows_of(
        [halved(pair), halved(pair)],
        pair,
        objective=[60, 50],
        algorithm="ga",
        seed=1,
        subject="patient_1",
        front=["merged", "nsga2"],
    )
    (own,) = personal_best(fronts, "patient_1", pair)
    assert own.therapy == "personal"
    assert personal_best(fronts, "patient_2", pair) == []


def test_members_are_treated_by_copasi(pair: TherapySearch, config: CrcConfig) -> None:
    regimen = Prescription("regimen", halved(pair), "ga", 1)
    table = treat_members(
        pair,
        {"patient_1": [regimen], "patient_2": [regimen]},
        config.search.verification_solver,
        config.comparison,
    )
    assert set(table.columns) == set(REGIMENS_SCHEMA.names) - {"statistic"}
    by = table.set_index(["subject", "therapy"])
    inefficacy = by["relative_inefficacy_percent"]
    assert inefficacy["patient_1", "reference"] == pytest.approx(100, abs=1e-4)
    # Twice the diameter, four times the size squared.
    np.testing.assert_allclose(
        inefficacy["patient_2"].to_numpy(), inefficacy["patient_1"].to_numpy() / 4
    )
    assert by["drug_quantity_percent"]["patient_1"].tolist() == [100, 50]
    assert inefficacy["patient_1", "regimen"] != pytest.approx(100, abs=1e-3)
    assert set(table["response_final_diameter"]) <= {"CR", "PR", "SD", "PD"}


def test_summaries_compare_the_same_patients_under_all_therapies() -> None:
    rows = [
        ("mean", subject, therapy, value, drugs, response)
        for subject, values in (
            ("patient_1", {"reference": 100, "regimen": 80, "personal": 40}),
            ("patient_2", {"reference": 100, "regimen": 120, "personal": 90}),
            ("patient_3", {"reference": 100, "regimen": 500}),
        )
        for therapy, value in values.items()
        for drugs, response in [(10.0, "CR" if value < 50 else "PD")]
    ]
    columns = ["statistic", "subject", "therapy", "relative_inefficacy_percent"]
    table = pd.DataFrame(rows, columns=[*columns, "drug_quantity_percent", "response_recist_1_1"])
    table = table.assign(atezolizumab_percent=5.0, cibisatamab_percent=15.0)
    config = ComparisonConfig(response_reading="recist_1_1")
    summary = summarise_regimens(table, config).set_index("therapy")
    assert summary["patients"].tolist() == [2, 2, 2]
    mean = summary["mean_relative_inefficacy_percent"]
    assert mean.to_dict() == {"personal": 65, "reference": 100, "regimen": 100}
    worst = summary["worst_quarter_relative_inefficacy_percent"]
    assert worst.to_dict() == {"personal": 90, "reference": 100, "regimen": 120}
    assert summary["patients_better_than_reference"].to_dict() == {
        "personal": 2,
        "reference": 0,
        "regimen": 1,
    }
    assert summary["CR"].to_dict() == {"personal": 1, "reference": 0, "regimen": 0}


def test_doses_of_a_regimen_are_listed_by_week(pair: TherapySearch) -> None:
    doses = doses_of_regimen(Prescription("regimen", halved(pair)), pair)
    assert doses["week"].tolist() == list(range(1, 61))
    assert doses["atezolizumab_mg"].iloc[:5].tolist() == [840, 0, 0, 0, 840]
    assert doses["cibisatamab_mg"].iloc[:4].tolist() == [80, 0, 0, 80]
