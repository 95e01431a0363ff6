"""What a figure shows, which tables it is drawn from and who draws it.

Rules read this while Snakemake starts: nothing here imports what draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from theraflow.config.figures import FiguresConfig

# The settings that every figure uses.
LOOKS: Final = frozenset({"width_mm", "dpi", "formats"})
_STYLE: Final = "theraflow.report.figures.style"


@dataclass(frozen=True)
class CatalogueFigure:
    """A figure of a study.

    ``caption`` tells what to see. ``tables`` maps the arguments of the drawing function to the
    files that they are read from; ``{radius}`` in a path stands for one file per tumour radius, um.
    The drawing function is named by the figure's ``id`` and lies in ``module``. ``settings`` are
    those of the section ``figures`` that change the drawing.
    """

    id: str
    title: str
    caption: str
    tables: Mapping[str, str]
    module: str
    settings: frozenset[str] = LOOKS

    @property
    def code(self) -> tuple[str, ...]:
        """The modules that decide what is drawn: its own, its study's conventions, the style."""
        room = self.module.rpartition(".")[0]
        return self.module, f"{room}.conventions", _STYLE

    def files(self, radii_um: Iterable[int] = ()) -> dict[str, list[str]]:
        """Name the files of every table."""
        radii_um = tuple(radii_um)
        return {
            name: [path.format(radius=radius) for radius in radii_um]
            if "{radius}" in path
            else [path]
            for name, path in self.tables.items()
        }

    def draw(self, tables: Mapping[str, pd.DataFrame], config: FiguresConfig) -> Figure:
        """Draw the figure from its tables, each with the rows of all of its files."""
        figure: Figure = getattr(import_module(self.module), self.id)(**tables, config=config)
        return figure


def by_id(figures: Iterable[CatalogueFigure]) -> dict[str, CatalogueFigure]:
    """Look figures up by their id."""
    return {figure.id: figure for figure in figures}
