"""Section ``tnf.validation``: whether the engine of the study agrees with another simulator."""

from pathlib import Path

from theraflow.config.base import Section, WholeNumber, setting
from theraflow.config.tnf.engines import AnyEngineConfig


class MarginsConfig(Section):
    """Differences between two simulators that do not matter.

    Two simulators agree when all differences lie within these margins with 95 % confidence.
    """

    bias_counting_noises: float = setting(
        "bias of a mean count, in counting noises: square roots of the number of all cells then",
        default=0.5,
        gt=0.0,
    )
    bias_percent: float = setting(
        "bias of a mean count as a share of all cells then, where that is more",
        unit="%",
        default=1.0,
        ge=0.0,
    )
    excess_percent: float = setting(
        "excess of R^T between simulators over that within them, as a share of the latter",
        unit="%",
        default=10.0,
        gt=0.0,
    )
    excess_points: float = setting(
        "the same excess, where that is more", unit="points", default=0.5, ge=0.0
    )


class ValidationConfig(Section):
    """Comparison of the study's engine with another, for the target `validate_engines`.

    With neither a reference nor a second engine, there is none.
    """

    reference_file: Path | None = setting(
        "trajectories of the other simulator (Parquet), with replicates; the engine is compared "
        "at its points; relative to the working directory, else to the repository",
        default=None,
    )
    second_engine: AnyEngineConfig | None = setting(
        "the other engine, compared at points of the design; give it or `reference_file`",
        default=None,
    )
    points: WholeNumber = setting(
        "parameter points per radius, at most", unit="points", default=4, ge=1
    )
    replicates: WholeNumber = setting(
        "simulations of each point, by each engine", unit="simulations", default=32, ge=2
    )
    margins: MarginsConfig = setting("differences that do not matter", default=MarginsConfig())

    @property
    def is_wanted(self) -> bool:
        """Whether there is anything to compare the engine with."""
        return self.reference_file is not None or self.second_engine is not None
