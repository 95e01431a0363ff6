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
