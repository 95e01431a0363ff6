"""Column names and schemas of the tables of the TNF study, with units."""

from typing import Final

import pyarrow as pa

from theraflow.core.columns import field
from theraflow.work.ledger import schema

SIMULATION_ID: Final = "simulation_id"
TUMOR_RADIUS_UM: Final = "tumor_radius_um"
PULSE_PERIOD_MIN: Final = "pulse_period_min"
PULSE_DURATION_MIN: Final = "pulse_duration_min"
TNF_CONCENTRATION: Final = "tnf_concentration"
REPLICATE: Final = "replicate"
SEED: Final = "seed"
ENGINE: Final = "engine"
TIME_MIN: Final = "time_min"
ALIVE: Final = "alive"
APOPTOTIC: Final = "apoptotic"
NECROTIC: Final = "necrotic"


PARAMETER_COLUMNS: Final = (PULSE_PERIOD_MIN, PULSE_DURATION_MIN, TNF_CONCENTRATION)
POINT_COLUMNS: Final = (TUMOR_RADIUS_UM, *PARAMETER_COLUMNS)
CELL_TYPES: Final = (ALIVE, APOPTOTIC, NECROTIC)


_PARAMETER_FIELDS: Final = (
    field(TUMOR_RADIUS_UM, pa.int32(), "um", "initial tumour radius"),
    field(PULSE_PERIOD_MIN, pa.int32(), "min", "time between the starts of two TNF pulses"),
    field(PULSE_DURATION_MIN, pa.int32(), "min", "length of one TNF pulse"),
    field(TNF_CONCENTRATION, pa.float64(), "relative", "TNF concentration of a pulse"),
    field(REPLICATE, pa.int32(), "", "number of the independent repetition, from 0"),
)
_ENGINE_FIELD: Final = field(ENGINE, pa.string(), "", "simulator, its version and time steps")
TRAJECTORY_SCHEMA: Final = pa.schema(
    [
        field(SIMULATION_ID, pa.string(), "", "content hash of the simulation"),
        *_PARAMETER_FIELDS,
        field(SEED, pa.int64(), "", "seed of the simulation's random stream"),
        _ENGINE_FIELD,
        field(TIME_MIN, pa.int32(), "min", "simulated time"),
        field(ALIVE, pa.int32(), "cells", "living cells"),
        field(APOPTOTIC, pa.int32(), "cells", "apoptotic cells not yet removed"),
        field(NECROTIC, pa.int32(), "cells", "necrotic cells that have not lysed"),
    ]
)
TRAJECTORY_COLUMNS: Final = tuple(TRAJECTORY_SCHEMA.names)

SIMULATION_LEDGER_SCHEMA: Final = pa.schema(
    [*schema.LEDGER_SCHEMA, *_PARAMETER_FIELDS, _ENGINE_FIELD]
)

RELATIVE_ERROR: Final = "relative_error_percent"
RELATIVE_ERROR_TOTALS: Final = "relative_error_totals_percent"
CELL_TYPE: Final = "cell_type"
MEAN_ABSOLUTE_ERROR: Final = "mean_absolute_error_cells"
PREDICTED: Final = "predicted_"

COMPARISON: Final = "comparison"
REPLICATE_VS_REPLICATE: Final = "replicate vs replicate"
REPLICATE_VS_MEAN: Final = "replicate vs mean of others"

EPOCH: Final = "epoch"
LEARNING_RATE: Final = "learning_rate"
TRAINING_LOSS: Final = "training_loss"
VALIDATION_LOSS: Final = "validation_loss"

SIMULATION_CPU_S: Final = "simulation_cpu_s"
INFERENCE_SINGLE_CPU_S: Final = "inference_single_cpu_s"
INFERENCE_BATCH_CPU_S: Final = "inference_batch_cpu_s"
TRAINING_CPU_S: Final = "training_cpu_s"
DATA_SIMULATIONS: Final = "data_simulations"
SPEEDUP: Final = "speedup"
BREAK_EVEN_SIMULATIONS: Final = "break_even_simulations"

FIRST_SIMULATOR: Final = "first_simulator"
SECOND_SIMULATOR: Final = "second_simulator"
FIRST_MEAN: Final = "first_mean"
SECOND_MEAN: Final = "second_mean"
DIFFERENCE: Final = "difference"
LOWER: Final = "lower"
UPPER: Final = "upper"
P_MEANS: Final = "p_means"
P_DISTRIBUTIONS: Final = "p_distributions"
ADJUSTED: Final = "_adjusted"
POINTS: Final = "points"
FIRST_RUNS: Final = "first_runs"
SECOND_RUNS: Final = "second_runs"
BETWEEN: Final = "first vs second"
WITHIN_FIRST: Final = "first vs first"
WITHIN_SECOND: Final = "second vs second"
EXCESS: Final = "excess"
P_EXCESS: Final = "p_excess"
