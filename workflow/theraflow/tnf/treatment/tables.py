"""Columns of the tables of treatments."""

from collections.abc import Mapping
from typing import Final

import pyarrow as pa

from theraflow.core.columns import field
from theraflow.tnf import tables

TARGET: Final = "target"
HORIZON_MIN: Final = "horizon_min"
SEARCH: Final = "search"
METHOD: Final = "method"
SEED: Final = "seed"
EVALUATOR: Final = "evaluator"
EVALUATIONS: Final = "evaluations"
CPU_S: Final = "cpu_s"
KIND: Final = "kind"
PREDICTED_OBJECTIVE: Final = "predicted_objective"
PREDICTED_CELLS_LEFT: Final = "predicted_cells_left"
PREDICTED_DEVIATION: Final = "predicted_deviation"
TNF_GIVEN: Final = "tnf_given"

RANK: Final = "rank"
PREDICTED_RANK: Final = "predicted_rank"
INITIAL_CELLS: Final = "initial_cells"
PREDICTED_LIVING_CELLS: Final = "predicted_living_cells"
SIMULATED_LIVING_CELLS: Final = "simulated_living_cells"
STANDARD_ERROR: Final = "simulated_standard_error"
SIMULATED_LOWER: Final = "simulated_lower"
SIMULATED_UPPER: Final = "simulated_upper"
REPLICATES: Final = "replicates"
SIMULATED_CELLS_LEFT: Final = "simulated_cells_left"
SIMULATED_OBJECTIVE: Final = "simulated_objective"
DIFFERENCE: Final = "difference"
IS_OUTSIDE: Final = "is_outside"

TREATMENTS: Final = "treatments"
MEAN_DIFFERENCE: Final = "mean_difference"
MEAN_DIFFERENCE_ERROR: Final = "mean_difference_standard_error"
OUTSIDE: Final = "outside"
FIRST_PREDICTED: Final = "first_predicted_living_cells"
FIRST_SIMULATED: Final = "first_simulated_living_cells"
CHOSEN_SIMULATED: Final = "chosen_simulated_living_cells"
VERDICT: Final = "verdict"

BEST: Final = "best"
FRONT: Final = "front"

_NUMBER: Final = pa.float64()
_RELATIVE: Final = "relative"
_PERIOD, _DURATION, _CONCENTRATION = (
    tables.TRAJECTORY_SCHEMA.field(name) for name in tables.PARAMETER_COLUMNS
)
_TREATMENT_FIELDS: Final = (_PERIOD, _DURATION, _CONCENTRATION)
_RADIUS_FIELD: Final = field(
    tables.TUMOR_RADIUS_UM,
    pa.int32(),
    "um",
    "initial tumour radius; of several the one with the most cells left",
)
_TARGET_FIELDS: Final = (
    field(TARGET, pa.string(), "", "radius, or radii, that the treatment is for"),
    field(HORIZON_MIN, pa.int32(), "min", "time at which living cells are counted"),
)
_EVALUATOR_FIELD: Final = field(
    EVALUATOR,
    pa.string(),
    "",
    "what found the treatment: separate surrogates, the general one, the engine, or refined: the "
    "engine, from what simulations had chosen",
)
_KIND_FIELD: Final = field(
    KIND, pa.string(), "", "best: of the objective; front: of cells left against TNF given"
)
_SEARCH_FIELDS: Final = (
    field(SEARCH, pa.string(), "", "name of the search in the config"),
    field(METHOD, pa.string(), "", "its method"),
    field(SEED, pa.int64(), "", "its seed"),
)
_PREDICTION_FIELDS: Final = (
    field(
        PREDICTED_OBJECTIVE, _NUMBER, _RELATIVE, "objective by the evaluator that the search used"
    ),
    field(PREDICTED_CELLS_LEFT, _NUMBER, _RELATIVE, "living cells over those at the start"),
    field(
        PREDICTED_DEVIATION,
        _NUMBER,
        _RELATIVE,
        "standard deviation of this mean; 0 where it is unknown",
    ),
    field(
        TNF_GIVEN,
        _NUMBER,
        _RELATIVE,
        "concentration x on-time, over always on at 1",
    ),
)

CANDIDATES_SCHEMA: Final = pa.schema(
    [
        *_TARGET_FIELDS,
        _EVALUATOR_FIELD,
        *_SEARCH_FIELDS,
        field(EVALUATIONS, pa.int64(), "", "treatments that the search evaluated"),
        field(CPU_S, _NUMBER, "s", "CPU time of the search"),
        _KIND_FIELD,
        *_TREATMENT_FIELDS,
        *_PREDICTION_FIELDS,
    ]
)

TREATMENTS_SCHEMA: Final = pa.schema(
    [
        *_TARGET_FIELDS,
        _EVALUATOR_FIELD,
        _KIND_FIELD,
        field(
            RANK,
            pa.int32(),
            "",
            "place by simulation, 1 is the best; of a front: by the TNF given, from the least",
        ),
        field(PREDICTED_RANK, pa.int32(), "", "place among the same by prediction"),
        *_SEARCH_FIELDS,
        _RADIUS_FIELD,
        *_TREATMENT_FIELDS,
        field(
            TNF_GIVEN,
            _NUMBER,
            _RELATIVE,
            "concentration x on-time, over always on at 1",
        ),
        field(INITIAL_CELLS, _NUMBER, "cells", "living cells at the start"),
        field(
            PREDICTED_LIVING_CELLS,
            _NUMBER,
            "cells",
            "living cells at the horizon by the evaluator that the search used",
        ),
        field(
            PREDICTED_DEVIATION,
            _NUMBER,
            "cells",
            "standard deviation of this mean; 0 where it is unknown",
        ),
        field(SIMULATED_LIVING_CELLS, _NUMBER, "cells", "the same, simulated anew: mean"),
        field(STANDARD_ERROR, _NUMBER, "cells", "standard error of the simulated mean"),
        field(SIMULATED_LOWER, _NUMBER, "cells", "lower end of its 95 % interval"),
        field(SIMULATED_UPPER, _NUMBER, "cells", "upper end of its 95 % interval"),
        field(REPLICATES, pa.int32(), "", "simulations that the mean is of"),
        field(SIMULATED_CELLS_LEFT, _NUMBER, _RELATIVE, "simulated mean over the cells at start"),
        field(PREDICTED_OBJECTIVE, _NUMBER, _RELATIVE, "objective as predicted"),
        field(
            SIMULATED_OBJECTIVE,
            _NUMBER,
            _RELATIVE,
            "objective as simulated",
        ),
        field(DIFFERENCE, _NUMBER, "cells", "predicted minus simulated living cells"),
        field(IS_OUTSIDE, pa.bool_(), "", "whether the prediction lies outside of the interval"),
    ]
)

OPTIMISM_SCHEMA: Final = pa.schema(
    [
        *_TARGET_FIELDS,
        _EVALUATOR_FIELD,
        _RADIUS_FIELD,
        field(TREATMENTS, pa.int32(), "", "best treatments that were simulated again"),
        field(
            MEAN_DIFFERENCE,
            _NUMBER,
            "cells",
            "predicted minus simulated living cells, mean over them; below 0 is optimism",
        ),
        field(
            MEAN_DIFFERENCE_ERROR,
            _NUMBER,
            "cells",
            "its standard error, from the replicates and what the evaluator is unsure of",
        ),
        field(OUTSIDE, pa.int32(), "", "predictions outside of the simulations' 95 % interval"),
        field(FIRST_PREDICTED, _NUMBER, "cells", "prediction for the first by prediction"),
        field(FIRST_SIMULATED, _NUMBER, "cells", "simulated mean of the same treatment"),
        field(CHOSEN_SIMULATED, _NUMBER, "cells", "simulated mean of the first by simulation"),
        field(
            VERDICT,
            pa.string(),
            "",
            "over-optimistic, pessimistic, or no bias seen, at two standard errors",
        ),
    ]
)

COMPARISON_TABLES: Final[Mapping[str, pa.Schema]] = {
    "treatments": TREATMENTS_SCHEMA,
    "optimism": OPTIMISM_SCHEMA,
}

RESULT_TABLES: Final[Mapping[str, pa.Schema]] = {
    "tnf/treatment/{target}/{search}-{seed}.parquet": CANDIDATES_SCHEMA,
    "tnf/treatment/{target}/{evaluator}.verified.parquet": TREATMENTS_SCHEMA,
    **{
        f"tnf/treatment/{name}.{form}": schema
        for name, schema in COMPARISON_TABLES.items()
        for form in ("parquet", "csv")
    },
}
"""Every table that this part of the study writes, by its path below ``results``."""
