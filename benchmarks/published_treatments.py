"""Our treatments against published ones, both chosen and compared on equal terms.

Ours are searched on the embedded engine. The ten best of them, and all published ones, are chosen
from on the same number of replicates; those chosen are compared on fresh ones. Published are those
for a disc and those for a sphere: the best of each is compared, which tells whether they differ.

    python benchmarks/published_treatments.py published_treatments.csv OUT \
        [--dimension 3] [--horizon 4620] [--ours treatments.parquet]

Ours may also be those of a study (tnf/treatment/treatments.parquet, or the verified treatments of
one evaluator), which were chosen on as many replicates.

The file has the columns geometry (2D or 3D), tumor_radius_um, pulse_period_min,
pulse_duration_min and tnf_concentration, as the 30 best treatments each of Ponce-de-Leon et al.
2022 (doi 10.3389/fmolb.2022.836794). Writes treatments.csv (our best and our front),
published_treatments.csv and comparison.csv, and prints the last.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from theraflow.config.tnf.engines import EngineConfig
from theraflow.config.tnf.treatment import (
    RefinementConfig,
    TreatmentConfig,
    TreatmentSearchConfig,
    VerificationConfig,
)
from theraflow.core.files import write_text_atomic
from theraflow.tnf import tables as tnf_tables
from theraflow.tnf.engine.make import make_embedded_engine
from theraflow.tnf.treatment import tables
from theraflow.tnf.treatment.optimisation import rank_over_evaluators, verify_and_refine
from theraflow.tnf.treatment.pose import Simulator, pose_treatment_search
from theraflow.tnf.treatment.problem import Region, Target, tnf_given
from theraflow.tnf.treatment.search import find_candidates
from theraflow.tnf.treatment.simulating import VERIFICATION
from theraflow.tnf.treatment.verification import Verifier
from theraflow.work.usage import Usage

REPLICATES = 32
FRESH_REPLICATES = 256
GEOMETRY = "geometry"
# No stream of searches or of the choice.
COMPARISON = "comparison"
PARAMETERS = list(tnf_tables.PARAMETER_COLUMNS)
SEARCH = "sobol"
SEED = 1


def config_of(evaluations: int, refinement: int, front: int) -> TreatmentConfig:
    """Search by Sobol points on the engine, then by a simplex from the best of them."""
    return TreatmentConfig(
        searches={SEARCH: TreatmentSearchConfig(method="sobol", evaluator="engine")},
        budget_evaluations=evaluations,
        verification=VerificationConfig(
            candidates=10, front_candidates=front, replicates=REPLICATES
        ),
        refinement=RefinementConfig(budget_evaluations=refinement),
    )


def find_ours(
    target: Target, config: TreatmentConfig, simulator: Simulator
) -> tuple[pd.DataFrame, float]:
    """Return our treatments, the best first, and the CPU time (s) of finding them."""
    usage = Usage()
    with tempfile.TemporaryDirectory() as folder:
        posed = pose_treatment_search(SEARCH, SEED, target, config, simulator)
        region = Region.of(config.region, target.horizon_min)
        found = find_candidates(posed, Path(folder), config.verification, region)
        verified = verify_and_refine([found], target, config, simulator, Path(folder))
    return rank_over_evaluators([verified]), usage.cpu_s()


def read_ours(file: Path, target: Target) -> pd.DataFrame:
    """Read what a study found for a target, the best by simulation first, the front last."""
    found = pd.read_parquet(file)
    of_target = found[found[tables.TARGET] == target.name]
    by_cells = of_target.sort_values(tables.SIMULATED_LIVING_CELLS, kind="stable")
    is_best = by_cells[tables.KIND] == tables.BEST
    return pd.concat([by_cells[is_best], by_cells[~is_best]], ignore_index=True)


def simulate(
    treatments: np.ndarray, target: Target, simulator: Simulator, replicates: int, stream: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean and standard error of living cells (n,) and the cells at the start (n,)."""
    config = VerificationConfig(replicates=replicates)
    verifier = Verifier(simulator.engine, config, SEED, simulator.workers, stream)
    cells = verifier.simulate(treatments, target)
    return cells.mean[:, 0], cells.standard_error[:, 0], cells.initial.mean(axis=2)[:, 0]


def simulate_published(
    published: pd.DataFrame, target: Target, simulator: Simulator
) -> pd.DataFrame:
    """Simulate the published treatments as ours are chosen, the best first."""
    treatments = published[PARAMETERS].to_numpy(float)
    mean, error, initial = simulate(treatments, target, simulator, REPLICATES, VERIFICATION)
    found: dict[str, Any] = {
        tables.HORIZON_MIN: target.horizon_min,
        tables.TNF_GIVEN: tnf_given(treatments, target.horizon_min),
        tables.INITIAL_CELLS: initial,
        tables.SIMULATED_LIVING_CELLS: mean,
        tables.STANDARD_ERROR: error,
        tables.REPLICATES: REPLICATES,
    }
    frame = published[[GEOMETRY, *PARAMETERS]].assign(**found)
    return frame.sort_values(tables.SIMULATED_LIVING_CELLS, kind="stable")


def compare(
    ours: pd.DataFrame, theirs: pd.DataFrame, target: Target, simulator: Simulator
) -> pd.DataFrame:
    """Compare our first and the first of each geometry on fresh replicates; one row each.

    Differences are ours minus theirs.
    """
    firsts = [ours.head(1).assign(**{GEOMETRY: "ours"}), theirs.groupby(GEOMETRY).head(1)]
    chosen = pd.concat(firsts, ignore_index=True)
    treatments = chosen[PARAMETERS].to_numpy(float)
    mean, error, _ = simulate(treatments, target, simulator, FRESH_REPLICATES, COMPARISON)
    return pd.DataFrame(
        {
            tables.HORIZON_MIN: target.horizon_min,
            "whose": chosen[GEOMETRY].replace({"2D": "published_2d", "3D": "published_3d"}),
            **{name: chosen[name] for name in [*PARAMETERS, tables.INITIAL_CELLS]},
            tables.TNF_GIVEN: tnf_given(treatments, target.horizon_min),
            "cells_when_chosen": chosen[tables.SIMULATED_LIVING_CELLS],
            "fresh_cells": mean,
            "fresh_standard_error": error,
            "fresh_replicates": FRESH_REPLICATES,
            "difference_in_standard_errors": (mean[0] - mean) / np.hypot(error[0], error),
        }
    )


def main() -> None:
    """Search, choose, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("published", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--horizon", type=int, action="append")
    parser.add_argument("--radius", type=int, default=100)
    parser.add_argument("--evaluations", type=int, default=512)
    parser.add_argument("--refinement", type=int, default=60)
    parser.add_argument("--front", type=int, default=6)
    parser.add_argument("--dimension", type=int, choices=(2, 3), default=2)
    parser.add_argument("--ours", type=Path)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    published = pd.read_csv(asked.published).query("tumor_radius_um == @asked.radius")
    engine = make_embedded_engine(EngineConfig(dimension=asked.dimension))
    simulator = Simulator(engine, SEED, asked.workers)
    simulator.engine.warm_up()
    config = config_of(asked.evaluations, asked.refinement, asked.front)
    ours, theirs, compared = [], [], []
    for horizon_min in asked.horizon or [1440, 4620]:
        target = Target((asked.radius,), horizon_min)
        if asked.ours:
            found, search_cpu_s = read_ours(asked.ours, target), np.nan
        else:
            found, search_cpu_s = find_ours(target, config, simulator)
        known = simulate_published(published, target, simulator)
        row = compare(found, known, target, simulator)
        row.insert(0, "dimension", asked.dimension)
        row.loc[0, "search_cpu_s"] = search_cpu_s
        ours.append(found)
        theirs.append(known)
        compared.append(row)
    for name, frames in (
        ("treatments", ours),
        ("published_treatments", theirs),
        ("comparison", compared),
    ):
        text = pd.concat(frames, ignore_index=True).to_csv(index=False, float_format="%.6g")
        write_text_atomic(asked.out / f"{name}.csv", text)
    print(pd.concat(compared, ignore_index=True).round(4).T.to_string())


if __name__ == "__main__":
    main()
