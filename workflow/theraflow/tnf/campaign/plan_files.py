"""The plan of a campaign on disk: which simulations each batch holds, for the jobs that run them.

The process that starts a campaign writes it, so that a job simulates what it was named for, even
where the config was edited since, or where other versions of Python or SciPy would draw another
design.
"""

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from theraflow.core.errors import UserError
from theraflow.core.parquet import read_provenance, read_table, write_table
from theraflow.tnf import tables
from theraflow.tnf.campaign.batches import REPETITION, Batch, PlannedSimulations
from theraflow.tnf.simulation import Simulation
from theraflow.work.ledger import schema

PLANS: Final = Path("results/tnf/plans")
VALIDATION_PLANS: Final = Path("results/tnf/validation/plans")

_ENGINE: Final = "engine_fingerprint"
_BASE_SEED: Final = "base_seed"
_DRAWS_RADII: Final = "draws_radii"
_REMEDY: Final = "start the workflow again"


def plan_file(tumours: str) -> Path:
    """Name the plan of all batches with the same ``Batch.tumours``, data set and noise floor."""
    return PLANS / f"{tumours}.parquet"


def validation_plan_file(engine_fingerprint: str) -> Path:
    """Name the plan of an engine's batches in a comparison of two."""
    return VALIDATION_PLANS / f"{engine_fingerprint}.parquet"


def write_plan(
    batches: Iterable[Batch], base_seed: int, engine_fingerprint: str, file: Path
) -> None:
    """Write the simulations of batches, with what their seeds and ids derive from.

    Either all batches draw their radii, or none does.
    """
    batches = list(batches)
    table = pa.concat_tables([tables.PLAN_SCHEMA.empty_table(), *map(_rows, batches)])
    origin = {
        _ENGINE: engine_fingerprint,
        _BASE_SEED: base_seed,
        _DRAWS_RADII: any(batch.tumor_radius_um is None for batch in batches),
    }
    write_table(table, file, origin)


def read_planned_batch(
    file: Path, batch_id: str, engine_fingerprint: str
) -> tuple[Batch, set[str]]:
    """Read a batch, and the names of the others in its plan, which share no simulation with it.

    Raises ``UserError`` for a plan that is missing or damaged, one that does not have the batch,
    and one for an engine of another fingerprint.
    """
    table = read_table(file, tables.PLAN_SCHEMA.names, _REMEDY)
    origin = read_provenance(file)
    members = table.filter(pc.equal(table[schema.BATCH], batch_id))
    if not members.num_rows or origin.get(_ENGINE) != engine_fingerprint:
        raise UserError(
            f"batch {batch_id}: no longer part of the study, as the engine or the config was "
            f"edited while the workflow ran; {_REMEDY}"
        )
    repetitions = np.empty(members.num_rows, REPETITION)
    for name in REPETITION.names or ():
        repetitions[name] = members[name].to_numpy()
    horizon_min = int(members[tables.HORIZON_MIN][0].as_py())
    simulations = PlannedSimulations(int(origin[_BASE_SEED]), repetitions, horizon_min)
    radius = None if origin[_DRAWS_RADII] else int(repetitions[tables.TUMOR_RADIUS_UM][0])
    siblings = set(pc.unique(table[schema.BATCH]).to_pylist()) - {batch_id}
    return Batch(radius, batch_id, simulations), siblings


def _repetitions(simulations: Sequence[Simulation]) -> NDArray[np.void]:
    # Without their seeds and ids, which a million of them would take long to derive.
    if isinstance(simulations, PlannedSimulations):
        return simulations.repetitions
    rows = [(*astuple(item.point), item.replicate) for item in simulations]
    return np.array(rows, REPETITION)


def _rows(batch: Batch) -> pa.Table:
    repetitions = _repetitions(batch.simulations)
    columns = {
        schema.BATCH: np.full(len(repetitions), batch.batch_id),
        **{name: repetitions[name] for name in REPETITION.names or ()},
        tables.HORIZON_MIN: np.full(len(repetitions), batch.simulations[0].horizon_min, np.int32),
    }
    return pa.Table.from_pydict(columns, tables.PLAN_SCHEMA)
