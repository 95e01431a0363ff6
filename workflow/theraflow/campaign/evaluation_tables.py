"""Column names of the tables that hold surrogates against simulations."""

from typing import Final

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
