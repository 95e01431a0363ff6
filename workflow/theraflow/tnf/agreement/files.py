"""The files of a comparison of two simulators: tables, and a verdict in words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from theraflow.core.files import write_text_atomic
from theraflow.core.parquet import write_frame
from theraflow.tnf import tables
from theraflow.tnf.agreement.comparison import Comparison
from theraflow.tnf.agreement.words import in_words

_SCHEMAS: Final = {
    "differences": tables.AGREEMENT_DIFFERENCES_SCHEMA,
    "biases": tables.AGREEMENT_BIASES_SCHEMA,
    "errors": tables.AGREEMENT_ERRORS_SCHEMA,
    "excesses": tables.AGREEMENT_EXCESSES_SCHEMA,
}


def write_comparison(
    comparison: Comparison, folder: Path, provenance: Mapping[str, Any]
) -> dict[str, Path]:
    """Write a table each of ``comparison``, and ``verdict.md``; return the tables' files.

    Every table says which simulators it compares.
    """
    names = {
        tables.FIRST_SIMULATOR: comparison.first,
        tables.SECOND_SIMULATOR: comparison.second,
    }
    files = {}
    for name, schema in _SCHEMAS.items():
        files[name] = folder / f"{name}.parquet"
        write_frame(getattr(comparison, name).assign(**names), files[name], provenance, schema)
    write_text_atomic(folder / "verdict.md", in_words(comparison))
    return files
