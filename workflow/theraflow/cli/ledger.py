"""``theraflow ledger``: how every simulation, growth and search of a campaign ended."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from theraflow.cli.formats import Format, as_text
from theraflow.core.errors import UserError
from theraflow.core.files import atomic_path

if TYPE_CHECKING:
    from theraflow.work.ledger.summary import LedgerSummary


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(ledger)


def ledger(
    folder: Annotated[Path, typer.Argument(help="Results of a campaign, running or finished.")],
    worst: Annotated[int, typer.Option(min=0, help="Worst offenders to list.")] = 5,
    format: Annotated[Format, typer.Option(help="Layout of the summary.")] = Format.TEXT,
    out: Annotated[
        Path | None, typer.Option(help="Write all attempts here (.parquet or .csv).")
    ] = None,
) -> None:
    """Sum up the attempts at simulations, growths and searches, and name the worst offenders."""
    from theraflow.work.ledger.files import stream_ledger
    from theraflow.work.ledger.summary import summarise_ledger

    if out is not None:
        _write_all(folder, out)
        return
    summary = summarise_ledger(stream_ledger(folder), worst)
    if summary.counts.empty:
        raise UserError(f"{folder}: holds no ledger; give the folder of results of a campaign")
    if format is Format.JSON:
        typer.echo(json.dumps(_as_data(summary), indent=2))
    elif format is Format.CSV:
        typer.echo(summary.counts.to_csv(index=False), nl=False)
    else:
        typer.echo("\n\n".join(_asas_text(summary)))


def _as_data(summary: "LedgerSummary") -> dict[str, object]:
    return {
        name: json.loads(frame.to_json(orient="records", date_format="iso"))
        for name, frame in vars(summary).items()
    }


def _asas_text(summary: "LedgerSummary") -> list[str]:
    from theraflow.work.ledger import schema

    told = [schema.WORK, schema.KEY, schema.SEED, schema.STATUS, schema.LOG]
    return [
        as_text(summary.counts),
        "Finished more than once\n" + as_text(summary.run_again),
        "Most failures\n" + as_text(summary.most_failures),
        "Slowest\n" + as_text(summary.slowest[[schema.WALL_S, *told]]),
        "Most memory\n" + as_text(summary.largest[[schema.PEAK_MEMORY_MB, *told]]),
    ]


def _write_all(folder: Path, out: Path) -> None:
    """Write every attempt to one table, batch by batch."""
    import pyarrow.csv
    import pyarrow.parquet

    from theraflow.work.ledger import schema
    from theraflow.work.ledger.files import stream_ledger

    writers = {".parquet": pyarrow.parquet.ParquetWriter, ".csv": pyarrow.csv.CSVWriter}
    if out.suffix not in writers:
        raise UserError(f"--out {out}: give a name that ends in .parquet or .csv")
    with (
        atomic_path(out) as temporary,
        writers[out.suffix](temporary, schema.LEDGER_SCHEMA) as writer,
    ):
        for part in stream_ledger(folder):
            writer.write_table(part)
    typer.echo(f"{out}: written")
