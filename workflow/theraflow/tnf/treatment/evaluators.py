"""Evaluators of treatments for ``theraflow.search``: a surrogate, or a simulator."""

from typing import Final

import numpy as np

from theraflow.core.errors import UserError
from theraflow.core.fingerprints import source_fingerprint
from theraflow.core.identity import content_hash
from theraflow.search.evaluator import Evaluations, Seeds
from theraflow.search.problem import Values
from theraflow.tnf import tables
from theraflow.tnf.engine.interface import Engine
from theraflow.tnf.treatment.predictor import (
    Counts,
    TrajectoryPredictor,
    UncertainPredictor,
    check_predictor,
)
from theraflow.tnf.treatment.problem import TreatmentProblem
from theraflow.tnf.treatment.simulating import common_simulations, simulate_living_cells

# A network predicts so many at about the cost of a few.
_PREDICTED_AT_ONCE: Final = 256
_SIMULATED_AT_ONCE: Final = 16
_ALIVE: Final = tables.CELL_TYPES.index(tables.ALIVE)
_CODE: Final = "theraflow.tnf.treatment.evaluators"


class SurrogateEvaluator:
    """Evaluates treatments by what a predictor expects.

    Raises ``UserError`` for a radius or horizon that it does not know, and for caution where it
    tells no deviations.
    """

    name = "surrogate"
    is_stochastic = False
    batch_size = _PREDICTED_AT_ONCE

    def __init__(self, posed: TreatmentProblem, predictor: TrajectoryPredictor) -> None:
        target = posed.target
        check_predictor(predictor, target.tumor_radii_um, target.horizon_min)
        if posed.objective.caution and not isinstance(predictor, UncertainPredictor):
            raise UserError(
                f"caution {posed.objective.caution:g}: this surrogate does not tell how sure it "
                "is; set tnf.treatment.objective.caution to 0, or give one that does"
            )
        self._posed, self._predictor = posed, predictor

    @property
    def fingerprint(self) -> str:
        """Name the predictor and the code that asks it."""
        return content_hash(
            {"predictor": self._predictor.fingerprint, "code": source_fingerprint(_CODE)}
        )

    @property
    def fidelity(self) -> str:
        """Name the predictor."""
        return self._predictor.label

    def evaluate(self, candidates: Values, seeds: Seeds) -> Evaluations:
        """Evaluate candidates (n, d); the seeds change nothing."""
        del seeds
        treatments = self._posed.treatments(candidates)
        parts = [
            self._cells_left(radius, treatments) for radius in self._posed.target.tumor_radii_um
        ]
        cells_left, deviations = (np.column_stack(part) for part in zip(*parts, strict=True))
        return self._posed.evaluations(candidates, cells_left, deviations)

    def _cells_left(self, tumor_radius_um: int, treatments: Values) -> tuple[Values, Values]:
        """Predict living cells relative to the start, and their deviation, (n,) each."""
        predictor = self._predictor
        if isinstance(predictor, UncertainPredictor):
            counts, deviations = predictor.predict_with_deviation(tumor_radius_um, treatments)
        else:
            counts = predictor.predict(tumor_radius_um, treatments)
            deviations = np.zeros_like(counts)
        return _at_the_end(counts, counts), _at_the_end(deviations, counts)


def _at_the_end(values: Counts, counts: Counts) -> Values:
    """Return the values of living cells at the last hour, relative to their counts at the start."""
    relative: Values = values[:, -1, _ALIVE] / counts[:, 0, _ALIVE]
    return relative


class SimulationEvaluator:
    """Evaluates treatments by the mean of replicates of any engine.

    All treatments get the same random numbers, so that they differ by what they do.
    """

    name = "simulation"
    is_stochastic = False

    def __init__(
        self,
        posed: TreatmentProblem,
        engine: Engine,
        replicates: int,
        base_seed: int,
        workers: int = 1,
    ) -> None:
        self._posed, self._engine = posed, engine
        self._replicates, self._base_seed, self._workers = replicates, base_seed, workers
        self.batch_size = _SIMULATED_AT_ONCE * workers

    @property
    def fingerprint(self) -> str:
        """Name the engine, the random numbers and the code that plans simulations."""
        return content_hash(
            {
                "engine": self._engine.fingerprint,
                "replicates": self._replicates,
                "base_seed": self._base_seed,
                "code": source_fingerprint(_CODE),
            }
        )

    @property
    def fidelity(self) -> str:
        """Name the engine and how often it repeats a simulation."""
        return f"{self._engine.label}, {self._replicates} replicates"

    def evaluate(self, candidates: Values, seeds: Seeds) -> Evaluations:
        """Evaluate candidates (n, d); the seeds of the search change nothing."""
        del seeds
        posed = self._posed
        simulations = common_simulations(
            posed.treatments(candidates), posed.target, self._replicates, self._base_seed
        )
        cells = simulate_living_cells(
            simulations, posed.target, self._replicates, self._engine, self._workers
        )
        initial = cells.initial.mean(axis=2)
        found = posed.evaluations(candidates, cells.mean / initial, cells.standard_error / initial)
        return Evaluations(found.terms, found.constraints, found.status, cells.cpu_elsewhere_s)
