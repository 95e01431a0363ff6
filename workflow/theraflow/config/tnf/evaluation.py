"""Config of the evaluation: the simulator's own noise, and what a surrogate saves in time."""

from typing import Literal

from theraflow.config.base import Section, WholeNumber, setting


class NoiseFloorConfig(Section):
    """Independent replicates: how far single simulations lie from the mean of their point.

    It is the error to expect of a predictor that knows these means; an estimate, no bound.
    """

    drawn_from: Literal["design", "test"] = setting(
        "where the points are drawn from: all points of the design, the same for every radius, or "
        "those that the surrogate of a radius is tested on",
        default="test",
    )
    points: WholeNumber = setting(
        "parameter points per radius; all, where there are fewer", unit="points", default=24, ge=1
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
