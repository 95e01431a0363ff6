"""``theraflow cost``: what a campaign has cost, beside what was estimated before."""

from pathlib import Path
from typing import Annotated

import typer

from theraflow.cli.formats import Format, in_format


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(cost)


def cost(
    folder: Annotated[
        Path, typer.Argument(help="Working directory of a campaign, running or finished.")
    ] = Path(),
    config: Annotated[
        list[Path] | None,
        typer.Option(help="YAML file of its config, for the estimate; may be repeated."),
    ] = None,
    format: Annotated[Format, typer.Option(help="Layout of the table.")] = Format.TEXT,
) -> None:
    """Add up core-hours and GPU-hours by rule, and what was lost in attempts that failed."""
    from theraflow.work.accounting import campaign_cost

    table = campaign_cost(folder, None if config is None else _estimates(config))
    typer.echo(in_format(table, format))


def _estimates(files: list[Path]) -> dict[str, float]:
    """Estimate the core-hours of the rules that take long."""
    from theraflow.config.load import load_study
    from theraflow.crc.preflight import preflight as preflight_of_therapies
    from theraflow.tnf.campaign.preflight import (
        ensemble_training_core_hours,
        general_training_core_hours,
        preflight,
    )
    from theraflow.tnf.treatment.plan import search_core_hours, verification_core_hours

    study = load_study(*files)
    loads, therapies = preflight(study.tnf), preflight_of_therapies(study.crc)
    return {
        "simulate_batch": sum(load.simulation_core_hours for load in loads),
        "simulate_round": sum(load.added_core_hours for load in loads),
        "train_surrogate": sum(load.training_core_hours for load in loads),
        "train_general_surrogate": general_training_core_hours(study.tnf),
        "train_ensemble_member": ensemble_training_core_hours(study.tnf),
        "optimise_treatment": search_core_hours(study.tnf),
        "verify_treatment": verification_core_hours(study.tnf),
        "grow_patients": therapies.growth_core_hours,
        "search_therapy": therapies.search_core_hours,
    }
