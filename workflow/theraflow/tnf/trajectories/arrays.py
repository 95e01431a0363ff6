"""Trajectory tables as arrays of one tumour radius."""

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.core.errors import UserError
from theraflow.core.identity import content_hash
from theraflow.tnf import tables
from theraflow.tnf.simulation import OUTPUT_TIMES_MIN

N_TIMES: Final = len(OUTPUT_TIMES_MIN)
N_TARGETS: Final = N_TIMES - 1
REQUIRED_COLUMNS: Final = (
    *tables.POINT_COLUMNS,
    tables.REPLICATE,
    tables.TIME_MIN,
    *tables.CELL_TYPES,
)
_KEY: Final = [*tables.PARAMETER_COLUMNS, tables.REPLICATE, tables.TIME_MIN]


@dataclass(frozen=True)
class Trajectories:
    """Simulations of one tumour radius, sorted by parameters and replicate.

    ``simulation_ids`` (n,); ``parameters`` (n, 3): pulse period (min), pulse duration (min), TNF
    concentration; ``replicates`` (n,); ``counts`` (n, 25, 3): alive, apoptotic, necrotic cells at
    t = 0, 60, ..., 1440 min.
    """

    tumor_radius_um: int
    simulation_ids: NDArray[np.str_]
    parameters: NDArray[np.float64]
    replicates: NDArray[np.int64]
    counts: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.parameters)

    def subset(self, indices: NDArray[np.int64]) -> "Trajectories":
        """Take some of the simulations."""
        return Trajectories(
            self.tumor_radius_um,
            self.simulation_ids[indices],
            self.parameters[indices],
            self.replicates[indices],
            self.counts[indices],
        )

    @property
    def points(self) -> NDArray[np.int64]:
        """Number, from 0, of every simulation's parameter point, in the order of parameters."""
        _, points = np.unique(self.parameters, axis=0, return_inverse=True)
        return points.reshape(-1)

    @property
    def content_hash(self) -> str:
        """Name the data by their values, whoever made them."""
        digest = hashlib.sha256(str(self.tumor_radius_um).encode())
        for array in (self.parameters, self.replicates, self.counts):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:16]


def trajectories_of_radius(frame: pd.DataFrame, tumor_radius_um: int) -> Trajectories:
    """Lay the hourly counts of one radius out as arrays.

    A table without ``simulation_id``, as other programs write it, gets ids from parameters and
    replicates. Raises ``UserError`` for missing columns or values, minutes that are not whole,
    negative counts, a radius without data, a simulation that lacks an hour or occurs twice, and
    ids that do not name one simulation each.
    """
    missing = [column for column in REQUIRED_COLUMNS if column not in frame.columns]
    if missing:
        raise UserError(f"trajectory table lacks {', '.join(missing)}: give a TNF data set")
    of_radius = frame[frame[tables.TUMOR_RADIUS_UM] == tumor_radius_um]
    if of_radius.empty:
        known = ", ".join(str(radius) for radius in sorted(frame[tables.TUMOR_RADIUS_UM].unique()))
        raise UserError(
            f"tumor_radius_um={tumor_radius_um}: no simulations in the data set; it has {known}"
        )
    hourly = of_radius[of_radius[tables.TIME_MIN].isin(OUTPUT_TIMES_MIN)]
    has_ids = tables.SIMULATION_ID in frame.columns
    columns = [*([tables.SIMULATION_ID] if has_ids else []), *REQUIRED_COLUMNS]
    hourly = hourly[columns].sort_values(_KEY, kind="stable")
    if hourly.isna().any(axis=None):
        raise UserError(f"tumor_radius_um={tumor_radius_um}: the data set has missing values")
    for column in (tables.PULSE_PERIOD_MIN, tables.PULSE_DURATION_MIN):
        fractional = hourly.loc[hourly[column] % 1 != 0, column]
        if not fractional.empty:
            raise UserError(
                f"tumor_radius_um={tumor_radius_um}: {column}={fractional.iloc[0]:g} in the data "
                "set; give whole minutes"
            )
    for column in tables.CELL_TYPES:
        negative = hourly.loc[hourly[column] < 0, column]
        if not negative.empty:
            raise UserError(
                f"tumor_radius_um={tumor_radius_um}: {column}={negative.iloc[0]:g} in the data "
                "set; give counts of at least 0"
            )
    if hourly.duplicated(_KEY).any():
        raise UserError(
            f"tumor_radius_um={tumor_radius_um}: two simulations share parameters and replicate; "
            "number the replicates apart"
        )
    per_simulation = hourly.groupby(_KEY[:-1], sort=False).size()
    incomplete = per_simulation[per_simulation != N_TIMES]
    if not incomplete.empty:
        first_incomplete = ", ".join(f"{value:g}" for value in incomplete.index[0])
        raise UserError(
            f"tumor_radius_um={tumor_radius_um}: {len(incomplete)} simulations lack some of the "
            f"times 0, 60, ..., {OUTPUT_TIMES_MIN[-1]} min, the first at "
            f"(period, duration, concentration, replicate) = ({first_incomplete}); drop "
            "them"
        )
    first = hourly.iloc[::N_TIMES]
    return Trajectories(
        tumor_radius_um=tumor_radius_um,
        simulation_ids=_given_ids(hourly, tumor_radius_um) if has_ids else _derived_ids(first),
        parameters=first[list(tables.PARAMETER_COLUMNS)].to_numpy(np.float64),
        replicates=first[tables.REPLICATE].to_numpy(np.int64),
        counts=hourly[list(tables.CELL_TYPES)]
        .to_numpy(np.float64)
        .reshape(-1, N_TIMES, len(tables.CELL_TYPES)),
    )


def _given_ids(hourly: pd.DataFrame, tumor_radius_um: int) -> NDArray[np.str_]:
    ids = hourly[tables.SIMULATION_ID].to_numpy(np.str_).reshape(-1, N_TIMES)
    of_simulations: NDArray[np.str_] = ids[:, 0]
    if (ids != ids[:, :1]).any() or len(np.unique(of_simulations)) < len(of_simulations):
        raise UserError(
            f"tumor_radius_um={tumor_radius_um}: a {tables.SIMULATION_ID} names several "
            "simulations, or a simulation has several; drop the column, and ids are derived"
        )
    return of_simulations


def _derived_ids(first: pd.DataFrame) -> NDArray[np.str_]:
    """Name simulations by their key, where the table does not; ``first`` holds one row of each."""
    key = [*tables.POINT_COLUMNS, tables.REPLICATE]
    rows = first[key].astype(float).to_numpy().tolist()
    return np.array([content_hash(dict(zip(key, row, strict=True))) for row in rows], np.str_)
