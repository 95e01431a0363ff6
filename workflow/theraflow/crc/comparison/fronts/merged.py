"""The front of inefficacy against drugs of one patient, merged over all searches, and verified."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.config.crc.search import SolverConfig
from theraflow.crc import tables
from theraflow.crc.comparison.fronts.tables import (
    FRONT,
    MERGED,
    RELATIVE_INEFFICACY_PERCENT,
    VERIFIED_DIAMETER_MM,
    VERIFIED_INEFFICACY_PERCENT,
)
from theraflow.crc.search.evaluators.copasi import CopasiEvaluator
from theraflow.crc.search.problem import TherapySearch
from theraflow.crc.therapy.inefficacy import inefficacy_of
from theraflow.search.comparison.pareto import non_dominated
from theraflow.search.problem import Values

# Besides the ends, the knee, the best J and the fewest drugs at no loss.
_EVENLY_SPACED: Final = 12
# A difference in inefficacy that does not matter, and that solvers might not tell.
NO_DIFFERENCE_PERCENT: Final = 0.1
_AXES: Final = [RELATIVE_INEFFICACY_PERCENT, tables.DRUG_QUANTITY_PERCENT]

_COLUMNS: Final = [
    tables.SUBJECT,
    FRONT,
    tables.ALGORITHM,
    tables.SEED,
    tables.EVALUATION,
    RELATIVE_INEFFICACY_PERCENT,
    tables.INEFFICACY,
    tables.DRUG_QUANTITY_PERCENT,
    *tables.DRUG_PERCENT,
    tables.OBJECTIVE,
    tables.DIAMETER_MM,
    VERIFIED_INEFFICACY_PERCENT,
    VERIFIED_DIAMETER_MM,
    tables.RELATIVE_GAP,
]


def fronts_of_patient(
    found: pd.DataFrame, subject: str, therapies: TherapySearch, solver: SolverConfig
) -> pd.DataFrame:
    """Merge the fronts of all searches of a patient, and those of searches for fronts alone.

    ``found`` are rows of ``IMPROVEMENTS_SCHEMA`` that each search has passed, those of searches for
    fronts without J. COPASI simulates the reference, no therapy, and at most 16 points of the
    merged front at the solver's tolerances. Columns as ``FRONTS_SCHEMA``.
    """
    patient = _Patient(therapies, solver)
    rows = patient.with_relative_inefficacy(found)
    is_own = found[tables.OBJECTIVE].isna()
    fronts = [patient.verified(_front(rows, MERGED))]
    for algorithm, own in rows[is_own].groupby(tables.ALGORITHM):
        fronts.append(_front(own, str(algorithm)))
    table = pd.concat([*fronts, patient.given_therapies()], ignore_index=True)
    table[tables.SUBJECT] = subject
    for name in (tables.SEED, tables.EVALUATION):
        table[name] = table[name].astype("Int64")
    return table[[*_COLUMNS, *patient.parameters]]


def points_to_verify(points: Values, objective: Values) -> NDArray[np.int64]:
    """Choose points (n, 2) of a front, in the order of the first axis, that stand for it.

    They are evenly spaced along the curve, both axes as long as the front is; the ends, the knee
    (where both axes together are least), the lowest J (n,), and the fewest drugs of those no worse
    than the reference, with and without ``NO_DIFFERENCE_PERCENT``, are among them. Returns their
    indices.
    """
    span = np.ptp(points, axis=0)
    scaled = (points - points.min(axis=0)) / np.where(span > 0, span, 1)
    steps = np.linalg.norm(np.diff(scaled, axis=0), axis=1)
    length = np.concatenate([[0.0], np.cumsum(steps)])
    spaced = np.abs(length[:, None] - np.linspace(0, length[-1], _EVENLY_SPACED)).argmin(axis=0)
    # Drugs fall where the inefficacy rises.
    fewest_drugs = [
        index
        for limit in (100 + NO_DIFFERENCE_PERCENT, 100)
        for index in np.flatnonzero(points[:, 0] <= limit)[-1:]
    ]
    special = [scaled.sum(axis=1).argmin(), objective.argmin(), *fewest_drugs]
    return np.unique([*spaced, *special]).astype(np.int64)


@dataclass(frozen=True)
class _Patient:
    therapies: TherapySearch
    solver: SolverConfig

    @property
    def parameters(self) -> list[str]:
        return tables.parameter_columns(self.therapies.problem.space.variables)

    def with_relative_inefficacy(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Add the inefficacy in percent of the reference's, and J, to rows of any search."""
        config = self.therapies.config
        result = rows.copy()
        result[tables.OBJECTIVE] = (
            config.inefficacy_weight * rows[tables.INEFFICACY]
            + config.drug_weight * rows[tables.DRUG_QUANTITY_PERCENT]
        )
        result[RELATIVE_INEFFICACY_PERCENT] = self._relative(rows[tables.DIAMETER_MM].to_numpy())
        return result

    def verified(self, front: pd.DataFrame) -> pd.DataFrame:
        """Simulate points of a front again, in COPASI."""
        chosen = points_to_verify(front[_AXES].to_numpy(), front[tables.OBJECTIVE].to_numpy())
        simulated = self._simulated(self._candidates(front.iloc[chosen]))
        values = {
            VERIFIED_INEFFICACY_PERCENT: simulated[RELATIVE_INEFFICACY_PERCENT],
            VERIFIED_DIAMETER_MM: simulated[tables.DIAMETER_MM],
        }
        result = front.copy()
        for name, value in values.items():
            result.loc[chosen, name] = value.to_numpy()
        result[tables.RELATIVE_GAP] = (
            result[VERIFIED_INEFFICACY_PERCENT] / result[RELATIVE_INEFFICACY_PERCENT] - 1
        )
        return result

    def given_therapies(self) -> pd.DataFrame:
        """Simulate the reference therapy, and none: the least of every number is no dose at all."""
        problem = self.therapies.problem
        lowest = [variable.lower for variable in problem.space.variables]
        candidates = np.array([problem.reference, lowest], dtype=np.float64)
        rows = self._simulated(candidates)
        rows[FRONT] = [tables.REFERENCE, tables.UNTREATED]
        rows[VERIFIED_INEFFICACY_PERCENT] = rows[RELATIVE_INEFFICACY_PERCENT]
        rows[VERIFIED_DIAMETER_MM] = rows[tables.DIAMETER_MM]
        for name, values in zip(self.parameters, candidates.T, strict=True):
            rows[name] = values
        return rows

    def _simulated(self, candidates: Values) -> pd.DataFrame:
        seeds = np.zeros(len(candidates), np.uint64)
        outcome = CopasiEvaluator(self.therapies, self.solver).evaluate(candidates, seeds)
        names = [term.name for term in self.therapies.problem.terms]
        return self.with_relative_inefficacy(pd.DataFrame(outcome.terms, columns=names))

    def _candidates(self, rows: pd.DataFrame) -> Values:
        return rows[self.parameters].to_numpy()

    def _relative(self, diameter_mm: Values) -> Values:
        (member,) = self.therapies.subject.members
        reading = inefficacy_of("relative", member.start.diameter_mm, member.reference_diameter_mm)
        return reading.of_diameter(diameter_mm)


def _front(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Keep the rows that no other dominates, in the order of their inefficacy."""
    front = rows[non_dominated(rows[_AXES].to_numpy())].sort_values(_AXES, ignore_index=True)
    return front.assign(**{FRONT: name})
