"""``theraflow report``: the page of a campaign, finished or not."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(report)


def report(
    folder: Annotated[
        Path, typer.Argument(help="Folder of results of a campaign, running or finished.")
    ] = Path("results"),
    out: Annotated[
        Path | None,
        typer.Option(help="HTML file to write; without it, report/index.html in the folder."),
    ] = None,
    config: Annotated[
        list[Path] | None,
        typer.Option(
            help="YAML file of its config, may be repeated; without it, what the campaign noted "
            "in config.yaml of the folder."
        ),
    ] = None,
) -> None:
    """Write one HTML file of what is there; what is missing is said."""
    from theraflow.report.page.build import write_page
    from theraflow.report.page.results import open_results

    file = folder / "report" / "index.html" if out is None else out
    write_page(open_results(folder, config or []), file)
    typer.echo(file)
