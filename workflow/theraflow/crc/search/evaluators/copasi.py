"""Therapies evaluated by COPASI, one after the other."""

from functools import cached_property
from importlib.metadata import version
from typing import Final

import numpy as np

from theraflow.config.crc.search import SolverConfig
from theraflow.core.fingerprints import source_fingerprint
from theraflow.core.identity import content_hash
from theraflow.crc.model.copasi import SolverError
from theraflow.crc.search.problem import TherapySearch
from theraflow.crc.therapy.treated_patient import TreatedPatient
from theraflow.search.evaluator import Evaluations, Seeds
from theraflow.search.problem import Values

_COPASI: Final = "python-copasi"


class CopasiEvaluator:
    """Evaluates candidates of one search at the tolerances of a solver."""

    name = "copasi"
    is_stochastic = False
    batch_size = 1

    def __init__(self, search: TherapySearch, solver: SolverConfig) -> None:
        self._search = search
        self._solver = solver

    @property
    def fingerprint(self) -> str:
        """Name the code, COPASI's version and the tolerances."""
        return content_hash(
            {
                "code": source_fingerprint("theraflow.crc.search.evaluators.copasi"),
                "copasi": version(_COPASI),
                "solver": self._solver.identity(),
            }
        )

    @property
    def fidelity(self) -> str:
        """Name the solver and its tolerances."""
        return (
            f"COPASI LSODA, relative tolerance {self._solver.relative_tolerance:g}, absolute "
            f"{self._solver.absolute_tolerance:g}"
        )

    def evaluate(self, candidates: Values, seeds: Seeds) -> Evaluations:
        """Evaluate candidates (n, d); the seeds change nothing."""
        del seeds
        weekly_mg = self._search.schedule.weekly_dose_mg(candidates)
        diameters_mm = [
            [self._end_diameter_mm(member, doses) for member in self._members]
            for doses in weekly_mg
        ]
        return self._search.evaluations(candidates, np.array(diameters_mm))

    def _end_diameter_mm(self, member: TreatedPatient, weekly_mg: Values) -> float:
        try:
            return member.end_diameter_mm(weekly_mg, self._search.end_days, self._solver)
        except SolverError:
            return np.nan

    @cached_property
    def _members(self) -> list[TreatedPatient]:
        search = self._search
        return [
            TreatedPatient(member.start, search.model, search.model_config, search.config)
            for member in search.subject.members
        ]
