"""Selection of responders among grown patients, and the counts of every outcome."""

from dataclasses import asdict, dataclass
from typing import NoReturn

import pandas as pd

from theraflow.config.crc.patients import PatientsConfig, ResponderConfig
from theraflow.core.errors import UserError
from theraflow.crc import tables
from theraflow.crc.patients.confirmation import Confirmation, Rejection, reject
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


@dataclass(frozen=True)
class Selection:
    """The selected patients with their number, those rejected with the reason, and the counts."""

    selected: pd.DataFrame
    rejected: pd.DataFrame
    outcomes: pd.DataFrame


def select_patients(
    patients: pd.DataFrame,
    config: PatientsConfig,
    confirmation: Confirmation | None = None,
) -> Selection:
    """Take the first responders, in the order of the sample, and count every class.

    With a confirmation, a responder whose growth by COPASI differs is rejected, and the next one
    takes the place; the rows of selected patients are then COPASI's. Raises ``UserError`` when
    there are too few responders.
    """
    responders = patients[is_responder(patients, config.responder)]
    shortage = f"patients.responders={config.responders}: only {{}} of {len(patients)} candidates"
    if len(responders) < config.responders:
        _raise_shortage(shortage.format(len(responders)) + " respond")
    selected, rejections = responders.head(config.responders), list[Rejection]()
    if confirmation is not None:
        selected, rejections = _confirmed(responders, config, confirmation)
    if len(selected) < config.responders:
        _raise_shortage(
            f"{shortage.format(len(selected))} respond when COPASI grows them, too; the others are "
            f"rejected, as {rejections[0].candidate} ({rejections[0].reason})"
        )
    selected = selected.reset_index(drop=True)
    selected.insert(0, tables.PATIENT, range(1, len(selected) + 1))
    counts = {str(outcome): int((patients[tables.OUTCOME] == outcome).sum()) for outcome in Outcome}
    counts |= {tables.RESPONDER: len(responders), tables.REJECTED: len(rejections)}
    outcomes = pd.DataFrame(
        {
            tables.CLASS: list(counts),
            tables.CANDIDATES: list(counts.values()),
            tables.PERCENT: [100 * count / len(patients) for count in counts.values()],
        }
    )
    rejected = pd.DataFrame(map(asdict, rejections), columns=tables.REJECTED_SCHEMA.names)
    return Selection(selected, rejected, outcomes)


def _confirmed(
    responders: pd.DataFrame, config: PatientsConfig, confirmation: Confirmation
) -> tuple[pd.DataFrame, list[Rejection]]:
    confirmed: list[pd.DataFrame] = []
    rejections: list[Rejection] = []
    waiting = responders
    while len(confirmed) < config.responders and len(waiting):
        wanted = config.responders - len(confirmed)
        expected, waiting = waiting.head(wanted), waiting.iloc[wanted:]
        grown = confirmation.grow_again(expected)
        responds = is_responder(grown, config.responder)
        for place, candidate in enumerate(expected[tables.CANDIDATE]):
            rejection = reject(expected.iloc[place], grown.iloc[place], confirmation.tolerance)
            if rejection is None and not responds.iloc[place]:
                rejection = Rejection(candidate, "", None, "does not respond when COPASI grows it")
            if rejection is None:
                confirmed.append(grown.iloc[[place]])
            else:
                rejections.append(rejection)
    return pd.concat(confirmed) if confirmed else responders.head(0), rejections


def _raise_shortage(shortage: str) -> NoReturn:
    raise UserError(f"{shortage}; raise patients.candidates")
