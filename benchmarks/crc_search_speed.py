"""Evaluations per CPU second of every search method, against the plain way.

The plain way is what a user of COPASI would set up first: the whole model as published, regrown
from one cell for every therapy, statistics on, therapy as events after t0. Both run in this
process, in turn, at the same tolerances of the search.

    python benchmarks/crc_search_speed.py PROBLEM_FOLDER SELECTED_PARQUET [EVALUATIONS]

PROBLEM_FOLDER holds patient_1.cps and so on, as `snakemake crc_therapies` writes them.
"""

import sys
import tempfile
import time
from pathlib import Path

import COPASI
import libsbml
import pandas as pd

from theraflow.config.crc.search import SearchConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.crc import tables
from theraflow.crc.model import sbml
from theraflow.crc.model.copasi import CopasiModel
from theraflow.crc.model.study_model import StudyModel, load_study_model
from theraflow.crc.patients.growth import patient_start, records
from theraflow.crc.search.algorithms import choose_algorithm
from theraflow.crc.search.search import search_therapy
from theraflow.crc.therapy.problem import pose_problem
from theraflow.crc.therapy.template import add_therapy

PATIENTS = 3
PLAIN_EVALUATIONS = 12


def plain_problem(patient: dict[str, object], model: StudyModel, config: CrcConfig) -> CopasiModel:
    """Pose the search on the whole model, grown from one cell, dosed by events after t0."""
    start = patient_start(patient, model)
    start_day = float(str(patient[tables.START_DAY]))
    document = model.document.clone()
    whole = document.getModel()
    for name, value in start.parameters.items():
        whole.getParameter(name).setValue(value)
    names = config.model.names
    dosed = (names.atezolizumab, names.cibisatamab)
    add_therapy(whole, dosed, start.diameter_mm, config.model, config.therapy, start_day)
    for event in (whole.getEvent(index) for index in range(whole.getNumEvents())):
        for index in range(event.getNumEventAssignments()):
            assignment = event.getEventAssignment(index)
            species = assignment.getVariable()
            _, dose = sbml_text(assignment).split(" + ", 1)
            density = f"{species} + {dose}/{whole.getSpecies(species).getCompartment()}"
            assignment.setMath(sbml.parse_expression(density, species))
    copasi = CopasiModel.from_sbml(sbml.document_text(document))
    copasi.set_solver(config.search.search_solver, start_day + config.therapy.horizon_days)
    pose_problem(copasi, config)
    copasi.data_model.getTask("Optimization").getProblem().setCalculateStatistics(True)
    return copasi


def sbml_text(assignment: libsbml.EventAssignment) -> str:
    """Write the mathematics of an event assignment as text."""
    return str(libsbml.formulaToL3String(assignment.getMath()))


class Stopwatch(COPASI.CProcessReport):  # type: ignore[misc]
    """Stops COPASI after a number of evaluations."""

    def __init__(self, evaluations: int) -> None:
        super().__init__()
        self.left, self.handle, self.handles = evaluations, -1, 0

    def addItem(self, name: str, *_: object) -> int:  # noqa: N802
        """Remember the handle of the item that counts evaluations."""
        self.handles += 1
        if name == "Function Evaluations":
            self.handle = self.handles
        return self.handles

    def progressItem(self, handle: int) -> bool:  # noqa: N802
        """Count an evaluation; False stops COPASI."""
        if handle == self.handle:
            self.left -= 1
        return handle != self.handle or self.left > 0


def plain_rate(copasi: CopasiModel, config: CrcConfig, evaluations: int) -> float:
    """Run a random search and return evaluations per CPU second."""
    choose_algorithm(copasi, config.search.algorithms["random_search"], 1)
    task = copasi.data_model.getTask("Optimization")
    watch = Stopwatch(evaluations)
    task.setCallBack(watch)
    task.initializeRaw(COPASI.CCopasiTask.OUTPUT_UI)
    started = time.process_time()
    task.processRaw(True)
    spent = time.process_time() - started
    task.clearCallBack()
    return (evaluations - watch.left) / spent


def main(folder: Path, selected: Path, evaluations: int) -> None:
    """Print the table."""
    search = SearchConfig(budget_seconds=None, budget_evaluations=evaluations)
    config = CrcConfig(search=search)
    model = load_study_model(config)
    rows = []
    for patient in records(pd.read_parquet(selected).head(PATIENTS)):
        rank = int(str(patient[tables.RANK]))
        plain = plain_rate(plain_problem(patient, model, config), config, PLAIN_EVALUATIONS)
        rows.append({"patient": rank, "method": "plain (random search)", "per_cpu_s": plain})
        for algorithm in config.search.algorithms:
            with tempfile.TemporaryDirectory() as temporary:
                result = search_therapy(
                    folder / f"patient_{rank}.cps", algorithm, 1, Path(temporary) / "h", config
                )
            rate = result.spent.evaluation / result.spent.cpu_seconds
            rows.append({"patient": rank, "method": algorithm, "per_cpu_s": rate})
    table = pd.DataFrame(rows).pivot_table(index="method", columns="patient", values="per_cpu_s")
    table["mean"] = table.mean(axis=1)
    table["times plain"] = table["mean"] / table.loc["plain (random search)", "mean"]
    print(table.round(2).to_string())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 60)
