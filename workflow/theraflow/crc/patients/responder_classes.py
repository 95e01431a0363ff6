"""What each definition of a responder keeps: how many patients, and whom the combination harms."""

from collections.abc import Iterator
from typing import Final, get_args

import numpy as np
import pandas as pd

from theraflow.config.crc.comparison import ComparisonConfig
from theraflow.config.crc.patients import Definition, ResponderConfig
from theraflow.crc import tables
from theraflow.crc.patients.growth import Outcome
from theraflow.crc.patients.selection import is_responder
from theraflow.crc.therapy.recist import Reading, Response, response_at_horizon

_REDUCTIONS_PERCENT: Final = (0.0, 10.0, 20.0, 30.0)
_SINGLE_DRUGS: Final = tuple(
    arm for arm in tables.ARMS if arm not in (tables.UNTREATED, tables.REFERENCE)
)


def responder_classes(
    patients: pd.DataFrame, responder: ResponderConfig, comparison: ComparisonConfig
) -> pd.DataFrame:
    """Count, for each definition and some reductions, whom it keeps of all grown candidates.

    The first row counts all admissible patients. Columns are those of
    ``tables.RESPONDER_CLASSES_SCHEMA``. Classes of response follow ``comparison``.
    """
    admissible = patients[patients[tables.OUTCOME] == Outcome.ADMISSIBLE]
    traits = _traits(admissible, comparison)
    rows = [{tables.DEFINITION: str(Outcome.ADMISSIBLE), **_counts(traits)}]
    for config in _definitions(responder):
        kept = traits[is_responder(admissible, config)]
        rows.append(
            {
                tables.DEFINITION: config.definition,
                tables.REDUCTION_PERCENT: config.reduction_percent,
                **_counts(kept),
            }
        )
    table = pd.DataFrame(rows)
    table[tables.PERCENT] = 100 * table[tables.PATIENTS] / max(1, len(admissible))
    return table.reindex(columns=tables.RESPONDER_CLASSES_SCHEMA.names)


def _definitions(configured: ResponderConfig) -> Iterator[ResponderConfig]:
    for definition in get_args(Definition):
        percents = {*_REDUCTIONS_PERCENT, configured.reduction_percent}
        for percent in sorted(percents):
            yield ResponderConfig(definition=definition, reduction_percent=percent)


def _traits(admissible: pd.DataFrame, config: ComparisonConfig) -> pd.DataFrame:
    """Tell of every admissible patient what the counts count."""
    start = admissible[tables.START_DIAMETER_MM].to_numpy()
    arms = (*_SINGLE_DRUGS, tables.REFERENCE)
    end = {arm: admissible[tables.end_diameter(arm)].to_numpy() for arm in arms}
    smallest = {arm: admissible[tables.smallest_diameter(arm)].to_numpy() for arm in arms}
    reading = Reading(config.response_reading)
    response = {
        arm: np.array(
            [
                response_at_horizon(course, reading, config)
                for course in np.column_stack([start, smallest[arm], end[arm]])
            ],
            dtype=object,
        )
        for arm in arms
    }
    best_single = np.min([end[arm] for arm in _SINGLE_DRUGS], axis=0)
    progresses = {arm: response[arm] == Response.PD for arm in arms}
    halts_alone = ~np.all([progresses[arm] for arm in _SINGLE_DRUGS], axis=0)
    traits = {
        name: best_single <= (1 - percent / 100) * end[tables.REFERENCE]
        for name, percent in tables.BETTER_ON_ONE_DRUG.items()
    }
    traits[tables.PROGRESS_UNDER_BOTH_ONLY] = progresses[tables.REFERENCE] & halts_alone
    traits |= {str(item): response[tables.REFERENCE] == item for item in Response}
    return pd.DataFrame(traits, index=admissible.index)


def _counts(traits: pd.DataFrame) -> dict[str, int]:
    return {tables.PATIENTS: len(traits)} | {
        str(name): int(it.sum()) for name, it in traits.items()
    }
