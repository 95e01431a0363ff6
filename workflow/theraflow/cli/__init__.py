"""The command ``theraflow``: one sub-command group per study, one for the config."""

import sys

import typer

from theraflow import __version__
from theraflow.cli.config import app as config_app
from theraflow.cli.tnf import app as tnf_app
from theraflow.errors import UserError

app = typer.Typer(
    name="theraflow",
    help="In-silico cancer therapy design on clusters.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(config_app, name="config")
app.add_typer(tnf_app, name="tnf")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"theraflow {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
) -> None:
    pass


def main() -> None:
    """Run the command line; a user error is one line on standard error and exit code 2."""
    try:
        app()
    except UserError as error:
        print(f"theraflow: error: {error}", file=sys.stderr)
        raise SystemExit(2) from None
