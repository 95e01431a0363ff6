"""What the figures of the CRC study have in common: order, names and colours of the therapies."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from theraflow.report.figures import style

PANEL_HEIGHT_MM: Final = 60
DASHES: Final[tuple[str | tuple[int, tuple[int, ...]], ...]] = ("-", "--", "-.", ":", (0, (5, 1)))
_COLORS: Final = (
    style.BLUE,
    style.ORANGE,
    style.GREEN,
    style.VERMILION,
    style.PURPLE,
    "#56B4E9",
    "#B8A000",
)
_EPONYMS: Final = {
    "levenberg_marquardt": "Levenberg-Marquardt",
    "nelder_mead": "Nelder-Mead",
}


def in_order(names: "pd.Series[str]") -> list[str]:
    """Put untreated and reference first, algorithms after them by name."""
    first = ["untreated", "reference"]
    present = set(names)
    return [name for name in first if name in present] + sorted(present - set(first))


def color_of(name: str, names: Sequence[str]) -> str:
    """Return the colour of a therapy among the therapies of a figure."""
    if name in ("reference", "untreated"):
        return style.GREY
    algorithms = sorted(set(names) - {"reference", "untreated"})
    return _COLORS[algorithms.index(name) % len(_COLORS)]


def title_of(name: str) -> str:
    """Word the name of a therapy, or of the algorithm that found it."""
    return _EPONYMS.get(name, name.replace("_", " ").capitalize())
