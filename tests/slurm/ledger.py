"""The ledger of a campaign, as tests count in it."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from theraflow.campaign import tables
from theraflow.campaign.ledger import stream_ledger


def read_ledger(directory: Path) -> pd.DataFrame:
    """Read the attempts of a campaign, in the order in which they began."""
    attempts = [table.select(tables.LEDGER_SCHEMA.names) for table in stream_ledger(directory)]
    return pa.concat_tables(attempts).to_pandas().sort_values(tables.STARTED)


def finished_once(ledger: pd.DataFrame) -> int:
    """Count the simulations that were finished, each of them exactly once."""
    finished = ledger.loc[ledger[tables.STATUS] == "ok", tables.KEY]
    assert finished.is_unique
    assert set(finished) == set(ledger[tables.KEY])
    return len(finished)
