"""Trajectory tables as arrays."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.core.errors import UserError
from theraflow.core.identity import content_hash
from theraflow.tnf import tables
from theraflow.tnf.simulation import OUTPUT_INTERVAL_MIN, output_times_min

REQUIRED_COLUMNS: Final = (
    *tables.POINT_COLUMNS,
    tables.REPLICATE,
    tables.TIME_MIN,
    *tables.CELL_TYPES,
)
SIMULATION_COLUMNS: Final = [tables.TUMOR_RADIUS_UM, *tables.PARAMETER_COLUMNS, tables.REPLICATE]
_KEY: Final = [*SIMULATION_COLUMNS, tables.TIME_MIN]


@dataclass(frozen=True)
class Trajectories:
    """Simulations of one horizon, sorted by radius, parameters and replicate.

    ``tumor_radii_um`` and ``simulation_ids`` (n,); ``parameters`` (n, 3): pulse period (min), pulse
    duration (min), TNF concentration; ``replicates`` (n,); ``counts`` (n, hours + 1, 3): alive,
    apoptotic, necrotic cells at t = 0, 60, ... min.
    """

    tumor_radii_um: NDArray[np.int64]
    simulation_ids: NDArray[np.str_]
    parameters: NDArray[np.float64]
    replicates: NDArray[np.int64]
    counts: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.parameters)

    def subset(self, indices: NDArray[np.int64]) -> "Trajectories":
        """Take some of the simulations."""
        return Trajectories(
            self.tumor_radii_um[indices],
            self.simulation_ids[indices],
            self.parameters[indices],
            self.replicates[indices],
            self.counts[indices],
        )

    @property
    def tumor_radius_um(self) -> int:
        """The radius of all simulations; raises ``ValueError`` where there are several."""
        (radius,) = np.unique(self.tumor_radii_um)
        return int(radius)

    @property
    def horizon_min(self) -> int:
        """When the simulations end."""
        return int(self.counts.shape[1] - 1) * OUTPUT_INTERVAL_MIN

    @property
    def points(self) -> NDArray[np.int64]:
        """Number, from 0, of every simulation's parameter point, by radius and parameters."""
        points = np.column_stack([self.tumor_radii_um, self.parameters])
        _, numbers = np.unique(points, axis=0, return_inverse=True)
        return numbers.reshape(-1)

    @property
    def content_hash(self) -> str:
        """Name the data by their values, whoever made them."""
        radii = np.unique(self.tumor_radii_um)
        digest = hashlib.sha256(" ".join(map(str, radii.tolist())).encode())
        # The radius of one tumour is named already.
        of_radii = [] if len(radii) == 1 else [self.tumor_radii_um]
        for array in (*of_radii, self.parameters, self.replicates, self.counts):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:16]


SimulationData = pd.DataFrame | Trajectories
"""A table of trajectories, or the arrays as which it was laid out."""


def trajectories_of_radius(data: SimulationData, tumor_radius_um: int) -> Trajectories:
    """Lay the hourly counts of one radius out as arrays.

    Raises ``UserError`` as ``trajectories`` does, and for a radius without data.
    """
    if isinstance(data, Trajectories):
        radii_um = data.tumor_radii_um
    else:
        _check_columns(data)
        radii_um = data[tables.TUMOR_RADIUS_UM].to_numpy()
    is_of_radius = radii_um == tumor_radius_um
    if not is_of_radius.any():
        known = ", ".join(map(str, np.unique(radii_um)))
        raise UserError(
            f"tumor_radius_um={tumor_radius_um}: no simulations in the data set; it has {known}"
        )
    if isinstance(data, Trajectories):
        return data if is_of_radius.all() else data.subset(np.flatnonzero(is_of_radius))
    return trajectories(data[is_of_radius])


def trajectories(data: SimulationData) -> Trajectories:
    """Lay the hourly counts of all simulations out as arrays, to the last full hour of any.

    A table without ``simulation_id``, as other programs write it, gets ids from parameters and
    replicates; arrays are returned as they are. Raises ``UserError`` for missing columns or values,
    minutes that are not whole, negative counts, a simulation that lacks an hour or occurs twice,
    and ids that do not name one simulation each.
    """
    if isinstance(data, Trajectories):
        return data
    _check_columns(data)
    hourly = data[data[tables.TIME_MIN] % OUTPUT_INTERVAL_MIN == 0]
    has_ids = tables.SIMULATION_ID in data.columns
    columns = [*([tables.SIMULATION_ID] if has_ids else []), *REQUIRED_COLUMNS]
    hourly = hourly[columns].sort_values(_KEY, kind="stable")
    times_min = output_times_min(int(hourly[tables.TIME_MIN].max()))
    _check_values(hourly, times_min)
    first = hourly.iloc[:: len(times_min)]
    return Trajectories(
        tumor_radii_um=first[tables.TUMOR_RADIUS_UM].to_numpy(np.int64),
        simulation_ids=_given_ids(hourly, len(times_min)) if has_ids else _derived_ids(first),
        parameters=first[list(tables.PARAMETER_COLUMNS)].to_numpy(np.float64),
        replicates=first[tables.REPLICATE].to_numpy(np.int64),
        counts=hourly[list(tables.CELL_TYPES)]
        .to_numpy(np.float64)
        .reshape(-1, len(times_min), len(tables.CELL_TYPES)),
    )


def join_trajectories(pieces: Sequence[Trajectories]) -> Trajectories:
    """Join the simulations of several tables, or of pieces of one, as ``trajectories`` sorts them.

    Raises ``UserError`` for horizons that differ, and for a simulation that occurs twice.
    """
    horizons_min = {piece.horizon_min for piece in pieces}
    if len(horizons_min) > 1:
        raise UserError(
            f"simulations end at {min(horizons_min)} and at {max(horizons_min)} min; give tables "
            "of one horizon"
        )
    positions = _sorted_positions(pieces)
    joined = Trajectories(
        *(
            _placed([getattr(piece, field.name) for piece in pieces], positions)
            for field in fields(Trajectories)
        )
    )
    _check_joined(joined)
    return joined


def _sorted_positions(pieces: Sequence[Trajectories]) -> NDArray[np.int64]:
    """Find where each simulation, piece by piece, stands among all of them."""
    replicates, parameters, radii_um = (
        np.concatenate([getattr(piece, name) for piece in pieces])
        for name in ("replicates", "parameters", "tumor_radii_um")
    )
    order = np.lexsort([replicates, *parameters.T[::-1], radii_um])
    positions = np.empty_like(order)
    positions[order] = np.arange(len(order))
    return positions


def _placed(arrays: Sequence[NDArray[Any]], positions: NDArray[np.int64]) -> NDArray[Any]:
    """Join arrays, each row at its position, without a second copy of them all."""
    joined = np.empty((len(positions), *arrays[0].shape[1:]), np.result_type(*arrays))
    start = 0
    for array in arrays:
        joined[positions[start : start + len(array)]] = array
        start += len(array)
    return joined


def _check_joined(joined: Trajectories) -> None:
    key = np.column_stack([joined.tumor_radii_um, joined.parameters, joined.replicates])
    is_twice = (key[1:] == key[:-1]).all(axis=1)
    if is_twice.any():
        raise _shared_key(joined.tumor_radii_um[1:][is_twice][0])
    if len(np.unique(joined.simulation_ids)) < len(joined):
        raise UserError(
            f"a {tables.SIMULATION_ID} names several simulations; drop the column, and ids are "
            "derived"
        )


def _check_columns(frame: pd.DataFrame) -> None:
    missing = [column for column in REQUIRED_COLUMNS if column not in frame.columns]
    if missing:
        raise UserError(f"trajectory table lacks {', '.join(missing)}: give a TNF data set")


def _check_values(hourly: pd.DataFrame, times_min: NDArray[np.int64]) -> None:
    gaps = hourly[hourly.isna().any(axis=1)]
    if not gaps.empty:
        raise UserError(f"{_radius_of(gaps)}: the data set has missing values")
    for column in (tables.PULSE_PERIOD_MIN, tables.PULSE_DURATION_MIN):
        fractional = hourly[hourly[column] % 1 != 0]
        if not fractional.empty:
            raise UserError(
                f"{_radius_of(fractional)}: {column}={fractional[column].iloc[0]:g} in the data "
                "set; give whole minutes"
            )
    for column in tables.CELL_TYPES:
        negative = hourly[hourly[column] < 0]
        if not negative.empty:
            raise UserError(
                f"{_radius_of(negative)}: {column}={negative[column].iloc[0]:g} in the data "
                "set; give counts of at least 0"
            )
    twice = hourly[hourly.duplicated(_KEY)]
    if not twice.empty:
        raise _shared_key(twice[tables.TUMOR_RADIUS_UM].iloc[0])
    per_simulation = hourly.groupby(SIMULATION_COLUMNS, sort=False).size()
    incomplete = per_simulation[per_simulation != len(times_min)]
    if not incomplete.empty:
        radius, *simulation = incomplete.index[0]
        raise UserError(
            f"tumor_radius_um={radius:g}: {len(incomplete)} simulations lack some of the "
            f"times 0, 60, ..., {times_min[-1]} min, the first at (period, duration, "
            f"concentration, replicate) = ({', '.join(f'{value:g}' for value in simulation)}); "
            "drop them"
        )


def _shared_key(tumor_radius_um: float) -> UserError:
    return UserError(
        f"tumor_radius_um={tumor_radius_um:g}: two simulations share parameters and replicate; "
        "number the replicates apart"
    )


def _radius_of(rows: pd.DataFrame) -> str:
    return f"tumor_radius_um={rows[tables.TUMOR_RADIUS_UM].iloc[0]:g}"


def _given_ids(hourly: pd.DataFrame, n_times: int) -> NDArray[np.str_]:
    ids = hourly[tables.SIMULATION_ID].to_numpy(np.str_).reshape(-1, n_times)
    # A copy, as a view would keep the ids of all rows.
    of_simulations: NDArray[np.str_] = ids[:, 0].copy()
    if (ids != ids[:, :1]).any() or len(np.unique(of_simulations)) < len(of_simulations):
        raise UserError(
            f"{_radius_of(hourly)}: a {tables.SIMULATION_ID} names several "
            "simulations, or a simulation has several; drop the column, and ids are derived"
        )
    return of_simulations


def _derived_ids(first: pd.DataFrame) -> NDArray[np.str_]:
    """Name simulations by their key, where the table does not; ``first`` holds one row of each."""
    key = [*tables.POINT_COLUMNS, tables.REPLICATE]
    rows = first[key].astype(float).to_numpy().tolist()
    return np.array([content_hash(dict(zip(key, row, strict=True))) for row in rows], np.str_)
