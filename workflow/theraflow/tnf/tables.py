"""Column names and schemas of the tables of the TNF study, with units."""

from collections.abc import Mapping
from typing import Final

import pyarrow as pa

from theraflow.core.columns import field
from theraflow.work.ledger import schema

SIMULATION_ID: Final = "simulation_id"
TUMOR_RADIUS_UM: Final = "tumor_radius_um"
PULSE_PERIOD_MIN: Final = "pulse_period_min"
PULSE_DURATION_MIN: Final = "pulse_duration_min"
TNF_CONCENTRATION: Final = "tnf_concentration"
# Abrate et al. (2024), section III-B: 0.1009 to 1 TNF/um^3. No source gives a mass.
OF_STRONGEST_PULSE: Final = "relative to the paper's strongest pulse"
REPLICATE: Final = "replicate"
SEED: Final = "seed"
HORIZON_MIN: Final = "horizon_min"
ENGINE: Final = "engine"
TIME_MIN: Final = "time_min"
ALIVE: Final = "alive"
APOPTOTIC: Final = "apoptotic"
NECROTIC: Final = "necrotic"

PARAMETER_COLUMNS: Final = (PULSE_PERIOD_MIN, PULSE_DURATION_MIN, TNF_CONCENTRATION)
POINT_COLUMNS: Final = (TUMOR_RADIUS_UM, *PARAMETER_COLUMNS)
CELL_TYPES: Final = (ALIVE, APOPTOTIC, NECROTIC)

_RADIUS_FIELD: Final = field(TUMOR_RADIUS_UM, pa.int32(), "um", "initial tumour radius")
_PARAMETER_FIELDS: Final = (
    _RADIUS_FIELD,
    field(PULSE_PERIOD_MIN, pa.int32(), "min", "time between the starts of two TNF pulses"),
    field(PULSE_DURATION_MIN, pa.int32(), "min", "length of one TNF pulse"),
    field(TNF_CONCENTRATION, pa.float64(), "relative", f"TNF of a pulse, {OF_STRONGEST_PULSE}"),
    field(REPLICATE, pa.int32(), "", "number of the independent repetition, from 0"),
)
_ID_FIELD: Final = field(SIMULATION_ID, pa.string(), "", "content hash of the simulation")
_TIME_FIELD: Final = field(TIME_MIN, pa.int32(), "min", "simulated time")
_COUNT_FIELDS: Final = (
    field(ALIVE, pa.int32(), "cells", "living cells"),
    field(APOPTOTIC, pa.int32(), "cells", "apoptotic cells not yet removed"),
    field(NECROTIC, pa.int32(), "cells", "necrotic cells that have not lysed"),
)
_ENGINE_FIELD: Final = field(ENGINE, pa.string(), "", "simulator, its version and time steps")
TRAJECTORY_SCHEMA: Final = pa.schema(
    [
        _ID_FIELD,
        *_PARAMETER_FIELDS,
        field(SEED, pa.int64(), "", "seed of the simulation's random stream"),
        _ENGINE_FIELD,
        _TIME_FIELD,
        *_COUNT_FIELDS,
    ]
)
TRAJECTORY_COLUMNS: Final = tuple(TRAJECTORY_SCHEMA.names)

SIMULATION_LEDGER_SCHEMA: Final = pa.schema(
    [*schema.LEDGER_SCHEMA, *_PARAMETER_FIELDS, _ENGINE_FIELD]
)

PLAN_SCHEMA: Final = pa.schema(
    [
        field(schema.BATCH, pa.string(), "", "name of the batch"),
        *_PARAMETER_FIELDS,
        field(HORIZON_MIN, pa.int32(), "min", "simulated time"),
    ]
)

PART: Final = "part"
SPLIT_SCHEMA: Final = pa.schema(
    [
        _ID_FIELD,
        field(PART, pa.string(), "", "training, validation or test; a two-way split has two rows"),
    ]
)

EPOCH: Final = "epoch"
LEARNING_RATE: Final = "learning_rate"
TRAINING_LOSS: Final = "training_loss"
VALIDATION_LOSS: Final = "validation_loss"
GENERAL_HISTORY_SCHEMA: Final = pa.schema(
    [
        field(EPOCH, pa.int32(), "", "pass over the training simulations, from 1"),
        field(LEARNING_RATE, pa.float64(), "", "learning rate when the epoch began"),
        field(TRAINING_LOSS, pa.float64(), "", "mean loss of the training batches"),
        field(VALIDATION_LOSS, pa.float64(), "", "loss of the validation simulations"),
    ]
)
HISTORY_SCHEMA: Final = pa.schema([_RADIUS_FIELD, *GENERAL_HISTORY_SCHEMA])

RELATIVE_ERROR: Final = "relative_error_percent"
RELATIVE_ERROR_TOTALS: Final = "relative_error_totals_percent"
CELL_TYPE: Final = "cell_type"
MEAN_ABSOLUTE_ERROR: Final = "mean_absolute_error_cells"
PREDICTED: Final = "predicted_"

COMPARISON: Final = "comparison"
REPLICATE_VS_REPLICATE: Final = "replicate vs replicate"
REPLICATE_VS_MEAN: Final = "replicate vs mean"

LOWER: Final = "lower"
UPPER: Final = "upper"
_OF_INTERVAL: Final = " of its 95 % interval over draws of"


def _with_interval(
    name: str, unit: str, meaning: str, of: str = "points; null for a single one", **options: bool
) -> list[pa.Field]:
    ends = [
        field(f"{name}_{end}", pa.float64(), unit, f"{end} end{_OF_INTERVAL} {of}", nullable=True)
        for end in (LOWER, UPPER)
    ]
    return [field(name, pa.float64(), unit, meaning, **options), *ends]


POINTS: Final = "points"
_POINTS_FIELD: Final = field(POINTS, pa.int32(), "", "parameter points that are averaged over")
_ERROR_FIELDS: Final = (
    *_with_interval(RELATIVE_ERROR, "%", "error of the three counts, relative to all cells"),
    *_with_interval(RELATIVE_ERROR_TOTALS, "%", "relative error of the total count"),
)
_CELL_TYPE_FIELD: Final = field(CELL_TYPE, pa.string(), "", "alive, apoptotic or necrotic")
_CELL_ERROR_FIELDS: Final = (
    _CELL_TYPE_FIELD,
    *_with_interval(MEAN_ABSOLUTE_ERROR, "cells", "mean absolute error of the count"),
)
_COMPARISON_FIELD: Final = field(
    COMPARISON,
    pa.string(),
    "",
    "what a replicate is compared with: another one, or the mean of its point, were it known",
)
ERRORS_SCHEMA: Final = pa.schema([_RADIUS_FIELD, _POINTS_FIELD, _TIME_FIELD, *_ERROR_FIELDS])
CELL_ERRORS_SCHEMA: Final = pa.schema(
    [_RADIUS_FIELD, _POINTS_FIELD, _TIME_FIELD, *_CELL_ERROR_FIELDS]
)
NOISE_ERRORS_SCHEMA: Final = ERRORS_SCHEMA.append(_COMPARISON_FIELD)
NOISE_CELL_ERRORS_SCHEMA: Final = CELL_ERRORS_SCHEMA.append(_COMPARISON_FIELD)
PREDICTIONS_SCHEMA: Final = pa.schema(
    [
        _ID_FIELD,
        *_PARAMETER_FIELDS,
        _TIME_FIELD,
        *_COUNT_FIELDS,
        *(
            field(PREDICTED + name, pa.float64(), "cells", f"{name} cells as predicted")
            for name in CELL_TYPES
        ),
    ]
)

INTERVAL_OF: Final = "interval_of"
ONE_SIMULATION: Final = "one simulation"
MEAN_OF_SIMULATIONS: Final = "mean"
LEVEL: Final = "level_percent"
CALIBRATING: Final = "calibrating"
CHECKED: Final = "checked"
COVERAGE: Final = "coverage_percent"
INTERVAL_WIDTH: Final = "interval_width_cells"
COVERAGE_SCHEMA: Final = pa.schema(
    [
        _RADIUS_FIELD,
        field(INTERVAL_OF, pa.string(), "", "what lies within: one simulation, or the mean"),
        field(LEVEL, pa.float64(), "%", "share that the intervals are to hold"),
        _TIME_FIELD,
        _CELL_TYPE_FIELD,
        field(CALIBRATING, pa.int32(), "", "simulations of the radius that calibrate intervals"),
        field(CHECKED, pa.int32(), "", "test simulations, or points with replicates"),
        field(COVERAGE, pa.float64(), "%", "share of the counts, or of their means, within"),
        field(INTERVAL_WIDTH, pa.float64(), "cells", "mean width of the intervals"),
    ]
)

PREDICTED_MEAN: Final = "predicted_mean"
INTERVALS_SCHEMA: Final = pa.schema(
    [
        *_PARAMETER_FIELDS[:-1],
        _TIME_FIELD,
        _CELL_TYPE_FIELD,
        field(INTERVAL_OF, pa.string(), "", "what the interval holds: one simulation, or the mean"),
        field(LEVEL, pa.float64(), "%", "probability that it does"),
        field(PREDICTED_MEAN, pa.float64(), "cells", "mean count as predicted"),
        field(LOWER, pa.float64(), "cells", "lower end of the interval"),
        field(UPPER, pa.float64(), "cells", "upper end of the interval"),
    ]
)

SIMULATION_CPU_S: Final = "simulation_cpu_s"
INFERENCE_SINGLE_CPU_S: Final = "inference_single_cpu_s"
INFERENCE_BATCH_CPU_S: Final = "inference_batch_cpu_s"
TRAINING_DEVICE: Final = "training_device"
TRAINING_CPU_S: Final = "training_cpu_s"
TRAINING_GPU_S: Final = "training_gpu_s"
DATA_SIMULATIONS: Final = "data_simulations"
SPEEDUP: Final = "speedup"
BREAK_EVEN_SIMULATIONS: Final = "break_even_simulations"
_TIMING_FIELDS: Final = (
    *_with_interval(SIMULATION_CPU_S, "s", "CPU time of one simulation, mean", "simulations"),
    field(INFERENCE_SINGLE_CPU_S, pa.float64(), "s", "CPU time of one inference by itself"),
    *_with_interval(INFERENCE_BATCH_CPU_S, "s", "CPU time of one inference in a batch", "repeats"),
    field(TRAINING_DEVICE, pa.string(), "", "where the surrogate was trained: cpu or cuda"),
    field(TRAINING_CPU_S, pa.float64(), "s", "CPU time of the training"),
    field(TRAINING_GPU_S, pa.float64(), "s", "wall time in which the training held a GPU"),
    field(DATA_SIMULATIONS, pa.int32(), "", "simulations to train, validate and test"),
    field(SPEEDUP, pa.float64(), "", "simulation over inference in a batch"),
    *_with_interval(
        BREAK_EVEN_SIMULATIONS,
        "simulations",
        "results from which the surrogate takes less CPU time; empty after training on a GPU",
        "simulations and repeats",
        nullable=True,
    ),
)
TIMING_SCHEMA: Final = pa.schema([_RADIUS_FIELD, *_TIMING_FIELDS])

GENERAL: Final = "general_"
NOISE_FLOOR: Final = "noise_floor_"
BETWEEN_REPLICATES: Final = "between_replicates_"


def _mean_errors(prefix: str, of_what: str, *, nullable: bool = False) -> list[pa.Field]:
    return [
        field(
            f"{prefix}{name}",
            pa.float64(),
            "%",
            f"{of_what}, {metric}, mean over full hours",
            nullable=nullable,
        )
        for name, metric in ((RELATIVE_ERROR, "eq. 3"), (RELATIVE_ERROR_TOTALS, "total counts"))
    ]


SUMMARY_SCHEMA: Final = pa.schema(
    [
        _RADIUS_FIELD,
        *_mean_errors("", "error on the test simulations"),
        *_mean_errors(
            GENERAL,
            "error of the general surrogate on them; empty where there is none",
            nullable=True,
        ),
        *_mean_errors(NOISE_FLOOR, "expected error of one who knows the mean of each point"),
        *_mean_errors(BETWEEN_REPLICATES, "error of one replicate as the prediction of another"),
        *_TIMING_FIELDS,
    ]
)

FIRST_SIMULATOR: Final = "first_simulator"
SECOND_SIMULATOR: Final = "second_simulator"
FIRST_MEAN: Final = "first_mean"
SECOND_MEAN: Final = "second_mean"
DIFFERENCE: Final = "difference"
MARGIN: Final = "margin"
P_EQUIVALENCE: Final = "p_equivalence"
P_MEANS: Final = "p_means"
P_DISTRIBUTIONS: Final = "p_distributions"
ADJUSTED: Final = "_adjusted"
FIRST_RUNS: Final = "first_runs"
SECOND_RUNS: Final = "second_runs"
BETWEEN: Final = "first vs second"
WITHIN_FIRST: Final = "first vs first"
WITHIN_SECOND: Final = "second vs second"
EXCESS: Final = "excess"
P_EXCESS: Final = "p_excess"
VERDICT: Final = "verdict"

_SIMULATOR_FIELDS: Final = (
    field(FIRST_SIMULATOR, pa.string(), "", "simulator, or reference, that is compared with"),
    field(SECOND_SIMULATOR, pa.string(), "", "simulator that is compared, the study's engine"),
)
_RUNS_FIELDS: Final = (
    field(FIRST_RUNS, pa.int32(), "", "simulations of the first simulator"),
    field(SECOND_RUNS, pa.int32(), "", "simulations of the second simulator"),
)


def _interval_fields(unit: str, what: str, *, nullable: bool = False) -> list[pa.Field]:
    ends = [
        field(name, pa.float64(), unit, f"{name} end of its 90 % interval{what}", nullable=nullable)
        for name in (LOWER, UPPER)
    ]
    return [
        *ends,
        field(MARGIN, pa.float64(), unit, "largest absolute value that does not matter"),
    ]


def _p_fields(column: str, of_what: str) -> list[pa.Field]:
    return [
        field(column, pa.float64(), "", f"p-value of equal {of_what}"),
        field(column + ADJUSTED, pa.float64(), "", "the same after Holm, over all tests of a kind"),
    ]


_EQUIVALENCE_FIELD: Final = field(
    P_EQUIVALENCE,
    pa.float64(),
    "",
    "p-value of a difference beyond the margin; two one-sided tests",
)
AGREEMENT_DIFFERENCES_SCHEMA: Final = pa.schema(
    [
        *_SIMULATOR_FIELDS,
        *(_PARAMETER_FIELDS[:-1]),
        *_RUNS_FIELDS,
        _TIME_FIELD,
        _CELL_TYPE_FIELD,
        field(FIRST_MEAN, pa.float64(), "cells", "mean count of the first simulator"),
        field(SECOND_MEAN, pa.float64(), "cells", "mean count of the second simulator"),
        field(DIFFERENCE, pa.float64(), "cells", "second mean minus first"),
        *_interval_fields("cells", ""),
        *_p_fields(P_MEANS, "means"),
        *_p_fields(P_DISTRIBUTIONS, "distributions"),
    ]
)
AGREEMENT_BIASES_SCHEMA: Final = pa.schema(
    [
        *_SIMULATOR_FIELDS,
        _RADIUS_FIELD,
        _POINTS_FIELD,
        _TIME_FIELD,
        _CELL_TYPE_FIELD,
        field(DIFFERENCE, pa.float64(), "cells", "second mean minus first, averaged over points"),
        *_interval_fields("cells", ""),
        _EQUIVALENCE_FIELD,
        *_p_fields(P_MEANS, "means"),
    ]
)
AGREEMENT_ERRORS_SCHEMA: Final = pa.schema(
    [
        *_SIMULATOR_FIELDS,
        *(_PARAMETER_FIELDS[:-1]),
        field(COMPARISON, pa.string(), "", "whose simulations are compared with whose"),
        _TIME_FIELD,
        field(RELATIVE_ERROR, pa.float64(), "%", "R^T (eq. 3), mean over pairs of simulations"),
    ]
)
AGREEMENT_EXCESSES_SCHEMA: Final = pa.schema(
    [
        *_SIMULATOR_FIELDS,
        _RADIUS_FIELD,
        _POINTS_FIELD,
        *_RUNS_FIELDS,
        field(BETWEEN, pa.float64(), "%", "R^T between the two, mean over points and full hours"),
        field(WITHIN_FIRST, pa.float64(), "%", "the same within the first", nullable=True),
        field(WITHIN_SECOND, pa.float64(), "%", "the same within the second"),
        field(EXCESS, pa.float64(), "points", "R^T between the two minus the mean of that within"),
        *_interval_fields("points", "; null with fewer than three runs of a point", nullable=True),
        _EQUIVALENCE_FIELD,
        *_p_fields(P_EXCESS, "R^T between and within"),
        field(VERDICT, pa.string(), "", "agree, differ or not enough data"),
    ]
)

RESULT_TABLES: Final[Mapping[str, pa.Schema]] = {
    "tnf/dataset.parquet": TRAJECTORY_SCHEMA,
    "tnf/dataset.ledger.parquet": SIMULATION_LEDGER_SCHEMA,
    "tnf/dataset/{tumours}.parquet": TRAJECTORY_SCHEMA,
    "tnf/dataset/{tumours}.ledger.parquet": SIMULATION_LEDGER_SCHEMA,
    "tnf/dataset/{tumours}/{block}.parquet": TRAJECTORY_SCHEMA,
    "tnf/dataset/{tumours}/{block}.ledger.parquet": SIMULATION_LEDGER_SCHEMA,
    "tnf/batches/{tumours}/{batch}.parquet": TRAJECTORY_SCHEMA,
    "tnf/batches/{tumours}/{batch}.ledger.parquet": SIMULATION_LEDGER_SCHEMA,
    "tnf/plans/{tumours}.parquet": PLAN_SCHEMA,
    "tnf/noise_floor.parquet": TRAJECTORY_SCHEMA,
    "tnf/noise_floor.ledger.parquet": SIMULATION_LEDGER_SCHEMA,
    "tnf/surrogates/radius_{radius}um/split.parquet": SPLIT_SCHEMA,
    "tnf/surrogates/radius_{radius}um/history.parquet": HISTORY_SCHEMA,
    "tnf/surrogates/general/split.parquet": SPLIT_SCHEMA,
    "tnf/surrogates/general/history.parquet": GENERAL_HISTORY_SCHEMA,
    **{
        f"tnf/evaluation/{surrogate}/{of}{name}.parquet": schema
        for surrogate in ("radius_{radius}um", "general")
        for of in ("", "replicate_")
        for name, schema in (
            ("errors", ERRORS_SCHEMA),
            ("cell_errors", CELL_ERRORS_SCHEMA),
            ("predictions", PREDICTIONS_SCHEMA),
        )
    },
    "tnf/evaluation/radius_{radius}um/timing.parquet": TIMING_SCHEMA,
    "tnf/evaluation/general/coverage.parquet": COVERAGE_SCHEMA,
    "tnf/evaluation/noise_floor/errors.parquet": NOISE_ERRORS_SCHEMA,
    "tnf/evaluation/noise_floor/cell_errors.parquet": NOISE_CELL_ERRORS_SCHEMA,
    "tnf/evaluation/summary.csv": SUMMARY_SCHEMA,
    "tnf/validation/plans/{fingerprint}.parquet": PLAN_SCHEMA,
    "tnf/validation/batches/{fingerprint}/radius_{radius}um/{batch}.parquet": TRAJECTORY_SCHEMA,
    "tnf/validation/batches/{fingerprint}/radius_{radius}um/{batch}.ledger.parquet": (
        SIMULATION_LEDGER_SCHEMA
    ),
    "tnf/validation/differences.parquet": AGREEMENT_DIFFERENCES_SCHEMA,
    "tnf/validation/biases.parquet": AGREEMENT_BIASES_SCHEMA,
    "tnf/validation/errors.parquet": AGREEMENT_ERRORS_SCHEMA,
    "tnf/validation/excesses.parquet": AGREEMENT_EXCESSES_SCHEMA,
}
"""Paths below ``results``; ``{tumours}`` is ``radius_{radius}um``, or ``any_radius`` if drawn."""
