"""Config of the evaluation: the simulator's own noise, and what a surrogate saves in time."""

from theraflow.config.base import Section, WholeNumber, setting


class NoiseFloorConfig(Section):
    """Independent replicates whose spread is the error that no surrogate can beat."""

    points: WholeNumber = setting(
        "parameter points per radius, drawn from the design", unit="points", default=24, ge=1
    )
    replicates: WholeNumber = setting(
        "simulations of each point", unit="simulations", default=8, ge=2
    )


class TimingConfig(Section):
    """Simulations and inferences that are timed, on one CPU core."""

    simulations: WholeNumber = setting(
        "simulations per radius that are timed", unit="simulations", default=10, ge=1
    )
    inference_batch_size: WholeNumber = setting(
        "parameter sets predicted in one batch", unit="simulations", default=219, ge=1
    )
    repeats: WholeNumber = setting("repetitions of every timed inference", default=20, ge=1)


class EvaluationConfig(Section):
    """Evaluation of the surrogates."""

    noise_floor: NoiseFloorConfig = setting(
        "replicates for the noise floor", default=NoiseFloorConfig()
    )
    timing: TimingConfig = setting("simulation against inference", default=TimingConfig())
