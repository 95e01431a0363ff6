"""The treatments that were found, simulated anew: what they are worth, and what was promised."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from theraflow.config.tnf.treatment import TreatmentObjectiveConfig, VerificationConfig
from theraflow.core.errors import UserError
from theraflow.search.problem import Values
from theraflow.tnf import tables as tnf_tables
from theraflow.tnf.engine.interface import Engine
from theraflow.tnf.treatment import tables
from theraflow.tnf.treatment.candidates import distinct_best, spread_front
from theraflow.tnf.treatment.problem import Region, Target
from theraflow.tnf.treatment.simulating import (
    VERIFICATION,
    LivingCells,
    fresh_simulations,
    simulate_living_cells,
)

_LEVEL: Final = 0.95
# A mean difference of so many standard errors is taken for a bias.
_ERRORS_OF_A_BIAS: Final = 2.0
_KEYS: Final = [tables.TARGET, tables.HORIZON_MIN, tables.EVALUATOR]


@dataclass(frozen=True)
class Verifier:
    """A simulator and what it is to simulate, with seeds of a stream of its own."""

    engine: Engine
    config: VerificationConfig
    base_seed: int
    workers: int = 1
    stream: str = VERIFICATION

    def simulate(self, treatments: Values, target: Target) -> LivingCells:
        """Simulate treatments (n, 3) at the radii of a target.

        Raises ``UserError`` when a simulation fails.
        """
        replicates = self.config.replicates
        simulations = fresh_simulations(treatments, target, replicates, self.base_seed, self.stream)
        cells = simulate_living_cells(simulations, target, replicates, self.engine, self.workers)
        if cells.reason:
            raise UserError(f"a simulation of a treatment that was found failed: {cells.reason}")
        return cells


def choose_candidates(
    found: Sequence[pd.DataFrame], region: Region, config: VerificationConfig
) -> pd.DataFrame:
    """Choose what is simulated again from the candidates of all searches by one evaluator.

    Takes and returns rows like ``tables.CANDIDATES_SCHEMA``: the best, best first, then the front.
    """
    frame = pd.concat(found, ignore_index=True)
    best = distinct_best(
        frame[frame[tables.KIND] == tables.BEST], region, config.candidates, config.least_distance
    )
    front = spread_front(frame[frame[tables.KIND] == tables.FRONT], config.front_candidates)
    return pd.concat([best, front], ignore_index=True)


def verify_candidates(
    candidates: pd.DataFrame,
    target: Target,
    objective: TreatmentObjectiveConfig,
    verifier: Verifier,
) -> pd.DataFrame:
    """Simulate candidates anew and rank them by what comes out.

    Takes rows like ``tables.CANDIDATES_SCHEMA`` and returns rows like ``tables.TREATMENTS_SCHEMA``,
    the best treatment first and the front last. Of several radii that with the most cells left
    counts, in the simulations as in the prediction. Raises ``UserError`` when a simulation fails.
    """
    treatments = candidates[list(tnf_tables.PARAMETER_COLUMNS)].to_numpy(np.float64)
    cells = verifier.simulate(treatments, target)
    replicates = verifier.config.replicates
    half_width = stats.t.ppf((1 + _LEVEL) / 2, replicates - 1) * cells.standard_error
    initial = cells.initial.mean(axis=2)
    worst = np.arange(len(candidates)), np.argmax(cells.mean / initial, axis=1)
    frame = candidates.copy()
    frame[tnf_tables.TUMOR_RADIUS_UM] = np.array(target.tumor_radii_um)[worst[1]]
    frame[tables.INITIAL_CELLS] = initial[worst]
    frame[tables.PREDICTED_LIVING_CELLS] = frame[tables.PREDICTED_CELLS_LEFT] * initial[worst]
    frame[tables.PREDICTED_DEVIATION] *= initial[worst]
    frame[tables.SIMULATED_LIVING_CELLS] = cells.mean[worst]
    frame[tables.STANDARD_ERROR] = cells.standard_error[worst]
    frame[tables.SIMULATED_LOWER] = (cells.mean - half_width)[worst]
    frame[tables.SIMULATED_UPPER] = (cells.mean + half_width)[worst]
    frame[tables.REPLICATES] = replicates
    frame[tables.SIMULATED_CELLS_LEFT] = (cells.mean / initial)[worst]
    frame[tables.SIMULATED_OBJECTIVE] = (
        objective.cells_weight * frame[tables.SIMULATED_CELLS_LEFT]
        + objective.tnf_weight * frame[tables.TNF_GIVEN]
    )
    difference = frame[tables.PREDICTED_LIVING_CELLS] - frame[tables.SIMULATED_LIVING_CELLS]
    frame[tables.DIFFERENCE] = difference
    frame[tables.IS_OUTSIDE] = difference.abs() > half_width[worst]
    return rank_treatments(frame)


def rank_treatments(frame: pd.DataFrame) -> pd.DataFrame:
    """Rank treatments by simulation and by prediction, those of a front by the TNF given.

    Takes the columns of ``tables.TREATMENTS_SCHEMA`` but the ranks, and returns all of them, in the
    order of the ranks, the best before the front.
    """
    parts = []
    for kind, by in (
        (tables.BEST, tables.SIMULATED_OBJECTIVE),
        (tables.FRONT, tables.TNF_GIVEN),
    ):
        part = frame[frame[tables.KIND] == kind].sort_values(by, kind="stable")
        part[tables.RANK] = np.arange(1, len(part) + 1)
        predicted = part[tables.PREDICTED_OBJECTIVE].rank(method="first")
        part[tables.PREDICTED_RANK] = predicted.astype(int)
        parts.append(part)
    return pd.concat(parts, ignore_index=True).reindex(columns=tables.TREATMENTS_SCHEMA.names)


def measure_optimism(treatments: pd.DataFrame) -> pd.DataFrame:
    """Tell for each target and evaluator whether its best treatments were promised too much of.

    Whoever takes the best of many predictions takes those that err to the good side: the
    optimiser's curse (Smith and Winkler 2006, doi 10.1287/mnsc.1050.0451). Takes rows like
    ``tables.TREATMENTS_SCHEMA``, returns rows like ``tables.OPTIMISM_SCHEMA``.
    """
    best = treatments[treatments[tables.KIND] == tables.BEST]
    rows = [
        dict(zip(_KEYS, key, strict=True)) | _optimism(group)
        for key, group in best.groupby(_KEYS, sort=False)
    ]
    return pd.DataFrame(rows, columns=tables.OPTIMISM_SCHEMA.names)


def _optimism(group: pd.DataFrame) -> dict[str, object]:
    first = group.nsmallest(1, tables.PREDICTED_RANK).iloc[0]
    chosen = group.nsmallest(1, tables.RANK).iloc[0]
    difference = float(group[tables.DIFFERENCE].mean())
    of_simulations = float((group[tables.STANDARD_ERROR] ** 2).sum()) / len(group) ** 2
    # Errors of predictions go together: a search has common random numbers, a surrogate one bias.
    of_predictions = float(group[tables.PREDICTED_DEVIATION].mean()) ** 2
    error = float(np.sqrt(of_simulations + of_predictions))
    return {
        tnf_tables.TUMOR_RADIUS_UM: int(chosen[tnf_tables.TUMOR_RADIUS_UM]),
        tables.TREATMENTS: len(group),
        tables.MEAN_DIFFERENCE: difference,
        tables.MEAN_DIFFERENCE_ERROR: error,
        tables.OUTSIDE: int(group[tables.IS_OUTSIDE].sum()),
        tables.FIRST_PREDICTED: float(first[tables.PREDICTED_LIVING_CELLS]),
        tables.FIRST_SIMULATED: float(first[tables.SIMULATED_LIVING_CELLS]),
        tables.CHOSEN_SIMULATED: float(chosen[tables.SIMULATED_LIVING_CELLS]),
        tables.VERDICT: _verdict(difference, error),
    }


def _verdict(difference: float, error: float) -> str:
    if abs(difference) <= _ERRORS_OF_A_BIAS * error:
        return "no bias seen"
    return "over-optimistic" if difference < 0 else "pessimistic"


def optimism_in_words(optimism: pd.DataFrame) -> str:
    """Say of each row of ``tables.OPTIMISM_SCHEMA``, in a line, what the promises were worth."""
    return "\n".join(
        f"{row[tables.TARGET]}, {row[tables.EVALUATOR]}: {row[tables.VERDICT]}; of its "
        f"{row[tables.TREATMENTS]} best treatments it predicts "
        f"{abs(row[tables.MEAN_DIFFERENCE]):.1f} +- {row[tables.MEAN_DIFFERENCE_ERROR]:.1f} living "
        f"cells too {'few' if row[tables.MEAN_DIFFERENCE] < 0 else 'many'}, "
        f"{row[tables.OUTSIDE]} of them outside of the simulations' 95 % interval; its first "
        f"leaves {row[tables.FIRST_SIMULATED]:.1f} cells where it promised "
        f"{row[tables.FIRST_PREDICTED]:.1f}, and the one chosen by simulation "
        f"{row[tables.CHOSEN_SIMULATED]:.1f}"
        for row in optimism.to_dict("records")
    )
