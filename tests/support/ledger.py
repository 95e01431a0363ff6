"""The ledger of a campaign, as tests count in it."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from theraflow.work.ledger import schema
from theraflow.work.ledger.files import stream_ledger


def read_ledger(directory: Path) -> pd.DataFrame:
    """Read the attempts of a campaign, in the order in which they began."""
    attempts = [table.select(schema.LEDGER_SCHEMA.names) for table in stream_ledger(directory)]
    return pa.concat_tables(attempts).to_pandas().sort_values(schema.STARTED)


def finished_once(ledger: pd.DataFrame) -> int:
    """Count the simulations that were finished, each of them exactly once."""
    finished = ledger.loc[ledger[schema.STATUS] == "ok", schema.KEY]
    assert finished.is_unique
    assert set(finished) == set(ledger[schema.KEY])
    return len(finished)
