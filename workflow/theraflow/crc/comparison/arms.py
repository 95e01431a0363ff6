"""The arms of a patient: no therapy, the reference therapy, and what each search has found."""

from dataclasses import dataclass

import pandas as pd

from theraflow.config.crc.therapy import TherapyConfig
from theraflow.crc import tables
from theraflow.crc.therapy.therapy import (
    Therapy,
    parameter_names,
    reference_therapy,
    therapy_from_vector,
)


@dataclass(frozen=True, eq=False)
class Arm:
    """A therapy under the name that tables give it.

    ``seed`` is that of the search that found it, None for what no search has found.
    """

    name: str
    seed: int | None
    therapy: Therapy


def untreated_arm(config: TherapyConfig) -> Arm:
    """Return the arm without therapy."""
    return Arm(tables.UNTREATED, None, reference_therapy(config, (False, False)))


def reference_arm(config: TherapyConfig) -> Arm:
    """Return the arm of the reference therapy."""
    return Arm(tables.REFERENCE, None, reference_therapy(config))


def found_arms(best: pd.DataFrame, patient: int, config: TherapyConfig) -> list[Arm]:
    """Read one patient's arm of every search, named by its algorithm, from ``best_therapies``."""
    names = parameter_names(config)
    return [
        Arm(
            str(row[tables.ALGORITHM]),
            int(row[tables.SEED]),
            therapy_from_vector(row[names].to_numpy(dtype=float), config),
        )
        for _, row in best[best[tables.PATIENT] == patient].iterrows()
    ]
