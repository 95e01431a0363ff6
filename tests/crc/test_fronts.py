"""Fronts of inefficacy against drugs: what they hold, and what is said of them."""

import numpy as np
import pandas as pd
import pytest

from theraflow.config.crc.study import CrcConfig
from theraflow.core.columns import expanded
from theraflow.crc import tables
from theraflow.crc.comparison.fronts.attainment import attainment_of_patients
from theraflow.crc.comparison.fronts.courses import (
    front_doses,
    simulate_front_courses,
    verified_therapies,
)
from theraflow.crc.comparison.fronts.merged import fronts_of_patient, points_to_verify
from theraflow.crc.comparison.fronts.summary import summarise_fronts
from theraflow.crc.comparison.fronts.tables import (
    ATTAINMENT_SCHEMA,
    FRONT_COURSES_SCHEMA,
    FRONT_DOSES_SCHEMA,
    FRONTS_SCHEMA,
)
from theraflow.crc.search.evaluators.compiled import CompiledEvaluator
from theraflow.crc.search.problem import TherapySearch
from theraflow.search.evaluator import judge

# What all tests of this file ask for is made by one worker of pytest.
pytestmark = pytest.mark.xdist_group("fronts")

AXES = ["relative_inefficacy_percent", "drug_quantity_percent"]


def found_rows(therapies: TherapySearch) -> pd.DataFrame:
    """Feasible rows as of three searches, the last one for a front."""
    problem = therapies.problem
    unit = np.random.default_rng(8).random((600, problem.space.dimension)) ** 4
    candidates = np.vstack([problem.reference, problem.space.from_unit(unit)])
    candidates = problem.space.repair(candidates)
    evaluations = CompiledEvaluator(therapies).evaluate(candidates, np.zeros(len(candidates)))
    outcome = judge(problem, candidates, evaluations)
    rows = pd.DataFrame(outcome.terms, columns=[term.name for term in problem.terms])
    rows["objective"] = outcome.objectives[:, 0]
    number = np.arange(len(rows)) % 3
    rows["algorithm"] = np.array(["ga", "de", "nsga2"])[number]
    rows["seed"] = 1
    rows["evaluation"] = np.arange(len(rows))
    rows.loc[number == 2, "objective"] = np.nan
    for name, values in zip(problem.space.variables, candidates.T, strict=True):
        rows[f"parameter.{name.name}"] = values
    return rows[outcome.is_feasible].reset_index(drop=True)


@pytest.fixture(scope="module")
def found(therapies: TherapySearch) -> pd.DataFrame:
    return found_rows(therapies)


@pytest.fixture(scope="module")
def fronts(found: pd.DataFrame, therapies: TherapySearch, config: CrcConfig) -> pd.DataFrame:
    return fronts_of_patient(found, "patient_1", therapies, config.search.verification_solver)


def test_a_merged_front_is_not_dominated_by_any_search(
    fronts: pd.DataFrame, found: pd.DataFrame, therapies: TherapySearch
) -> None:
    merged = fronts[fronts["front"] == "merged"]
    assert len(merged) > 5
    assert merged[AXES[0]].is_monotonic_increasing
    assert merged[AXES[1]].is_monotonic_decreasing
    (member,) = therapies.subject.members
    relative = 100 * (found["diameter_mm"] / member.reference_diameter_mm) ** 2
    for inefficacy, drugs in zip(relative, found[AXES[1]], strict=True):
        better = (merged[AXES[0]] <= inefficacy + 1e-9) & (merged[AXES[1]] <= drugs + 1e-9)
        assert better.any()
    assert len(set(merged["algorithm"])) > 1
    expected = 0.9 * merged["inefficacy"] + 0.1 * merged["drug_quantity_percent"]
    np.testing.assert_allclose(merged["objective"], expected)


def test_searches_for_fronts_have_a_front_of_their_own(fronts: pd.DataFrame) -> None:
    assert set(fronts["front"]) == {"merged", "nsga2", "reference", "untreated"}
    own = fronts[fronts["front"] == "nsga2"]
    assert set(own["algorithm"]) == {"nsga2"}


def test_ends_and_the_lowest_objective_are_verified_by_copasi(fronts: pd.DataFrame) -> None:
    merged = fronts[fronts["front"] == "merged"].reset_index(drop=True)
    verified = merged["verified_relative_inefficacy_percent"].notna()
    assert verified.iloc[[0, -1, int(merged["objective"].argmin())]].all()
    assert verified.sum() <= 16
    gap = merged.loc[verified, "relative_gap"]
    assert 0 < gap.abs().max() < 4e-4
    assert merged.loc[~verified, "relative_gap"].isna().all()


def test_the_reference_and_no_therapy_stand_for_themselves(
    fronts: pd.DataFrame, therapies: TherapySearch
) -> None:
    given = fronts.set_index("front").loc[["reference", "untreated"]]
    assert given["drug_quantity_percent"].tolist() == [100, 0]
    assert given.loc["reference", AXES[0]] == pytest.approx(100, abs=1e-4)
    assert given.loc["untreated", AXES[0]] > 101
    assert given["algorithm"].isna().all()


def test_fronts_have_the_columns_of_their_schema(fronts: pd.DataFrame) -> None:
    schema = expanded(FRONTS_SCHEMA, fronts.columns)
    assert set(schema.names) == set(fronts.columns)


def test_chosen_points_are_spread_and_hold_those_that_matter() -> None:
    drugs = np.linspace(100, 1, 400)
    inefficacy = 50 + 100 / drugs
    objective = 0.9 * inefficacy + 0.1 * drugs
    chosen = points_to_verify(np.column_stack([inefficacy, drugs]), objective)
    assert len(chosen) <= 16
    assert {0, 399, int(objective.argmin())} <= set(chosen)
    assert int(np.flatnonzero(inefficacy <= 100)[-1]) in chosen
    scaled = np.column_stack([inefficacy, drugs])[chosen]
    scaled /= np.ptp(scaled, axis=0)
    assert np.linalg.norm(np.diff(scaled, axis=0), axis=1).max() < 0.25


def test_a_front_of_one_point_is_verified() -> None:
    assert points_to_verify(np.array([[90.0, 20.0]]), np.array([83.0])).tolist() == [0]


def test_summaries_count_what_was_verified() -> None:
    def rows(subject: str, points: list[tuple[float, float, float]]) -> pd.DataFrame:
        front = pd.DataFrame(points, columns=[*AXES, "verified_relative_inefficacy_percent"])
        front["front"] = ["merged"] * (len(points) - 1) + ["reference"]
        front["subject"] = subject
        return front.assign(relative_gap=1e-5)

    nan = float("nan")
    reference = (100.0, 100.0, 100.0)
    # The second point of patient 1 is not verified, and the third is no better when it is.
    first = rows(
        "patient_1", [(50, 60, 50.1), (70, 30, nan), (99.9, 10, 130.0), (150, 5, 150), reference]
    )
    second = rows("patient_2", [(100.05, 20, 100.05), (140, 4, 140), reference])
    third = rows("patient_3", [(120, 20, 120), reference])
    summary = summarise_fronts(pd.concat([first, second, third])).set_index("subject")
    assert summary["dominates_reference"].tolist() == pytest.approx([1, 1, 0, 2 / 3])
    assert summary["least_drugs_at_no_loss_percent"].tolist() == pytest.approx([60, 20, 100, 60])
    least = summary["least_inefficacy_at_no_more_drugs_percent"]
    assert least.tolist() == pytest.approx([50.1, 100, 100, 250.1 / 3])
    # Steps at 50 (from 60), 70 (from 30), 99.9 (from 10) up to the reference.
    area = 0.2 * 0.4 + 0.299 * 0.7 + 0.001 * 0.9
    assert summary["hypervolume_merged"].tolist() == pytest.approx([area, 0, 0, area / 3])
    assert summary["attains_100_50"].tolist() == pytest.approx([1, 1, 0, 2 / 3])
    assert summary["attains_100_10"].tolist() == pytest.approx([1, 0, 0, 1 / 3])
    assert summary["attains_75_50"].tolist() == pytest.approx([1, 0, 0, 1 / 3])
    assert summary["attains_50_50"].tolist() == [0, 0, 0, 0]
    assert summary["hypervolume_front_searches"].isna().all()
    assert summary.loc["all", "patients"] == 3


def test_what_shares_of_the_patients_attain() -> None:
    # Inefficacy and drugs, in percent.
    points = {
        "patient_1": [(50, 10), (80, 5)],
        "patient_2": [(50, 20), (90, 4)],
        "patient_3": [(95, 50)],
        "patient_4": [(120, 30), (99, 60)],
    }
    fronts = pd.concat(
        pd.DataFrame(front, columns=AXES).assign(subject=subject, front="merged")
        for subject, front in points.items()
    )
    # No front of all searches: the others do not count.
    own = fronts.assign(front="nsga2", relative_inefficacy_percent=1.0)
    table = attainment_of_patients(pd.concat([own, fronts]))
    assert table.columns.tolist() == ATTAINMENT_SCHEMA.names
    corners = {
        share: rows.to_numpy()[:, 1:].tolist() for share, rows in table.groupby("share_of_patients")
    }
    assert corners[0.25] == [[4, 90], [5, 80], [10, 50]]
    assert corners[0.5] == [[5, 90], [20, 50]]
    assert corners[0.75] == [[30, 120], [50, 95]]
    assert corners[1.0] == [[50, 120], [60, 99]]


def test_one_patient_is_every_share_of_the_patients() -> None:
    front = pd.DataFrame([(50, 10), (80, 5)], columns=AXES).assign(
        subject="patient_1", front="merged"
    )
    table = attainment_of_patients(front)
    assert [len(rows) for _, rows in table.groupby("share_of_patients")] == [2, 2, 2, 2]


def test_the_reference_is_not_worse_than_itself(fronts: pd.DataFrame) -> None:
    alone = fronts[fronts["front"].isin(["reference"])].assign(front="merged", relative_gap=0.0)
    summary = summarise_fronts(pd.concat([alone, fronts[fronts["front"] == "reference"]]))
    assert summary["least_drugs_at_no_loss_percent"].tolist() == [100, 100]
    assert tables.REFERENCE not in summary["subject"].tolist()


def test_courses_and_doses_are_those_of_the_verified_therapies(
    fronts: pd.DataFrame, therapies: TherapySearch, config: CrcConfig
) -> None:
    is_verified = fronts["verified_diameter_mm"].notna()
    fewer = fronts[is_verified & (fronts["front"] != "merged") | (fronts.index < 2)]
    few = fronts.assign(verified_diameter_mm=fewer["verified_diameter_mm"])
    shown = verified_therapies(few, config.therapy)
    (member,) = therapies.subject.members
    courses = simulate_front_courses(
        shown,
        member.start,
        therapies.model,
        config.model,
        config.therapy,
        config.search.verification_solver,
    )
    assert set(courses["front_row"]) == set(few.dropna(subset=["verified_diameter_mm"]).index)
    ends = courses.groupby("front_row")["diameter_mm"].last()
    assert courses.groupby("front_row")["time_days"].last().eq(config.therapy.horizon_days).all()
    expected = few.loc[ends.index, "verified_diameter_mm"]
    np.testing.assert_allclose(ends, expected, rtol=1e-5)
    doses = front_doses(shown)
    assert set(doses["front_row"]) == set(ends.index)
    given = doses.groupby("front_row")[["atezolizumab_mg", "cibisatamab_mg"]].sum()
    (untreated,) = few.index[few["front"] == "untreated"]
    (reference,) = few.index[few["front"] == "reference"]
    assert (given.loc[untreated] == 0).all()
    shares = 100 * given / given.loc[reference]
    for name, drug in (("atezolizumab_mg", "atezolizumab"), ("cibisatamab_mg", "cibisatamab")):
        np.testing.assert_allclose(shares[name], few.loc[shares.index, f"{drug}_percent"])
    for frame, schema in ((courses, FRONT_COURSES_SCHEMA), (doses, FRONT_DOSES_SCHEMA)):
        assert ["subject", *frame.columns] == schema.names
