"""Section ``tnf``: the study of a tumour spheroid under pulsed TNF."""

from typing import Literal, Self

from pydantic import field_validator, model_validator

from theraflow.config.base import Section, WholeNumber, setting
from theraflow.config.figures import FiguresConfig
from theraflow.config.tnf.active_learning import ActiveLearningConfig
from theraflow.config.tnf.agreement import ValidationConfig
from theraflow.config.tnf.designs import Design, PaperDesign, TreatmentRegion, TumorRadius
from theraflow.config.tnf.engines import AnyEngineConfig
from theraflow.config.tnf.engines import EngineConfig as EngineConfig
from theraflow.config.tnf.evaluation import EvaluationConfig
from theraflow.config.tnf.ranges import (
    DEFAULT_HORIZON_MIN,
    HORIZON_RANGE_MIN,
    HORIZON_STEP_MIN,
)
from theraflow.config.tnf.snapshots import SnapshotsConfig
from theraflow.config.tnf.surrogates import SurrogatesConfig
from theraflow.config.tnf.treatment import TreatmentConfig


class BatchesConfig(Section):
    """How simulations are packed into jobs."""

    target_cpu_minutes: float = setting(
        "CPU time that one batch should take; it decides how many simulations a batch holds",
        unit="min",
        default=15.0,
        gt=0.0,
        le=1440.0,
    )
    threads: WholeNumber | None = setting(
        "simulations of a batch that run at a time; null: one; but on one machine, where other "
        "cores would long be idle beside the last batch, as many as it has cores for",
        default=None,
        ge=1,
        le=256,
    )
    max_failed_fraction: float = setting(
        "share of a batch's simulations that may fail before the batch fails",
        default=0.0,
        ge=0.0,
        le=1.0,
    )
    max_failed_simulations: WholeNumber | None = setting(
        "simulations of the whole campaign that may fail before its jobs stop simulating; null for "
        "no limit",
        default=None,
        ge=0,
    )
    simulation_time_limit_s: float | None = setting(
        "wall time after which a simulation is ended and counts as timed out; null for none",
        unit="s",
        default=None,
        gt=0.0,
    )


class TnfConfig(Section):
    """The study of Abrate et al. (2024): simulations, surrogates and their evaluation."""

    tumor_radii_um: tuple[TumorRadius, ...] = setting(
        "initial tumour radii; each has its own simulations and its own surrogate",
        unit="um",
        default=(50, 100, 275, 400),
        min_length=1,
    )
    designs: tuple[Design, ...] = setting(
        "which treatments are simulated: blocks of points, joined; of equal points the first "
        "is kept",
        default=(PaperDesign(),),
        min_length=1,
    )
    horizon_min: WholeNumber = setting(
        "simulated time; a longer one begins with the counts of the shorter one",
        unit="min",
        default=DEFAULT_HORIZON_MIN,
        neutral=DEFAULT_HORIZON_MIN,
        ge=HORIZON_RANGE_MIN[0],
        le=HORIZON_RANGE_MIN[1],
        multiple_of=HORIZON_STEP_MIN,
    )
    replicates: WholeNumber = setting(
        "independent repetitions of each point, each with its own seed", default=1, ge=1, le=10_000
    )
    base_seed: WholeNumber = setting(
        "seed from which those of all simulations derive", default=1, ge=0
    )
    dataset_tables: Literal["joined", "radii", "blocks"] = setting(
        "how the data set is stored: `radii` is a folder of tables, one for each radius; `joined` "
        "also joins them to `results/tnf/dataset.parquet`, which nothing else of the study reads; "
        "`blocks` is one table for each radius and design block, for campaigns of many millions",
        default="joined",
        neutral="joined",
    )
    active_learning: ActiveLearningConfig = setting(
        "simulations added where surrogates are unsure",
        default=ActiveLearningConfig(),
        neutral=ActiveLearningConfig(),
    )
    engine: AnyEngineConfig = setting("the simulator", default=EngineConfig())
    batches: BatchesConfig = setting("simulations per job", default=BatchesConfig())
    surrogates: SurrogatesConfig = setting(
        "the models that learn the simulator", default=SurrogatesConfig()
    )
    evaluation: EvaluationConfig = setting(
        "how surrogates are evaluated against simulations", default=EvaluationConfig()
    )
    treatment: TreatmentConfig = setting(
        "treatments searched on the surrogates, and proven by simulation",
        default_factory=TreatmentConfig,
    )
    validation: ValidationConfig = setting(
        "how the engine is compared with another simulator", default=ValidationConfig()
    )
    snapshots: SnapshotsConfig = setting(
        "the tumours that are drawn", default=SnapshotsConfig(), neutral=SnapshotsConfig()
    )
    figures: FiguresConfig = setting("appearance of the figures", default=FiguresConfig())

    @field_validator("tumor_radii_um")
    @classmethod
    def _radii_are_unique(cls, radii: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(radii)) < len(radii):
            raise ValueError("give each radius once")
        return radii

    @model_validator(mode="after")
    def _pulses_fit_the_horizon(self) -> Self:
        regions: dict[str, TreatmentRegion] = {
            f"designs[{index}]": design for index, design in enumerate(self.designs)
        }
        if self.active_learning.rounds:
            regions["active_learning.candidates"] = self.active_learning.candidates
        for region, design in regions.items():
            for name in ("pulse_period_min", "pulse_duration_min"):
                longest_min = getattr(design, name)[1]
                if longest_min > self.horizon_min:
                    raise ValueError(
                        f"{region}.{name} = {longest_min}: longer than horizon_min "
                        f"({self.horizon_min}); shorten the pulses, or simulate longer"
                    )
        return self

    @model_validator(mode="after")
    def _snapshots_fit_the_horizon(self) -> Self:
        snapshots = self.snapshots
        if snapshots.pulse_period_min > self.horizon_min:
            raise ValueError(
                f"snapshots.pulse_period_min = {snapshots.pulse_period_min}: longer than "
                f"horizon_min ({self.horizon_min}); shorten it, or simulate longer"
            )
        if max(snapshots.times_min or (0,)) > self.horizon_min:
            raise ValueError(
                f"snapshots.times_min = {list(snapshots.times_min or ())}: after horizon_min "
                f"({self.horizon_min}); take earlier ones, or simulate longer"
            )
        return self

    @model_validator(mode="after")
    def _every_treated_radius_has_a_surrogate(self) -> Self:
        treatment = self.treatment
        asked = {*(treatment.radii_um or ()), *treatment.worst_case_radii_um}
        missing = sorted(asked - set(self.tumor_radii_um))
        beyond = [
            radius
            for radius in missing
            if not min(self.tumor_radii_um) < radius < max(self.tumor_radii_um)
        ]
        for name, search in treatment.searches.items():
            if search.evaluator == "general" and not self.surrogates.general_surrogate:
                raise ValueError(
                    f"treatment: search {name} needs the general surrogate; set "
                    "surrogates.general_surrogate to true, or choose another evaluator"
                )
            if search.evaluator == "separate" and treatment.objective.caution:
                raise ValueError(
                    f"treatment: search {name} is by surrogates that do not tell how sure they "
                    "are; set objective.caution to 0, or choose evaluator general"
                )
            unknown = {"separate": missing, "general": beyond}.get(search.evaluator)
            if unknown:
                raise ValueError(
                    f"treatment: search {name} needs a surrogate of radius {unknown[0]} um; add "
                    "the radius to tumor_radii_um, or choose another evaluator"
                )
        return self
