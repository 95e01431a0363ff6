"""Section ``tnf.validation``: the engine of the study held against another simulator."""

from pathlib import Path

from theraflow.config.base import Section, WholeNumber, setting
from theraflow.config.tnf.engines import AnyEngineConfig


class ValidationConfig(Section):
    """Comparison of the study's engine with another, for the target `validate_engines`.

    With neither a reference nor a second engine, there is none.
    """

    reference_file: Path | None = setting(
        "trajectories of the other simulator (Parquet), with replicates; the engine is compared "
        "at its points",
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
        "simulations of each point, by each engine", unit="simulations", default=16, ge=2
    )

    @property
    def is_wanted(self) -> bool:
        """Whether there is anything to compare the engine with."""
        return self.reference_file is not None or self.second_engine is not None
