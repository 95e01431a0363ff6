"""The reference patient's numbers, and therapies drawn at random."""

import numpy as np

from theraflow.config.crc.search import SolverConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.crc.patients.conditions import GrowthConditions
from theraflow.crc.therapy.therapy import Therapy, parameter_bounds, therapy_from_vector

START_DAY = 3990
TIGHT = SolverConfig(relative_tolerance=1e-8, absolute_tolerance=1e-12)


def conditions_of(config: CrcConfig) -> GrowthConditions:
    return GrowthConditions.of(config.model, config.patients, config.therapy, config.search)


def random_therapies(count: int, config: TherapyConfig, seed: int = 5) -> list[Therapy]:
    rng = np.random.default_rng(seed)
    low, high = np.array(parameter_bounds(config)).T
    vectors = rng.uniform(low, high, size=(count, len(low)))
    # Sparse doses too, so that windows of every kind occur.
    vectors[: count // 2, :-2] *= rng.random((count // 2, len(low) - 2)) < 0.4
    return [therapy_from_vector(vector, config) for vector in vectors]
