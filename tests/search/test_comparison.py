"""Comparisons of searches, against values worked out by hand and against histories."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from support.search_problems import FunctionEvaluator, g06, sphere, ticking_clock

from theraflow.core.errors import UserError
from theraflow.search import tables
from theraflow.search.budget import Budget
from theraflow.search.comparison.algorithms import (
    best_so_far,
    compare_pairs,
    gaps_at,
    largest_common_budget,
    winners,
    with_gaps,
)
from theraflow.search.comparison.improvements import (
    evaluations_within,
    improving_rows,
    reduce_histories,
    reduce_history,
)
from theraflow.search.comparison.iohprofiler import write_iohprofiler_csv
from theraflow.search.comparison.run_times import (
    expected_run_times,
    run_time_distribution,
    run_times,
)
from theraflow.search.history import read_history
from theraflow.search.methods.registry import choose
from theraflow.search.run import search


def searches_of(*rows: tuple) -> pd.DataFrame:
    """Rows of problem, method, seed, evaluations, reference objective; one evaluation is 2 s."""
    return pd.DataFrame(
        [
            {
                tables.PROBLEM: problem,
                tables.EVALUATOR: "e",
                tables.METHOD: method,
                tables.SEED: seed,
                tables.DIMENSION: 3,
                tables.EVALUATIONS: evaluations,
                tables.FEASIBLE_EVALUATIONS: evaluations,
                tables.FAILED_EVALUATIONS: 0,
                tables.RESTARTS: 0,
                tables.WALL_S: 2.0 * evaluations,
                tables.CPU_S: 1.0 * evaluations,
                tables.REFERENCE_OBJECTIVE: reference,
            }
            for problem, method, seed, evaluations, reference in rows
        ]
    )


def improvements_of(rows: dict[tuple, dict[int, float]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                tables.PROBLEM: problem,
                tables.EVALUATOR: "e",
                tables.METHOD: method,
                tables.SEED: seed,
                tables.EVALUATION: evaluation,
                tables.WALL_S: 2.0 * evaluation,
                tables.CPU_S: 1.0 * evaluation,
                tables.OBJECTIVE: objective,
            }
            for (problem, method, seed), found in rows.items()
            for evaluation, objective in found.items()
        ]
    )


# From a reference of 10 down to a best known of 0, by `quick`: gaps are tenths of the objective.
SEARCHES = searches_of(
    ("p", "quick", 1, 100, 10.0), ("p", "quick", 2, 100, 10.0),
    ("p", "slow", 1, 100, 10.0), ("p", "slow", 2, 200, 10.0),
)  # fmt: skip
IMPROVEMENTS = improvements_of(
    {
        ("p", "quick", 1): {1: 10.0, 10: 4.0, 50: 0.0},
        ("p", "quick", 2): {1: 10.0, 20: 5.0},
        ("p", "slow", 1): {1: 10.0, 40: 5.0, 100: 3.0},
        ("p", "slow", 2): {1: 10.0, 150: 1.0},
    }
)


def test_searches_are_compared_at_the_largest_budget_that_all_have_spent():
    assert largest_common_budget(SEARCHES, tables.EVALUATION) == 100
    assert largest_common_budget(SEARCHES, tables.WALL_S) == 200.0
    at = gaps_at(SEARCHES, with_gaps(SEARCHES, IMPROVEMENTS, None), tables.EVALUATION, [9, 10, 100])
    assert at[tables.GAP].tolist() == [1, 0.4, 0, 1, 1, 0.5, 1, 1, 0.3, 1, 1, 1]


def test_gaps_are_1_at_the_reference_and_0_at_the_best_known():
    assert with_gaps(SEARCHES, IMPROVEMENTS, None)[tables.GAP].tolist() == pytest.approx(
        [1, 0.4, 0, 1, 0.5, 1, 0.5, 0.3, 1, 0.1]
    )
    known = with_gaps(SEARCHES, IMPROVEMENTS, {"p": -10.0})[tables.GAP]
    assert known.iloc[:3].tolist() == [1.0, 0.7, 0.5]


def test_gaps_without_a_feasible_reference_start_at_the_worst_first_find():
    searches = SEARCHES.assign(**{tables.REFERENCE_OBJECTIVE: np.nan})
    found = improvements_of({("p", "quick", 1): {5: 8.0, 9: 0.0}, ("p", "slow", 1): {7: 4.0}})
    assert with_gaps(searches, found, None)[tables.GAP].tolist() == [1.0, 0.0, 0.5]
    at = gaps_at(searches, with_gaps(searches, found, None), tables.EVALUATION, [4, 9])
    assert at[tables.GAP].tolist() == [np.inf, 0.0, np.inf, np.inf, np.inf, 0.5, np.inf, np.inf]
    no_better = improvements_of({("p", "quick", 1): {1: 10.0}})
    assert with_gaps(SEARCHES, no_better, None)[tables.GAP].tolist() == [0.0]


def test_run_times_count_up_to_the_common_budget_alone():
    times = run_times(SEARCHES, IMPROVEMENTS, tables.EVALUATION, np.array([0.5, 0.2]))
    assert times[tables.RUN_TIME].tolist() == [10, 50, 20, np.inf, 40, np.inf, np.inf, np.inf]
    assert times[tables.SPENT].tolist() == [10, 50, 20, 100, 40, 100, 100, 100]
    seconds = run_times(SEARCHES, IMPROVEMENTS, tables.WALL_S, np.array([0.5]))
    assert seconds[tables.RUN_TIME].tolist() == [20, 40, 80, np.inf]


def test_expected_run_times_divide_what_was_spent_by_the_successes():
    times = run_times(SEARCHES, IMPROVEMENTS, tables.EVALUATION, np.array([0.5, 0.2]))
    expected = expected_run_times(times).set_index([tables.METHOD, tables.TARGET])
    values = expected["expected_run_time"]
    assert values["quick", 0.5] == (10 + 20) / 2
    assert values["quick", 0.2] == (50 + 100) / 1
    assert values["slow", 0.5] == (40 + 100) / 1
    assert values["slow", 0.2] == np.inf
    assert expected["successes"].tolist() == [1, 2, 0, 1]


def test_the_distribution_of_run_times_is_the_share_of_targets_reached():
    times = run_times(SEARCHES, IMPROVEMENTS, tables.EVALUATION, np.array([0.5, 0.2]))
    distribution = run_time_distribution(SEARCHES, IMPROVEMENTS, times, points=100)

    def share(method: str, budget: int) -> float:
        rows = distribution[distribution[tables.METHOD] == method]
        return float(rows[rows[tables.BUDGET] <= budget]["share"].iloc[-1])

    assert [share("quick", budget) for budget in (9, 11, 21, 100)] == [0, 0.25, 0.5, 0.75]
    assert [share("slow", budget) for budget in (38, 42, 100)] == [0, 0.25, 0.25]
    shares = distribution.groupby(tables.METHOD)["share"]
    assert shares.apply(lambda each: each.is_monotonic_increasing).all()


def test_best_so_far_has_quartiles_over_searches():
    curve = best_so_far(SEARCHES, IMPROVEMENTS, tables.EVALUATION, points=200)
    last = curve[curve[tables.BUDGET] == 100].set_index(tables.METHOD)
    assert last.loc["quick", ["lower_quartile", "upper_quartile"]].tolist() == [0.0, 0.5]
    assert last.loc["slow", ["lower_quartile", "upper_quartile"]].tolist() == [0.3, 1.0]
    assert (curve.groupby(tables.METHOD)["median"].diff().dropna() <= 0).all()
    assert curve[tables.BUDGET].min() == 1


def test_pairs_are_tested_over_problems_with_holm_and_effect_sizes():
    values = pd.DataFrame(
        [
            {tables.PROBLEM: f"p{problem}", tables.METHOD: method, tables.SEED: seed, "gap": value}
            for problem in range(8)
            for seed in (1, 2)
            for method, value in {
                "best": 0.1 * problem + 0.01 * seed,
                "same": 0.1 * problem + 0.01 * (3 - seed),
                "worst": 0.2 * problem + 1,
            }.items()
        ]
    )
    pairs = compare_pairs(values, "gap").set_index(["first", "second"])
    same = pairs.loc[("best", "same")]
    assert (same["p_value"], same["effect_size"], same["median_gain"]) == (1.0, 0.0, 0.0)
    worse = pairs.loc[("best", "worst")]
    # All of 8 signs alike, exactly: 2 / 2^8. Three pairs: Holm multiplies the smallest by 3.
    assert worse["p_value"] == pytest.approx(2 / 2**8)
    assert worse["p_value_holm"] == pytest.approx(3 * 2 / 2**8)
    assert (worse["first_better"], worse["second_better"], worse["effect_size"]) == (8, 0, 1.0)
    gains = 0.1 * np.arange(8) + 1 - 0.015
    assert gains.min() <= worse["gain_lower"] <= worse["median_gain"] <= worse["gain_upper"]
    assert worse["median_gain"] == pytest.approx(gains[3])
    assert worse["gain_upper"] <= gains.max()


def test_searches_that_found_nothing_feasible_lose_and_tie_with_each_other():
    values = pd.DataFrame(
        {
            tables.PROBLEM: ["p", "p", "q", "q"],
            tables.METHOD: ["a", "b"] * 2,
            tables.SEED: 1,
            "gap": [0.5, np.inf, np.inf, np.inf],
        }
    )
    (pair,) = compare_pairs(values, "gap").to_dict("records")
    assert (pair["first_better"], pair["second_better"], pair["effect_size"]) == (1, 0, 1.0)


def test_winners_change_with_the_budget_and_share_ties():
    searches = searches_of(
        *((problem, method, 1, 100, 10.0) for problem in "pq" for method in ("early", "late"))
    )
    found = improvements_of(
        {
            ("p", "early", 1): {1: 10.0, 5: 4.0},
            ("p", "late", 1): {1: 10.0, 80: 0.0},
            ("q", "early", 1): {1: 10.0, 5: 4.0},
            ("q", "late", 1): {1: 10.0, 90: 4.0},
        }
    )
    table = winners(searches, found, tables.EVALUATION, [0.1, 1.0])
    wins = table.set_index([tables.BUDGET, tables.METHOD])["wins"].to_dict()
    assert wins == {(10, "early"): 2, (10, "late"): 0, (100, "early"): 0.5, (100, "late"): 1.5}
    assert table["problems"].tolist() == [2] * 4
    # With 0 as the best known, ties are parts of the reference: 4 of 10 and 0 of 10.
    tied = winners(searches, found, tables.EVALUATION, [1.0], 0.41, dict.fromkeys("pq", 0.0))
    assert tied["wins"].tolist() == [1, 1]
    parted = winners(searches, found, tables.EVALUATION, [1.0], 0.39, dict.fromkeys("pq", 0.0))
    assert parted["wins"].tolist() == [0.5, 1.5]


def test_every_table_of_a_comparison_fits_its_schema():
    axis = tables.EVALUATION
    times = run_times(SEARCHES, IMPROVEMENTS, axis)
    at = gaps_at(SEARCHES, with_gaps(SEARCHES, IMPROVEMENTS, None), axis, [100])
    for frame, schema in (
        (SEARCHES, tables.SEARCHES),
        (IMPROVEMENTS, tables.IMPROVEMENTS),
        (times, tables.RUN_TIMES),
        (expected_run_times(times), tables.EXPECTED_RUN_TIMES),
        (run_time_distribution(SEARCHES, IMPROVEMENTS, times), tables.RUN_TIME_DISTRIBUTION),
        (best_so_far(SEARCHES, IMPROVEMENTS, axis), tables.BEST_SO_FAR),
        (compare_pairs(at, tables.GAP), tables.PAIRS),
        (winners(SEARCHES, IMPROVEMENTS, axis, [1.0]), tables.WINNERS),
    ):
        assert list(frame.columns) == schema.names
        assert tables.as_table(frame, schema).num_rows == len(frame) > 0


def test_a_history_is_reduced_to_its_improvements(tmp_path):
    problem, function = g06()
    evaluator = FunctionEvaluator(function, fails=lambda x: x[:, 0] > 95)
    chosen, budget = choose("scipy-de", {"population": 10}), Budget(evaluations=600)
    result = search(problem, evaluator, chosen, budget, 2, tmp_path)
    row, found = reduce_history(tmp_path, problem)
    summary = row.to_dict("records")[0]
    assert summary[tables.EVALUATIONS] == 600
    assert summary[tables.FEASIBLE_EVALUATIONS] == result.feasible
    assert summary[tables.FAILED_EVALUATIONS] == result.failed > 0
    assert summary[tables.DIMENSION] == 2
    assert summary[tables.REFERENCE_OBJECTIVE] == function(problem.reference_candidate)[0][0, 0]
    objectives = found[tables.OBJECTIVE].to_numpy()
    assert found[tables.EVALUATION].iloc[0] == 1
    assert (np.diff(objectives) < 0).all()
    assert objectives[-1] == result.best.objectives[0, 0]
    with pytest.raises(UserError, match="the budget ended before the first evaluation; raise it"):
        reduce_history(tmp_path, problem, evaluations=0)
    part, _ = reduce_history(tmp_path, problem, evaluations=50)
    assert part[tables.EVALUATIONS].tolist() == [50]
    whole = improving_rows(tmp_path, problem)
    assert whole.schema.names == tables.history_schema(problem).names
    assert whole.column(tables.EVALUATION).to_pylist() == found[tables.EVALUATION].tolist()
    early = improving_rows(tmp_path, problem, evaluations=50).column(tables.EVALUATION)
    assert early.to_pylist() == [each for each in found[tables.EVALUATION] if each <= 50]


def test_the_rows_within_a_budget_are_counted(tmp_path):
    problem, function = sphere()
    evaluator = FunctionEvaluator(function, batch_size=1)
    search(
        problem, evaluator, choose("random"), Budget(evaluations=40), 1, tmp_path, ticking_clock()
    )
    wall_s = pa.concat_tables(read_history(tmp_path, problem)).column(tables.WALL_S).to_numpy()
    for budget, count in (
        (Budget(evaluations=100), 40),
        (Budget(evaluations=7), 7),
        (Budget(wall_s=float(wall_s[9])), 10),
        (Budget(cpu_s=1e-9), 0),
        (Budget(evaluations=5, wall_s=float(wall_s[9])), 5),
    ):
        assert evaluations_within(tmp_path, problem, budget) == count


def test_real_searches_go_through_the_whole_comparison_and_the_better_method_wins(tmp_path):
    problem, function = sphere()
    histories = []
    for name in ("cma-es", "random"):
        for seed in (1, 2):
            folder = tmp_path / f"{name} {seed}"
            budget = Budget(evaluations=400)
            search(problem, FunctionEvaluator(function), choose(name), budget, seed, folder)
            histories.append((folder, problem))
    searches, found = reduce_histories(histories)
    times = run_times(searches, found, tables.EVALUATION)
    distribution = run_time_distribution(searches, found, times).groupby(tables.METHOD)["share"]
    assert distribution.last()["cma-es"] > distribution.last()["random"] + 0.3
    (final, *_) = winners(searches, found, tables.EVALUATION, [1.0]).to_dict("records")
    assert (final[tables.METHOD], final["wins"]) == ("cma-es", 1.0)


def test_the_export_has_the_columns_that_iohanalyzer_asks_for(tmp_path):
    write_iohprofiler_csv(SEARCHES, IMPROVEMENTS, tmp_path / "runs.csv")
    table = pd.read_csv(tmp_path / "runs.csv")
    assert list(table.columns) == [
        "evaluations", "raw_y", "function_id", "algorithm_id", "dimension", "run_id",
    ]  # fmt: skip
    slow = table[(table["algorithm_id"] == "slow") & (table["run_id"] == 2)]
    assert slow["evaluations"].tolist() == [1, 150, 200]
    assert slow["raw_y"].tolist() == [10.0, 1.0, 1.0]
    assert set(table["function_id"]) == {"p"}
    assert set(table["dimension"]) == {3}
    ends_with_an_improvement = table[(table["algorithm_id"] == "slow") & (table["run_id"] == 1)]
    assert ends_with_an_improvement["evaluations"].tolist() == [1, 40, 100]
