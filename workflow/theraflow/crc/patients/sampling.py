"""Sampling of virtual patients: Latin hypercubes over the distributions of their parameters."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from theraflow.config.crc.patients import PatientsConfig
from theraflow.core.identity import derive_seed
from theraflow.crc.model.patient_parameters import ParameterDistribution
from theraflow.crc.tables import CANDIDATE


def sample_patients(
    distributions: Sequence[ParameterDistribution], config: PatientsConfig
) -> pd.DataFrame:
    """Sample candidates, one row each: identifier and one column per parameter.

    The population is a sequence of Latin hypercubes of one batch each, so that asking for more
    candidates appends to it and changes none.
    """
    # Imported late: it takes half a second, which jobs that only read distributions need not spend.
    from scipy.stats import qmc

    hypercubes = [
        qmc.LatinHypercube(
            len(distributions),
            rng=np.random.default_rng(derive_seed({"patients": config.seed, "batch": batch})),
        ).random(config.batch_size)
        for batch in range(-(-config.candidates // config.batch_size))
    ]
    probabilities = np.concatenate(hypercubes)[: config.candidates]
    columns = {
        distribution.name: quantiles(distribution, probabilities[:, index])
        for index, distribution in enumerate(distributions)
    }
    names = [f"{config.seed}-{number:06d}" for number in range(1, config.candidates + 1)]
    return pd.DataFrame({CANDIDATE: names, **columns})


def quantiles(
    distribution: ParameterDistribution, probability: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the values below which a patient lies with the given probabilities."""
    first, second = distribution.first, distribution.second
    if distribution.kind == "lognormal":
        return np.asarray(first * np.exp(second * ndtri(probability)))
    if distribution.kind == "loguniform":
        return np.asarray(first * (second / first) ** probability)
    return np.asarray(first + (second - first) * probability)
