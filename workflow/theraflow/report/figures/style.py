"""One style for every figure: colours, sizes, and how a figure is saved."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from theraflow.config.figures import FiguresConfig
from theraflow.core.files import atomic_path

# Okabe and Ito's hues, told apart with any colour vision (https://jfly.uni-koeln.de/color/), in
# darker tones, so that thin lines have a contrast of at least 3 on white.
BLACK: Final = "#000000"
BLUE: Final = "#0072B2"
ORANGE: Final = "#C27400"
GREEN: Final = "#00805E"
VERMILION: Final = "#C44100"
PURPLE: Final = "#93356F"
GREY: Final = "#6B6B6B"
# For what lies behind: other patients, other algorithms.
PALE_GREY: Final = "#949494"

_MM_PER_INCH: Final = 25.4
# Of the width and height of a figure.
_PLACE_DECIMALS: Final = 6

_SETTINGS: Final = mpl.RcParams(
    {
        "font.family": "DejaVu Sans",
        "font.size": 8,
        "axes.titlesize": 8,
        "axes.labelsize": 8,
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "xtick.labelsize": 7,
        "ytick.labelsize": 7,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "legend.fontsize": 7,
        "legend.frameon": False,
        "lines.linewidth": 1.2,
        "svg.fonttype": "path",
        "svg.hashsalt": "theraflow",
    }
)


@contextmanager
def style() -> Iterator[None]:
    """Draw in the style of theraflow inside the block."""
    with mpl.rc_context(_SETTINGS):
        yield


def new_figure(
    config: FiguresConfig, rows: int, columns: int, panel_height_mm: float, **options: Any
) -> tuple[Figure, list[list[Axes]]]:
    """Make a figure of the configured width with a grid of panels."""
    figure = empty_figure(config, rows * panel_height_mm)
    return figure, figure.subplots(rows, columns, squeeze=False, **options).tolist()


def empty_figure(config: FiguresConfig, height_mm: float) -> Figure:
    """Make a figure of the configured width."""
    size = (config.width_mm / _MM_PER_INCH, height_mm / _MM_PER_INCH)
    return plt.figure(figsize=size, layout="constrained")


def blank_figure(config: FiguresConfig, height_mm: float) -> Figure:
    """Make a figure of the configured width that lays its panels out itself."""
    size = (config.width_mm / _MM_PER_INCH, height_mm / _MM_PER_INCH)
    return plt.figure(figsize=size, layout="constrained")


def entitle(figure: Figure, title: str) -> None:
    """Write a title above all panels of a figure, and above their legend."""
    with style():
        # A legend outside of the panels takes the place of the figure's own title.
        if figure.legends:
            figure.legends[0].set_title(title)
        else:
            figure.suptitle(title, fontsize="medium")


def label_log_axis(
    axis: Axis, subs: Sequence[float] = (1, 2, 5), most: int | None = None, label: str = "{x:g}"
) -> None:
    """Write plain numbers at multiples of the decades of a logarithmic axis, at most so many."""
    axis.set_major_locator(LogLocator(subs=subs, numticks=most))
    axis.set_major_formatter(label)
    axis.set_minor_formatter(NullFormatter())


def save_figure(figure: Figure, base_path: Path, config: FiguresConfig) -> None:
    """Write ``base_path`` with the suffix of every configured format, and close the figure.

    The same figure gives the same bytes: no date, fixed identifiers in SVG, settled panels.
    """
    undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {"Software": None}}
    with style():
        _settle_panels(figure)
        for name in config.formats:
            with atomic_path(base_path.with_name(f"{base_path.name}.{name}")) as temporary:
                figure.savefig(temporary, format=name, dpi=config.dpi, metadata=undated[name])
    plt.close(figure)


def _settle_panels(figure: Figure) -> None:
    """Lay the panels out, once for all formats.

    The solver of the layout may differ by a last bit from run to run, of which identifiers in SVG
    would tell; so places are rounded.
    """
    engine = figure.get_layout_engine()
    if engine is None:
        return
    engine.execute(figure)
    figure.set_layout_engine("none")
    for panel in figure.axes:
        bounds = panel.get_position(original=True).bounds
        left, bottom, width, height = (round(bound, _PLACE_DECIMALS) for bound in bounds)
        panel.set_position((left, bottom, width, height), which="original")
