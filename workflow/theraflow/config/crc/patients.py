"""Section ``crc.patients``: the virtual population."""

from typing import Literal

from theraflow.config.base import Section, WholeNumber, setting

Definition = Literal[
    "below_single_drugs",
    "shrunken_at_horizon",
    "best_change",
    "below_untreated",
    "both_drugs_contribute",
    "some_arm_shrinks",
    "some_arm_below_untreated",
]


class ResponderConfig(Section):
    """Which admissible patients count as responders to the reference therapy."""

    definition: Definition = setting(
        "at the horizon, the diameter under both drugs is below that of the better single drug; "
        "below that at therapy start; was once below that at therapy start; is below that of the "
        "untreated tumour; under each drug alone is below that of the untreated tumour; under the "
        "best of the single drugs and both is below that at therapy start; or below that of the "
        "untreated tumour. The last two keep patients whom one drug alone serves better than both",
        default="below_single_drugs",
    )
    reduction_percent: float = setting(
        "smallest such reduction of the diameter", unit="percent", default=10, ge=0, le=100
    )


class PatientsConfig(Section):
    """The virtual population."""

    parameters_file: str = setting(
        "table of the sampled parameters and their distributions",
        default="resources/crc_qsp/patient_parameters.csv",
    )
    candidates: int = setting(
        "sampled parameter sets (Latin hypercubes, one per batch)",
        unit="patients",
        default=100_000,
        ge=1,
    )
    seed: int = setting("seed of the sample", default=1, ge=0, lt=2**31)
    batch_size: int = setting(
        "candidates that one job grows; it decides which candidates there are",
        unit="patients",
        default=5000,
        ge=1,
    )
    grower: Literal["compiled", "copasi"] = setting(
        "what grows the candidates. compiled: machine code made from the model, a hundred times "
        "faster; COPASI grows the responders once more and must agree, or they are rejected. "
        "copasi: COPASI grows all of them, for models that cannot be compiled",
        default="compiled",
    )
    growth_limit_days: float = setting(
        "time within which the tumour must reach its initial diameter",
        unit="days",
        default=8000,
        gt=0,
    )
    growth_time_limit_s: float | None = setting(
        "wall time after which COPASI's growth of a candidate is ended and counts as timed out; "
        "null for none",
        unit="s",
        default=None,
        gt=0,
    )
    max_failed_fraction: float = setting(
        "share of a batch's candidates whose growth may fail before the batch fails; candidates "
        "that grow but are not plausible do not count",
        default=1.0,
        ge=0,
        le=1,
    )
    max_failed_growths: WholeNumber | None = setting(
        "growths of the whole campaign that may fail before its jobs stop growing; null for no "
        "limit",
        default=None,
        ge=0,
    )
    responder: ResponderConfig = setting("definition of a responder", default=ResponderConfig())
    responders: int = setting(
        "responders for whom therapies are searched", unit="patients", default=25, ge=1
    )
