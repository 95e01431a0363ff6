"""Columns of the tables that searches make."""

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from theraflow.core.columns import field
from theraflow.search.evaluator import Status
from theraflow.search.problem import Problem

if TYPE_CHECKING:
    import pandas as pd

PROBLEM: Final = "problem"
EVALUATOR: Final = "evaluator"
METHOD: Final = "method"
SEED: Final = "seed"
EVALUATION: Final = "evaluation"
RESTART: Final = "restart"
WALL_S: Final = "wall_s"
CPU_S: Final = "cpu_s"
STATUS: Final = "status"
FEASIBLE: Final = "feasible"
VIOLATION: Final = "violation"

OBJECTIVE_PREFIX: Final = "objective."
TERM_PREFIX: Final = "term."
CONSTRAINT_PREFIX: Final = "constraint."
PARAMETER_PREFIX: Final = "parameter."

_NAME: Final = pa.dictionary(pa.int32(), pa.string())
STATUS_NAMES: Final = tuple(status.name.lower() for status in Status)

# One search: columns that are the same in all of its rows.
SEARCH_FIELDS: Final = (
    field(PROBLEM, _NAME, "", "id of the problem"),
    field(EVALUATOR, _NAME, "", "fingerprint of the evaluator"),
    field(METHOD, _NAME, "", "name of the method"),
    field(SEED, pa.int64(), "", "seed of the search"),
)


def evaluation_fields(problem: Problem) -> list[pa.Field]:
    """Return the columns of one evaluation, in the order in which a history holds them."""
    floats = pa.float64()
    return [
        field(EVALUATION, pa.int64(), "", "number of the evaluation; 1 is the reference"),
        field(RESTART, pa.int32(), "", "how often the method had started anew"),
        field(STATUS, pa.int8(), "", f"how it ended: {', '.join(STATUS_NAMES)}"),
        field(FEASIBLE, pa.bool_(), "", "evaluated, and violates no constraint"),
        field(WALL_S, floats, "s", "time of the search up to the end of this evaluation"),
        field(CPU_S, floats, "s", "CPU time of the search up to the end of this evaluation"),
        *(
            field(OBJECTIVE_PREFIX + each.name, floats, each.unit, "objective, minimised")
            for each in problem.objectives
        ),
        *(
            field(TERM_PREFIX + each.name, floats, each.unit, "term of objectives")
            for each in problem.terms
        ),
        *(
            field(CONSTRAINT_PREFIX + each.name, floats, each.unit, "g <= tolerance is feasible")
            for each in problem.constraints
        ),
        field(VIOLATION, floats, "", "sum of violations over their scales; infinite for failures"),
        *(
            field(PARAMETER_PREFIX + each.name, floats, each.unit, "number of the candidate")
            for each in problem.space.variables
        ),
    ]


def history_schema(problem: Problem) -> pa.Schema:
    """Return the columns in which the history of a search is read."""
    return pa.schema(
        [
            *SEARCH_FIELDS,
            *(
                each if each.name != STATUS else each.with_type(_NAME)
                for each in evaluation_fields(problem)
            ),
        ]
    )


DIMENSION: Final = "dimension"
EVALUATIONS: Final = "evaluations"
FEASIBLE_EVALUATIONS: Final = "feasible_evaluations"
FAILED_EVALUATIONS: Final = "failed_evaluations"
RESTARTS: Final = "restarts"
OBJECTIVE: Final = "objective"
REFERENCE_OBJECTIVE: Final = "reference_objective"
GAP: Final = "gap"
TARGET: Final = "target"
AXIS: Final = "axis"
BUDGET: Final = "budget"
RUN_TIME: Final = "run_time"
SPENT: Final = "spent"
HYPERVOLUME: Final = "hypervolume"

# What searches may be compared by: the columns of their rows that grow from row to row.
AXES: Final = (EVALUATION, WALL_S, CPU_S)

_NUMBER: Final = pa.float64()
_AXIS_FIELD: Final = field(AXIS, pa.string(), "", "what a budget counts: evaluation, wall_s, cpu_s")
_METHOD_FIELD: Final = SEARCH_FIELDS[2]
_GAP_MEANING: Final = "distance from the best known: 1 is the reference, 0 the best known"

SEARCHES: Final = pa.schema(
    [
        *SEARCH_FIELDS,
        field(DIMENSION, pa.int32(), "", "how many variables the problem has"),
        field(EVALUATIONS, pa.int64(), "", "evaluations of the search"),
        field(FEASIBLE_EVALUATIONS, pa.int64(), "", "evaluations that violate no constraint"),
        field(FAILED_EVALUATIONS, pa.int64(), "", "evaluations that failed"),
        field(RESTARTS, pa.int32(), "", "how often the method started anew"),
        field(WALL_S, _NUMBER, "s", "time of the search"),
        field(CPU_S, _NUMBER, "s", "CPU time of the search"),
        field(
            REFERENCE_OBJECTIVE,
            _NUMBER,
            "of the objective",
            "first objective of the reference; NaN where it is not feasible",
        ),
    ]
)

IMPROVEMENTS: Final = pa.schema(
    [
        *SEARCH_FIELDS,
        field(EVALUATION, pa.int64(), "", "evaluation that is better than all before"),
        field(WALL_S, _NUMBER, "s", "time of the search up to its end"),
        field(CPU_S, _NUMBER, "s", "CPU time of the search up to its end"),
        field(OBJECTIVE, _NUMBER, "of the objective", "its objective, the lowest so far"),
    ]
)

BEST_SO_FAR: Final = pa.schema(
    [
        _METHOD_FIELD,
        _AXIS_FIELD,
        field(BUDGET, _NUMBER, "of the axis", "budget spent"),
        field("searches", pa.int64(), "", "searches that the quantiles are taken over"),
        field("lower_quartile", _NUMBER, "", f"lower quartile of the {_GAP_MEANING}"),
        field("median", _NUMBER, "", f"median {_GAP_MEANING}"),
        field("upper_quartile", _NUMBER, "", f"upper quartile of the {_GAP_MEANING}"),
    ]
)

RUN_TIMES: Final = pa.schema(
    [
        *SEARCH_FIELDS,
        _AXIS_FIELD,
        field(TARGET, _NUMBER, "", f"gap to reach; {_GAP_MEANING}"),
        field(RUN_TIME, _NUMBER, "of the axis", "spent until then; infinite where not reached"),
        field(SPENT, _NUMBER, "of the axis", "spent until the target, or else in all"),
    ]
)

EXPECTED_RUN_TIMES: Final = pa.schema(
    [
        SEARCH_FIELDS[0],
        _METHOD_FIELD,
        _AXIS_FIELD,
        field(TARGET, _NUMBER, "", f"gap to reach; {_GAP_MEANING}"),
        field("searches", pa.int64(), "", "searches of this problem by this method"),
        field("successes", pa.int64(), "", "searches that reach the target"),
        field(
            "expected_run_time",
            _NUMBER,
            "of the axis",
            "all that is spent for each success (ERT); infinite without any",
        ),
    ]
)

RUN_TIME_DISTRIBUTION: Final = pa.schema(
    [
        _METHOD_FIELD,
        _AXIS_FIELD,
        field(BUDGET, _NUMBER, "of the axis", "budget spent"),
        field("share", _NUMBER, "", "share of targets of all searches reached by then"),
    ]
)

PAIRS: Final = pa.schema(
    [
        field("first", pa.string(), "", "a method"),
        field("second", pa.string(), "", "another method"),
        field("problems", pa.int64(), "", "problems that both have searched"),
        field("first_better", pa.int64(), "", "problems where the first is better"),
        field("second_better", pa.int64(), "", "problems where the second is better"),
        field("median_gain", _NUMBER, "of the value", "median of second less first"),
        field("gain_lower", _NUMBER, "of the value", "lower end of the median's interval"),
        field("gain_upper", _NUMBER, "of the value", "upper end of the median's interval"),
        field("effect_size", _NUMBER, "", "rank-biserial correlation: 1 if the first always wins"),
        field("p_value", _NUMBER, "", "Wilcoxon's signed-rank test, two-sided"),
        field("p_value_holm", _NUMBER, "", "p-value adjusted for all pairs by Holm's method"),
    ]
)

WINNERS: Final = pa.schema(
    [
        _AXIS_FIELD,
        field(BUDGET, _NUMBER, "of the axis", "budget spent by every search"),
        _METHOD_FIELD,
        field("wins", _NUMBER, "", "problems on which the method is best; ties are shared"),
        field("problems", pa.int64(), "", "problems that all of the methods have searched"),
    ]
)

HYPERVOLUMES: Final = pa.schema(
    [
        *SEARCH_FIELDS,
        field(EVALUATION, pa.int64(), "", "evaluations spent"),
        field(
            HYPERVOLUME, _NUMBER, "", "part of the box between ideal and worst that is dominated"
        ),
    ]
)

VERIFICATION: Final = pa.schema(
    [
        *SEARCH_FIELDS,
        field("verifier", _NAME, "", "fingerprint of the evaluator that verifies"),
        field("verifier_fidelity", _NAME, "", "how closely it computes"),
        field(STATUS, _NAME, "", "how its evaluation ended"),
        field(FEASIBLE, pa.bool_(), "", "whether it, too, finds the candidate feasible"),
        field(OBJECTIVE, _NUMBER, "of the objective", "objective by the evaluator that found it"),
        field("verified_objective", _NUMBER, "of the objective", "objective by the verifier"),
        field(GAP, _NUMBER, "of the objective", "verified objective less the one found"),
        field("relative_gap", _NUMBER, "", "gap, relative to the size of the verified objective"),
    ]
)


def as_table(frame: "pd.DataFrame", schema: pa.Schema) -> pa.Table:
    """Give a table the columns, types and meanings of its schema."""
    return pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
