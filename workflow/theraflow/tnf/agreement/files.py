"""The files of a comparison of two engines: tables, a verdict in words, and a figure."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from theraflow.config.figures import FiguresConfig
from theraflow.core.files import write_text_atomic
from theraflow.core.parquet import write_frame
from theraflow.report.figures.style import save_figure
from theraflow.report.figures.tnf import engine_comparison
from theraflow.tnf.agreement.comparison import Comparison, verdict

FIGURE: Final = "engine_comparison"


def write_comparison(
    comparison: Comparison, folder: Path, looks: FiguresConfig, provenance: Mapping[str, Any]
) -> None:
    """Write ``differences``, ``errors`` and ``excesses``, ``verdict.md`` and the figure."""
    write_frame(comparison.differences, folder / "differences.parquet", provenance)
    write_frame(comparison.errors, folder / "errors.parquet", provenance)
    write_frame(comparison.excesses, folder / "excesses.parquet", provenance)
    write_text_atomic(folder / "verdict.md", verdict(comparison))
    names = (comparison.first, comparison.second)
    figure = engine_comparison(comparison.differences, comparison.errors, names, looks)
    save_figure(figure, folder / FIGURE, looks)
