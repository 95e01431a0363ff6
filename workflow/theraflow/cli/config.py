"""``theraflow config``: check a config before a run; write its reference."""

from pathlib import Path

import typer

from theraflow.cli.reference import write_or_compare

app = typer.Typer(help="Check and document the config.", no_args_is_help=True)


@app.command()
def check(
    files: list[Path] = typer.Argument(
        help="YAML files: the first overrides the defaults, each later one those before."
    ),
) -> None:
    """Report every error of a config, or the size of the study that it describes."""
    # Documenting the config need not wait for what reads studies.
    from theraflow.cli.study_size import study_size
    from theraflow.config.load import load_study

    typer.echo(study_size(load_study(*files)))


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
