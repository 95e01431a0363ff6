"""A figure of the catalogue, from the files of its tables to its own files."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from theraflow.config.figures import FiguresConfig
from theraflow.core.parquet import read_frames
from theraflow.report.catalogue.figure import CatalogueFigure
from theraflow.report.figures.style import entitle, save_figure


def write_figure(
    figure: CatalogueFigure,
    files: Mapping[str, Iterable[str | Path]],
    base_path: Path,
    config: FiguresConfig,
    title: str | None = None,
) -> None:
    """Draw a figure from the files of each of its tables, and write ``base_path`` in every format.

    ``title`` stands above all panels, and above their legend.
    Raises ``UserError`` for a file that is missing or damaged.
    """
    tables = {name: read_frames(paths) for name, paths in files.items()}
    drawn = figure.draw(tables, config)
    if title is not None:
        entitle(drawn, title)
    save_figure(drawn, base_path, config)
