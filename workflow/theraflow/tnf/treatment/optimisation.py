"""From what searches have found to treatments that simulations have chosen."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from theraflow.config.tnf.treatment import TreatmentConfig
from theraflow.tnf import tables as tnf_tables
from theraflow.tnf.treatment import tables
from theraflow.tnf.treatment.pose import Simulator, pose_refinement
from theraflow.tnf.treatment.problem import Region, Target
from theraflow.tnf.treatment.search import find_candidates
from theraflow.tnf.treatment.verification import (
    Verifier,
    choose_candidates,
    rank_treatments,
    verify_candidates,
)


def verify_and_refine(
    found: Sequence[pd.DataFrame],
    target: Target,
    config: TreatmentConfig,
    simulator: Simulator,
    folder: Path,
) -> pd.DataFrame:
    """Simulate the best of what was found anew, and search on from the best of these if asked.

    ``found`` holds the candidates of all searches by one evaluator; histories of a refinement go
    into ``folder``. Returns rows like ``tables.TREATMENTS_SCHEMA``, ranked for each evaluator.
    Raises ``UserError`` when a simulation fails.
    """
    region = Region.of(config.region, target.horizon_min)
    verifier = Verifier(
        simulator.engine, config.verification, simulator.base_seed, simulator.workers
    )
    chosen = choose_candidates(found, region, config.verification)
    verified = verify_candidates(chosen, target, config.objective, verifier)
    if not config.refinement.budget_evaluations:
        return verified
    best = verified.iloc[0]
    period_min, duration_min, concentration = (
        float(best[name]) for name in tnf_tables.PARAMETER_COLUMNS
    )
    posed = pose_refinement(
        (period_min, duration_min, concentration),
        str(best[tables.EVALUATOR]),
        target,
        config,
        simulator,
    )
    refined = find_candidates(posed, folder, config.verification, region)
    best_refined = refined[refined[tables.KIND] == tables.BEST]
    return pd.concat(
        [verified, verify_candidates(best_refined, target, config.objective, verifier)],
        ignore_index=True,
    )


def rank_over_evaluators(treatments: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Rank treatments of all evaluators together, for each target.

    Takes and returns rows like ``tables.TREATMENTS_SCHEMA``; what several evaluators have found is
    there once.
    """
    frame = pd.concat(treatments, ignore_index=True)
    keys = [tables.TARGET, tables.HORIZON_MIN]
    once = frame.drop_duplicates([*keys, tables.KIND, *tnf_tables.PARAMETER_COLUMNS])
    ranked = [rank_treatments(group) for _, group in once.groupby(keys, sort=False)]
    return pd.concat(ranked, ignore_index=True)
