"""How large a difference between two simulators may be before it matters.

Both margins are rules, so that they hold at any tumour radius. One simulation scatters by about the
square root of its number of cells, so a bias of half of that cannot be seen in it: R^T between two
simulators that differ by so much is 6 % above that within them.
"""

import numpy as np
from numpy.typing import NDArray

from theraflow.config.tnf.agreement import MarginsConfig

Values = NDArray[np.float64]


def bias_margin_cells(all_cells: Values, margins: MarginsConfig) -> Values:
    """Return the bias of a mean count that does not matter, given the mean number of all cells.

    Shape (...) in and out. A tumour without cells counts as one cell, as in R^T.
    """
    cells = np.maximum(all_cells, 1)
    noise, share = margins.bias_counting_noises, margins.bias_percent / 100
    margin: Values = np.maximum(noise * np.sqrt(cells), share * cells)
    return margin


def excess_margin_points(within_percent: float, margins: MarginsConfig) -> float:
    """Return the excess of R^T that does not matter, given R^T within a simulator (%)."""
    return max(margins.excess_percent / 100 * within_percent, margins.excess_points)
