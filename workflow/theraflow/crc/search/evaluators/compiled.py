"""Therapies evaluated by the compiled model, many at once."""

from functools import cached_property
from typing import Final

import numpy as np

from theraflow.core.fingerprints import source_fingerprint
from theraflow.core.identity import content_hash
from theraflow.crc.compiled.simulator import SEARCHING
from theraflow.crc.compiled.study import compile_model, treatment_of
from theraflow.crc.compiled.therapies import TherapyEvaluator
from theraflow.crc.search.problem import TherapySearch
from theraflow.search.evaluator import Evaluations, Seeds
from theraflow.search.problem import Values

# So many that no lane of the machine code is idle for long.
_AT_ONCE: Final = 64


class CompiledEvaluator:
    """Evaluates candidates of one search; ``relative_tolerance`` is that of the solver."""

    name = "compiled"
    is_stochastic = False
    batch_size = _AT_ONCE

    def __init__(self, search: TherapySearch, relative_tolerance: float = SEARCHING) -> None:
        self._search = search
        self._relative_tolerance = relative_tolerance

    @property
    def fingerprint(self) -> str:
        """Name the code and the tolerance."""
        code = source_fingerprint(
            "theraflow.crc.compiled", "theraflow.crc.search.evaluators.compiled"
        )
        return content_hash({"code": code, "relative_tolerance": self._relative_tolerance})

    @property
    def fidelity(self) -> str:
        """Name the solver and its tolerance."""
        return f"compiled Rodas5P, relative tolerance {self._relative_tolerance:g}"

    def evaluate(self, candidates: Values, seeds: Seeds) -> Evaluations:
        """Evaluate candidates (n, d); the seeds change nothing."""
        del seeds
        weekly_mg = self._search.given_dose_mg(candidates)
        diameters_mm = [member.end_diameter_mm(weekly_mg) for member in self._members]
        return self._search.evaluations(candidates, np.column_stack(diameters_mm))

    @cached_property
    def _members(self) -> list[TherapyEvaluator]:
        search = self._search
        kernel = compile_model(search.model, search.model_config)
        treatment = treatment_of(search.config, search.model_config, search.end_days)
        return [
            TherapyEvaluator(
                kernel,
                treatment,
                member.start.parameters,
                member.start.amounts,
                self._relative_tolerance,
            )
            for member in search.subject.members
        ]
