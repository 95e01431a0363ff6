"""The command ``theraflow``: one sub-command group per study, one for the config."""

import sys
from typing import Final, NoReturn

import typer

from theraflow import __version__
from theraflow.cli import cost, ledger, report, watch
from theraflow.cli.cluster import app as cluster_app
from theraflow.cli.config import app as config_app
from theraflow.cli.crc.commands import app as crc_app
from theraflow.cli.results import app as results_app
from theraflow.cli.tnf.commands import app as tnf_app
from theraflow.core.errors import as_user_error

_USER_ERROR: Final = 2

app = typer.Typer(
    name="theraflow",
    help="In-silico cancer therapy design on clusters.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(cluster_app, name="cluster")
app.add_typer(config_app, name="config")
app.add_typer(crc_app, name="crc")
app.add_typer(results_app, name="results")
app.add_typer(tnf_app, name="tnf")
ledger.register(app)
cost.register(app)
watch.register(app)
report.register(app)


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
    """Run the command line; what a user can mend is one line on standard error and exit code 2."""
    try:
        # Without standalone mode, typer returns the code of `typer.Exit` and raises usage errors.
        code = app(standalone_mode=False)
    except typer.TyperException as error:
        message = " ".join(error.format_message().split())
        if not message:  # No arguments: the help is printed already.
            raise SystemExit(error.exit_code) from None
        _fail(message)
    except typer.Abort:
        _fail("aborted")
    except Exception as error:
        told = as_user_error(error)
        if told is None:
            raise
        _fail(str(told))
    raise SystemExit(code)


def _fail(message: str) -> NoReturn:
    print(f"theraflow: error: {message}", file=sys.stderr)
    raise SystemExit(_USER_ERROR)
