"""Courses of the tumours' diameters in all arms."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from theraflow.config.crc.search import SolverConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.crc import tables
from theraflow.crc.comparison.arms import Arm, found_arms, reference_arm, untreated_arm
from theraflow.crc.model.copasi import CopasiModel
from theraflow.crc.therapy.quantities import DIAMETER_MM
from theraflow.crc.therapy.therapy import parameter_names, parameter_vector

_STEP_DAYS: Final = 8.0


def simulate_all_courses(
    best: pd.DataFrame,
    problem_files: Mapping[int, Path],
    therapy: TherapyConfig,
    solver: SolverConfig,
) -> pd.DataFrame:
    """Simulate every patient without therapy, with the reference and with each therapy found.

    ``best`` are those of ``best_therapies``; ``problem_files`` maps patients to COPASI files.
    """
    frames = []
    for patient, file in problem_files.items():
        arms = [untreated_arm(therapy), reference_arm(therapy), *found_arms(best, patient, therapy)]
        courses = simulate_courses(file, arms, therapy, solver)
        courses.insert(0, tables.PATIENT, patient)
        frames.append(courses)
    return pd.concat(frames, ignore_index=True)


def simulate_courses(
    problem_file: Path, arms: Iterable[Arm], therapy: TherapyConfig, solver: SolverConfig
) -> pd.DataFrame:
    """Simulate one patient in every arm until the horizon.

    Returns columns arm, seed, time_days, diameter_mm, relative_diameter (to that at t0). Raises
    ``SolverError`` when an integration fails.
    """
    copasi = CopasiModel.from_file(problem_file)
    names = parameter_names(therapy)
    frames = []
    for arm in arms:
        vector = parameter_vector(arm.therapy).tolist()
        copasi.set_initial_values(dict(zip(names, vector, strict=True)))
        course = copasi.simulate(therapy.horizon_days, solver, [DIAMETER_MM], _STEP_DAYS)
        diameter_mm = course[DIAMETER_MM]
        frames.append(
            pd.DataFrame(
                {
                    tables.ARM: arm.name,
                    tables.SEED: pd.array([arm.seed] * len(course), dtype="Int64"),
                    tables.TIME_DAYS: course[tables.TIME_DAYS],
                    tables.DIAMETER_MM: diameter_mm,
                    tables.RELATIVE_DIAMETER: diameter_mm / diameter_mm.iloc[0],
                }
            )
        )
    copasi.close()
    return pd.concat(frames, ignore_index=True)
