"""Options that choose an engine, shared by the commands of the TNF study."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from theraflow.core.errors import UserError

if TYPE_CHECKING:
    from theraflow.config.tnf.engines import AnyEngineConfig
    from theraflow.tnf.engine.interface import Engine


class EngineName(StrEnum):
    """The engines."""

    EMBEDDED = "embedded"
    PHYSIBOSS = "physiboss"


class TimeSteps(StrEnum):
    """The time steps of the embedded engine."""

    EXACT = "exact"
    FAST = "fast"


EngineOption = Annotated[EngineName, typer.Option(help="Simulator.")]
TimeStepsOption = Annotated[
    TimeSteps | None,
    typer.Option(help="Time steps of the embedded engine.", show_default="fast"),
]
BirthRateOption = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        help="Birth rate of the embedded engine instead of the model's, 1/min; 0.000712 for the "
        "published data set.",
    ),
]
ModelFileOption = Annotated[
    Path | None,
    typer.Option(help="Constants of the embedded engine's model, instead of the shipped ones."),
]
ExecutableOption = Annotated[Path | None, typer.Option(help="Program of PhysiBoSS.")]
SettingsOption = Annotated[Path | None, typer.Option(help="Its PhysiCell_settings.xml.")]
NetworkOption = Annotated[
    Path | None, typer.Option(help="Its Boolean network (.bnd), if not the settings' own.")
]
NetworkConfigOption = Annotated[
    Path | None, typer.Option(help="Its network's .cfg, if not the settings' own.")
]
ContainerOption = Annotated[
    Path | None, typer.Option(help="Apptainer or Singularity image in which it runs.")
]
DimensionOption = Annotated[int | None, typer.Option(help="Dimension of space: 2 or 3.")]
ThreadsOption = Annotated[
    int | None, typer.Option(help="OpenMP threads of one simulation of PhysiBoSS.")
]
TimeLimitOption = Annotated[
    float | None, typer.Option(help="Wall-clock limit of one simulation of PhysiBoSS, min.")
]
ScratchOption = Annotated[Path | None, typer.Option(help="Where its private folders are made.")]
LogFolderOption = Annotated[
    Path | None, typer.Option(help="Where the output of failed simulations is kept.")
]
KeepFoldersOption = Annotated[
    bool, typer.Option("--keep-folders", help="Keep its private folders.")
]
MappingOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Path of an element of the settings, as `random_seed=user_parameters/seed`; may be "
        "repeated, for one key too."
    ),
]


def engine_config(
    name: EngineName,
    *,
    common: Mapping[str, Any],
    embedded: Mapping[str, Any],
    physiboss: Mapping[str, Any],
) -> "AnyEngineConfig":
    """Check the options given for an engine, by config key; None stands for not given.

    Raises ``UserError`` for an option of the other engine, and whatever a config may have wrong.
    """
    # Pydantic and the models take a quarter of a second, which `--help` need not wait for.
    from theraflow.config.load import load_study

    own, other = (embedded, physiboss) if name is EngineName.EMBEDDED else (physiboss, embedded)
    for key, value in other.items():
        if _is_given(value):
            option = key.removesuffix("_min").replace("_", "-")
            raise UserError(f"--{option}: no option of --engine {name}; remove it")
    given = {key: value for key, value in {**common, **own}.items() if _is_given(value)}
    return load_study({"tnf": {"engine": {"name": str(name), **given}}}).tnf.engine


def _is_given(value: Any) -> bool:
    """Tell an option that was given from None, a flag that was not set, and no pairs."""
    return value is not None and value is not False and value != {}


def make_simulator(config: "AnyEngineConfig", birth_rate: float | None) -> "Engine":
    """Make the engine; raises ``UserError`` for a birth rate that it cannot change."""
    from theraflow.config.tnf.engines import EngineConfig
    from theraflow.tnf.engine.make import make_embedded_engine, make_engine

    if birth_rate is None:
        return make_engine(config)
    if isinstance(config, EngineConfig):
        return make_embedded_engine(config).with_birth_rate(birth_rate)
    raise UserError("--birth-rate: PhysiBoSS has it in its settings; change it there")


def parse_mapping(pairs: list[str] | None) -> dict[str, list[str]]:
    """Read ``key=path`` pairs to paths by key; raises ``UserError`` for anything else."""
    mapping: dict[str, list[str]] = {}
    for pair in pairs or ():
        key, separator, path = pair.partition("=")
        if not (key and separator and path):
            raise UserError(f"--mapping {pair}: write it as key=path/of/an/element")
        mapping.setdefault(key, []).append(path)
    return mapping
