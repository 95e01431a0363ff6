"""Errors of predicted counts: eq. 3 of the paper, the same on totals, and absolute errors.

Counts have shape (n, times, 3), for alive, apoptotic and necrotic cells.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.tnf import tables
from theraflow.tnf.tables import COMPARISON, RELATIVE_ERROR, RELATIVE_ERROR_TOTALS

Counts = NDArray[np.float64]


def relative_error_percent(counts: Counts, predictions: Counts) -> Counts:
    """Compute R^T of eq. 3: ``100 sum_C |N_C - N'_C| / sum_C N_C``, of shape (n, times).

    ``counts`` are the reference N. A tumour without cells counts as one cell.
    """
    errors: Counts = 100 * np.abs(counts - predictions).sum(axis=-1) / _totals(counts)
    return errors


def relative_error_totals_percent(counts: Counts, predictions: Counts) -> Counts:
    """Compute the same on total counts, as the paper's authors do: ``100 |N - N'| / N``.

    Errors of opposite sign cancel between cell types, so it never exceeds eq. 3. Shape (n, times).
    """
    totals_error = np.abs(counts.sum(axis=-1) - predictions.sum(axis=-1))
    errors: Counts = 100 * totals_error / _totals(counts)
    return errors


def mean_over_horizon(errors: pd.DataFrame) -> pd.DataFrame:
    """Average relative errors over all full hours; one row per radius (and comparison)."""
    keys = [name for name in (tables.TUMOR_RADIUS_UM, COMPARISON) if name in errors.columns]
    averaged: pd.DataFrame = (
        errors.groupby(keys)[[RELATIVE_ERROR, RELATIVE_ERROR_TOTALS]].mean().reset_index()
    )
    return averaged


def _totals(counts: Counts) -> Counts:
    totals: Counts = np.maximum(counts.sum(axis=-1), 1)
    return totals
