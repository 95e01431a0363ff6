"""``theraflow config``: check a config before a run; write its reference."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from theraflow.cli.reference import write_or_compare

if TYPE_CHECKING:
    from theraflow.tnf.campaign.preflight import RadiusLoad

app = typer.Typer(help="Check and document the config.", no_args_is_help=True)

_COLUMNS = "{:>10} {:>12} {:>12} {:>12} {:>8} {:>10} {:>12}"


@app.command()
def check(
    files: list[Path] = typer.Argument(
        help="YAML files: the first overrides the defaults, each later one those before."
    ),
) -> None:
    """Report every error of a config, or the size of the study that it describes."""
    # Documenting the config need not wait for what plans studies.
    from theraflow.config.load import load_study
    from theraflow.crc.preflight import preflight as preflight_of_therapies
    from theraflow.tnf.campaign.preflight import (
        ensemble_training_core_hours,
        general_training_core_hours,
        preflight,
    )
    from theraflow.tnf.treatment.plan import (
        check_treatment,
        search_core_hours,
        verification_core_hours,
    )

    study = load_study(*files)
    check_treatment(study.tnf.treatment)
    loads, therapies = preflight(study.tnf), preflight_of_therapies(study.crc)
    tnf = study.tnf
    has_general = tnf.surrogates.general_surrogate
    summary = _summary(
        loads,
        1 + tnf.surrogates.uncertainty.members if has_general else 0,
        general_training_core_hours(tnf) + ensemble_training_core_hours(tnf),
        search_core_hours(tnf) + verification_core_hours(tnf),
    )
    typer.echo("\n".join(["Spheroid under TNF", *summary]))
    typer.echo(
        f"\nTherapies of colorectal cancer\n{therapies.candidates} candidates, "
        f"{therapies.patients} patients, {therapies.searches} searches, "
        f"{therapies.growth_core_hours + therapies.search_core_hours:.2f} core-hours estimated"
    )


@app.command()
def document(
    file: Path = typer.Option(Path("config/README.md"), help="File to write."),
    check: bool = typer.Option(False, "--check", help="Only compare; fail when it is stale."),
) -> None:
    """Write the reference of all keys from the config models."""
    from theraflow.config.document import config_reference

    write_or_compare(config_reference(), file, check=check)


@app.command()
def schema(
    file: Path = typer.Option(Path("config/schema.json"), help="File to write."),
    check: bool = typer.Option(False, "--check", help="Only compare; fail when it is stale."),
) -> None:
    """Write the JSON schema of the config, by which editors check and complete."""
    from theraflow.config.json_schema import config_schema

    write_or_compare(config_schema(), file, check=check)


def _summary(
    loads: "list[RadiusLoad]", general_trainings: int, general_core_hours: float, treatments: float
) -> list[str]:
    """Lay the work per radius, for every radius at once and in all out as a table.

    ``treatments`` are the core-hours of simulations by searches and of what they found.
    """
    rows: list[tuple[str | int | float, ...]] = [
        (
            "drawn" if load.tumor_radius_um is None else load.tumor_radius_um,
            load.simulations,
            load.noise_floor_simulations,
            load.added_simulations,
            load.batches,
            load.trainings,
            load.simulation_core_hours + load.added_core_hours + load.training_core_hours,
        )
        for load in loads
    ]
    rows.append(("general", 0, 0, 0, 0, general_trainings, general_core_hours))
    rows.append(("treatments", 0, 0, 0, 0, 0, treatments))
    total = ("all", *(sum(column) for column in list(zip(*rows, strict=True))[1:]))
    return [
        _COLUMNS.format(
            "radius",
            "simulations",
            "noise floor",
            "in rounds",
            "batches",
            "trainings",
            "core-hours",
        ),
        _COLUMNS.format("um", "", "simulations", "simulations", "", "", "estimated"),
        *(_COLUMNS.format(*row[:-1], f"{row[-1]:.2f}") for row in (*rows, total)),
    ]
