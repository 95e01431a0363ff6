"""The comparison of algorithms, on searches made by hand, whose winners and run times are known."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from theraflow.config.crc.comparison import ComparisonConfig
from theraflow.config.crc.search import AlgorithmConfig, SearchConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.core.columns import expanded
from theraflow.core.errors import UserError
from theraflow.crc import tables
from theraflow.crc.comparison.arms import Arm, arms_of, best_of_seeds
from theraflow.crc.comparison.best import best_therapies, weekly_doses
from theraflow.crc.comparison.comparison import compare_searches, compare_treatments
from theraflow.crc.comparison.courses import simulate_courses
from theraflow.crc.comparison.groups import group_searches
from theraflow.crc.comparison.regret import measure_regret
from theraflow.crc.comparison.responses import count_responses, patient_responses
from theraflow.crc.comparison.searches import read_searches
from theraflow.crc.comparison.tables import (
    ARM,
    COMPARISON_TABLES,
    RELATIVE_DIAMETER,
    SEARCHES_SCHEMA,
    TIME_DAYS,
    WEEK,
)
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.search.problem import TherapySearch
from theraflow.crc.therapy.schedules import schedule_of
from theraflow.crc.therapy.template import PatientStart
from theraflow.crc.therapy.therapy import reference_therapy, weekly_doses_mg
from theraflow.crc.therapy.treated_patient import TreatedPatient
from theraflow.search.comparison.iohprofiler import write_iohprofiler_csv

PATIENTS = 6
# J over that of the reference, by evaluations: `early` is better at first, `late` in the end,
# `stuck` never leaves the reference. `dear` has half of their budget, and the first two patients.
COURSES = {
    "early": {1: 1.0, 10: 0.6},
    "late": {1: 1.0, 60: 0.3},
    "stuck": {1: 1.0},
    "dear": {1: 1.0, 40: 0.5},
}
SEARCH = SearchConfig(
    budget_seconds=None,
    budget_evaluations=100,
    algorithms={
        "early": AlgorithmConfig(method="ga"),
        "late": AlgorithmConfig(method="cma-es"),
        "stuck": AlgorithmConfig(method="nelder-mead"),
        "dear": AlgorithmConfig(method="tpe", budget_evaluations=50, patients=2),
    },
)
Frames = tuple[pd.DataFrame, pd.DataFrame]


def improvements_of(
    subject: str, algorithm: str, course: dict[int, float], reference: float, seed: int = 1
) -> pd.DataFrame:
    """Improvements with these shares of the reference's J; an evaluation is half a CPU second."""
    schedule = schedule_of(CrcConfig().therapy)
    parameters = {
        tables.PARAMETER_PREFIX + variable.name: value
        for variable, value in zip(schedule.variables(), schedule.reference(), strict=True)
    }
    rows = [
        {
            tables.SUBJECT: subject,
            tables.ALGORITHM: algorithm,
            tables.SEED: seed,
            tables.EVALUATION: evaluation,
            tables.WALL_S: float(evaluation),
            tables.CPU_S: evaluation / 2,
            tables.OBJECTIVE: share * reference,
            tables.INEFFICACY: 10 * reference * (2 - share),
            **dict.fromkeys((tables.DRUG_QUANTITY_PERCENT, *tables.DRUG_PERCENT), 100 * share),
            tables.DIAMETER_MM: 20.0,
            **parameters,
        }
        for evaluation, share in course.items()
    ]
    return pd.DataFrame(rows)


def search_of(improvements: pd.DataFrame, evaluations: int, method: str) -> dict[str, object]:
    last = improvements.iloc[-1]
    return {
        **{name: last[name] for name in (tables.SUBJECT, tables.ALGORITHM, tables.SEED)},
        tables.METHOD: method,
        tables.EVALUATOR: "compiled",
        tables.FIDELITY: "exact",
        **dict.fromkeys(tables.COUNTS, evaluations),
        tables.WALL_S: float(evaluations),
        tables.CPU_S: evaluations / 2,
        tables.ENDED_BY: "budget",
        tables.OBJECTIVE: last[tables.OBJECTIVE],
        tables.VERIFIED_OBJECTIVE: last[tables.OBJECTIVE] * (1 + 1e-6),
        tables.RELATIVE_GAP: 1e-6,
    }


def made(courses: dict[str, dict[int, float]], config: SearchConfig = SEARCH) -> Frames:
    """Make searches and improvements as ``read_searches`` returns them."""
    found, searches = [], []
    for patient, (name, course) in product(range(1, PATIENTS + 1), courses.items()):
        algorithm = config.algorithms[name]
        if patient <= (algorithm.patients or PATIENTS):
            found.append(improvements_of(f"patient_{patient}", name, course, 20.0 * patient))
            evaluations = algorithm.budget_evaluations or 100
            searches.append(search_of(found[-1], evaluations, algorithm.method))
    return pd.DataFrame(searches), pd.concat(found, ignore_index=True)


@pytest.fixture(scope="module")
def frames() -> Frames:
    return made(COURSES)


@pytest.fixture(scope="module")
def compared(frames: Frames) -> dict[str, pd.DataFrame]:
    groups = group_searches(*frames, SEARCH)
    config = ComparisonConfig(budget_shares=(0.05, 0.2, 1.0))
    return compare_searches(*frames, groups, config)


GROUP = "100 evaluations on 6 patients"


def in_group(table: pd.DataFrame, group: str = GROUP) -> pd.DataFrame:
    return table[table["group"] == group]


def test_algorithms_of_one_budget_and_the_same_patients_are_a_group(frames: Frames) -> None:
    everything, alike = group_searches(*frames, SEARCH)
    assert (everything.name, everything.budget, everything.patients) == ("all", 50, 2)
    assert set(everything.searches["method"]) == set(COURSES)
    assert set(everything.searches["problem"]) == {"patient_1", "patient_2"}
    assert (alike.name, alike.budget, alike.patients) == (GROUP, 100, PATIENTS)
    assert set(alike.searches["method"]) == {"early", "late", "stuck"}


def test_algorithms_that_all_have_one_budget_are_one_group() -> None:
    same = {name: course for name, course in COURSES.items() if name != "dear"}
    (group,) = group_searches(*made(same), SEARCH)
    assert (group.name, group.budget, group.patients) == ("all", 100, PATIENTS)


def test_a_search_that_its_method_ended_does_not_lower_the_common_budget(frames: Frames) -> None:
    searches, improvements = frames
    is_stuck = searches[tables.ALGORITHM] == "stuck"
    short = searches.assign(
        **{
            tables.COUNTS[0]: searches[tables.COUNTS[0]].mask(is_stuck, 3),
            tables.CPU_S: searches[tables.CPU_S].mask(is_stuck, 1.5),
        }
    )
    assert group_searches(short, improvements, SEARCH)[1].budget == 3
    ended = short.assign(**{tables.ENDED_BY: short[tables.ENDED_BY].mask(is_stuck, "method")})
    (_, alike) = group_searches(ended, improvements, SEARCH)
    assert alike.budget == 100
    config = ComparisonConfig(budget_shares=(1.0,))
    winners = compare_searches(ended, improvements, [alike], config)["winners"]
    assert winners.groupby("algorithm")["wins"].max().to_dict() == {
        "early": 0,
        "late": PATIENTS,
        "stuck": 0,
    }


@pytest.mark.parametrize("shares", [(), (0.0, 1.0), (1.5,)])
def test_shares_of_a_budget_lie_above_0_and_up_to_1(shares: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError, match="each above 0 and up to 1"):
        ComparisonConfig(budget_shares=shares)


def test_a_budget_of_time_is_compared_by_time(frames: Frames) -> None:
    timed = SEARCH.model_copy(update={"budget_seconds": 100.0, "budget_evaluations": None})
    _, alike = group_searches(*frames, timed)
    assert (alike.name, alike.axis, alike.budget) == ("100 s on 6 patients", "wall_s", 100)
    assert alike.axes == ("evaluation", "cpu_s", "wall_s")


def test_every_table_fits_its_schema(compared: dict[str, pd.DataFrame]) -> None:
    for name, frame in compared.items():
        assert set(expanded(COMPARISON_TABLES[name], frame.columns).names) == set(frame.columns)
        assert len(frame)


def test_quality_is_relative_to_the_reference(compared: dict[str, pd.DataFrame]) -> None:
    summary = in_group(compared["summary"]).set_index(tables.ALGORITHM)
    assert summary.index.tolist() == ["late", "early", "stuck"]
    assert summary[tables.RELATIVE_OBJECTIVE].tolist() == pytest.approx([0.3, 0.6, 1.0])
    assert summary[tables.RELATIVE_INEFFICACY].tolist() == pytest.approx([1.7, 1.4, 1.0])
    assert summary[tables.DRUG_QUANTITY_PERCENT].tolist() == pytest.approx([30, 60, 100])
    assert summary["budget"].eq(100).all()


def test_what_was_found_beyond_the_common_budget_does_not_count(
    compared: dict[str, pd.DataFrame],
) -> None:
    summary = in_group(compared["summary"], "all").set_index(tables.ALGORITHM)
    assert summary[tables.RELATIVE_OBJECTIVE].to_dict() == pytest.approx(
        {"dear": 0.5, "early": 0.6, "late": 1.0, "stuck": 1.0}
    )
    assert summary["patients"].eq(2).all()


def test_best_so_far_steps_down_at_improvements(compared: dict[str, pd.DataFrame]) -> None:
    curves = in_group(compared["best_so_far"])
    curves = curves[curves["axis"] == "evaluation"]
    # Gaps: the best known of every patient is 0.3 of the reference.
    expected = {"early": {9: 1, 100: 0.3 / 0.7}, "late": {59: 1, 100: 0}, "stuck": {100: 1}}
    for name, gaps in expected.items():
        curve = curves[curves[tables.ALGORITHM] == name]
        for budget, gap in gaps.items():
            last = curve[curve["budget"] <= budget].iloc[-1]
            assert last["median"] == pytest.approx(gap)
            assert last["searches"] == PATIENTS


def test_run_times_are_the_evaluations_until_a_target(compared: dict[str, pd.DataFrame]) -> None:
    times = in_group(compared["expected_run_times"])
    of_one = times[(times[tables.SUBJECT] == "patient_3") & (times["target"] > 0.5)]
    mean = of_one.groupby(["axis", tables.ALGORITHM])["expected_run_time"].first()
    assert mean["evaluation"].to_dict() == {"early": 10, "late": 60, "stuck": np.inf}
    assert mean["cpu_s"].to_dict() == {"early": 5, "late": 30, "stuck": np.inf}
    shares = in_group(compared["run_time_distribution"])
    last = shares[shares["axis"] == "evaluation"].groupby(tables.ALGORITHM)["share"].last()
    # Targets are gaps from 10^-0.1 to 10^-3: 0.43 is reached by 3 of 30.
    assert last.to_dict() == pytest.approx({"early": 3 / 30, "late": 1.0, "stuck": 0.0})


def test_the_winner_depends_on_the_budget(compared: dict[str, pd.DataFrame]) -> None:
    table = in_group(compared["winners"])
    wins = table[table["axis"] == "evaluation"].set_index(["budget", tables.ALGORITHM])["wins"]
    assert wins[5].to_dict() == pytest.approx({"early": 2, "late": 2, "stuck": 2})
    assert wins[20].to_dict() == {"early": PATIENTS, "late": 0, "stuck": 0}
    assert wins[100].to_dict() == {"early": 0, "late": PATIENTS, "stuck": 0}


def test_differences_within_the_error_of_j_are_ties() -> None:
    close = made({"early": {1: 1.0, 10: 0.6001}, "late": {1: 1.0, 60: 0.6}})
    compared = compare_searches(*close, group_searches(*close, SEARCH), ComparisonConfig())
    (pair,) = compared["pairs"].to_dict("records")
    assert (pair["first_better"], pair["second_better"], pair["p_value"]) == (0, 0, 1.0)
    at_end = compared["winners"].query("axis == 'evaluation' and budget == 100")
    assert at_end["wins"].tolist() == [PATIENTS / 2] * 2


def test_the_summary_averages_the_compared_therapies(compared: dict[str, pd.DataFrame]) -> None:
    therapies = in_group(compared["compared_therapies"])
    assert len(therapies) > len(in_group(compared["summary"]))
    averages = therapies.groupby(tables.ALGORITHM)[
        [tables.RELATIVE_INEFFICACY, tables.DRUG_QUANTITY_PERCENT]
    ].mean()
    summary = in_group(compared["summary"]).set_index(tables.ALGORITHM).loc[averages.index]
    pd.testing.assert_frame_equal(averages, summary[list(averages)])
    assert set(therapies["budget"]) == set(summary["budget"])


def test_pairs_are_tested_over_patients(compared: dict[str, pd.DataFrame]) -> None:
    pairs = in_group(compared["pairs"]).set_index(["first", "second"])
    early_late = pairs.loc[("early", "late")]
    assert (early_late["first_better"], early_late["second_better"]) == (0, PATIENTS)
    assert early_late["effect_size"] == -1
    # In parts of the reference's J.
    assert early_late["median_gain"] == pytest.approx(-0.3)
    assert early_late["p_value"] == pytest.approx(2 / 2**PATIENTS)
    assert early_late["p_value_holm"] == pytest.approx(3 * 2 / 2**PATIENTS)


def test_one_algorithm_alone_has_no_pairs() -> None:
    alone = made({"late": COURSES["late"]})
    compared = compare_searches(*alone, group_searches(*alone, SEARCH), ComparisonConfig())
    assert compared["pairs"].empty
    assert set(compared["pairs"].columns) == set(COMPARISON_TABLES["pairs"].names)


def test_regret_is_measured_against_the_best_and_the_gradient_reference(frames: Frames) -> None:
    searches, improvements = frames
    regret = measure_regret(searches, improvements).set_index([tables.SUBJECT, tables.ALGORITHM])
    assert regret.loc[("patient_2", "early"), "regret_percent"] == pytest.approx(30, abs=1e-3)
    assert regret.loc[("patient_2", "late"), "regret_percent"] == 0
    assert regret["best_known_by"].eq("late").all()
    assert regret["regret_to_gradient_percent"].isna().all()
    is_dear = searches[tables.ALGORITHM] == "dear"
    method = searches[tables.METHOD].mask(is_dear, "multistart-gradient")
    regret = measure_regret(searches.assign(method=method), improvements)
    regret = regret.set_index([tables.SUBJECT, tables.ALGORITHM])["regret_to_gradient_percent"]
    assert regret["patient_2"].to_dict() == pytest.approx(
        {"dear": 0, "early": 10, "late": -20, "stuck": 50}, abs=1e-3
    )
    assert regret["patient_3"].isna().all()


def test_the_export_holds_every_search_of_the_patients_that_all_have(
    frames: Frames, tmp_path: Path
) -> None:
    everything = group_searches(*frames, SEARCH)[0]
    file = tmp_path / "runs.csv"
    write_iohprofiler_csv(everything.searches, everything.improvements, file)
    table = pd.read_csv(file)
    late = table[(table["algorithm_id"] == "late") & (table["function_id"] == "patient_2")]
    assert late["evaluations"].tolist() == [1, 60, 100]
    assert late["raw_y"].tolist() == [40, 12, 12]
    assert table["dimension"].eq(32).all()


def written(frame: pd.DataFrame, folder: Path, result: dict[str, object] | None = None) -> Path:
    first = frame.iloc[0]
    file = folder / f"{first[tables.ALGORITHM]}-{first[tables.SEED]}.json"
    frame.to_parquet(file.with_suffix(".parquet"))
    content = result or search_of(frame, 100, "ga")
    file.write_text(pd.Series(content).to_json())
    return file


def test_searches_for_regimens_and_fronts_are_listed_and_not_compared(
    tmp_path: Path, config: CrcConfig
) -> None:
    own = improvements_of("patient_1", "late", COURSES["late"], 20)
    front = own.assign(algorithm="nsga2", objective=np.nan)
    without_j = {
        name: value
        for name, value in search_of(front, 100, "nsga2").items()
        if name not in (tables.OBJECTIVE, tables.VERIFIED_OBJECTIVE, tables.RELATIVE_GAP)
    }
    regimen = own.assign(subject="population_mean", seed=2)
    files = [
        written(own, tmp_path),
        written(front, tmp_path, without_j),
        written(regimen, tmp_path),
    ]
    searches, improvements = read_searches(files, ["patient_1"], config.therapy)
    assert searches.columns.tolist() == SEARCHES_SCHEMA.names
    assert searches[tables.OBJECTIVE].isna().tolist() == [False, True, False]
    assert improvements[tables.SUBJECT].unique().tolist() == ["patient_1"]
    assert improvements[tables.ALGORITHM].unique().tolist() == ["late"]
    with pytest.raises(UserError, match="nothing to compare; add one"):
        read_searches(files[1:], ["patient_1"], config.therapy)


def test_improvement_1_must_be_the_reference_therapy(tmp_path: Path, config: CrcConfig) -> None:
    sound = improvements_of("patient_1", "late", COURSES["late"], 20)
    good = written(sound, tmp_path)
    later = written(sound[sound[tables.EVALUATION] > 1].assign(seed=2), tmp_path)
    period = f"{tables.PARAMETER_PREFIX}f_a"
    other = written(sound.assign(seed=3, **{period: sound[period] + 1}), tmp_path)
    assert len(read_searches([good], ["patient_1"], config.therapy)[1]) == len(sound)
    for file in (later, other):
        match = rf"{file.stem}.parquet: improvement 1 is not the reference"
        with pytest.raises(UserError, match=match):
            read_searches([good, file], ["patient_1"], config.therapy)


@pytest.fixture(scope="module")
def two_seeds() -> pd.DataFrame:
    """The best therapies of `late` by two seeds, of which the second is better and halves doses."""
    worse = improvements_of("patient_1", "late", {1: 1.0, 60: 0.3}, 20)
    better = improvements_of("patient_1", "late", {1: 1.0, 60: 0.2}, 20, seed=2)
    doses = better.filter(like=f"{tables.PARAMETER_PREFIX}d_").columns
    better.loc[1, doses] /= 2
    return best_therapies(pd.concat([worse, better], ignore_index=True))


def test_the_arm_of_an_algorithm_is_its_best_seed(
    two_seeds: pd.DataFrame, config: CrcConfig
) -> None:
    assert best_of_seeds(two_seeds)[tables.SEED].tolist() == [2]
    untreated, reference, late = arms_of(two_seeds, "patient_1", config.therapy)
    assert (untreated.name, untreated.seed, untreated.weekly_mg.max()) == ("untreated", None, 0)
    assert (reference.name, reference.seed) == ("reference", None)
    assert (late.name, late.seed) == ("late", 2)
    np.testing.assert_allclose(late.weekly_mg, reference.weekly_mg / 2)


def test_weekly_doses_are_those_of_the_schedule(two_seeds: pd.DataFrame, config: CrcConfig) -> None:
    doses = weekly_doses(two_seeds, config.therapy).set_index([ARM, WEEK])
    assert doses.index.get_level_values(ARM).unique().tolist() == ["reference", "late"]
    expected = weekly_doses_mg(reference_therapy(config.therapy), config.therapy)
    for column, reference in zip(("atezolizumab_mg", "cibisatamab_mg"), expected, strict=True):
        np.testing.assert_array_equal(doses.loc["reference", column], reference)
        np.testing.assert_allclose(doses.loc["late", column], reference / 2)


def courses_of(ends_mm: dict[tuple[str, int | None], float], patients: int) -> pd.DataFrame:
    """Straight courses from 20 mm to the end of each arm."""
    frames = [
        pd.DataFrame(
            {
                tables.SUBJECT: f"patient_{patient}",
                ARM: arm,
                tables.SEED: pd.array([seed] * 2, dtype="Int64"),
                TIME_DAYS: [0.0, 400.0],
                tables.DIAMETER_MM: [20.0, end_mm],
            }
        )
        for patient in range(1, patients + 1)
        for (arm, seed), end_mm in ends_mm.items()
    ]
    return pd.concat(frames, ignore_index=True)


def test_responses_count_every_patient_once_by_both_readings() -> None:
    ends = {("untreated", None): 30.0, ("reference", None): 13.0, ("late", 2): 9.0}
    shown = ComparisonConfig(response_reading="recist_1_1")
    responses = patient_responses(courses_of(ends, PATIENTS), shown)
    assert len(responses) == PATIENTS * 3 * 2
    counts = count_responses(responses)
    assert (counts["patients"] == PATIENTS).all()
    assert (counts[["CR", "PR", "SD", "PD"]].sum(axis=1) == PATIENTS).all()
    by_arm = counts[counts["is_shown"]].set_index(ARM)
    assert by_arm["reading"].eq("recist_1_1").all()
    assert by_arm.loc["late", "CR"] == PATIENTS
    assert by_arm.loc["reference", "PR"] == PATIENTS
    assert by_arm.loc["untreated", "PD"] == PATIENTS
    # 24.5 mm is a fifth more than at t0, and less than 5 mm more.
    grown = courses_of({("late", 2): 24.5}, PATIENTS)
    counts = count_responses(patient_responses(grown, ComparisonConfig())).set_index("reading")
    assert counts.loc["final_diameter", "PD"] == PATIENTS
    assert counts.loc["recist_1_1", "SD"] == PATIENTS


def test_a_nadir_between_two_assessments_is_not_seen() -> None:
    days = np.arange(0.0, 41.0, 2.0)
    # By 12 days the tumour is half as wide; from 16 days on it is as wide as at the start.
    course = pd.DataFrame(
        {
            tables.SUBJECT: "patient_1",
            ARM: "late",
            tables.SEED: 1,
            TIME_DAYS: days,
            tables.DIAMETER_MM: np.where(days == 12, 15.0, 30.0),
        }
    )
    by_reading = patient_responses(course, ComparisonConfig()).set_index("reading")["response"]
    assert by_reading["recist_1_1"] == "SD"
    at_visit = course.assign(diameter_mm=np.where(days == 16, 15.0, 30.0))
    by_reading = patient_responses(at_visit, ComparisonConfig()).set_index("reading")["response"]
    assert by_reading["recist_1_1"] == "PD"


def test_courses_end_at_the_diameter_that_the_reference_therapy_leads_to(
    therapies: TherapySearch, study_model: StudyModel, config: CrcConfig
) -> None:
    (member,) = therapies.subject.members
    treated = TreatedPatient(member.start, study_model, config.model, config.therapy)
    atezolizumab, reference = (
        weekly_doses_mg(reference_therapy(config.therapy, given), config.therapy)
        for given in ((True, False), (True, True))
    )
    arms = [
        Arm("untreated", None, np.zeros_like(reference)),
        Arm("reference", None, reference),
        Arm("late", 1, atezolizumab),
    ]
    solver = config.search.verification_solver
    courses = simulate_courses(treated, arms, config.therapy, solver)
    treated.close()
    assert courses.groupby(ARM)[RELATIVE_DIAMETER].first().eq(1).all()
    ends = courses.groupby(ARM)[tables.DIAMETER_MM].last()
    assert ends["reference"] == pytest.approx(member.reference_diameter_mm, rel=1e-6)
    assert ends["reference"] < ends["late"] < ends["untreated"]
    assert courses.groupby(ARM)[TIME_DAYS].last().eq(config.therapy.horizon_days).all()
    assert courses.groupby(ARM)[TIME_DAYS].diff().max() <= 2


def test_the_tables_of_treatments_fit_their_schemas(
    two_seeds: pd.DataFrame,
    reference_patient: PatientStart,
    study_model: StudyModel,
    config: CrcConfig,
) -> None:
    treatments = compare_treatments(
        two_seeds,
        {"patient_1": reference_patient},
        study_model,
        config.model,
        config.therapy,
        config.search,
        config.comparison,
    )
    for name, frame in treatments.items():
        assert set(COMPARISON_TABLES[name].names) == set(frame.columns)
    responses = treatments["responses"]
    assert responses.groupby(ARM)["patients"].first().to_dict() == {
        "late": 1,
        "reference": 1,
        "untreated": 1,
    }
