"""Selection of responders among grown patients, and the counts of every outcome."""

import pandas as pd

from theraflow.config.crc.patients import PatientsConfig, ResponderConfig
from theraflow.core.errors import UserError
from theraflow.crc import tables
from theraflow.crc.patients.growth import Outcome


def is_responder(patients: pd.DataFrame, config: ResponderConfig) -> "pd.Series[bool]":
    """Tell for every grown patient whether it responds to the reference therapy.

    Patients that are not admissible do not respond.
    """
    end = {arm: patients[tables.end_diameter(arm)] for arm in tables.ARMS}
    single = pd.DataFrame({arm: end[arm] for arm in ("atezolizumab", "cibisatamab")})
    best_single, worst_single = single.min(axis=1), single.max(axis=1)
    best_arm = best_single.clip(upper=end["reference"])
    largest_share = 1 - config.reduction_percent / 100
    start = patients[tables.START_DIAMETER_MM]
    if config.definition == "below_single_drugs":
        responds = end["reference"] <= largest_share * best_single
    elif config.definition == "shrunken_at_horizon":
        responds = end["reference"] <= largest_share * start
    elif config.definition == "best_change":
        responds = patients[tables.smallest_diameter("reference")] <= largest_share * start
    elif config.definition == "below_untreated":
        responds = end["reference"] <= largest_share * end["untreated"]
    elif config.definition == "some_arm_shrinks":
        responds = best_arm <= largest_share * start
    elif config.definition == "some_arm_below_untreated":
        responds = best_arm <= largest_share * end["untreated"]
    else:
        responds = worst_single <= largest_share * end["untreated"]
    return responds & (patients[tables.OUTCOME] == Outcome.ADMISSIBLE)


def select_patients(
    patients: pd.DataFrame, config: PatientsConfig
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take the first responders, in the order of the sample, and count every class.

    Returns the selected rows with their number from 1, and the counts: a class, its number of
    candidates and its share of all. Raises ``UserError`` when there are too few responders.
    """
    responder = is_responder(patients, config.responder)
    counts = {str(outcome): int((patients[tables.OUTCOME] == outcome).sum()) for outcome in Outcome}
    counts[tables.RESPONDER] = int(responder.sum())
    table = pd.DataFrame(
        {
            tables.CLASS: list(counts),
            tables.CANDIDATES: list(counts.values()),
            tables.PERCENT: [100 * count / len(patients) for count in counts.values()],
        }
    )
    if counts[tables.RESPONDER] < config.responders:
        raise UserError(
            f"patients.responders={config.responders}: only {counts[tables.RESPONDER]} of "
            f"{len(patients)} candidates respond; raise patients.candidates"
        )
    selected = patients[responder].head(config.responders).reset_index(drop=True)
    selected.insert(0, tables.PATIENT, range(1, len(selected) + 1))
    return selected, table
