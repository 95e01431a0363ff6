"""A figure of the catalogue, from the files of its tables to its own files."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from theraflow.config.figures import FiguresConfig
from theraflow.core.parquet import read_frames
from theraflow.report.catalogue.figure import CatalogueFigure
from theraflow.report.figures.style import save_figure


def write_figure(
    figure: CatalogueFigure,
    files: Mapping[str, Iterable[str | Path]],
    base_path: Path,
    config: FiguresConfig,
) -> None:
    """Draw a figure from the files of each of its tables, and write ``base_path`` in every format.

    Raises ``UserError`` for a file that is missing or damaged.
    """
    tables = {name: read_frames(paths) for name, paths in files.items()}
    save_figure(figure.draw(tables, config), base_path, config)
