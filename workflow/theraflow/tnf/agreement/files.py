"""The files of a comparison of two engines: tables, and a verdict in words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from theraflow.core.files import write_text_atomic
from theraflow.core.parquet import write_frame
from theraflow.tnf.agreement.comparison import Comparison, verdict
from theraflow.tnf.tables import FIRST_SIMULATOR, SECOND_SIMULATOR


def write_comparison(
    comparison: Comparison, folder: Path, provenance: Mapping[str, Any]
) -> dict[str, Path]:
    """Write ``differences``, ``errors``, ``excesses`` and ``verdict.md``; return the tables' files.

    Every table says which simulators it compares.
    """
    names = {FIRST_SIMULATOR: comparison.first, SECOND_SIMULATOR: comparison.second}
    files = {}
    for name in ("differences", "errors", "excesses"):
        files[name] = folder / f"{name}.parquet"
        write_frame(getattr(comparison, name).assign(**names), files[name], provenance)
    write_text_atomic(folder / "verdict.md", verdict(comparison))
    return files
