"""Columns of the tables that searches make."""

from typing import Final

import pyarrow as pa

from theraflow.core.columns import field
from theraflow.search.evaluator import Status
from theraflow.search.problem import Problem

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
