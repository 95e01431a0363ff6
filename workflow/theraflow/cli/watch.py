"""``theraflow watch``: how far a campaign is, while it runs."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from theraflow.cli.formats import Format, in_format
from theraflow.core.errors import UserError

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(watch)


def watch(
    folder: Annotated[Path, typer.Argument(help="Working directory of the campaign.")] = Path(),
    config: Annotated[
        list[Path] | None,
        typer.Option(help="YAML file of its config; may be repeated. Default: config/config.yaml."),
    ] = None,
    interval: Annotated[float, typer.Option(min=1, help="Seconds between two looks.")] = 10,
    once: Annotated[bool, typer.Option(help="Look once, print and end.")] = False,
    format: Annotated[Format, typer.Option(help="Layout with --once.")] = Format.TEXT,
) -> None:
    """Show what is done, running, failed and left of every stage of a campaign; Ctrl-C ends it.

    It reads the ledgers, the benchmarks and the user's Slurm jobs, and changes nothing. Core-hours
    are those of finished attempts.
    """
    from theraflow.config.load import load_study
    from theraflow.report.stages import campaign_stages
    from theraflow.work.progress.scheduler import jobs_by_rule
    from theraflow.work.progress.stages import CampaignProgress

    if not (folder / "results").is_dir():
        raise UserError(
            f"{folder}: holds no results; give the working directory of a campaign that has started"
        )
    study = load_study(*(config or [Path("config/config.yaml")]))
    progress = CampaignProgress(folder, campaign_stages(study))
    if once:
        typer.echo(in_format(progress.now(jobs_by_rule()), format))
        return

    from rich.live import Live

    try:
        with Live(screen=False, auto_refresh=False) as display:
            while True:
                display.update(_as_table(progress.now(jobs_by_rule())), refresh=True)
                time.sleep(interval)
    except KeyboardInterrupt:
        return


def _as_table(progress: "pd.DataFrame") -> "Table":
    """Lay progress out for a terminal."""
    from rich.table import Table

    table = Table(title=time.strftime("%H:%M:%S"), title_justify="left")
    for name in progress.columns:
        is_text = progress[name].dtype == object
        table.add_column(
            name.replace("_", " "), justify="left" if is_text else "right", no_wrap=is_text
        )
    for row in progress.itertuples(index=False):
        table.add_row(*map(_cell, row))
    return table


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "-" if value != value else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
