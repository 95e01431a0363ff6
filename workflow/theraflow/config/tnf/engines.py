"""Section ``tnf.engine``: the simulator, ours or the original program."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from theraflow.config.base import Section, WholeNumber, setting

TimeSteps = Literal["exact", "fast"]
Dimension = Literal[2, 3]


class EngineConfig(Section):
    """The embedded engine and the model that it runs."""

    name: Literal["embedded"] = setting("simulator", default="embedded")
    dimension: Dimension = setting(
        "of space: the tumour starts as a disc or as a sphere", default=2, neutral=2
    )
    time_steps: TimeSteps = setting(
        "`exact`: the time steps of the original program; `fast`: longer ones with the same "
        "statistics",
        default="fast",
    )
    model_file: Path = setting(
        "constants of the model, with units", default=Path("resources/tnf_spheroid/model.yaml")
    )
    network_file: Path = setting(
        "Boolean network, in MaBoSS's format", default=Path("resources/tnf_spheroid/network.bnd")
    )
    network_config_file: Path = setting(
        "rates and initial state of the Boolean network, in MaBoSS's format",
        default=Path("resources/tnf_spheroid/network.cfg"),
    )

    @property
    def cores_per_simulation(self) -> int:
        """How many cores a simulation keeps busy."""
        return 1


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str | int) else value


ElementPaths = Annotated[
    tuple[str, ...],
    BeforeValidator(_as_tuple, json_schema_input_type=str | tuple[str, ...]),
    Field(min_length=1),
]
Codes = Annotated[
    tuple[WholeNumber, ...],
    BeforeValidator(_as_tuple, json_schema_input_type=int | tuple[int, ...]),
]


class SettingsMapping(Section):
    """Where the settings file of PhysiBoSS holds what a study decides: a path, or a list of paths.

    Every element that a path leads to is set.
    """

    tumor_radius: ElementPaths = setting("tumour radius", default=("user_parameters/tumor_radius",))
    pulse_period: ElementPaths = setting("pulse period", default=("user_parameters/time_add_tnf",))
    pulse_duration: ElementPaths = setting(
        "pulse duration", default=("user_parameters/duration_add_tnf",)
    )
    tnf_concentration: ElementPaths = setting(
        "TNF concentration of a pulse", default=("user_parameters/concentration_tnf",)
    )
    random_seed: ElementPaths = setting(
        "seed, a whole number below 2^31", default=("user_parameters/random_seed",)
    )
    simulated_time: ElementPaths = setting("simulated time", default=("overall/max_time",))
    output_folder: ElementPaths = setting("folder of the output", default=("save/folder",))
    output_interval: ElementPaths = setting(
        "time between two outputs", default=("save/full_data/interval",)
    )
    output_enabled: ElementPaths = setting(
        "whether output is written", default=("save/full_data/enable",)
    )
    drawing_enabled: ElementPaths = setting(
        "whether drawings are written; may be absent from the file", default=("save/SVG/enable",)
    )
    threads: ElementPaths = setting("OpenMP threads", default=("parallel/omp_num_threads",))
    use_2d: ElementPaths = setting("whether space has two dimensions", default=("domain/use_2D",))
    lowest_z: ElementPaths = setting("lower end of the domain in z", default=("domain/z_min",))
    highest_z: ElementPaths = setting("upper end of the domain in z", default=("domain/z_max",))
    network_file: ElementPaths = setting(
        "Boolean network (.bnd); may be absent from the file", default=("user_parameters/bnd_file",)
    )
    network_config_file: ElementPaths = setting(
        "its rates and initial state (.cfg); may be absent from the file",
        default=("user_parameters/cfg_file",),
    )


class PhaseCodes(Section):
    """Which phases count as what: the codes in the output's row `current_phase`, one or a list."""

    alive: Codes = setting("living cells", default=(14,), min_length=1)
    apoptotic: Codes = setting("apoptotic cells", default=(100,))
    necrotic: Codes = setting("necrotic cells, still swelling", default=(101,))
    lysed: Codes = setting("necrotic cells that have burst; they are not counted", default=(102,))

    @model_validator(mode="after")
    def _means_one_thing(self) -> Self:
        codes = Counter([*self.alive, *self.apoptotic, *self.necrotic, *self.lysed])
        twice = [code for code, times in codes.items() if times > 1]
        if twice:
            raise ValueError(f"give phase {twice[0]} once")
        return self


class PhysibossConfig(Section):
    """The original program, PhysiBoSS, as the user has built it; see `docs/physiboss.md`."""

    name: Literal["physiboss"] = setting("simulator", default="physiboss")
    executable: Path = setting("the program; with `container` it may be a path inside the image")
    settings: Path = setting(
        "its `PhysiCell_settings.xml`; every simulation gets a copy in which only the mapped keys "
        "differ"
    )
    network_file: Path | None = setting(
        "Boolean network (.bnd); null: the one that the settings name", default=None
    )
    network_config_file: Path | None = setting(
        "its rates and initial state (.cfg); null: those that the settings name", default=None
    )
    container: Path | None = setting(
        "Apptainer or Singularity image in which the program runs", default=None
    )
    dimension: Dimension = setting("of space", default=2)
    z_range_um: tuple[float, float] | None = setting(
        "extent of the domain in z; null: one layer of voxels in 2D, the extent of y in 3D",
        unit="um",
        default=None,
    )
    threads: WholeNumber = setting(
        "OpenMP threads of one simulation; with several, the program's random numbers are no "
        "longer independent",
        default=1,
        ge=1,
        le=256,
    )
    time_limit_min: float = setting(
        "wall-clock time after which a simulation is stopped", unit="min", default=120.0, gt=0.0
    )
    relative_cost: float = setting(
        "CPU time of a simulation, relative to theraflow's estimate; it decides how many "
        "simulations a batch holds, and how long a job may run",
        default=1.0,
        gt=0.0,
    )
    scratch_folder: Path | None = setting(
        "where simulations have their private folders; null: `TMPDIR`, or the system's",
        default=None,
    )
    keep_folders: bool = setting("whether private folders stay there", default=False)
    log_folder: Path = setting(
        "where the output of failed simulations is kept", default=Path("logs/physiboss")
    )
    mapping: SettingsMapping = setting("keys of the settings file", default=SettingsMapping())
    phases: PhaseCodes = setting(
        "codes of cells in the output", default=PhaseCodes(), neutral=PhaseCodes()
    )

    @field_validator("z_range_um")
    @classmethod
    def _z_range_rises(cls, z_range: tuple[float, float] | None) -> tuple[float, float] | None:
        if z_range is not None and z_range[0] >= z_range[1]:
            raise ValueError(f"put the lower end first: [{z_range[1]:g}, {z_range[0]:g}]")
        return z_range

    @property
    def cores_per_simulation(self) -> int:
        """How many cores a simulation keeps busy."""
        return self.threads


def _named(value: Any) -> Any:
    """Allow the engine's bare name, and leave ``embedded`` out."""
    if isinstance(value, str):
        return {"name": value}
    return {"name": "embedded", **value} if isinstance(value, Mapping) else value


AnyEngineConfig = Annotated[
    EngineConfig | PhysibossConfig,
    Field(discriminator="name"),
    BeforeValidator(
        _named,
        json_schema_input_type=Literal["embedded", "physiboss"] | EngineConfig | PhysibossConfig,
    ),
]
