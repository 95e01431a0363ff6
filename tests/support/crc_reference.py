"""The reference patient's numbers, and therapies drawn at random."""

import numpy as np

from theraflow.config.crc.search import SolverConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.crc.patients.conditions import GrowthConditions
from theraflow.crc.therapy.therapy import Therapy, parameter_bounds, therapy_from_vector

START_DAY = 3990
TIGHT = SolverConfig(relative_tolerance=1e-8, absolute_tolerance=1e-12)
# Parameters of the reference patient.
REFERENCE = {
    "k_C1_growth": 0.005,
    "k_C1_death": 1e-05,
    "k_T1": 0.1,
    "k_C_T1": 0.9,
    "k_Treg": 0.1,
    "k_P1_d1": 10.0,
    "n_T1_clones": 63.0,
    "n_T0_clones": 63.0,
    "k_cell_clear": 0.1,
    "N_IL2_CD8": 11.0,
    "N_IL2_CD4": 8.0,
    "q_T1_T_in": 83.52,
    "q_T0_T_in": 83.52,
    "T_PD1_total": 62000.0,
    "C1_PDL1_base": 180000.0,
    "r_PDL2C1": 0.07,
    "PD1_50": 2e11,
    "MDSC_max": 163700000.0,
    "k_sec_CCL2": 1.5e-12,
    "k_reg": 0.022,
    "k_C_BTcell": 0.5,
    "C1_CEA_total": 230000.0,
}


def conditions_of(config: CrcConfig) -> GrowthConditions:
    return GrowthConditions.of(config.model, config.patients, config.therapy, config.search)


def random_therapies(count: int, config: TherapyConfig, seed: int = 5) -> list[Therapy]:
    rng = np.random.default_rng(seed)
    low, high = np.array(parameter_bounds(config)).T
    vectors = rng.uniform(low, high, size=(count, len(low)))
    # Sparse doses too, so that windows of every kind occur.
    vectors[: count // 2, :-2] *= rng.random((count // 2, len(low) - 2)) < 0.4
    return [therapy_from_vector(vector, config) for vector in vectors]
