"""The ledger of a campaign: one row per attempt at a piece of work, in a file beside each batch.

Finished batches have a table, batches under way a journal. Both are read, so that a campaign can
be looked at while it runs.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from theraflow.core.errors import UserError
from theraflow.core.parquet import read_table
from theraflow.work.ledger import schema
from theraflow.work.ledger.attempts import Row, attempt_rows, number_attempts
from theraflow.work.ledger.journal import read_journal
from theraflow.work.status import FINAL

LEDGER_SUFFIX: Final = ".ledger.parquet"
JOURNAL_SUFFIX: Final = ".journal"
DAMAGED_BATCH_REMEDY: Final = "delete it, and its batch is made again"
_ROWS_AT_ONCE: Final = 100_000
_REMEDY: Final = "delete it, and what it tells of is made again"


def ledger_path(batch_file: Path) -> Path:
    """Return where the ledger lies that belongs to a batch's file."""
    return batch_file.with_suffix(LEDGER_SUFFIX)


def read_own_rows(ledger_file: Path) -> list[Row]:
    """Read the attempts that a batch has made itself; none where it has no ledger yet.

    Raises ``UserError`` for a damaged file.
    """
    return _own_rows(ledger_file).to_pylist() if ledger_file.exists() else []


def failed_work(ledger_file: Path) -> list[Row]:
    """Return the last attempt at each piece of a batch's work that needs another one.

    Work whose last attempt is ok or rejected needs none; nor does a batch without a ledger. Raises
    ``UserError`` for a damaged file.
    """
    last = {row[schema.KEY]: row for row in read_own_rows(ledger_file)}
    return [row for row in last.values() if row[schema.STATUS] not in FINAL]


def stream_ledger(folder: Path) -> Iterator[pa.Table]:
    """Yield the attempts of all batches below a folder (``LEDGER_SCHEMA``), each exactly once.

    They come in tables of some 100,000 rows, so that a campaign of any size fits into memory. A
    table that was gathered from batches, and a row that a batch took over from another, repeat
    what is told elsewhere and are left out. What is under way has the status
    ``schema.UNFINISHED``. Raises ``UserError`` for a folder that is missing, and a damaged file.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; give the folder of results of a campaign")
    parts: list[pa.Table] = []
    for part in _parts(folder):
        parts.append(part)
        if sum(part.num_rows for part in parts) >= _ROWS_AT_ONCE:
            yield pa.concat_tables(parts)
            parts = []
    if parts:
        yield pa.concat_tables(parts)


def _parts(folder: Path) -> Iterator[pa.Table]:
    """Yield the attempts of one batch after the other."""
    for suffix in (LEDGER_SUFFIX, JOURNAL_SUFFIX):
        for file in sorted(folder.rglob(f"*{suffix}")):
            rows = attempts_in(file)
            if rows.num_rows:
                yield rows


def attempts_in(file: Path) -> pa.Table:
    """Read the attempts that one ledger tells of, or one journal and no ledger yet.

    Rows that a batch took over from another are left out. Raises ``UserError`` for a damaged file.
    """
    if file.name.endswith(JOURNAL_SUFFIX):
        return pa.Table.from_pylist(_rows_of_journal(file), schema=schema.LEDGER_SCHEMA)
    return _own_rows(file).cast(schema.LEDGER_SCHEMA)


def _own_rows(ledger_file: Path) -> pa.Table:
    table = read_table(ledger_file, schema.LEDGER_SCHEMA.names, _REMEDY)
    batch = ledger_file.name.removesuffix(LEDGER_SUFFIX)
    return table.filter(pc.equal(table[schema.BATCH], batch))


def _rows_of_journal(journal_file: Path) -> list[Row]:
    """Read the attempts that a journal tells of and no ledger yet."""
    rows = attempt_rows(read_journal(journal_file))
    told: Sequence[Row] = []
    if rows:
        told = read_own_rows(journal_file.with_name(f"{rows[0][schema.BATCH]}{LEDGER_SUFFIX}"))
    known = {(row[schema.KEY], row[schema.STARTED]) for row in told}
    return [
        row
        for row in number_attempts([*told, *rows])
        if (row[schema.KEY], row[schema.STARTED]) not in known
    ]
