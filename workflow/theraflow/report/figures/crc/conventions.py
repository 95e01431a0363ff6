"""What the figures of the CRC study have in common: order, names and looks of the therapies."""

import re
from collections.abc import Iterable, Sized
from typing import Final

from theraflow.report.figures import style

PANEL_HEIGHT_MM: Final = 60
_COLORS: Final = (
    style.BLUE,
    style.ORANGE,
    style.GREEN,
    style.VERMILION,
    style.PURPLE,
    "#4A90D9",
    "#7A7000",
)
_ARMS: Final = ("untreated", "reference")
# How parts of names are spelled.
_SPELLINGS: Final = {
    "levenberg_marquardt": "Levenberg-Marquardt",
    "nelder_mead": "Nelder-Mead",
    "cma_es": "CMA-ES",
    "copasi": "COPASI",
    "scipy": "SciPy",
    "tpe": "TPE",
    "gp": "GP",
    "de": "DE",
    "nsga2": "NSGA-II",
    "pso": "PSO",
}


def in_order(names: Iterable[str]) -> list[str]:
    """Put untreated and reference first, algorithms after them by name."""
    present = set(names)
    return [name for name in _ARMS if name in present] + sorted(present - set(_ARMS))


def color_of(name: str, names: Iterable[str]) -> str:
    """Return the colour of a therapy among the therapies of a figure."""
    return style.GREY if name in _ARMS else _COLORS[_place(name, names) % len(_COLORS)]


def title_of(name: str) -> str:
    """Word the name of a therapy, or of the algorithm that found it."""
    title = name
    for part, spelling in _SPELLINGS.items():
        title = re.sub(rf"(?<![a-z0-9]){part}(?![a-z0-9])", spelling, title)
    return title[:1].upper() + title[1:].replace("_", " ")


def panel_height_mm(bars: Sized) -> float:
    """Return the height of a panel with so many bars below each other."""
    return max(PANEL_HEIGHT_MM, 12 + 5 * len(bars))


def _place(name: str, names: Iterable[str]) -> int:
    return sorted(set(names) - set(_ARMS)).index(name)
