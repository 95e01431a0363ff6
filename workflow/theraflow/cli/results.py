"""``theraflow results``: what the files of a campaign hold."""

from pathlib import Path

import typer

from theraflow.cli.reference import write_or_compare

app = typer.Typer(help="Describe the files of results.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    pass


@app.command()
def document(
    file: Path = typer.Option(Path("docs/results-reference.md"), help="File to write."),
    check: bool = typer.Option(False, "--check", help="Only compare; fail when it is stale."),
) -> None:
    """Write the reference of all columns from the schemas of the tables."""
    from theraflow.report.columns import columns_reference

    write_or_compare(columns_reference(), file, check=check)


@app.command("datapackage")
def write_datapackage(
    results: Path = typer.Argument(Path("results"), help="Folder of results."),
) -> None:
    """Describe the tables of a campaign in RESULTS/datapackage.json, for Frictionless.

    It tells the files of every table, and type, unit and meaning of every column.
    """
    from theraflow.core.files import write_text_atomic
    from theraflow.report.exchange.datapackage import datapackage

    target = results / "datapackage.json"
    write_text_atomic(target, datapackage(results))
    typer.echo(str(target))
