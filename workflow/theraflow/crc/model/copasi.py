"""A thin layer over COPASI: load a model, set initial values, simulate, read values by SBML id."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import COPASI
import pandas as pd

from theraflow.config.crc.search import SolverConfig
from theraflow.core.errors import UserError
from theraflow.core.files import refuse_link_out

TIME_DAYS = "time_days"
_MESSAGE_TIME = re.compile(r" \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?=<)")


class SolverError(RuntimeError):
    """COPASI could not integrate the model to the end."""


class CopasiModel:
    """A model in COPASI, its components addressed by their SBML identifiers."""

    def __init__(self, data_model: Any) -> None:
        self.data_model = data_model
        self.model = data_model.getModel()
        self._entities = {
            entity.getSBMLId() or entity.getObjectName(): entity
            for entities in (
                self.model.getCompartments(),
                self.model.getMetabolites(),
                self.model.getModelValues(),
            )
            for entity in entities
        }
        self._species = {
            species.getSBMLId() or species.getObjectName(): species
            for species in self.model.getMetabolites()
        }

    @classmethod
    def from_sbml(cls, text: str, origin: str = "the SBML model") -> "CopasiModel":
        """Import SBML text; raises ``UserError`` naming ``origin`` when COPASI cannot."""
        COPASI.CCopasiMessage.clearDeque()
        data_model = COPASI.CRootContainer.addDatamodel()
        with _quiet():
            imported = data_model.importSBMLFromString(text)
        if not imported:
            raise UserError(f"{origin}: COPASI cannot import it: {_last_message()}")
        return cls(data_model)

    @classmethod
    def from_file(cls, path: Path) -> "CopasiModel":
        """Load a COPASI file; raises ``UserError`` when COPASI cannot, or a link leads outside."""
        refuse_link_out(path)
        COPASI.CCopasiMessage.clearDeque()
        data_model = COPASI.CRootContainer.addDatamodel()
        if not path.is_file() or not data_model.loadModel(str(path)):
            raise UserError(f"{path}: COPASI cannot load it; make the file again")
        return cls(data_model)

    def close(self) -> None:
        """Free the model's memory in COPASI."""
        COPASI.CRootContainer.removeDatamodel(self.data_model)

    @property
    def species(self) -> tuple[str, ...]:
        """Identifiers of all species."""
        return tuple(self._species)

    def entity(self, identifier: str) -> Any:
        """Return COPASI's object; raises ``UserError`` for an identifier the model lacks."""
        if identifier not in self._entities:
            raise UserError(f"'{identifier}': the model has no such quantity")
        return self._entities[identifier]

    def set_initial_values(self, values: Mapping[str, float]) -> None:
        """Set constants' values and species' initial amounts, and what depends on them."""
        changed = COPASI.ObjectStdVector()
        for identifier, value in values.items():
            entity = self.entity(identifier)
            if identifier in self._species:
                entity.setInitialValue(value * self.model.getQuantity2NumberFactor())
            else:
                entity.setInitialValue(value)
            changed.append(entity.getInitialValueReference())
        self.model.updateInitialValues(changed)

    def simulate(
        self,
        duration_days: float,
        solver: SolverConfig,
        outputs: Sequence[str] = (),
        step_days: float | None = None,
    ) -> pd.DataFrame:
        """Simulate from time 0 and return ``outputs`` at every step.

        Without a step, at start and end only. Species are given as concentrations. Raises
        ``SolverError`` when the integration fails.
        """
        self.set_solver(solver, duration_days, step_days)
        task = self.data_model.getTask("Time-Course")
        handler = COPASI.CDataHandler()
        time = self.model.getObject(COPASI.CCommonName("Reference=Time"))
        handler.addDuringName(COPASI.CRegisteredCommonName(time.getCN().getString()))
        for identifier in outputs:
            cn = self.value_reference(identifier)
            handler.addDuringName(COPASI.CRegisteredCommonName(cn))
        self.data_model.addInterface(handler)
        try:
            COPASI.CCopasiMessage.clearDeque()
            finished = task.initializeRaw(COPASI.CCopasiTask.OUTPUT_UI) and task.processRaw(True)
            problem = "" if finished else _last_message()
            task.restore()
        finally:
            self.data_model.removeInterface(handler)
        if not finished:
            raise SolverError(problem)
        rows = [
            [row[column] for column in range(len(outputs) + 1)]
            for row in (handler.getNthRow(index) for index in range(handler.getNumRowsDuring()))
        ]
        return pd.DataFrame(rows, columns=[TIME_DAYS, *outputs])

    def set_solver(
        self, solver: SolverConfig, duration_days: float, step_days: float | None = None
    ) -> None:
        """Prepare the time course, by LSODA, that ``simulate`` and the optimisation run."""
        task = self.data_model.getTask("Time-Course")
        problem = task.getProblem()
        problem.setDuration(duration_days)
        problem.setStepNumber(1 if step_days is None else round(duration_days / step_days))
        problem.setOutputStartTime(0.0)
        problem.setTimeSeriesRequested(False)
        problem.setAutomaticStepSize(False)
        task.setMethodType(COPASI.CTaskEnum.Method_deterministic)
        method = task.getMethod()
        method.getParameter("Relative Tolerance").setDblValue(solver.relative_tolerance)
        method.getParameter("Absolute Tolerance").setDblValue(solver.absolute_tolerance)
        method.getParameter("Max Internal Steps").setUIntValue(solver.internal_steps)

    def value_reference(self, identifier: str) -> str:
        """Return the common name of a quantity's current value (concentration of a species)."""
        entity = self.entity(identifier)
        reference = (
            entity.getConcentrationReference()
            if identifier in self._species
            else entity.getValueReference()
        )
        return str(reference.getCN().getString())

    def amounts(self) -> dict[str, float]:
        """Return the amount of every species at the end of the last simulation."""
        factor = self.model.getQuantity2NumberFactor()
        return {name: entity.getValue() / factor for name, entity in self._species.items()}

    def value(self, identifier: str) -> float:
        """Return a quantity at the end of the last simulation (concentration of a species)."""
        entity = self.entity(identifier)
        if identifier in self._species:
            return float(entity.getConcentration())
        return float(entity.getValue())

    def initial_value(self, identifier: str) -> float:
        """Return a quantity at time zero (concentration of a species)."""
        entity = self.entity(identifier)
        if identifier in self._species:
            return float(entity.getInitialConcentration())
        return float(entity.getInitialValue())


def _last_message() -> str:
    """Return COPASI's messages without their times, so that equal failures read the same."""
    messages = _MESSAGE_TIME.sub("", str(COPASI.CCopasiMessage.getAllMessageText()))
    return " ".join(messages.split())[:500]


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back what COPASI's C++ code prints while it imports a model."""
    saved = os.dup(1)
    sink = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, 1)
        yield
    finally:
        os.dup2(saved, 1)
        os.close(sink)
        os.close(saved)
