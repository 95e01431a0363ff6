"""The compiled evaluator against COPASI: CPU time per therapy and per candidate, and errors of J.

Both simulate the same therapies of the same patients in this process, COPASI at the tolerances of a
search: the reference therapy, therapies drawn uniformly, and sparse ones. CPU seconds are those of
one core; the time of compiling is told apart.

    python benchmarks/crc_evaluators.py [PATIENTS] [THERAPIES] [CANDIDATES]

PATIENTS (3) are grown with COPASI. THERAPIES (50) of each kind are simulated besides the reference,
and CANDIDATES (400) are grown and treated with all four arms.
"""

import os
import sys
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.config.crc.patients import PatientsConfig
from theraflow.config.crc.search import SolverConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.crc import tables
from theraflow.crc.compiled.growth import grow_candidates
from theraflow.crc.compiled.machine.kernel import Kernel
from theraflow.crc.compiled.machine.lanes import native_lanes
from theraflow.crc.compiled.simulator import SEARCHING, TIGHT
from theraflow.crc.compiled.symbolic.rate_equations import read_rate_equations
from theraflow.crc.compiled.therapies import TherapyEvaluator, Treatment
from theraflow.crc.model import sbml
from theraflow.crc.model.copasi import CopasiModel
from theraflow.crc.model.study_model import StudyModel, load_study_model
from theraflow.crc.patients.conditions import GrowthConditions
from theraflow.crc.patients.growth import Grower, Outcome, patient_start, records
from theraflow.crc.patients.sampling import sample_patients
from theraflow.crc.therapy.drugs import drugs_of
from theraflow.crc.therapy.quantities import DIAMETER_MM
from theraflow.crc.therapy.template import PatientStart, build_template
from theraflow.crc.therapy.therapy import (
    Therapy,
    drug_quantity_percent,
    objective,
    parameter_bounds,
    parameter_names,
    parameter_vector,
    reference_therapy,
    therapy_from_vector,
    weekly_doses_mg,
)

Floats = NDArray[np.float64]

_EXACT_COPASI = SolverConfig(relative_tolerance=1e-8, absolute_tolerance=1e-12)
_CHECKED = 10
_SHARE_OF_DOSES = 0.2


def draw_therapies(count: int, config: TherapyConfig) -> dict[str, list[Therapy]]:
    """Draw the kinds of therapies that are simulated; sparse ones have a fifth of the doses."""
    rng = np.random.default_rng(1)
    low, high = np.array(parameter_bounds(config)).T
    dense, sparse = rng.uniform(low, high, size=(2, count, len(low)))
    sparse[:, :-2] *= rng.random((count, len(low) - 2)) < _SHARE_OF_DOSES
    return {
        "reference": [reference_therapy(config)],
        "random": [therapy_from_vector(vector, config) for vector in dense],
        "sparse": [therapy_from_vector(vector, config) for vector in sparse],
    }


def objectives(
    ends_mm: Floats, patient: PatientStart, therapies: list[Therapy], config: TherapyConfig
) -> Floats:
    """Return J of therapies with these diameters at the horizon."""
    values = [
        objective(
            end_mm**2 / patient.diameter_mm,
            drug_quantity_percent(therapy, config),
            config,
        )
        for end_mm, therapy in zip(ends_mm, therapies, strict=True)
    ]
    return np.array(values)


def simulate_with_copasi(
    copasi: CopasiModel, therapies: list[Therapy], config: TherapyConfig, solver: SolverConfig
) -> tuple[Floats, float]:
    """Return diameters at the horizon, and the CPU seconds of the time courses alone."""
    copasi.set_solver(solver, config.horizon_days)
    task, names = copasi.data_model.getTask("Time-Course"), parameter_names(config)
    ends_mm, spent = [], 0.0
    for therapy in therapies:
        vector = parameter_vector(therapy).tolist()
        copasi.set_initial_values(dict(zip(names, vector, strict=True)))
        task.initializeRaw(0)
        started = time.process_time()
        task.processRaw(True)
        spent += time.process_time() - started
        ends_mm.append(copasi.value(DIAMETER_MM))
        task.restore()
    return np.array(ends_mm), spent


@dataclass(frozen=True)
class Evaluators:
    """One patient's evaluators: COPASI, compiled for searches, compiled and tight."""

    patient: PatientStart
    copasi: CopasiModel
    searching: TherapyEvaluator
    tight: TherapyEvaluator


def measure_therapies(
    evaluators: Evaluators, therapies: list[Therapy], config: CrcConfig
) -> dict[str, float]:
    """Simulate therapies by all evaluators; return CPU milliseconds per therapy and errors of J."""
    copasi_mm, copasi_s = simulate_with_copasi(
        evaluators.copasi, therapies, config.therapy, config.search.search_solver
    )
    checked = therapies[:_CHECKED]
    exact_mm, _ = simulate_with_copasi(evaluators.copasi, checked, config.therapy, _EXACT_COPASI)
    exact = objectives(exact_mm, evaluators.patient, checked, config.therapy)

    def error(found_mm: Floats) -> float:
        found_mm = found_mm[: len(checked)]
        found = objectives(found_mm, evaluators.patient, checked, config.therapy)
        return float(np.abs(found / exact - 1).max())

    row = {"copasi_ms": 1e3 * copasi_s / len(therapies), "copasi_error": error(copasi_mm)}
    # A single therapy would leave lanes idle.
    repeated = therapies * native_lanes() if len(therapies) == 1 else therapies
    weekly = np.array([weekly_doses_mg(therapy, config.therapy) for therapy in repeated])
    for name, evaluator in (("compiled", evaluators.searching), ("tight", evaluators.tight)):
        started = time.process_time()
        ends_mm = evaluator.end_diameter_mm(weekly)
        spent = time.process_time() - started
        row |= {f"{name}_ms": 1e3 * spent / len(repeated), f"{name}_error": error(ends_mm)}
    return row


def evaluators_of(
    patient: PatientStart,
    kernel: Kernel,
    treatment: Treatment,
    model: StudyModel,
    config: CrcConfig,
) -> Evaluators:
    """Make the evaluators of one patient."""
    document = build_template(model.document, patient, config.model, config.therapy)
    searching, tight = (
        TherapyEvaluator(kernel, treatment, patient.parameters, patient.amounts, tolerance)
        for tolerance in (SEARCHING, TIGHT)
    )
    copasi = CopasiModel.from_sbml(sbml.document_text(document), model.origin)
    return Evaluators(patient, copasi, searching, tight)


def grow_patients(
    count: int, model: StudyModel, config: CrcConfig
) -> tuple[list[PatientStart], float]:
    """Grow admissible patients with COPASI; return them and the candidates per CPU second."""
    grower = Grower(
        model,
        GrowthConditions.of(config.model, config.patients, config.therapy, config.search),
    )
    patients: list[PatientStart] = []
    started, grown = time.process_time(), 0
    for candidate in records(sample_patients(model.distributions, config.patients)):
        row = grower.grow(candidate)
        grown += 1
        if row[tables.OUTCOME] == Outcome.ADMISSIBLE:
            patients.append(patient_start(row, model))
        if len(patients) == count:
            break
    return patients, grown / (time.process_time() - started)


def measure_growth(
    count: int, kernel: Kernel, treatment: Treatment, model: StudyModel, config: CrcConfig
) -> tuple[float, pd.Series]:
    """Grow candidates with the compiled evaluator; return CPU seconds and their outcomes."""
    sample = PatientsConfig(candidates=count, batch_size=count, seed=2)
    candidates = sample_patients(model.distributions, sample)
    arms = [reference_therapy(config.therapy, tables.DRUGS_OF_ARM[arm]) for arm in tables.ARMS]
    weekly = np.array([weekly_doses_mg(arm, config.therapy) for arm in arms])
    parameters = candidates[list(kernel.equations.parameters)].to_numpy()
    target_mm = 10 * candidates[tables.INITIAL_DIAMETER_CM].to_numpy()
    started = time.process_time()
    growths = grow_candidates(
        kernel, treatment, parameters, target_mm, config.patients.growth_limit_days, weekly, 1.0
    )
    return time.process_time() - started, pd.Series(growths.outcome).value_counts()


def main(patients: int, therapies: int, candidates: int) -> None:
    """Print the tables, and the line that the issue asks for."""
    config = CrcConfig()
    model = load_study_model(config.model, config.patients.parameters_file)
    names, drugs = config.model.names, drugs_of(config.therapy)
    dosed = (names.atezolizumab, names.cibisatamab)
    started = time.process_time()
    kernel = Kernel(
        read_rate_equations(model.document, model.patient_parameters, names.tumour_diameter, dosed)
    )
    print(f"compiling the model: {time.process_time() - started:.1f} CPU s")
    treatment = Treatment(
        dosed=dosed,
        amount_per_mg=tuple(drug.nanomoles_per_mg for drug in drugs),
        largest_dose_mg=tuple(drug.largest_dose_mg for drug in drugs),
        horizon_days=config.therapy.horizon_days,
        diameter_unit_mm=config.model.diameter_unit_mm,
    )
    first_s, _ = measure_growth(1, kernel, treatment, model, config)
    print(f"first candidate, with the driver compiled or loaded: {first_s:.1f} CPU s")
    growth_s, outcomes = measure_growth(candidates, kernel, treatment, model, config)
    started_from, copasi_rate = grow_patients(patients, model, config)
    kinds = draw_therapies(therapies, config.therapy)
    rows: list[dict[str, object]] = []
    for number, patient in enumerate(started_from, start=1):
        evaluators = evaluators_of(patient, kernel, treatment, model, config)
        for kind, therapies_of_kind in kinds.items():
            measured = measure_therapies(evaluators, therapies_of_kind, config)
            count = {"patient": number, "kind": kind, "therapies": len(therapies_of_kind)}
            rows.append({**count, **measured})
        evaluators.copasi.close()
    table = pd.DataFrame(rows)
    print(table.to_string(index=False, float_format=lambda value: f"{value:.3g}"))
    print(f"outcomes of {candidates} candidates: {outcomes.to_dict()}")
    print(f"COPASI grows {copasi_rate:.2f} candidates per CPU second")
    print(f"load of the computer: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    weights = table["therapies"] / table["therapies"].sum()
    copasi_ms, compiled_ms = (
        float((table[name] * weights).sum()) for name in ("copasi_ms", "compiled_ms")
    )
    print(
        f"ratio {copasi_ms / compiled_ms:.0f}, {1e3 / compiled_ms:.0f} therapies per CPU second, "
        f"{candidates / growth_s:.0f} candidates per CPU second"
    )


if __name__ == "__main__":
    counts = [int(value) for value in sys.argv[1:]]
    main(*(counts + [3, 50, 400][len(counts) :]))
