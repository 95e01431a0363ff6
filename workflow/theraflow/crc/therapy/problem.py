"""One COPASI file per patient: model, therapy, objective and constraints of the search."""

import re
from pathlib import Path

import COPASI

from theraflow.config.crc.model import ModelConfig
from theraflow.config.crc.search import SolverConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.core.errors import UserError
from theraflow.core.files import write_text_atomic
from theraflow.crc.model import sbml
from theraflow.crc.model.copasi import CopasiModel
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.therapy.inefficacy import Inefficacy
from theraflow.crc.therapy.quantities import CONSTRAINTS, OBJECTIVE
from theraflow.crc.therapy.template import PatientStart, build_template
from theraflow.crc.therapy.therapy import (
    parameter_bounds,
    parameter_names,
    parameter_vector,
    reference_therapy,
)

_TIME_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


class BrokenProblemError(RuntimeError):
    """COPASI's optimisation problem is not the one that was asked for."""


def write_problem(
    path: Path,
    patient: PatientStart,
    model: StudyModel,
    model_config: ModelConfig,
    therapy: TherapyConfig,
    search_solver: SolverConfig,
    inefficacy: Inefficacy,
) -> None:
    """Write the therapy search of one patient as a COPASI file, started at the reference therapy.

    ``inefficacy`` is what its objective weighs. Raises ``BrokenProblemError`` when COPASI does not
    resolve an item, constraint or objective.
    """
    document = build_template(model.document, patient, model_config, therapy, inefficacy)
    copasi = CopasiModel.from_sbml(sbml.document_text(document), model.origin)
    copasi.set_solver(search_solver, therapy.horizon_days + therapy.tail_days)
    pose_problem(copasi, therapy)
    check_problem(copasi, therapy)
    content = str(copasi.data_model.saveModelToString())
    copasi.close()
    # Without the time of saving, the same problem is the same file, and no search runs anew for it.
    write_text_atomic(path, _TIME_STAMP.sub("1970-01-01T00:00:00Z", content))


def pose_problem(copasi: CopasiModel, therapy: TherapyConfig) -> None:
    """Pose the optimisation problem: items with bounds and start values, constraints, objective.

    Raises ``UserError`` for a name that the model lacks.
    """
    task = copasi.data_model.getTask("Optimization")
    problem = task.getProblem()
    problem.setSubtaskType(COPASI.CTaskEnum.Task_timeCourse)
    problem.setCalculateStatistics(False)
    problem.setRandomizeStartValues(False)
    problem.setMaximize(False)
    while problem.getOptItemSize():
        problem.removeOptItem(0)
    while problem.getOptConstraintSize():
        problem.removeOptConstraint(0)
    starts = parameter_vector(reference_therapy(therapy))
    bounds = parameter_bounds(therapy)
    for name, start, (low, high) in zip(parameter_names(therapy), starts, bounds, strict=True):
        reference = copasi.entity(name).getInitialValueReference()
        item = problem.addOptItem(_registered(reference.getCN().getString()))
        item.setLowerBound(_registered(repr(low)))
        item.setUpperBound(_registered(repr(high)))
        item.setStartValue(float(start))
    for name, (lower, upper) in CONSTRAINTS.items():
        constraint = problem.addOptConstraint(_registered(copasi.value_reference(name)))
        constraint.setLowerBound(_registered(lower))
        constraint.setUpperBound(_registered(upper))
    problem.setObjectiveFunction(f"<{copasi.value_reference(OBJECTIVE)}>")


def check_problem(copasi: CopasiModel, therapy: TherapyConfig) -> None:
    """Check that the file holds every item, constraint and the objective, all resolved.

    COPASI itself drops what it cannot resolve and goes on. Raises ``BrokenProblemError``.
    """
    problem = copasi.data_model.getTask("Optimization").getProblem()
    try:
        items = {
            copasi.entity(name).getInitialValueReference().getCN().getString()
            for name in parameter_names(therapy)
        }
        constraints = {copasi.value_reference(name) for name in CONSTRAINTS}
        objective = f"<{copasi.value_reference(OBJECTIVE)}>"
    except UserError as missing:
        raise BrokenProblemError(f"the COPASI file lacks a quantity: {missing}") from missing
    found_items = _names(problem.getOptItem(i) for i in range(problem.getOptItemSize()))
    found_constraints = _names(
        problem.getOptConstraint(i) for i in range(problem.getOptConstraintSize())
    )
    if found_items != items:
        raise BrokenProblemError(f"{len(items & found_items)} of {len(items)} parameters resolved")
    if found_constraints != constraints:
        raise BrokenProblemError(
            f"{len(constraints & found_constraints)} of {len(constraints)} constraints resolved"
        )
    if problem.getObjectiveFunction() != objective:
        raise BrokenProblemError("the objective function is not that of the template")


def _names(items: object) -> set[str]:
    return {item.getObjectCN().getString() for item in items}  # type: ignore[attr-defined]


def _registered(name: str) -> COPASI.CRegisteredCommonName:
    return COPASI.CRegisteredCommonName(name)
