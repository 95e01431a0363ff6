"""``theraflow results``: what the files of a campaign hold."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

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


@app.command("captions")
def write_captions(
    file: Path = typer.Option(Path("workflow/report/figures.rst"), help="File to write."),
    check: bool = typer.Option(False, "--check", help="Only compare; fail when it is stale."),
) -> None:
    """Write the captions of the figures for the report of Snakemake."""
    from theraflow.report.catalogue.captions import captions_template

    write_or_compare(captions_template(), file, check=check)


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


@app.command("crate")
def pack_crate(
    out: Annotated[Path, typer.Option(help="Folder to make, or ZIP file (.zip).")],
    results: Annotated[Path, typer.Argument(help="Folder of results.")] = Path("results"),
    config: Annotated[
        list[Path] | None,
        typer.Option(
            help="YAML file of the campaign's config, may be repeated; without it, what the "
            "campaign noted in config.yaml of the folder."
        ),
    ] = None,
    author: Annotated[str | None, typer.Option(help="Name of who ran the campaign.")] = None,
    licence: Annotated[
        str, typer.Option("--license", help="Licence of the results: a URL, or an SPDX identifier.")
    ] = "https://spdx.org/licenses/BSD-3-Clause",
) -> None:
    """Pack a campaign for an archive: a Workflow Run RO-Crate with all that others need.

    It holds the workflow, the config, every table, figure and surrogate, and a COMBINE archive of
    the best therapy of every patient.
    """
    from theraflow.cli.crc.export import export_best_therapies
    from theraflow.core.errors import UserError
    from theraflow.report.exchange.crate import Publication, write_crate
    from theraflow.report.page.results import open_results

    study = open_results(results, config or []).study
    if study is None:
        raise UserError(f"{results}: does not tell its config; give it by --config")
    with TemporaryDirectory(prefix="theraflow-") as folder:
        patients = export_best_therapies(results, study.crc, Path(folder))
        therapies = Path(folder) if patients else None
        write_crate(results, study, therapies, Publication(author, licence), out)
    typer.echo(f"{out}: {patients} COMBINE archives of best therapies")
