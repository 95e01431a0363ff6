"""Therapies evaluated by the compiled model, many at once."""

from functools import cached_property
from typing import Final

import numpy as np

from theraflow.config.crc.model import ModelConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.core.fingerprints import source_fingerprint
from theraflow.core.identity import content_hash
from theraflow.crc.compiled.machine.kernel import Kernel
from theraflow.crc.compiled.simulator import SEARCHING, TIGHT
from theraflow.crc.compiled.symbolic.rate_equations import RateEquations, read_rate_equations
from theraflow.crc.compiled.therapies import TherapyEvaluator, Treatment
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.search.problem import TherapySearch
from theraflow.crc.therapy.drugs import drugs_of
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


def tight_evaluator(search: TherapySearch) -> CompiledEvaluator:
    """Return the evaluator whose errors of J are below 1e-6."""
    return CompiledEvaluator(search, TIGHT)


def compile_model(model: StudyModel, config: ModelConfig) -> Kernel:
    """Compile the study's model; raises ``UserError`` for what cannot be compiled."""
    return Kernel(read_study_equations(model, config))


def read_study_equations(model: StudyModel, config: ModelConfig) -> RateEquations:
    """Read the equations of the study's model; raises ``UserError`` as ``compile_model`` does."""
    return read_rate_equations(
        model.document,
        model.patient_parameters,
        config.names.tumour_diameter,
        (config.names.atezolizumab, config.names.cibisatamab),
    )


def treatment_of(therapy: TherapyConfig, model: ModelConfig, end_days: float) -> Treatment:
    """Return how doses enter the model, until the day that decides."""
    drugs = drugs_of(therapy)
    return Treatment(
        dosed=(model.names.atezolizumab, model.names.cibisatamab),
        amount_per_mg=tuple(drug.nanomoles_per_mg / model.amount_unit_nmol for drug in drugs),
        largest_dose_mg=tuple(drug.largest_dose_mg for drug in drugs),
        horizon_days=end_days,
        diameter_unit_mm=model.diameter_unit_mm,
    )
