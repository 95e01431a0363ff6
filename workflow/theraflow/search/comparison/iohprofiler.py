"""Export for IOHanalyzer, the analyser of IOHprofiler (Doerr et al. 2018)."""

from pathlib import Path

import pandas as pd

from theraflow.core.files import atomic_path
from theraflow.search import tables
from theraflow.search.comparison.algorithms import KEYS


def write_iohprofiler_csv(searches: pd.DataFrame, improvements: pd.DataFrame, path: Path) -> None:
    """Write improvements in IOHprofiler's CSV layout, minimised; raises ``UserError``.

    Each search ends with a row at its last evaluation, which tells the budget it had; one that has
    found nothing feasible has no row, as the layout has no objective for it. Load it with
    the box "use custom csv format" of IOHanalyzer; columns are named after what it asks for.
    """
    last = improvements.groupby(KEYS, as_index=False)[tables.OBJECTIVE].last()
    last = last.merge(searches[[*KEYS, tables.EVALUATIONS]], on=KEYS)
    last = last.rename(columns={tables.EVALUATIONS: tables.EVALUATION})
    rows = pd.concat([improvements, last], ignore_index=True)
    rows = rows.merge(searches[[*KEYS, tables.DIMENSION]], on=KEYS)
    rows = rows.drop_duplicates([*KEYS, tables.EVALUATION]).sort_values([*KEYS, tables.EVALUATION])
    exported = pd.DataFrame(
        {
            "evaluations": rows[tables.EVALUATION],
            "raw_y": rows[tables.OBJECTIVE],
            "function_id": rows[tables.PROBLEM],
            "algorithm_id": rows[tables.METHOD],
            "dimension": rows[tables.DIMENSION],
            "run_id": rows[tables.SEED],
        }
    )
    with atomic_path(path) as temporary:
        exported.to_csv(temporary, index=False)
